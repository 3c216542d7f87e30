"""What people download says what the tables say, in every format, to readers that did not write it."""

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pandas
import pytest
import python_calamine
import yaml
from bs4 import BeautifulSoup
from hypothesis import given, settings, strategies

from beneficiaires import edition, parquet, project, workbooks
from beneficiaires.tables import from_rows, to_csv
from conftest import ROOT, Checkout, copy_project, need

NAME = "marches-logiciels-libres-beneficiaires"
LONG = "L" * 40_000
# Texts that are texts in every format, whatever they look like.
HOSTILE = (
    '=HYPERLINK("http://exemple.invalid";"cliquer")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+33 1 42 00 00 00",
    "-1",
    "avant\taprès",
    "\ttabulation en tête",
    "ligne une\nligne deux",
    "  deux  espaces   ",
    "Mission 🧭 numérique",
    "الوكالة الوطنية للأمن",
    "0012345",
    "1e5",
    "TRUE",
    "2023-09-01",
    "'apostrophe en tête",
    "_x0041_",
    "http://exemple.invalid/a b",
    '<script>"&amp;"</script>; a, b | c',
    LONG,
)


class Built:
    """A package and its dist/."""

    def __init__(self, root: Path) -> None:
        self.root, self.dist = root, root / "dist"
        done = Checkout(root).run("build_dist", root, "--out", self.dist)
        assert done.returncode == 0, done.stderr
        self.stderr = done.stderr
        self.index = json.loads((self.dist / "index.json").read_text(encoding="utf-8"))

    def schema(self, table: str) -> dict:
        return json.loads((self.root / f"schemas/{table}.json").read_text(encoding="utf-8"))

    def rows(self, table: str) -> list[list]:
        """The header and the typed rows of the canonical CSV, read without the library."""
        read = {
            "integer": int,
            "boolean": {"true": True, "false": False}.__getitem__,
            "date": date.fromisoformat,
        }
        kinds = [read.get(field["type"], str) for field in self.schema(table)["fields"]]
        data = (self.root / f"data/{table}.csv").read_bytes().decode()
        header, *rows = csv.reader(io.StringIO(data, newline=""))
        return [header, *([k(t) if t else None for k, t in zip(kinds, row, strict=True)] for row in rows)]


def rewrite(root: Path, change) -> None:
    """Change the tables of a package, and write its files again as the build does."""
    sources = project.read(root)
    snapshot = sources.snapshot()
    tables = sources.tables(snapshot)
    change(tables)
    for path, data in sources.build(tables, snapshot.version).items():
        path.write_bytes(data)


def add_hostile_labels(tables) -> None:
    tables["beneficiaires"]["libelle"][: len(HOSTILE)] = HOSTILE


