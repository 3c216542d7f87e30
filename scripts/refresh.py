"""Take in new versions of the page: from the web, a file, or a clone of the site's repository.

A version is kept in source/pages/ and listed in source/pages.yml; a body that nobody knows gets a provisional entry
in source/organismes.yml. Then it says what changed, and what a person must decide. data/ stays as it is until `make`.
"""

from argparse import ArgumentError, ArgumentTypeError
from datetime import date, datetime
from pathlib import Path

from edition2 import arrivals, changes, checkout, files, intake
from edition2.problems import run


def day(text: str) -> date:
    found = datetime.strptime(text, "%Y-%m-%d").date()
    if str(found) != text or found > arrivals.today():
        raise ArgumentTypeError(f"{text} : AAAA-MM-JJ est attendu, un jour qui n'est pas à venir")
    return found


OPTIONS = {
    "--page": {"type": Path, "metavar": "FILE", "help": "the page, from a file (needs --date)"},
    "--git": {"type": Path, "metavar": "CLONE", "help": "every past version, from a clone"},
    "--date": {"dest": "day", "type": day, "metavar": "AAAA-MM-JJ", "help": "the day of the page"},
    "--commit": {"metavar": "SHA", "help": "the commit that published the page"},
    "--dry-run": {"action": "store_true", "help": "say everything, write nothing"},
}


def main(
    root: Path,
    page: Path | None,
    git: Path | None,
    day: date | None,
    commit: str | None,
    dry_run: bool,
) -> int | None:
    if page and not day:
        raise ArgumentError(None, "--page veut --date : une page ne dit pas le jour de sa version")
    if (git and (page or day)) or (commit and not page):
        raise ArgumentError(
            None, "--git va seul, --date avec --page ou le web, --commit avec --page"
        )
    sources = checkout.sources_of(root)
    if page:
        arriving = [arrivals.Arrival(day, files.read(page), str(page), commit)]
    elif git:
        arriving = arrivals.from_clone(git, sources.pages)
    else:
        arriving = [arrivals.from_web(sources.pages, day)]
    outcome = intake.take_in(sources, arriving)
    if not dry_run:
        files.write(root, outcome.outputs)
    return tell(outcome)


def tell(outcome: intake.Outcome) -> int:
    for diff in outcome.diffs:
        print(changes.text(diff))
    for version in outcome.kept:
        told = (
            ""
            if version.commit
            else ", sans commit : l'écrire dans pages.yml donne des liens vers ses lignes"
        )
        print(f"{version.file} : version de la page gardée{told}")
    for problem in outcome.aside:
        print(f"laissée de côté : {problem}")
    if outcome.problems:
        print(
            f"À décider ({len(outcome.problems)}), puis lancer « make » ; d'ici là data/ reste tel quel :"
        )
        print("\n".join(map(str, outcome.problems)))
    elif outcome.kept:
        print("Rien à décider : lancer « make ».")
    else:
        print("Rien de nouveau : la page est celle de la dernière version gardée.")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
