"""Make everything that people download, in dist/.

The same sources give the same bytes, on every machine and every day. Exit status: 0 done,
1 the sources are wrong, 2 the command was misused.
"""

import argparse
import sys
from pathlib import Path

from beneficiaires import checkout, dist
from beneficiaires.problems import run

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: dist/")


def main(args: argparse.Namespace) -> int:
    folder = args.out or ROOT / "dist"
    outputs = dist.build(checkout.read(ROOT))
    changed = dist.write(outputs, folder)
    size = sum(map(len, outputs.values())) / 1000
    print(f"{folder} : {len(outputs)} fichiers, {size:.0f} ko ; fichiers écrits : {len(changed)}")
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
