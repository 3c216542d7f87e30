"""What the documents say is true: snippets run as printed, recipes work, links lead somewhere."""

import re
import shlex
import subprocess

import duckdb
import pytest

from conftest import ROOT, bullets, call, need, page

TRACKED = subprocess.run(
    ["git", "-C", ROOT, "ls-files"], capture_output=True, text=True
).stdout.splitlines()
READMES = ["README.md", "README.fr.md"]
BIN = ROOT / ".venv/bin"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text(document), re.DOTALL)


def out(*line: object) -> str:
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("document", READMES)
def test_the_pandas_snippet_runs_as_printed(document):
    (snippet,) = blocks(document, "python")
    said = out(BIN / "python", "-c", snippet)
    assert re.search(r"expertise +cite +27\b", said)
    assert re.search(r"support +a_verifier +2\b", said)


@pytest.mark.parametrize("document", READMES)
def test_the_duckdb_snippet_runs_as_printed(document):
    (snippet,) = blocks(document, "sql")
    assert len(duckdb.sql(snippet.replace("'data/", f"'{ROOT}/data/")).fetchall()) == 2


@pytest.mark.programs
@pytest.mark.parametrize("document", READMES)
def test_the_r_snippet_runs_as_printed(document):
    (snippet,) = blocks(document, "r")
    said = out(need("Rscript", "r-base-core"), "-e", snippet)
    assert (
        dict(zip(*(line.split() for line in said.strip().splitlines()[-2:]), strict=True))[
            "juridiction"
        ]
        == "1"
    )


@pytest.mark.parametrize("document", READMES)
def test_the_shell_snippet_that_validates_runs_as_printed(document):
    out(*shlex.split(blocks(document, "sh")[1]))


def test_no_readme_is_longer_than_it_may_be_nor_has_a_snippet_that_the_other_has_not():
    assert all(len(text(document).splitlines()) <= 150 for document in READMES)
    for language in ("python", "sql", "r"):
        assert blocks(READMES[0], language) == blocks(READMES[1], language)


@pytest.mark.parametrize("document", READMES)
def test_the_preview_shows_rows_of_the_table(document):
    rows = text("data/couverture.csv").splitlines()
    shown = re.findall(
        r"^\| (support|expertise) \| (.+) \| (\w+) \| \|$", text(document), re.MULTILINE
    )
    assert len(shown) == 5
    for marche, nom, statut in shown:
        assert any(row.startswith(f"{marche},") and f",{nom},{statut}," in row for row in rows)


@pytest.mark.parametrize("script", sorted(path.stem for path in (ROOT / "scripts").glob("*.py")))
def test_every_command_tells_its_docstring_and_its_options_are_in_the_readme(script):
    readme, helped = text("README.md"), call(script, "--help")
    assert (helped.status, helped.err) == (0, "")
    assert text(f"scripts/{script}.py").split('"""')[1].strip() in helped.out
    assert f"scripts/{script}.py" in readme
    options = {*re.findall(r"--[a-z-]+", helped.out.partition("options:")[2])}
    assert options <= {*re.findall(r"--[a-z-]+", readme), "--help"}


def test_links_to_files_lead_somewhere():
    for document in (*READMES, "CONTRIBUTING.md", "LICENCE-DONNEES.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text(document)):
            assert link in TRACKED, f"{document}: {link}"


def test_every_address_of_ours_comes_from_two_lines():
    ours = "codegouvfr/marches-logiciels-libres-beneficiaires"
    held = [name for name in TRACKED if ours in (ROOT / name).read_bytes().decode(errors="ignore")]
    assert [name for name in held if not name.startswith("tests/")] == ["source/publication.yml"]


def test_the_recipes_of_contributing_work_as_printed(checkout):
    recipes = blocks("CONTRIBUTING.md", "yaml")
    bodies = [each for each in recipes if "categorie:" in each and "sorbonne" not in each]
    assert all(
        f"\n  {field}:" in "".join(bodies)
        for field in ("groupe", "membres", "releve_de", "succede_a")
    )
    (contract,) = (each for each in recipes if "titres:" in each)
    (sorbonne,) = (each for each in recipes if each.startswith("sorbonne"))
    (corrections,) = (each for each in recipes if "joindre" in each)
    checkout.edit(
        "source/organismes.yml",
        lambda text: "\n".join([text.partition("\nsorbonne-universite:")[0], sorbonne, *bodies]),
    )
    checkout.edit("source/marches.yml", lambda text: text + contract)
    checkout.write("source/corrections.yml", corrections)
    broken = [
        "Le ministère de l'Économie, des Finances et de la Souveraineté",
        "industrielle et numérique",
    ]
    name = "  nom: Ministère de l'Économie et des Finances\n"
    checkout.replace("source/organismes.yml", name, name + f'  libelles: ["{" ".join(broken)}"]\n')
    others = [
        "la Cour des comptes",
        "Les ministères français",
        "Université de la Sorbonne et ses filiales (SU)",
    ]
    content = page("Ministère de la Justice", *broken, *others) + "\nMise à jour en mars.\n\n## "
    checkout.only(
        content
        + re.search(r"- (Liste.*)", contract)[1]
        + "\n\n"
        + bullets("Les universités françaises")
    )
    result = checkout.call("extract")
    assert result.status == 0, result.err
    answers = {
        (row["marche"], row["organisme"]): row["statut"] for row in checkout.rows("couverture")
    }
    assert answers["support", "ministere-de-la-transition-ecologique"] == "groupe"
    assert answers["support", "ministere-de-la-transition-ecologique-et-solidaire"] == "successeur"
    assert answers["conseil", "universite-de-demonstration"] == "groupe"
    assert "filiales de Sorbonne Université" in [row["perimetre"] for row in checkout.rows()]


def test_workflows_are_valid_and_hardened():
    workflows = sorted((ROOT / ".github/workflows").glob("*.yml"))
    out(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    out(BIN / "zizmor", "--offline", "--quiet", *workflows)


def test_a_release_is_prepared_and_too_small_a_step_refused(checkout):
    checkout.write(
        "published.json",
        '{"version": "1.2.3", "page": "2023-09-01", "champs": {}, "organismes": []}',
    )
    checkout.write(
        "CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Essai.\n\n## 1.2.3\n\n- Avant.\n"
    )
    assert "2.0.0 au moins" in checkout.call("release", "1.3.0").err
    assert checkout.call("release", "2.0.0").status == 0
    assert "## 2.0.0 — " in checkout.text("CHANGELOG.md")
    assert '"version": "2.0.0"' in checkout.text("datapackage.json")
    assert checkout.call("validate").status == 0
    assert "rien sous « ## Unreleased »" in checkout.call("release", "2.0.1").err
    assert checkout.call("release", "deux").status == 2
