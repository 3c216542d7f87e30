"""The workflows: valid, hardened, and each step run as GitHub's runner would, with stand-ins.

`gh` stands in `tests/stand_ins`; `git push` goes to a repository of this machine.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers import ROOT, find_program, make_page

pytestmark = pytest.mark.programs

WORKFLOWS = ROOT / ".github/workflows"
BRANCH = "nouvelle-page"
TAG = "v3.0.0"
REPOSITORY = "codegouvfr/essai"


def load_run_steps(workflow: str) -> dict[str, dict[str, Any]]:
    """Return the steps of a workflow that run a shell, by their names."""
    content = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text(encoding="utf-8"))
    steps: dict[str, dict[str, Any]] = {}
    for job in content["jobs"].values():
        for step in job.get("steps", []):
            if "run" in step:
                steps[step["name"]] = step
    return steps


@dataclass(frozen=True)
class Runner:
    """A machine of GitHub Actions: a checkout, a folder of stand-ins, a server of repositories."""

    checkout: Path
    folder: Path

    def run(self, workflow: str, step: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step of a workflow. The token of GitHub is there only when the step asks for it."""
        content = load_run_steps(workflow)[step]
        for name, value in content.get("env", {}).items():
            if "github.token" in value:
                environment[name] = "token"
        return subprocess.run(
            ["bash", "-e", "-c", content["run"]],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            timeout=60,
            env={**self.make_environment(), **environment},
        )

    def run_ok(self, workflow: str, step: str, **environment: str) -> str:
        """Run a step that succeeds. Return what it printed."""
        result = self.run(workflow, step, **environment)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def make_environment(self) -> dict[str, str]:
        """Return the variables that GitHub sets, and the stand-ins before all programs."""
        return {
            "PATH": f"{self.folder}:{ROOT / 'tests/stand_ins'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "GH_STATE": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REF_NAME": TAG,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "7",
            "GITHUB_SERVER_URL": f"file://{self.folder}",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "RUNNER_TEMP": str(self.folder),
            "BRANCH": BRANCH,
        }

    def add_program(self, name: str, script: str) -> None:
        """Let a program be a shell script."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def read(self, name: str) -> str:
        """Return the text of a file of the machine, empty before it is written."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def git(self, *arguments: str) -> str:
        """Return what git prints in the checkout."""
        return run_git(self.checkout, *arguments)

    def read_pulls(self) -> list[dict[str, Any]]:
        """Return the pull requests."""
        return yaml.safe_load(self.read("pulls.json"))


def run_git(folder: Path, *arguments: str) -> str:
    """Return what git prints in a folder."""
    who = ("-c", "user.name=Essai", "-c", "user.email=essai@example.org")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def runner(project, tmp_path) -> Runner:
    """A machine with a checkout of the project, its environment, and no pull request."""
    for program in ("bash", "git", "jq"):
        find_program(program, program)
    folder = tmp_path / "runner"
    folder.mkdir()
    (folder / "pulls.json").write_text("[]")
    for name in ("scripts", ".ci"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, project.root / name, ignore=ignored)
    shutil.copy(ROOT / ".gitignore", project.root)
    (project.root / ".venv").symlink_to(Path(sys.executable).parents[1])
    server = folder / f"{REPOSITORY}.git"
    server.mkdir(parents=True)
    run_git(server, "init", "--quiet", "--bare")
    run_git(project.root, "init", "--quiet", "--initial-branch", "main")
    run_git(project.root, "remote", "add", "origin", f"file://{server}")
    run_git(project.root, "add", "--all")
    run_git(project.root, "commit", "--quiet", "--message", "Start")
    return Runner(project.root, folder)


def test_the_workflows_are_valid_and_hardened():
    find_program("git", "git")
    tools = Path(sys.executable).parent
    workflows = sorted(WORKFLOWS.glob("*.yml"))
    dependabot = ROOT / ".github/dependabot.yml"
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]

    subprocess.run([*check, "vendor.github-workflows", *workflows], check=True)
    subprocess.run([*check, "vendor.dependabot", dependabot], check=True)
    subprocess.run([tools / "zizmor", "--offline", "--quiet", ROOT / ".github"], check=True)


