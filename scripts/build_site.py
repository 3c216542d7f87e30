"""Build the lookup site from the sources and the distribution: dist/ must be there (make dist).

Exit status: 0 done, 1 the sources or the distribution are wrong, 2 the command was misused.
"""

import argparse
import sys
from pathlib import Path

from beneficiaires import files, website
from beneficiaires.problems import Invalid
from beneficiaires.signals import end_quietly

ROOT = Path(__file__).resolve().parent.parent


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dist", type=Path, metavar="DIR", default=ROOT / "dist", help="the distribution")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the site there (default: DIST/site)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    out = args.out or args.dist / "site"
    try:
        built = website.build(website.read(ROOT, args.dist), ROOT / website.TEMPLATES)
        changed = files.write({out / path: data for path, data in built.items()}, durable=False)
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1
    pages = sum(path.endswith(".html") for path in built)
    print(f"{out} → {pages} pages ; fichiers écrits : {len(changed)} sur {len(built)}")
    return 0


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
