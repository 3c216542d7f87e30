"""Validate the data package: frictionless first, then what only this project can know.

Exit status: 0 valid, 1 not valid, 2 the command was misused.
"""

import argparse
import os
import sys
from pathlib import Path

from beneficiaires.problems import Problem, run
from beneficiaires.validation import validate

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("descriptor", nargs="?", type=Path, help="default: datapackage.json of this project")


def main(args: argparse.Namespace) -> int:
    results = validate(args.descriptor or ROOT / "datapackage.json")
    for result in results:
        count = len(result.problems)
        print(f"{result.check:34}{f'{count} faute' + 's' * (count > 1) if count else 'ok'}")
        for problem in result.problems:
            tell(problem, "error")
        for problem in result.warnings:
            tell(problem, "warning")
    return 1 if any(result.problems for result in results) else 0


def tell(problem: Problem, level: str) -> None:
    """Print a problem, as an annotation too where GitHub Actions shows them:
    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    print(problem, file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        message = problem.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        print(f"::{level} file={problem.file},line={problem.line or 1}::{message}")


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
