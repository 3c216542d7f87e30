"""Create a virtual environment and install hashed requirements into it, for the Makefile.

An environment holds the file .unfinished while it changes: what a killed set-up left is made anew.
Only the standard library is imported, for this runs before anything is installed.
"""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = Path(".venv")
MARK = ".unfinished"


def main(arguments: list[str]) -> None:
    """Set up what the arguments say, then touch the file by which make knows that it was done.

    Arguments: STAMP REQUIREMENTS for the base environment, which holds uv; STAMP REQUIREMENTS
    ENVIRONMENT and options of uv to install into an environment.
    """
    stamp, requirements, *destination = arguments
    os.chdir(ROOT)
    with lock_project():
        if destination:
            environment, *options = destination
            install(Path(environment), requirements, options)
        elif is_base_current(Path(stamp), Path(requirements)):
            return
        else:
            create_base(requirements)
        Path(stamp).parent.mkdir(exist_ok=True)
        Path(stamp).touch()


@contextlib.contextmanager
def lock_project() -> Iterator[None]:
    """Wait until no other make sets up this project. The lock ends with the process."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another command that works in this folder.", file=sys.stderr)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


def is_base_current(stamp: Path, requirements: Path) -> bool:
    """Return whether .venv is as it should be, so that its stamp may stay as old as it is."""
    if not is_finished(BASE) or not stamp.exists():
        return False
    is_newer = stamp.stat().st_mtime >= requirements.stat().st_mtime
    return is_newer and has_this_python(BASE)


def create_base(requirements: str) -> None:
    """Install uv into .venv, created when it is missing, unfinished or of another Python."""
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"Python {version} cannot create environments here. "
            f"On Debian and Ubuntu: apt-get install python3-venv (or python{version}-venv)"
        )
    if not is_finished(BASE) or not has_this_python(BASE):
        remove(BASE)
        with mark_unfinished(BASE):
            run(sys.executable, "-m", "venv", BASE)
    with mark_unfinished(BASE):
        pip = (BASE / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check")
        run(*pip, "install", "--require-hashes", "--only-binary=:all:", "-r", requirements)


def install(environment: Path, requirements: str, options: list[str]) -> None:
    """Install a requirements file into an environment, which is created when it is missing."""
    if not is_finished(environment):
        remove(environment)
        with mark_unfinished(environment):
            run_uv("venv", "--allow-existing", "--python", BASE / "bin/python", environment)
    with mark_unfinished(environment):
        python = environment / "bin/python"
        options = [*options, "--require-hashes", "--compile-bytecode"]
        run_uv("pip", "install", "--python", python, *options, "-r", requirements)


def is_finished(environment: Path) -> bool:
    """Return whether an environment was made and no change of it was stopped half-way."""
    return (environment / "pyvenv.cfg").exists() and not (environment / MARK).exists()


def has_this_python(environment: Path) -> bool:
    """Return whether an environment was made by the Python that runs this script, and runs."""
    command = [environment / "bin/python", "-c", "import sys; print(sys.version, sys.base_prefix)"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.rstrip("\n") == f"{sys.version} {sys.base_prefix}"


def remove(environment: Path) -> None:
    """Remove an environment, and first the file without which it is not finished."""
    (environment / "pyvenv.cfg").unlink(missing_ok=True)
    shutil.rmtree(environment, ignore_errors=True)


@contextlib.contextmanager
def mark_unfinished(environment: Path) -> Iterator[None]:
    """Mark an environment during the block, and after it when it failed half-way.

    A failure that changed nothing, as without network, leaves a finished environment as it was.
    """
    environment.mkdir(exist_ok=True)
    was_finished = is_finished(environment)
    packages_before = list_packages(environment)
    (environment / MARK).touch()
    try:
        yield
    except SystemExit:
        if was_finished and list_packages(environment) == packages_before:
            (environment / MARK).unlink()
        raise
    (environment / MARK).unlink()


def list_packages(environment: Path) -> dict[Path, int]:
    """Return what stands in the folder of packages, with the times of last change."""
    paths = environment.glob("lib/python*/site-packages/*")
    return {path: path.stat().st_mtime_ns for path in paths}


def run_uv(*arguments: str | Path) -> None:
    """Run uv. Exit with its status when it fails."""
    run(BASE / "bin/uv", "--quiet", *arguments)


def run(*command: str | Path) -> None:
    """Run a command. Exit with its status when it fails."""
    status = subprocess.run(command).returncode
    if status != 0:
        sys.exit(status)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"The environment cannot be made: {error}")
