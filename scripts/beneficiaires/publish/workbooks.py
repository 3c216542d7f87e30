"""The workbooks for people, .xlsx and .ods: the answers, a notice, then a sheet for each table.

Both are made of the same sheets. No cell is a formula or a link.
"""

import datetime as dt
import io
import math
import textwrap
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import jinja2
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from .. import wording
from ..datapackage.table_schema import TableSchema
from ..datapackage.tables import Row, Tables
from ..model.coverage import COVERED_STATUSES, GROUP, LISTED, NOT_LISTED, SUCCESSOR, TO_VERIFY
from ..model.matching import LIMITED
from .metadata import DatasetMetadata, describe_dataset
from .templates import render_template

TEXT, INTEGER, DATE, ANSWER = "text", "integer", "date", "answer"
"""The kinds of columns."""

ANSWER_COLOURS = {
    LISTED: "#B8FEC9",
    GROUP: "#D9F7BE",
    SUCCESSOR: "#D9F7BE",
    wording.LIMITED_ANSWER: "#EAF0A0",
    TO_VERIFY: "#FEECC2",
    NOT_LISTED: "#E5E5E5",
}
"""The colour of the cell of an answer, by its kind; black text stands out on each."""

HEADER_COLOUR = "#000091"
NARROWEST, WIDEST, WIDEST_OF_NOTICE = 10, 46, 90
"""The bounds of the width of a column, in characters."""

FILTER_BUTTON_WIDTH = 3
"""What the button of the filter takes of a heading, in characters."""

FONT, FONT_SIZE = "Arial", 10
LINE_HEIGHT = 14
"""The height of a line of text, in points."""

LETTERS_TO_A_DIGIT = 1.1
"""How many letters of French text take the width of a digit, rather too few than too many."""

MAX_SHEET_NAME = 31
FORBIDDEN_IN_SHEET_NAMES = "[]:*?/\\'"
"""What Excel does not take for the name of a sheet."""

