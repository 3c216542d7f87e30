"""Validate descriptors and schemas against the official Data Package JSON Schemas, without network.

Run by .venv-tools. Takes paths of datapackage.json files and of Table Schemas (schema-*.json, or in
a folder named schemas); prints a JSON object: the faults of each, by path and version of the standard.
"""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7


def read_profile(version: str, name: str) -> dict:
    """Return an official JSON Schema."""
    return json.loads((files("dplib") / "profiles" / version / name).read_text())


def find_faults(value: object, version: str, name: str) -> Iterator[str]:
    """Yield every fault of a value against an official JSON Schema."""

    def retrieve(address: str) -> Resource:
        return Resource(read_profile(version, address.rpartition("/")[2]), DRAFT7)

    validator = Draft7Validator(read_profile(version, name), registry=Registry(retrieve=retrieve))
    for error in validator.iter_errors(value):
        yield f"{list(error.absolute_path)}: {error.message[:200]}"


def main(paths: list[str]) -> None:
    faults = {}
    for path in paths:
        value = json.loads(Path(path).read_bytes())
        for version in ("1.0", "2.0"):
            key = f"{path} {version}"
            if Path(path).name != "datapackage.json":
                faults[key] = list(find_faults(value, version, "tableschema.json"))
                continue
            faults[key] = list(find_faults(value, version, "datapackage.json"))
            for resource in value["resources"]:
                faults[key] += find_faults(resource, version, "dataresource.json")
    print(json.dumps(faults))


main(sys.argv[1:])
