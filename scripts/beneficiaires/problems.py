"""What is wrong with the sources, told the way a compiler does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One fault of one file: `line` counts from 1, None when the whole file is at fault."""

    file: str
    line: int | None
    message: str
    unknown_label: str | None = None
    warning: bool = False

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class Invalid(Exception):
    """The sources are wrong: carries every problem found, one line each when printed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def because(cls, file: str, line: int | None, message: str) -> Invalid:
        """The exception for a single problem."""
        return cls([Problem(file, line, message)])


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raise Invalid with the problems in the order of their files and lines, or do nothing."""
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line or 0))
    if ordered:
        raise Invalid(ordered)
