"""What the documents say is true: figures, files, commands, and every snippet as it is printed."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from conftest import ROOT, need, page, read_csv


def shown(name: str) -> str:
    """A document as a reader sees it, without its comments."""
    return re.sub("<!--.*?-->", "", (ROOT / name).read_text(encoding="utf-8"))


README = shown("README.md")
FRENCH = shown("README.fr.md")
BASE = "https://github.com/codegouvfr/marches-logiciels-libres-beneficiaires/releases/latest/download/"
RAW = "https://raw.githubusercontent.com/codegouvfr/marches-logiciels-libres-beneficiaires/main/"
TABLES = {path.stem: read_csv(path.read_bytes()) for path in (ROOT / "data").glob("*.csv")}


def snippets(text: str, language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)
    return [snippet.replace(BASE, f"{ROOT}/data/").replace(RAW, f"{ROOT}/") for snippet in found]


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


@pytest.mark.parametrize("text", [README, FRENCH], ids=["README.md", "README.fr.md"])
def test_figures_are_those_of_the_data(text):
    contracts = {row["marche"]: row["nombre"] for row in TABLES["marches"]}
    date = TABLES["marches"][0]["date"]
    bodies = len(TABLES["organismes"])
    named = sum(bool(row["siren"]) for row in TABLES["organismes"])
    for table, rows in TABLES.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| [{table}.csv]"))
        assert re.search(rf"\b{len(rows)}\b", line), line
    words = " ".join(text.split())
    assert f"{date}. {contracts['support']} " in words
    assert re.search(
        rf"{contracts['expertise']} (under|pour l'expertise).{{,12}}, {bodies} (in all|en tout)\.", words
    )
    assert f"{named} of the {bodies} bodies" in words or f"{named} organismes sur {bodies}" in words
    assert text.count(date) >= 2


def test_the_preview_shows_rows_of_the_table():
    lines = [line for line in README.splitlines() if line.startswith(("| support |", "| expertise |"))]
    assert len(lines) == 3
    for line in lines:
        cells = dict(
            zip(
                ("marche", "nom", "sigle", "siren", "perimetre"),
                [c.strip() for c in line.split("|")[1:-1]],
                strict=True,
            )
        )
        assert [row for row in TABLES["beneficiaires"] if cells.items() <= row.items()], line


@pytest.mark.parametrize("snippet", snippets(README + FRENCH, "python"))
def test_the_pandas_snippet_keeps_siren_and_empty_cells(snippet):
    checks = """
table = globals().get("beneficiaires", globals().get("organismes"))
assert set(table["siren"].map(type)) == {str}
assert not table.isna().any().any()
assert "180035065" in set(table["siren"]) and "" in set(table["siren"])
"""
    out = run(sys.executable, "-c", snippet + checks)
    assert "expertise    27" in out or "Sorbonne Université" in out


def test_the_duckdb_snippet_gives_the_bodies_of_expertise_alone():
    import duckdb

    (snippet,) = snippets(README, "sql")
    rows = duckdb.sql(snippet).fetchall()
    expected = [
        (row["organisme"], row["nom"], row["siren"] or None)
        for row in TABLES["organismes"]
        if (row["expertise"], row["support"]) == ("true", "false")
    ]
    assert rows == expected
    assert len(rows) == 4


def test_the_r_snippet_counts_the_bodies():
    need("Rscript", "r-base-core")
    (snippet,) = snippets(README, "r")
    out = run(
        "Rscript",
        "--vanilla",
        "-e",
        snippet + '\nstopifnot(is.character(beneficiaires$siren), "180035065" %in% beneficiaires$siren)',
    )
    assert out.split()[-2:] == ["27", "23"]


def test_the_shell_snippet_validates_the_package():
    snippet = next(snippet for snippet in snippets(README, "sh") if "frictionless" in snippet)
    install, validate = snippet.splitlines()
    assert install == 'pip install "frictionless[json]"'
    program, *args = validate.split()
    assert "INVALID" not in run(
        str(ROOT / ".venv/bin" / program) if not shutil.which(program) else program, *args
    )


def test_every_command_and_its_options_are_in_the_readme():
    for path in (ROOT / "scripts").glob("*.py"):
        help_text = run(sys.executable, str(path), "--help")
        line = next(line for line in README.splitlines() if f"python scripts/{path.name}" in line)
        for option in set(re.findall(r"--[a-z-]+", help_text.partition("options:")[2])) - {"--help"}:
            assert option in line, f"{path.name} {option}"


def test_the_session_shows_what_the_command_says(checkout, tmp_path):
    lines = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8").splitlines(keepends=True)
    del lines[69]
    lines.insert(40, "- La Banque de France\n")
    new = tmp_path / "page.md"
    new.write_text("".join(lines), encoding="utf-8")
    done = checkout.run("refresh", "--page", new, "--date", "2026-11-26", "--accept-new")
    (session,) = re.findall(r"^```console\n\$ make refresh ARGS=--accept-new\n(.*?)^\$ ", README, re.M | re.S)
    assert done.stdout == session


def test_every_make_target_is_explained_and_does_something():
    listed = run("make", "-s", "help")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
    for target in phony:
        assert f"make {target} " in listed
        run("make", "-n", target)


def test_every_module_has_its_place_among_those_to_read():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"`(\w+)`", text[text.index("## Where to read") : text.index("## House rules")])
    modules = {path.stem for path in (ROOT / "scripts/beneficiaires").glob("*.py")} - {"__init__"}
    assert sorted(told) == sorted(modules)


@pytest.mark.parametrize(
    "name", ["README.md", "README.fr.md", "CONTRIBUTING.md", "LICENCE-DONNEES.md", "data/README.md"]
)
def test_links_to_files_lead_somewhere(name):
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target


def test_the_same_facts_stand_everywhere():
    package = json.loads((ROOT / "datapackage.json").read_text(encoding="utf-8"))
    pages = yaml.safe_load((ROOT / "source/pages.yml").read_text(encoding="utf-8"))["pages"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    release = yaml.safe_load((ROOT / "source/release.yml").read_text(encoding="utf-8"))
    version = package["version"]
    assert {citation["version"], release["version"]} == {version}
    assert citation["date-released"] == str(release["date"])
    assert f'\nversion = "{version}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"## {version} — {release['date']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert package["sources"][0]["version"] == pages[-1]["commit"]
    assert {each["name"] for each in package["licenses"]} == {citation["license"], pages[-1]["licence"]}
    for path in (ROOT / "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["version"] == version
        assert f"/v{version}/schemas/{path.name}" in schema["path"]
        assert f"/v{version}/data/{path.stem}.csv" in schema["resources"][0]["path"]
        assert schema["lastModified"] == str(release["date"])


def test_the_ready_attribution_gives_the_date_of_the_page():
    months = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
    year, month, day = TABLES["marches"][0]["date"].split("-")
    written = f"{'1er' if day == '01' else int(day)} {months[int(month) - 1]} {year}"
    assert written in shown("LICENCE-DONNEES.md")


def test_a_new_page_brings_the_figures_of_the_documents_with_it(checkout):
    checkout.publish(page("Le ministère de la Justice"), "2024-11-26")
    assert checkout.extract().returncode == 0
    text = (checkout.root / "README.md").read_text(encoding="utf-8")
    assert "<!--=date-->2024-11-26<!--/-->. <!--=support-->1<!--/--> bodies under support" in text
    assert "26 novembre 2024" in (checkout.root / "LICENCE-DONNEES.md").read_text(encoding="utf-8")
    assert checkout.extract("--check").returncode == 0
    checkout.replace("README.fr.md", "<!--=siren-->", "<!--=sirene-->")
    done = checkout.extract()
    assert done.returncode == 1
    assert re.match(r"README\.fr\.md:\d+: chiffre « sirene » inconnu\n$", done.stderr)
