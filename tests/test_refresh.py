"""A version of the page comes in: kept, told in words, and what is to be decided, in one run."""

import http.server
import json
import subprocess
import threading
from typing import ClassVar

import pytest

from conftest import EXPERTISE, HEAD, SUPPORT, bullets, page

OLD = page("Le ministère de la Justice", "Le ministère des Sports", "Sorbonne Université")
BROKEN = "- Les Services et entités relevant du périmètre budgétaire des\n- services du Premier ministre\n"
SHA = "a" * 40


@pytest.fixture
def project(checkout):
    """A checkout whose only version is a small page, in a git repository."""
    checkout.only(OLD, "2024-01-01")
    assert checkout.call("extract").status == 0
    git(checkout.root, "init", "--quiet")
    commit(checkout.root, "2024-01-01")
    return checkout


def git(folder, *args, **options) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", "-C", folder, *identity, *args], check=True, capture_output=True, text=True, **options
    )
    return done.stdout


def commit(folder, day: str) -> str:
    git(folder, "add", "--all")
    when = {
        "GIT_COMMITTER_DATE": f"{day}T12:00:00Z",
        "GIT_AUTHOR_DATE": f"{day}T12:00:00Z",
        "PATH": "/usr/bin:/bin",
    }
    git(folder, "commit", "--quiet", "--message", day, env=when)
    return git(folder, "rev-parse", "HEAD").strip()


def take(project, content: str, day: str = "2024-02-01", *options: str):
    path = project.root.parent / "page.md"
    path.write_text(content, encoding="utf-8")
    return project.call("refresh", "--page", path, "--date", day, *options)


def test_a_version_where_nothing_is_to_decide_takes_two_commands(project):
    result = take(
        project, OLD.replace("- Sorbonne Université\n", "- Cour des comptes\n"), "2024-02-01", "--commit", SHA
    )
    assert result.status == 0, result.out
    assert "« Cour des comptes » entre dans la liste « support » (ligne 12 après)." in result.out
    assert "« Sorbonne Université » sort de la liste « support » (ligne 12 avant)." in result.out
    assert project.rows("versions")[-1]["version"] == "2024-01-01", "data/ stays until make"
    assert project.call("extract").status == 0
    version = project.rows("versions")[-1]
    assert (version["version"], version["commit"]) == ("2024-02-01", SHA)
    assert project.call("validate").status == 0


def test_what_is_known_changes_nothing(project):
    before = project.state()
    assert "Rien de nouveau" in take(project, OLD).out
    assert project.state() == before


def test_one_run_says_what_changed_then_all_that_is_to_decide_and_its_advice_works(project):
    content = (
        HEAD + SUPPORT + BROKEN + bullets("Les ministères français", "Banque de France (BDF)") + EXPERTISE
    )
    content += bullets("Réseau Canopé : *uniquement sur le lot Moodle*", "La Cour des comptes")
    result = take(project, content.replace("contact@example.org", "autre@example.org"))
    assert result.status == 1
    said = [
        "Attention : la liste « support » perd plus d'un tiers",
        "« Ministère de la Justice » sort de la liste « support »",
        "« Ministères français » entre dans la liste « support »",
        "« Réseau Canopé » entre dans la liste « expertise », périmètre : « uniquement sur le lot Moodle »",
        "L'adresse de contact change : « contact@example.org » → « autre@example.org »",
        "À décider (4)",
    ]
    places = [result.out.index(each) for each in said]
    assert places == sorted(places)
    complete(project, result.out)
    assert project.call("extract").status == 0, project.call("extract").err
    covered = {
        row["organisme"]: row["statut"] for row in project.rows("couverture") if row["marche"] == "support"
    }
    assert covered["ministere-de-la-justice"] == "groupe"
    assert project.call("validate").status == 0
    told = project.call("diff").out
    assert "« Ministère de la Justice » et « Ministère des Sports » sont désormais cités" in told
    assert "par leur groupe, « Ministères français »" in told


def complete(project, told: str) -> None:
    """One editing pass, as a person who follows what refresh says."""
    paste = told[told.index("- {joindre") :].split(" ; à garder")[0]
    project.edit("source/corrections.yml", lambda text: f"{text}{paste}\n")
    project.edit("source/organismes.yml", lambda text: "\n".join(filter(None, map(done, text.split("\n\n")))))


def done(entry: str) -> str:
    if "provisoire: true" not in entry:
        return f"{entry}\n"
    lines = [line for line in entry.splitlines() if "provisoire" not in line]
    group = "categorie: collectif" in entry
    kept = [line.replace("# ", "", 1) if group or "categorie" in line else line for line in lines]
    return (
        "\n".join(kept)
        .replace("categorie: …", "categorie: etablissement-public")
        .replace('["…"]', "[La page]")
        + "\n"
    )


