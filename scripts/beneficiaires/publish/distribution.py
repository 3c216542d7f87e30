"""The distribution: every file that people download, made of one project."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pandas
import pyarrow

from .. import wording
from ..datapackage.descriptor import DESCRIPTOR_FILE, DataPackage
from ..datapackage.release_manifest import RELEASE_FILE
from ..datapackage.table_schema import TableSchema
from ..datapackage.tables import Row, to_csv, to_json
from ..errors import ProblemsFound
from ..files import (
    format_json,
    hash_bytes,
    lock_folder,
    parse_json,
    read_file,
    write_files,
)
from ..project import Project
from ..source.documents import check_schema, parse_json_document
from .catalogue import build_catalogue
from .metadata import FEED_FILE, build_change_log, dataset_metadata, describe_dataset
from .templates import make_environment, render_template
from .workbooks import ODS_MEDIA_TYPE, build_ods, build_sheets, build_xlsx, make_zip

INDEX_FILE = "index.json"
SUMS_FILE = "SHA256SUMS"
README_FILE = "lisez-moi.txt"
CATALOGUE_FILE = "catalog.jsonld"
INDEX_SCHEMA_FILE = "index.schema.json"
LICENCE_FILE = "LICENCE-DONNEES.md"

INDEX_SCHEMA_SOURCE = "schemas/distribution/index.json"
"""The JSON Schema of index.json, which is published beside it under INDEX_SCHEMA_FILE."""

TEMPLATES = "downloads"
INPUT_FOLDERS = ("schemas", f"site/{TEMPLATES}", "source")
INPUT_FILES = (LICENCE_FILE, RELEASE_FILE)
CODE_FOLDER = Path(__file__).resolve().parents[1]

MAIN, DOCUMENTATION = "main", "documentation"
"""The kinds of files, in the words of data.gouv.fr."""

TABLE_ORDER = ("couverture", "beneficiaires", "organismes", "historique", "identifiants", "noms")
"""The tables that most people want, first; the others follow in the order of the package."""

FileEntry = dict[str, Any]
"""What index.json says of a file."""

Builder = Callable[[Project, Sequence[FileEntry]], bytes]
"""Returns the bytes of a file from the project and the entries of the files before it."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PANDAS_TYPES = {
    "string": pandas.ArrowDtype(pyarrow.string()),
    "integer": pandas.ArrowDtype(pyarrow.int64()),
    "date": pandas.ArrowDtype(pyarrow.date32()),
}


@dataclass(frozen=True)
class DistributionFile:
    """A file that people download.

    `table` is the name of the table that it holds or describes, None for the others. `schema` is
    the file of the Table Schema that it follows, for a table as CSV.
    """

    name: str
    text: wording.FileText
    media_type: str
    kind: str
    build: Builder
    table: str | None = None
    schema: str | None = None


def list_distribution_files(package: DataPackage) -> list[DistributionFile]:
    """Return every file of the distribution but index.json and the sums, the most useful first."""
    schemas = order_schemas(package)
    excel_workbook = DistributionFile(
        name=f"{package.name}.xlsx",
        text=wording.excel_file(),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        kind=MAIN,
        build=build_excel_workbook,
    )
    opendocument_workbook = DistributionFile(
        name=f"{package.name}.ods",
        text=wording.opendocument_file(),
        media_type=ODS_MEDIA_TYPE,
        kind=MAIN,
        build=build_opendocument_workbook,
    )
    archive = DistributionFile(
        name=f"{package.name}.zip",
        text=wording.archive_file(),
        media_type="application/zip",
        kind=MAIN,
        build=build_archive,
    )
    readme = DistributionFile(
        name=README_FILE,
        text=wording.readme_file(),
        media_type="text/plain",
        kind=DOCUMENTATION,
        build=build_readme,
    )
    feed = DistributionFile(
        name=FEED_FILE,
        text=wording.feed_file(),
        media_type="application/atom+xml",
        kind=DOCUMENTATION,
        build=build_feed,
    )
    descriptor = DistributionFile(
        name=DESCRIPTOR_FILE,
        text=wording.descriptor_file(),
        media_type="application/json",
        kind=DOCUMENTATION,
        build=build_descriptor,
    )
    index_schema = DistributionFile(
        name=INDEX_SCHEMA_FILE,
        text=wording.index_schema_file(),
        media_type="application/json",
        kind=DOCUMENTATION,
        build=build_index_schema,
    )
    catalogue = DistributionFile(
        name=CATALOGUE_FILE,
        text=wording.catalogue_file(),
        media_type="application/ld+json",
        kind=DOCUMENTATION,
        build=build_catalogue_file,
    )
    return [
        excel_workbook,
        *map(make_csv_file, schemas),
        opendocument_workbook,
        archive,
        *map(make_json_file, schemas),
        *map(make_parquet_file, schemas),
        readme,
        feed,
        descriptor,
        *map(make_schema_file, schemas),
        index_schema,
        catalogue,
    ]


