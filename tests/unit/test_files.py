"""Files: read within limits, written whole or not at all, one writer at a time."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.files import (
    MAX_BYTES,
    TEMPORARY_PREFIX,
    find_stale_files,
    format_json,
    hash_bytes,
    lock_folder,
    parse_json,
    read_file,
    read_text,
    write_files,
)

from .builders import parametrize_cases

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SCRIPTS)}


def list_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder, by its path from there."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files[str(path.relative_to(folder))] = path.read_bytes()
    return files


def make_nothing(path: Path) -> None:
    """Leave nothing at a path."""


def make_large_file(path: Path) -> None:
    """Write a file that is one byte too large; it takes no room on the disk."""
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)


def make_link_loop(path: Path) -> None:
    """Make a symbolic link to itself."""
    path.symlink_to(path)


def make_latin1(path: Path) -> None:
    """Write a text that is not UTF-8 on its second line."""
    path.write_bytes("a\né\n".encode("latin-1"))


def make_latin1_after_mark(path: Path) -> None:
    """Write such a text after a byte order mark, with short lines."""
    path.write_bytes(b"\xef\xbb\xbfa\n\xe9\n")


@dataclass(frozen=True)
class UnreadableCase:
    """What stands at a path and cannot be read as a text, and the one line that says so."""

    name: str
    make: Callable[[Path], object]
    problem: str


UNREADABLE_CASES = [
    UnreadableCase(
        name="nothing",
        make=make_nothing,
        problem="a.txt: lecture impossible : fichier ou dossier absent",
    ),
    UnreadableCase(
        name="a folder",
        make=Path.mkdir,
        problem="a.txt: ce n'est pas un fichier",
    ),
    UnreadableCase(
        name="a pipe",
        make=os.mkfifo,
        problem="a.txt: ce n'est pas un fichier",
    ),
    UnreadableCase(
        name="a file that is too large",
        make=make_large_file,
        problem="a.txt: fichier trop gros (134217729 octets, 134217728 au plus)",
    ),
    UnreadableCase(
        name="a link to itself",
        make=make_link_loop,
        problem="a.txt: lecture impossible : liens symboliques en boucle",
    ),
    UnreadableCase(
        name="another encoding",
        make=make_latin1,
        problem="a.txt:2: ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8",
    ),
    UnreadableCase(
        name="another encoding after a byte order mark",
        make=make_latin1_after_mark,
        problem="a.txt:2: ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8",
    ),
]


@parametrize_cases(UNREADABLE_CASES)
def test_a_file_that_cannot_be_read_is_one_line(case, tmp_path):
    path = tmp_path / "a.txt"
    case.make(path)

    with pytest.raises(ProblemsFound) as error:
        read_text(path, "a.txt")

    assert str(error.value) == case.problem


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a\0b", "x: lecture impossible : chemin illisible"),
        ("a" * 300, "x: lecture impossible : nom trop long"),
    ],
    ids=["a null character", "a name that is too long"],
)
def test_a_path_that_the_system_refuses_is_one_line(name, problem, tmp_path):
    with pytest.raises(ProblemsFound) as error:
        read_file(tmp_path / name, "x")

    assert str(error.value) == problem


def test_a_text_has_no_byte_order_mark(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffété".encode())

    assert read_text(path) == "été"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{\n"a": }', "x:2: JSON illisible à la colonne 6"),
        (b"[" * 100_000, "x: JSON illisible ;"),
        (b"1" * 5000, "x: JSON illisible ;"),
        (b"\xff", "x:1: ce n'est pas de l'UTF-8"),
    ],
    ids=["punctuation", "too deep", "an endless number", "another encoding"],
)
def test_a_file_that_is_not_json_is_one_line(data, problem):
    with pytest.raises(ProblemsFound) as error:
        parse_json(data, "x")

    assert str(error.value).startswith(problem)


def test_json_is_written_for_people_and_read_back():
    assert format_json({"nom": "été"}) == '{\n  "nom": "été"\n}\n'.encode()
    assert parse_json(format_json([1, None]), "x") == [1, None]


def test_a_hash_is_the_sha256():
    assert hash_bytes(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_every_file_is_whole_on_the_disk_before_the_first_one_is_renamed(tmp_path, monkeypatch):
    flush_to_disk = os.fsync
    events = []

    def record_flush(descriptor: int) -> None:
        flush_to_disk(descriptor)
        events.append((os.fstat(descriptor).st_size, sorted(list_files(tmp_path).values())))

    monkeypatch.setattr(os, "fsync", record_flush)

    write_files(tmp_path, {"a.txt": b"four", "b.txt": b"eleven char"})

    assert events == [(4, [b"four"]), (11, [b"eleven char", b"four"])]
    assert sorted(list_files(tmp_path)) == ["a.txt", "b.txt"]


def test_only_files_that_differ_are_written(tmp_path):
    (tmp_path / "old.txt").write_bytes(b"old")
    (tmp_path / "right.txt").write_bytes(b"right")
    node = (tmp_path / "right.txt").stat().st_ino
    outputs = {"right.txt": b"right", "old.txt": b"new", "data/fresh.txt": b"fresh"}

    assert find_stale_files(tmp_path, outputs) == ["old.txt", "data/fresh.txt"]
    assert write_files(tmp_path, outputs) == 2

    assert list_files(tmp_path) == outputs
    assert (tmp_path / "right.txt").stat().st_ino == node
    assert find_stale_files(tmp_path, outputs) == []
    assert write_files(tmp_path, outputs) == 0


def make_file_in_place_of_folder(folder: Path) -> None:
    """Write a file where the folder of an output should be."""
    (folder / "data").write_bytes(b"")


def make_folder_in_place_of_file(folder: Path) -> None:
    """Make a folder where an output should be."""
    (folder / "data" / "z.txt").mkdir(parents=True)


def make_folder_without_links(folder: Path) -> None:
    """Make the folder of an output a link that leads nowhere."""
    (folder / "data").symlink_to(folder / "nowhere")


@dataclass(frozen=True)
class UnwritableCase:
    """What hinders the second of two outputs, and the one line that says so."""

    name: str
    make: Callable[[Path], None]
    output: str
    problem: str


UNWRITABLE_CASES = [
    UnwritableCase(
        name="a file in the place of its folder",
        make=make_file_in_place_of_folder,
        output="data/z.txt",
        problem="data/z.txt: écriture impossible : un fichier se trouve à la place d'un dossier ; rien n'a été modifié",
    ),
    UnwritableCase(
        name="a folder in its place",
        make=make_folder_in_place_of_file,
        output="data/z.txt",
        problem="data/z.txt: ce n'est pas un fichier",
    ),
    UnwritableCase(
        name="a folder that is a link to nowhere",
        make=make_folder_without_links,
        output="data/z.txt",
        problem="data/z.txt: écriture impossible : un fichier se trouve à la place d'un dossier ; rien n'a été modifié",
    ),
    UnwritableCase(
        name="a name that is too long",
        make=make_nothing,
        output="z" * 300,
        problem="z" * 300 + ": écriture impossible : nom trop long ; rien n'a été modifié",
    ),
]


@parametrize_cases(UNWRITABLE_CASES)
def test_nothing_is_written_when_an_output_cannot_be(case, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"old")
    case.make(tmp_path)
    before = list_files(tmp_path)

    with pytest.raises(ProblemsFound) as error:
        write_files(tmp_path, {"a.txt": b"new", case.output: b"new"})

    assert str(error.value).startswith(case.problem)
    assert "[Errno" not in str(error.value)
    assert list_files(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_nothing_is_written_in_a_folder_without_permission(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"old")
    locked = tmp_path / "data"
    locked.mkdir(mode=0o500)

    with pytest.raises(ProblemsFound, match="permission refusée ; rien n'a été modifié"):
        write_files(tmp_path, {"a.txt": b"new", "data/z.txt": b"new"})

    assert list_files(tmp_path) == {"a.txt": b"old"}


def test_a_file_keeps_its_mode_and_a_new_one_has_the_usual_mode(tmp_path):
    script = tmp_path / "script.sh"
    script.write_bytes(b"old")
    script.chmod(0o751)
    usual = tmp_path / "usual.txt"
    usual.touch()

    write_files(tmp_path, {"script.sh": b"new", "fresh.txt": b"fresh"})

    assert stat.S_IMODE(script.stat().st_mode) == 0o751
    assert (tmp_path / "fresh.txt").stat().st_mode == usual.stat().st_mode


DIE_BEFORE_RENAMING = """
import os, sys
from pathlib import Path
from beneficiaires.files import write_files
def die(event, arguments):
    if event == "os.rename":
        os._exit(9)
