"""The workbooks, .xlsx and .ods, for people: the answers, a notice, then a sheet a table.

Both hold the same sheets; no cell is a formula or a link.
"""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time

import pandas
import pyarrow
from odf import number, style, table
from odf.element import Element
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from .checkout import Checkout
from .coverage import answer
from .package import Schema
from .tables import Row

_DTYPES = {"integer": "Int64", "date": pandas.ArrowDtype(pyarrow.date32())}
_NARROWEST, _WIDEST = 10, 60  # characters
_LINE = 15  # points


def frame(rows: Iterable[Row], schema: Schema) -> pandas.DataFrame:
    """A table as texts, Int64 and date32, a column a field; what is missing is missing."""
    kinds = {field["name"]: _DTYPES.get(field["type"], "string") for field in schema.fields}
    return pandas.DataFrame(rows, columns=schema.columns, dtype=object).astype(kinds)


def sheets(checkout: Checkout, facts: Mapping[str, str]) -> dict[str, pandas.DataFrame]:
    """Every sheet by name, under the French titles of the fields."""
    made = {"Synthèse": _summary(checkout), "Notice": _notice(checkout, facts)}
    for schema in checkout.package.schemas:
        name = re.sub(r"[^\w -]", " ", schema.descriptor["title"])[:31]  # what Excel takes for a name
        titles = [field["title"] for field in schema.fields]
        made[name] = frame(checkout.rows[schema.name], schema).set_axis(titles, axis="columns")
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


def _notice(checkout: Checkout, facts: Mapping[str, str]) -> pandas.DataFrame:
    """What the workbook is, then the name and the description of each field beside its title."""
    lines = [("Ce classeur", label, "", told) for label, told in facts.items()]
    for schema in checkout.package.schemas:
        title = schema.descriptor["title"]
        lines.append((title, "", schema.name, schema.descriptor["description"]))
        lines += [(title, each["title"], each["name"], each["description"]) for each in schema.fields]
    return pandas.DataFrame(lines, columns=["Sujet", "Titre", "Nom technique", "Texte"]).astype("string")


def _cells(sheet: pandas.DataFrame) -> list[list[str]]:
    """The text of each cell, the titles first."""
    return [list(sheet.columns), *sheet.astype("string").fillna("").to_numpy().tolist()]


def _widths(sheet: pandas.DataFrame) -> list[int]:
    """The width of each column in characters, within bounds."""
    longest = (max(map(len, column)) + 3 for column in zip(*_cells(sheet), strict=True))
    return [min(max(width, _NARROWEST), _WIDEST) for width in longest]


def xlsx(checkout: Checkout, facts: Mapping[str, str]) -> bytes:
    """The Excel workbook, `facts` in its notice."""
    output, day = io.BytesIO(), datetime.combine(checkout.version["version"], time())
    inert = {"options": {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}}
    with pandas.ExcelWriter(output, engine="xlsxwriter", date_format="dd/mm/yyyy", engine_kwargs=inert) as writer:
        writer.book.set_properties({"title": checkout.package.title, "created": day})
        for name, sheet in sheets(checkout, facts).items():
            sheet.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0), autofilter=True)
            _lay_out(writer.sheets[name], sheet, writer.book)
        for made in writer.book.formats:
            made.set_align("top")
    return output.getvalue()


def _lay_out(page: Worksheet, sheet: pandas.DataFrame, book: Workbook) -> None:
    """Columns that hold their texts, numbers left as texts, landscape pages as wide as the sheet."""
    widths, text = _widths(sheet), book.add_format({"num_format": "@", "text_wrap": True})
    for column, (width, kind) in enumerate(zip(widths, sheet.dtypes, strict=True)):
        page.set_column(column, column, width, text if kind == "string" else None)
    for row, cells in enumerate(_cells(sheet)):  # LibreOffice does not count the lines of a cell
        page.set_row(row, _LINE * max(1 + len(cell) // width for cell, width in zip(cells, widths, strict=True)))
    page.set_row(0, None, book.add_format({"bold": True}))
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def ods(checkout: Checkout, facts: Mapping[str, str]) -> bytes:
    """The OpenDocument workbook: the same values and types."""
    output = io.BytesIO()
    with pandas.ExcelWriter(output, engine="odf") as writer:
        _add_styles(writer.book.automaticstyles)
        for name, sheet in sheets(checkout, facts).items():
            page = table.Table(name=name)  # pandas writes into the sheet that it finds
            for width, kind in zip(_widths(sheet), sheet.dtypes, strict=True):
                cells = "date" if kind == _DTYPES["date"] else "texte"
                page.addElement(table.TableColumn(stylename=f"largeur{width}", defaultcellstylename=cells))
            writer.book.spreadsheet.addElement(page)
            sheet.to_excel(writer, sheet_name=name, index=False)
            for cell in page.getElementsByType(table.TableCell):
                if cell.getAttribute("stringvalue") == "":  # what is missing, for pandas
                    cell.attributes.clear()
                    cell.childNodes.clear()
    return output.getvalue()


def _add_styles(styles: Element) -> None:
    """Texts on several lines, days as they are written in French, columns of every width."""
    day, month, year = (part(style="long") for part in (number.Day, number.Month, number.Year))
    _add(styles, number.DateStyle(name="jour"), day, number.Text(text="/"), month, number.Text(text="/"), year)
    for name, said in (("texte", {}), ("date", {"datastylename": "jour"})):
        top = style.TableCellProperties(wrapoption="wrap", verticalalign="top")
        _add(styles, style.Style(name=name, family="table-cell", **said), top)
    for width in range(_NARROWEST, _WIDEST + 1):
        size = style.TableColumnProperties(columnwidth=f"{width * 0.2:.1f}cm")
        _add(styles, style.Style(name=f"largeur{width}", family="table-column"), size)


def _add(styles: Element, made: Element, *parts: Element) -> None:
    for part in parts:
        made.addElement(part)
    styles.addElement(made)
