"""Publish dist/ on data.gouv.fr: say what would change there, ask, do it, read it back.

The portal and the ids there are those of source/publication.yml; DATAGOUV_API_KEY has the key.
"""

import os
import sys
from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.errors import ProblemsFound
from beneficiaires.project import Project, load_project
from beneficiaires.publish.distribution import check_distribution, lock_distribution
from beneficiaires.publish.portal import build_portal_target
from beneficiaires.publish.udata_client import KEY_VARIABLE, UdataClient, retry_transient
from beneficiaires.publish.udata_sync import (
    apply_operations,
    describe_operation,
    find_dataset,
    plan_operations,
)

OPTIONS = {
    "--dist": {"type": Path, "metavar": "DIR", "help": "what make dist built (default: dist/)"},
    "--prune": {"action": "store_true", "help": "remove our files that the distribution lost"},
    "--dry-run": {"action": "store_true", "help": "say what would change, send nothing"},
    "--yes": {"action": "store_true", "help": "do not ask"},
}


def main(root: Path, dist: Path | None, prune: bool, dry_run: bool, yes: bool) -> None:
    """Publish a distribution, which no other command changes meanwhile."""
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key and not dry_run:
        raise ProblemsFound.single(KEY_VARIABLE, None, wording.portal_key_is_missing())
    distribution = dist or root / "dist"
    with lock_distribution(distribution):
        publish(load_project(root), distribution, key, prune, dry_run, yes)


def publish(
    project: Project, distribution: Path, key: str, prune: bool, dry_run: bool, yes: bool
) -> None:
    """Print the plan for a distribution; unless it is a dry run, ask, then do it."""
    index = check_distribution(project, distribution)
    client = UdataClient(project.sources.publication.portal, key)
    extensions = retry_transient(client.fetch_extensions, report=report)
    target = build_portal_target(project, distribution, index, extensions)
    state = retry_transient(find_dataset, client, target, report=report)
    operations = plan_operations(target, state, prune)
    count = sum(operation.request is not None for operation in operations)
    print(wording.portal_plan(client.site, None if state is None else state.identifier, count))
    for operation in operations:
        print(f"  {describe_operation(operation)}")
    if dry_run or count == 0:
        return
    if not yes:
        confirm(client.site)
    state = retry_transient(apply_operations, client, target, prune, report=report)
    print(wording.portal_shows(client.site, state.identifier, state.quality))


def confirm(site: str) -> None:
    """Ask on the terminal. Raise ProblemsFound unless the answer is yes."""
    print(wording.portal_question(), end="", flush=True)
    answer = "" if sys.stdin is None else sys.stdin.readline()
    if answer.strip().lower() not in ("o", "oui"):
        raise ProblemsFound.single(site, None, wording.portal_is_abandoned())


def report(line: str) -> None:
    """Print a line about what the command waits for."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
