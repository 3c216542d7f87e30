"""Make everything that people download, in dist/: the same sources give the same bytes, every day."""

from pathlib import Path

from edition2 import checkout, dist, files
from edition2.problems import run

OPTIONS = {"--out": {"type": Path, "metavar": "DIR", "help": "default: dist/"}}


def main(root: Path, out: Path | None) -> None:
    folder = out or root / "dist"
    print(f"{folder} → {files.write(folder, dist.build(checkout.read(root)))}")


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
