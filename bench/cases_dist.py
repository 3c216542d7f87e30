"""What people download, made as a user makes it, against pandas writing two of the formats unchecked."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import trees
from harness import Case

ROOT = Path(__file__).resolve().parent.parent


def cases(workspace: Path) -> Iterable[Case]:
    copy = trees.checkout(workspace / "project", ROOT)
    peer = [sys.executable, str(ROOT / "bench/peers/dist.py"), str(ROOT / "data"), str(workspace / "peer")]
    yield Case(
        "make dist, and pandas for xlsx and Parquet alone",
        ["make", "-s", "dist"],
        peer,
        1.5,
        cwd=copy,
        fresh=[copy / "dist", workspace / "peer"],
    )