def make_csv_file(schema: TableSchema) -> DistributionFile:
    """Return the file of a table as CSV."""
    return DistributionFile(
        name=f"{schema.name}.csv",
        text=wording.csv_file(schema.title, schema.description),
        media_type="text/csv",
        kind=MAIN,
        build=partial(build_csv_table, schema),
        table=schema.name,
        schema=name_schema_file(schema),
    )


def make_json_file(schema: TableSchema) -> DistributionFile:
    """Return the file of a table as JSON."""
    return DistributionFile(
        name=f"{schema.name}.json",
        text=wording.json_file(schema.title, schema.description),
        media_type="application/json",
        kind=MAIN,
        build=partial(build_json_table, schema),
        table=schema.name,
    )


def make_parquet_file(schema: TableSchema) -> DistributionFile:
    """Return the file of a table as Parquet."""
    return DistributionFile(
        name=f"{schema.name}.parquet",
        text=wording.parquet_file(schema.title, schema.description),
        media_type="application/vnd.apache.parquet",
        kind=MAIN,
        build=partial(build_parquet_table, schema),
        table=schema.name,
    )


def make_schema_file(schema: TableSchema) -> DistributionFile:
    """Return the file of a Table Schema alone."""
    return DistributionFile(
        name=name_schema_file(schema),
        text=wording.schema_file(schema.title),
        media_type="application/json",
        kind=DOCUMENTATION,
        build=partial(build_lone_schema, schema),
        table=schema.name,
    )


def order_schemas(package: DataPackage) -> list[TableSchema]:
    """Return the schemas of the tables, the tables that most people want first."""
    return sorted(package.schemas, key=_rank_table)


def _rank_table(schema: TableSchema) -> int:
    """Return the place of a table in TABLE_ORDER, the last one for the others."""
    if schema.name in TABLE_ORDER:
        return TABLE_ORDER.index(schema.name)
    return len(TABLE_ORDER)


def name_schema_file(schema: TableSchema) -> str:
    """Return the name of the file of a lone Table Schema."""
    return f"schema-{schema.name}.json"


def build_distribution(project: Project) -> dict[str, bytes]:
    """Return the bytes of every file of the distribution by name, index.json and the sums last.

    Raises ProblemsFound when a template or a schema is broken.
    """
    outputs: dict[str, bytes] = {}
    entries: list[FileEntry] = []
    for file in list_distribution_files(project.package):
        data = file.build(project, entries)
        outputs[file.name] = data
        entries.append(describe_file(file, data, project))
    outputs[INDEX_FILE] = build_index(project, entries)
    outputs[SUMS_FILE] = build_sums(outputs)
    return outputs


def describe_file(file: DistributionFile, data: bytes, project: Project) -> FileEntry:
    """Return what index.json says of a file."""
    rows = None
    if file.table is not None and file.kind == MAIN:
        rows = len(project.tables[file.table])
    return {
        "name": file.name,
        "title": file.text.title,
        "description": file.text.description,
        "for": file.text.audience,
        "type": file.kind,
        "format": file.name.rpartition(".")[2],
        "mediatype": file.media_type,
        "table": file.table,
        "schema": file.schema,
        "rows": rows,
        "size": len(data),
        "sha256": hash_bytes(data),
    }


