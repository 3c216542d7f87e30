"""Validate tables with the engine of validata.fr, each with its schema and nothing else.

Run by .venv-tools. Takes a folder with TABLE.csv and schema-TABLE.json files; prints a JSON object:
the messages of the errors and warnings of each table.
"""

import json
import sys
from pathlib import Path

from validata_core import validate


def main(folder: Path) -> None:
    messages = {}
    for path in sorted(folder.glob("schema-*.json")):
        table = path.stem.removeprefix("schema-")
        schema = json.loads(path.read_bytes())
        report = validate(str(folder / f"{table}.csv"), schema)
        errors = [error.message for error in report.errors]
        messages[table] = errors + [str(warning) for warning in report.warnings]
    print(json.dumps(messages))


main(Path(sys.argv[1]))
