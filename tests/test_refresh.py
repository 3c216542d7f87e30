"""A new version of the page becomes a change to review: kept, told, and never half-way."""

import fcntl
import gzip
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import trustme
import yaml

import servers
from beneficiaires import history, intake, project
from beneficiaires.arrivals import Arrival
from beneficiaires.problems import Invalid
from conftest import ROOT, bullets, page

FIRST = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8")
GROWN = FIRST.replace("- Sorbonne Université.\n", "- Sorbonne Université.\n- La Cour des comptes\n", 1)
NEW = FIRST.replace("- Sorbonne Université.\n", "- Banque de France (BDF)\n", 1)
SHRUNK = "".join(line for line in FIRST.splitlines(True) if not line.startswith("- Le ministère"))
PLACE = "source/pages/2026-11-26.md"


@pytest.fixture
def refresh(checkout, tmp_path):
    """Runs the real command on a page of that day, in a file."""

    def run(content: str | bytes, *args: object, day: str = "2026-11-26"):
        return checkout.run(
            "refresh", "--page", write(tmp_path / "nouvelle.md", content), "--date", day, *args
        )

    return run


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def text(checkout, name: str) -> str:
    return (checkout.root / name).read_text(encoding="utf-8")


def test_a_known_page_changes_nothing(checkout, refresh):
    before = checkout.state()
    done = refresh(FIRST)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Rien de nouveau : la page est celle du 2023-09-01\n")
    assert checkout.state() == before


def test_a_new_page_is_kept_with_its_provenance_and_built(checkout, refresh):
    pages = text(checkout, "source/pages.yml")
    done = refresh(GROWN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{PLACE} : version de la page gardée",
        "De la page du 2023-09-01 à celle du 2026-11-26 : 1 changement sur le fond.",
        "",
        "Sur le fond :",
        "- « Cour des comptes » entre dans le marché support (ligne 42 après).",
        "",
        "beneficiaires 51, organismes 27, marches 2, historique 51",
    ]
    assert text(checkout, PLACE) == GROWN
    entry = text(checkout, "source/pages.yml").removeprefix(pages)
    assert [line.split(": ")[0].strip(" -") for line in entry.splitlines()] == [
        "date", "url", "brut", "depot", "chemin", "sha256", "licence",
    ]  # fmt: skip
    assert entry.startswith("  - date: 2026-11-26\n    url: https://code.gouv.fr/")
    assert len(checkout.rows()) == 51
    assert {row["date"] for row in checkout.rows("marches")} == {"2026-11-26"}
    assert checkout.validate().returncode == 0


def test_a_dry_run_says_the_same_and_writes_nothing(checkout, refresh):
    before = checkout.state()
    tried = [refresh(content, "--dry-run") for content in (GROWN, NEW)]
    assert checkout.state() == before
    done = refresh(GROWN)
    assert (tried[0].stdout, tried[0].returncode) == (done.stdout, 0)
    assert tried[1].returncode == 1
    assert "« Banque de France (BDF) » : libellé inconnu" in tried[1].stderr


def test_while_something_is_wrong_the_page_is_kept_and_the_data_stay(checkout, refresh):
    before = checkout.state()
    done = refresh(NEW)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{PLACE}:41: « Banque de France (BDF) » : libellé inconnu ; aucun nom proche au registre ;"
        " l'y ajouter (--accept-new)",
        "data/ reste tel quel ; ajouter ces organismes au registre"
        " (« make refresh ARGS=--accept-new » les y ébauche)",
    ]
    after = checkout.state()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {str(checkout.root / PLACE), str(checkout.root / "source/pages.yml")}
    assert checkout.validate().returncode == 1
    assert checkout.extract().returncode == 1
    assert refresh(NEW).returncode == 1
    assert checkout.state() == after


