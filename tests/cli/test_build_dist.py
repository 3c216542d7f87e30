"""The distribution: what each file says, which addresses it gives, and when it is refused."""

import csv
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import feedparser
import jsonschema
import pandas
import pyarrow.parquet
import pytest
import rdflib

from beneficiaires.errors import ProblemsFound
from beneficiaires.project import load_project
from beneficiaires.publish.distribution import check_distribution
from helpers import ROOT, ProjectCopy, copy_project, find_program, make_page, run_command

NAME = "marches-logiciels-libres-beneficiaires"
SITE = f"https://codegouvfr.github.io/{NAME}/"
TABLES = [
    "couverture",
    "beneficiaires",
    "organismes",
    "historique",
    "identifiants",
    "noms",
    "marches",
    "versions",
]
DCATAP = rdflib.Namespace("http://data.europa.eu/r5r/")
VCARD = rdflib.Namespace("http://www.w3.org/2006/vcard/ns#")


class Distribution:
    """A folder that build_dist wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = json.loads((folder / "index.json").read_bytes())

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        return (self.folder / name).read_bytes()

    def read_names(self) -> list[str]:
        """Return the names of all files, in order."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture(scope="module")
def distribution(tmp_path_factory) -> Distribution:
    """Return the distribution of the project."""
    folder = tmp_path_factory.mktemp("distribution")
    assert run_command("build_dist", "--out", folder).status == 0
    return Distribution(folder)


@pytest.fixture(scope="module")
def graph(distribution) -> rdflib.Graph:
    """Return the catalogue."""
    return rdflib.Graph().parse(distribution.folder / "catalog.jsonld", format="json-ld")


@pytest.fixture
def built_project(project, distribution) -> ProjectCopy:
    """Return a copy of the project with its distribution, which no copy of it makes otherwise."""
    shutil.copytree(distribution.folder, project.root / "dist")
    return project


def build(project: ProjectCopy) -> Distribution:
    """Build the distribution of a copy in its dist/."""
    project.run_ok("build_dist")
    return Distribution(project.root / "dist")


def read_failure(project: ProjectCopy) -> str:
    """Return the line with which the distribution of a copy is refused."""
    with pytest.raises(ProblemsFound) as failure:
        check_distribution(load_project(project.root), project.root / "dist")
    (problem,) = failure.value.problems
    return str(problem)


def test_the_files_are_these_the_most_useful_first(distribution):
    names = [file["name"] for file in distribution.index["files"]]
    main_files = [f"{NAME}.xlsx", *(f"{table}.csv" for table in TABLES)]
    main_files += [f"{NAME}.ods", f"{NAME}.zip"]
    main_files += [f"{table}.json" for table in TABLES]
    main_files += [f"{table}.parquet" for table in TABLES]
    documentation = ["lisez-moi.txt", "changements.atom", "datapackage.json"]
    documentation += [f"schema-{table}.json" for table in TABLES]
    documentation += ["index.schema.json", "catalog.jsonld"]
    assert names == main_files + documentation
    assert distribution.read_names() == sorted([*names, "index.json", "SHA256SUMS"])


