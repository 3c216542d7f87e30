"""The CSV and JSON files are what the standard writers would write of the same rows."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beneficiaires import tables
from beneficiaires.problems import Invalid

TYPES = {"nom": "string", "rang": "integer", "support": "boolean", "libelle": "string"}
SCHEMA = tables.Schema(
    "essai",
    "schemas/essai.json",
    {"fields": [{"name": name, "type": kind} for name, kind in TYPES.items()]},
)
TEXTS = st.one_of(
    st.none(), st.text("ab,;\"'\n\té’ =", min_size=1), st.text(min_size=1).filter(str.isprintable)
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "libelle": TEXTS,
            "support": st.none() | st.booleans(),
            "rang": st.none() | st.integers(0, 3),
            "nom": TEXTS,
        }
    )
)


def to_csv(rows: list[tables.Row]) -> bytes:
    return tables.to_csv(tables.from_rows(rows, SCHEMA), SCHEMA)


def to_json(rows: list[tables.Row]) -> bytes:
    return tables.to_json(tables.from_rows(rows, SCHEMA), SCHEMA)


@given(ROWS)
def test_csv_is_what_the_csv_module_writes(rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TYPES)
    for row in rows:
        cells = [row[column] for column in TYPES]
        writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    assert to_csv(rows).decode() == text.getvalue()


@given(ROWS)
def test_json_is_one_object_a_line_in_schema_order(rows):
    objects = [json.dumps({column: row[column] for column in TYPES}, ensure_ascii=False) for row in rows]
    assert to_json(rows).decode() == "[\n" + ",\n".join(objects) + "\n]\n"


@given(ROWS)
def test_what_is_written_is_read_back_with_its_types(rows):
    expected = [[(column, row[column], type(row[column])) for column in TYPES] for row in rows]
    for read in (
        tables.from_csv(to_csv(rows), SCHEMA),
        tables.from_json(to_json(rows), SCHEMA),
    ):
        assert [[(column, row[column], type(row[column])) for column in TYPES] for row in read] == expected


@pytest.mark.parametrize("write", [tables.to_csv, tables.to_json])
def test_a_column_that_nothing_fills_is_named(write):
    with pytest.raises(Invalid, match=r"schemas/essai\.json: champ « support » : rien ne le remplit"):
        write({"nom": ["a"], "rang": [1], "libelle": ["b"]}, SCHEMA)
