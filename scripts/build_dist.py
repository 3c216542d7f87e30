"""Make of the package everything that people download, in dist/.

The same package gives the same bytes, on every machine and every day. Exit status: 0 done,
1 the package is wrong, 2 the command was misused.
"""

import argparse
import sys
from pathlib import Path

from beneficiaires import distribution, edition, workbooks
from beneficiaires.problems import Invalid
from beneficiaires.signals import end_quietly

ROOT = Path(__file__).resolve().parent.parent


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "root", nargs="?", type=Path, default=ROOT, help="the folder of datapackage.json (default: this one)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR", help="default: dist/")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        package = edition.read(args.root)
        outputs = distribution.build(package)
        changed = distribution.write(outputs, args.out)
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1
    for problem in workbooks.losses(package):
        print(problem, file=sys.stderr)
    size = sum(map(len, outputs.values())) / 1000
    print(f"{args.out} : {len(outputs)} fichiers, {size:.0f} ko ; fichiers écrits : {len(changed)}")
    return 0


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