def test_every_other_byte_of_the_registry_stays_and_suggestions_are_comments(project):
    before = project.text("source/organismes.yml").splitlines()
    take(project, OLD + "- Ministère du Travail et de l'Emploi\n- Zèbre\n- Zèbre bis\n- Abeille\n")
    after = project.text("source/organismes.yml").splitlines()
    new = [line for line in after if line not in before and not line.lstrip().startswith("#")]
    assert [line for line in after if line in before and line] == [line for line in before if line]
    assert new == [
        "abeille:", '  nom: "Abeille"', "  provisoire: true  # compléter l'entrée, puis retirer cette ligne",
        "ministere-du-travail-et-de-l-emploi:", '  nom: "Ministère du Travail et de l\'Emploi"',
        "  provisoire: true  # compléter l'entrée, puis retirer cette ligne",
        "zebre:", '  nom: "Zèbre"', "  provisoire: true  # compléter l'entrée, puis retirer cette ligne",
        "zebre-bis:", '  nom: "Zèbre bis"', "  provisoire: true  # compléter l'entrée, puis retirer cette ligne",
    ]  # fmt: skip
    assert any("# succede_a: ministere-du-travail " in line for line in after)


def test_corrections_typed_once_serve_the_next_version_that_has_the_same_broken_bullets(project):
    first = take(project, OLD + BROKEN)
    complete(project, first.out)
    assert project.call("extract").status == 0, project.call("extract").err
    again = take(project, OLD.replace("Sorbonne Université", "Cour des comptes", 1) + BROKEN, "2024-03-01")
    assert (again.status, "Rien à décider" in again.out) == (0, True)


def test_a_wrong_take_in_is_undone_as_the_documents_say(project):
    before = project.state()
    take(project, OLD + "- Un inconnu\n")
    git(project.root, "restore", "source")
    git(project.root, "clean", "-fq", "source/pages")
    assert {k: v for k, v in project.state().items() if ".git/" not in k} == {
        k: v for k, v in before.items() if ".git/" not in k
    }


def test_a_dry_run_says_the_same_and_writes_nothing(project):
    before = project.state()
    dry = take(project, OLD + "- Un inconnu\n", "2024-02-01", "--dry-run")
    assert project.state() == before
    assert take(project, OLD + "- Un inconnu\n").out == dry.out


def test_what_is_no_page_is_refused_whole(project):
    before = project.state()
    for content, words in ((HEAD, "ce n'est pas la page"), ("\x07", "U+0007")):
        result = take(project, content)
        assert (result.status, words in result.err) == (1, True)
    assert "déjà gardée au 2024-01-01" in take(project, page("Cour des comptes"), "2024-01-01").err
    assert project.state() == before


@pytest.mark.parametrize("day", ["2999-01-01", "20240101", "hier", "2024-02-30"])
def test_a_day_is_written_in_full_and_has_come(project, day):
    assert take(project, OLD, day).status == 2


def test_every_past_version_comes_from_a_clone_in_order_through_its_renames(project, tmp_path):
    clone = tmp_path / "site"
    (clone / "content/fr/utiliser").mkdir(parents=True)
    git(clone, "init", "--quiet")
    old, new = clone / "ancien.md", clone / "content/fr/utiliser/marches-logiciels-libres.md"
    pages = [page(*names) for names in (["Sorbonne Université"], ["Cour des comptes"], ["Ministère des Sports"], ["Ministère de la Justice"])]  # fmt: skip
    commits = []
    for path, content, day in (
        (old, "# Rien encore\n", "2023-12-01"),
        (old, pages[0], "2024-02-01"),
        (old, pages[1], "2024-02-01"),
        (new, pages[1], "2024-02-02"),
        (new, pages[2], "2024-03-01"),
        (new, pages[3], "2024-04-01"),
    ):
        if path == new and old.exists():
            git(clone, "mv", "ancien.md", str(new.relative_to(clone)))
        path.write_text(content, encoding="utf-8")
        commits.append(commit(clone, day))
    result = project.call("refresh", "--git", clone)
    assert result.status == 0, result.out + result.err
    assert "laissée de côté : source/pages/2023-12-01.md" in result.out
    assert project.call("extract").status == 0
    rows = [
        (row["version"], row["commit"], "ancien.md" in row["adresse"]) for row in project.rows("versions")
    ]
    assert rows == [
        ("2024-01-01", "", False),
        ("2024-02-01", commits[2], True),
        ("2024-03-01", commits[4], False),
        ("2024-04-01", commits[5], False),
    ]
    assert "Rien de nouveau" in project.call("refresh", "--git", clone).out


