"""Build the lookup site in DIST/site, from the sources and the distribution of `make dist`."""

from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.project import load_project
from beneficiaires.publish.distribution import lock_distribution
from beneficiaires.publish.site import build_site, write_site

OPTIONS = {
    "--dist": {"type": Path, "metavar": "DIR", "help": "the distribution (default: dist/)"},
}


def main(root: Path, dist: Path | None) -> None:
    """Build the site and write the files that changed."""
    distribution = dist or root / "dist"
    folder = distribution / "site"
    with lock_distribution(distribution):
        outputs = build_site(load_project(root), distribution)
        count = write_site(outputs, folder)
    print(wording.distribution_summary(str(folder), count, len(outputs)))


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
