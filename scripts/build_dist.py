"""Make everything that people download, in dist/: the same sources give the same bytes, every day."""

import argparse
import sys
from pathlib import Path

from beneficiaires import checkout, dist, files
from beneficiaires.problems import run

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: dist/")


def main(args: argparse.Namespace) -> int:
    folder = args.out or ROOT / "dist"
    outputs = dist.build(checkout.read(ROOT))
    changed = files.write({folder / name: data for name, data in outputs.items()})
    print(f"{folder} → fichiers écrits : {len(changed)} sur {len(outputs)}")
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
