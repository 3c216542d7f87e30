"""`refresh`: new snapshots are kept, proposals are drafted, and one report says what to decide."""

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from beneficiaires.files import lock_folder
from helpers import HEADER, SUPPORT, ProjectCopy, make_page

PAGE_PATH = "content/fr/utiliser/marches-logiciels-libres.md"
COMMIT = "a" * 40
FIRST_NAMES = ("Le ministère de la Justice", "Le ministère des Sports", "Sorbonne Université")
FIRST_PAGE = make_page(FIRST_NAMES)
REGISTRY = "source/organismes.yml"


@pytest.fixture
def project(project):
    """Return a copy of the project whose only snapshot is a small page."""
    project.set_page(FIRST_PAGE, "2024-01-01")
    return project


def write_candidate(project: ProjectCopy, content: str | bytes) -> Path:
    """Write a page beside the project. Return its path."""
    path = project.root.parent / "page.md"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refresh(
    project: ProjectCopy, content: str | bytes, date: str = "2024-02-01", *options: str
) -> str:
    """Take a page in from a file. Return what the command printed."""
    path = write_candidate(project, content)
    return project.run_ok("refresh", "--page", path, "--date", date, *options)


def refuse(project: ProjectCopy, content: str | bytes, date: str = "2024-02-01") -> str:
    """Take in a page that is refused, and nothing written. Return the only line."""
    path = write_candidate(project, content)
    (line,) = project.run_fails("refresh", "--page", path, "--date", date)
    return line


def list_dates(project: ProjectCopy) -> list[str]:
    rows = project.read_text("source/pages/versions.csv").splitlines()[1:]
    return [row.partition(",")[0] for row in rows]


def list_decisions(output: str) -> list[str]:
    """Return the decisions of a report."""
    _, _, text = output.partition("À décider")
    return [line[2:] for line in text.splitlines() if line.startswith("- ")]


def read_new_entries(project: ProjectCopy, before: str) -> str:
    """Return what was added at the end of the registry."""
    after = project.read_text(REGISTRY)
    assert after.startswith(before.rstrip("\n"))
    return after[len(before.rstrip("\n")) :].strip("\n")


# What is kept


def test_a_page_without_anything_to_decide_takes_two_commands(project):
    page = FIRST_PAGE.replace("- Sorbonne Université\n", "- Cour des comptes\n")
    data_before = project.read_text("data/beneficiaires.csv")

    output = refresh(project, page, "2024-02-01", "--commit", COMMIT)

    assert output.splitlines() == [
        "De la page du 2024-01-01 à celle du 2024-02-01",
        "",
        "Attention",
        "- la liste « Support logiciels libres » ne cite plus « Sorbonne Université » "
        "(ligne 12 avant), rien ne l'y remplace",
        "",
        "« Support logiciels libres » : 1 ajout",
        "- « Cour des comptes » (ligne 12)",
        "",
        "« Support logiciels libres » : 1 retrait",
        "- « Sorbonne Université » (ligne 12 avant)",
        "",
        "source/pages/2024-02-01.md : version de la page gardée",
        "",
        "Rien à décider. Ensuite : « make ».",
    ]
    assert project.read_text("source/pages/2024-02-01.md") == page
    assert project.read_text("data/beneficiaires.csv") == data_before
    project.run_ok("extract")
    snapshot = project.read_rows("versions")[-1]
    assert (snapshot["date"], snapshot["commit"]) == ("2024-02-01", COMMIT)
    assert snapshot["adresse"].endswith(f"/blob/{COMMIT}/{PAGE_PATH}?plain=1")


def test_a_page_without_its_commit_says_so(project):
    output = refresh(project, make_page(["Sorbonne Université"]))

    assert "2024-02-01 : commit inconnu" in output


def test_the_same_bytes_are_nothing_new_and_nothing_is_written(project):
    project.edit_text(REGISTRY, lambda text: text + "\n\n")
    files_before = project.read_files()

    output = refresh(project, FIRST_PAGE)

    assert output == "Rien de nouveau : tout est déjà gardé.\n"
    assert project.read_files() == files_before


def test_a_page_that_returns_to_an_older_text_is_kept(project):
    refresh(project, make_page(["Sorbonne Université"]), "2024-02-01")
    refresh(project, FIRST_PAGE, "2024-03-01")

    assert list_dates(project) == ["2024-01-01", "2024-02-01", "2024-03-01"]


