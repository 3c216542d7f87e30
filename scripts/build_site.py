"""Build the lookup site from the sources and the distribution: dist/ must be there (make dist)."""

import argparse
import sys
from pathlib import Path

from beneficiaires import checkout, files, website
from beneficiaires.problems import run

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dist", type=Path, metavar="DIR", help="the distribution (default: dist)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the site there (default: DIST/site)")


def main(args: argparse.Namespace) -> int:
    dist = args.dist or ROOT / "dist"
    out = args.out or dist / "site"
    built = website.build(checkout.read(ROOT), dist)
    changed = files.write({out / path: data for path, data in built.items()})
    print(f"{out} → fichiers écrits : {len(changed)} sur {len(built)}")
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
