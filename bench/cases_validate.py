"""validate.py against frictionless alone, and a make that has nothing to do."""

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from harness import FEWEST_PAIRS, Case, Figure, run

ROOT = Path(__file__).resolve().parent.parent


def cases(workspace: Path) -> Iterator[Case | Figure]:
    bare = [str(Path(sys.executable).with_name("frictionless")), "validate", "datapackage.json"]
    yield Case("validate / frictionless alone", [sys.executable, "scripts/validate.py"], bare, 1.3, ROOT)
    idle = median(run(["make"], ROOT).wall for _ in range(3 * FEWEST_PAIRS))
    yield Figure("make with nothing to do", idle, "s", 0.1)
