"""Prepare a release: its number, its day, what it promises to those who use the data.

A number that is too small for what changed since the last release is refused
(https://datapackage.org/recipes/data-package-version/).
"""

import datetime as dt
from argparse import ArgumentTypeError
from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.datapackage.release_manifest import Version, format_version, parse_version
from beneficiaires.files import lock_folder, write_files
from beneficiaires.publish.release import prepare_release


def read_version(text: str) -> Version:
    """Return the numbers of a version given on the command line."""
    version = parse_version(text)
    if version is None:
        raise ArgumentTypeError(wording.malformed_version(text))
    return version


OPTIONS = {
    "version": {"type": read_version, "metavar": "VERSION", "help": "as 3.0.0"},
}


def main(root: Path, version: Version) -> None:
    """Write what the release changes, then print the commands that publish it."""
    today = dt.datetime.now(dt.UTC).date()
    with lock_folder(root):
        outputs = prepare_release(root, version, today)
        write_files(root, outputs)
    print(wording.release_is_ready(format_version(version)))


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
