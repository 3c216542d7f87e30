"""The workflows do no more than they may: pinned actions, the least permissions, nothing published."""

import re

import pytest
import yaml

from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
WRITES = {"refresh.yml": {"contents", "pull-requests", "actions"}}


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    return request.param.name, yaml.safe_load(request.param.read_text(encoding="utf-8"))


def steps(content: dict) -> list[dict]:
    return [step for job in content["jobs"].values() for step in job["steps"]]


def test_actions_are_pinned_to_a_commit_and_keep_no_credentials(workflow):
    for step in steps(workflow[1]):
        if "uses" in step:
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_permissions_are_the_least(workflow):
    name, content = workflow
    granted = [content["permissions"], *(job.get("permissions", {}) for job in content["jobs"].values())]
    writes = {scope for permissions in granted for scope, level in permissions.items() if level == "write"}
    assert writes == WRITES.get(name, set())


def test_no_step_mixes_what_others_say_into_its_script(workflow):
    for step in steps(workflow[1]):
        assert "${{" not in step.get("run", "")


def test_the_step_that_reads_the_page_holds_no_token():
    content = yaml.safe_load((ROOT / ".github/workflows/refresh.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in steps(content) if "make --silent refresh" in step.get("run", "")]
    assert "env" not in step
    assert set(content["jobs"]["refresh"]["env"]) == {"BRANCH"}


def test_refresh_proposes_and_never_publishes():
    text = (ROOT / ".github/workflows/refresh.yml").read_text(encoding="utf-8")
    assert "gh pr create" in text
    assert not re.search(r"gh pr merge|gh release|publish|push (--force )?origin main", text)
