"""Validate the data package: frictionless first, then what only this project can know."""

from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.errors import ProblemCollector
from beneficiaires.validation import validate_package

OPTIONS = {
    "descriptor": {"nargs": "?", "type": Path, "help": "default: datapackage.json of this project"},
}


def main(root: Path, descriptor: Path | None) -> None:
    """Print one line for each check, then every problem."""
    problems = ProblemCollector()
    for check, found in validate_package(descriptor or root / "datapackage.json").items():
        print(wording.check_result(check, len(found)))
        problems.extend(found)
    problems.raise_if_any()


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
