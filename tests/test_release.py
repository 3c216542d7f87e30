"""A release says in its number what changed, everywhere at once, or is refused."""

import json
import shutil
import tomllib
from datetime import date

import pytest
import yaml

from beneficiaires import release
from conftest import ROOT, page

REAL = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8")
CHANGELOG = """# Changelog

## Unreleased

- What people did.

<!-- données: début -->
<!-- données: fin -->

## 1.0.0 — 2026-11-24

- The beginning.
"""
DAY = "2026-12-01"


@pytest.fixture
def ready(checkout):
    """A checkout at the last release, with notes for the next."""
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, checkout.root / name)
    (checkout.root / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return checkout


def versions(checkout) -> set[str]:
    """The version, as every file that holds it says it."""
    root = checkout.root
    package = json.loads((root / "datapackage.json").read_text(encoding="utf-8"))
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in (root / "schemas").glob("*.json")]
    paths = [schema["path"] for schema in schemas] + [schema["resources"][0]["path"] for schema in schemas]
    return {
        package["version"],
        tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
        str(yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["version"]),
        yaml.safe_load((root / "source/release.yml").read_text(encoding="utf-8"))["version"],
        *(schema["version"] for schema in schemas),
        *(path.split("/v")[1].split("/")[0] for path in paths),
    }


def dates(checkout) -> set[str]:
    root = checkout.root
    return {
        str(yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["date-released"]),
        str(yaml.safe_load((root / "source/release.yml").read_text(encoding="utf-8"))["date"]),
        *(
            json.loads(path.read_text(encoding="utf-8"))["lastModified"]
            for path in (root / "schemas").glob("*.json")
        ),
    }