def test_another_page_of_the_same_day_replaces_the_first_and_is_said(project):
    refresh(project, make_page(["Sorbonne Université"]), "2024-02-01")
    page = make_page(["Cour des comptes"])

    output = refresh(project, page, "2024-02-01")

    assert "2024-02-01 : remplace une version plus ancienne du même jour" in output
    assert "De la page du 2024-01-01 à celle du 2024-02-01" in output
    assert list_dates(project) == ["2024-01-01", "2024-02-01"]
    assert project.read_text("source/pages/2024-02-01.md") == page
    assert refresh(project, page, "2024-02-01").startswith("Rien de nouveau")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER, "page.md: aucune liste d'un marché connu"),
        (HEADER + "## Sommaire\n\n- Accueil\n", "page.md: aucune liste d'un marché connu"),
        (HEADER + SUPPORT, "page.md: aucune liste d'un marché connu"),
        (FIRST_PAGE.replace("title:", "draft: true\ntitle:"), "page.md: brouillon (draft: true)"),
        (FIRST_PAGE + "\x07", "page.md:17: caractère U+0007"),
        (FIRST_PAGE.encode("latin-1"), "page.md:6: ce n'est pas de l'UTF-8"),
    ],
    ids=["no list", "other list", "empty list", "draft", "control character", "latin-1"],
)
def test_what_is_not_the_page_is_left_out_in_one_line(project, content, words):
    assert words in refuse(project, content)


def test_force_keeps_a_page_whose_titles_have_all_changed(project):
    page = FIRST_PAGE.replace("## Liste des bénéficiaires", "## Titulaires")

    output = refresh(project, page, "2024-02-01", "--force")

    assert "la liste « Support logiciels libres » n'est plus sur la page" in output
    assert list_dates(project)[-1] == "2024-02-01"


def test_a_dry_run_says_the_same_and_writes_nothing(project):
    page = FIRST_PAGE + "- Un inconnu\n"
    files_before = project.read_files()

    dry_output = refresh(project, page, "2024-02-01", "--dry-run")

    assert project.read_files() == files_before
    assert dry_output == refresh(project, page) + "Essai : rien n'a été écrit.\n"


def test_what_the_page_says_is_inert_in_markdown(project):
    hostile = "A \\``b\\`` &lt;script>x&lt;/script> \\*\\*x** \\[l] @moi #1"
    shown = "A ''b'' <script>x</script> **x** [l] @moi #1"
    page = FIRST_PAGE.replace("title: Essai", 'title: "# <img>`"')
    page = page.replace("- Sorbonne Université\n", f"- Sorbonne Université\n- {hostile}\n")
    page += f"\n## {hostile}\n\n- {hostile}\n"

    output = refresh(project, page, "2024-02-01", "--markdown")

    start, _, decisions = output.partition("\n\n## À décider (2)\n\n")
    assert start == (
        "## De la page du 2024-01-01 à celle du 2024-02-01\n\n"
        "### `Support logiciels libres` : 1 ajout\n\n"
        f"- `{shown}` (ligne 13, à confirmer)\n\n"
        f"### `{shown}` : nouvelle liste\n\n"
        f"### `{shown}` : 1 ajout\n\n"
        f"- `{shown}` (ligne 21, à confirmer)\n\n"
        "### Ailleurs dans la page\n\n"
        "- Le titre de la page change : `Essai` → `# <img>'`\n\n"
        "- `source/pages/2024-02-01.md : version de la page gardée`\n"
        "- `2024-02-01 : commit inconnu, donc pas de lien vers les lignes de la page ; le donner "
        "avec --commit`"
    )
    first, second, _, ending = decisions.splitlines()
    assert first.startswith("    source/organismes.yml:")
    assert second.startswith("    2024-02-01:19 : ")
    assert ending.startswith("Ensuite, ces 2 décisions prises : « make »")


def test_a_run_that_was_killed_before_it_listed_its_page_can_be_run_again(project):
    page = make_page(["Sorbonne Université"])
    project.write_text("source/pages/2024-02-01.md", page)

    refresh(project, page)

    assert list_dates(project)[-1] == "2024-02-01"
    project.run_ok("extract")