def add_column_and_table(root: Path) -> None:
    """A column more in marches, and a table more, as someone would add them: no code."""
    schema = json.loads((root / "schemas/marches.json").read_text(encoding="utf-8"))
    field = {
        "name": "fin",
        "title": "Fin",
        "type": "date",
        "description": "Fin.",
        "example": "2027-01-31",
        "constraints": {"required": False},
    }
    schema["fields"].append(field)
    (root / "schemas/marches.json").write_text(json.dumps(schema), encoding="utf-8")
    lines = (root / "data/marches.csv").read_text(encoding="utf-8").splitlines()
    text = "".join(f"{line},{end}\n" for line, end in zip(lines, ("fin", "2027-01-31", ""), strict=True))
    (root / "data/marches.csv").write_text(text, encoding="utf-8", newline="")
    names = ("lot", "ouvert", "rang")
    kinds = ("string", "boolean", "integer")
    fields = [
        {
            "name": name,
            "title": name.title(),
            "type": kind,
            "description": name,
            "example": "1",
            "constraints": {"required": False},
        }
        for name, kind in zip(names, kinds, strict=True)
    ]
    extra = {"title": "Lots", "description": "Essai.", "path": "https://exemple.invalid/lots.json"}
    schema = {**extra, "fields": fields, "primaryKey": ["lot"]}
    (root / "schemas/lots.json").write_text(json.dumps(schema), encoding="utf-8")
    (root / "data/lots.csv").write_text("lot,ouvert,rang\n007,true,1\n,false,\n", encoding="utf-8")
    package = json.loads((root / "datapackage.json").read_text(encoding="utf-8"))
    resource = {**package["resources"][0], "name": "lots", "title": "Lots (CSV)"}
    package["resources"].append({**resource, "path": "data/lots.csv", "schema": "schemas/lots.json"})
    (root / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Built:
    return Built(copy_project(tmp_path_factory.mktemp("real") / "package").root)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Built:
    root = copy_project(tmp_path_factory.mktemp("hostile") / "package").root
    rewrite(root, add_hostile_labels)
    return Built(root)


@pytest.fixture(scope="module")
def grown(tmp_path_factory) -> Built:
    root = copy_project(tmp_path_factory.mktemp("grown") / "package").root
    add_column_and_table(root)
    return Built(root)


@pytest.fixture(params=["real", "hostile", "grown"])
def built(request) -> Built:
    return request.getfixturevalue(request.param)


def tables(built: Built) -> list[str]:
    return sorted(path.stem for path in (built.root / "data").glob("*.csv"))


def typed(rows) -> list[list[tuple[type, object]]]:
    """The rows with the type of each value: 1, 1.0, "1" and True are four values."""
    return [[(type(value), value) for value in row] for row in rows]


def from_xlsx(path: Path, title: str) -> list[list]:
    sheet = openpyxl.load_workbook(path)[title]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [[v.date() if isinstance(v, datetime) else v for v in row] for row in rows]


def from_ods(path: Path, title: str) -> list[list]:
    """OpenDocument has one type of number, and an empty cell is an empty text to this reader."""
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(title).to_python()
    return [
        [None if v == "" else int(v) if isinstance(v, float) and v.is_integer() else v for v in row]
        for row in rows
    ]


def from_parquet(path: Path) -> list[list]:
    relation = duckdb.read_parquet(str(path))
    return [relation.columns, *map(list, relation.fetchall())]


def in_excel(rows: list[list]) -> list[list]:
    """What an Excel workbook can hold of a row: a text of 32,767 characters."""
    mark = " […] (texte coupé : Excel s'arrête à 32 767 caractères ; il est entier dans le CSV)"
    cut = LONG[: 32_767 - len(mark)] + mark
    return [[cut if value == LONG else value for value in row] for row in rows]


def test_the_parquet_files_say_what_the_tables_say(built):
    for table in tables(built):
        rows = from_parquet(built.dist / f"{table}.parquet")
        assert typed(rows) == typed(built.rows(table))


def test_the_excel_workbook_says_what_the_tables_say(built):
    for table in tables(built):
        rows = from_xlsx(built.dist / f"{NAME}.xlsx", built.schema(table)["title"])
        assert typed(rows) == typed(in_excel(built.rows(table)))


def test_the_opendocument_workbook_says_what_the_tables_say(built):
    for table in tables(built):
        rows = from_ods(built.dist / f"{NAME}.ods", built.schema(table)["title"])
        assert typed(rows) == typed(built.rows(table))


def test_the_csv_file_for_excel_says_what_the_tables_say_and_runs_nothing(built):
    def cell(value) -> str:
        if value is None or isinstance(value, bool):
            return {True: "VRAI", False: "FAUX", None: ""}[value]
        return f"'{value}" if str(value)[:1] in tuple("=+-@\t\r\n") else str(value)

    for table in tables(built):
        data = (built.dist / f"{table}-excel.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        assert rows == [[cell(value) for value in row] for row in built.rows(table)]


def test_the_canonical_files_are_those_of_the_package(built):
    for resource in json.loads((built.root / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        path = built.root / resource["path"]
        assert (built.dist / path.name).read_bytes() == path.read_bytes()


def convert(path: Path, form: str, folder: Path) -> None:
    """Have LibreOffice write a file in another form."""
    office = [need("soffice", "libreoffice-calc"), f"-env:UserInstallation=file://{folder}/profile"]
    done = subprocess.run(
        [*office, "--headless", "--convert-to", form, "--outdir", folder, path],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_libreoffice_shows_what_is_true_or_false_in_words(real, suffix, tmp_path):
    convert(real.dist / f"{NAME}.{suffix}", "html", tmp_path)
    shown = BeautifulSoup((tmp_path / f"{NAME}.html").read_text(encoding="utf-8"), "html.parser")
    cells = [[cell.get_text().strip() for cell in row.find_all("td")] for row in shown.find_all("tr")]
    columns, *rows = real.rows("organismes")
    lines = {line[0]: line for line in cells if len(line) == len(columns)}
    for row in rows:
        for value, text in zip(row, lines[row[0]], strict=True):
            assert not isinstance(value, bool) or text == str(value).upper()


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_every_sheet_is_printed_on_landscape_pages_as_wide_as_it(real, suffix, tmp_path):
    convert(real.dist / f"{NAME}.{suffix}", "pdf", tmp_path)
    boxes = re.findall(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / f"{NAME}.pdf").read_bytes())
    assert all(float(width) > float(height) for width, height in boxes)
    assert len(tables(real)) < len(boxes) <= 2 * (1 + len(tables(real)))


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_libreoffice_opens_the_workbooks_and_reads_the_tables(built, suffix, tmp_path):
    # Comma, double quotes, UTF-8, every sheet, texts as they are shown.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    convert(built.dist / f"{NAME}.{suffix}", form, tmp_path)
    words = {True: "TRUE", False: "FALSE", None: ""}
    for table in tables(built):
        data = (tmp_path / f"{NAME}-{built.schema(table)['title']}.csv").read_bytes().decode()
        rows = list(csv.reader(io.StringIO(data, newline="")))
        expected = in_excel(built.rows(table)) if suffix == "xlsx" else built.rows(table)
        assert rows == [
            [words[v] if v is None or isinstance(v, bool) else str(v) for v in r] for r in expected
        ]


def test_a_lost_row_or_a_siren_as_a_number_does_not_pass_for_the_table(real, tmp_path):
    expected = typed(real.rows("organismes"))
    for fault in ("row", "siren"):
        book = openpyxl.load_workbook(real.dist / f"{NAME}.xlsx")
        if fault == "row":
            book["Organismes"].delete_rows(5)
        else:
            book["Organismes"]["E2"] = int(book["Organismes"]["E2"].value)
        book.save(tmp_path / "faux.xlsx")
        assert typed(from_xlsx(tmp_path / "faux.xlsx", "Organismes")) != expected


def test_pandas_reads_each_format_with_the_names_of_the_fields(real):
    for table in tables(real):
        fields = [field["name"] for field in real.schema(table)["fields"]]
        title = real.schema(table)["title"]
        siren = {"siren": str} if "siren" in fields else {}
        frames = [
            pandas.read_parquet(real.dist / f"{table}.parquet"),
            pandas.read_excel(real.dist / f"{NAME}.xlsx", title, dtype=siren, engine="openpyxl"),
            pandas.read_excel(real.dist / f"{NAME}.ods", title, dtype=siren, engine="odf"),
            pandas.read_csv(real.dist / f"{table}.csv", dtype=siren),
        ]
        for frame in frames:
            assert list(frame.columns) == fields
            assert len(frame) == len(real.rows(table)) - 1
            if siren:
                assert set(frame["siren"].dropna()) == {
                    row[fields.index("siren")] for row in real.rows(table)[1:]
                } - {None}


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(hostile):
    for sheet in openpyxl.load_workbook(hostile.dist / f"{NAME}.xlsx"):
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type == "f" or cell.hyperlink]
    content = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", hostile.dist / f"{NAME}.ods"], capture_output=True, text=True
    ).stdout
    assert "content.xml" in content
    for name in ("content.xml", "styles.xml"):
        text = member(hostile.dist / f"{NAME}.ods", name).decode()
        assert "table:formula" not in text
        assert "xlink" not in text


def member(archive: Path, name: str) -> bytes:
    unzip = need("unzip", "unzip")
    return subprocess.run([unzip, "-p", archive, name], capture_output=True, check=True).stdout


def test_the_first_sheet_says_what_the_workbook_is(real):
    package = json.loads((real.root / "datapackage.json").read_text(encoding="utf-8"))
    page = yaml.safe_load((real.root / "source/pages.yml").read_text(encoding="utf-8"))["pages"][-1]
    publication = yaml.safe_load((real.root / "source/publication.yml").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(real.dist / f"{NAME}.xlsx")
    ods = python_calamine.CalamineWorkbook.from_path(real.dist / f"{NAME}.ods")
    assert book.sheetnames[:4] == ["Lisez-moi", "Bénéficiaires", "Organismes", "Marchés"]
    assert set(book.sheetnames[1:]) == {real.schema(table)["title"] for table in tables(real)}
    assert ods.sheet_names == book.sheetnames
    for rows in (book["Lisez-moi"].values, ods.get_sheet_by_index(0).to_python()):
        said = "\n".join(str(value) for row in rows for value in row if value)
        for text in (
            package["title"],
            package["description"],
            package["version"],
            page["url"],
            page["commit"],
            str(page["date"]),
            package["licenses"][0]["title"],
            package["licenses"][0]["path"],
            publication["signaler"],
            package["contributors"][0]["email"],
        ):
            assert text in said
        for table in tables(real):
            for field in real.schema(table)["fields"]:
                assert field["description"] in said


def test_the_header_is_frozen_filtered_and_explained_and_the_book_dated_of_the_page(real):
    book = openpyxl.load_workbook(real.dist / f"{NAME}.xlsx")
    page = date.fromisoformat(real.index["page"]["date"])
    assert book.properties.created.date() == book.properties.modified.date() == page
    for table in tables(real):
        schema = real.schema(table)
        sheet = book[schema["title"]]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        for cell, field in zip(sheet[1], schema["fields"], strict=True):
            assert cell.comment.text == f"{field['title']} : {field['description']}"
        groups = sheet.column_dimensions.values()
        widths = {index: group.width for group in groups for index in range(group.min, group.max + 1)}
        for index, column in enumerate(zip(*real.rows(table), strict=True), 1):
            longest = max(len(str(value)) for value in column if value is not None)
            assert min(longest, 60) <= widths[index] <= max(longest, 8) + 5
    settings = member(real.dist / f"{NAME}.ods", "settings.xml").decode()
    content = member(real.dist / f"{NAME}.ods", "content.xml").decode()
    assert settings.count('config:name="VerticalSplitPosition" config:type="int">1<') == len(tables(real))
    assert content.count('table:display-filter-buttons="true"') == len(tables(real))
    assert f"{page}T00:00:00" in member(real.dist / f"{NAME}.ods", "meta.xml").decode()


def test_the_types_and_the_origin_are_in_the_parquet_files(grown):
    kinds = {"string": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE"}
    for table in tables(grown):
        path, schema = str(grown.dist / f"{table}.parquet"), grown.schema(table)
        described = duckdb.read_parquet(path)
        assert [str(kind) for kind in described.types] == [kinds[field["type"]] for field in schema["fields"]]
        pairs = duckdb.sql(f"select key, value from parquet_kv_metadata('{path}')").fetchall()
        said = {bytes(key).decode(): bytes(value).decode() for key, value in pairs}
        assert schema["title"] in said["title"]
        assert said["license"] == "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
        assert said["source"] == grown.index["page"]["url"]
        assert said["source_sha256"] == grown.index["page"]["sha256"]
        assert said["version"] == grown.index["version"]


def test_a_line_break_stays_in_its_cell_in_a_parquet_file_of_many_blocks(real, tmp_path):
    package = edition.read(real.root)
    schema, row = package.package.schemas[0], package.rows["beneficiaires"][0]
    rows = [{**row, "libelle": "une\ndeux"}] * 20_000
    package.files["data/beneficiaires.csv"] = to_csv(from_rows(rows, schema), schema)
    (tmp_path / "long.parquet").write_bytes(parquet.encode(package, schema))
    assert [row[7] for row in from_parquet(tmp_path / "long.parquet")[1:]] == ["une\ndeux"] * 20_000


def test_what_a_workbook_cannot_hold_is_changed_in_sight_and_told(checkout):
    odd = {"sonnerie \x07 ici": "sonnerie \ufffd ici", "retour\r\nchariot": "retour\nchariot"}

    def change(tables) -> None:
        tables["beneficiaires"]["libelle"][:3] = [*odd, LONG]

    rewrite(checkout.root, change)
    built = Built(checkout.root)
    lines = built.stderr.splitlines()
    assert [line.partition(" : ")[0] for line in lines] == [
        f"beneficiaires.csv:{n}: libelle" for n in (2, 3, 4)
    ]
    for rows in (
        from_xlsx(built.dist / f"{NAME}.xlsx", "Bénéficiaires"),
        from_ods(built.dist / f"{NAME}.ods", "Bénéficiaires"),
    ):
        assert [row[7] for row in rows[1:3]] == list(odd.values())
    assert [row[7] for row in from_parquet(built.dist / "beneficiaires.parquet")[1:4]] == [*odd, LONG]


@settings(max_examples=30)
@given(
    strategies.lists(
        strategies.text(strategies.characters(codec="utf-8"), min_size=1), min_size=1, max_size=20
    )
)
def test_any_text_comes_back_from_the_workbooks(real, texts):
    package = edition.read(real.root)
    package.rows["beneficiaires"][:] = [
        {**package.rows["beneficiaires"][0], "libelle": text} for text in texts
    ]
    told = {problem.file for problem in workbooks.losses(package)}
    for suffix, write, read in (("xlsx", workbooks.xlsx, from_xlsx), ("ods", workbooks.ods, from_ods)):
        path = real.dist.parent / f"essai.{suffix}"
        path.write_bytes(write(package))
        back = [row[7] for row in read(path, "Bénéficiaires")[1:]]
        assert back == [shown(text) for text in texts]
    assert bool(told) == any(shown(text) != text for text in texts)


def shown(text: str) -> str:
    """A text in a workbook: one kind of line break, no control character and no non-character."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if is_odd(character) else character for character in lines)


def is_odd(character: str) -> bool:
    control = unicodedata.category(character) == "Cc" and character not in "\t\n\x85"
    return control or ord(character) & 0xFFFE == 0xFFFE


def test_an_ordinary_build_has_nothing_to_tell(real):
    assert real.stderr == ""


def test_the_archive_is_a_valid_package_wherever_it_is_unzipped(real, tmp_path):
    subprocess.run([need("unzip", "unzip"), "-q", real.dist / f"{NAME}.zip", "-d", tmp_path], check=True)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    package = [
        f"{folder}/{path.name}" for folder in ("data", "schemas") for path in (real.root / folder).iterdir()
    ]
    assert names == {"README.md", "LICENCE-DONNEES.md", "datapackage.json", *package}
    for name in names - {"README.md"}:
        assert (tmp_path / name).read_bytes() == (real.root / name).read_bytes()
    for folder in (tmp_path, real.dist):
        command = [sys.executable, "-m", "frictionless", "validate", "datapackage.json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_the_index_and_the_sums_tell_of_every_file(built):
    files = {path.name: path.read_bytes() for path in built.dist.iterdir()}
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"
    }
    listed = {entry["name"]: entry for entry in built.index["files"]}
    assert listed.keys() == files.keys() - {"index.json", "SHA256SUMS"}
    for name, entry in listed.items():
        assert (entry["size"], entry["sha256"]) == (len(files[name]), sums[name])
        assert all(entry[key] for key in ("title", "description", "for", "type", "format", "mediatype"))
        if entry["table"] and entry["type"] == "main":
            assert entry["rows"] == len(built.rows(entry["table"])) - 1
            assert entry["title"].startswith(built.schema(entry["table"])["title"])
        else:
            assert entry["rows"] is None
    page = yaml.safe_load((built.root / "source/pages.yml").read_text(encoding="utf-8"))["pages"][-1]
    expected = {**page, "date": str(page["date"])}
    assert built.index["page"] == {key: expected[key] for key in ("url", "date", "commit", "sha256")}
    for table in tables(built):
        formats = [entry["format"] for entry in built.index["files"] if entry["table"] == table]
        assert formats == [
            f for f in ("csv", "json", "csv", "parquet", "json") if (table, f) != ("lots", "json")
        ] + ["json"] * (table == "lots")


def test_two_builds_on_two_days_and_two_machines_give_the_same_bytes(real, tmp_path):
    faketime = need("faketime", "faketime")
    root = copy_project(tmp_path / "ailleurs").root
    surroundings = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONHASHSEED": "4242",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "USER": "autre",
    }
    command = [sys.executable, ROOT / "scripts/build_dist.py", ".", "--out", "dist"]
    done = subprocess.run(
        [faketime, "2031-05-06 23:59:58", *command],
        cwd=root,
        env=surroundings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for path in real.dist.iterdir():
        assert (root / "dist" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_second_build_writes_nothing_and_clears_what_an_earlier_one_left(checkout, tmp_path):
    dist = tmp_path / "dist"
    checkout.run("build_dist", "--out", dist)
    (dist / "vieille-table.csv").write_text("ancienne", encoding="utf-8")
    (dist / "site").mkdir()
    (dist / "site/index.html").write_text("site", encoding="utf-8")
    (tmp_path / "dehors").write_text("dehors", encoding="utf-8")
    with (dist / "SHA256SUMS").open("a", encoding="utf-8") as sums:
        for name in ("vieille-table.csv", "../dehors", "site"):
            sums.write(f"{'0' * 64}  {name}\n")
    assert checkout.run("build_dist", "--out", dist).stdout.endswith("fichiers écrits : 1\n")
    assert not (dist / "vieille-table.csv").exists()
    assert (dist / "site/index.html").exists()
    assert (tmp_path / "dehors").exists()
    before = {path: path.stat().st_mtime_ns for path in dist.rglob("*")}
    assert checkout.run("build_dist", "--out", dist).stdout.endswith("fichiers écrits : 0\n")
    assert {path: path.stat().st_mtime_ns for path in dist.rglob("*")} == before


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "source/publication.yml",
            "frequence: irregular",
            "frequence: parfois",
            "publication.yml:7: « parfois »",
        ),
        ("source/publication.yml", "download/\n", "download\n", "publication.yml:3: « https"),
        ("source/publication.yml", "adresse: https", "adresse: javascript", "n'est pas une adresse http(s)"),
        ("source/publication.yml", "themes:", "sujets:", "champ « sujets » inconnu"),
        ("source/publication.yml", "  pays: FRA\n", "", "champ « pays » manquant"),
        ("datapackage.json", '"email"', '"courriel"', "« email » manque"),
        ("datapackage.json", '"publisher"', '"creator"', "« email » manque à « publisher »"),
        ("datapackage.json", '"mediatype": "text/csv"', '"media": "text/csv"', "« mediatype » manque"),
        ("datapackage.json", "2026-11-24T", "hier", "n'est pas une date"),
        ("schemas/marches.json", '"title": "Marchés"', '"title": "organismes"', "un autre onglet le porte"),
        ("data/marches.csv", "2023-09-01", "septembre", "marches.csv:2: « septembre » n'est pas une date"),
        ("data/marches.csv", ",23,", ",99999999999999999999,", "marches.csv: Parquet impossible"),
        ("LICENCE-DONNEES.md", None, None, "LICENCE-DONNEES.md: lecture impossible"),
    ],
)
def test_a_package_that_cannot_be_told_of_is_refused_in_its_own_words(checkout, file, old, new, told):
    if old is None:
        (checkout.root / file).unlink()
    else:
        checkout.replace(file, old, new)
    done = checkout.run("build_dist")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout.root / "dist").exists()
