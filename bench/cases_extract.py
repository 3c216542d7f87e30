"""extract.py against scripts that only parse the page and write a CSV file, without any check."""

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import trees
from harness import FEWEST_PAIRS, Case, Figure, run

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"


def cases(workspace: Path) -> Iterator[Case | Figure]:
    yield against("pandas", "real page", ROOT, workspace, 1 / 8)
    yield against("mistune", "real page", ROOT, workspace, 2.5)
    yield against("pyromark", "real page", ROOT, workspace, math.inf)
    sizes = {"1e3": 10**3, "1e5": 10**5, "1e6": 10**6}
    grown = {name: trees.grow(workspace / name, ROOT, bullets) for name, bullets in sizes.items()}
    yield against("mistune", "1e3 bullets", grown["1e3"], workspace, math.inf)
    yield against("mistune", "1e5 bullets", grown["1e5"], workspace, 1 / 4)
    yield against("pyromark", "1e5 bullets", grown["1e5"], workspace, math.inf)
    yield from growth(grown["1e5"], grown["1e6"], workspace / "out")
    yield Figure("extract: 1e6 bullets, rows missing", 10**6 - rows(workspace / "out"), "rows", 0)


def against(peer: str, name: str, tree: Path, workspace: Path, bar: float) -> Case:
    out, table = workspace / "out", workspace / "peer.csv"
    page = max((tree / "source/pages").glob("*.md"))
    theirs = [sys.executable, str(PEERS / f"with_{peer}.py"), str(page), str(table)]
    return Case(f"extract: {name} / {peer} script", ours(out), theirs, bar, tree, (out, table))


def ours(out: Path) -> Sequence[str]:
    return [sys.executable, "scripts/extract.py", "--out", str(out)]


def growth(small: Path, large: Path, out: Path) -> Iterator[Figure]:
    """What ten times the bullets cost, over ten times what the bullets cost: 1 is linear."""
    pairs = [[run(ours(out), tree, [out]) for tree in (small, large)] for _ in range(FEWEST_PAIRS)]
    for measure, unit in (("wall", "s"), ("memory", "bytes")):
        ratio = median(getattr(many, measure) / getattr(few, measure) / 10 for few, many in pairs)
        value = median(getattr(many, measure) for _, many in pairs)
        yield Figure(f"extract: 1e6 bullets, {measure}", value, unit, math.inf)
        yield Figure(f"extract: 1e6 / 1e5 bullets / 10, {measure}", ratio, "", 1.2)


def rows(out: Path) -> int:
    with (out / "beneficiaires.csv").open("rb") as file:
        return sum(1 for _ in file) - 1
