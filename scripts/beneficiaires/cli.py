"""How every command runs: its options, its help, its problems in lines, its exit status."""

import io
import os
import sys
from argparse import ArgumentError, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from . import wording
from .errors import ProblemsFound

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the project."""

DONE, FAILED, INTERRUPTED = 0, 1, 130
"""Exit statuses; argparse itself exits with 2 for a command that is misused."""

EPILOG = "Exit status: 0 done, 1 something is wrong, 2 misused, 130 interrupted."


def run(
    main: Callable[..., int | None],
    options: Mapping[str, Mapping[str, Any]],
    doc: str,
    argv: Sequence[str] | None = None,
    root: Path = ROOT,
) -> NoReturn:
    """Run the main function of a command and exit with its status.

    `main` takes the root of the project and the options by name; it returns a status or None for
    DONE, and raises ProblemsFound, or ArgumentError for options that contradict each other.
    `options` are what argparse takes for each; `doc` is the help. Problems are printed on the
    standard error, one line each. Output that cannot be written ends the command: in silence when
    its reader has gone, with one line otherwise.
    """
    _prepare_output()
    parser = ArgumentParser(
        description=doc, epilog=EPILOG, formatter_class=RawDescriptionHelpFormatter
    )
    for name, rules in options.items():
        parser.add_argument(name, **rules)
    try:
        status = _run_main(main, root, parser, argv)
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = FAILED
        _silence(sys.stdout)
        _silence(sys.stderr)
    except OSError as error:
        status = FAILED
        _silence(sys.stdout)
        _print_last_words(wording.system_failure(error.filename, error.errno))
    sys.exit(status)


def _run_main(
    main: Callable[..., int | None],
    root: Path,
    parser: ArgumentParser,
    argv: Sequence[str] | None,
) -> int:
    """Return the status of a command, its help or its problems printed."""
    try:
        arguments = parser.parse_args(argv)
        try:
            return main(root, **vars(arguments)) or DONE
        except ArgumentError as error:
            parser.error(str(error))
    except SystemExit as ending:  # how argparse ends, after the help or what is misused
        return ending.code
    except ProblemsFound as error:
        _print_problems(error)
        return FAILED


def _prepare_output() -> None:
    """Let both outputs take any text: one that was closed leads nowhere.

    A terminal of another encoding shows accents rather than refuses them.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _print_problems(error: ProblemsFound) -> None:
    """Print one line for each problem, as annotations too where GitHub Actions shows them."""
    for problem in error.problems:
        print(problem, file=sys.stderr)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            print(_format_annotation(problem.file, problem.line, problem.message))


def _format_annotation(file: str, line: int | None, message: str) -> str:
    """Return the workflow command that shows a problem beside its line.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    escaped_message = _escape_command(message)
    escaped_file = _escape_command(file).replace(":", "%3A").replace(",", "%2C")
    return f"::error file={escaped_file},line={line or 1}::{escaped_message}"


def _escape_command(text: str) -> str:
    """Return a text that cannot end a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _silence(stream: TextIO) -> None:
    """Send what is still to be written nowhere, or Python would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _print_last_words(message: str) -> None:
    """Print a message on the standard error, if that can still be written."""
    try:
        print(message, file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)
