"""Make everything that people download, in dist/: the same sources give the same bytes."""

from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.files import lock_folder
from beneficiaires.project import load_project
from beneficiaires.publish.distribution import build_distribution, write_distribution

OPTIONS = {
    "--out": {"type": Path, "metavar": "DIR", "help": "default: dist/"},
}


def main(root: Path, out: Path | None) -> None:
    """Build the distribution and write the files that changed."""
    outputs = build_distribution(load_project(root))
    folder = out or root / "dist"
    with lock_folder(folder):
        count = write_distribution(outputs, folder)
    print(wording.distribution_summary(str(folder), count, len(outputs)))


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