def test_a_page_that_nothing_lists_is_said_when_no_candidate_explains_it(project):
    project.write_text("source/pages/2023-12-01.md", FIRST_PAGE)

    line = refuse(project, make_page(["Sorbonne Université"]))

    assert line.startswith("source/pages/2023-12-01.md: cette page n'est pas dans")


def test_two_commands_do_not_write_at_once(project):
    with lock_folder(project.root):
        assert "une autre commande y écrit en ce moment" in refuse(project, FIRST_PAGE)


def test_an_entry_that_names_an_unknown_group_is_one_line(project):
    entry = "\nx:\n  nom: X\n  a_confirmer: true\n  groupe: {organisme: rien, preuve: Un décret.}\n"
    project.edit_text(REGISTRY, lambda text: text + entry)

    assert "« rien » : aucun organisme n'a ce slug" in refuse(project, FIRST_PAGE)


@pytest.mark.parametrize(
    "options",
    [
        ["--page", "x.md"],
        ["--page", "x.md", "--date", "2999-01-01"],
        ["--page", "x.md", "--date", "20240101"],
        ["--page", "x.md", "--date", "hier"],
        ["--page", "x.md", "--date", "2024-01-01", "--git", "."],
        ["--page", "x.md", "--date", "2024-01-01", "--commit", "abc"],
        ["--git", ".", "--date", "2024-01-01"],
        ["--commit", COMMIT],
    ],
    ids=" ".join,
)
def test_misuse_is_refused_in_french_before_anything_is_read(project, options):
    result = project.run("refresh", *options)

    assert result.status == 2
    assert "invalid" not in result.err


# Proposals


def test_a_renamed_ministry_gets_an_alias_and_costs_one_edit(project):
    name = "Ministère des Sports, de la Jeunesse et de la Vie associative"
    page = make_page([FIRST_NAMES[0], name, FIRST_NAMES[2]])

    output = refresh(project, page)

    (decision,) = list_decisions(output)
    assert f"« {name} » est-il un autre libellé de « Ministère des Sports » ?" in decision
    assert "perd plus d'un tiers" not in output
    assert "ne cite plus" not in output
    assert "Ensuite, cette décision prise : « make »" in output
    assert len(project.run_fails("extract")) == 1
    project.replace_text(REGISTRY, ", a_confirmer: true}", "}")
    project.run_ok("extract")
    row = project.read_rows("beneficiaires")[1]
    assert (row["organisme"], row["libelle"]) == ("ministere-sports", name)


def test_a_merger_is_added_to_each_and_a_refused_alias_becomes_an_organisation(project):
    page = make_page([*FIRST_NAMES[:1], "Ministère des Sports et de la Culture", FIRST_NAMES[2]])
    registry_before = project.read_text(REGISTRY)

    output = refresh(project, page)

    assert len(list_decisions(output)) == 2
    for name in ("Ministère des Sports", "Ministère de la Culture"):
        assert f"est-il un autre libellé de « {name} »" in output
    project.write_text(REGISTRY, registry_before)
    again = refresh(project, page)
    assert read_new_entries(project, registry_before) == (
        "ministere-des-sports-et-de-la-culture:\n"
        '  nom: "Ministère des Sports et de la Culture"\n'
        "  categorie: ministere\n"
        "  a_confirmer: true"
    )
    assert "il ressemble pourtant à « Ministère de la Culture », « Ministère des Sports »" in again
    assert "renommé ? libellé nouveau, à confirmer : " in project.run_ok("diff")


