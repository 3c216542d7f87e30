"""The recipes of CONTRIBUTING.md do what they say, as printed."""

import re
import subprocess

import pytest

from helpers import EXPERTISE, HEADER, ROOT, SUPPORT, ProjectCopy, format_bullets, make_page

REGISTRY = "source/organismes.yml"
CONTRACTS = "source/marches.yml"
DATE = "2024-11-26"
NAMES = ("Ministère de la Justice", "Ministère de la Culture", "Sorbonne Université")
MARK = ", a_confirmer: true}"


def read_blocks(heading: str) -> list[str]:
    """Return the code blocks of a section of CONTRIBUTING.md, without their fences."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, found, rest = text.partition(f"# {heading}\n")
    assert found, heading
    section = re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```\w+\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE)


def read_block(heading: str, position: int = 0) -> str:
    """Return one code block of a section."""
    return read_blocks(heading)[position]


@pytest.fixture
def project(project):
    """Return a copy of the project whose only snapshot is a small page."""
    project.set_page(make_page(NAMES), "2024-01-01")
    return project


def refresh(project: ProjectCopy, page: str) -> str:
    """Take a page in. Return what the command printed."""
    path = project.root.parent / "page.md"
    path.write_text(page, encoding="utf-8")
    return project.run_ok("refresh", "--page", path, "--date", DATE)


def list_organisations(project: ProjectCopy, contract: str = "support") -> list[str]:
    """Return the slugs that a list names, once the tables are built."""
    project.run_ok("extract")
    rows = project.read_rows("beneficiaires")
    return [row["organisme"] for row in rows if row["marche"] == contract]


def read_statuses(project: ProjectCopy) -> dict[tuple[str, str], str]:
    """Return the answers by contract and organisation, once the tables are built."""
    project.run_ok("extract")
    rows = project.read_rows("couverture")
    return {(row["marche"], row["organisme"]): row["statut"] for row in rows}


def test_a_renamed_ministry_keeps_its_entry(project):
    line = read_block("A ministry was renamed")
    project.set_page(make_page([*NAMES, "Ministère des Sports"]), "2024-01-01")

    refresh(
        project,
        make_page([*NAMES, "Ministère des Sports, de la Jeunesse et de la Vie associative"]),
    )
    assert project.read_text(REGISTRY).count(line) == 1
    project.replace_text(REGISTRY, line, line.replace(MARK, "}"))

    assert list_organisations(project)[-1] == "ministere-sports"
    (period,) = [
        row
        for row in project.read_rows("historique")
        if (row["marche"], row["organisme"]) == ("support", "ministere-sports")
    ]
    assert (period["debut"], period["fin"]) == ("2024-01-01", "")


def test_a_refused_name_becomes_a_new_organisation(project):
    line = read_block("A ministry was renamed")
    page = make_page([*NAMES, "Ministère des Sports, de la Jeunesse et de la Vie associative"])

    refresh(project, page)
    project.replace_text(REGISTRY, line, "")
    refresh(project, page)
    project.edit_text(REGISTRY, lambda text: text.replace("  a_confirmer: true\n", ""))

    assert list_organisations(project)[-1] not in ("ministere-sports", "sorbonne-universite")


def test_a_merged_ministry_is_an_alias_of_each(project):
    line = read_block("Ministries were merged")

    refresh(
        project, make_page(["Ministère de la Justice", "Ministère de la Culture et des Sports"])
    )
    assert project.read_text(REGISTRY).count(line) == 2
    project.edit_text(REGISTRY, lambda text: text.replace(MARK, "}"))

    assert list_organisations(project)[1:] == ["ministere-culture", "ministere-sports"]


def test_a_successor_covers_the_organisation_that_it_replaced(project):
    old_entry = "\nirsn:\n  nom: Institut de radioprotection\n  categorie: etablissement-public\n"
    entries = old_entry + "\n" + read_block("Ministries were merged", 1)
    project.edit_text(REGISTRY, lambda text: text + entries)
    project.add_page(make_page(["Autorité de sûreté nucléaire et de radioprotection (ASNR)"]))

    assert read_statuses(project)["support", "irsn"] == "successeur"


def test_a_group_covers_its_members_but_those_that_an_alias_excludes(project):
    label = "Les ministères français, sauf le ministère de l'Économie et des Finances"

    output = refresh(project, make_page([label], ["Les ministères français"]))
    assert "2024-11-26:10 : « Les ministères français, sauf" in output
    start = project.read_text(REGISTRY).index("\nministeres:\n")
    entry = read_block("The page names a group, with or without an exception")
    project.edit_text(REGISTRY, lambda text: f"{text[:start]}\n{entry}")

    statuses = read_statuses(project)
    assert statuses["support", "ministere-justice"] == "groupe"
    assert statuses["support", "ministere-economie"] == "non_cite"
    assert statuses["expertise", "ministere-economie"] == "groupe"


def test_an_organisation_may_come_under_a_wide_scope(project):
    entry = read_block("An organisation may come under a wide scope")
    project.edit_text(REGISTRY, lambda text: f"{text}\n{entry}")
    scope = "services et entités relevant du périmètre budgétaire des services du Premier ministre"
    project.add_page(make_page([f"Les {scope}"]))

    assert read_statuses(project)["support", "service-de-demonstration"] == "a_verifier"


def test_a_new_organisation_is_found_by_its_aliases(project):
    entry = read_block("Add or correct an organisation")
    project.edit_text(REGISTRY, lambda text: f"{text}\n{entry}")
    project.add_page(make_page(["L'université démonstrative (UD)"]))

    assert list_organisations(project) == ["universite-de-demonstration"]


def test_corrections_are_written_once_for_every_snapshot(project):
    join = [
        "Le ministère de l'Économie, des Finances et de la Souveraineté",
        "industrielle et numérique",
    ]
    page = make_page([*join, "Sorbonne Université", "la Cour des comptes"])
    page = page.replace(EXPERTISE, "Mise à jour en mars.\n\n" + EXPERTISE)

    refresh(project, page)
    corrections = read_block("Correct the page")
    project.edit_text("source/corrections.yml", lambda text: text + corrections)

    assert list_organisations(project) == [
        "ministere-economie",
        "sorbonne-universite",
        "cour-des-comptes",
    ]


def test_a_new_contract_is_one_entry(project):
    entry = read_block("A new contract")
    title = EXPERTISE.replace("expertise", "conseil")

    refresh(project, make_page(NAMES) + f"\n{title}- La Cour des comptes\n")
    assert project.run("extract").status == 1
    project.edit_text(CONTRACTS, lambda text: text + entry)

    assert list_organisations(project, "conseil") == ["cour-des-comptes"]


def test_an_ended_contract_keeps_its_entry(project):
    entry = read_block("A contract has ended")

    output = refresh(project, HEADER + SUPPORT + format_bullets(NAMES))
    assert "n'est plus sur la page" in output
    start = project.read_text(CONTRACTS).index("expertise:\n")
    project.edit_text(CONTRACTS, lambda text: text[:start] + entry)

    assert list_organisations(project, "expertise") == []
    contract = project.read_rows("marches")[1]
    assert (contract["marche"], contract["fin"]) == ("expertise", DATE)
    assert "Attention" not in project.run_ok("diff")


def test_a_wrong_take_in_leaves_nothing_behind(project):
    git = ["git", "-C", str(project.root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)

    refresh(project, make_page([*NAMES, "Un inconnu"]))
    command = read_block("Undo a wrong take-in")
    subprocess.run(command, shell=True, cwd=project.root, check=True, capture_output=True)

    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout == b""
