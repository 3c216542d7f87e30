"""A release is prepared in one command, which refuses a number too small for what changed."""

import datetime as dt
import json
import re

import pytest

from beneficiaires.files import write_files
from beneficiaires.publish.release import prepare_release
from helpers import ProjectCopy

CHANGELOG = (
    "# Changelog\n\nRègles.\n\n## Unreleased\n\n- Essai.\n\n## 2.0.0 — 2026-11-25\n\n- Avant.\n"
)
DAY = dt.date(2027, 2, 3)


@pytest.fixture
def released(project) -> ProjectCopy:
    """Return a copy whose version 3.0.0 is released, and whose CHANGELOG announces the next one."""
    project.write_text("CHANGELOG.md", CHANGELOG)
    project.run_ok("release", "3.0.0")
    announce_changes(project)
    return project


def read_today() -> str:
    """Return the day that a release has now, in UTC."""
    return str(dt.datetime.now(dt.UTC).date())


def announce_changes(project: ProjectCopy) -> None:
    """Write under « Unreleased » in the CHANGELOG."""
    project.replace_text("CHANGELOG.md", "Règles.\n", "Règles.\n\n## Unreleased\n\n- Encore.\n")


def change_field(project: ProjectCopy, key: str, value: object) -> None:
    """Change the second field of the schema of `noms`."""
    project.edit_json("schemas/noms.json", lambda schema: schema["fields"][1].update({key: value}))


def test_the_command_takes_the_day_and_says_what_to_do_next(project):
    project.write_text("CHANGELOG.md", CHANGELOG)

    earliest = read_today()
    printed = project.run_ok("release", "3.1.0")
    latest = read_today()

    day = json.loads(project.read_text("release.json"))["date"]
    assert day in (earliest, latest)
    commands = [line.strip() for line in printed.splitlines()[1:]]
    assert commands == [
        'git commit --all --message "Release 3.1.0"',
        "git tag v3.1.0",
        "git push origin HEAD v3.1.0",
    ]


def test_a_release_writes_its_number_and_its_day(project):
    project.write_text("CHANGELOG.md", CHANGELOG)

    write_files(project.root, prepare_release(project.root, (3, 1, 0), DAY))

    heading = "## 3.1.0 — 2027-02-03\n\n- Essai.\n\n## 2.0.0 — 2026-11-25\n"
    assert heading in project.read_text("CHANGELOG.md")
    citation = project.read_text("CITATION.cff")
    assert '\nversion: "3.1.0"\ndate-released: "2027-02-03"\n' in citation
    assert json.loads(project.read_text("datapackage.json"))["version"] == "3.1.0"
    assert "version 3.1.0." in project.read_text("data/README.md")
    release = json.loads(project.read_text("release.json"))
    described = (release["version"], release["date"], release["page"])
    assert described == ("3.1.0", "2027-02-03", "2023-09-07")
    assert len(release["tables"]) == 8
    assert len(release["organismes"]) == 27
    project.run_ok("validate")


def test_a_citation_has_its_version_once(released):
    released.run_ok("release", "3.0.1")
    citation = released.read_text("CITATION.cff")
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == ['"3.0.1"']
    assert len(re.findall(r"^date-released:", citation, re.MULTILINE)) == 1


def test_the_same_number_is_refused(released):
    (line,) = released.run_fails("release", "3.0.0")
    assert line == (
        "release.json: 3.0.0 est trop petit pour ce qui a changé : prendre 3.0.1 au moins"
    )


def test_a_patch_is_refused_after_a_change_of_constraint_key_or_meaning(released):
    original = released.read_text("schemas/noms.json")
    for key, value, smallest in (
        ("constraints", {"required": True, "minLength": 2}, "4.0.0"),
        ("description", "Un autre sens que la dernière fois.", "3.1.0"),
    ):
        released.write_text("schemas/noms.json", original)
        change_field(released, key, value)
        (line,) = released.run_fails("release", "3.0.1")
        assert f"prendre {smallest} au moins" in line
    released.write_text("schemas/noms.json", original)
    released.edit_json("schemas/noms.json", lambda schema: schema.pop("foreignKeys"))
    (line,) = released.run_fails("release", "3.9.9")
    assert "prendre 4.0.0 au moins" in line


def test_a_new_page_alone_is_a_minor_release(released):
    page = released.read_text("source/pages/2023-09-07.md")
    released.add_page(page + "\n", "2024-11-26")
    (line,) = released.run_fails("release", "3.0.1")
    assert "prendre 3.1.0 au moins" in line
    released.run_ok("release", "3.1.0")


@pytest.mark.parametrize("version", ["2_0.1.0", "v3.0.1", "3.0", "trois"])
def test_a_malformed_version_is_a_misuse(project, version):
    result = project.run("release", version)
    assert result.status == 2
    assert "n'est pas une version ; écrire trois nombres, comme 3.0.1" in result.err


def test_a_release_of_which_the_changelog_says_nothing_is_refused(project):
    project.write_text("CHANGELOG.md", CHANGELOG.replace("- Essai.\n\n", ""))
    (line,) = project.run_fails("release", "3.0.0")
    assert line == "CHANGELOG.md:5: rien sous ce titre ; y écrire ce qui a changé"
    project.write_text("CHANGELOG.md", CHANGELOG.replace("## Unreleased\n\n- Essai.\n\n", ""))
    (line,) = project.run_fails("release", "3.0.0")
    assert line.startswith("CHANGELOG.md: pas de titre « ## Unreleased » en tête")


def test_a_release_that_was_interrupted_is_prepared_again(project):
    """release.json is the last file written: everything before it may be the new one already."""
    project.write_text("CHANGELOG.md", CHANGELOG)
    before = project.read_text("release.json")
    outputs = prepare_release(project.root, (3, 1, 0), DAY)
    write_files(project.root, outputs)
    project.write_text("release.json", before)

    assert list(outputs)[-1] == "release.json"
    assert prepare_release(project.root, (3, 1, 0), DAY) == outputs


def test_what_was_released_may_not_be_taken_away(released):
    released.edit_text("source/organismes.yml", lambda text: text.replace("\nanssi:", "\nanssi-2:"))
    released.edit_text("source/identifiants.csv", lambda text: text.replace("anssi,", "anssi-2,"))
    lines = released.run_fails("release", "4.0.0")
    assert any("« anssi » a été publié et n'y est plus" in line for line in lines)