def test_new_organisations_are_drafted_in_one_run_in_every_list(project):
    page = make_page(
        [*FIRST_NAMES, "Institut du zèbre", "Agence du lac"],
        ["La Cour des comptes", "L'institut du zèbre (IZ)", "Les ministères français"],
    )
    page += "\n## Liste nouvelle\n\n- Cour du lion : lot 2\n"
    registry_before = project.read_text(REGISTRY)

    output = refresh(project, page)

    assert read_new_entries(project, registry_before) == (
        'iz:\n  nom: "Institut du zèbre"\n  sigle: "IZ"\n'
        "  categorie: etablissement-public\n  a_confirmer: true\n\n"
        'agence-du-lac:\n  nom: "Agence du lac"\n'
        "  # categorie: institution | ministere | administration-centrale | "
        "etablissement-public | juridiction | collectif\n  a_confirmer: true\n\n"
        'ministeres:\n  nom: "Ministères français"\n  categorie: collectif\n  membres:\n'
        "    categorie: ministere\n"
        '    preuve: "source/pages/2024-02-01.md, ligne 20 : « Les ministères français »"\n'
        "  a_confirmer: true\n\n"
        'cour-du-lion:\n  nom: "Cour du lion"\n  categorie: juridiction\n  a_confirmer: true'
    )
    decisions = list_decisions(output)
    assert len(decisions) == 5
    assert "« Agence du lac » à confirmer : ajouter « categorie » (institution" in decisions[1]
    assert "aucun marché ne porte cette liste" in decisions[4]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Le", "« Le » : libellé inconnu, sans entrée proposée (il ne contient aucun mot)"),
        ("Ελλάς", "« Ελλάς » : libellé inconnu, sans entrée proposée (aucun slug libre"),
        ("=1+1", "« =1+1 » : libellé inconnu, sans entrée proposée (champ « nom »"),
        ("=Ministère de la Justice et du Temps", "sans entrée proposée (champ « libelle »"),
        ("CNAF", "« CNAF » : libellé inconnu, sans entrée proposée (aucun slug libre"),
        ("DINUM", "sans entrée proposée (c'est un des « autres_noms » de premier-ministre"),
    ],
)
def test_what_no_draft_can_hold_is_reported_and_the_page_is_kept(project, label, words):
    registry_before = project.read_text(REGISTRY)

    output = refresh(project, make_page([*FIRST_NAMES, label]))

    decisions = list_decisions(output)
    assert [line for line in decisions if line.startswith("2024-02-01:13 : ") and words in line]
    assert not [line for line in decisions if "lancer « make refresh »" in line]
    assert list_dates(project)[-1] == "2024-02-01"
    assert project.read_text(REGISTRY) == registry_before


@pytest.mark.parametrize(
    ("acronym", "reason"), [("@canope", "champ « sigle »"), ("SU", "c'est déjà un libellé")]
)
def test_an_acronym_that_the_registry_cannot_hold_is_left_out(project, acronym, reason):
    name = "  nom: Sorbonne Université\n"
    project.replace_text(REGISTRY, name, f"{name}  libelles:\n    - SU\n")

    output = refresh(project, make_page([*FIRST_NAMES, f"Réseau Canopé ({acronym})"]))

    assert f"sigle « {acronym} » laissé de côté ({reason}" in output
    assert 'reseau-canope:\n  nom: "Réseau Canopé"\n  # cat' in project.read_text(REGISTRY)


def test_a_label_that_people_search_is_an_alias_of_that_organisation(project):
    name = "Ministère de l'Éducation nationale, de la Jeunesse et des Sports"

    output = refresh(project, make_page([*FIRST_NAMES, name]))

    (decision,) = list_decisions(output)
    assert "« Ministère de l'Éducation nationale et de la Jeunesse » ?" in decision


def test_a_published_slug_is_never_given_to_another_organisation(project):
    project.edit_json("release.json", lambda value: value["organismes"].append("adl"))

    refresh(project, make_page([*FIRST_NAMES, "Agence du lac (ADL)"]))

    assert "\nagence-du-lac:\n" in project.read_text(REGISTRY)


def test_an_acronym_alone_is_never_an_alias(project):
    name = "  nom: Sorbonne Université\n"
    project.replace_text(REGISTRY, name, f"{name}  sigle: SU\n  autres_noms:\n    - SU\n")

    output = refresh(project, make_page([*FIRST_NAMES, "SU"]))

    (decision,) = list_decisions(output)
    assert "« SU » : libellé inconnu, sans entrée proposée (c'est un sigle seul)" in decision


def test_drafts_of_one_run_share_neither_slug_nor_name(project):
    labels = [
        "SPM",
        "Réseau des ponts maritimes (SPM)",
        "Ministère du Temps et du Lieu",
        "Ministère du Temps et de la Durée",
        "Réseau des ponts militaires du Nord",
    ]
    registry_before = project.read_text(REGISTRY)

    output = refresh(project, make_page([*FIRST_NAMES, *labels]))

    entries = [line for line in project.read_text(REGISTRY).splitlines() if line.endswith(":")]
    known_entries = registry_before.splitlines()
    assert [line for line in entries if line not in known_entries] == [
        "reseau-des-ponts:",
        "ministere-temps:",
        "ministere-du-temps-et-de-la-duree:",
        "reseau-des-ponts-militaires:",
    ]
    assert "sigle « SPM » laissé de côté (c'est déjà un libellé" in output


