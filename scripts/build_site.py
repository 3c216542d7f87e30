"""Build the lookup site from the sources and the distribution: dist/ must be there (make dist)."""

from pathlib import Path

from edition2 import checkout, files, website
from edition2.problems import run

OPTIONS = {
    "--dist": {"type": Path, "metavar": "DIR", "help": "the distribution (default: dist)"},
    "--out": {"type": Path, "metavar": "DIR", "help": "write the site there (default: DIST/site)"},
}


def main(root: Path, dist: Path | None, out: Path | None) -> None:
    dist = dist or root / "dist"
    out = out or dist / "site"
    print(f"{out} → {files.write(out, website.build(checkout.read(root), dist))}")


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
