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
COPIED = (
    "Makefile",
    "datapackage.json",
    "release.json",
    "requirements.txt",
    "schemas",
    "scripts",
    "source",
)
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


def measure(command: Sequence[object], folder: Path) -> tuple[float, float]:
    """Return the seconds and the peak kibibytes that a command takes in a folder."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], cwd=folder, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - start, usage.ru_maxrss


def report(name: str, value: float, bound: float, detail: str = "") -> bool:
    """Print a row of the table. Return whether its bound is held."""
    verdict = "ok" if value <= bound else "MISSED"
    print(f"{name:52}{value:8.2f}{bound:8.2f}  {verdict:8}{detail}", flush=True)
    return value <= bound


def compare(
    name: str, ours: Sequence[object], peer: Sequence[object], bound: float, size_ratio: int = 1
) -> bool:
    """Time two commands in turn. Report the ratio of their times, for each unit of work."""
    with tempfile.TemporaryDirectory() as folder:
        measure(ours, Path(folder))
        measure(peer, Path(folder))
        pairs = []
        for _ in range(PAIRS):
            pairs.append((measure(ours, Path(folder)), measure(peer, Path(folder))))
    time_ratio = median(ours[0] / peer[0] for ours, peer in pairs) / size_ratio
    memory_ratio = median(ours[1] / peer[1] for ours, peer in pairs) / size_ratio
    seconds = median(ours[0] for ours, _ in pairs)
    return report(name, time_ratio, bound, f"{seconds:.2f} s, memory {memory_ratio:.2f}")


def copy_project(folder: Path) -> Path:
    """Copy what the commands read."""
    folder.mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


def write_snapshots(project: Path, pages: Sequence[str]) -> None:
    """Make these pages the snapshots of a project, one a day."""
    rows = ["date,commit,sha256,chemin\n"]
    for path in (project / "source/pages").glob("*.md"):
        path.unlink()
    for number, page in enumerate(pages):
        date = dt.date(2000, 1, 1) + dt.timedelta(days=number)
        (project / f"source/pages/{date}.md").write_text(page, encoding="utf-8")
        rows.append(f"{date},,{hashlib.sha256(page.encode()).hexdigest()},\n")
    (project / "source/pages/versions.csv").write_text("".join(rows), encoding="utf-8")


def make_bullets(folder: Path, count: int) -> Path:
    """Make a project with a page of that many bullets, half of them in each list."""
    return make_organisations(folder, count // 2, listed=count // 2)


def make_organisations(folder: Path, count: int, listed: int = 100) -> Path:
    """Make a project with that many organisations; both lists name the first of them."""
    project = copy_project(folder)
    names = [f"Établissement public n° {number:05}" for number in range(count)]
    entries = []
    for number, name in enumerate(names):
        entries.append(f"organisme-{number}:\n  nom: {name}\n  categorie: etablissement-public\n")
    (project / "source/organismes.yml").write_text("".join(entries), encoding="utf-8")
    (project / "source/identifiants.csv").write_text("organisme,champ,valeur,nature,preuve\n")
    titles = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")
    ]
    bullets = "".join(f"- {name}\n" for name in names[:listed])
    write_snapshots(project, ["\n".join(f"{title}\n\n{bullets}" for title in titles)])
    return project


def make_snapshots(folder: Path, count: int) -> Path:
    """Make a project with that many snapshots, each the real page without one of its bullets."""
    project = copy_project(folder)
    lines = PAGE.read_text(encoding="utf-8").splitlines(keepends=True)
    bullets = [number for number, line in enumerate(lines) if line.startswith("- ")]
    pages = []
    for number in range(count):
        removed = bullets[number % len(bullets)]
        pages.append("".join(lines[:removed] + lines[removed + 1 :]))
    write_snapshots(project, pages)
    return project


def extract(project: Path) -> list[object]:
    """Return the command that builds the tables of a project in the present folder."""
    return [sys.executable, project / "scripts/extract.py", "--out", "."]


def compare_sizes(
    name: str, make: Callable[[Path, int], Path], small: int, large: int, folder: Path
) -> bool:
    """Report the time for each unit of a large input over that of a small one."""
    large_project = make(folder / f"{make.__name__}-{large}", large)
    small_project = make(folder / f"{make.__name__}-{small}", small)
    commands = extract(large_project), extract(small_project)
    return compare(f"{large} / {small} {name}, per unit", *commands, 1.2, large // small)


def time_make(name: str, bound: float, touched: Path | None = None) -> bool:
    """Report the seconds of `make` in the project itself, after a file was touched or not."""
    if touched is not None:
        os.utime(touched)
    seconds, _ = measure(["make", "--silent"], ROOT)
    return report(name, seconds, bound, "seconds")


def main() -> int:
    """Print the table. Return the exit status."""
    print(f"{'':52}{'value':>8}{'bound':>8}")
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = [
            compare("extract / pandas script", extract(ROOT), [python, "-c", PANDAS_PEER], 0.6),
            compare(
                "validate / bare frictionless",
                [python, ROOT / "scripts/validate.py"],
                [python, "-c", BARE_FRICTIONLESS],
                1.3,
            ),
            compare_sizes("bullets", make_bullets, 500, 5000, folder),
            compare_sizes("snapshots", make_snapshots, 100, 1000, folder),
            compare_sizes("organisations", make_organisations, 1000, 10000, folder),
            time_make("make after an edit", 1.5, ROOT / "source/organismes.yml"),
            time_make("make with nothing changed", 0.1),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
