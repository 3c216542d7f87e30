"""Publish dist/ on data.gouv.fr: say what would change there, ask, do it, read it back.

The portal and the ids there are those of source/publication.yml; the key is read in DATAGOUV_API_KEY.
"""

import os
import sys
from pathlib import Path

from edition2 import checkout, sync
from edition2.datagouv import KEY, Portal, again
from edition2.problems import Invalid, run

OPTIONS = {
    "--dist": {"type": Path, "metavar": "DIR", "help": "what make dist built (default: dist/)"},
    "--prune": {"action": "store_true", "help": "remove our files that the distribution lost"},
    "--dry-run": {"action": "store_true", "help": "say what would change, send nothing"},
    "--yes": {"action": "store_true", "help": "do not ask"},
}


def main(root: Path, dist: Path | None, prune: bool, dry_run: bool, yes: bool) -> None:
    key = os.environ.get(KEY, "").strip()
    if not key and not dry_run:
        raise Invalid.because(KEY, None, "clé absente ; la créer sur le portail, dans son profil")
    project = checkout.read(root)
    portal = Portal(project.publication.portail, key)
    wanted = again(sync.wanted)(project, dist or root / "dist", portal)
    shown = again(sync.look)(portal, wanted)
    steps = list(sync.plan(wanted, shown, prune))
    todo = [step for step in steps if step.method]
    header = f"{portal.site} · jeu de données {shown['id'] or 'nouveau'} · à faire : {len(todo)}"
    print(header, *(step.told for step in steps), sep="\n  ")
    if dry_run or not todo:
        return
    if not yes:
        print("Publier ? [o/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("o", "oui"):
            raise Invalid.because(portal.site, None, "abandon, rien n'a été envoyé")
    shown = again(sync.apply)(portal, wanted, prune)
    print(
        f"publié : {portal.site}/datasets/{shown['id']}/ ; note du portail : {shown['quality']['score']:.0%}"
    )


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
