"""The Table Schemas of schemas/: the only list of each table's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from .. import wording
from ..errors import ProblemCollector
from ..source.documents import check_schema, parse_json_document


@dataclass(frozen=True)
class TableSchema:
    """A Table Schema (https://datapackage.org/standard/table-schema/). `file` is its path."""

    name: str
    file: str
    descriptor: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The French title of the table."""
        return self.descriptor["title"]

    @property
    def description(self) -> str:
        """What the table holds, in French."""
        return self.descriptor["description"]

    @property
    def fields(self) -> Sequence[Mapping[str, Any]]:
        """The descriptors of the fields, in the order of the columns."""
        return self.descriptor["fields"]

    @property
    def columns(self) -> list[str]:
        """The names of the fields."""
        return [field["name"] for field in self.fields]

    @property
    def foreign_keys(self) -> Sequence[Mapping[str, Any]]:
        """The keys that lead to other tables, or to itself when their resource is ""."""
        return self.descriptor.get("foreignKeys", ())

    def without_foreign_keys(self) -> dict[str, Any]:
        """Return the descriptor for a table alone, whose keys lead nowhere."""
        return {key: value for key, value in self.descriptor.items() if key != "foreignKeys"}


def parse_table_schema(data: bytes, name: str, rules: Mapping[str, Any]) -> TableSchema:
    """Return the Table Schema of a file.

    `rules` is the JSON Schema of what this project reads of it. Raises ProblemsFound.
    """
    document = parse_json_document(data, name)
    check_schema(document, rules)
    schema = TableSchema(PurePosixPath(name).stem, name, document.value)
    problems = ProblemCollector()
    for position, column in enumerate(schema.columns):
        if column in schema.columns[:position]:
            problem = document.make_problem(wording.column_written_twice(), "fields", position)
            problems.append(problem)
    problems.raise_if_any()
    return schema
