"""The workbooks, .xlsx and .ods: a notice first, then a sheet a table.

No cell is ever a formula or a link, and a text stays a text: the type of each cell is written,
not guessed. What a cell cannot hold is replaced in sight, and `losses` tells of it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from typing import Any, NamedTuple

import xlsxwriter
from odf import config, dc, meta, number, office, opendocument, style, table, teletype, text
from xlsxwriter.utility import xl_rowcol_to_cell

from . import archive, dictionary, notice
from .edition import Edition
from .problems import Invalid, Problem
from .tables import Schema

NOTICE = "Lisez-moi"
MAX_TEXT = 32_767  # of Excel, in UTF-16 units: specifications and limits, « caractères par cellule »
_CUT = " […] (texte coupé : Excel s'arrête à 32 767 caractères ; il est entier dans le CSV)"
_MAX_NAME = 31
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\']+")
# What XML 1.0 cannot write, or advises against: https://www.w3.org/TR/xml/#charsets
_PLANES = "".join(f"{chr(start)}-{chr(start + 0xFFFD)}" for start in range(0x10000, 0x110000, 0x10000))
_NOT_IN_XML = re.compile(f"[^\t\n -~\x85\xa0-\ud7ff\ue000-\ufffd{_PLANES}]")
_WIDTHS = (8, 60)
_SHADE = "#E8EDF3"
_LINE_HEIGHT = 15  # points
_A4 = 9  # by its number in Excel


class Sheet(NamedTuple):
    """One sheet: `bold` rows by index, `widths` of columns in characters.

    A sheet with `notes`, one for each cell of its first row, is a table: its first row stays in
    sight and filters the others. Elsewhere long texts are wrapped.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    widths: Sequence[int]
    bold: frozenset[int]
    notes: Sequence[str] = ()


def losses(edition: Edition) -> Iterator[Problem]:
    """A warning for each text that a workbook cannot hold as it is."""
    for schema in edition.package.schemas:
        for line, row in enumerate(edition.rows[schema.name], 2):
            for column, value in row.items():
                if isinstance(value, str) and _excel_text(value) != value:
                    message = f"{column} : texte qu'un classeur ne peut contenir tel quel ; il y est changé"
                    yield Problem(f"{schema.name}.csv", line, message, warning=True)