def test_a_new_body_takes_two_commands(checkout, refresh):
    done = refresh(NEW, "--accept-new")
    assert (done.returncode, done.stderr) == (0, "")
    assert "source/organismes.yml: « banque-de-france » ajouté, provisoire" in done.stdout
    assert "« Banque de France » entre dans le marché support" in done.stdout
    assert len(checkout.rows("organismes")) == 28
    assert "« banque-de-france » est provisoire" in checkout.validate().stderr
    checkout.replace(
        "source/organismes.yml", '"BDF"\n  provisoire: true', "BDF\n  categorie: etablissement-public"
    )
    assert checkout.extract().returncode == 0
    assert checkout.validate().returncode == 0


def test_a_body_that_the_registry_lost_comes_back_provisional_without_a_page_to_compare(checkout, refresh):
    checkout.edit(
        "source/organismes.yml", lambda registry: registry[: registry.index("sorbonne-universite:")]
    )
    done = refresh(FIRST, "--accept-new")
    assert (done.returncode, done.stderr) == (0, "")
    assert "« sorbonne-universite » ajouté, provisoire" in done.stdout


def test_a_broken_bullet_takes_two_commands(checkout, refresh):
    broken = FIRST.replace("- Le ministère de la Justice\n", "- Le ministère de la\n- Justice\n", 1)
    done = refresh(broken, "--accept-new")
    assert done.returncode == 1
    assert "ajouter « suite: [29] » dans pages.yml" in done.stderr
    assert done.stderr.endswith(
        "data/ reste tel quel ; corriger source/ comme dit ci-dessus, puis lancer « make »\n"
    )
    cure = "    corrections:\n      - suite: [29]\n        motif: Retour à la ligne.\n"
    checkout.edit("source/pages.yml", lambda pages: pages + cure)
    assert checkout.extract().returncode == 0
    assert checkout.validate().returncode == 0


def test_a_list_that_lost_more_than_a_third_is_held_until_a_person_confirms_it(checkout, refresh):
    done = refresh(SHRUNK)
    assert done.returncode == 1
    assert (
        f"{PLACE}: 16 organismes quittent la liste support, plus d'un tiers ; si c'est voulu" in done.stderr
    )
    assert "- « Ministère de la Justice » sort du marché support (ligne 28 avant)." in done.stdout
    assert len(checkout.rows()) == 50
    assert checkout.extract("--accept-new").returncode == 1
    assert checkout.validate().returncode == 1
    confirm = "    confirme:\n      - {marche: support, motif: Vu avec le coordinateur.}\n"
    checkout.edit("source/pages.yml", lambda pages: pages + confirm)
    done = checkout.extract()
    assert "liste expertise" in done.stderr
    assert "liste support" not in done.stderr
    checkout.edit(
        "source/pages.yml", lambda pages: pages + confirm.splitlines(True)[1].replace("support", "expertise")
    )
    assert checkout.extract().returncode == 0
    assert checkout.validate().returncode == 0
    assert len(checkout.rows()) == 18


def test_a_list_may_lose_a_third_but_not_more(checkout, refresh):
    names = ["la Justice", "la Culture", "l’Intérieur"]
    nine = [f"Le ministère de {name}" for name in names]
    nine += [
        f"Le ministère des {name}" for name in ("Armées", "Sports", "Outre-Mer", "Solidarités et de la Santé")
    ]
    nine += ["La Cour des comptes", "Sorbonne Université"]
    checkout.publish(page(*nine, expertise=bullets("La Cour des comptes")))
    assert checkout.extract().returncode == 0
    assert refresh(page(*nine[:6]), "--dry-run").returncode == 0
    done = refresh(page(*nine[:5]), "--dry-run")
    assert "4 organismes quittent la liste support" in done.stderr
    swapped = refresh(page(*nine[:5], "Le Conseil constitutionnel", "L'ANSES"), "--dry-run", "--accept-new")
    assert swapped.returncode == 1


