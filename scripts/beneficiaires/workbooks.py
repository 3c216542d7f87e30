"""The workbooks, .xlsx and .ods, for people: the answers, a notice, then a sheet a table.

Both are made of the same sheets by pandas; no cell is a formula or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time

import pandas
import pyarrow
from msgspec import Struct
from odf import style, table

from .checkout import Checkout
from .coverage import answer
from .problems import Invalid
from .tables import Row, Schema

Facts = Mapping[str, str]
"""What a download says of itself: texts by their label."""

_DTYPES = {"integer": "Int64", "date": pandas.ArrowDtype(pyarrow.date32())}
_MAX_NAME = 31
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\']+")
_HEAD = "font-weight: bold; background-color: #E8EDF3; vertical-align: top; white-space: normal"
_WIDTHS = (10, 60)
_LINE = 15  # points
_A4 = 9  # by its number in Excel


class Sheet(Struct, frozen=True):
    """One sheet: a header, then rows."""

    name: str
    frame: pandas.DataFrame

    @property
    def widths(self) -> list[int]:
        """The width of each column in characters, between bounds."""
        low, high = _WIDTHS
        texts = self.frame.astype("string").fillna("")
        return [
            max(low, min(high, max([len(name), *texts[name].str.len()]) + 3)) for name in self.frame.columns
        ]

    @property
    def heights(self) -> list[int]:
        """The height of each row in lines of text: LibreOffice does not make room for wrapped text."""
        lengths = self.frame.astype("string").fillna("").apply(lambda texts: texts.str.len())
        lines = lengths.floordiv(self.widths) + 1
        return [int(each) for each in lines.max(axis="columns")]

    @property
    def texts(self) -> list[str]:
        """The columns of texts."""
        return list(self.frame.select_dtypes("string").columns)


def frame(rows: Iterable[Row], schema: Schema) -> pandas.DataFrame:
    """A table as texts, Int64 and date32, a column a field; what is missing is missing."""
    kinds = {field["name"]: _DTYPES.get(field["type"], "string") for field in schema.fields}
    return pandas.DataFrame(rows, columns=schema.columns, dtype=object).astype(kinds)


def sheets(checkout: Checkout, facts: Facts) -> list[Sheet]:
    """Every sheet of a workbook. Raises Invalid when two sheets or two columns would have one name."""
    schemas = checkout.package.schemas
    titled = [_titled(schema, checkout) for schema in schemas]
    names = [sheet.name.casefold() for sheet in titled]
    for schema, sheet, before in zip(schemas, titled, range(len(titled)), strict=True):
        if sheet.name.casefold() in names[:before] or not sheet.frame.columns.is_unique:
            raise Invalid.because(
                schema.file, None, "titre de table ou de champ déjà pris ; en donner un autre"
            )
    return [Sheet("Synthèse", _summary(checkout)), Sheet("Notice", _notice(schemas, facts)), *titled]


def _titled(schema: Schema, checkout: Checkout) -> Sheet:
    """A table under the French titles of its fields."""
    made = frame(checkout.rows[schema.name], schema)
    made.columns = [field["title"] for field in schema.fields]
    return Sheet(_NOT_IN_NAME.sub(" ", schema.descriptor["title"])[:_MAX_NAME].strip(), made)


def _summary(checkout: Checkout) -> pandas.DataFrame:
    """A body a row, a contract a column: the answer in words."""
    bodies, contracts = checkout.rows["organismes"], checkout.rows["marches"]
    names = {body["organisme"]: body["nom"] for body in bodies}
    found = {
        body["organisme"]: {"Organisme": body["nom"], "Sigle": body["sigle"], "SIREN": body["siren"]}
        for body in bodies
    }
    titles = {contract["marche"]: contract["nom"] for contract in contracts}
    for row in checkout.rows["couverture"]:
        found[row["organisme"]][titles[row["marche"]]] = answer(row, names, checkout.contact)
    return pandas.DataFrame(found.values()).astype("string")


def _notice(schemas: Iterable[Schema], facts: Facts) -> pandas.DataFrame:
    """What the workbook is, then the name and the description of each field beside its title."""

    def lines() -> Iterator[tuple[str, str, str, str]]:
        for label, told in facts.items():
            yield "Ce classeur", label, "", told
        for schema in schemas:
            title = schema.descriptor["title"]
            yield title, "", schema.name, schema.descriptor["description"]
            for field in schema.fields:
                yield title, field["title"], field["name"], field["description"]

    return pandas.DataFrame(lines(), columns=["Sujet", "Titre", "Nom technique", "Texte"]).astype("string")


def _write(made: Iterable[Sheet], writer: pandas.ExcelWriter, **options: object) -> None:
    for sheet in made:
        shown = sheet.frame.style.map_index(lambda _: _HEAD, axis="columns")
        shown = shown.set_properties(**{"vertical-align": "top", "white-space": "normal"})
        shown = shown.set_properties(subset=sheet.texts, **{"number-format": "@"})
        shown.to_excel(writer, sheet_name=sheet.name, index=False, **options)


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
        for sheet in made:
            page = writer.sheets[sheet.name]
            for column, width in enumerate(sheet.widths):
                page.set_column(column, column, width)
            for row, lines in enumerate(sheet.heights, 1):
                page.set_row(row, _LINE * lines)
            page.set_landscape()
            page.set_paper(_A4)
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            page.set_footer(f"&L{sheet.name}, page du {day}&R&P / &N")
            page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    return output.getvalue()


def ods(checkout: Checkout, facts: Facts) -> bytes:
    """The OpenDocument workbook: the same values and types. Raises Invalid."""
    output, made = io.BytesIO(), sheets(checkout, facts)
    with pandas.ExcelWriter(output, engine="odf") as writer:
        for width in {width for sheet in made for width in sheet.widths}:
            wide = style.Style(name=f"largeur{width}", family="table-column")
            wide.addElement(style.TableColumnProperties(columnwidth=f"{width * 0.2:.1f}cm"))
            writer.book.automaticstyles.addElement(wide)
        for sheet in made:
            page = table.Table(name=sheet.name)  # pandas writes into the sheet that it finds
            for width in sheet.widths:
                page.addElement(table.TableColumn(stylename=f"largeur{width}"))
            writer.book.spreadsheet.addElement(page)
        _write(made, writer)
    return output.getvalue()
