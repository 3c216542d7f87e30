"""Every file that people download says what the tables say, to readers that did not write it."""

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import duckdb
import feedparser
import frictionless
import openpyxl
import pandas
import pyarrow.parquet
import pytest

from beneficiaires import checkout as project
from beneficiaires import dist
from beneficiaires.coverage import answer
from conftest import ROOT, Checkout, copy, need

NAME = "marches-logiciels-libres-beneficiaires"
TABLES = ("beneficiaires", "couverture", "historique", "marches", "organismes", "versions")
REAL = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8")
HOSTILE = (
    '=HYPERLINK("http://exemple.invalid";"cliquer")',
    "@SUM(1+1)",
    "+33 1 42 00 00 00",
    "-1",
    "Mission 🧭 numérique",
    "0012345",
    "TRUE",
    "2023-09-01",
    "'apostrophe en tête",
    "http://exemple.invalid/a b",
    '<script>"&amp;"</script>; a, b | c _x0041_',
)


class Built:
    """A project of two versions whose labels are hostile, and its dist/."""

    def __init__(self, copied: Checkout) -> None:
        copied.keep(REAL.replace("- Le ministère des Sports\n", "", 1), "2024-11-26")
        self.root, self.folder = copied.root, copied.root / "dist"
        self.project = project.read(copied.root)
        for row, text in zip(self.project.rows["beneficiaires"], HOSTILE, strict=False):
            row["libelle"] = text
        dist.write(dist.build(self.project), self.folder)
        self.index = json.loads(self.read("index.json"))

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def rows(self, table: str) -> list[list]:
        """The header and the rows."""
        return [list(self.project.rows[table][0]), *(list(row.values()) for row in self.project.rows[table])]

    def schema(self, table: str) -> dict:
        return next(each.descriptor for each in self.project.package.schemas if each.name == table)

    def titled(self, table: str) -> list[list]:
        """The rows under the French titles."""
        return [[field["title"] for field in self.schema(table)["fields"]], *self.rows(table)[1:]]

    def sheet(self, table: str) -> str:
        return self.schema(table)["title"]


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Built:
    return Built(copy(tmp_path_factory.mktemp("dist") / "checkout"))