def test_what_is_no_whole_clone_is_told_in_one_line(project, tmp_path):
    result = project.call("refresh", "--git", tmp_path / "rien")
    assert (result.status, len(result.err.splitlines())) == (1, 1)
    git(project.root, "clone", "--quiet", "--depth", "1", f"file://{project.root}", str(tmp_path / "peu"))
    assert "clone partiel" in project.call("refresh", "--git", tmp_path / "peu").err


class Site(http.server.BaseHTTPRequestHandler):
    """What the test says: by path, the statuses to answer in turn, the last one for ever."""

    answers: ClassVar[dict[str, list[tuple[int, dict[str, str], bytes]]]]
    asked: ClassVar[list[str]]

    def do_GET(self):
        self.asked.append(self.path)
        waiting = next(
            (each for path, each in self.answers.items() if self.path.startswith(path)), [(404, {}, b"")]
        )
        status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def site(project, monkeypatch):
    """The project, its page on a server of this machine; waits are noted, not waited."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    project.edit(
        "source/pages.yml",
        lambda text: text.replace("https://api.github.com/repos/codegouvfr", f"{address}/api").replace(
            "https://raw.githubusercontent.com/codegouvfr", f"{address}/raw"
        ),
    )
    Site.answers, Site.asked = {}, []
    project.waits = []
    monkeypatch.setattr("time.sleep", project.waits.append)
    yield project
    server.shutdown()
    server.server_close()


NEW = OLD.replace("- Sorbonne Université\n", "- Cour des comptes\n").encode()
API, RAW = "/api/codegouvfr-website/commits?path=content", "/raw/codegouvfr-website"
LAST = json.dumps([{"sha": SHA, "commit": {"committer": {"date": "2024-05-06T07:08:09Z"}}}]).encode()


def test_the_newest_page_is_read_at_its_last_commit(site):
    Site.answers = {API: [(200, {}, LAST)], f"{RAW}/{SHA}/content": [(200, {}, NEW)]}
    assert site.call("refresh").status == 0
    assert site.call("extract").status == 0
    version = site.rows("versions")[-1]
    assert (version["version"], version["commit"]) == ("2024-05-06", SHA)
    assert "per_page=1" in Site.asked[0]


@pytest.mark.parametrize("answer", [(500, {}, b""), (200, {}, b"<html>"), (200, {}, b"[]"), (403, {}, b"{}")])
def test_without_the_api_the_branch_is_read_and_the_day_is_today(site, answer):
    Site.answers = {API: [answer], f"{RAW}/main/content": [(200, {}, NEW)]}
    result = site.call("refresh")
    assert result.status == 0, result.err
    site.call("extract")
    assert site.rows("versions")[-1]["commit"] == ""
    assert site.rows("versions")[-1]["version"] > "2026"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, {}, b""), "réponse 404"),
        ((500, {}, b""), "réponse 500 ; réessayer plus tard"),
        ((200, {"Content-Type": "text/html"}, NEW), "du HTML"),
        ((200, {}, b"<!DOCTYPE html><p>"), "du HTML"),
        ((302, {"Location": "http://localhost:9/"}, b""), "réessayer plus tard"),
        ((200, {}, b"- x\n" * 300_000), "plus de 1048576 octets"),
        ((200, {"Content-Length": "99999"}, NEW), "réessayer plus tard"),
    ],
)
def test_a_bad_answer_is_one_clear_line_and_nothing_is_written(site, answer, words):
    Site.answers = {API: [(200, {}, LAST)], RAW: [answer]}
    before = site.state()
    result = site.call("refresh")
    assert (result.status, len(result.err.splitlines())) == (1, 1), result.err
    assert words in result.err
    assert site.state() == before


def test_a_busy_server_gets_the_time_that_it_asks_for(site):
    Site.answers = {
        API: [(200, {}, LAST)],
        RAW: [(429, {"Retry-After": "7"}, b""), (500, {}, b""), (200, {}, NEW)],
    }
    assert site.call("refresh").status == 0
    assert site.waits == [7.0, 4.0]


def test_a_server_that_is_not_there_or_says_nothing_is_told(site, monkeypatch):
    monkeypatch.setattr("beneficiaires.arrivals.PATIENCE", 0.05)
    Site.answers = {}
    site.edit("source/pages.yml", lambda text: text.replace("http://127.0.0.1:", "http://127.0.0.1:1"))
    result = site.call("refresh")
    assert (result.status, len(result.err.splitlines())) == (1, 1)
