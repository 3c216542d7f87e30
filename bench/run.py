"""Time the commands against simpler scripts and against themselves: one table, exit status 1 when a bar is missed.

The two sides of a row are whole processes, byte-compiled, run in turn (A B A B) after a warm-up: a ratio is
the median of the pairs' ratios. Bars are for the wall clock; on a busy machine the processor's time says more.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from msgspec import Struct

from trees import ROOT, change, grow

BARE = "import sys, frictionless; sys.exit(not frictionless.Package(sys.argv[1]).validate().valid)"
SECONDS, FEWEST, MOST = 15, 3, 25
PEAK_UNIT = 1e-6 if sys.platform == "darwin" else 1024e-6


class Run(Struct, frozen=True):
    """What a process took: seconds of wall clock, seconds of processor, megabytes at the peak."""

    wall: float
    cpu: float
    memory: float


Pairs = list[tuple[Run, Run]]


def run(command: list[object], folder: Path) -> Run:
    """Run a command in `folder`, emptied before. Linux lends it our memory at the start: keep this process small."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    start = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"exit {process.returncode}: {process.args}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * PEAK_UNIT)


def race(ours: list[object], peer: list[object], folder: Path) -> Pairs:
    pairs: Pairs = []
    for command in (ours, peer):
        run(command, folder)
    end = time.monotonic() + SECONDS
    while len(pairs) < FEWEST or (len(pairs) < MOST and time.monotonic() < end):
        pairs.append((run(ours, folder), run(peer, folder)))
    return pairs


def held(name: str, value: float, bar: float, told: str = "") -> bool:
    """Print a row of the table; whether its bar is held."""
    print(f"{name:40}{value:8.3g}{bar:8.3g}  {'ok' if value <= bar else 'MISSED':8}{told}", flush=True)
    return value <= bar


def compared(name: str, pairs: Pairs, bar: float, times: int = 1, measure: str = "wall") -> bool:
    """A row: what our side takes over what the peer takes, for each of `times` as much work."""

    def ratio(what: str) -> float:
        return median(getattr(ours, what) / getattr(peer, what) for ours, peer in pairs) / times

    ours, peer = (median(getattr(run, measure) for run in side) for side in zip(*pairs, strict=True))
    told = f"{ours:.3g} / {peer:.3g} {'MB' if measure == 'memory' else 's'}, {len(pairs)} pairs"
    return held(name, ratio(measure), bar, f"{told}, processor {ratio('cpu'):.3g}")


def script(path: Path, *args: object) -> list[object]:
    return [sys.executable, path, *args]


def extract(project: Path) -> list[object]:
    return script(project / "scripts/extract.py", "--out", ".")


def against(peer: str, project: Path, out: Path) -> Pairs:
    """extract on a project, and the script of a peer on its page."""
    page = max((project / "source/pages").glob("*.md"))
    return race(extract(project), script(ROOT / f"bench/peers/with_{peer}.py", page, "peer.csv"), out)


def rows(space: Path, out: Path) -> Iterator[bool]:
    yield compared("real page / pandas, BeautifulSoup", against("pandas", ROOT, out), 1 / 5)
    yield compared("real page / mistune", against("mistune", ROOT, out), 1.8)
    some, many = (grow(space / f"{n} contracts", n, 1000) for n in (100, 1000))
    yield compared("1e5 bullets / mistune", against("mistune", some, out), 0.5)
    pairs = race(extract(some), extract(many), out)
    for measure in ("wall", "memory"):
        yield compared(f"1e6 / 1e5 bullets / 10, {measure}", [(b, a) for a, b in pairs], 1.2, 10, measure)
    with (out / "data/beneficiaires.csv").open("rb") as table:
        yield held("1e6 bullets, rows missing or too many", abs(sum(1 for _ in table) - 10**6 - 1), 0)
    few, many = (extract(grow(space / f"{n} bodies", 2, n)) for n in (1000, 10_000))
    yield compared("10,000 / 1,000 bodies / 10", race(many, few, out), 1.2, 10)
    few, many = (extract(change(space / f"{n} versions", n)) for n in (100, 1000))
    pairs = race(many, few, out)
    yield compared("1000 / 100 versions / 10", pairs, 1.2, 10)
    yield held("1000 versions, seconds", median(ours.wall for ours, _ in pairs), 2)
    bare = [sys.executable, "-c", BARE, ROOT / "datapackage.json"]
    yield compared("validate / bare frictionless", race(script(ROOT / "scripts/validate.py"), bare, out), 1.3)
    idle = [run(["make", "-C", ROOT], out).wall for _ in range(MOST)]
    yield held("make with nothing to do, seconds", median(idle), 0.1)
    dist, site = space / "dist", space / "site"
    run(script(ROOT / "scripts/build_dist.py", "--out", dist), out)
    run(script(ROOT / "scripts/build_site.py", "--dist", dist, "--out", site), out)
    loaded = ("index.html", "style.css", "script.js", "favicon.svg")
    yield held("home page with all it loads, kB", sum((site / n).stat().st_size for n in loaded) / 1000, 60)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        run(script("-m", "compileall", "-q", ROOT / "scripts"), Path(folder) / "out")
        print(f"{'':40}{'figure':>8}{'bar':>8}  {'':8}medians")
        sys.exit(not all([*rows(Path(folder), Path(folder) / "out")]))