@pytest.fixture(scope="session")
def office(built, tmp_path_factory) -> Path:
    """Every sheet of both workbooks as LibreOffice reads it: texts quoted, numbers and (American) dates bare."""
    folder = tmp_path_factory.mktemp("office")
    for suffix in ("xlsx", "ods"):
        (folder / f"{suffix}.{suffix}").write_bytes(built.read(f"{NAME}.{suffix}"))
    command = [need("soffice", "libreoffice-calc"), f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    for form in ("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1", "pdf"):
        books = [folder / "xlsx.xlsx", folder / "ods.ods"]
        done = subprocess.run([*command, "--convert-to", form, "--outdir", folder, *books], capture_output=True)
        assert done.returncode == 0, done.stderr
    return folder


def typed(rows) -> list[list[tuple[type, object]]]:
    """The rows with the type of each value: 1, "1" and True are three values."""
    return [[(type(value), value) for value in row] for row in rows]


def from_csv(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def shown(value: object) -> str:
    return "" if value is None else str(value)


def day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


@pytest.mark.parametrize("table", TABLES)
def test_csv_and_json_say_what_the_tables_say(built, table):
    assert from_csv(built.read(f"{table}.csv")) == [list(map(shown, row)) for row in built.rows(table)]
    assert json.loads(built.read(f"{table}.json")) == [
        {key: str(value) if isinstance(value, date) else value for key, value in row.items()}
        for row in built.project.rows[table]
    ]


@pytest.mark.parametrize("table", TABLES)
def test_the_csv_for_excel_opens_as_a_table_and_runs_nothing(built, table):
    data = built.read(f"{table}-excel.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n") == len(built.rows(table))
    header, *rows = from_csv(data, ";")
    texts = [
        [f"'{text}" if text[:1] in tuple("=+-@") else text for text in map(shown, row)] for row in built.rows(table)
    ]
    assert [header, *rows] == texts


@pytest.mark.parametrize("table", TABLES)
def test_parquet_says_what_the_tables_say_with_types_and_origin(built, table):
    path = built.folder / f"{table}.parquet"
    relation = duckdb.read_parquet(str(path))
    assert typed([relation.columns, *relation.fetchall()]) == typed(built.rows(table))
    schema = pyarrow.parquet.read_schema(path)
    kinds = {"string": "string", "integer": "int64", "date": "date32[day]"}
    for field in built.schema(table)["fields"]:
        stored = schema.field(field["name"])
        assert str(stored.type) == kinds[field["type"]]
        assert stored.metadata[b"description"].decode() == field["description"]
    said = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert "2024-11-26" in said["Version de la page"]
    assert "etalab.gouv.fr" in said["Licence"]
    assert built.index["page"]["url"] in said["Source"]


@pytest.mark.parametrize("table", TABLES)
def test_the_excel_workbook_says_what_the_tables_say(built, table):
    sheet = openpyxl.load_workbook(io.BytesIO(built.read(f"{NAME}.xlsx")))[built.sheet(table)]
    assert typed([day(value) for value in row] for row in sheet.values) == typed(built.titled(table))


@pytest.mark.parametrize("table", TABLES)
def test_the_opendocument_workbook_says_what_the_tables_say(built, table):
    sheet = pandas.read_excel(
        built.folder / f"{NAME}.ods", built.sheet(table), engine="odf", dtype=object, header=None, na_filter=False
    )
    rows = [[None if value == "" else day(value) for value in row] for row in sheet.values.tolist()]
    assert typed(rows) == typed(built.titled(table))


@pytest.mark.programs
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
@pytest.mark.parametrize("table", TABLES)
def test_libreoffice_reads_the_tables_in_both_workbooks(built, office, suffix, table):
    def cell(value) -> str:
        if isinstance(value, str):
            return '"{}"'.format(value.replace('"', '""'))
        return value.strftime("%m/%d/%Y") if isinstance(value, date) else shown(value)

    text = (office / f"{suffix}-{built.sheet(table)}.csv").read_bytes().decode()
    assert text.splitlines() == [",".join(map(cell, row)) for row in built.titled(table)]


@pytest.mark.programs
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_every_sheet_is_printed_on_landscape_pages_as_wide_as_it(office, suffix):
    boxes = re.findall(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", (office / f"{suffix}.pdf").read_bytes())
    assert boxes
    assert all(float(width) > float(height) for width, height in boxes)
    assert len(boxes) < 20


def test_the_first_sheet_answers_in_words(built):
    rows = built.project.rows
    header, *lines = openpyxl.load_workbook(io.BytesIO(built.read(f"{NAME}.xlsx"))).worksheets[0].values
    assert header == ("Organisme", "Sigle", "SIREN", "Support logiciels libres", "Expertise logiciels libres")
    names = {row["organisme"]: row["nom"] for row in rows["organismes"]}
    contracts = {row["nom"]: row["marche"] for row in rows["marches"]}
    told = {
        (row["marche"], names[row["organisme"]]): answer(row, names, built.project.contact)
        for row in rows["couverture"]
    }
    found = {
        (contracts[title], line[0]): said for line in lines for title, said in zip(header[3:], line[3:], strict=True)
    }
    assert found == told
    assert found["support", "Ministère des Sports"].startswith("La page ne le cite pas ; en cas de doute, demander à")
    assert found["support", names["agence-nationale-de-la-securite-des-systemes-d-information"]].startswith(
        "À vérifier"
    )
    assert found["support", "Sorbonne Université"] == "Oui, cité par la page"


def test_the_second_sheet_says_what_the_workbook_is(built):
    book = openpyxl.load_workbook(io.BytesIO(built.read(f"{NAME}.xlsx")))
    assert book.sheetnames == ["Synthèse", "Notice", *map(built.sheet, TABLES)]
    lines = list(book["Notice"].values)
    said = {line[1]: line[3] for line in lines if line[0] == "Ce classeur"}
    assert said["Version de la page"].startswith("2024-11-26")
    assert said["Contact"] == built.project.contact
    assert "Licence Ouverte" in said["Licence"]
    for table in TABLES:
        for field in built.schema(table)["fields"]:
            assert (built.sheet(table), field["title"], field["name"], field["description"]) in lines


def test_the_excel_workbook_is_for_people(built):
    book = openpyxl.load_workbook(io.BytesIO(built.read(f"{NAME}.xlsx")))
    assert book.properties.created.date() == date(2024, 11, 26)
    for sheet in book:
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", sheet.dimensions)
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        assert all(cell.font.bold for cell in sheet[1])
        assert all(10 <= column.width <= 61 for column in sheet.column_dimensions.values())
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type in "fb" or cell.hyperlink]


def test_no_cell_of_the_opendocument_workbook_is_a_formula_or_a_link(built):
    with zipfile.ZipFile(io.BytesIO(built.read(f"{NAME}.ods"))) as archive:
        content = archive.read("content.xml").decode()
    assert "HYPERLINK" in content
    assert "table:formula" not in content
    assert "xlink" not in content.partition("<office:body>")[2]


def test_the_archive_is_a_valid_package_wherever_it_is_unzipped(built, tmp_path):
    with zipfile.ZipFile(io.BytesIO(built.read(f"{NAME}.zip"))) as archive:
        archive.extractall(tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    data = {f"data/{table}.{form}" for table in TABLES for form in ("csv", "json")}
    schemas = {f"schemas/{table}.json" for table in TABLES}
    assert names == {"LICENCE-DONNEES.md", "lisez-moi.txt", "datapackage.json", "data/README.md", *data, *schemas}
    for folder in (tmp_path, built.folder):
        report = frictionless.validate(str(folder / "datapackage.json"))
        assert report.valid, report.flatten(["name", "message"])
    assert (tmp_path / "schemas/marches.json").read_bytes() == (ROOT / "schemas/marches.json").read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_a_published_schema_says_where_it_is_and_validates_its_table_alone(built, tmp_path, table):
    schema = json.loads(built.read(f"schema-{table}.json"))
    raw = "https://raw.githubusercontent.com/codegouvfr/marches-logiciels-libres-beneficiaires/v2.0.0/"
    assert (schema["version"], schema["path"]) == ("2.0.0", f"{raw}schemas/{table}.json")
    assert [each["path"] for each in schema["resources"]] == [f"{raw}data/{table}.csv", f"{raw}data/{table}.json"]
    assert schema["lastModified"] >= "2024-11-26"
    assert "foreignKeys" not in schema
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    (tmp_path / "table.csv").write_bytes(built.read(f"{table}.csv"))
    report = frictionless.Resource(path="table.csv", schema="schema.json", basepath=str(tmp_path)).validate()
    assert report.valid


def test_the_notice_reads_well_in_notepad(built):
    data = built.read("lisez-moi.txt")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n")
    text = data.decode("utf-8-sig")
    long = [line for line in text.split("\r\n") if len(line) > 76]
    assert all(line.strip().startswith("https://") for line in long)
    assert "|" not in re.sub("« \\| »", "", text)
    words = " ".join(text.split())
    package = built.project.package
    for told in (
        package.title,
        "2024-11-26",
        "2.0.0",
        "Licence Ouverte 2.0",
        built.index["page"]["url"],
        built.project.contact,
    ):
        assert told in words
    for table in TABLES:
        for field in built.schema(table)["fields"]:
            assert f"{field['name']} : {field['title']} (" in words
            assert " ".join(field["description"].split()) in words


def test_the_feed_tells_each_version_once(built):
    data = built.read("changements.atom")
    feed = feedparser.parse(data)
    assert not feed.bozo
    assert feed.version == "atom10"
    assert [entry.id.rpartition(":")[2] for entry in feed.entries] == ["2024-11-26", "2023-09-01"]
    assert feed.feed.updated == feed.entries[0].updated == "2024-11-26T00:00:00+00:00"
    assert feed.feed.rights == "Licence Ouverte 2.0"
    assert "Ministère des Sports" in feed.entries[0].content[0].value
    assert feed.entries[0].content[0].type == "text/html"
    assert feed.entries[0].link == built.index["page"]["url"]
    assert built.index["page"]["url"] in feed.feed.subtitle
    assert feed.entries[1].link.startswith("https://github.com/codegouvfr/codegouvfr-website/blob/35a8ab1e")


def test_the_index_and_the_sums_tell_of_every_file(built):
    files = {path.name: path.read_bytes() for path in built.folder.iterdir()}
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"}
    listed = {entry["name"]: entry for entry in built.index["files"]}
    assert listed.keys() == files.keys() - {"index.json", "SHA256SUMS"}
    for name, entry in listed.items():
        assert (entry["size"], entry["sha256"]) == (len(files[name]), sums[name])
        assert all(entry[key] for key in ("title", "description", "for", "type", "format", "mediatype"))
        assert "{" not in entry["title"] + entry["description"]
        rows = len(built.rows(entry["table"])) - 1 if entry["table"] and entry["type"] == "main" else None
        assert entry["rows"] == rows
    assert Counter(entry["table"] for entry in listed.values() if entry["table"]) == dict.fromkeys(TABLES, 5)
    page = built.project.version
    assert built.index["page"] == {
        "url": built.project.sources.pages.adresse,
        "version": "2024-11-26",
        "commit": None,
        "sha256": page["sha256"],
    }
    assert (built.index["version"], built.index["contact"]) == ("2.0.0", built.project.contact)
    assert (
        built.index["base"]
        == "https://github.com/codegouvfr/marches-logiciels-libres-beneficiaires/releases/latest/download/"
    )


@pytest.mark.programs
def test_another_day_and_another_machine_give_the_same_bytes(checkout, tmp_path):
    here, there = tmp_path / "ici", tmp_path / "ailleurs"
    assert checkout.process("build_dist", "--out", here).returncode == 0
    odd = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    command = [need("faketime", "faketime"), "2031-05-06 23:59:58", sys.executable, ROOT / "scripts/build_dist.py"]
    done = subprocess.run([*command, "--out", there], env=odd, cwd="/", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in here.iterdir()} == {path.name for path in there.iterdir()}
    assert [path for path in here.iterdir() if path.read_bytes() != (there / path.name).read_bytes()] == []


def test_a_second_build_writes_nothing_and_clears_what_an_earlier_one_left(built, tmp_path):
    outputs, folder = {path.name: path.read_bytes() for path in built.folder.iterdir()}, tmp_path / "dist"
    dist.write(outputs, folder)
    (folder / "vieille-table.csv").write_text("ancienne")
    (folder / "site").mkdir()
    (folder / "site/index.html").write_text("site")
    (tmp_path / "dehors").write_text("dehors")
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.writelines(f"{'0' * 64}  {name}\n" for name in ("vieille-table.csv", "../dehors", "site"))
    assert dist.write(outputs, folder) == [folder / "SHA256SUMS"]
    assert not (folder / "vieille-table.csv").exists()
    assert (folder / "site/index.html").exists()
    assert (tmp_path / "dehors").exists()
    assert dist.write(outputs, folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("site/notices/fichiers.yml", "media: text/csv", "type: text/csv", ".yml:7: champ « type » inconnu"),
        ("site/notices/fichiers.yml", "dataset.jsonld:", "autre.jsonld:", "autre.jsonld: lecture impossible"),
        ("site/notices/catalog.jsonld", "{% macro day", "{% makro day", "catalog.jsonld:"),
        ("site/notices/dataset.jsonld", "package.name |", "package.nom |", "dataset.jsonld: gabarit :"),
        ("site/notices/dataset.jsonld", '"Dataset",', '"Dataset"', "dataset.jsonld:4: JSON illisible"),
        ("schemas/marches.json", '"title": "Marchés"', '"title": "Notice"', "marches.json: titre de table"),
        ("schemas/marches.json", '"title": "Fin"', '"title": "Début"', "marches.json: titre de table"),
        ("LICENCE-DONNEES.md", None, None, "LICENCE-DONNEES.md: lecture impossible"),
    ],
)
def test_what_cannot_be_told_of_is_refused_in_one_line_and_nothing_is_written(checkout, file, old, new, told):
    if old is None:
        (checkout.root / file).unlink()
    else:
        checkout.replace(file, old, new)
    done = checkout.call("build_dist")
    assert done.status == 1
    assert told in done.err
    assert not (checkout.root / "dist").exists()
