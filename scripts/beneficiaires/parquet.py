"""Parquet files, typed by the Table Schemas."""

from __future__ import annotations

import pyarrow
from pyarrow import parquet

from .edition import Edition
from .problems import Invalid
from .tables import Schema

_TYPES = {"integer": pyarrow.int64(), "boolean": pyarrow.bool_(), "date": pyarrow.date32()}


def encode(edition: Edition, schema: Schema) -> bytes:
    """One table; its title, licence, source and version are in the file's metadata. Raises Invalid."""
    described = pyarrow.schema(
        [_field(field) for field in schema.descriptor["fields"]], _metadata(edition, schema)
    )
    try:
        table = pyarrow.Table.from_pylist(edition.rows[schema.name], described)
    except (pyarrow.ArrowException, OverflowError) as error:
        raise Invalid.because(f"{schema.name}.csv", None, f"Parquet impossible : {error}") from None
    output = pyarrow.BufferOutputStream()
    # Uncompressed: a few kB more, read everywhere, and no codec whose bytes depend on the processor.
    parquet.write_table(table, output, compression="none")
    return output.getvalue().to_pybytes()


def _field(field: dict) -> pyarrow.Field:
    metadata = {key: field[key] for key in ("title", "description")}
    return pyarrow.field(field["name"], _TYPES.get(field["type"], pyarrow.string()), metadata=metadata)


def _metadata(edition: Edition, schema: Schema) -> dict[str, str]:
    descriptor, page = edition.package.descriptor, edition.provenance.newest
    return {
        "title": f"{descriptor['title']} : {schema.descriptor['title']}",
        "description": schema.descriptor["description"],
        "version": descriptor["version"],
        "license": descriptor["licenses"][0]["path"],
        "source": page.url,
        "source_date": page.date.isoformat(),
        "source_sha256": page.sha256,
        "schema": schema.descriptor["path"],
    }
