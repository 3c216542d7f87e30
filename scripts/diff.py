"""Tell in French what changed from one version of the page to another, whatever is still to decide.

OLD and NEW are days of source/pages.yml: the last two versions by default, OLD and the newest with OLD alone.
"""

import argparse
import sys
from pathlib import Path

from beneficiaires import changes, checkout
from beneficiaires.problems import Invalid, run

ROOT = Path(__file__).resolve().parent.parent
FORMATS = {"text": changes.text, "markdown": changes.markdown}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", nargs="?", metavar="OLD", help="a day of pages.yml, AAAA-MM-JJ")
    parser.add_argument("new", nargs="?", metavar="NEW", help="a day of pages.yml, AAAA-MM-JJ")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")


def main(args: argparse.Namespace) -> int:
    sources = checkout.sources_of(ROOT)
    versions = {str(version.date): version for version in sources.pages.versions}
    days = list(versions)
    old, new = args.old or days[-2:][0], args.new or days[-1]
    for day in {old, new} - versions.keys():
        raise Invalid.because("source/pages.yml", None, f"pas de version du {day} ; il y a {', '.join(days)}")
    found = changes.diff(sources.reading(versions[old]), sources.reading(versions[new]), sources.registry)
    print(FORMATS[args.format](found), end="")
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
