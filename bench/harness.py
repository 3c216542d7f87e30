"""Time whole processes against each other: the machine's noise hits both sides of a pair alike."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

SECONDS = 15.0  # for the pairs of one case, the first three aside
MOST_PAIRS = 25
FEWEST_PAIRS = 3
TIMEOUT = 180.0  # for one process

_MAXRSS = 1 if sys.platform == "darwin" else 1024


class Failed(Exception):
    """A command that was to be timed did not end well."""


class Case(NamedTuple):
    """Two commands timed in turn; `bar` is the greatest allowed ratio ours/peer of wall times.

    `bar` is math.inf for a ratio that is only told. The paths in `fresh` are removed before
    every run, so that each run does all its work.
    """

    name: str
    ours: Sequence[str]
    peer: Sequence[str]
    bar: float
    cwd: Path | None = None
    fresh: Sequence[Path] = ()


class Figure(NamedTuple):
    """A value that was measured elsewhere, and its greatest allowed value (math.inf: only told)."""

    name: str
    value: float
    unit: str
    bar: float


class Run(NamedTuple):
    """What one process took: seconds of wall and of processor time, bytes of memory at the peak."""

    wall: float
    cpu: float
    memory: int


class Timing(NamedTuple):
    """The runs of two commands, in pairs."""

    ours: list[Run]
    peer: list[Run]

    def ratios(self, measure: str) -> list[float]:
        """ours/peer of « wall », « cpu » or « memory », pair by pair."""
        pairs = zip(self.ours, self.peer, strict=True)
        return [getattr(ours, measure) / getattr(peer, measure) for ours, peer in pairs]

    def ratio(self, measure: str) -> float:
        return median(self.ratios(measure))


def time_case(case: Case) -> Timing:
    """A warm-up of each side, then A B A B until the time is up. Raises Failed."""
    sides = (case.ours, case.peer)
    for command in sides:
        run(command, case.cwd, case.fresh)
    timing = Timing([], [])
    end = time.monotonic() + SECONDS
    while len(timing.ours) < MOST_PAIRS and (len(timing.ours) < FEWEST_PAIRS or time.monotonic() < end):
        for runs, command in zip(timing, sides, strict=True):
            runs.append(run(command, case.cwd, case.fresh))
    return timing


def run(command: Sequence[str], cwd: Path | None = None, fresh: Sequence[Path] = ()) -> Run:
    """One process and its descendants, from start to end. Raises Failed when it fails or hangs.

    Linux counts the memory of the caller at the start as the child's: keep the caller small.
    """
    for path in fresh:
        _remove(path)
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=_environment(), stdout=said, stderr=said, start_new_session=True
        )
        timer = threading.Timer(TIMEOUT, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            output = said.read()[-2000:].decode(errors="replace")
            raise Failed(f"{' '.join(command)}: exit {process.returncode}\n{output}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _MAXRSS)


def _environment() -> dict[str, str]:
    """Ours, without what a make above us tells a make below."""
    return {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