def test_a_confirmation_that_confirms_nothing_is_an_error(checkout, refresh):
    refresh(GROWN)
    confirm = "    confirme:\n      - {marche: support, motif: Au cas où.}\n"
    checkout.edit("source/pages.yml", lambda pages: pages + confirm)
    done = checkout.extract()
    assert done.returncode == 1
    assert done.stderr.startswith("source/pages.yml:")
    assert "« confirme » : la liste support n'a pas tant perdu" in done.stderr


def test_a_page_that_comes_back_is_a_new_version(checkout, refresh):
    refresh(GROWN, day="2026-11-26")
    done = refresh(FIRST, day="2026-12-03")
    assert (done.returncode, done.stderr) == (0, "")
    assert text(checkout, "source/pages/2026-12-03.md") == FIRST
    assert len(checkout.rows()) == 50
    assert checkout.validate().returncode == 0
    periods = [row for row in checkout.rows("historique") if row["fin"]]
    assert [(row["organisme"], row["debut"], row["fin"]) for row in periods] == [
        ("cour-des-comptes", "2026-11-26", "2026-12-03")
    ]


def test_an_old_page_takes_its_place_and_comments_keep_theirs(checkout, refresh):
    checkout.replace("source/pages.yml", "  - date: 2023-09-01", "  # La première.\n  - date: 2023-09-01")
    older = FIRST.replace("- Sorbonne Université.\n", "", 1)
    assert refresh(older, day="2022-02-01").returncode == 0
    lines = text(checkout, "source/pages.yml").splitlines()
    assert [str(entry["date"]) for entry in entries(checkout)] == ["2022-02-01", "2023-09-01"]
    assert lines[lines.index("  # La première.") + 1] == "  - date: 2023-09-01"
    assert {row["date"] for row in checkout.rows("marches")} == {"2023-09-01"}
    starts = {row["debut"] for row in checkout.rows("historique")}
    assert starts == {"2022-02-01", "2023-09-01"}
    assert checkout.validate().returncode == 0


def test_a_day_has_one_page(checkout, refresh):
    refresh(GROWN)
    before = checkout.state()
    done = refresh(FIRST)
    assert done.returncode == 1
    assert done.stderr == (
        "source/pages.yml: une autre page est déjà gardée au 2026-11-26 ; donner une autre date (--date)\n"
    )
    assert checkout.state() == before


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", FIRST.encode()[:200], FIRST.encode("latin-1", "replace"), FIRST.encode() + b"\0"],
    ids=["empty", "HTML", "no end of front matter", "Latin-1", "NUL"],
)
def test_what_is_no_page_is_not_kept(checkout, refresh, content):
    before = checkout.state()
    done = refresh(content)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(PLACE)
    assert "Traceback" not in done.stderr
    assert checkout.state() == before


def test_a_page_cut_at_any_byte_is_refused_or_held_or_lacks_its_end_only(checkout):
    five = (
        "la Justice",
        "la Culture",
        "l’Intérieur",
        "l’Europe et des Affaires Étrangères",
        "l’Économie et des Finances",
    )
    whole = page("La Cour des comptes", expertise=bullets(*(f"Le ministère de {name}" for name in five)))
    sources, _ = intake.receive(project.read(checkout.root), [Arrival(date(2026, 11, 26), whole.encode())])
    slugs = sources.reading(sources.snapshot()).slugs["expertise"]
    kept = []
    for end in range(len(whole.encode())):
        try:
            cut, _ = intake.receive(sources, [Arrival(date(2026, 11, 27), whole.encode()[:end])])
            members = cut.reading(cut.snapshot()).slugs
        except Invalid:
            continue
        if not history.lost({"expertise": slugs}, members):
            kept.append(members["expertise"])
    assert kept
    assert all(members in (slugs, slugs[:4]) for members in kept)


@pytest.mark.parametrize(
    "args",
    [
        ["--page", "x.md"],
        ["--page", "x.md", "--git", ".", "--date", "2026-11-26"],
        ["--git", ".", "--date", "2026-11-26"],
        ["--date", "demain"],
        ["x.md"],
    ],
    ids=str,
)
def test_misuse_exits_2(checkout, args):
    assert checkout.run("refresh", *args).returncode == 2


