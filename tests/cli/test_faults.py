"""Whatever stops a command: each file is old or new, a mix is seen, the command can be run again."""

import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.files import TEMPORARY_PREFIX, lock_folder
from beneficiaires.project import load_project
from beneficiaires.publish.site import write_site
from helpers import ProjectCopy, copy_project, make_page

pytestmark = pytest.mark.programs

WAIT = "une autre commande y écrit en ce moment ; attendre qu'elle finisse, puis relancer"
FULL = "sortie impossible à écrire : disque plein\n"

DIE_AT_RENAME = """
import os, pathlib, runpy, signal, sys
left = int(sys.argv[1])
def count_down(event, arguments):
    global left
    if event == "os.rename" and "PREFIX" in str(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count_down)
sys.argv = sys.argv[2:]
sys.path.insert(0, str(pathlib.Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
""".replace("PREFIX", TEMPORARY_PREFIX)


@pytest.fixture(scope="module")
def distributed(tmp_path_factory) -> ProjectCopy:
    """A copy of the project, its distribution and its site built."""
    project = copy_project(tmp_path_factory.mktemp("distributed") / "project")
    shutil.copytree(Path(__file__).parents[2] / "scripts", project.root / "scripts")
    project.run_process("build_dist").check_returncode()
    project.run_process("build_site").check_returncode()
    return project


@pytest.fixture
def built(distributed, tmp_path) -> ProjectCopy:
    """A copy of the project that a test may change, with a distribution and a site."""
    shutil.copytree(distributed.root, tmp_path / "built")
    return ProjectCopy(tmp_path / "built")


def rename_contract(project: ProjectCopy) -> None:
    """Edit a source, so that tables, downloads and pages change."""
    project.replace_text("source/marches.yml", "nom: Support", "nom: Soutien")


def rename_contract_everywhere(project: ProjectCopy) -> None:
    """Edit a source and build the distribution, so that the site changes."""
    rename_contract(project)
    project.run_process("build_dist").check_returncode()


def write_new_page(project: ProjectCopy) -> None:
    """Write a page for `refresh`, beside the project."""
    page = make_page(["La Cour des comptes"])
    (project.root.parent / "page.md").write_text(page, encoding="utf-8")


def announce_release(project: ProjectCopy) -> None:
    """Write what the next release changes."""
    project.write_text("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Essai.\n")


