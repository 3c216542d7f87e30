"""datapackage.json: what the project reads of it, and the sizes and hashes that it writes there."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .. import wording
from ..errors import ProblemCollector
from ..files import hash_bytes
from ..source.documents import check_schema, parse_json_document
from .table_schema import TableSchema

DESCRIPTOR_FILE = "datapackage.json"


@dataclass(frozen=True)
class DataPackage:
    """A Data Package (https://datapackage.org/standard/data-package/) and its Table Schemas.

    The schemas are in the order of the resources.
    """

    descriptor: Mapping[str, Any]
    schemas: tuple[TableSchema, ...]

    @property
    def name(self) -> str:
        """The identifier of the package."""
        return self.descriptor["name"]

    @property
    def title(self) -> str:
        """The French title of the package."""
        return self.descriptor["title"]

    @property
    def description(self) -> str:
        """What the package holds, in French."""
        return self.descriptor["description"]

    @property
    def version(self) -> str:
        """The number of the release, such as "3.0.0"."""
        return self.descriptor["version"]

    @property
    def created(self) -> str:
        """The day on which the package was first made, as in the descriptor."""
        return self.descriptor["created"]

    @property
    def keywords(self) -> Sequence[str]:
        """The French keywords."""
        return self.descriptor["keywords"]

    @property
    def licence(self) -> Mapping[str, str]:
        """The licence of the data: name, title, path."""
        return self.descriptor["licenses"][0]

    @property
    def origin(self) -> Mapping[str, str]:
        """The page: title and path."""
        return self.descriptor["sources"][0]

    @property
    def resources(self) -> Sequence[Mapping[str, Any]]:
        """The descriptors of the resources."""
        return self.descriptor["resources"]

    @property
    def publisher(self) -> Mapping[str, Any]:
        """The contributor whose role is to publish, else the first one."""
        contributors = self.descriptor["contributors"]
        for contributor in contributors:
            if "publisher" in contributor["roles"]:
                return contributor
        return contributors[0]

    def find_schema(self, table: str) -> TableSchema:
        """Return the schema of a table. Raise KeyError for a table that the package lacks."""
        for schema in self.schemas:
            if schema.name == table:
                return schema
        raise KeyError(table)


def parse_data_package(
    data: bytes, schemas: Sequence[TableSchema], rules: Mapping[str, Any]
) -> DataPackage:
    """Return the package that datapackage.json holds, with its schemas.

    `rules` is the JSON Schema of what this project reads of it. Raises ProblemsFound, also when
    the resources are not a CSV and a JSON file for each schema.
    """
    document = parse_json_document(data, DESCRIPTOR_FILE)
    check_schema(document, rules)
    problems = ProblemCollector()
    by_file = {schema.file: schema for schema in schemas}
    described: dict[str, TableSchema] = {}
    paths: set[str] = set()
    for position, resource in enumerate(document.value["resources"]):
        schema = by_file.get(resource["schema"])
        if schema is None:
            message = wording.unknown_table_schema(resource["schema"])
            problems.append(document.make_problem(message, "resources", position, "schema"))
            continue
        described[schema.file] = schema
        expected_path = f"data/{schema.name}.{resource['format']}"
        if resource["path"] != expected_path or expected_path in paths:
            message = wording.resource_path(schema.name, resource["format"])
            problems.append(document.make_problem(message, "resources", position, "path"))
        paths.add(resource["path"])
    for schema in schemas:
        if not {f"data/{schema.name}.csv", f"data/{schema.name}.json"} <= paths:
            problems.add(schema.file, None, wording.table_without_resource())
    problems.raise_if_any()
    return DataPackage(document.value, tuple(described.values()))


def format_hash(data: bytes) -> str:
    """Return the hash of a file as a descriptor gives it."""
    return f"sha256:{hash_bytes(data)}"


def with_statistics(
    package: DataPackage, files: Mapping[str, bytes], origin_version: str
) -> dict[str, Any]:
    """Return a copy of the descriptor with what describes the files of the resources.

    Each resource gets the hash of its file, a CSV one its size too. `files` are bytes by path;
    `origin_version`, the commit of the newest snapshot or its day, is that of the first source.
    """
    descriptor = deepcopy(dict(package.descriptor))
    descriptor["sources"][0]["version"] = origin_version
    for resource in descriptor["resources"]:
        data = files[resource["path"]]
        # frictionless 5.21 calls any size of a JSON resource wrong.
        if resource["format"] != "json":
            resource["bytes"] = len(data)
        resource["hash"] = format_hash(data)
    return descriptor
