"""Prepare a release: raise the version of the data package and date what changed in CHANGELOG.md.

The version is semantic: major when a column or a slug changes meaning, minor when data change,
patch for corrections; by default the smallest that fits. Nothing is published, and nothing is
written unless everything validates. Exit status: 0 done, 1 refused, 2 the command was misused.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from beneficiaires import files, project, release
from beneficiaires.problems import Invalid, raise_if_any
from beneficiaires.signals import end_quietly
from beneficiaires.validation import PROMISES, validate

ROOT = Path(__file__).resolve().parent.parent


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("level", nargs="?", choices=release.LEVELS, help="default: the smallest that fits")
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="the day of the release")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        results = [result for result in validate(ROOT / project.PACKAGE) if result.check != PROMISES]
        raise_if_any(problem for result in results for problem in result.problems)
        version, outputs = release.prepare(project.read(ROOT), args.level, args.date)
        changed = files.write(outputs)
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1
    counts = f"fichiers écrits : {len(changed)} sur {len(outputs)}"
    print(f"Version {version.version} du {version.date} ; {counts}")
    return 0


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