def _legible(value: str) -> str:
    """The text with a line break of any system as a line feed, and U+FFFD for what XML cannot say."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", value))


def _excel_text(value: str) -> str:
    """The same, cut where Excel would call the file damaged."""
    value, limit = _legible(value), 2 * MAX_TEXT
    encoded = value.encode("utf-16-le")
    if len(encoded) <= limit:
        return value
    return encoded[: limit - 2 * len(_CUT)].decode("utf-16-le", "ignore") + _CUT


def _sheets(edition: Edition) -> list[Sheet]:
    """The notice, then the tables. Raises Invalid when two sheets would have one name."""
    sheets = [_notice(edition)]
    for schema in edition.package.schemas:
        sheet = _table(schema, edition)
        if sheet.name.casefold() in [other.name.casefold() for other in sheets]:
            raise Invalid.because(schema.file, None, f"titre « {sheet.name} » : un autre onglet le porte")
        sheets.append(sheet)
    return sheets


def _table(schema: Schema, edition: Edition) -> Sheet:
    rows = [schema.columns, *(schema.select(row) for row in edition.rows[schema.name])]
    low, high = _WIDTHS
    widths = [max(low, min(high, max(map(_width, column)) + 3)) for column in zip(*rows, strict=True)]
    notes = [f"{field['Titre']} : {field['Description']}" for field in dictionary.fields(schema)]
    return Sheet(_sheet_name(schema), rows, widths, frozenset({0}), notes)


def _sheet_name(schema: Schema) -> str:
    return _NOT_IN_NAME.sub(" ", schema.descriptor["title"])[:_MAX_NAME].strip()


def _width(value: Any) -> int:
    return 0 if value is None else len(str(value))


def _notice(edition: Edition) -> Sheet:
    """What the workbook is, then the fields of each sheet."""
    rows: list[Sequence[str]] = [[edition.package.descriptor["title"]], *notice.lines(edition)]
    bold = {0}
    for schema in edition.package.schemas:
        fields = dictionary.fields(schema)
        bold |= {len(rows) + 1, len(rows) + 2}
        rows += [[], [f"Onglet {_sheet_name(schema)}", schema.descriptor["description"]]]
        rows += [_cells(fields[0].keys()), *(_cells(field.values()) for field in fields)]
    return Sheet(NOTICE, rows, (24, 90, 16, 22, 12, 40), frozenset(bold))


def _cells(said: Iterable[str]) -> list[str]:
    """The columns of the dictionary in the order of the notice: the long description second."""
    name, title, kind, required, description, example = said
    return [name, description, title, kind, required, example]


def _kind(sheet: Sheet, row: int) -> str:
    """How the texts of a row look."""
    return "head" if row in sheet.bold else "text" if sheet.notes else "wrap"


def _last(sheet: Sheet) -> str:
    """The last cell of a table, « J51 »."""
    return xl_rowcol_to_cell(len(sheet.rows) - 1, len(sheet.notes) - 1)


def xlsx(edition: Edition) -> bytes:
    """The Excel workbook. Raises Invalid."""
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"in_memory": True})
    created = datetime.combine(edition.day, time())
    descriptor = edition.package.descriptor
    book.set_properties(
        {
            "title": descriptor["title"],
            "author": edition.package.publisher["title"],
            "comments": descriptor["licenses"][0]["title"],
            "created": created,
        }
    )
    kinds = {
        "head": book.add_format({"bold": True, "bg_color": _SHADE, "num_format": "@", "valign": "top"}),
        "wrap": book.add_format({"text_wrap": True, "num_format": "@", "valign": "top"}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        # LibreOffice shows some columns of booleans as 0 and 1 without it, and translates its words.
        "boolean": book.add_format({"num_format": '"TRUE";"TRUE";"FALSE"'}),
    }
    for sheet in _sheets(edition):
        worksheet = book.add_worksheet(sheet.name)
        worksheet.set_landscape()
        worksheet.set_paper(_A4)
        worksheet.fit_to_pages(1, 0)
        _write_xlsx(worksheet, sheet, kinds)
    book.close()
    return archive.pack(archive.unpack(output.getvalue()), edition.day)


def _write_xlsx(worksheet: Any, sheet: Sheet, kinds: dict[str, Any]) -> None:
    for column, width in enumerate(sheet.widths):
        worksheet.set_column(column, column, width)
    for row, lines in _heights(sheet):
        worksheet.set_row(row, _LINE_HEIGHT * lines)
    for row, values in enumerate(sheet.rows):
        for column, value in enumerate(values):
            kind = kinds[_kind(sheet, row)]
            match value:
                case bool():
                    worksheet.write_boolean(row, column, value, kinds["boolean"])
                case int():
                    worksheet.write_number(row, column, value)
                case date():
                    worksheet.write_datetime(row, column, value, kinds["date"])
                case str():
                    worksheet.write_string(row, column, _excel_text(value), kind)
    if sheet.notes:
        _as_table(worksheet, sheet)


def _as_table(worksheet: Any, sheet: Sheet) -> None:
    """Keep the first row in sight, let it filter the others, and say what its cells mean."""
    worksheet.freeze_panes(1, 0)
    worksheet.repeat_rows(0)
    worksheet.autofilter(f"A1:{_last(sheet)}")
    worksheet.ignore_errors({"number_stored_as_text": f"A1:{_last(sheet)}"})
    for column, note in enumerate(sheet.notes):
        worksheet.write_comment(0, column, note, {"x_scale": 2.5, "y_scale": 1.5})


def _heights(sheet: Sheet) -> Iterator[tuple[int, int]]:
    """The rows that are wrapped, and how many lines each takes: LibreOffice does not count them."""
    for row, values in enumerate(sheet.rows):
        if _kind(sheet, row) == "wrap":
            lines = [-(-_width(value) // width) for value, width in zip(values, sheet.widths, strict=False)]
            yield row, max((1, *lines))


def ods(edition: Edition) -> bytes:
    """The OpenDocument workbook. Raises Invalid."""
    document = opendocument.OpenDocumentSpreadsheet()
    descriptor = edition.package.descriptor
    for element, value in (
        (dc.Title, descriptor["title"]),
        (dc.Creator, edition.package.publisher["title"]),
        (dc.Description, descriptor["licenses"][0]["title"]),
        (meta.CreationDate, f"{edition.day.isoformat()}T00:00:00"),
    ):
        document.meta.addElement(element(text=value))
    french = style.TextProperties(language="fr", country="FR")
    document.styles.addElement(_nest(style.DefaultStyle(family="table-cell"), french))
    sheets = _sheets(edition)
    styles = _ods_styles(sheets)
    printed = style.PageLayoutProperties(
        printorientation="landscape", pagewidth="29.7cm", pageheight="21cm", scaletox="1", scaletoy="0"
    )
    layout = _nest(style.PageLayout(name="imprime"), printed)
    _nest(document.automaticstyles, layout, *styles.values())
    _nest(document.masterstyles, style.MasterPage(name="Default", pagelayoutname=layout))
    for sheet in sheets:
        document.spreadsheet.addElement(_ods_table(sheet, styles))
    tables = [sheet for sheet in sheets if sheet.notes]
    document.spreadsheet.addElement(_nest(table.DatabaseRanges(), *map(_ods_filter, tables)))
    document.settings.addElement(_ods_frozen(tables))
    output = io.BytesIO()
    document.write(output)
    return archive.pack(archive.unpack(output.getvalue()), edition.day)


def _nest(parent: Any, *children: Any) -> Any:
    """The parent, with these children."""
    for child in children:
        parent.addElement(child)
    return parent


def _ods_styles(sheets: Iterable[Sheet]) -> dict[str | int, Any]:
    """The styles of cells by kind, those of columns by width."""
    dash = [number.Text(text="-"), number.Text(text="-")]
    day = number.Year(style="long"), dash[0], number.Month(style="long"), dash[1], number.Day(style="long")
    styles = {
        "as text": _nest(number.TextStyle(name="texte"), number.TextContent()),
        "as date": _nest(number.DateStyle(name="jour"), *day),
    }
    properties = {
        "head": (
            style.TableCellProperties(backgroundcolor=_SHADE, verticalalign="top"),
            style.TextProperties(fontweight="bold"),
        ),
        "wrap": (style.TableCellProperties(wrapoption="wrap", verticalalign="top"),),
        "text": (),
        "date": (),
    }
    for name, nested in properties.items():
        shown = "jour" if name == "date" else "texte"
        styles[name] = _nest(style.Style(name=name, family="table-cell", datastylename=shown), *nested)
    for width in sorted({width for sheet in sheets for width in sheet.widths}):
        wide = style.TableColumnProperties(columnwidth=f"{width * 0.2:.1f}cm")
        styles[width] = _nest(style.Style(name=f"colonne{width}", family="table-column"), wide)
    return styles


def _ods_table(sheet: Sheet, styles: dict[str | int, Any]) -> Any:
    made = table.Table(name=sheet.name)
    _nest(made, *(table.TableColumn(stylename=styles[width]) for width in sheet.widths))
    for index, values in enumerate(sheet.rows):
        kind = styles[_kind(sheet, index)]
        notes = sheet.notes if index == 0 else ()
        cells = zip_longest(values, notes)
        row = [_ods_cell(value, kind, styles["date"], note) for value, note in cells]
        line = _nest(table.TableRow(), *row)
        _nest(made, _nest(table.TableHeaderRows(), line) if notes else line)
    return made


def _ods_cell(value: Any, kind: Any, day: Any, note: str | None) -> Any:
    match value:
        case bool():
            return table.TableCell(valuetype="boolean", booleanvalue=str(value).lower())
        case int():
            return table.TableCell(valuetype="float", value=str(value))
        case date():
            return table.TableCell(valuetype="date", datevalue=value.isoformat(), stylename=day)
        case str():
            cell = table.TableCell(valuetype="string", stylename=kind)
            if note:
                _nest(cell, _nest(office.Annotation(), text.P(text=note)))
            return _nest(cell, *map(_ods_line, _legible(value).split("\n")))
    return table.TableCell()


def _ods_line(line: str) -> Any:
    """A paragraph. A tab stays one: LibreOffice writes <text:tab/> in a cell, but reads nothing of it."""
    paragraph = text.P()
    for index, part in enumerate(line.split("\t")):
        paragraph.addText("\t" if index else "")
        teletype.addTextToElement(paragraph, part)
    return paragraph


def _ods_filter(sheet: Sheet) -> Any:
    """The range that the first row filters."""
    return table.DatabaseRange(
        name=re.sub(r"\W", "_", f"filtre_{sheet.name}"),
        targetrangeaddress=f"'{sheet.name}'.A1:'{sheet.name}'.{_last(sheet)}",
        displayfilterbuttons="true",
    )


def _ods_frozen(sheets: Iterable[Sheet]) -> Any:
    """The settings by which LibreOffice keeps the first row of each table in sight."""

    def item(name: str, kind: str, value: str) -> Any:
        return config.ConfigItem(name=name, type=kind, text=value)

    entries = [
        _nest(
            config.ConfigItemMapEntry(name=sheet.name),
            item("VerticalSplitMode", "short", "2"),
            item("VerticalSplitPosition", "int", "1"),
            item("ActiveSplitRange", "short", "2"),
            item("PositionBottom", "int", "1"),
        )
        for sheet in sheets
    ]
    tables = _nest(config.ConfigItemMapNamed(name="Tables"), *entries)
    view = _nest(config.ConfigItemMapEntry(), item("ViewId", "string", "view1"), tables)
    views = _nest(config.ConfigItemMapIndexed(name="Views"), view)
    return _nest(config.ConfigItemSet(name="ooo:view-settings"), views)
