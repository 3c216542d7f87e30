"""The workbooks, .xlsx and .ods, for people: the answers, a notice, then a sheet a table.

pandas writes the same sheets into both; no cell is a formula or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time

import pandas
import pyarrow
from odf import number, style, table
from odf.opendocument import OpenDocument

from .checkout import Checkout
from .coverage import answer
from .problems import Invalid
from .tables import Row, Schema

Facts = Mapping[str, str]
"""What a download says of itself: texts by their label."""
Sheets = dict[str, pandas.DataFrame]
"""The sheets of a workbook by name."""

_DTYPES = {"integer": "Int64", "date": pandas.ArrowDtype(pyarrow.date32())}
_MAX_NAME = 31
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\']+")
_HEAD = "font-weight: bold; background-color: #E8EDF3; vertical-align: top; white-space: normal"
_CELL = {"vertical-align": "top", "white-space": "normal"}
_NARROW, _WIDE = 10, 60  # characters
_LINE = 15  # points
_A4 = 9  # by its number in Excel


def frame(rows: Iterable[Row], schema: Schema) -> pandas.DataFrame:
    """A table as texts, Int64 and date32, a column a field; what is missing is missing."""
    kinds = {field["name"]: _DTYPES.get(field["type"], "string") for field in schema.fields}
    return pandas.DataFrame(rows, columns=schema.columns, dtype=object).astype(kinds)


def sheets(checkout: Checkout, facts: Facts) -> Sheets:
    """Every sheet, under the French titles of the fields. Raises Invalid for a title given twice."""
    made = {"Synthèse": _summary(checkout), "Notice": _notice(checkout, facts)}
    for schema in checkout.package.schemas:
        name = _NOT_IN_NAME.sub(" ", schema.descriptor["title"])[:_MAX_NAME].strip()
        shown = frame(checkout.rows[schema.name], schema)
        shown.columns = [field["title"] for field in schema.fields]
        if name.casefold() in map(str.casefold, made) or not shown.columns.is_unique:
            raise Invalid.because(schema.file, None, "titre de table ou de champ déjà pris ; le changer")
        made[name] = shown
    return made


def _summary(checkout: Checkout) -> pandas.DataFrame:
    """A body a row, a contract a column: the answer in words."""
    names = {body["organisme"]: body["nom"] for body in checkout.rows["organismes"]}
    titles = {contract["marche"]: contract["nom"] for contract in checkout.rows["marches"]}
    found = {
        body["organisme"]: {"Organisme": body["nom"], "Sigle": body["sigle"], "SIREN": body["siren"]}
        for body in checkout.rows["organismes"]
    }
    for row in checkout.rows["couverture"]:
        found[row["organisme"]][titles[row["marche"]]] = answer(row, names, checkout.contact)
    return pandas.DataFrame(found.values()).astype("string")


def _notice(checkout: Checkout, facts: Facts) -> pandas.DataFrame:
    """What the workbook is, then the name and the description of each field beside its title."""
    lines = [("Ce classeur", label, "", told) for label, told in facts.items()]
    for schema in checkout.package.schemas:
        title = schema.descriptor["title"]
        lines.append((title, "", schema.name, schema.descriptor["description"]))
        lines += [(title, each["title"], each["name"], each["description"]) for each in schema.fields]
    return pandas.DataFrame(lines, columns=["Sujet", "Titre", "Nom technique", "Texte"]).astype("string")


def _lengths(sheet: pandas.DataFrame) -> pandas.DataFrame:
    """How many characters each cell shows."""
    return sheet.astype("string").fillna("").map(len)


def _widths(sheet: pandas.DataFrame) -> list[int]:
    """The width of each column in characters, within bounds."""
    longest = _lengths(sheet).max().fillna(0)
    return [max(_NARROW, min(_WIDE, max(len(name), int(longest[name])) + 3)) for name in sheet.columns]


def _write(made: Sheets, writer: pandas.ExcelWriter, **options: object) -> None:
    for name, sheet in made.items():
        shown = sheet.style.map_index(lambda _: _HEAD, axis="columns").set_properties(**_CELL)
        texts = list(sheet.select_dtypes("string"))
        shown = shown.set_properties(subset=texts, **{"number-format": "@"})
        shown.to_excel(writer, sheet_name=name, index=False, **options)


def xlsx(checkout: Checkout, facts: Facts) -> bytes:
    """The Excel workbook. Raises Invalid."""
    output, made, day = io.BytesIO(), sheets(checkout, facts), checkout.version["version"]
    inert = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with pandas.ExcelWriter(
        output, engine="xlsxwriter", date_format="dd/mm/yyyy", engine_kwargs={"options": inert}
    ) as writer:
        _write(made, writer, freeze_panes=(1, 0), autofilter=True)
        told = {"title": checkout.package.title, "author": facts["Éditeur"], "comments": facts["Licence"]}
        writer.book.set_properties({**told, "created": datetime.combine(day, time())})
        for name, sheet in made.items():
            page, widths = writer.sheets[name], _widths(sheet)
            for column, width in enumerate(widths):
                page.set_column(column, column, width)
            # LibreOffice does not count the lines of a cell.
            for row, lengths in enumerate(_lengths(sheet).itertuples(index=False), 1):
                page.set_row(row, _LINE * max(1 + n // w for n, w in zip(lengths, widths, strict=True)))
            page.set_landscape()
            page.set_paper(_A4)
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            page.set_footer(f"&L{name}, page du {day}&R&P / &N")
            page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    return output.getvalue()


def ods(checkout: Checkout, facts: Facts) -> bytes:
    """The OpenDocument workbook: the same values and types. Raises Invalid."""
    output, made = io.BytesIO(), sheets(checkout, facts)
    with pandas.ExcelWriter(output, engine="odf") as writer:
        for width in range(_NARROW, _WIDE + 1):
            wide = style.Style(name=f"largeur{width}", family="table-column")
            wide.addElement(style.TableColumnProperties(columnwidth=f"{width * 0.2:.1f}cm"))
            writer.book.automaticstyles.addElement(wide)
        for name, sheet in made.items():
            page = table.Table(name=name)  # pandas writes into the sheet that it finds
            for width in _widths(sheet):
                page.addElement(table.TableColumn(stylename=f"largeur{width}"))
            writer.book.spreadsheet.addElement(page)
        _write(made, writer)
        _dress(writer.book)
    return output.getvalue()


def _dress(book: OpenDocument) -> None:
    """Long texts on several lines, dates as they are written in French, pages as wide as the sheet."""
    for cells in book.getElementsByType(style.TableCellProperties):
        cells.setAttribute("wrapoption", "wrap")
    day = number.DateStyle(name="jour")
    dash = number.Text(text="/"), number.Text(text="/")
    for part in (number.Day(style="long"), dash[0], number.Month(style="long"), dash[1], number.Year(style="long")):
        day.addElement(part)
    book.styles.addElement(day)
    book.styles.addElement(style.Style(name="date", family="table-cell", datastylename="jour"))
    for cell in book.getElementsByType(table.TableCell):
        if cell.getAttribute("valuetype") == "date":
            cell.setAttribute("stylename", "date")
            cell.firstChild.firstChild.data = cell.getAttribute("datevalue")  # it follows the locale
        elif cell.getAttribute("stringvalue") == "":  # an empty text, where nothing is
            cell.removeAttribute("valuetype")
            cell.removeAttribute("stringvalue")
            cell.childNodes.clear()
    layout = style.PageLayout(name="paysage")
    size = {"printorientation": "landscape", "pagewidth": "29.7cm", "pageheight": "21cm"}
    layout.addElement(style.PageLayoutProperties(**size, scaletox="1", scaletoy="0"))
    book.automaticstyles.addElement(layout)
    book.masterstyles.addElement(style.MasterPage(name="Default", pagelayoutname=layout))