# The web


@pytest.fixture
def web(checkout, tmp_path, monkeypatch):
    """Makes a server the address of the page, and runs the real command on it."""
    authority = trustme.CA()
    for name, value in servers.trust(authority, tmp_path).items():
        monkeypatch.setenv(name, value)

    def run(answer, *args: object):
        with servers.serving(answer, authority) as server:
            lines = text(checkout, "source/pages.yml").splitlines(keepends=True)
            moved = [f"    brut: {server.url}\n" if line.startswith("    brut: ") else line for line in lines]
            write(checkout.root / "source/pages.yml", "".join(moved))
            before = checkout.state()
            done = checkout.run("refresh", *args)
            return done, server, checkout.state() == before

    return run


def test_the_newest_page_comes_from_the_web_at_the_day_of_the_server(checkout, web):
    done, server, _ = web(lambda handler: handler.reply(GROWN.encode(), etag='W/"a1:b"'))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.asked) == 1
    assert text(checkout, PLACE) == GROWN
    assert entries(checkout)[1]["etag"] == 'W/"a1:b"'
    assert checkout.validate().returncode == 0

    def unchanged(handler):
        assert handler.headers["If-None-Match"] == 'W/"a1:b"'
        handler.reply(b"", 304, content_length="")

    done, _, same = web(unchanged)
    assert (done.returncode, done.stderr, same) == (0, "", True)
    assert done.stdout.startswith("Rien de nouveau : la page est celle du 2026-11-26")


def test_the_same_page_from_the_web_changes_nothing(web):
    done, _, same = web(lambda handler: handler.reply(FIRST.encode(), etag='"other"'))
    assert (done.returncode, done.stderr, same) == (0, "", True)


def test_a_day_may_be_given_and_must_when_the_server_gives_none(checkout, web):
    done, _, same = web(lambda handler: handler.reply(GROWN.encode(), date=""))
    assert (done.returncode, same) == (1, True)
    assert "le serveur ne donne pas de date ; la donner (--date)" in done.stderr
    done, _, _ = web(lambda handler: handler.reply(GROWN.encode(), date=""), "--date", "2026-11-25")
    assert done.returncode == 0
    done, _, same = web(lambda handler: handler.reply(FIRST.encode()), "--date", "2020-01-01")
    assert (done.returncode, same) == (1, True)
    assert "page du 2020-01-01, la dernière gardée est du 2026-11-25" in done.stderr


def cut(handler):
    handler.start(content_length=str(len(GROWN.encode())))
    handler.wfile.write(GROWN.encode()[:3000])


def slow(handler):
    handler.start(content_length=str(len(GROWN.encode())))
    time.sleep(0.3)
    handler.wfile.write(GROWN.encode())


def once(handler):
    handler.reply(GROWN.encode(), 500 if len(handler.server.asked) == 1 else 200)


BAD_ANSWERS = {
    "404": (lambda handler: handler.reply(b"404: Not Found", 404), "réponse 404 ; "),
    "500 always": (lambda handler: handler.reply(b"", 500), "réponse 500, 3 fois ; réessayer plus tard"),
    "HTML": (lambda handler: handler.reply(b"<!doctype html>"), "ce n'est pas la page"),
    "cut": (cut, "réponse coupée ou mal formée, 3 fois"),
    "bomb": (
        lambda handler: handler.reply(gzip.compress(bytes(10**7)), content_encoding="gzip"),
        "réponse compressée",
    ),
    "endless": (lambda handler: handler.reply(GROWN.encode() * 300), "plus de 1048576 octets"),
    "another host": (
        lambda handler: handler.reply(b"", 302, location="https://example.org/page.md"),
        "mène à https://example.org/page.md, hors de l'adresse https déclarée",
    ),
    "no https": (
        lambda handler: handler.reply(b"", 302, location=handler.server.url.replace("https", "http")),
        "hors de l'adresse https déclarée",
    ),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_is_told_in_one_line_and_nothing_is_written(web, name):
    answer, message = BAD_ANSWERS[name]
    done, server, same = web(answer)
    assert (done.returncode, done.stdout, same) == (1, "", True)
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"{server.url}: ")
    assert message in done.stderr


