"""Time whole processes in turn (A B A B), ours and simpler scripts; exit status 1 when a bar is missed.

A ratio is the median of the pairs' ratios of wall clock; on a busy machine see the processor's.
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

from trees import ROOT, change, grow

BARE = f"import frictionless as f; assert f.Package({str(ROOT / 'datapackage.json')!r}).validate().valid"
SECONDS, FEWEST, MOST = 15, 3, 25
Pairs = list[tuple[dict[str, float], dict[str, float]]]


def run(command: list[object], out: Path) -> dict[str, float]:
    """The seconds of wall clock and processor and the peak of memory that a command takes, `out` emptied."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    start = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], cwd=out, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall, process.returncode = time.perf_counter() - start, status
    if status:
        sys.exit(f"failed: {process.args}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss}


def race(ours: list[object], peer: list[object], out: Path) -> Pairs:
    pairs: Pairs = []
    run(peer, out), run(ours, out)
    end = time.monotonic() + SECONDS
    while len(pairs) < FEWEST or (len(pairs) < MOST and time.monotonic() < end):
        theirs = run(peer, out)
        pairs.append((run(ours, out), theirs))
    return pairs


def held(name: str, value: float, bar: float, told: str = "") -> bool:
    """Print a row of the table; whether its bar is held."""
    print(f"{name:38}{value:8.3g}{bar:8.3g}  {'ok' if value <= bar else 'MISSED':8}{told}", flush=True)
    return value <= bar


def compared(name: str, pairs: Pairs, bar: float, times: int = 1, measure: str = "wall") -> bool:
    """A row: what our side takes over what the peer takes, for each of `times` as much work."""
    ours, peer = (median(side[measure] for side in sides) for sides in zip(*pairs, strict=True))
    ratio, cpu = (median(a[what] / b[what] for a, b in pairs) / times for what in (measure, "cpu"))
    return held(name, ratio, bar, f"{ours:.3g} / {peer:.3g}, {len(pairs)} pairs, processor {cpu:.3g}")


def extract(project: Path) -> list[object]:
    return [sys.executable, project / "scripts/extract.py", "--out", "."]


def against(name: str, project: Path, out: Path) -> Pairs:
    """extract on a project, and the script of a peer on its page."""
    page = max((project / "source/pages").glob("*.md"))
    peer = [sys.executable, ROOT / f"bench/peers/with_{name}.py", page, "peer.csv"]
    return race(extract(project), peer, out)


def rows(space: Path, out: Path) -> Iterator[bool]:
    yield compared("real page / pandas, BeautifulSoup", against("pandas", ROOT, out), 1 / 5)
    yield compared("real page / mistune", against("mistune", ROOT, out), 1.8)
    some, many = (grow(space / f"{n} contracts", n, 1000) for n in (100, 1000))
    yield compared("1e5 bullets / mistune", against("mistune", some, out), 0.5)
    pairs = race(extract(many), extract(some), out)
    for measure in ("wall", "memory"):
        yield compared(f"1e6 / 1e5 bullets / 10, {measure}", pairs, 1.2, 10, measure)
    few, many = (extract(grow(space / f"{n} bodies", 2, n)) for n in (1000, 10_000))
    yield compared("10,000 / 1,000 bodies / 10", race(many, few, out), 1.2, 10)
    few, many = (extract(change(space / f"{n} versions", n)) for n in (100, 1000))
    pairs = race(many, few, out)
    yield compared("1000 / 100 versions / 10", pairs, 1.2, 10)
    yield held("1000 versions, s", median(ours["wall"] for ours, _ in pairs), 2)
    pairs = race([sys.executable, ROOT / "scripts/validate.py"], [sys.executable, "-c", BARE], out)
    yield compared("validate / bare frictionless", pairs, 1.3)
    yield held("idle make, s", median(run(["make", "-C", ROOT], out)["wall"] for _ in range(MOST)), 0.1)
    run([sys.executable, ROOT / "scripts/build_dist.py", "--out", space], out)
    run([sys.executable, ROOT / "scripts/build_site.py", "--dist", space], out)
    home = [space / "site" / name for name in ("index.html", "style.css", "script.js", "favicon.svg")]
    yield held("home page with all it loads, kB", sum(path.stat().st_size for path in home) / 1000, 60)


if __name__ == "__main__":
    subprocess.run([sys.executable, "-m", "compileall", "-q", ROOT / "scripts"], check=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        print(f"{'':38}{'figure':>8}{'bar':>8}  {'':8}medians")
        sys.exit(not all([*rows(Path(folder), Path(folder, "out"))]))
