"""Build the lookup site from the sources and the distribution, which `make dist` writes."""

from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.files import lock_folder, write_files
from beneficiaires.project import load_project
from beneficiaires.publish.site import build_site

OPTIONS = {
    "--dist": {"type": Path, "metavar": "DIR", "help": "the distribution (default: dist)"},
    "--out": {"type": Path, "metavar": "DIR", "help": "write the site there (default: DIST/site)"},
}


def main(root: Path, dist: Path | None, out: Path | None) -> None:
    """Build the site and write the files that changed."""
    distribution = dist or root / "dist"
    folder = out or distribution / "site"
    outputs = build_site(load_project(root), distribution)
    folder.mkdir(parents=True, exist_ok=True)
    with lock_folder(folder):
        count = write_files(folder, outputs)
    print(wording.distribution_summary(str(folder), count, len(outputs)))


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