sys.addaudithook(die)
write_files(Path(sys.argv[1]), {"a.txt": b"new", "b.txt": b"new"})
"""


def test_a_command_killed_while_it_writes_leaves_old_files_and_drafts_that_the_next_removes(
    tmp_path,
):
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / ".ecriture").write_bytes(b"mine")

    command = [sys.executable, "-c", DIE_BEFORE_RENAMING, str(tmp_path)]
    killed = subprocess.run(command, env=ENVIRONMENT, check=False)

    drafts = [name for name in list_files(tmp_path) if name.startswith(TEMPORARY_PREFIX)]
    assert killed.returncode == 9
    assert len(drafts) == 2
    write_files(tmp_path, {"a.txt": b"old"})
    assert list_files(tmp_path) == {"a.txt": b"old", ".ecriture": b"mine"}


LOCK_AND_WAIT = """
import sys
from pathlib import Path
from beneficiaires.files import lock_folder
with lock_folder(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_folder_has_one_writer_and_is_free_again_when_that_one_is_killed(tmp_path):
    command = [sys.executable, "-c", LOCK_AND_WAIT, str(tmp_path)]
    holder = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    with holder:
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(ProblemsFound) as error, lock_folder(tmp_path):
            pass
        holder.kill()
    assert str(error.value).startswith(f"{tmp_path}: une autre commande y écrit en ce moment")

    with lock_folder(tmp_path):
        assert list_files(tmp_path) == {}


def test_a_folder_is_free_after_an_error_in_the_block(tmp_path):
    with pytest.raises(ZeroDivisionError), lock_folder(tmp_path):
        raise ZeroDivisionError

    with lock_folder(tmp_path), pytest.raises(ProblemsFound), lock_folder(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_made_for_its_writer(tmp_path):
    with lock_folder(tmp_path / "new/folder"):
        assert list_files(tmp_path / "new/folder") == {}


def test_a_folder_that_cannot_be_made_is_not_locked(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ProblemsFound, match="écriture impossible"):
        lock_folder(tmp_path / "file/folder").__enter__()