ODS_TEMPLATES = "downloads/ods"
ODS_MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Column:
    """A column of a sheet, of one kind. `width` is in characters."""

    title: str
    kind: str
    width: int


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet: str, int, dt.date or None for each column. `height` is in points."""

    values: tuple[str | int | dt.date | None, ...]
    height: int


@dataclass(frozen=True)
class Sheet:
    """A sheet: a caption above the headings, or None, the columns and the rows."""

    name: str
    caption: str | None
    columns: tuple[Column, ...]
    rows: tuple[SheetRow, ...]

    @property
    def header_rows(self) -> int:
        """How many rows stay in sight and are printed on every page."""
        return 1 if self.caption is None else 2

    @property
    def last_column_letter(self) -> str:
        """The letters of its last column, as in addresses of cells."""
        return xl_col_to_name(len(self.columns) - 1)

    @property
    def header_height(self) -> int:
        """The height of the headings, in points."""
        titles = [column.title for column in self.columns]
        widths = [column.width - FILTER_BUTTON_WIDTH for column in self.columns]
        return measure_height(titles, widths)


def build_sheets(
    tables: Tables, schemas: Sequence[TableSchema], metadata: DatasetMetadata
) -> list[Sheet]:
    """Return the sheets of a workbook, those of the tables in the order of the schemas."""
    names = make_sheet_names(["Synthèse", "Notice", *(schema.title for schema in schemas)])
    sheets = [
        build_summary_sheet(names[0], tables, metadata),
        build_notice_sheet(names[1], schemas, metadata),
    ]
    for name, schema in zip(names[2:], schemas, strict=True):
        sheets.append(build_table_sheet(name, tables[schema.name], schema))
    return sheets


def make_sheet_names(titles: Iterable[str]) -> list[str]:
    """Return a name of a sheet for each title, which no other sheet has, whatever the case."""
    names: list[str] = []
    taken: set[str] = set()
    for title in titles:
        allowed = [" " if char in FORBIDDEN_IN_SHEET_NAMES else char for char in title]
        words = "".join(allowed).split()
        base = " ".join(words)
        name = base[:MAX_SHEET_NAME].strip()
        number = 1
        while not name or name.casefold() in taken:
            number += 1
            ending = f" {number}"
            name = base[: MAX_SHEET_NAME - len(ending)].strip() + ending
        taken.add(name.casefold())
        names.append(name)
    return names


def build_summary_sheet(name: str, tables: Tables, metadata: DatasetMetadata) -> Sheet:
    """Return the sheet of the answers: a row for each organisation, two columns a contract."""
    names = {row["organisme"]: row["nom"] for row in tables["organismes"]}
    answers = {(row["marche"], row["organisme"]): row for row in tables["couverture"]}
    current_slugs = {row["marche"] for row in tables["couverture"]}
    contracts = [row for row in tables["marches"] if row["marche"] in current_slugs]
    headings = [("Organisme", TEXT), ("Sigle", TEXT), ("SIREN", TEXT)]
    for title in make_contract_titles(contracts):
        headings += [(title, ANSWER), (wording.details_heading(title), TEXT)]
    rows = []
    for organisation in tables["organismes"]:
        values = [organisation["nom"], organisation["sigle"], organisation["siren"]]
        for contract in contracts:
            answer = answers[contract["marche"], organisation["organisme"]]
            word = wording.CELL_WORDS[find_answer_kind(answer)]
            values += [word, describe_answer(answer, names)]
        rows.append(values)
    caption = wording.workbook_caption(metadata.snapshot_date, metadata.site)
    return make_sheet(name, caption, headings, rows)


def make_contract_titles(contracts: Sequence[Row]) -> list[str]:
    """Return the heading of each contract: its name, and its slug where another has that name."""
    names = [contract["nom"] for contract in contracts]
    titles = []
    for contract in contracts:
        title = contract["nom"]
        if names.count(title) > 1:
            title = f"{title} ({contract['marche']})"
        titles.append(title)
    return titles


def find_answer_kind(answer: Row) -> str:
    """Return the kind of a row of `couverture`: its status, or that of a yes within a limit."""
    if answer["statut"] in COVERED_STATUSES and answer["portee"] == LIMITED:
        return wording.LIMITED_ANSWER
    return answer["statut"]


def describe_answer(answer: Row, names: Mapping[str, str]) -> str | None:
    """Return what completes the answer of a row of `couverture`, in French; None for nothing.

    `names` are those of the organisations by slug.
    """
    through = None
    if answer["par"] != answer["organisme"]:
        through = names.get(answer["par"])
    is_doubtful = answer["statut"] == TO_VERIFY
    is_limited = answer["portee"] == LIMITED
    details = wording.answer_details(through, is_doubtful, answer["perimetre"], is_limited)
    if answer["depuis"] is not None:
        details.append(wording.covered_since_date(answer["depuis"]))
    return " ; ".join(details) or None


def build_notice_sheet(
    name: str, schemas: Sequence[TableSchema], metadata: DatasetMetadata
) -> Sheet:
    """Return the sheet that says what the workbook is, and what each field means."""
    headings = [("Sujet", TEXT), ("Titre", TEXT), ("Nom technique", TEXT), ("Texte", TEXT)]
    rows: list[list[str | None]] = []
    for label, text in describe_dataset(metadata).items():
        rows.append([wording.this_workbook(), label, None, text])
    for kind, meaning in wording.CELL_MEANINGS.items():
        status = None if kind == wording.LIMITED_ANSWER else kind
        rows.append([wording.the_answers(), wording.CELL_WORDS[kind], status, meaning])
    for schema in schemas:
        rows.append([schema.title, None, schema.name, schema.description])
        for field in schema.fields:
            rows.append([schema.title, field["title"], field["name"], field["description"]])
    return make_sheet(name, None, headings, rows, WIDEST_OF_NOTICE)


def build_table_sheet(name: str, rows: Sequence[Row], schema: TableSchema) -> Sheet:
    """Return the sheet of a table, under the French titles of its fields."""
    kinds = {"integer": INTEGER, "date": DATE}
    headings = [(field["title"], kinds.get(field["type"], TEXT)) for field in schema.fields]
    ordered_rows = [[row[column] for column in schema.columns] for row in rows]
    return make_sheet(name, None, headings, ordered_rows)


def make_sheet(
    name: str,
    caption: str | None,
    headings: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str | int | dt.date | None]],
    widest: int = WIDEST,
) -> Sheet:
    """Return a sheet whose columns and rows hold their texts. A heading is a title and a kind.

    A column is as wide as its longest value or as the longest word of its heading, within bounds.
    """
    columns = []
    for position, (title, kind) in enumerate(headings):
        longest = max(len(word) for word in title.split()) + FILTER_BUTTON_WIDTH
        for row in rows:
            longest = max(longest, len(format_value(row[position])) + 1)
        width = min(max(longest, NARROWEST), widest)
        columns.append(Column(title, kind, width))
    widths = [column.width for column in columns]
    sheet_rows = [SheetRow(tuple(row), measure_height(row, widths)) for row in rows]
    return Sheet(name, caption, tuple(columns), tuple(sheet_rows))


def measure_height(values: Sequence[object], widths: Sequence[int]) -> int:
    """Return the height of a row in points, all its texts in sight.

    Not every program counts the lines of a cell itself.
    """
    line_count = 1
    for value, width in zip(values, widths, strict=True):
        line_count = max(line_count, count_lines(format_value(value), width))
    return LINE_HEIGHT * line_count


def count_lines(text: str, width: int) -> int:
    """Return how many lines of a column hold a text; a word that is longer begins a line.

    The width of a column is in digits, and most letters are narrower.
    """
    letters = int(width * LETTERS_TO_A_DIGIT)
    line_count = 0
    for line in textwrap.wrap(text, letters, break_long_words=False, break_on_hyphens=False):
        line_count += math.ceil(len(line) / letters)
    return line_count


def format_value(value: object) -> str:
    """Return the text of a cell, as it is shown."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def build_xlsx(sheets: Sequence[Sheet], metadata: DatasetMetadata) -> bytes:
    """Return the Excel workbook, the same bytes at any time of day."""
    output = io.BytesIO()
    font = {"font_name": FONT, "font_size": FONT_SIZE}
    options = {"in_memory": True, "default_format_properties": font}
    workbook = xlsxwriter.Workbook(output, options)
    workbook.set_properties(
        {
            "title": metadata.title,
            "author": metadata.publisher_name,
            "created": dt.datetime.combine(metadata.modified, dt.time()),
        }
    )
    formats = _make_formats(workbook)
    for sheet in sheets:
        _write_worksheet(workbook.add_worksheet(sheet.name), sheet, formats)
    workbook.close()
    with zipfile.ZipFile(output) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return make_zip(parts)


