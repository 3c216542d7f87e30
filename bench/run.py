"""Time the project's commands against simpler scripts, and print one table of ratios.

Every bench/cases_TOPIC.py gives rows. A row compares two whole processes on this machine: run in
turn (A B A B) after a warm-up, at least 3 pairs and at most 25; the ratio is the median of the
pairs' ratios of wall time, its least and greatest in brackets. Both sides are byte-compiled
first: the peers' libraries by the set-up, scripts/ by this command. Exit status: 0 every bar is
held, 1 a bar is missed, 2 the command was misused.
"""

import argparse
import compileall
import importlib
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tabulate import tabulate

from harness import Case, Failed, Figure, Run, time_case

BENCH = Path(__file__).resolve().parent
HEADERS = ["Case", "Ours", "Peer", "Ratio", "CPU ratio", "Bar", "Result"]


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    topics = sorted(path.stem.removeprefix("cases_") for path in BENCH.glob("cases_*.py"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"only these among: {', '.join(topics)}")
    args = parser.parse_args(argv)
    unknown = sorted(set(args.topics) - set(topics))
    if unknown:
        parser.error(f"no bench/cases_{unknown[0]}.py")
    args.topics = args.topics or topics
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    compileall.compile_dir(BENCH.parent / "scripts", quiet=1)
    rows = [row for topic in args.topics for row in measure(topic)]
    print(tabulate(rows, headers=HEADERS, disable_numparse=True))
    return 1 if any(row[-1] != "ok" for row in rows if row[-1]) else 0


def measure(topic: str) -> Iterator[list[str]]:
    """The rows of one topic; each is announced, since some take a minute."""
    cases = importlib.import_module(f"cases_{topic}").cases
    with tempfile.TemporaryDirectory(prefix="bench-") as workspace:
        for case in cases(Path(workspace)):
            print(f"… {case.name}", file=sys.stderr)
            try:
                yield told(case) if isinstance(case, Figure) else timed(case)
            except Failed as error:
                print(error, file=sys.stderr)
                yield [case.name, "", "", "", "", "", "failed"]


def timed(case: Case) -> list[str]:
    timing = time_case(case)
    walls = timing.ratios("wall")
    ratio = f"{median(walls):.3g} [{min(walls):.3g}-{max(walls):.3g}]"
    cells = [case.name, took(timing.ours), took(timing.peer), ratio, f"{timing.ratio('cpu'):.3g}"]
    return [*cells, *verdict(median(walls), case.bar)]


def told(figure: Figure) -> list[str]:
    value = f"{figure.value:.3g} {figure.unit}".rstrip()
    return [figure.name, value, "", "", "", *verdict(figure.value, figure.bar)]


def took(runs: list[Run]) -> str:
    seconds, megabytes = median(run.wall for run in runs), median(run.memory for run in runs) / 1e6
    return f"{seconds:.3g} s, {megabytes:.0f} MB"


def verdict(value: float, bar: float) -> tuple[str, str]:
    """The bar and whether the value holds it; both are empty for what is only told."""
    if bar == math.inf:
        return "", ""
    return f"{bar:.3g}", "ok" if value <= bar else "missed"


if __name__ == "__main__":
    sys.exit(main())
