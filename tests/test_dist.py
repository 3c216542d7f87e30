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
import pytest

from conftest import NAME, ROOT, Checkout, copy, need
from edition2 import catalog, dist
from edition2 import checkout as project
from edition2.coverage import answer

GITHUB = "https://github.com/codegouvfr"
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
        self.folder = copied.root / "dist"
        self.project = project.read(copied.root)
        for row, text in zip(self.project.rows["beneficiaires"], HOSTILE, strict=False):
            row["libelle"] = text
        self.folder.mkdir()
        for name, data in dist.build(self.project).items():
            (self.folder / name).write_bytes(data)
        self.index = json.loads(self.read("index.json"))

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def rows(self, table: str) -> list[list]:
        """The header and the rows."""
        return [
            list(self.project.rows[table][0]),
            *(list(row.values()) for row in self.project.rows[table]),
        ]

    def schema(self, table: str) -> dict:
        return next(each.descriptor for each in self.project.package.schemas if each.name == table)

    def titled(self, table: str) -> list[list]:
        """The rows under the French titles."""
        return [[field["title"] for field in self.schema(table)["fields"]], *self.rows(table)[1:]]

    def workbook(self) -> openpyxl.Workbook:
        return openpyxl.load_workbook(io.BytesIO(self.read(f"{NAME}.xlsx")))


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Built:
    return Built(copy(tmp_path_factory.mktemp("dist") / "checkout"))


@pytest.fixture(scope="session")
def office(built, tmp_path_factory) -> Path:
    """Every sheet of both workbooks as LibreOffice shows it, in a CSV file each; its days are American."""
    folder = tmp_path_factory.mktemp("office")
    for suffix in ("xlsx", "ods"):
        (folder / f"{suffix}.{suffix}").write_bytes(built.read(f"{NAME}.{suffix}"))
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"
    command = [
        need("soffice", "libreoffice-calc"),
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
    ]
    command += ["--convert-to", form, "--outdir", folder, folder / "xlsx.xlsx", folder / "ods.ods"]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr
    return folder


def texts(rows) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in rows]


def windows(data: bytes) -> bool:
    """Whether it is marked as UTF-8 and has the line ends of Windows."""
    return data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") == data.count(b"\n") > 0


def typed(rows) -> list[list[tuple[type, object]]]:
    """The rows with the type of each value: 1, "1" and True are three values, a day is a date."""
    days = (
        [value.date() if isinstance(value, datetime) else value for value in row] for row in rows
    )
    return [[(type(value), value) for value in row] for row in days]