@pytest.mark.parametrize("answer", [slow, once], ids=["slow", "500 once"])
def test_a_server_in_difficulty_gets_its_time(checkout, web, answer):
    done, _, _ = web(answer)
    assert (done.returncode, done.stderr) == (0, "")
    assert text(checkout, PLACE) == GROWN


# A clone


class Clone:
    """A repository made commit by commit, each on a day."""

    path = "content/fr/utiliser/marches-logiciels-libres.md"

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *args: str, day: str = "2020-01-01", hour: str = "12:00:00+0100") -> str:
        who = {f"GIT_{role}_{key}": "a@b" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        dates = {"GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE": f"{day}T{hour}"}
        env = {**os.environ, **who, **dates, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["git", "-C", self.root, *args], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, content: str | bytes, day: str, path: str | None = None, **options) -> str:
        file = self.root / (path or self.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        write(file, content)
        self.git("add", "-A")
        self.git("commit", "--quiet", "--message=Change", day=day, **options)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path) -> Clone:
    return Clone(tmp_path / "clone")


def without(*labels: str) -> str:
    """The first page without these bullets in its first list."""
    content = FIRST
    for label in labels:
        content = content.replace(f"- {label}\n", "", 1)
    return content


def entries(checkout) -> list[dict]:
    return yaml.safe_load(text(checkout, "source/pages.yml"))["pages"]


def test_every_past_version_comes_from_a_clone(checkout, clone):
    old = 'pages/marchés "libres".md'
    never = clone.commit("Bientôt ici.\n", "2020-01-10", old)
    first = clone.commit(without("Sorbonne Université.", "Le ministère des Sports"), "2020-02-10", old)
    clone.git("switch", "--quiet", "--create", "side")
    clone.commit(without("Le ministère des Sports", "Le ministère des Outre-Mer"), "2020-03-01", old)
    clone.commit(without("Le ministère des Sports"), "2020-03-02", old)
    clone.git("switch", "--quiet", "main")
    clone.commit("Autre chose.\n", "2020-03-03", "LISEZMOI.md")
    clone.git("merge", "--quiet", "--no-ff", "--message=Merge", "side", day="2020-03-10")
    merge = clone.git("rev-parse", "HEAD")
    (clone.root / clone.path).parent.mkdir(parents=True)
    clone.git("mv", old, clone.path)
    clone.git("commit", "--quiet", "--message=Move", day="2020-04-01")
    clone.commit(without("Le ministère des Outre-Mer"), "2021-01-01", hour="09:00:00+0100")
    evening = clone.commit(without("Le ministère des Armées"), "2021-01-01", hour="23:30:00-1000")
    clone.commit(without("Le ministère du Travail"), "2022-05-05")
    back = clone.commit(without("Le ministère de la Culture"), "2022-04-04")
    clone.commit(FIRST, "2023-08-30")
    clone.git("rm", "--quiet", clone.path)
    clone.git("commit", "--quiet", "--message=Remove", day="2024-01-01")
    last = clone.commit(GROWN, "2024-02-01")

    done = checkout.run("refresh", "--git", clone.root)
    assert (done.returncode, done.stderr) == (0, "")
    found = [(str(entry["date"]), entry["commit"], entry["chemin"]) for entry in entries(checkout)]
    assert found == [
        ("2020-01-10", never, old),
        ("2020-02-10", first, old),
        ("2020-03-10", merge, old),
        ("2021-01-01", evening, clone.path),
        ("2022-05-05", back, clone.path),
        ("2023-09-01", "35a8ab1ebfa78647825bd4031c5f54c241e980bc", clone.path),
        ("2024-02-01", last, clone.path),
    ]
    assert entries(checkout)[1]["brut"].endswith(f"codegouvfr-website/main/{old}")
    assert text(checkout, "source/pages/2020-01-10.md") == "Bientôt ici.\n"
    assert (
        "source/pages/2020-01-10.md : version de la page gardée, sans être lue : pas d'en-tête" in done.stdout
    )
    assert entries(checkout)[0]["illisible"] is True
    assert text(checkout, "source/pages/2020-03-10.md") == without("Le ministère des Sports")
    assert text(checkout, "source/pages/2021-01-01.md") == without("Le ministère des Armées")
    sorbonne = [row for row in checkout.rows("historique") if row["organisme"] == "sorbonne-universite"]
    assert [row["debut"] for row in sorbonne] == ["2020-03-10", "2020-02-10"]
    validated = checkout.validate()
    assert validated.returncode == 0
    assert "gardée sans être lue" in validated.stderr
    before = checkout.state()
    assert checkout.run("refresh", "--git", clone.root).returncode == 0
    assert checkout.state() == before


def test_the_past_may_name_bodies_that_nobody_knows(checkout, clone):
    clone.commit(NEW, "2020-01-10")
    clone.commit(FIRST, "2023-09-01")
    done = checkout.run("refresh", "--git", clone.root)
    assert done.returncode == 1
    assert "source/pages/2020-01-10.md:41: « Banque de France (BDF) » : libellé inconnu" in done.stderr
    assert checkout.run("refresh", "--git", clone.root, "--accept-new").returncode == 0
    assert {row["fin"] for row in checkout.rows("historique")} == {"", "2023-09-01"}


def test_what_is_no_whole_clone_is_told_in_one_line(checkout, clone, tmp_path):
    clone.commit(FIRST, "2020-01-10", "ailleurs.md")
    clone.commit(GROWN, "2020-01-11", "ailleurs.md")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", clone.root.as_uri(), shallow], check=True)
    Clone(tmp_path / "vide")
    expected = {
        clone.root: "n'y est pas ; si la page a été renommée, voir « chemin » dans pages.yml",
        shallow: "clone partiel : lancer « git fetch --unshallow »",
        tmp_path / "absent": "git rev-parse : ",
        tmp_path / "vide": "git ls-tree : ",
        Path("--upload-pack=x"): "git rev-parse : ",
    }
    before = checkout.state()
    for root, message in expected.items():
        done = checkout.run("refresh", f"--git={root}")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert done.stderr.startswith(f"{root}: ")
        assert message in done.stderr
    assert checkout.state() == before


def test_a_clone_cannot_run_anything(checkout, clone, tmp_path):
    signature = "-----BEGIN PGP SIGNATURE-----\\n\\nabcd\\n-----END PGP SIGNATURE-----\\n"
    signer = f"#!/bin/sh\ncat > /dev/null\nprintf '[GNUPG:] BEGIN\\n[GNUPG:] SIG_CREATED \\n' >&2\nprintf -- '{signature}'\n"
    clone.git("config", "gpg.program", str(script(tmp_path / "signer.sh", signer)))
    clone.git("config", "commit.gpgSign", "true")
    clone.commit(GROWN, "2024-02-01")
    trap = str(script(tmp_path / "trap.sh", f"#!/bin/sh\ntouch {tmp_path}/sprung\n"))
    for setting in ("core.pager", "core.fsmonitor", "diff.external", "gpg.program", "diff.x.textconv"):
        clone.git("config", setting, trap)
    clone.git("config", "log.showSignature", "true")
    write(clone.root / ".git/info/attributes", "*.md diff=x filter=x\n")
    assert checkout.run("refresh", "--git", clone.root).returncode == 0
    assert not (tmp_path / "sprung").exists()


def script(path: Path, content: str) -> Path:
    write(path, content).chmod(0o755)
    return path


# Whatever happens


def run_killed(checkout, moment: int, *args: object) -> bool:
    """Run refresh and kill it before its Nth write or rename; False when it was not killed."""
    code = f"""
import os, signal, sys
count = 0
def audit(event, args):
    global count
    if event == "os.rename" or (event == "open" and isinstance(args[1], str) and "w" in args[1]):
        count += 1
        if count == {moment}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(audit)
sys.path.insert(0, {str(checkout.root / "scripts")!r})
import refresh
sys.exit(refresh.main({list(map(str, args))!r}))
"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == -signal.SIGKILL


def test_a_killed_run_leaves_whole_files_and_the_next_run_mends(checkout, tmp_path):
    args = ("--page", write(tmp_path / "nouvelle.md", NEW), "--date", "2026-11-26", "--accept-new")
    old = checkout.state()
    assert checkout.run("refresh", *args).returncode == 0
    new = checkout.state()
    moments = 0
    while True:
        for name in checkout.state():
            Path(name).write_bytes(old[name]) if name in old else Path(name).unlink()
        moments += 1
        killed = run_killed(checkout, moments, *args)
        for name, data in checkout.state().items():
            assert data in (old.get(name), new.get(name)) or name.endswith(".tmp"), name
        assert checkout.run("refresh", *args).returncode == 0
        assert checkout.state() == new
        if not killed:
            break
    assert moments > 20


def test_two_refreshes_at_once_are_one_and_the_other_is_told(checkout, tmp_path):
    contents = {"2026-11-26": GROWN, "2026-11-27": FIRST.replace("des Sports", "des SPORTS")}
    runs = [(day, number) for day in contents for number in range(2)]
    with holding(checkout.root):
        processes = []
        for day, number in runs:
            nouvelle, ready = write(tmp_path / f"{day}.md", contents[day]), tmp_path / f"{day}-{number}"
            processes.append(run_until_lock(checkout, ready, "--page", nouvelle, "--date", day))
        while not all((tmp_path / f"{day}-{number}").exists() for day, number in runs):
            time.sleep(0.01)
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    kept = {day for (day, _), (_, status) in zip(runs, ends, strict=True) if status == 0}
    assert len(kept) == 1
    for (day, _), (errors, status) in zip(runs, ends, strict=True):
        told = f"{checkout.root}/source/pages.yml: a changé depuis sa lecture ; relancer\n"
        assert (errors, status) == (("", 0) if day in kept else (told, 1))
    assert {str(entry["date"]) for entry in entries(checkout)} == {"2023-09-01"} | kept
    assert {path.stem for path in (checkout.root / "source/pages").iterdir()} == {"2023-09-01"} | kept
    assert checkout.extract("--check").returncode == 0


@contextmanager
def holding(folder: Path):
    """Keep whoever writes in the folder waiting."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


def run_until_lock(checkout, ready: Path, *args: object) -> subprocess.Popen:
    """Start refresh, which makes the file `ready` when it has read everything and wants to write."""
    code = f"""
import fcntl, sys
from pathlib import Path
flock = fcntl.flock
fcntl.flock = lambda *args: (Path({str(ready)!r}).touch(), flock(*args))
sys.path.insert(0, {str(checkout.root / "scripts")!r})
import refresh
sys.exit(refresh.main({list(map(str, args))!r}))
"""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_full_disk_leaves_the_old_files_whole(checkout, tmp_path):
    nouvelle = write(tmp_path / "nouvelle.md", GROWN + "\n" * 9000)
    script = (
        f"trap '' XFSZ; ulimit -f 4; exec {sys.executable} {checkout.root}/scripts/refresh.py"
        f" --page {nouvelle} --date 2026-11-26"
    )
    before = checkout.state()
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "écriture impossible : File too large" in done.stderr
    assert checkout.state() == before