def test_an_alias_that_cannot_be_written_is_given_to_paste(project):
    sports = "ministere-sports:\n  nom: Ministère des Sports\n  categorie: ministere\n"
    text = project.read_text(REGISTRY)
    start = text.index(sports)
    end = text.index("\n\n", start)
    flow_entry = "ministere-sports: {nom: Ministère des Sports, categorie: ministere}"
    project.write_text(REGISTRY, text[:start] + flow_entry + text[end:])

    output = refresh(project, make_page([*FIRST_NAMES, "Ministère des Sports et du Jeu"]))

    (decision,) = list_decisions(output)
    assert (
        "si c'est ministere-sports, ajouter à ses « libelles » : "
        '- {libelle: "Ministère des Sports et du Jeu", a_confirmer: true}'
    ) in decision


def test_an_exclusion_is_never_proposed(project):
    registry_before = project.read_text(REGISTRY)
    label = "Les ministères français, sauf le ministère de l'Économie et des Finances"

    output = refresh(project, make_page([*FIRST_NAMES, label]))

    (decision,) = list_decisions(output)
    assert "exclusion (sauf, hors…)" in decision
    assert project.read_text(REGISTRY) == registry_before


def test_split_bullets_are_reported_as_if_they_were_joined(project):
    split = [
        "Les services de la Présidence de la",
        "République",
        "Agence du lac et de la",
        "rivière (ALR)",
    ]

    output = refresh(project, make_page([*FIRST_NAMES, *split]))

    assert "« Support logiciels libres » : 2 ajouts\n" in output
    assert "- « Services de la Présidence de la République » (ligne 13)" in output
    assert "- « Agence du lac et de la rivière » (ligne 15, à confirmer)" in output
    assert "2 puces coupées sont lues comme si les corrections proposées étaient" in output
    assert len(list_decisions(output)) == 3
    assert "\nalr:\n" in project.read_text(REGISTRY)


def test_two_known_bullets_are_neither_joined_nor_drafted_together(project):
    registry_before = project.read_text(REGISTRY)

    output = refresh(project, make_page([*FIRST_NAMES, "la Cour des comptes"]))

    assert "« Support logiciels libres » : 1 ajout\n- « Cour des comptes » (ligne 13)" in output
    (decision,) = list_decisions(output)
    assert "semble la suite de la puce précédente" in decision
    assert project.read_text(REGISTRY) == registry_before


# Clones