def test_the_index_describes_every_file_and_follows_its_schema(distribution):
    index = distribution.index
    schema = json.loads(distribution.read("index.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(index, schema)
    assert index["$schema"] == f"{SITE}donnees/index.schema.json"
    for file in index["files"]:
        data = distribution.read(file["name"])
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        if file["name"].endswith(".csv"):
            rows = list(csv.reader(io.StringIO(data.decode())))
            assert file["rows"] == len(rows) - 1


def test_sums_that_are_not_those_of_the_files_are_refused(built_project):
    built_project.edit_text("dist/SHA256SUMS", lambda text: text + "0" * 64 + "  autre.csv\n")

    assert "SHA256SUMS: " in read_failure(built_project)


def test_a_file_that_an_editor_hides_beside_a_source_changes_nothing(built_project):
    built_project.write_text("source/.organismes.yml.swp", "brouillon")

    check_distribution(load_project(built_project.root), built_project.root / "dist")


def test_only_the_csv_files_name_a_table_schema(distribution):
    schemas = {file["name"]: file["schema"] for file in distribution.index["files"]}
    named = {name: schema for name, schema in schemas.items() if schema is not None}
    assert named == {f"{table}.csv": f"schema-{table}.json" for table in TABLES}


def test_addresses_are_those_of_the_site_and_a_release_keeps_its_own(distribution):
    assert distribution.index["base"] == f"{SITE}donnees/"
    permanent = f"https://github.com/codegouvfr/{NAME}/releases/download/v3.0.0/"
    assert distribution.index["permanent"] == permanent
    schema = json.loads(distribution.read("schema-noms.json"))
    assert schema["path"] == f"{SITE}donnees/schema-noms.json"
    paths = [resource["path"] for resource in schema["resources"]]
    assert paths == [f"{SITE}donnees/noms.csv", f"{SITE}donnees/noms.json"]


def test_every_address_follows_the_one_setting(project):
    project.replace_text("source/publication.yml", "github.com/codegouvfr/", "github.com/ailleurs/")
    built = build(project)
    for file in built.index["files"]:
        data = built.read(file["name"])
        assert b"codegouvfr.github.io" not in data, file["name"]
        assert f"github.com/codegouvfr/{NAME}".encode() not in data, file["name"]


def test_the_days_of_a_release_are_its_own_everywhere(project):
    project.write_text("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Essai.\n")
    unreleased = build(project)
    before = unreleased.index
    assert (before["created"], before["released"]) == ("2026-11-24", None)
    assert before["modified"] == "2026-11-24"
    assert before["permanent"].encode() not in unreleased.read("lisez-moi.txt")
    project.run_ok("release", "3.0.0")
    project.edit_json("release.json", lambda release: release.update(date="2027-02-03"))

    built = build(project)

    assert (built.index["created"], built.index["released"]) == ("2026-11-24", "2027-02-03")
    assert built.index["modified"] == "2027-02-03"
    assert json.loads(built.read("schema-noms.json"))["lastModified"] == "2027-02-03"
    graph = rdflib.Graph().parse(built.folder / "catalog.jsonld", format="json-ld")
    assert {str(day) for day in graph.objects(None, rdflib.DCTERMS.modified)} == {"2027-02-03"}
    assert {str(day) for day in graph.objects(None, rdflib.DCTERMS.issued)} == {"2026-11-24"}
    notice = built.read("lisez-moi.txt").decode("utf-8-sig")
    assert "3.0.0, du 2027-02-03" in notice
    assert built.index["permanent"] in notice
    assert json.loads(built.read("datapackage.json"))["created"] == "2026-11-24T00:00:00Z"


def test_a_version_that_is_not_released_has_no_day_of_its_own(project):
    released = {"version": "2.0.0", "date": "2027-02-03", "page": "2023-09-07"}
    project.edit_json("release.json", lambda release: release.update(released))
    index = build(project).index
    assert (index["version"], index["released"]) == ("3.0.0", None)
    assert index["modified"] == "2027-02-03"


def test_the_snapshot_moves_the_day_of_modification_when_it_is_newer(project):
    project.set_page(make_page(["Sorbonne Université"]), date="2026-11-25")
    index = build(project).index
    assert (index["modified"], index["page"]["date"]) == ("2026-11-25", "2026-11-25")
    assert index["page"]["commit"] is None


def test_the_sums_are_those_of_all_files(distribution):
    lines = distribution.read("SHA256SUMS").decode().splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    assert sorted([*sums, "SHA256SUMS"]) == distribution.read_names()
    for name, digest in sums.items():
        assert hashlib.sha256(distribution.read(name)).hexdigest() == digest


def test_parquet_keeps_the_types_and_says_where_it_is_from(distribution):
    table = pyarrow.parquet.read_table(distribution.folder / "beneficiaires.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["siren"], types["rang"]) == ("string", "int64")
    dates = pyarrow.parquet.read_schema(distribution.folder / "couverture.parquet")
    assert str(dates.field("depuis").type) == "date32[day]"
    rows = json.loads(distribution.read("beneficiaires.json"))
    assert table.to_pylist() == rows
    dataframe = pandas.read_parquet(distribution.folder / "beneficiaires.parquet")
    assert dataframe.attrs["Licence"].startswith("Licence Ouverte 2.0")


def test_the_archive_is_a_package_whose_files_all_may_read(distribution):
    with zipfile.ZipFile(io.BytesIO(distribution.read(f"{NAME}.zip"))) as archive:
        names = set(archive.namelist())
        modes = {stat.S_IMODE(entry.external_attr >> 16) for entry in archive.infolist()}
        readme = archive.read("lisez-moi.txt")
        schema = archive.read("schemas/organismes.json")
    expected = {"datapackage.json", "lisez-moi.txt", "LICENCE-DONNEES.md", "data/README.md"}
    for table in TABLES:
        expected |= {f"data/{table}.csv", f"data/{table}.json", f"schemas/{table}.json"}
    assert names == expected
    assert modes == {0o644}
    assert readme == distribution.read("lisez-moi.txt")
    assert json.loads(schema) == json.loads((ROOT / "schemas/organismes.json").read_bytes())


@pytest.mark.parametrize("extension", ["xlsx", "ods", "zip"])
def test_no_archive_depends_on_the_zlib_of_a_machine(distribution, extension):
    with zipfile.ZipFile(distribution.folder / f"{NAME}.{extension}") as archive:
        methods = {entry.compress_type for entry in archive.infolist()}
    assert methods == {zipfile.ZIP_STORED}


def test_the_descriptor_of_dist_holds_the_schemas_with_the_keys_between_tables(distribution):
    descriptor = json.loads(distribution.read("datapackage.json"))
    schemas = {resource["name"]: resource["schema"] for resource in descriptor["resources"]}
    keys = schemas["couverture"]["foreignKeys"]
    targets = [(key["fields"], key["reference"]["resource"]) for key in keys]
    assert (["par"], "organismes") in targets
    assert "foreignKeys" not in json.loads(distribution.read("schema-couverture.json"))
    assert {resource["path"] for resource in descriptor["resources"]} <= set(
        distribution.read_names()
    )


def test_the_notice_is_text_for_notepad_that_explains_every_field(distribution):
    data = distribution.read("lisez-moi.txt")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    text = data.decode("utf-8-sig")
    for line in text.split("\r\n"):
        assert len(line) <= 76 or line.strip().startswith("https://")
    words = " ".join(text.split())
    for table in TABLES:
        for field in json.loads(distribution.read(f"schema-{table}.json"))["fields"]:
            assert f"{field['name']} : {field['title']} (" in words
            assert " ".join(field["description"].split()) in words


def test_the_feed_tells_what_each_page_changed_and_escapes_it(project):
    page = make_page(["Sorbonne Université", "CNAF", "La Cour des comptes"])
    project.set_page(
        page.replace("CNAF", "Caisse nationale des allocations familiales"), "2024-01-01"
    )
    later = make_page(["Sorbonne Université : pour <b>&</b>", "La Cour des comptes", "L'INPI"])
    later = later.replace("<b>&</b>", "« A & B »").replace(
        "L'INPI", "Institut national de la propriété industrielle"
    )
    project.add_page(later, "2024-02-01")

    data = build(project).read("changements.atom")

    assert "&lt;li&gt;Institut national" in data.decode()
    feed = feedparser.parse(data)
    newest, first = feed.entries
    assert (feed.bozo, newest.id[-10:], first.id[-10:]) == (False, "2024-02-01", "2024-01-01")
    assert newest.title == (
        "Page du 1er février 2024 : 1 ajout, 1 retrait, 1 changement de périmètre"
    )
    html = newest.content[0].value
    assert "<p>Support logiciels libres : 1 ajout</p>" in html
    assert "<li>Institut national de la propriété industrielle</li>" in html
    assert "<li>Caisse nationale des allocations familiales</li>" in html
    assert "<li>Sorbonne Université : sans périmètre → pour « A &amp; B »</li>" in html
    assert first.title.endswith(": première version connue")


def test_each_thing_of_the_catalogue_has_the_class_that_dcat_ap_asks(graph):
    classes = {
        rdflib.DCAT.Distribution: [rdflib.DCAT.distribution],
        rdflib.DCTERMS.LicenseDocument: [rdflib.DCTERMS.license],
        rdflib.DCTERMS.LinguisticSystem: [rdflib.DCTERMS.language],
        rdflib.DCTERMS.Frequency: [rdflib.DCTERMS.accrualPeriodicity],
        rdflib.DCTERMS.Location: [rdflib.DCTERMS.spatial],
        rdflib.DCTERMS.MediaType: [rdflib.DCAT.mediaType],
        rdflib.DCTERMS.MediaTypeOrExtent: [rdflib.DCTERMS["format"]],
        rdflib.DCTERMS.PeriodOfTime: [rdflib.DCTERMS.temporal],
        rdflib.DCTERMS.ProvenanceStatement: [rdflib.DCTERMS.provenance],
        rdflib.DCTERMS.RightsStatement: [rdflib.DCTERMS.accessRights],
        rdflib.DCTERMS.Standard: [rdflib.DCTERMS.conformsTo],
        rdflib.FOAF.Agent: [rdflib.DCTERMS.publisher],
        rdflib.FOAF.Document: [rdflib.DCAT.landingPage, rdflib.FOAF.homepage, rdflib.FOAF.page],
        rdflib.SKOS.Concept: [rdflib.DCAT.theme, DCATAP.availability, rdflib.DCTERMS.type],
        rdflib.SKOS.ConceptScheme: [rdflib.DCAT.themeTaxonomy],
        VCARD.Kind: [rdflib.DCAT.contactPoint],
    }
    for kind, properties in classes.items():
        for predicate in properties:
            values = set(graph.objects(None, predicate))
            assert values, predicate
            assert values <= set(graph.subjects(rdflib.RDF.type, kind)), predicate


def test_the_country_has_its_bounds_and_their_centre(graph):
    country = rdflib.URIRef("http://publications.europa.eu/resource/authority/country/FRA")
    bounds = str(graph.value(country, rdflib.DCAT.bbox))
    assert bounds == "POLYGON((-5.2 41.3, 9.6 41.3, 9.6 51.1, -5.2 51.1, -5.2 41.3))"
    assert str(graph.value(country, rdflib.DCAT.centroid)) == "POINT(2.20 46.20)"


def test_the_catalogue_describes_the_main_files_without_checksums(graph, distribution):
    files = {}
    for file in distribution.index["files"]:
        if file["type"] == "main":
            files[f"{SITE}donnees/{file['name']}"] = file
    nodes = {
        str(graph.value(node, rdflib.DCAT.downloadURL)): node
        for node in graph.objects(None, rdflib.DCAT.distribution)
    }
    assert nodes.keys() == files.keys()
    for address, node in nodes.items():
        file = files[address]
        size = rdflib.Literal(file["size"], datatype=rdflib.XSD.nonNegativeInteger)
        assert graph.value(node, rdflib.DCAT.byteSize) == size
        standard = graph.value(node, rdflib.DCTERMS.conformsTo)
        expected = None if file["schema"] is None else f"{SITE}donnees/{file['schema']}"
        assert (None if standard is None else str(standard)) == expected
    assert "spdx" not in distribution.read("catalog.jsonld").decode()


def test_an_old_edition_leaves_nothing_behind(project):
    folder = project.root / "dist"
    folder.mkdir()
    old_names = ["couverture-excel.csv", "catalog-udata.jsonld", "dataset.jsonld"]
    for name in (*old_names, "notes.txt"):
        (folder / name).write_text("ancien")
    index = {"files": [{"name": name} for name in old_names]}
    (folder / "index.json").write_text(json.dumps(index))

    built = build(project)

    assert set(built.read_names()).isdisjoint(old_names)
    assert "notes.txt" in built.read_names()


def test_a_second_build_writes_nothing(built_project):
    assert "fichiers écrits : 0 sur 42" in built_project.run_ok("build_dist")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("source/organismes.yml", "\nanssi:", "\n# Relu.\nanssi:", id="source"),
        pytest.param("source/publication.yml", "irregular", "annual", id="setting"),
        pytest.param("schemas/noms.json", '"title": "Noms"', '"title": "Les noms"', id="schema"),
        pytest.param("datapackage.json", '"version": "3.0.0"', '"version": "3.0.1"', id="version"),
        pytest.param("site/downloads/lisez-moi.txt", "LES TABLES", "TABLES", id="template"),
        pytest.param("release.json", '"date": null', '"date": "2026-11-26"', id="release"),
        pytest.param("LICENCE-DONNEES.md", "Licence", "La licence", id="licence"),
    ],
)
def test_a_distribution_of_other_sources_is_refused(built_project, name, old, new):
    built_project.replace_text(name, old, new)
    assert read_failure(built_project).endswith(
        "n'est pas celle de ces sources ; lancer « make dist »"
    )


def test_a_change_of_the_program_counts_as_other_sources(project):
    assert project.run_process("build_dist").returncode == 0
    index_path = project.root / "dist/index.json"
    inputs = json.loads(index_path.read_bytes())["inputs"]
    project.edit_text("scripts/beneficiaires/text.py", lambda text: text + "# Relu.\n")

    assert project.run_process("build_dist").returncode == 0

    assert json.loads(index_path.read_bytes())["inputs"] != inputs


def test_a_distribution_that_is_not_whole_is_refused(built_project, distribution):
    folder = built_project.root / "dist"
    assert check_distribution(load_project(built_project.root), folder) == distribution.index
    path = folder / "noms.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    assert "noms.csv: ce n'est pas le fichier qu'index.json décrit" in read_failure(built_project)
    path.unlink()
    assert "noms.csv: ce n'est pas le fichier qu'index.json décrit" in read_failure(built_project)
    built_project.edit_json("dist/index.json", lambda index: index.pop("files"))
    assert "champ « files » manquant" in read_failure(built_project)
    shutil.rmtree(folder)
    assert read_failure(built_project).endswith("pas de distribution ; lancer « make dist »")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "site/downloads/changements.atom",
            "metadata.site",
            "metadata.nom",
            "site/downloads/changements.atom:",
        ),
        ("schemas/noms.json", '"title": "Noms",', '"title": "",', "schemas/noms.json:"),
        ("datapackage.json", "schemas/noms.json", "schemas/nom.json", "datapackage.json:"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(project, name, old, new, message):
    project.replace_text(name, old, new)
    lines = project.run_fails("build_dist")
    assert lines[0].startswith(message)
    assert not (project.root / "dist").exists()


@pytest.mark.programs
def test_another_day_and_another_place_give_the_same_bytes(distribution, tmp_path):
    faketime = find_program("faketime", "faketime")
    environment = {
        **os.environ,
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "HOME": str(tmp_path),
    }
    folder = tmp_path / "ailleurs"
    script = ROOT / "scripts/build_dist.py"
    command = [faketime, "2031-05-06 23:59:58", sys.executable, script, "--out", folder]
    process = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")
    for name in distribution.read_names():
        assert (folder / name).read_bytes() == distribution.read(name), name


def test_the_project_may_be_copied_elsewhere_without_a_change_of_bytes(distribution, tmp_path):
    built = build(copy_project(tmp_path / "ailleurs"))
    for name in distribution.read_names():
        assert built.read(name) == distribution.read(name), name