def test_corrections_alone_are_a_patch_told_everywhere(ready):
    before = ready.state()
    done = ready.run("release", "--date", DAY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Version 1.0.1 du 2026-12-01 ; ")
    assert versions(ready) == {"1.0.1"}
    assert dates(ready) == {DAY}
    assert "version 1.0.1" in (ready.root / "data/README.md").read_text(encoding="utf-8")
    assert ready.validate().returncode == 0
    changed = {name for name, data in ready.state().items() if before.get(name) != data}
    assert not [
        name for name in changed if name.endswith((".csv", "organismes.yml", "pages.yml", ".md"))
    ] or {name.removeprefix(f"{ready.root}/") for name in changed if name.endswith((".csv", ".md"))} == {
        "data/README.md",
        "CHANGELOG.md",
    }


def test_the_changelog_is_dated_and_its_data_part_made_from_the_pages(ready):
    ready.publish(REAL.replace("- Le ministère des Sports\n", "", 1), "2026-11-30")
    ready.extract()
    assert ready.run("release", "--date", DAY).returncode == 0
    assert (
        (ready.root / "CHANGELOG.md").read_text(encoding="utf-8")
        == """# Changelog

## 1.1.0 — 2026-12-01

- What people did.

<!-- données: début -->

### Page du 2026-11-30

1 changement sur le fond.

**Sur le fond**

- `Ministère des Sports` sort du marché support (ligne 36 avant).

### Page du 2023-09-01

Première page connue : marché support, 23 bénéficiaires, marché expertise, 27 bénéficiaires.

<!-- données: fin -->

## 1.0.0 — 2026-11-24

- The beginning.
"""
    )
    promised = release.parse((ready.root / "source/release.yml").read_text(encoding="utf-8"), "release.yml")
    assert (promised.page, promised.version) == (date(2026, 11, 30), "1.1.0")


def test_a_second_release_starts_from_the_first(ready):
    ready.run("release", "minor", "--date", DAY)
    assert versions(ready) == {"1.1.0"}
    done = ready.run("release", "--date", "2026-12-02")
    assert done.returncode == 1
    assert done.stderr.startswith("CHANGELOG.md: un seul titre « ## Unreleased »")
    ready.edit(
        "CHANGELOG.md", lambda text: text.replace("## 1.1.0", "## À paraître\n\n- Encore.\n\n## 1.1.0")
    )
    assert ready.run("release", "major", "--date", "2026-12-02").returncode == 0
    assert versions(ready) == {"2.0.0"}
    assert "## 2.0.0 — 2026-12-02\n\n- Encore.\n\n## 1.1.0 — 2026-12-01" in (
        (ready.root / "CHANGELOG.md").read_text(encoding="utf-8")
    )


def test_a_new_page_or_a_new_body_is_no_patch(ready):
    ready.publish(page("Le ministère de la Justice"), "2026-11-30")
    ready.extract()
    before = ready.state()
    done = ready.run("release", "patch", "--date", DAY)
    assert done.returncode == 1
    assert done.stderr == (
        "source/release.yml: la page a changé (2023-09-01, puis 2026-11-30) : la version doit être minor, pas patch\n"
    )
    assert ready.state() == before
    ready.edit(
        "source/release.yml",
        lambda text: text.replace("  - sorbonne-universite\n", "").replace(
            "page: 2023-09-01", "page: 2026-11-30"
        ),
    )
    assert "des organismes ont été ajoutés" in ready.run("release", "patch", "--date", DAY).stderr


def test_a_column_that_changed_is_major(ready):
    schema = json.loads((ready.root / "schemas/beneficiaires.json").read_text(encoding="utf-8"))
    schema["fields"].append(schema["fields"].pop(3))
    (ready.root / "schemas/beneficiaires.json").write_text(
        json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    ready.extract()
    assert "la version 1.0.0 doit être majeure" in ready.validate().stderr
    done = ready.run("release", "minor", "--date", DAY)
    assert done.returncode == 1
    assert "des champs ont changé : la version doit être major, pas minor" in done.stderr
    assert ready.run("release", "--date", DAY).returncode == 0
    assert versions(ready) == {"2.0.0"}
    assert ready.validate().returncode == 0


REFUSED = {
    "something provisional": (
        "source/organismes.yml",
        "nom: Sorbonne Université",
        "nom: Sorbonne Université\n  provisoire: true",
        "« sorbonne-universite » est provisoire",
    ),
    "data that are not what the sources give": ("data/marches.csv", "Support", "support", "n'est pas ce que"),
    "a slug that is lost": (
        "source/release.yml",
        "  - sorbonne-universite\n",
        "  - sorbonne-universite\n  - zone\n",
        "« zone » a quitté le registre ; un slug publié est définitif",
    ),
    "markers that are not there": (
        "CHANGELOG.md",
        "<!-- données: fin -->",
        "",
        "sont attendus une fois chacun",
    ),
    "markers that are there twice": (
        "CHANGELOG.md",
        "# Changelog",
        "# <!-- données: fin -->",
        "sont attendus une fois chacun",
    ),
    "nowhere to write the version": (
        "CITATION.cff",
        "\nversion: ",
        "\nedition: ",
        "CITATION.cff: aucune place",
    ),
    "a version that is none": (
        "source/release.yml",
        "version: 1.0.0",
        "version: une",
        "trois nombres sont attendus",
    ),
    "a release after the one to come": (
        "source/release.yml",
        "date: 2026-11-24",
        "date: 2027-01-01",
        "vient avant",
    ),
}


@pytest.mark.parametrize("refusal", REFUSED)
def test_a_release_is_refused_whole(ready, refusal):
    name, old, new, message = REFUSED[refusal]
    ready.replace(name, old, new)
    before = ready.state()
    done = ready.run("release", "--date", DAY)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert ready.state() == before


@pytest.mark.parametrize("args", [[], ["huge", "--date", DAY], ["minor", "--date", "demain"]], ids=str)
def test_misuse_exits_2(ready, args):
    assert ready.run("release", *args).returncode == 2


@pytest.mark.parametrize(("level", "version"), [("patch", "1.9.10"), ("minor", "1.10.0"), ("major", "2.0.0")])
def test_versions_count_as_numbers(level, version):
    assert release.bump("1.9.9", level) == version


def test_the_last_release_is_written_as_it_is_read():
    text = (ROOT / "source/release.yml").read_text(encoding="utf-8")
    head = text[: text.index("version:")]
    assert release.encode(release.parse(text, "release.yml"), head) == text
