"""A version of the page comes in: kept, told in words, and what is to be decided, in one run."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import EXPERTISE, HEAD, bullets, page
from edition2 import arrivals

OLD = page("Le ministère de la Justice", "Le ministère des Sports", "Sorbonne Université")
NEXT = OLD.replace("- Sorbonne Université\n", "- Cour des comptes\n")
CUT = "Les Services et entités relevant du périmètre budgétaire des", "services du Premier ministre"
BROKEN = bullets(*CUT)
SHA = "a" * 40
PATH = "content/fr/utiliser/marches-logiciels-libres.md"
TODO = "  provisoire: true  # compléter l'entrée, puis retirer cette ligne"


@pytest.fixture
def project(checkout):
    """A checkout whose only version is a small page."""
    checkout.only(OLD, "2024-01-01")
    return checkout


def git(folder: Path, *args: str, at: str = "2024-01-01T12:00:00Z") -> str:
    who = {
        f"GIT_{role}_{key}": "t@e" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
    }
    env = {**os.environ, **who, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"}
    line = ["git", "-C", folder, *args]
    return subprocess.run(
        line, env=env, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout.strip()


def commit(folder: Path, at: str, content: str | None = None, path: str = PATH) -> str:
    """Commit the folder as it is, or with this content: « at » is a day or a moment."""
    if content is not None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", at, at=at if len(at) > 10 else f"{at}T12:00:00Z")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def given(project, content: str | bytes, day: str) -> list:
    """The options by which a page of that day is taken in."""
    path = project.root.parent / "page.md"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return ["--page", path, "--date", day]


def take(project, content: str, day: str = "2024-02-01", *options: str):
    return project.call("refresh", *given(project, content, day), *options)


def days(project) -> list[str]:
    return re.findall(r"- date: (\S+)", project.text("source/pages.yml"))


def test_a_version_where_nothing_is_to_decide_takes_two_commands(project):
    result = take(project, NEXT, "2024-02-01", "--commit", SHA)
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines() == [
        "De la page du 2024-01-01 à celle du 2024-02-01 : 2 changements sur le fond.",
        "",
        "Sur le fond :",
        "",
        "- La liste « support » ne cite plus :",
        "  - « Sorbonne Université » (ligne 12)",
        "- La liste « support » cite désormais :",
        "  - « Cour des comptes » (ligne 12)",
        "",
        "source/pages/2024-02-01.md : version de la page gardée",
        "Rien à décider : lancer « make ».",
    ]
    assert project.text("source/pages/2024-02-01.md") == NEXT
    assert project.rows("versions")[-1]["version"] == "2023-09-01", "data/ stays until make"
    assert project.call("extract").status == 0
    version = project.rows("versions")[-1]
    assert (version["version"], version["commit"]) == ("2024-02-01", SHA)
    assert version["adresse"].endswith(f"/blob/{SHA}/{PATH}?plain=1")
    assert project.call("validate").status == 0


def test_bytes_that_come_back_are_a_new_version_and_an_earlier_day_takes_its_place(project):
    take(project, NEXT, "2024-02-01")
    assert take(project, OLD, "2024-03-01").status == 0
    take(project, page("Cour des comptes"), "2024-02-15")
    assert days(project) == ["2024-01-01", "2024-02-01", "2024-02-15", "2024-03-01"]


ENTERED = "Le ministère des Armées et des Sports", "Réseau Canopé : *uniquement sur le lot Moodle*"
NOTE = "\nMise à jour en mars.\n"
MODERN = page(
    *CUT, "Les ministères français", "Banque de France (BDF)", expertise=bullets(*ENTERED)
)
MODERN = MODERN.replace("contact@", "autre@").replace(EXPERTISE, NOTE + EXPERTISE)


def test_one_run_says_what_changed_then_all_that_is_to_decide_and_its_advice_works(project):
    ended = bullets("Ministère des Armées", "Ministère des Sports")
    project.only(
        page("Le ministère de la Justice", "Le ministère des Sports", expertise=ended), "2024-01-01"
    )
    result = take(project, MODERN)
    assert result.status == 1
    said = [
        "Attention : la liste « support » perd plus d'un tiers de ce qu'elle citait : 2 sur 2.",
        "La liste « support » ne cite plus :\n  - « Ministère de la Justice »",
        "La liste « support » cite désormais :\n",
        "« Ministères français » (ligne 12)",
        "« Réseau Canopé » (périmètre : « uniquement sur le lot Moodle », ",
        "L'adresse de contact change : « contact@example.org » → « autre@example.org »",
        "version de la page gardée",
        "À décider (6), puis lancer « make »",
        "source/pages/2024-02-01.md:15: « Mise à jour en mars. »",
        "source/pages/2024-02-01.md:11: « services du Premier ministre » : minuscule",
        "« banque-de-france » est provisoire",
        "« ministere-des-armees-et-des-sports » est provisoire",
        "« ministeres-francais » est provisoire",
        "« reseau-canope » est provisoire",
    ]
    places = [result.out.index(each) for each in said]
    assert places == sorted(places)
    assert project.call("extract").status == 1
    complete(project, result.out)
    built = project.call("extract")
    assert built.status == 0, built.err
    assert project.call("validate").status == 0
    covered = {
        (row["marche"], row["organisme"]): (row["statut"], row["par"])
        for row in project.rows("couverture")
    }
    assert covered["support", "ministere-de-la-justice"] == ("groupe", "ministeres-francais")
    assert covered["expertise", "ministere-des-sports"] == (
        "successeur",
        "ministere-des-armees-et-des-sports",
    )
    told = project.call("diff").out
    assert "Attention" not in told, "what a group or a successor covers is not lost"
    for words in (
        "le successeur « Ministère des Armées et des Sports »",
        "le groupe « Ministères français »",
    ):
        assert f"couvre désormais, par {words} :\n" in told


def complete(project, told: str) -> None:
    """One editing pass, as a person who pastes what refresh says and uncomments what it suggests."""
    for entry in re.findall(
        r"à (?:joindre|ignorer) \? ajouter à source/corrections.yml : (- \{.*?\})", told
    ):
        project.edit("source/corrections.yml", lambda text, entry=entry: f"{text}{entry}\n")
    entries = project.text("source/organismes.yml").split("\n\n")
    project.write("source/organismes.yml", "\n\n".join(map(completed, entries)))


def completed(entry: str) -> str:
    if TODO not in entry:
        return entry
    entry = (
        entry.replace(f"{TODO}\n", "").replace("  # si une source le dit", "").replace("  # ", "  ")
    )
    return (
        entry.replace("institution | ministere | ", "")
        .replace("preuves: []", "preuves: [La page]")
        .split(" | ")[0]
    )


def test_suggestions_are_comments_and_every_other_byte_of_the_registry_stays(project):
    before = project.text("source/organismes.yml")
    labels = (
        "Ministère de la Culture, de la Justice et des Sports",
        "Zèbre (ZB)",
        "Le zèbre (ZB)",
        "Abeille",
    )
    take(project, OLD + bullets(*labels, "Les universités françaises"))
    after = project.text("source/organismes.yml")
    assert after.startswith(f"{before}\nabeille:\n")
    any_category = "institution | ministere | administration-centrale | etablissement-public | juridiction | collectif"
    assert after.removeprefix(before).rstrip("\n").split("\n\n")[1:] == [
        'ministere-de-la-culture-de-la-justice-et-des-sports:\n  nom: "Ministère de la Culture, de la Justice et des Sports"\n'
        f"{TODO}\n"
        "  # categorie: ministere\n"
        "  # succede_a: [ministere-de-la-culture, ministere-de-la-justice, ministere-des-sports]  # si une source le dit\n"
        "  # sources: {succede_a: {preuves: []}}",
        f'universites-francaises:\n  nom: "Universités françaises"\n{TODO}\n  # categorie: collectif',
        f'zebre:\n  nom: "Zèbre"\n  sigle: "ZB"\n{TODO}\n  # categorie: {any_category}',
    ]


@pytest.mark.parametrize("label", ["=1+1", "Le", "Ελλάς", "« Guillemets »"])
def test_a_label_that_makes_no_entry_is_left_to_a_person_and_blocks_nothing(project, label):
    result = take(project, OLD + bullets(label))
    assert result.status == 1, result.err
    assert "source/pages/2024-02-01.md:17" in result.out
    assert days(project)[-1] == "2024-02-01"


def test_a_wrong_take_in_is_undone_as_the_documents_say(project):
    assert "git restore source && git clean -f source/pages" in Path("CONTRIBUTING.md").read_text(
        "utf-8"
    )
    git(project.root, "init", "--quiet")
    commit(project.root, "2024-01-01")
    take(project, OLD + bullets("Un inconnu"))
    assert git(project.root, "status", "--porcelain") != ""
    git(project.root, "restore", "source")
    git(project.root, "clean", "-f", "source/pages")
    assert git(project.root, "status", "--porcelain") == ""


def test_a_dry_run_says_the_same_and_writes_nothing(project):
    before = project.state()
    dry = take(project, OLD + bullets("Un inconnu"), "2024-02-01", "--dry-run")
    assert project.state() == before
    assert take(project, OLD + bullets("Un inconnu")).out == dry.out


@pytest.mark.parametrize(
    ("content", "day", "words"),
    [
        (HEAD, "2024-02-01", "page.md: aucune liste"),
        (OLD + "\x07", "2024-02-01", "page.md:17: caractère U+0007"),
        (OLD.encode("latin-1"), "2024-02-01", "page.md:6: ce n'est pas de l'UTF-8"),
        (
            NEXT,
            "2024-01-01",
            "déjà gardée au 2024-01-01 ; la prendre d'un fichier, à un autre jour : --page",
        ),
    ],
)
def test_what_is_no_page_and_a_second_page_of_a_day_are_not_kept(project, content, day, words):
    (told,) = project.refused("refresh", *given(project, content, day))
    assert words in told
    assert take(project, NEXT, "2024-01-02").status == 0, "the cure works"


@pytest.mark.parametrize(
    "args",
    [
        ["--page", "x.md"],
        *(
            ["--page", "x.md", "--date", day]
            for day in ("2999-01-01", "20240101", "hier", "2024-02-30")
        ),
        ["--page", "x.md", "--git", "."],
        ["--git", ".", "--date", "2024-01-01"],
        ["--commit", SHA],
    ],
)
def test_misuse_is_refused_before_anything_is_read(checkout, args):
    assert checkout.call("refresh", *args).status == 2


def test_every_past_version_comes_from_a_clone_in_order_through_its_renames(
    project, clone, monkeypatch
):
    old = "ancien nom.md"
    monkeypatch.setenv("TZ", "Pacific/Honolulu")
    texts = [
        page(f"Ministère {name}")
        for name in ("des Sports", "du Travail", "de la Justice", "de la Culture")
    ]
    never = commit(clone, "2023-12-01", "# Rien encore\n", old)
    morning = commit(clone, "2024-02-01T09:00:00Z", texts[0], old)
    commit(clone, "2024-02-02T08:00:00Z", texts[2], old)
    evening = commit(clone, "2024-02-01T23:30:00-1000", texts[1], old)
    (clone / PATH).parent.mkdir(parents=True)
    git(clone, "mv", old, PATH)
    commit(clone, "2024-02-03")
    commit(clone, "2024-03-01", texts[2])
    (clone / PATH).unlink()
    commit(clone, "2024-03-02")
    earlier = commit(clone, "2024-02-20", texts[3])
    future = commit(clone, "2099-01-01", texts[2])
    result = project.call("refresh", "--git", clone)
    assert (result.status, result.err) == (0, "")
    assert f"laissée de côté : {never}:{old}: aucune liste" in result.out
    assert len(re.findall("De la page du", result.out)) == 4, "each step is told"
    assert project.call("extract").status == 0
    rows = project.rows("versions")
    assert [
        (row["version"], row["commit"], row["adresse"].split("/blob/")[-1]) for row in rows
    ] == [
        ("2024-01-01", "", ""),
        ("2024-02-01", morning, f"{morning}/ancien%20nom.md?plain=1"),
        ("2024-02-02", evening, f"{evening}/ancien%20nom.md?plain=1"),
        ("2024-03-01", earlier, f"{earlier}/{PATH}?plain=1"),
        (str(arrivals.today()), future, f"{future}/{PATH}?plain=1"),
    ]
    before = project.state()
    assert "Rien de nouveau : la page est celle" in project.call("refresh", "--git", clone).out
    assert project.state() == before


def test_the_problems_of_every_version_are_told_in_one_run_and_corrections_are_typed_once(
    project, clone
):
    commit(clone, "2024-02-01", OLD + BROKEN)
    commit(clone, "2024-03-01", OLD + bullets("Zèbre") + NOTE)
    result = project.call("refresh", "--git", clone)
    assert result.status == 1
    for words in (
        "2024-02-01.md:18: « services",
        "2024-03-01.md:19: « Mise à jour",
        "« zebre » est provis",
    ):
        assert words in result.out
    complete(project, result.out)
    assert project.call("extract").status == 0, project.call("extract").err
    again = take(project, NEXT + BROKEN, "2024-04-01")
    assert (again.status, again.out.splitlines()[-1]) == (0, "Rien à décider : lancer « make ».")


def test_a_clone_may_tell_an_earlier_day_of_a_version_and_a_second_version_of_a_day(project, clone):
    commit(clone, "2023-12-15", OLD)
    assert "Rien de nouveau" in project.call("refresh", "--git", clone).out
    commit(clone, "2024-01-01", NEXT)
    commit(clone, "2024-02-01", page("Cour des comptes"))
    result = project.call("refresh", "--git", clone)
    assert (result.status, days(project)) == (0, ["2024-01-01", "2024-02-01"])
    assert f":{PATH}: une autre version est déjà gardée au 2024-01-01" in result.out


def test_what_is_no_whole_clone_is_told_in_one_line(project, clone, tmp_path):
    empty = tmp_path / "vide"
    empty.mkdir()
    git(empty, "init", "--quiet")
    commit(clone, "2024-01-01", "# Autre chose\n", "ailleurs.md")
    commit(clone, "2024-01-02", "# Autre chose encore\n", "ailleurs.md")
    git(tmp_path, "clone", "--quiet", "--depth=1", clone.as_uri(), "peu")
    for folder, words in (
        (tmp_path / "rien", "git rev-parse : "),
        (empty, "git log : "),
        (clone, f"« {PATH} » n'y est pas"),
        (tmp_path / "peu", "clone partiel : lancer « git fetch --unshallow »"),
    ):
        (told,) = project.refused("refresh", "--git", folder)
        assert words in told