def build_csv_table(schema: TableSchema, project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return a table as CSV."""
    return to_csv(project.tables[schema.name], schema)


def build_json_table(schema: TableSchema, project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return a table as JSON."""
    return to_json(project.tables[schema.name], schema)


def build_parquet_table(
    schema: TableSchema, project: Project, entries: Sequence[FileEntry]
) -> bytes:
    """Return a table as Parquet, each column with its type; the metadata say where it is from."""
    dataframe = to_dataframe(project.tables[schema.name], schema)
    dataframe.attrs = {"Table": schema.title, **describe_dataset(dataset_metadata(project))}
    return dataframe.to_parquet(engine="pyarrow", index=False, compression=None)


def to_dataframe(rows: Sequence[Row], schema: TableSchema) -> pandas.DataFrame:
    """Return a table as texts, integers and days, in the order of its schema; None is missing."""
    types = {field["name"]: _PANDAS_TYPES[field["type"]] for field in schema.fields}
    return pandas.DataFrame(rows, columns=schema.columns, dtype=object).astype(types)


def build_excel_workbook(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the Excel workbook."""
    metadata = dataset_metadata(project)
    sheets = build_sheets(project.tables, order_schemas(project.package), metadata)
    return build_xlsx(sheets, metadata)


def build_opendocument_workbook(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the OpenDocument workbook. Raises ProblemsFound for a broken template."""
    metadata = dataset_metadata(project)
    sheets = build_sheets(project.tables, order_schemas(project.package), metadata)
    return build_ods(sheets, metadata, make_environment(project))


def build_archive(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the data package as an archive that is valid wherever it is unzipped."""
    parts = {
        README_FILE: build_readme(project, entries),
        LICENCE_FILE: project.sources.files.read(LICENCE_FILE),
    }
    for schema in project.package.schemas:
        parts[schema.file] = format_json(schema.descriptor)
    parts.update(project.build_outputs())
    return make_zip(parts)


def build_readme(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the notice and the data dictionary as text. Raises ProblemsFound."""
    text = render_template(
        make_environment(project),
        f"{TEMPLATES}/{README_FILE}",
        facts=describe_dataset(dataset_metadata(project)),
        schemas=order_schemas(project.package),
    )
    return text.replace("\n", "\r\n").encode("utf-8-sig")  # for Notepad


def build_feed(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the Atom feed of the changes. Raises ProblemsFound for a broken template."""
    text = render_template(
        make_environment(project),
        f"{TEMPLATES}/{FEED_FILE}",
        change_log=build_change_log(project),
        wording=wording,
    )
    return text.encode()


def build_descriptor(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return datapackage.json for a folder without folders.

    It holds the schemas with their foreign keys, which lead from table to table of the package.
    """
    descriptor = json.loads(project.build_outputs()[DESCRIPTOR_FILE])
    schemas = {schema.file: schema.descriptor for schema in project.package.schemas}
    for resource in descriptor["resources"]:
        resource["path"] = PurePosixPath(resource["path"]).name
        resource["schema"] = schemas[resource["schema"]]
    return format_json(descriptor)


def build_lone_schema(schema: TableSchema, project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return a Table Schema for a table alone, with what a catalogue of schemas asks.

    Validata refuses a foreign key that leads to another file.
    """
    metadata = dataset_metadata(project)
    resources = []
    for entry in entries:
        if entry["table"] == schema.name and entry["format"] in ("csv", "json"):
            address = f"{metadata.downloads}{entry['name']}"
            resources.append({"title": entry["title"], "name": entry["name"], "path": address})
    lone_schema = {
        **schema.without_foreign_keys(),
        "version": metadata.version,
        "path": f"{metadata.downloads}{name_schema_file(schema)}",
        "lastModified": str(metadata.modified),
        "resources": resources,
    }
    return format_json(lone_schema)


def build_index_schema(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the JSON Schema of index.json. Raises ProblemsFound."""
    return project.sources.files.read(INDEX_SCHEMA_SOURCE)


def build_catalogue_file(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return the DCAT-AP catalogue."""
    return format_json(build_catalogue(project, entries))


def build_index(project: Project, entries: Sequence[FileEntry]) -> bytes:
    """Return index.json: what the distribution is made of, and every file before the sums."""
    metadata = dataset_metadata(project)
    release_date = metadata.release_date
    index = {
        "$schema": f"{metadata.downloads}{INDEX_SCHEMA_FILE}",
        "name": metadata.name,
        "title": metadata.title,
        "description": metadata.description,
        "version": metadata.version,
        "created": str(metadata.created),
        "released": None if release_date is None else str(release_date),
        "modified": str(metadata.modified),
        "licence": metadata.licence_address,
        "page": {
            "url": metadata.page_address,
            "date": str(metadata.snapshot_date),
            "commit": metadata.snapshot_commit,
            "sha256": metadata.snapshot_sha256,
        },
        "contact": metadata.contact,
        "base": metadata.downloads,
        "permanent": metadata.release_downloads,
        "inputs": hash_inputs(project),
        "files": list(entries),
    }
    return format_json(index)


def build_sums(outputs: Mapping[str, bytes]) -> bytes:
    """Return the SHA-256 of every file, as `sha256sum --check` reads them."""
    lines = [f"{hash_bytes(data)}  {name}\n" for name, data in outputs.items()]
    return "".join(lines).encode()


def hash_inputs(project: Project) -> str:
    """Return the SHA-256 of all that the distribution is made of, the code too.

    Raises ProblemsFound for a file that cannot be read.
    """
    root = project.sources.files.root
    paths = [root / name for name in INPUT_FILES]
    for folder in INPUT_FOLDERS:
        paths += _list_files(root / folder, "*")
    digests = {}
    for path in paths:
        digests[path.relative_to(root).as_posix()] = hash_bytes(read_file(path))
    for path in _list_files(CODE_FOLDER, "*.py"):
        name = path.relative_to(CODE_FOLDER).as_posix()
        digests[f"code/{name}"] = hash_bytes(read_file(path))
    digests[DESCRIPTOR_FILE] = hash_bytes(project.build_outputs()[DESCRIPTOR_FILE])
    lines = [f"{digests[name]}  {name}\n" for name in sorted(digests)]
    return hash_bytes("".join(lines).encode())


def _list_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder and of its folders, but those that an editor or a system hides.

    Their names begin with a dot.
    """
    paths = []
    for path in folder.rglob(pattern):
        if path.is_file() and not path.name.startswith("."):
            paths.append(path)
    return paths


def write_distribution(outputs: Mapping[str, bytes], folder: Path) -> int:
    """Write a distribution into a folder, and remove what an earlier one had more.

    Only files that the index.json of the folder lists are removed. Return how many were written.
    Raises ProblemsFound when a file cannot be written.
    """
    obsolete_names = []
    for name in list_earlier_files(folder):
        if name not in outputs and (folder / name).is_file():
            obsolete_names.append(name)
    return write_files(folder, outputs, obsolete_names)


def list_earlier_files(folder: Path) -> list[str]:
    """Return the names of the files that the index.json of a folder lists; none if unreadable."""
    try:
        index = parse_json(read_file(folder / INDEX_FILE), INDEX_FILE)
    except ProblemsFound:
        return []
    files = index.get("files") if isinstance(index, dict) else None
    if not isinstance(files, list):
        return []
    names = []
    for entry in files:
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and _FILE_NAME.fullmatch(name):
            names.append(name)
    return names


@contextmanager
def lock_distribution(folder: Path) -> Iterator[None]:
    """Keep other commands from changing a distribution during the block.

    Raises ProblemsFound when there is none, or when another command has it.
    """
    if not folder.is_dir():
        raise ProblemsFound.single(str(folder / INDEX_FILE), None, wording.missing_distribution())
    with lock_folder(folder):
        yield


def check_distribution(project: Project, folder: Path) -> dict[str, Any]:
    """Return the index.json of a distribution, made of this project and whole.

    Raises ProblemsFound when it is of another state of the project, or when a file is not the one
    that it lists.
    """
    path = folder / INDEX_FILE
    if not path.is_file():
        raise ProblemsFound.single(str(path), None, wording.missing_distribution())
    document = parse_json_document(read_file(path), str(path))
    schema = project.sources.files.read(INDEX_SCHEMA_SOURCE)
    check_schema(document, parse_json(schema, INDEX_SCHEMA_SOURCE))
    index = document.value
    if index["inputs"] != hash_inputs(project):
        raise ProblemsFound.single(str(path), None, wording.stale_distribution())
    for entry in index["files"]:
        file = folder / entry["name"]
        if not file.is_file() or hash_bytes(read_file(file)) != entry["sha256"]:
            raise ProblemsFound.single(str(file), None, wording.changed_distribution_file())
    names = [*(entry["name"] for entry in index["files"]), INDEX_FILE]
    sums = build_sums({name: read_file(folder / name) for name in names})
    if not (folder / SUMS_FILE).is_file() or read_file(folder / SUMS_FILE) != sums:
        file = folder / SUMS_FILE
        raise ProblemsFound.single(str(file), None, wording.changed_distribution_file())
    return index
