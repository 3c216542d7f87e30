"""The distribution: every file that people download, made of one edition.

The lists of formats below say which files there are. A column or a table more in the package
reaches each of them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import archive, catalog, files, notice, parquet, workbooks
from .edition import Edition, File
from .package import Package, dump
from .publication import CATALOG, DATASET, FEED, INDEX, SUMS
from .tables import Schema

_EXCEL_WORDS = {True: "VRAI", False: "FAUX"}
# Excel takes a cell of a CSV file that starts so for a formula, quoted or not.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_READERS = {
    "csv": "Pour un programme : la référence, séparée par des virgules (pour Excel, prendre l'autre CSV).",
    "json": "Pour un programme ou une page web : les mêmes lignes, chaque valeur avec son type.",
}


class Format(NamedTuple):
    """How one kind of file is named, told of and made; `note` is added to the description."""

    suffix: str
    title: str
    format: str
    mediatype: str
    readers: str
    note: str
    encode: Callable[..., bytes]


def build(edition: Edition) -> dict[str, bytes]:
    """The bytes of every file of dist/ by name: index.json then SHA256SUMS come last. Raises Invalid."""
    downloads = [*_canonical(edition), *_by_table(edition), *_of_package(edition), *_documents(edition)]
    downloads += _catalogues(edition, downloads)
    outputs = {file.name: file.data for file in downloads}
    outputs[INDEX] = dump(index(edition, downloads))
    outputs[SUMS] = _sums(outputs)
    return outputs


def index(edition: Edition, downloads: Iterable[File]) -> dict[str, Any]:
    """What index.json says: the version, the page, and every file but itself and SHA256SUMS."""
    descriptor, page = edition.package.descriptor, edition.provenance.newest
    return {
        "name": edition.name,
        "title": descriptor["title"],
        "version": descriptor["version"],
        "page": {
            "url": page.url,
            "date": page.date.isoformat(),
            "commit": page.commit,
            "sha256": page.sha256,
        },
        "base": edition.publication.base,
        "files": [_entry(file) for file in downloads],
    }


def _entry(file: File) -> dict[str, Any]:
    return {
        "name": file.name,
        "title": file.title,
        "description": file.description,
        "for": file.readers,
        "type": file.kind,
        "format": file.format,
        "mediatype": file.mediatype,
        "table": file.table,
        "rows": file.rows,
        "size": len(file.data),
        "sha256": file.sha256,
    }


def _canonical(edition: Edition) -> Iterator[File]:
    """The tables as they stand in data/, told of as datapackage.json does."""
    for resource in edition.package.resources:
        table = Path(resource["schema"]).stem
        yield File(
            name=Path(resource["path"]).name,
            title=resource["title"],
            description=resource["description"],
            format=resource["format"],
            mediatype=resource["mediatype"],
            readers=_READERS.get(resource["format"], "Pour un programme."),
            kind="main",
            data=edition.files[resource["path"]],
            table=table,
            rows=len(edition.rows[table]),
        )


def _by_table(edition: Edition) -> Iterator[File]:
    for form in TABLE_FORMATS:
        for schema in edition.package.schemas:
            yield File(
                name=f"{schema.name}{form.suffix}",
                title=f"{schema.descriptor['title']} ({form.title})",
                description=f"{edition.resource(schema)['description']} {form.note}".strip(),
                format=form.format,
                mediatype=form.mediatype,
                readers=form.readers,
                kind="main",
                data=form.encode(edition, schema),
                table=schema.name,
                rows=len(edition.rows[schema.name]),
            )


def _of_package(edition: Edition) -> Iterator[File]:
    for form in PACKAGE_FORMATS:
        yield File(
            name=f"{edition.name}{form.suffix}",
            title=form.title,
            description=form.note,
            format=form.format,
            mediatype=form.mediatype,
            readers=form.readers,
            kind="main",
            data=form.encode(edition),
        )


def _documents(edition: Edition) -> Iterator[File]:
    """The notice, and the package laid flat: a schema and a table may not share a name there."""
    yield File(
        name="lisez-moi.txt",
        title="Lisez-moi et dictionnaire des données",
        description="D'où viennent les données, sous quelle licence, et ce que dit chaque champ.",
        format="txt",
        mediatype="text/plain",
        readers="Pour tous.",
        kind="documentation",
        data=notice.text(edition),
    )
    yield File(
        name=FEED,
        title="Changements de la page (Atom)",
        description="Ce qui change d'une version de la page à la suivante, une entrée par version.",
        format="atom",
        mediatype="application/atom+xml",
        readers="Pour un lecteur de flux : être prévenu de chaque changement.",
        kind="documentation",
        data=edition.feed,
    )
    for schema in edition.package.schemas:
        yield File(
            name=_flat(schema.file),
            title=f"Schéma : {schema.descriptor['title']}",
            description=f"Table Schema de {schema.name}.csv : noms, types et règles de ses champs.",
            format="json",
            mediatype="application/json",
            readers="Pour valider.",
            kind="documentation",
            data=dump(_alone(schema.descriptor)),
            table=schema.name,
        )
    yield File(
        name="datapackage.json",
        title="Data Package",
        description="Métadonnées de toutes les tables, pour les outils du standard Data Package.",
        format="json",
        mediatype="application/json",
        readers="Pour un programme.",
        kind="documentation",
        data=dump(_flat_descriptor(edition.package)),
    )


def _catalogues(edition: Edition, downloads: Sequence[File]) -> Iterator[File]:
    for name, title, readers, encode in (
        (CATALOG, "Notice DCAT-AP", "Pour un portail de données.", catalog.dcat),
        (DATASET, "Notice schema.org", "Pour un moteur de recherche.", catalog.schema_org),
    ):
        yield File(
            name=name,
            title=title,
            description="Le jeu de données et ses fichiers, décrits en JSON-LD.",
            format="jsonld",
            mediatype="application/ld+json",
            readers=readers,
            kind="documentation",
            data=encode(edition, downloads),
        )


def _flat(path: str) -> str:
    """The name in dist/, which has no folders, of a file of the package."""
    return f"schema-{Path(path).name}" if Path(path).parent.name == "schemas" else Path(path).name


def _alone(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that validates a table without the others: Validata refuses a key that leads to them."""
    return {key: value for key, value in schema.items() if key != "foreignKeys"}


