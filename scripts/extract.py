"""Turn the page into the tables of data/, and write their sizes and hashes into datapackage.json."""

import argparse
import sys
from pathlib import Path

from beneficiaires import checkout, files
from beneficiaires.problems import run

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help="write there instead, and change nothing here")
    parser.add_argument("--schemas", action="store_true", help="write schemas/source/ instead, for editors")


def main(args: argparse.Namespace) -> int:
    if args.schemas:
        files.write({ROOT / name: data for name, data in checkout.editor_schemas().items()})
        return 0
    project = checkout.read(ROOT)
    where = args.out or ROOT
    outputs = {where / name: data for name, data in project.outputs().items()}
    changed = files.write(outputs)
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in project.rows.items())
    written = f"fichiers écrits : {len(changed)} sur {len(outputs)}"
    print(f"page du {project.readings[-1].version.date} : {counts} ; {written}")
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
