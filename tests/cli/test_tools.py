"""The published files pass the tools of other people, each on what it reads."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import feedparser
import frictionless
import pytest

from helpers import ROOT, copy_project, find_program, run_command

TOOLS = ROOT / "tests/tools"
NAME = "marches-logiciels-libres-beneficiaires"


@pytest.fixture(scope="module")
def distribution(tmp_path_factory) -> Path:
    """Return the distribution of the project."""
    folder = tmp_path_factory.mktemp("distribution")
    assert run_command("build_dist", "--out", folder).status == 0
    return folder


def run_tool(script: str, *arguments: object) -> dict[str, list[str]]:
    """Run a script of tests/tools in .venv-tools. Return what it prints."""
    python = ROOT / ".venv-tools/bin/python"
    program = find_program(str(python), "(make test installs it)")
    texts = [str(argument) for argument in arguments]
    process = subprocess.run([program, TOOLS / script, *texts], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def list_faults(report: frictionless.Report) -> list[str]:
    """Return every fault of a report of frictionless."""
    faults = [error.message for error in report.errors]
    for task in report.tasks:
        faults += [error.message for error in task.errors]
    return faults


@pytest.mark.programs
def test_descriptors_and_schemas_follow_the_official_profiles_1_0_and_2_0(distribution):
    paths = [ROOT / "datapackage.json", distribution / "datapackage.json"]
    paths += sorted((ROOT / "schemas").glob("*.json"))
    paths += sorted(distribution.glob("schema-*.json"))

    faults = run_tool("check_profiles.py", *paths)

    assert len(faults) == 2 * (2 + 8 + 8)
    assert {path: messages for path, messages in faults.items() if messages} == {}


def test_frictionless_accepts_the_package_here_in_dist_and_in_the_archive(distribution, tmp_path):
    archive = distribution / f"{NAME}.zip"
    # An unzipped package may well lie beside a folder of that name.
    (tmp_path / "source").mkdir()
    shutil.unpack_archive(archive, tmp_path)
    for folder in (ROOT, distribution, tmp_path):
        report = frictionless.validate(str(folder / "datapackage.json"))
        assert list_faults(report) == []
    assert run_command("validate", tmp_path / "datapackage.json").status == 0


def test_frictionless_accepts_each_table_alone_with_its_lone_schema(distribution):
    schemas = sorted(distribution.glob("schema-*.json"))
    assert len(schemas) == 8
    for path in schemas:
        table = path.stem.removeprefix("schema-")
        resource = frictionless.Resource(
            path=f"{table}.csv", schema=path.name, basepath=str(distribution)
        )
        assert list_faults(resource.validate()) == []


@pytest.mark.programs
def test_validata_accepts_each_table_with_its_lone_schema(distribution):
    messages = run_tool("run_validata.py", distribution)
    assert messages == {table: [] for table in messages}
    assert len(messages) == 8


@pytest.mark.programs
def test_validata_refuses_a_siren_with_a_wrong_digit(distribution, tmp_path):
    for path in (*distribution.glob("*.csv"), *distribution.glob("schema-*.json")):
        shutil.copy(path, tmp_path)
    for table in ("beneficiaires", "couverture", "organismes"):
        path = tmp_path / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("130012024", "130012025"), encoding="utf-8")

    messages = run_tool("run_validata.py", tmp_path)

    refused = [table for table, faults in messages.items() if "Siren" in " ".join(faults)]
    assert refused == ["beneficiaires", "couverture", "organismes"]


def test_the_r_package_frictionless_finds_the_profile_that_it_wants(distribution):
    """It reads the resources of this profile and no other."""
    for folder in (ROOT, distribution):
        descriptor = json.loads((folder / "datapackage.json").read_bytes())
        profiles = [resource.get("profile") for resource in descriptor["resources"]]
        assert profiles == ["tabular-data-resource", None] * 8


def test_the_feed_is_read_without_a_complaint_and_follows_rfc_4287(distribution):
    data = (distribution / "changements.atom").read_bytes()
    feed = feedparser.parse(data)
    assert (feed.bozo, feed.version) == (False, "atom10")
    for element in (feed.feed, *feed.entries):
        assert element.id.startswith("tag:code.gouv.fr,2026:")
        assert element.title
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00\+00:00", element.updated)
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"].endswith("/donnees/changements.atom")


def test_the_schema_of_the_citation_file_format_accepts_a_released_citation(tmp_path):
    project = copy_project(tmp_path / "project")
    project.write_text("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Essai.\n")
    project.run_ok("release", "3.0.0")
    options = ["--builtin-schema", "vendor.citation-file-format"]
    command = [sys.executable, "-m", "check_jsonschema", *options, project.root / "CITATION.cff"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout
