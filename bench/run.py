"""Compare the commands with simpler scripts, and large inputs with small ones, as ratios.

Usage: make bench. A ratio is the median of several pairs, run in turn (A B A B …) because a shared
machine changes its speed. Exit status 1 when a bound is missed.
"""

import datetime as dt
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
PAGE = max((ROOT / "source/pages").glob("*.md"))
PAIRS = 7

PANDAS_PEER = f"""
import pandas
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
body = open({str(PAGE)!r}, encoding="utf-8").read().split("---\\n", 2)[2]
soup = BeautifulSoup(MarkdownIt().render(body), "html.parser")
rows = [
    {{"titre": bullets.find_previous("h2").get_text(), "libelle": bullet.get_text().strip()}}
    for bullets in soup.find_all("ul") for bullet in bullets.find_all("li")
]
pandas.DataFrame(rows).to_csv("rows.csv", index=False)
"""
BARE_FRICTIONLESS = f"""
import frictionless
assert frictionless.Package({str(ROOT / "datapackage.json")!r}).validate().valid
"""

Command = Sequence[str | Path]


def run_script(name: str, *options: str, root: Path = ROOT) -> Command:
    """Return the command that runs a script of a project."""
    return [sys.executable, root / f"scripts/{name}.py", *options]


def measure(command: Command, folder: Path, expected_status: int = 0) -> tuple[float, int]:
    """Return the seconds and the peak kibibytes that a command takes in a folder."""
    errors = None if expected_status == 0 else subprocess.DEVNULL
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != expected_status:
        sys.exit(f"failed: {command}")
    return seconds, usage.ru_maxrss


def report(name: str, value: float, bound: float, detail: str) -> bool:
    """Print a row of the table. Return whether its bound is held."""
    verdict = "ok" if value <= bound else "MISSED"
    print(f"{name:42}{value:8.2f}{bound:8.2f}  {verdict:8}{detail}", flush=True)
    return value <= bound


def compare(name: str, ours: Command, peer: Command, bound: float, units: int = 1) -> bool:
    """Report the time and memory of a command over those of another, for each unit of its work."""
    time_ratios = []
    memory_ratios = []
    all_seconds = []
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        for _ in range(PAIRS):
            seconds, memory = measure(ours, folder)
            peer_seconds, peer_memory = measure(peer, folder)
            time_ratios.append(seconds / peer_seconds / units)
            memory_ratios.append(memory / peer_memory / units)
            all_seconds.append(seconds)
    memory_ratio = median(memory_ratios)
    detail = f"{median(all_seconds):.2f} s, memory {memory_ratio:.2f}"
    is_held = report(name, median(time_ratios), bound, detail)
    return is_held and (units == 1 or memory_ratio <= bound)


def report_seconds(name: str, command: Command, bound: float, expected_status: int = 0) -> bool:
    """Report the seconds of a command in the project itself."""
    seconds, _ = measure(command, ROOT, expected_status)
    return report(name, seconds, bound, "seconds")


def copy_project(folder: Path, pages: Sequence[str]) -> Path:
    """Copy what extract reads, with other pages as its snapshots, one a day."""
    for name in ("schemas", "scripts", "source"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("datapackage.json", "release.json"):
        shutil.copy(ROOT / name, folder)
    for path in (folder / "source/pages").glob("*.md"):
        path.unlink()
    lines = ["date,commit,sha256,chemin\n"]
    date = dt.date(2000, 1, 1)
    for page in pages:
        (folder / f"source/pages/{date}.md").write_text(page, encoding="utf-8")
        lines.append(f"{date},,{hashlib.sha256(page.encode()).hexdigest()},\n")
        date += dt.timedelta(days=1)
    (folder / "source/pages/versions.csv").write_text("".join(lines), encoding="utf-8")
    return folder


def read_page() -> list[str]:
    """Return the lines of the newest page, with their ends."""
    return PAGE.read_text(encoding="utf-8").splitlines(keepends=True)


def make_organisations(folder: Path, count: int, listed_count: int = 100) -> Path:
    """Make a project with that many organisations; each list names the first of them."""
    names = [f"Établissement public n° {number:05}" for number in range(count)]
    bullets = "".join(f"- {name}\n" for name in names[:listed_count])
    page = ""
    for line in read_page():
        if line.startswith("## "):
            page += f"{line}\n{bullets}\n"
    project = copy_project(folder, [page])
    registry = ""
    for number, name in enumerate(names):
        registry += f"organisme-{number}:\n  nom: {name}\n  categorie: etablissement-public\n"
    (project / "source/organismes.yml").write_text(registry, encoding="utf-8")
    (project / "source/identifiants.csv").write_text("organisme,champ,valeur,nature,preuve\n")
    return project


def make_bullets(folder: Path, count: int) -> Path:
    """Make a project with a page of that many bullets, half of them in each list."""
    return make_organisations(folder, count // 2, listed_count=count // 2)


def make_snapshots(folder: Path, count: int) -> Path:
    """Make a project with that many snapshots, each the real page without one of its bullets."""
    lines = read_page()
    bullets = [number for number, line in enumerate(lines) if line.startswith("- ")]
    pages = []
    for number in range(count):
        removed = bullets[number % len(bullets)]
        pages.append("".join(lines[:removed] + lines[removed + 1 :]))
    return copy_project(folder, pages)


def compare_sizes(name: str, make: Callable[[Path, int], Path], small: int, folder: Path) -> bool:
    """Report the time of extract for each unit of an input ten times as large as a small one."""
    small_project = make(folder / f"{name}-small", small)
    large_project = make(folder / f"{name}-large", 10 * small)
    ours = run_script("extract", "--out", ".", root=large_project)
    peer = run_script("extract", "--out", ".", root=small_project)
    return compare(f"{10 * small} / {small} {name}, for each", ours, peer, 1.2, units=10)


def main() -> int:
    """Print the table. Return the exit status."""
    print(f"{'':42}{'value':>8}{'bound':>8}")
    python = sys.executable
    extract = run_script("extract", "--out", ".")
    validate = run_script("validate")
    # Nothing listens on the port of this proxy.
    offline_refresh = ["env", "HTTPS_PROXY=http://127.0.0.1:9", *run_script("refresh", "--dry-run")]
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        results = [
            compare("extract / pandas script", extract, [python, "-c", PANDAS_PEER], 0.6),
            compare("validate / frictionless", validate, [python, "-c", BARE_FRICTIONLESS], 1.3),
            compare_sizes("bullets", make_bullets, 500, folder),  # a page may have 5,000
            compare_sizes("snapshots", make_snapshots, 100, folder),
            compare_sizes("organisations", make_organisations, 1000, folder),
        ]
    (ROOT / "source/organismes.yml").touch()
    results += [
        report_seconds("make after an edit", ["make", "--silent"], 1.5),
        report_seconds("make with nothing changed", ["make", "--silent"], 0.1),
        report_seconds("refresh without network", offline_refresh, 10, expected_status=1),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
