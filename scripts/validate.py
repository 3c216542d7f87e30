"""Validate the data package: frictionless first, then what only this project can know."""

import os
import sys
from pathlib import Path

from edition2.problems import run
from edition2.validation import validate

OPTIONS = {
    "descriptor": {"nargs": "?", "type": Path, "help": "default: datapackage.json of this project"}
}


def main(root: Path, descriptor: Path | None) -> int:
    found = validate(descriptor or root / "datapackage.json")
    for check, problems in found.items():
        print(
            f"{check:34}{f'{len(problems)} faute' + 's' * (len(problems) > 1) if problems else 'ok'}"
        )
        for problem in problems:
            print(problem, file=sys.stderr)
            if os.environ.get("GITHUB_ACTIONS") == "true":  # which shows it beside its line
                told = problem.message.replace("%", "%25").replace("\n", "%0A")
                print(f"::error file={problem.file},line={problem.line or 1}::{told}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
