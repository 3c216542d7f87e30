"""The two workbooks hold the same values, and look the same when LibreOffice prints them."""

import datetime as dt
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import openpyxl
import pytest

from helpers import copy_project, find_program, make_page, run_command

NAME = "marches-logiciels-libres-beneficiaires"
ANSWER_COLOURS = {"Oui": "B8FEC9", "À vérifier": "FEECC2", "Non cité": "E5E5E5"}
SHEETS = [
    "Synthèse",
    "Notice",
    "Couverture",
    "Bénéficiaires",
    "Organismes",
    "Historique",
    "Identifiants",
    "Noms",
    "Marchés",
    "Versions",
]
LANDSCAPE_A4 = "841.89 x 595"


@pytest.fixture(scope="module")
def distribution(tmp_path_factory) -> Path:
    """Return the distribution of the project."""
    folder = tmp_path_factory.mktemp("distribution")
    assert run_command("build_dist", "--out", folder).status == 0
    return folder


@pytest.fixture(scope="module")
def workbook(distribution) -> openpyxl.Workbook:
    """Return the Excel workbook."""
    return openpyxl.load_workbook(distribution / f"{NAME}.xlsx")


def convert(paths: list[Path], extension: str, folder: Path) -> list[Path]:
    """Convert workbooks with LibreOffice into a folder. Return the paths of the new files."""
    office = find_program("soffice", "libreoffice-calc")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office, profile, "--headless", "--convert-to", extension, "--outdir", folder]
    process = subprocess.run([*command, *paths], capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    return [folder / f"{path.stem}.{extension}" for path in paths]


def read_cells(path: Path) -> dict[str, list[list[object]]]:
    """Return the values of all cells of a workbook, by sheet."""
    book = openpyxl.load_workbook(path)
    cells = {}
    for sheet in book:
        cells[sheet.title] = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return cells


def read_pages(path: Path) -> list[str]:
    """Return the text of each page of a PDF file."""
    program = find_program("pdftotext", "poppler-utils")
    process = subprocess.run([program, "-layout", path, "-"], capture_output=True, text=True)
    return process.stdout.split("\f")[:-1]


def read_footers(pages: list[str]) -> list[str]:
    """Return the last line of each page, laid out as it is printed."""
    return [page.splitlines()[-1] for page in pages]


def test_the_sheets_are_the_answers_a_notice_and_the_tables(workbook):
    assert workbook.sheetnames == SHEETS


def test_the_summary_has_the_day_of_the_page_and_a_word_and_a_colour_for_each_answer(workbook):
    sheet = workbook["Synthèse"]
    assert sheet["A1"].value.startswith("D'après la page du 7 septembre 2023.")
    headings = [cell.value for cell in sheet[2]]
    assert headings == [
        "Organisme",
        "Sigle",
        "SIREN",
        "Support logiciels libres",
        "Support logiciels libres : précisions",
        "Expertise logiciels libres",
        "Expertise logiciels libres : précisions",
    ]
    assert sheet.max_row == 2 + 27
    words = set()
    for row in sheet.iter_rows(min_row=3):
        for cell in (row[3], row[5]):
            assert cell.fill.fgColor.rgb == f"FF{ANSWER_COLOURS[cell.value]}"
            words.add(cell.value)
    assert words == ANSWER_COLOURS.keys()
    details = {row[1].value: (row[3].value, row[4].value) for row in sheet.iter_rows(min_row=3)}
    assert details["ANSSI"] == (
        "À vérifier",
        "peut-être par : Services du Premier ministre ; périmètre : services et entités relevant "
        "du périmètre budgétaire des services du Premier ministre",
    )
    assert details["ANSES"] == ("Oui", "depuis au moins le 7 septembre 2023")


def test_a_limit_is_never_a_plain_yes(tmp_path):
    project = copy_project(tmp_path / "project")
    project.set_page(make_page(["Sorbonne Université : uniquement pour Moodle"]))
    project.run_ok("build_dist")

    sheet = openpyxl.load_workbook(project.root / f"dist/{NAME}.xlsx")["Synthèse"]

    (row,) = [row for row in sheet.iter_rows(min_row=3) if row[0].value == "Sorbonne Université"]
    assert (row[3].value, row[3].fill.fgColor.rgb) == ("Oui, avec une limite", "FFEAF0A0")
    assert row[4].value.startswith("limite : uniquement pour Moodle ; depuis")


def test_the_sheets_of_tables_hold_their_rows_with_their_types(workbook, distribution):
    rows = json.loads((distribution / "couverture.json").read_bytes())
    sheet = workbook["Couverture"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert len(cells) == len(rows) == 54
    for row, values in zip(rows, cells, strict=True):
        row["depuis"] = row["depuis"] and dt.datetime.fromisoformat(row["depuis"])
        assert values == list(row.values())
    assert sheet["J2"].number_format == "dd/mm/yyyy"
    siren = workbook["Organismes"]["E2"]
    assert (siren.value, siren.data_type, siren.number_format) == ("130012024", "s", "@")


def test_every_sheet_is_laid_out_to_be_read_and_printed(workbook):
    for sheet in workbook:
        header_row = 2 if sheet.title == "Synthèse" else 1
        last = f"{sheet.cell(header_row, sheet.max_column).column_letter}{sheet.max_row}"
        assert sheet.auto_filter.ref == f"A{header_row}:{last}"
        assert sheet.freeze_panes == f"B{header_row + 1}"
        assert sheet.print_title_rows == f"$1:${header_row}"
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        header = sheet.cell(header_row, 1)
        assert (header.font.bold, header.fill.fgColor.rgb) == (True, "FF000091")
        widths = [dimension.width for dimension in sheet.column_dimensions.values()]
        assert len(widths) > 1
        assert min(widths) >= 10
        assert max(widths) <= (91 if sheet.title == "Notice" else 47)
    summary = workbook["Synthèse"]
    assert summary.column_dimensions["D"].width < 14  # its heading takes three lines
    assert summary.row_dimensions[2].height == 3 * 14
    assert summary.column_dimensions["E"].width > 40


def test_no_cell_is_a_formula_or_a_link(distribution, workbook):
    for sheet in workbook:
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type == "f" or cell.hyperlink]
    with zipfile.ZipFile(distribution / f"{NAME}.ods") as archive:
        content = archive.read("content.xml").decode()
    assert "table:formula" not in content
    assert "xlink" not in content


def test_names_that_meet_lose_no_sheet_and_no_column(tmp_path):
    project = copy_project(tmp_path / "project")
    name = "Logiciels libres & Cie"
    project.edit_text("source/marches.yml", lambda text: re.sub(r"nom: .*", f"nom: {name}", text))
    for table in ("noms", "marches"):
        title = f"Les données que tout le monde attendait : {table}"
        project.edit_json(
            f"schemas/{table}.json", lambda schema, title=title: schema.update(title=title)
        )
    project.run_ok("build_dist")

    book = openpyxl.load_workbook(project.root / f"dist/{NAME}.xlsx")

    assert len(book.sheetnames) == 10
    assert book.sheetnames[7:9] == [
        "Les données que tout le monde a",
        "Les données que tout le monde 2",
    ]
    headings = [cell.value for cell in book["Synthèse"][2]]
    assert headings[3::2] == [f"{name} (support)", f"{name} (expertise)"]
    with zipfile.ZipFile(project.root / f"dist/{NAME}.ods") as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
    assert f"{name} (support)" in "".join(content.itertext())


def test_the_opendocument_workbook_is_whole_and_begins_with_its_type(distribution):
    with zipfile.ZipFile(distribution / f"{NAME}.ods") as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
        for name in archive.namelist()[1:]:
            ElementTree.fromstring(archive.read(name))


def test_the_opendocument_workbook_keeps_the_headings_in_sight(distribution):
    """LibreOffice without a window reads these settings and forgets them."""
    with zipfile.ZipFile(distribution / f"{NAME}.ods") as archive:
        settings = ElementTree.fromstring(archive.read("settings.xml"))
    namespace = "{urn:oasis:names:tc:opendocument:xmlns:config:1.0}"
    frozen_rows = {}
    for entry in settings.iter(f"{namespace}config-item-map-entry"):
        items = {item.get(f"{namespace}name"): item.text for item in entry}
        if "VerticalSplitMode" in items:
            assert (items["HorizontalSplitMode"], items["VerticalSplitMode"]) == ("2", "2")
            frozen_rows[entry.get(f"{namespace}name")] = items["VerticalSplitPosition"]
    assert frozen_rows == {sheet: "2" if sheet == "Synthèse" else "1" for sheet in SHEETS}


@pytest.mark.programs
@pytest.mark.xdist_group("office")
def test_libreoffice_reads_the_same_values_types_and_layout_in_both(distribution, tmp_path):
    (converted,) = convert([distribution / f"{NAME}.ods"], "xlsx", tmp_path)
    assert read_cells(converted) == read_cells(distribution / f"{NAME}.xlsx")
    original = openpyxl.load_workbook(distribution / f"{NAME}.xlsx")
    book = openpyxl.load_workbook(converted)
    for sheet in book:
        twin = original[sheet.title]
        assert sheet.auto_filter.ref == twin.auto_filter.ref
        assert sheet.print_title_rows == twin.print_title_rows
        header = sheet.cell(int(twin.freeze_panes[1:]) - 1, 1)
        assert (header.font.bold, header.fill.fgColor.rgb) == (True, "FF000091")
    answers = {cell.value: cell.fill.fgColor.rgb for cell in book["Synthèse"]["D"][2:]}
    assert answers == {word: f"FF{colour}" for word, colour in ANSWER_COLOURS.items()}


@pytest.mark.programs
@pytest.mark.xdist_group("office")
def test_both_print_on_the_same_landscape_pages_with_the_headings_on_each(distribution, tmp_path):
    excel_path = tmp_path / "excel.xlsx"
    opendocument_path = tmp_path / "opendocument.ods"
    shutil.copy(distribution / f"{NAME}.xlsx", excel_path)
    shutil.copy(distribution / f"{NAME}.ods", opendocument_path)

    printed = convert([excel_path, opendocument_path], "pdf", tmp_path)

    for path in printed:
        program = find_program("pdfinfo", "poppler-utils")
        process = subprocess.run([program, path], capture_output=True, text=True)
        assert LANDSCAPE_A4 in process.stdout
    excel_pages, opendocument_pages = (read_pages(path) for path in printed)
    for page in (*excel_pages, *opendocument_pages):
        lines = page.splitlines()
        assert lines[0].split()[0] in ("D'après", "Sujet", "Marché", "Organisme", "Date")
    assert len(excel_pages) < 40
    footers = zip(read_footers(excel_pages), read_footers(opendocument_pages), strict=True)
    for excel_footer, opendocument_footer in footers:
        assert excel_footer.split() == opendocument_footer.split()
        assert abs(len(excel_footer) - len(opendocument_footer)) <= 3
