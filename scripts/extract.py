"""Turn the page into the tables of data/, and write their sizes and hashes in datapackage.json."""

from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.files import lock_folder, write_files
from beneficiaires.project import load_project

OPTIONS = {
    "--out": {"type": Path, "metavar": "DIR", "help": "write there, and change nothing here"},
}


def main(root: Path, out: Path | None) -> None:
    """Build the outputs of the project and write those that changed."""
    folder = out or root
    with lock_folder(folder):  # before reading, as `refresh` and `release` write what is read
        project = load_project(root)
        outputs = project.build_outputs()
        count = write_files(folder, outputs)
    sizes = {name: len(rows) for name, rows in project.tables.items()}
    date = project.newest.date
    print(wording.extract_summary(str(date), sizes, count, len(outputs)))


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