def from_csv(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("table", TABLES)
def test_every_form_of_a_table_says_what_the_table_says(built, table):
    rows, titled, sheet = built.rows(table), built.titled(table), built.schema(table)["title"]
    assert from_csv(built.read(f"{table}.csv")) == texts(rows)
    assert windows(built.read(f"{table}-excel.csv"))
    inert = [
        [f"'{text}" if text[:1] in tuple("=+-@") else text for text in row] for row in texts(rows)
    ]
    assert from_csv(built.read(f"{table}-excel.csv"), ";") == inert
    assert json.loads(built.read(f"{table}.json")) == json.loads(
        json.dumps(built.project.rows[table], default=str)
    )
    relation = duckdb.read_parquet(str(built.folder / f"{table}.parquet"))
    assert typed([relation.columns, *relation.fetchall()]) == typed(rows)
    assert typed(built.workbook()[sheet].values) == typed(titled)
    ods = pandas.read_excel(
        built.folder / f"{NAME}.ods", sheet, dtype=object, header=None, na_filter=False
    )
    assert typed(ods.replace("", None).to_numpy().tolist()) == typed(titled)


@pytest.mark.programs
@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
@pytest.mark.parametrize("table", TABLES)
def test_libreoffice_reads_the_tables_in_both_workbooks(built, office, suffix, table):
    days = [
        [f"{value:%m/%d/%Y}" if isinstance(value, date) else value for value in row]
        for row in built.titled(table)
    ]
    assert from_csv(
        (office / f"{suffix}-{built.schema(table)['title']}.csv").read_bytes()
    ) == texts(days)


def test_the_first_sheet_answers_in_words(built):
    rows = built.project.rows
    header, *lines = built.workbook().worksheets[0].values
    assert header == (
        "Organisme",
        "Sigle",
        "SIREN",
        "Support logiciels libres",
        "Expertise logiciels libres",
    )
    names = {row["organisme"]: row["nom"] for row in rows["organismes"]}
    told = {names[slug]: [] for slug in names}
    for row in rows["couverture"]:
        told[names[row["organisme"]]].append(answer(row, names, built.project.contact))
    assert {line[0]: list(line[3:]) for line in lines} == told


def test_parquet_and_the_second_sheet_say_where_they_come_from(built):
    book, facts = built.workbook(), catalog.facts(built.project)
    assert facts["Version de la page"].startswith("2024-11-26")
    assert "etalab.gouv.fr" in facts["Licence"] and built.index["page"]["url"] in facts["Source"]
    assert (
        facts.items() <= pandas.read_parquet(built.folder / "beneficiaires.parquet").attrs.items()
    )
    assert book.sheetnames == [
        "Synthèse",
        "Notice",
        *(built.schema(table)["title"] for table in TABLES),
    ]
    lines = list(book["Notice"].values)
    assert {line[1]: line[3] for line in lines if line[0] == "Ce classeur"} == facts
    for schema in map(built.schema, TABLES):
        for field in schema["fields"]:
            assert (schema["title"], field["title"], field["name"], field["description"]) in lines


def test_the_workbooks_are_for_people_and_run_nothing(built):
    book = built.workbook()
    assert book.properties.created.date() == date(2024, 11, 26)
    for sheet in book:
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", sheet.dimensions)
        assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (
            True,
            0,
        )
        assert sheet.row_dimensions[1].font.bold
        assert all(10 <= column.width <= 61 for column in sheet.column_dimensions.values())
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type in "fb" or cell.hyperlink]
    with zipfile.ZipFile(built.folder / f"{NAME}.ods") as archive:
        content = archive.read("content.xml").decode()
    assert "HYPERLINK" in content and "table:formula" not in content
    assert "xlink" not in content.partition("<office:body>")[2]


def test_the_archive_is_a_valid_package_wherever_it_is_unzipped(built, tmp_path):
    with zipfile.ZipFile(built.folder / f"{NAME}.zip") as archive:
        archive.extractall(tmp_path)
    names = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    data = {f"data/{table}.{form}" for table in TABLES for form in ("csv", "json")}
    schemas = {f"schemas/{table}.json" for table in TABLES}
    assert names == {
        "LICENCE-DONNEES.md",
        "lisez-moi.txt",
        "datapackage.json",
        "data/README.md",
        *data,
        *schemas,
    }
    for folder in (tmp_path, built.folder):
        report = frictionless.validate(str(folder / "datapackage.json"))
        assert report.valid, report.flatten(["name", "message"])
    assert (tmp_path / "schemas/marches.json").read_bytes() == (
        ROOT / "schemas/marches.json"
    ).read_bytes()
    assert (tmp_path / "lisez-moi.txt").read_bytes() == built.read("lisez-moi.txt")


@pytest.mark.parametrize("table", TABLES)
def test_a_published_schema_says_where_it_is_and_validates_its_table_alone(built, table):
    schema = json.loads(built.read(f"schema-{table}.json"))
    raw = f"https://raw.githubusercontent.com/codegouvfr/{NAME}/v2.0.0/"
    assert (schema["version"], schema["path"]) == ("2.0.0", f"{raw}schemas/{table}.json")
    assert [each["path"] for each in schema["resources"]] == [
        f"{raw}data/{table}.csv",
        f"{raw}data/{table}.json",
    ]
    assert schema["lastModified"] >= "2024-11-26"
    resource = frictionless.Resource(
        f"{table}.csv", schema=f"schema-{table}.json", basepath=str(built.folder)
    )
    assert resource.validate().valid


def test_the_notice_is_wrapped_text_that_tells_all(built):
    assert windows(built.read("lisez-moi.txt"))
    text = built.read("lisez-moi.txt").decode("utf-8-sig")
    long = [line for line in text.split("\r\n") if len(line) > 76]
    assert all(line.strip().startswith("https://") for line in long)
    assert "|" not in re.sub("« \\| »", "", text)
    words, package = " ".join(text.split()), built.project.package
    told = [package.title, "2024-11-26", "2.0.0", "Licence Ouverte 2.0", built.index["page"]["url"]]
    assert all(each in words for each in [*told, built.project.contact])
    for field in (field for table in TABLES for field in built.schema(table)["fields"]):
        assert f"{field['name']} : {field['title']} (" in words
        assert " ".join(field["description"].split()) in words