def test_every_step_of_every_workflow_is_run_by_a_test():
    tests = Path(__file__).read_text(encoding="utf-8")
    for path in WORKFLOWS.glob("*.yml"):
        for step in load_run_steps(path.stem):
            assert f'"{path.stem}", "{step}"' in re.sub(r"\(\n\s+", "(", tests)


# check and test


def test_the_output_of_a_check_cannot_command_the_runner(runner):
    runner.add_program("make", "echo '##[error]a bullet'; echo '::error::a bullet' >&2; exit 2")

    result = runner.run("check", "Check the style and run the tests that need Python alone")

    first, *_, last = result.stdout.splitlines()
    assert result.returncode == 2
    assert first.startswith("::stop-commands::")
    assert last == f"::{first.removeprefix('::stop-commands::')}::"
    assert result.stderr == ""


def test_the_problems_of_a_package_are_annotations_and_nothing_else(runner):
    script = ".venv/bin/python scripts/validate.py"
    runner.add_program("make", script)
    table = runner.checkout / "data/beneficiaires.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("sorbonne", "##[error]sorbonne"), encoding="utf-8")
    step = "Validate the package, its problems as annotations on the lines of the pull request"

    result = runner.run("test", step)

    annotations, _, fenced = result.stdout.partition("::stop-commands::")
    assert result.returncode == 1
    assert "\n::error file=data/beneficiaires.csv" in annotations
    unsafe = [line for line in annotations.splitlines() if "##[" in line]
    assert all(line.startswith("::error ") for line in unsafe)
    assert "\ndata/beneficiaires.csv" in fenced
    assert result.stderr == ""


def test_a_valid_package_passes_as_the_first_step_of_a_test(runner):
    runner.add_program("make", ".venv/bin/python scripts/validate.py")

    output = runner.run_ok(
        "test", "Validate the package, its problems as annotations on the lines of the pull request"
    )

    assert "::error" not in output


@pytest.mark.parametrize(("has_chrome", "installs_chromium"), [(True, False), (False, True)])
def test_every_test_runs_after_the_packages_of_the_system(runner, has_chrome, installs_chromium):
    """Ubuntu has no package of Chromium; GitHub's runner has Chrome."""
    for program in ("sudo", "ln"):
        runner.add_program(program, f'echo {program} "$@"')
    runner.add_program("id", "echo 0")
    runner.add_program("apt-get", f'echo "$@" >> {runner.folder}/apt.log')
    runner.add_program("make", 'echo "CI=$CI make $*"')
    if has_chrome:
        runner.add_program("google-chrome", "")

    output = runner.run_ok("test", "Run every test")

    assert "CI=true make test\n" in output
    assert ("chromium" in runner.read("apt.log").split()) == installs_chromium
    assert (f"ln -sf {runner.folder}/google-chrome" in output) == has_chrome


# refresh


def add_make_refresh(runner: Runner, page: str) -> None:
    """Let `make refresh` take in a page as if it came from the web."""
    path = runner.folder / "page.md"
    path.write_text(page, encoding="utf-8")
    command = f'.venv/bin/python scripts/refresh.py --page "{path}" --date 2024-11-26 $options'
    script = f'for argument; do options="${{argument#ARGS=}}"; done; {command}'
    runner.add_program("make", f'[ -n "$GITHUB_TOKEN" ] || exit 1; {script}')


def refresh(runner: Runner) -> dict[str, str]:
    """Run the steps of refresh.yml as the runner does. Return the outputs of the steps."""
    runner.run_ok(
        "refresh", "Keep this schedule, which GitHub stops after 60 days without a commit"
    )
    runner.run_ok("refresh", "Look for a proposal under review")
    outputs = dict(line.split("=", 1) for line in runner.read("output").splitlines())
    if outputs["url"]:
        runner.run_ok("refresh", "Say that one is under review", URL=outputs["url"])
        return outputs
    runner.run_ok("refresh", "Take in the new page, if any")
    outputs = dict(line.split("=", 1) for line in runner.read("output").splitlines())
    if outputs.get("new") == "true":
        runner.run_ok("refresh", "Build the tables, when nothing is left to decide")
        runner.run_ok("refresh", "Cut the report, when it is too long for a pull request")
        runner.run_ok("refresh", "Propose it")
    return outputs


