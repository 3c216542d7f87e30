"""Write schemas/source/: the JSON Schemas of source/*.yml, made from their models, for editors."""

import argparse
import sys
from pathlib import Path

from beneficiaires import files, yamlfile
from beneficiaires.problems import run
from beneficiaires.sources import MODELS

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    pass


def main(args: argparse.Namespace) -> int:
    files.write(
        {
            ROOT / f"schemas/source/{name}.json": files.dump_json(yamlfile.schema(model, title))
            for name, (model, title) in MODELS.items()
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
