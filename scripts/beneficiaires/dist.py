"""The distribution: every file that people download, made of one checkout.

site/notices/fichiers.yml lists their forms; a form that nothing below makes is a template of site/notices/.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

import pyarrow
from feedgen.feed import FeedGenerator
from msgspec import Meta

from . import catalog, changes, files, sources, workbooks, yamlfile
from .catalog import File
from .checkout import PACKAGE, Checkout
from .tables import Schema

INDEX = "index.json"
SUMS = "SHA256SUMS"
FEED = "changements.atom"
_NOTICE = "lisez-moi.txt"
_LICENCE = "LICENCE-DONNEES.md"
_FORMS = f"{catalog.FOLDER}/fichiers.yml"
# Excel takes a cell of a CSV file that starts so for a formula, quoted or not.
_FORMULA = r"^([=+\-@\t\r\n])"
_ARROW = {"integer": pyarrow.int64(), "date": pyarrow.date32()}


class Form(sources.Model):
    """What is told of the files of one form."""

    titre: Annotated[sources.Text, Meta(description="le titre du fichier")]
    description: Annotated[sources.Text, Meta(description="ce qu'il contient")]
    lecteurs: Annotated[sources.Text, Meta(description="pour qui il est")]
    media: Annotated[sources.Text, Meta(description="son type de média")]
    documentation: Annotated[bool, Meta(description="true s'il ne contient pas de données")] = False


def build(checkout: Checkout) -> dict[str, bytes]:
    """The bytes of every file of dist/ by name: index.json then SHA256SUMS come last. Raises Invalid."""
    forms = yamlfile.parse(checkout.sources.data(_FORMS), _FORMS)
    inventory: list[File] = []
    for name, form in forms.read(dict[str, Form]).items():
        for schema in checkout.package.schemas if "TABLE" in name else [None]:
            inventory.append(_file(checkout, name, form, schema, inventory))
    outputs = {file.name: file.data for file in inventory}
    outputs[INDEX] = catalog.json(checkout, INDEX, inventory)
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in outputs.items())
    return {**outputs, SUMS: "".join(sums).encode()}


def _file(checkout: Checkout, name: str, form: Form, schema: Schema | None, before: list[File]) -> File:
    """One file of a form, of one table or of the package; `before` are those made before it."""
    data = _MAKERS[name](checkout, schema) if name in _MAKERS else catalog.json(checkout, name, before)
    words = {"TABLE": schema.name, **schema.descriptor} if schema else {}
    title, description = (
        text.replace("{titre}", words.get("title", "")).replace("{description}", words.get("description", ""))
        for text in (form.titre, form.description)
    )
    return File(
        name=name.replace("TABLE", words.get("TABLE", "")).replace("PAQUET", checkout.package.name),
        title=title,
        description=description,
        readers=form.lecteurs,
        kind="documentation" if form.documentation else "main",
        mediatype=form.media,
        data=data,
        table=words.get("TABLE"),
        rows=len(checkout.rows[schema.name]) if schema and not form.documentation else None,
    )


def write(outputs: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write the files into the folder, then remove those of an earlier build that are no more.

    Returns the paths written. Raises Invalid.
    """
    sums = folder / SUMS
    listed = files.decode(files.read(sums), SUMS) if sums.is_file() else ""
    old = set(re.findall(r"^[0-9a-f]{64}  ([\w.-]*\w)$", listed, re.MULTILINE))
    changed = files.write({folder / name: data for name, data in outputs.items()})
    for path in (folder / name for name in old - outputs.keys()):
        if path.is_file():
            path.unlink()
    return changed


def _excel(checkout: Checkout, schema: Schema) -> bytes:
    """A CSV file that Excel in French settings opens as a table, and where it runs nothing."""
    frame = workbooks.frame(checkout.rows[schema.name], schema)
    for name in frame.select_dtypes("string"):
        frame[name] = frame[name].str.replace(_FORMULA, r"'\1", regex=True)
    return frame.to_csv(sep=";", index=False, lineterminator="\r\n").encode("utf-8-sig")


def _parquet(checkout: Checkout, schema: Schema) -> bytes:
    """A table with its types; its source, version and licence are in the file's metadata."""
    fields = [
        pyarrow.field(each["name"], _ARROW.get(each["type"], pyarrow.string())).with_metadata(
            {key: each[key] for key in ("title", "description")}
        )
        for each in schema.fields
    ]
    described = pyarrow.schema(fields, {"Table": schema.descriptor["title"], **catalog.facts(checkout)})
    frame = workbooks.frame(checkout.rows[schema.name], schema)
    return frame.to_parquet(engine="pyarrow", index=False, compression=None, schema=described)


