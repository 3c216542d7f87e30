"""What people download, made as a user makes it, against pandas writing two of the formats unchecked."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from harness import Case

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("LICENCE-DONNEES.md", "Makefile", "data", "datapackage.json", "requirements.txt", "schemas")


def cases(workspace: Path) -> Iterable[Case]:
    """`make dist` in a copy of the checkout, so that nobody's dist/ is removed."""
    copy = workspace / "project"
    copy.mkdir()
    for part in (*PARTS, "requirements-dev.txt", "scripts", "source"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part)
        else:
            shutil.copy2(ROOT / part, copy)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    peer = [sys.executable, str(ROOT / "bench/peers/dist.py"), str(ROOT / "data"), str(workspace / "peer")]
    yield Case(
        "make dist, and pandas for xlsx and Parquet alone",
        ["make", "-s", "dist"],
        peer,
        1.5,
        cwd=copy,
        fresh=[copy / "dist", workspace / "peer"],
    )