def test_the_feed_tells_each_version_once(built):
    feed, page = feedparser.parse(built.read("changements.atom")), built.index["page"]["url"]
    assert (feed.bozo, feed.version, feed.feed.rights) == (False, "atom10", "Licence Ouverte 2.0")
    tag = f"tag:code.gouv.fr,2026:{NAME}"
    assert [entry.id for entry in feed.entries] == [f"{tag}:2024-11-26", f"{tag}:2023-09-01"]
    assert feed.feed.id == tag
    assert feed.feed.updated == feed.entries[0].updated == "2024-11-26T00:00:00+00:00"
    assert "Ministère des Sports" in feed.entries[0].content[0].value
    assert feed.entries[0].content[0].type == "text/html"
    assert feed.entries[0].link == page and page in feed.feed.subtitle
    assert feed.entries[1].link.startswith(f"{GITHUB}/codegouvfr-website/blob/35a8ab1e")


def test_the_index_and_the_sums_tell_of_every_file(built):
    files = {path.name: path.read_bytes() for path in built.folder.iterdir()}
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "SHA256SUMS"
    }
    listed = {entry["name"]: entry for entry in built.index["files"]}
    assert listed.keys() == files.keys() - {"index.json", "SHA256SUMS"}
    for name, entry in listed.items():
        assert (entry["size"], entry["sha256"]) == (len(files[name]), sums[name])
        assert all(
            entry[key] for key in ("title", "description", "for", "type", "format", "mediatype")
        )
        assert "$" not in entry["title"] + entry["description"]
        rows = (
            len(built.rows(entry["table"])) - 1
            if entry["table"] and entry["type"] == "main"
            else None
        )
        assert entry["rows"] == rows
    assert Counter(entry["table"] for entry in listed.values() if entry["table"]) == dict.fromkeys(
        TABLES, 5
    )
    read, index = built.project, built.index
    page = {"version": "2024-11-26", "commit": None, "sha256": read.version["sha256"]}
    assert index["page"] == {"url": read.pages.adresse, **page}
    assert (index["version"], index["contact"]) == ("2.0.0", read.contact)
    assert index["base"] == f"{GITHUB}/{NAME}/releases/latest/download/"


@pytest.mark.programs
def test_another_day_and_another_place_give_the_same_bytes(tmp_path):
    later = [need("faketime", "faketime"), "2031-05-06 23:59:58"]
    odd = {
        **os.environ,
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "HOME": str(tmp_path),
    }
    found = []
    for before, env, folder in (([], None, tmp_path / "ici"), (later, odd, tmp_path / "ailleurs")):
        for script, option in (("build_dist.py", "--out"), ("build_site.py", "--dist")):
            command = [*before, sys.executable, ROOT / "scripts" / script, option, folder]
            done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True)
            assert (done.returncode, done.stderr) == (0, "")
        found.append(
            {
                path.relative_to(folder): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        )
    here, there = found
    assert here.keys() == there.keys()
    assert [path for path in here if here[path] != there[path]] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "site/notices/fichiers.yml",
            "media: text/csv",
            "type: text/csv",
            ".yml:7: champ « type » inconnu",
        ),
        (
            "site/notices/fichiers.yml",
            "dataset.jsonld:",
            "autre.jsonld:",
            "autre.jsonld: gabarit :",
        ),
        (
            "site/notices/dataset.jsonld",
            "package.name |",
            "package.nom |",
            "dataset.jsonld: gabarit :",
        ),
        (
            "site/notices/dataset.jsonld",
            '"Dataset",',
            '"Dataset"',
            "dataset.jsonld:4: JSON illisible",
        ),
    ],
)
def test_what_cannot_be_told_of_is_refused_in_lines_and_nothing_is_written(
    checkout, file, old, new, told
):
    checkout.replace(file, old, new)
    assert any(told in line for line in checkout.refused("build_dist"))
