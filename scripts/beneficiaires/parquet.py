"""Parquet files, typed by the Table Schemas."""

from __future__ import annotations

import pyarrow
from pyarrow import csv, parquet

from .edition import Edition
from .problems import Invalid
from .tables import Schema

_TYPES = {"integer": pyarrow.int64(), "boolean": pyarrow.bool_(), "date": pyarrow.date32()}


def encode(edition: Edition, schema: Schema) -> bytes:
    """One table; its title, licence, source and version are in the file's metadata. Raises Invalid."""
    described = pyarrow.schema(
        [_field(field) for field in schema.descriptor["fields"]], _metadata(edition, schema)
    )
    # The CSV is read again, by Arrow: to take Python values it would first import pandas, where it is.
    canonical = edition.files[edition.resource(schema)["path"]]
    options = csv.ConvertOptions(
        column_types=described,
        null_values=[""],
        strings_can_be_null=True,
        true_values=["true"],
        false_values=["false"],
    )
    parsing = csv.ParseOptions(newlines_in_values=True)
    try:
        table = csv.read_csv(pyarrow.BufferReader(canonical), parse_options=parsing, convert_options=options)
    except pyarrow.ArrowException as error:
        raise Invalid.because(f"{schema.name}.csv", None, f"Parquet impossible : {error}") from None
    output = pyarrow.BufferOutputStream()
    # Uncompressed: a few kB more, read everywhere, and no codec whose bytes depend on the processor.
    parquet.write_table(table.cast(described), output, compression="none")
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