def test_a_new_page_is_proposed_with_its_report_and_tested(runner):
    add_make_refresh(runner, make_page(["Sorbonne Université"]))

    refresh(runner)

    (pull,) = runner.read_pulls()
    assert pull["body"].startswith("## De la page du 2023-09-07 à celle du 2024-11-26\n")
    assert "- `2024-11-26 : commit inconnu, donc pas de lien" in pull["body"]
    assert pull["body"].endswith("Rien à décider. Ensuite : « make ».\n")
    files = runner.git("ls-tree", "-r", "--name-only", f"origin/{BRANCH}", "source/pages")
    assert "source/pages/2024-11-26.md" in files.splitlines()
    assert "\n2024-11-26," in runner.git("show", f"origin/{BRANCH}:data/versions.csv")
    assert f"workflow run test.yml --ref {BRANCH}\n" in runner.read("log")
    assert runner.git("status", "--porcelain") == ""


def test_what_is_to_be_decided_stands_in_the_report(runner):
    add_make_refresh(runner, make_page(["L'organisme que personne ne connaît"]))

    refresh(runner)

    (pull,) = runner.read_pulls()
    assert "\n## À décider (1)\n\n    source/organismes.yml:" in pull["body"]
    assert runner.git("diff", "--name-only", "HEAD~", "data") == ""


def test_an_unchanged_page_is_not_proposed(runner):
    page = runner.checkout / "source/pages/2023-09-07.md"
    add_make_refresh(runner, page.read_text(encoding="utf-8"))

    outputs = refresh(runner)

    assert "new" not in outputs
    assert runner.read_pulls() == []


def test_a_failed_refresh_fails_the_run(runner):
    runner.add_program("make", "echo '##[error]silence'; exit 2")

    result = runner.run("refresh", "Take in the new page, if any")

    assert result.returncode == 2
    assert result.stdout.startswith("::stop-commands::")


def test_no_page_is_looked_at_while_a_proposal_is_under_review(runner):
    pull = f'[{{"head": "{BRANCH}", "isCrossRepository": false, "url": "https://x.test/1"}}]'
    (runner.folder / "pulls.json").write_text(pull)
    add_make_refresh(runner, make_page(["Sorbonne Université"]))

    outputs = refresh(runner)

    assert outputs == {"url": "https://x.test/1"}
    assert len(runner.read_pulls()) == 1


def test_a_branch_of_that_name_in_a_fork_is_no_proposal(runner):
    fork = f'[{{"head": "{BRANCH}", "isCrossRepository": true, "url": "https://x.test/9"}}]'
    (runner.folder / "pulls.json").write_text(fork)
    add_make_refresh(runner, make_page(["Sorbonne Université"]))

    refresh(runner)

    assert len(runner.read_pulls()) == 2


def test_a_proposal_that_was_pushed_but_not_opened_is_made_again(runner):
    add_make_refresh(runner, make_page(["Sorbonne Université"]))
    refresh(runner)
    (runner.folder / "pulls.json").write_text("[]")
    (runner.folder / "output").unlink()
    runner.git("switch", "--quiet", "main")
    runner.git("branch", "--quiet", "-D", BRANCH)

    refresh(runner)

    assert len(runner.read_pulls()) == 1


def test_a_report_that_is_too_long_is_cut_with_a_link(runner):
    labels = [f"L'établissement {number} {'très ' * 60}long" for number in range(300)]
    add_make_refresh(runner, make_page(labels))

    refresh(runner)

    (pull,) = runner.read_pulls()
    address = f"file://{runner.folder}/{REPOSITORY}/actions/runs/7"
    assert pull["body"].endswith(f"\nCe rapport est coupé : [le lire en entier]({address}).\n")
    assert len(runner.read("summary.md")) > 65_536


def test_a_schedule_that_cannot_be_kept_is_said_and_stops_nothing(runner):
    output = runner.run_ok(
        "refresh",
        "Keep this schedule, which GitHub stops after 60 days without a commit",
        GH_API_STATUS="1",
    )

    assert output.startswith("::warning::")


# release