def _make_formats(workbook: xlsxwriter.Workbook) -> dict[str, Format]:
    """Return the formats of the cells: by kind, by word for the answers, and two for the top."""
    cell = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#DDDDDD"}
    header = {"bold": True, "font_color": "#FFFFFF", "bg_color": HEADER_COLOUR}
    formats = {
        "caption": workbook.add_format({"italic": True, "valign": "top"}),
        "header": workbook.add_format({**cell, **header}),
        TEXT: workbook.add_format({**cell, "num_format": "@"}),
        INTEGER: workbook.add_format({**cell, "num_format": "0"}),
        DATE: workbook.add_format({**cell, "num_format": "dd/mm/yyyy", "align": "left"}),
    }
    for kind, colour in ANSWER_COLOURS.items():
        answer = {"bold": True, "bg_color": colour, "num_format": "@"}
        formats[wording.CELL_WORDS[kind]] = workbook.add_format({**cell, **answer})
    return formats


def _write_worksheet(worksheet: Worksheet, sheet: Sheet, formats: Mapping[str, Format]) -> None:
    """Fill a worksheet and lay it out: widths, filters, header in sight and on each page."""
    header_index = sheet.header_rows - 1
    last_row = header_index + len(sheet.rows)
    last_column = len(sheet.columns) - 1
    if sheet.caption is not None:
        worksheet.write_string(0, 0, sheet.caption, formats["caption"])
    for position, column in enumerate(sheet.columns):
        worksheet.set_column(position, position, column.width)
        worksheet.write_string(header_index, position, column.title, formats["header"])
    worksheet.set_row(header_index, sheet.header_height)
    for index, row in enumerate(sheet.rows, header_index + 1):
        worksheet.set_row(index, row.height)
        for position, column in enumerate(sheet.columns):
            _write_cell(worksheet, index, position, row.values[position], column.kind, formats)
    worksheet.autofilter(header_index, 0, last_row, last_column)
    worksheet.freeze_panes(sheet.header_rows, 1)
    worksheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0, header_index)
    worksheet.set_footer("&L&A&R&P / &N")


def _write_cell(
    worksheet: Worksheet,
    index: int,
    position: int,
    value: str | int | dt.date | None,
    kind: str,
    formats: Mapping[str, Format],
) -> None:
    if value is None:
        worksheet.write_blank(index, position, None, formats[TEXT])
    elif kind == ANSWER:
        worksheet.write_string(index, position, value, formats[value])
    elif kind == INTEGER:
        worksheet.write_number(index, position, value, formats[INTEGER])
    elif kind == DATE:
        worksheet.write_datetime(index, position, value, formats[DATE])
    else:
        worksheet.write_string(index, position, value, formats[TEXT])


def build_ods(
    sheets: Sequence[Sheet], metadata: DatasetMetadata, environment: jinja2.Environment
) -> bytes:
    """Return the OpenDocument workbook: the same sheets, values, types and looks.

    Its parts are templates, after OpenDocument 1.3
    (https://docs.oasis-open.org/office/OpenDocument/v1.3/): no library knows filters, rows kept in
    sight, page layouts and formats of dates, which would be the same XML in strings of Python.
    Raises ProblemsFound when a template is broken.
    """
    colours = {wording.CELL_WORDS[kind]: colour for kind, colour in ANSWER_COLOURS.items()}
    widths = {column.width for sheet in sheets for column in sheet.columns}
    heights = {row.height for sheet in sheets for row in sheet.rows}
    heights.update(sheet.header_height for sheet in sheets)
    parts = {"mimetype": ODS_MEDIA_TYPE.encode()}
    for name in ("content.xml", "styles.xml", "settings.xml", "meta.xml", "META-INF/manifest.xml"):
        text = render_template(
            environment,
            f"{ODS_TEMPLATES}/{name}",
            sheets=sheets,
            metadata=metadata,
            colours=colours,
            header_colour=HEADER_COLOUR,
            font=FONT,
            font_size=FONT_SIZE,
            widths=sorted(widths),
            heights=sorted(heights),
            media_type=ODS_MEDIA_TYPE,
        )
        parts[name] = text.encode()
    return make_zip(parts)


def make_zip(parts: Mapping[str, bytes]) -> bytes:
    """Return an archive of some files by path, the same bytes at any time of day.

    The files may be read by all, and are stored as they are: deflate differs from one zlib to
    another.
    """
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # Unix, whose modes follow
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return output.getvalue()
