"""Validate the data package: frictionless first, then what only this project can know.

Prints a table of results, or JSON with --json; adds annotations when it runs in GitHub Actions.
Exit status: 0 valid, 1 not valid, 2 the command was misused.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from tabulate import tabulate

from beneficiaires.signals import end_quietly
from beneficiaires.validation import Result, validate

ROOT = Path(__file__).resolve().parent.parent


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", nargs="?", type=Path, default=ROOT / "datapackage.json")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    results = validate(args.package.resolve())
    valid = not any(result.problems for result in results)
    if args.json:
        print(json.dumps(as_json(results, valid), ensure_ascii=False, indent=2))
    else:
        print(tabulate([row(result) for result in results], headers=["Contrôle", "Résultat"]))
        for problem in (problem for result in results for problem in (*result.problems, *result.warnings)):
            print(problem, file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(results)), file=sys.stderr)
    return 0 if valid else 1


def row(result: Result) -> tuple[str, str]:
    if result.skipped:
        return result.check, f"non vérifié ({result.skipped})"
    counts = [(len(result.problems), "erreur"), (len(result.warnings), "avertissement")]
    found = ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)
    return result.check, found or "ok"


def as_json(results: list[Result], valid: bool) -> dict:
    def plain(problem) -> dict:
        return {"file": problem.file, "line": problem.line, "message": problem.message}

    return {
        "valid": valid,
        "checks": [
            {
                "check": result.check,
                "skipped": result.skipped or None,
                "problems": [plain(problem) for problem in result.problems],
                "warnings": [plain(problem) for problem in result.warnings],
            }
            for result in results
        ],
    }


def annotations(results: list[Result]) -> list[str]:
    """Workflow commands, https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    lines = []
    for result in results:
        for level, problems in (("error", result.problems), ("warning", result.warnings)):
            for problem in problems:
                place = f"file={problem.file}" + (f",line={problem.line}" if problem.line else "")
                message = problem.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
                lines.append(f"::{level} {place},title={result.check}::{message}")
    return lines


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