def run_inside(project: ProjectCopy, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of a copy of the project."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=60)


@dataclass(frozen=True)
class KillCase:
    """A command that is killed when it is about to put a file in its place, the first being 1."""

    command: str
    arguments: tuple[str, ...]
    prepare: Callable[[ProjectCopy], None]
    rename: int
    witness: str
    advice: str


KILL_CASES = [
    KillCase(
        command="extract",
        arguments=(),
        prepare=rename_contract,
        rename=2,
        witness="validate",
        advice="lancer « make extract »",
    ),
    KillCase(
        command="refresh",
        arguments=("--page", "../page.md", "--date", "2024-11-26"),
        prepare=write_new_page,
        rename=2,
        witness="extract",
        advice="source/pages/2024-11-26.md: cette page n'est pas dans source/pages/versions.csv ; la supprimer, ou relancer « make refresh »",
    ),
    KillCase(
        command="build_dist",
        arguments=(),
        prepare=rename_contract,
        rename=5,
        witness="build_site",
        advice="lancer « make dist »",
    ),
    KillCase(
        command="build_site",
        arguments=(),
        prepare=rename_contract_everywhere,
        rename=5,
        witness="validate",
        advice="",
    ),
    KillCase(
        command="release",
        arguments=("4.0.0",),
        prepare=announce_release,
        rename=2,
        witness="validate",
        advice="CHANGELOG.md: version 4.0.0 préparée à moitié ; lancer « make release VERSION=4.0.0 »",
    ),
]


@pytest.mark.parametrize("case", KILL_CASES, ids=lambda case: case.command)
def test_a_killed_command_leaves_old_and_new_files_and_can_be_run_again(case, built, tmp_path):
    script = f"scripts/{case.command}.py"
    case.prepare(built)
    undisturbed = ProjectCopy(tmp_path / "undisturbed")
    shutil.copytree(built.root, undisturbed.root)
    run_inside(undisturbed, script, *case.arguments).check_returncode()
    old, new = built.read_files(), undisturbed.read_files()

    killed = run_inside(built, "-c", DIE_AT_RENAME, str(case.rename), script, *case.arguments)

    assert killed.returncode == -9, killed.stderr
    mixed = built.read_files()
    leftovers = [name for name in mixed if TEMPORARY_PREFIX in name]
    assert leftovers
    for name in set(mixed) - set(leftovers):
        assert mixed[name] in (old.get(name), new.get(name)), name
    assert case.advice in built.run_process(case.witness).stderr
    run_inside(built, script, *case.arguments).check_returncode()
    assert built.read_files() == new


def test_a_release_that_was_killed_at_its_end_can_be_run_again_on_its_day(project):
    announce_release(project)
    project.run_ok("release", "3.0.0")
    released = project.read_files()

    project.run_ok("release", "3.0.0")

    assert project.read_files() == released


WRITING_COMMANDS = [
    ("extract", (), ""),
    ("refresh", ("--page", "page.md", "--date", "2024-11-26"), ""),
    ("release", ("3.0.0",), ""),
    ("build_dist", (), "/dist"),
    ("build_site", (), "/dist"),
    ("publish", ("--dry-run",), "/dist"),
]


@pytest.mark.parametrize(("command", "arguments", "folder"), WRITING_COMMANDS)
def test_a_command_is_refused_in_a_line_while_another_writes(project, command, arguments, folder):
    locked = f"{project.root}{folder}"

    with lock_folder(Path(locked)):
        lines = project.run_fails(command, *arguments)

    assert lines == [f"{locked}: {WAIT}"]


@pytest.mark.parametrize("command", ["build_site", "publish"])
def test_what_reads_a_distribution_does_not_make_its_folder(project, command):
    arguments = ["--dry-run"] if command == "publish" else []

    (line,) = project.run_fails(command, *arguments)

    assert line.endswith("dist/index.json: pas de distribution ; lancer « make dist »")
    assert not (project.root / "dist").exists()


def limit_file_size() -> None:
    """Let the system refuse to write more than a kilobyte, as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


@pytest.mark.parametrize(
    ("command", "prepare"),
    [("extract", rename_contract), ("release", announce_release)],
)
def test_a_disk_that_is_full_changes_nothing_and_is_told_in_a_line(project, command, prepare):
    prepare(project)
    project.run_process("diff")
    before = project.read_files()
    arguments = ["3.0.0"] if command == "release" else []

    result = project.run_process(command, *arguments, preexec_fn=limit_file_size)

    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.endswith("rien n'a été modifié")
    assert project.read_files() == before


@dataclass(frozen=True)
class OutputCase:
    """An output that takes nothing, the status of the command and what it still says."""

    name: str
    arguments: str
    status: int
    err: str


OUTPUT_CASES = [
    OutputCase("full", "diff.py >/dev/full", 1, FULL),
    OutputCase("full while it shows its help", "diff.py --help >/dev/full", 1, FULL),
    OutputCase("both full", "diff.py 2024-01-01 >/dev/full 2>/dev/full", 1, ""),
    OutputCase("closed", "diff.py >&-", 0, ""),
    OutputCase("both closed", "diff.py >&- 2>&-", 0, ""),
    OutputCase("gone", "diff.py | true", 1, ""),
    OutputCase("both gone", "diff.py --nope 2>&1 | true", 1, ""),
]


@pytest.mark.parametrize("case", OUTPUT_CASES, ids=lambda case: case.name)
def test_output_that_cannot_be_written_is_told_in_a_line_or_in_silence(case, distributed):
    environment = dict(os.environ)
    environment.pop("PYTHONUNBUFFERED", None)
    shell_command = f"set -o pipefail; {sys.executable} {case.arguments}"

    result = subprocess.run(
        ["bash", "-c", shell_command],
        cwd=distributed.root / "scripts",
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )

    assert (result.returncode, result.stderr) == (case.status, case.err)


def test_an_error_of_the_system_names_its_file(distributed):
    command = "from beneficiaires.cli import run; run(lambda root: open('/nowhere/file'), {}, '')"

    result = run_inside(distributed, "-c", f"import sys; sys.path.insert(0, 'scripts'); {command}")

    assert (result.returncode, result.stderr) == (1, "/nowhere/file: fichier ou dossier absent\n")


def test_a_page_of_an_organisation_that_is_gone_leaves_the_site_but_git_keeps_its_files(tmp_path):
    gone_page = tmp_path / "organismes/gone/index.html"
    gone_page.parent.mkdir(parents=True)
    gone_page.touch()
    git_file = tmp_path / ".git/objects/ab"
    git_file.parent.mkdir(parents=True)
    git_file.touch()
    (tmp_path / ".nojekyll").touch()

    count = write_site({"organismes/cnaf/index.html": b"page", "index.html": b"home"}, tmp_path)

    paths = [path for path in tmp_path.rglob("*") if ".git" not in path.parts]
    names = {path.relative_to(tmp_path).as_posix() for path in paths}
    assert count == 2
    assert names == {
        ".nojekyll",
        "index.html",
        "organismes",
        "organismes/cnaf",
        "organismes/cnaf/index.html",
    }
    assert git_file.exists()


EDITED_FILES = (
    "datapackage.json",
    "release.json",
    "schemas/noms.json",
    "source/corrections.yml",
    "source/identifiants.csv",
    "source/marches.yml",
    "source/organismes.yml",
    "source/page.yml",
    "source/pages/2023-09-07.md",
    "source/pages/versions.csv",
    "source/publication.yml",
)
HOSTILE_TEXTS = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\r",
    b"\t- ",
    b"&a [*a]",
    b"!!python/object:os.system x",
    b"[" * 2000,
    b"1e999",
    b"2024-02-30",
    b'"\\ud800"',
    b"null",
    b'"',
    b": ",
    b"# ",
    b"{{ x }}",
    b"http://x:port",
    b"\xe2\x80\xae",
    b"e" + b"\xcc\x81" * 500,
    b"premier-ministre",
)


def spoil_file(data: bytes, generator: random.Random) -> bytes:
    """Return a file of which a line is lost, moved, doubled, or cut by a hostile text."""
    lines = data.split(b"\n")
    position = generator.randrange(len(lines))
    line = lines.pop(position)
    action = generator.choice(["lose", "move", "double", "cut"])
    if action == "move":
        lines.insert(generator.randrange(len(lines) + 1), line)
    elif action == "double":
        lines[position:position] = [line, line]
    elif action == "cut":
        column = generator.randrange(len(line) + 1)
        lines.insert(position, line[:column] + generator.choice(HOSTILE_TEXTS) + line[column:])
    return b"\n".join(lines)


@pytest.mark.parametrize("name", EDITED_FILES)
def test_a_hostile_edited_file_is_accepted_or_reported_line_by_line(project, name):
    """Others than ProblemsFound would fail: forty spoilt files of each kind, always the same."""
    generator = random.Random(name)
    data = (project.root / name).read_bytes()
    refusals = 0

    for _ in range(40):
        drafts = {name: spoil_file(data, generator)}
        try:
            load_project(project.root, drafts).build_outputs()
        except ProblemsFound as error:
            refusals += 1
            lines = str(error).splitlines()
            assert len(lines) == len(error.problems)
            assert max(len(line) for line in lines) < 1000

    assert refusals > 0