@pytest.fixture
def built(runner) -> Runner:
    """A machine on which the distribution and the site are built, in small."""
    site = runner.checkout / "dist/site"
    site.mkdir(parents=True)
    (site / "index.html").write_text("<!doctype html>")
    for name in ("index.json", "beneficiaires.csv"):
        (runner.checkout / "dist" / name).write_text(name)
    changelog = (
        "# Changelog\n\n## 3.0.0 — 2026-11-26\n\n- New.\n\n## 2.0.0 — 2026-11-25\n\n- Old.\n"
    )
    (runner.checkout / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    (runner.checkout / "release.json").write_text('{"version": "3.0.0"}')
    return runner


def test_a_tag_that_is_the_version_is_accepted(built):
    output = built.run_ok("release", "Refuse a tag that is not the version of the package")

    assert output == ""


def test_a_wrong_tag_is_reported_in_words(built):
    step = "Refuse a tag that is not the version of the package"

    result = built.run("release", step, GITHUB_REF_NAME="v9.0.0")

    assert result.returncode == 1
    assert result.stdout.startswith("::error::The tag v9.0.0 is not v3.0.0, the version in")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("CHANGELOG.md", "# Changelog\n\n## Unreleased\n", id="without notes"),
        pytest.param("release.json", '{"version": "2.0.0"}', id="prepared in part"),
    ],
)
def test_a_version_that_was_not_prepared_is_reported_in_words(built, name, text):
    (built.checkout / name).write_text(text)

    result = built.run("release", "Refuse a tag that is not the version of the package")

    assert result.returncode == 1
    assert result.stdout.startswith("::error::CHANGELOG.md or release.json is not that of 3.0.0.")


def test_the_distribution_is_built_out_of_reach_of_commands(runner):
    runner.add_program("make", 'echo "make $*"')

    output = runner.run_ok("release", "Build the distribution and the site")

    assert output.startswith("::stop-commands::")
    assert "make site\n" in output


@pytest.mark.parametrize("runs", [1, 2])
def test_a_release_has_its_notes_and_all_files_however_often_it_runs(built, runs):
    for _ in range(runs):
        built.run_ok("release", "Create the release with its notes and all files, or complete it")

    release = built.folder / TAG
    assert sorted(path.name for path in release.iterdir()) == ["beneficiaires.csv", "index.json"]
    assert built.read(f"{TAG}.notes").strip() == "- New."
    assert not (built.folder / f"{TAG}.draft").exists()


def test_a_release_that_stopped_before_its_files_is_completed(built):
    (built.folder / TAG).mkdir()
    (built.folder / f"{TAG}.draft").touch()

    built.run_ok("release", "Create the release with its notes and all files, or complete it")

    assert (built.folder / TAG / "index.json").exists()
    assert not (built.folder / f"{TAG}.draft").exists()


def test_the_site_is_shown_however_often_it_runs(built):
    for _ in range(2):
        built.run_ok("release", "Show the site")

    server = built.folder / f"{REPOSITORY}.git"
    files = run_git(server, "ls-tree", "-r", "--name-only", "gh-pages").split()
    assert files == [".nojekyll", "index.html"]


def test_the_portal_gets_the_files_of_the_release(built):
    built.run_ok("release", "Create the release with its notes and all files, or complete it")
    shutil.rmtree(built.checkout / "dist")
    built.add_program("make", 'echo "make $*"')
    (built.checkout / "scripts/publish.py").write_text(
        "import os, sys\n"
        "print(sys.argv[1:], os.environ['DATAGOUV_API_KEY'], *sorted(os.listdir('dist')))\n"
    )

    installed = built.run_ok("release", "Install the run-time requirements")
    built.run_ok("release", "Take the files of the release")
    output = built.run_ok("release", "Publish them, when there is a key", DATAGOUV_API_KEY="key")

    assert installed == "make .venv/.made/installed-dist\n"
    assert "['--yes'] key beneficiaires.csv index.json\n" in output
    assert output.startswith("::stop-commands::")


def test_without_a_key_nothing_is_published_and_it_is_said(built):
    output = built.run_ok("release", "Publish them, when there is a key", DATAGOUV_API_KEY="")

    assert output.startswith("::notice::")
    assert "nothing was published" in output
