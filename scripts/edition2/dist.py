"""The distribution: every file that people download, made of one checkout.

site/notices/fichiers.yml lists their forms; a form that nothing below makes is a template of site/notices/.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from string import Template
from typing import Any

from . import catalog, files, sources, tables, workbooks, yamlfile
from .checkout import PACKAGE, Checkout
from .package import Schema

_LICENCE = "LICENCE-DONNEES.md"
_FORMS = f"{catalog.NOTICES}/fichiers.yml"
# Excel takes a cell of a CSV file that starts so for a formula, quoted or not.
_FORMULA = r"^([=+\-@\t\r\n])"


class Form(sources.Model):
    """What is told of the files of one form."""

    titre: sources.Text
    description: sources.Text
    lecteurs: sources.Text
    media: sources.Text
    documentation: bool = False


def build(checkout: Checkout) -> dict[str, bytes]:
    """The bytes of every file of dist/ by name: index.json then SHA256SUMS come last. Raises Invalid."""
    forms = yamlfile.parse(files.decode(checkout.data(_FORMS), _FORMS), _FORMS)
    outputs: dict[str, bytes] = {}
    entries: list[dict[str, Any]] = []
    for name, form in forms.read(dict[str, Form]).items():
        for schema in checkout.package.schemas if "$table" in name else [None]:
            if name in _MAKERS:
                data = _MAKERS[name](checkout, schema)
            else:
                data = catalog.notice(checkout, name, files=entries, schema=schema)
            entries.append(_entry(checkout, name, form, schema, data))
            outputs[entries[-1]["name"]] = data
    outputs[catalog.INDEX] = catalog.notice(checkout, catalog.INDEX, files=entries)
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in outputs.items())
    return {**outputs, catalog.SUMS: "".join(sums).encode()}


def _entry(checkout: Checkout, name: str, form: Form, schema: Schema | None, data: bytes) -> dict[str, Any]:
    """What index.json tells of one file."""
    words = {"paquet": checkout.package.name}
    if schema:
        told = schema.descriptor
        words |= {"table": schema.name, "titre": told["title"], "description": told["description"]}
    name, title, description = (Template(text).safe_substitute(words) for text in (name, form.titre, form.description))
    return {
        "name": name,
        "title": title,
        "description": description,
        "for": form.lecteurs,
        "type": "documentation" if form.documentation else "main",  # the words of data.gouv.fr
        "format": name.rpartition(".")[2],
        "mediatype": form.media,
        "table": words.get("table"),
        "rows": len(checkout.rows[schema.name]) if schema and not form.documentation else None,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _excel(checkout: Checkout, schema: Schema) -> bytes:
    """A CSV file that Excel in French settings opens as a table, and where it runs nothing."""
    frame = workbooks.frame(checkout.rows[schema.name], schema)
    for name in frame.select_dtypes("string"):
        frame[name] = frame[name].str.replace(_FORMULA, r"'\1", regex=True)
    return frame.to_csv(sep=";", index=False, lineterminator="\r\n").encode("utf-8-sig")


def _parquet(checkout: Checkout, schema: Schema) -> bytes:
    """A table with its types; its source, version and licence are in the file's metadata."""
    frame = workbooks.frame(checkout.rows[schema.name], schema)
    frame.attrs = {"Table": schema.descriptor["title"], **catalog.facts(checkout)}
    return frame.to_parquet(engine="pyarrow", index=False, compression=None)


def _package(checkout: Checkout) -> bytes:
    """The package, to be validated wherever it is unzipped."""
    parts = {"lisez-moi.txt": catalog.notice(checkout, "lisez-moi.txt"), _LICENCE: checkout.data(_LICENCE)}
    parts |= {schema.file: files.dump_json(schema.descriptor) for schema in checkout.package.schemas}
    return _zip(parts | checkout.outputs())


def _workbook(checkout: Checkout, write: Callable[..., bytes]) -> bytes:
    """A workbook, its zip made anew."""
    with zipfile.ZipFile(io.BytesIO(write(checkout, catalog.facts(checkout)))) as archive:
        return _zip({name: archive.read(name) for name in archive.namelist()})


def _zip(parts: Mapping[str, bytes]) -> bytes:
    """A zip of these files, without the time of day, and stored: deflate differs from one zlib to another."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return output.getvalue()


def _descriptor(checkout: Checkout) -> bytes:
    """datapackage.json for a folder without folders; it holds the schemas, whose keys join its tables."""
    descriptor = files.load_json(checkout.outputs()[PACKAGE], PACKAGE)
    schemas = {schema.file: schema.descriptor for schema in checkout.package.schemas}
    for each in descriptor["resources"]:
        each |= {"path": PurePosixPath(each["path"]).name, "schema": schemas[each["schema"]]}
    return files.dump_json(descriptor)


_MAKERS: dict[str, Callable[..., bytes]] = {
    "$table.csv": lambda checkout, schema: tables.to_csv(checkout.rows[schema.name], schema),
    "$table.json": lambda checkout, schema: tables.to_json(checkout.rows[schema.name], schema),
    "$table-excel.csv": _excel,
    "$table.parquet": _parquet,
    "$paquet.xlsx": lambda checkout, _: _workbook(checkout, workbooks.xlsx),
    "$paquet.ods": lambda checkout, _: _workbook(checkout, workbooks.ods),
    "$paquet.zip": lambda checkout, _: _package(checkout),
    "datapackage.json": lambda checkout, _: _descriptor(checkout),
}
