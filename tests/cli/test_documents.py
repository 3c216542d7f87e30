"""The documents: what they print runs as printed, what they show is true, where they lead exists."""

import re
import shutil
import subprocess
import sys

import duckdb
import pytest

from helpers import ROOT, copy_project, find_program, read_published

READMES = ("README.md", "README.fr.md")
DOCUMENTS = (*READMES, "CONTRIBUTING.md", "docs/architecture.md", "docs/operations.md")


def find_blocks(document: str, language: str) -> list[str]:
    """Return the code blocks of a document in a language."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the project with its distribution, in which the blocks run."""
    project = copy_project(tmp_path_factory.mktemp("documents") / "project")
    project.run_ok("build_dist")
    return project.root


def run_block(command, folder) -> str:
    """Run a block in a folder. Return what it prints."""
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.parametrize("document", READMES)
def test_the_pandas_blocks_answer_the_questions_of_the_readme(document, folder):
    questions, parquet = find_blocks(document, "python")

    output = run_block([sys.executable, "-c", questions], folder)
    assert "support    a_verifier     2" in output
    assert "110046018" in output
    assert "['anses', 'cnaf', 'conseil-constitutionnel', 'inpi'," in output
    assert "130012024" in run_block([sys.executable, "-c", parquet], folder)


@pytest.mark.parametrize("document", READMES)
def test_the_duckdb_block_gives_those_who_are_covered_by_both_contracts(
    document, folder, monkeypatch
):
    (query,) = find_blocks(document, "sql")

    monkeypatch.chdir(folder)
    rows = duckdb.sql(query).fetchall()

    assert len(rows) == 23
    assert rows[0] == (
        "Agence nationale de sécurité sanitaire de l'alimentation, de l'environnement et du travail",
        "130012024",
        ["expertise", "support"],
    )


@pytest.mark.programs
@pytest.mark.parametrize("document", READMES)
def test_the_r_block_keeps_the_siren_a_text(document, folder):
    program = find_program("Rscript", "r-base-core")
    (block,) = find_blocks(document, "r")

    output = run_block([program, "-e", f"{block}\nprint(couverture$siren[2])"], folder)

    assert "a_verifier" in output
    assert '"' in output.splitlines()[-1]


def test_the_block_that_validates_accepts_the_package(folder):
    (command,) = [block for block in find_blocks("README.md", "sh") if "frictionless" in block]
    shell = command.replace("python ", f"{sys.executable} ")

    assert "VALID" in run_block(["sh", "-c", shell], folder).upper()


@pytest.mark.parametrize("document", READMES)
def test_the_five_rows_of_the_readme_are_those_of_the_data(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    lines = re.findall(r"^\| (support|expertise) \| (.*?) \|$", text, re.MULTILINE)
    answers = {(row["marche"], row["nom"]): row for row in read_published("couverture")}

    assert len(lines) == 5
    for contract, rest in lines:
        name, status, through, since = (cell.strip() for cell in rest.split("|"))
        row = answers[contract, name]
        expected = (row["statut"], row["par"] or "", row["depuis"] or "")
        assert (status, through, since) == expected


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_link_of_a_document_leads_nowhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    base = (ROOT / document).parent
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)

    local_targets = [target for target in targets if "://" not in target]
    missing = [target for target in local_targets if not (base / target).exists()]

    assert missing == []


@pytest.mark.parametrize("document", READMES)
def test_every_table_is_in_the_readme(document):
    text = (ROOT / document).read_text(encoding="utf-8")

    for path in sorted((ROOT / "schemas").glob("*.json")):
        assert f"(schemas/{path.name})" in text


def test_every_target_of_the_makefile_that_a_document_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        named.update(re.findall(r"`make ([a-z][a-z-]*)", text))

    assert named <= targets


def test_every_module_is_on_the_map_of_the_layers():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

    for path in sorted((ROOT / "scripts/beneficiaires").rglob("*.py")):
        if path.name != "__init__.py":
            assert f"`{path.stem}`" in text, path.name


@pytest.mark.programs
def test_the_commands_run_from_a_copy_of_the_scripts_alone(tmp_path):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")

    for path in sorted((tmp_path / "scripts").glob("*.py")):
        output = run_block([sys.executable, path, "--help"], tmp_path)
        assert "Exit status" in output