def run_git(folder: Path, *arguments: str, time: str = "2024-01-01T12:00:00Z") -> str:
    """Run git on a folder at a moment. Return what it printed."""
    environment = dict(os.environ)
    for role in ("AUTHOR", "COMMITTER"):
        environment[f"GIT_{role}_NAME"] = environment[f"GIT_{role}_EMAIL"] = "essai@example.org"
        environment[f"GIT_{role}_DATE"] = time
    return subprocess.run(
        ["git", "-C", folder, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def commit_page(clone: Path, content: str, time: str, path: str = PAGE_PATH) -> str:
    """Commit a page at a moment. Return the commit."""
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(content, encoding="utf-8")
    run_git(clone, "add", "--all")
    run_git(clone, "commit", "--quiet", "--message", time, time=time)
    return run_git(clone, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path) -> Path:
    """Return a repository without commits."""
    folder = tmp_path / "site"
    folder.mkdir()
    run_git(folder, "init", "--quiet")
    return folder


def test_a_clone_gives_every_past_page_and_each_decision_is_said_once(project, clone):
    split = "- Les services de la Présidence de la\n- République\n"
    commit_page(clone, "# Rien encore\n", "2023-12-01T12:00:00Z")
    commit_page(clone, FIRST_PAGE + "- Zèbre\n", "2024-02-01T09:00:00Z")
    last = commit_page(clone, FIRST_PAGE + split, "2024-02-01T18:00:00Z")
    commit_page(clone, FIRST_PAGE + split + "- Agence du lac\n", "2024-03-01T12:00:00Z")

    output = project.run_ok("refresh", "--git", clone)

    assert "Laissée de côté : " in output
    assert list_dates(project) == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert f"2024-02-01,{last}," in project.read_text("source/pages/versions.csv")
    assert output.count("De la page du") == 2
    decisions = list_decisions(output)
    assert len(decisions) == 2
    assert decisions[1].startswith("2024-02-01:18, 2024-03-01:18 : « République »")
    assert "À décider (2)" in output
    again = project.run_ok("refresh", "--git", clone)
    assert again.startswith("Rien de nouveau : tout est déjà gardé.\nLaissée de côté : ")
    assert list_decisions(again) == decisions
    assert "\nEnsuite, ces 2 décisions prises : « make » ;" in again


def test_a_contract_that_begins_over_several_pages_is_one_decision_with_the_first_day(
    project, clone
):
    page = FIRST_PAGE + "\n## Liste du marché conseil\n\n- Cour des comptes\n"
    commit_page(clone, page, "2024-02-01T12:00:00Z")
    commit_page(clone, page + "- Sorbonne Université\n", "2024-03-01T12:00:00Z")

    output = project.run_ok("refresh", "--git", clone)

    (decision,) = list_decisions(output)
    assert decision.startswith("2024-02-01:18, 2024-03-01:18 : « Liste du marché conseil »")
    entry = 'SLUG: {nom: NOM, titres: ["Liste du marché conseil"], debut: 2024-02-01}'
    assert f"si c'est un nouveau marché, ajouter : {entry}" in decision
    project.edit_text(
        "source/marches.yml", lambda text: text + entry.replace("SLUG", "conseil") + "\n"
    )
    project.run_ok("extract")


def test_an_old_path_that_no_row_can_hold_leaves_only_its_page_out(project, clone):
    commit_page(clone, make_page(["Sorbonne Université"]), "2024-02-01T12:00:00Z", " vieux.md")
    (clone / PAGE_PATH).parent.mkdir(parents=True)
    run_git(clone, "mv", " vieux.md", PAGE_PATH)
    commit_page(clone, make_page(["Sorbonne Université"]), "2024-02-02T12:00:00Z")

    output = project.run_ok("refresh", "--git", clone)

    assert "Laissée de côté : " in output
    assert "champ « chemin »" in output
    assert list_dates(project) == ["2024-01-01", "2024-02-02"]


# The web


class TokenServer:
    """A server that gives a page at a branch and remembers who asked its API."""

    def __init__(self, page: str) -> None:
        self.page = page.encode()
        self.authorizations: list[str | None] = []

    def make_handler(self) -> type[BaseHTTPRequestHandler]:
        """Return the handler of its requests."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_api = self.path.startswith("/api")
                if is_api:
                    server.authorizations.append(self.headers.get("Authorization"))
                body = b"" if is_api else server.page
                self.send_response(403 if is_api else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        return Handler


def test_the_api_is_asked_with_the_token_and_a_page_without_commit_says_why(project, monkeypatch):
    token_server = TokenServer(make_page(["Sorbonne Université"]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), token_server.make_handler())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    project.replace_text("source/page.yml", "https://api.github.com", f"{address}/api")
    project.replace_text("source/page.yml", "https://raw.githubusercontent.com", f"{address}/raw")
    monkeypatch.setenv("GITHUB_TOKEN", "jeton")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    output = project.run_ok("refresh", "--date", "2024-02-01")
    server.shutdown()
    server.server_close()

    assert token_server.authorizations[0] == "Bearer jeton"
    assert "2024-02-01 : commit inconnu" in output
    assert "définir GITHUB_TOKEN" in output
    assert list_dates(project)[-1] == "2024-02-01"


def test_a_commit_that_is_learnt_later_completes_its_snapshot(project):
    page = project.root.parent / "page.md"
    page.write_text(make_page(["Le ministère de la Justice"]), encoding="utf-8")
    commit = "0123456789" * 4
    project.run_ok("refresh", "--page", page, "--date", "2024-01-01")

    output = project.run_ok("refresh", "--page", page, "--date", "2024-01-01", "--commit", commit)

    assert "2024-01-01 : le commit de cette version est maintenant connu" in output
    assert f"2024-01-01,{commit}," in project.read_text("source/pages/versions.csv")