def _zip(checkout: Checkout) -> bytes:
    """The package, to be validated wherever it is unzipped."""
    parts = {_NOTICE: catalog.notice(checkout), _LICENCE: checkout.sources.data(_LICENCE)}
    parts |= {schema.file: files.dump_json(schema.descriptor) for schema in checkout.package.schemas}
    return _packed(parts | checkout.outputs(), checkout)


def _workbook(checkout: Checkout, write: Callable[..., bytes]) -> bytes:
    """A workbook, its zip made anew."""
    with zipfile.ZipFile(io.BytesIO(write(checkout, catalog.facts(checkout)))) as archive:
        return _packed({name: archive.read(name) for name in archive.namelist()}, checkout)


def _packed(parts: Mapping[str, bytes], checkout: Checkout) -> bytes:
    """A zip of these files, in this order, each dated of the day of the page.

    Nothing is compressed: the output of deflate differs from one build of zlib to another.
    """
    output, day = io.BytesIO(), checkout.version["version"]
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            info.create_system = 3  # Unix, whatever the machine
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return output.getvalue()


def _schema(checkout: Checkout, schema: Schema) -> bytes:
    """A schema as it is published: it validates a table without the others.

    No foreign keys: Validata refuses one that leads to another table.
    """
    package, raw = checkout.package, checkout.publication.raw(checkout.package.version)
    described = {key: value for key, value in schema.descriptor.items() if key != "foreignKeys"}
    described |= {
        "version": package.version,
        "path": f"{raw}{schema.file}",
        "lastModified": max(str(checkout.version["version"]), package.descriptor["created"][:10]),
        "resources": [
            {"title": each["title"], "name": each["name"], "path": f"{raw}{each['path']}"}
            for each in package.resources
            if each["schema"] == schema.file
        ],
    }
    return files.dump_json(described)


def _descriptor(checkout: Checkout) -> bytes:
    """datapackage.json for a folder without folders; it holds the schemas, whose keys join its tables."""
    descriptor = files.load_json(checkout.outputs()[PACKAGE], PACKAGE)
    schemas = {schema.file: schema.descriptor for schema in checkout.package.schemas}
    for each in descriptor["resources"]:
        each |= {"path": PurePosixPath(each["path"]).name, "schema": schemas[each["schema"]]}
    return files.dump_json(descriptor)


def _feed(checkout: Checkout) -> bytes:
    """Atom (RFC 4287), newest entry first.

    Every date is that of a version, every id a tag URI (RFC 4151) made of the package's name and
    that date: a subscriber sees an entry once.
    """
    package, publication, page = checkout.package, checkout.publication, checkout.sources.pages.adresse
    tag = f"tag:{urlsplit(page).hostname},{package.descriptor['created'][:4]}:{package.name}"
    feed = FeedGenerator()
    feed.id(tag)
    feed.title(f"{package.title} : changements")
    feed.subtitle(f"Source : {page}")
    feed.author({"name": package.publisher["title"], "email": checkout.contact})
    feed.language("fr")
    feed.rights(package.descriptor["licenses"][0]["title"])
    feed.link(href=publication.site, rel="alternate")
    feed.link(href=f"{publication.site}{FEED}", rel="self")
    for row, (title, content) in zip(checkout.rows["versions"], _told(checkout), strict=True):
        entry, day = feed.add_entry(), datetime.combine(row["version"], time(), UTC)
        entry.id(f"{tag}:{row['version']}")
        entry.title(f"Page du {row['version']} : {title}")
        entry.updated(day)
        entry.published(day)
        entry.link(href=row["adresse"] or page, rel="alternate")
        entry.content(content, type="html")
        feed.updated(day)
    return feed.atom_str(pretty=True) + b"\n"


def _told(checkout: Checkout) -> Iterator[tuple[str, str]]:
    """The title and the HTML of each version, oldest first."""
    count = checkout.rows["versions"][0]["nombre"]
    yield "première version connue", f"<p>Première version connue : {count} organismes cités.</p>"
    for old, new in pairwise(checkout.readings):
        found = changes.diff(old, new, checkout.registry)
        yield changes.summary(found), changes.html(found)


_MAKERS: dict[str, Callable[..., bytes]] = {
    "TABLE.csv": lambda checkout, schema: checkout.outputs()[f"data/{schema.name}.csv"],
    "TABLE.json": lambda checkout, schema: checkout.outputs()[f"data/{schema.name}.json"],
    "TABLE-excel.csv": _excel,
    "TABLE.parquet": _parquet,
    "PAQUET.xlsx": lambda checkout, _: _workbook(checkout, workbooks.xlsx),
    "PAQUET.ods": lambda checkout, _: _workbook(checkout, workbooks.ods),
    "PAQUET.zip": lambda checkout, _: _zip(checkout),
    "lisez-moi.txt": lambda checkout, _: catalog.notice(checkout),
    "changements.atom": lambda checkout, _: _feed(checkout),
    "schema-TABLE.json": _schema,
    "datapackage.json": lambda checkout, _: _descriptor(checkout),
}
