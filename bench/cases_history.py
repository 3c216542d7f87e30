"""The history of a page with many versions: what it costs to derive it all, every time."""

import hashlib
import math
import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from harness import FEWEST_PAIRS, Figure, run

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("schemas", "scripts", "source")
ENTRY = """  - date: {day}
    url: https://example.org/
    brut: https://example.org/page.md
    depot: example/site
    chemin: page.md
    sha256: {sha256}
    licence: etalab-2.0
"""


def cases(workspace: Path) -> Iterator[Figure]:
    few, many = (tree(workspace / f"{count}-versions", count) for count in (100, 1000))
    out = workspace / "history"
    command = [sys.executable, "scripts/extract.py", "--out", str(out)]
    pairs = [[run(command, root, [out]) for root in (few, many)] for _ in range(FEWEST_PAIRS)]
    for measure, unit in (("wall", "s"), ("memory", "bytes")):
        value = median(getattr(large, measure) for _, large in pairs)
        ratio = median(getattr(large, measure) / getattr(small, measure) / 10 for small, large in pairs)
        yield Figure(f"history: 1000 versions, {measure}", value, unit, math.inf)
        yield Figure(f"history: 1000 / 100 versions / 10, {measure}", ratio, "", 1.2)


def tree(root: Path, count: int) -> Path:
    """A project whose page has `count` versions after the real one, each without one of its bullets."""
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "datapackage.json", root)
    lines = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8").splitlines(keepends=True)
    bullets = [number for number, line in enumerate(lines) if line.startswith("- ")]
    with (root / "source/pages.yml").open("a", encoding="utf-8") as pages:
        for version in range(count):
            day = date(2024, 1, 1) + timedelta(days=version)
            left_out = bullets[version % len(bullets)]
            data = "".join(lines[:left_out] + lines[left_out + 1 :]).encode()
            (root / f"source/pages/{day}.md").write_bytes(data)
            pages.write(ENTRY.format(day=day, sha256=hashlib.sha256(data).hexdigest()))
    return root