def _flat_descriptor(package: Package) -> dict[str, Any]:
    """The descriptor for a folder without folders; it holds the schemas, whose keys join its tables."""
    schemas = {schema.file: schema.descriptor for schema in package.schemas}
    resources = [
        {**resource, "path": _flat(resource["path"]), "schema": schemas[resource["schema"]]}
        for resource in package.resources
    ]
    return {**package.descriptor, "resources": resources}


def _excel(edition: Edition, schema: Schema) -> bytes:
    """A CSV file that Excel in French settings opens as a table, and where it runs nothing."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow(schema.columns)
    for row in edition.rows[schema.name]:
        writer.writerow(_excel_cell(value) for value in schema.select(row))
    return output.getvalue().encode("utf-8-sig")


def _excel_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return _EXCEL_WORDS[value]
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _zip(edition: Edition) -> bytes:
    return archive.pack({"README.md": notice.readme(edition).encode(), **edition.files}, edition.day)


def _sums(outputs: Mapping[str, bytes]) -> bytes:
    """What `sha256sum --check` reads."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in outputs.items())
    return "".join(lines).encode()


def write(outputs: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write the files into the folder, then remove those of an earlier build that are no more.

    Returns the paths written. Raises Invalid.
    """
    old = _listed(folder / SUMS)
    changed = files.write({folder / name: data for name, data in outputs.items()})
    for path in (folder / name for name in old - outputs.keys()):
        if path.is_file():
            path.unlink()
    return changed


def _listed(sums: Path) -> set[str]:
    """The names that an earlier SHA256SUMS lists, none of them outside its folder."""
    if not sums.is_file():
        return set()
    return set(re.findall(r"^[0-9a-f]{64}  ([\w.-]*\w)$", files.decode(files.read(sums), SUMS), re.MULTILINE))


TABLE_FORMATS = (
    Format(
        "-excel.csv",
        "CSV pour Excel",
        "csv",
        "text/csv",
        "Pour Excel en français, par double-clic : point-virgule, accents justes.",
        "Une apostrophe précède un texte qu'Excel prendrait pour une formule.",
        _excel,
    ),
    Format(
        ".parquet",
        "Parquet",
        "parquet",
        "application/vnd.apache.parquet",
        "Pour l'analyse : DuckDB, pandas, R.",
        "",
        parquet.encode,
    ),
)
PACKAGE_FORMATS = (
    Format(
        ".xlsx",
        "Classeur Excel",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Pour lire, trier et filtrer dans Excel.",
        "Une notice, puis un onglet par table.",
        workbooks.xlsx,
    ),
    Format(
        ".ods",
        "Classeur OpenDocument",
        "ods",
        "application/vnd.oasis.opendocument.spreadsheet",
        "Pour lire, trier et filtrer dans LibreOffice.",
        "Une notice, puis un onglet par table.",
        workbooks.ods,
    ),
    Format(
        ".zip",
        "Archive complète",
        "zip",
        "application/zip",
        "Pour garder, citer ou valider le tout.",
        "Le Data Package : les tables en CSV et en JSON, leurs schémas, la notice et la licence.",
        _zip,
    ),
)
