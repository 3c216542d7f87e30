"""Every download is read back and says what the table says."""

import csv
import datetime
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile

import duckdb
import feedparser
import frictionless
import openpyxl
import pytest
import rdflib

from conftest import ROOT, call, need

TABLES = ["beneficiaires", "couverture", "historique", "marches", "organismes", "versions"]
NAME = "marches-logiciels-libres-beneficiaires"


@pytest.fixture(scope="session")
def dist(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    assert call("build_dist", "--out", out).status == 0
    return out


def rows(table: str) -> list[dict[str, str]]:
    with (ROOT / f"data/{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def titles(table: str) -> list[str]:
    return [field["title"] for field in json.loads((ROOT / f"schemas/{table}.json").read_bytes())["fields"]]


@pytest.mark.parametrize("table", TABLES)
def test_csv_and_json_are_those_of_the_package(dist, table):
    for suffix in ("csv", "json"):
        assert (dist / f"{table}.{suffix}").read_bytes() == (ROOT / f"data/{table}.{suffix}").read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_the_csv_for_excel_says_what_the_table_says(dist, table):
    data = (dist / f"{table}-excel.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")) == rows(
        table
    )


@pytest.mark.parametrize("table", TABLES)
def test_parquet_says_what_the_table_says(dist, table):
    found = duckdb.sql(f"SELECT * FROM '{dist}/{table}.parquet'")
    read = [dict(zip(found.columns, values, strict=True)) for values in found.fetchall()]
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in read] == rows(
        table
    )
    if table == "versions":
        assert isinstance(read[0]["version"], datetime.date)


def sheets(path) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[text(cell.value) for cell in row] for row in sheet.iter_rows()] for sheet in book}


def text(value) -> str:
    return "" if value is None else str(value.date() if isinstance(value, datetime.datetime) else value)


def test_the_workbook_says_what_the_tables_say_under_french_titles(dist):
    found = sheets(dist / f"{NAME}.xlsx")
    assert list(found)[:2] == ["Synthèse", "Notice"]
    for table in TABLES:
        title = json.loads((ROOT / f"schemas/{table}.json").read_bytes())["title"]
        header, *lines = found[title]
        assert header == titles(table)
        assert lines == [list(row.values()) for row in rows(table)]


def test_the_synthesis_gives_the_answers_in_words(dist):
    header, *lines = sheets(dist / f"{NAME}.xlsx")["Synthèse"]
    assert header == ["Organisme", "Sigle", "SIREN", "Support logiciels libres", "Expertise logiciels libres"]
    answers = {line[0]: line[3:] for line in lines}
    assert len(answers) == 27
    assert answers["Ministère de la Justice"] == ["Oui, cité par la page", "Oui, cité par la page"]
    assert answers["Cour des comptes"][0].startswith("La page ne le cite pas")
    wide = "services et entités relevant du périmètre budgétaire des services du Premier ministre"
    anssi = answers["Agence nationale de la sécurité des systèmes d'information"][0]
    assert anssi == f"À vérifier : peut relever de « {wide} » ; demander à contact@code.gouv.fr"


def test_the_workbook_is_for_people(dist):
    book = openpyxl.load_workbook(dist / f"{NAME}.xlsx")
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
        assert not any(cell.hyperlink for cell in cells)


@pytest.mark.programs
@pytest.mark.xdist_group("office")
def test_libreoffice_reads_the_same_in_both_workbooks(dist, tmp_path):
    office = need("soffice", "libreoffice-calc")
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    for suffix in ("xlsx", "ods"):
        subprocess.run(
            [*command, form, "--outdir", tmp_path / suffix, dist / f"{NAME}.{suffix}"],
            check=True,
            capture_output=True,
            timeout=120,
        )
        names = sorted(path.name for path in (tmp_path / suffix).iterdir())
        assert len(names) == 2 + len(TABLES)
        with (tmp_path / suffix / f"{NAME}-Organismes.csv").open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        assert header == titles("organismes")
        assert lines == [list(row.values()) for row in rows("organismes")]


def test_the_archive_is_a_valid_package_wherever_it_is_unzipped(dist, tmp_path):
    with zipfile.ZipFile(dist / f"{NAME}.zip") as archive:
        archive.extractall(tmp_path)
    (descriptor,) = tmp_path.rglob("datapackage.json")
    assert frictionless.Package(str(descriptor)).validate().valid


def test_the_index_and_the_sums_tell_of_every_file(dist):
    names = {path.name for path in dist.iterdir() if path.is_file()}
    sums = dict(line.split("  ")[::-1] for line in (dist / "SHA256SUMS").read_text().splitlines())
    index = json.loads((dist / "index.json").read_bytes())
    assert set(sums) == names - {"SHA256SUMS"}
    assert {each["name"] for each in index["files"]} == names - {"SHA256SUMS", "index.json"}
    for each in index["files"]:
        data = (dist / each["name"]).read_bytes()
        assert (each["size"], each["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert sums[each["name"]] == each["sha256"]
    assert (index["version"], index["contact"]) == (
        json.loads((ROOT / "datapackage.json").read_bytes())["version"],
        "contact@code.gouv.fr",
    )


def test_the_notice_is_plain_text_with_version_licence_and_source(dist):
    data = (dist / "lisez-moi.txt").read_bytes()
    said = data.decode("utf-8-sig")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert "| --- |" not in said
    assert max(len(line) for line in said.splitlines() if "://" not in line) <= 80
    assert all(
        word in said for word in ("2023-09-01", "Licence Ouverte 2.0", "code.gouv.fr", "contact@code.gouv.fr")
    )


def test_the_feed_has_an_entry_a_version(dist):
    feed = feedparser.parse((dist / "changements.atom").read_bytes())
    assert not feed.bozo
    assert len(feed.entries) == len(rows("versions"))


def test_the_catalogue_says_what_the_official_shapes_want(dist):
    graph = rdflib.Graph().parse(dist / "catalog.jsonld", format="json-ld")
    dcat, spdx = (
        rdflib.Namespace("http://www.w3.org/ns/dcat#"),
        rdflib.Namespace("http://spdx.org/rdf/terms#"),
    )
    sums = list(graph.objects(None, spdx.checksumValue))
    assert sums
    assert {each.datatype for each in sums} == {rdflib.XSD.hexBinary}
    labels = set(graph.subjects(rdflib.SKOS.prefLabel, None)) | set(
        graph.subjects(rdflib.DCTERMS.title, None)
    )
    assert set(graph.subjects(rdflib.RDF.type, rdflib.SKOS.Concept)) <= labels
    (publisher,) = set(graph.objects(None, rdflib.DCTERMS.publisher))
    assert rdflib.FOAF.Agent in graph.objects(publisher, rdflib.RDF.type)
    urls = {str(each).rpartition("/")[2] for each in graph.objects(None, dcat.downloadURL)}
    index = json.loads((dist / "index.json").read_bytes())
    assert urls == {each["name"] for each in index["files"] if each["type"] == "main"}


def test_the_same_input_gives_the_same_bytes_and_what_was_left_is_cleared(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1/SHA256SUMS").write_text(f"{'0' * 64}  vieux.csv\n")
    (tmp_path / "1/vieux.csv").write_text("a\n")
    builds = []
    for seed in "12":
        line = [sys.executable, ROOT / "scripts/build_dist.py", "--out", tmp_path / seed]
        subprocess.run(line, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        builds.append({path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()})
    assert builds[0] == builds[1]
    assert "vieux.csv" not in builds[0]
