"""What is wrong with what people wrote, told the way a compiler does; and how every command ends."""

import io
import os
import sys
from argparse import ArgumentError, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Self

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
STATUS = "Exit status: 0 done, 1 something is wrong or to be decided, 2 misused."


class Problem(Struct, frozen=True):
    """One fault of one file: `line` counts from 1, None when the whole file is at fault."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return " ".join(f"{place}: {self.message}".splitlines())


class Invalid(Exception):
    """Something that people wrote is wrong: every problem found, one line each when printed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def because(cls, file: str, line: int | None, message: str) -> Self:
        """The exception for a single problem."""
        return cls([Problem(file, line, message)])


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raise Invalid with the distinct problems in the order of their files and lines, or do nothing."""
    if ordered := sorted(dict.fromkeys(problems), key=lambda each: (each.file, each.line or 0)):
        raise Invalid(ordered)


def attempt(problems: list[Problem], make: Callable[..., Any], *args: Any) -> Any:
    """What `make` gives of these arguments; None once the problems that it raised are added to the others.

    An argument that is None is what another attempt did not give: there is nothing to make.
    """
    try:
        return None if None in args else make(*args)
    except Invalid as error:
        problems += error.problems


def run(
    main: Callable[..., int | None],
    options: Mapping[str, Mapping[str, Any]],
    doc: str,
    argv: Sequence[str] | None = None,
    root: Path = ROOT,
) -> NoReturn:
    """Exit with the status of a command: its `main` given the root and its options, its faults told in lines.

    `options` are what argparse takes, by name; `doc` is the help; 130 when it is interrupted.
    A reader of the output that goes away ends it in silence.
    """
    parser = ArgumentParser(description=doc, epilog=STATUS, formatter_class=RawDescriptionHelpFormatter)
    for name, rules in options.items():
        parser.add_argument(name, **rules)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # else a terminal of another encoding would refuse an accent
            stream.reconfigure(encoding="utf-8")
    args = parser.parse_args(argv)
    try:
        status = main(root, **vars(args))
        sys.stdout.flush()
        sys.exit(status)
    except ArgumentError as error:
        parser.error(str(error))
    except Invalid as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
