"""Problems of what people wrote: each with its file and line, collected and raised together."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Problem:
    """One fault of one file.

    `file` is how messages call it: a path, relative to the project for its own files, or an
    address. `line` counts from 1; None when the
    whole file is at fault. `message` is a French sentence that says what to do.
    """

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return " ".join(f"{place}: {self.message}".splitlines())


class ProblemsFound(Exception):
    """What people wrote cannot be used as it is. Printed, it gives one line for each problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def single(cls, file: str, line: int | None, message: str) -> Self:
        """Return the exception for one problem."""
        return cls([Problem(file, line, message)])


class ProblemCollector:
    """Gathers the problems of several steps, so that a person sees all of them in one run."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, file: str, line: int | None, message: str) -> None:
        """Add the problem of a file at a line."""
        self.problems.append(Problem(file, line, message))

    def append(self, problem: Problem) -> None:
        """Add one problem."""
        self.problems.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add several problems."""
        self.problems.extend(problems)

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Collect the problems raised in the block and continue after it."""
        try:
            yield
        except ProblemsFound as error:
            self.problems.extend(error.problems)

    def raise_if_any(self) -> None:
        """Raise ProblemsFound with the distinct problems, ordered by file and line."""
        if self.problems:
            raise ProblemsFound(sort_problems(self.problems))


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return the distinct problems ordered by file, line and message."""
    distinct = set(problems)
    return sorted(distinct, key=lambda problem: (problem.file, problem.line or 0, problem.message))
