"""Take in new versions of the page: from the web, a file, or a clone of the site's repository.

A version is kept in source/pages/ and listed in source/pages.yml; a body that nobody knows gets a provisional entry
in source/organismes.yml. Then it says what changed, and what a person must decide. data/ stays as it is until `make`.
"""

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

from beneficiaires import arrivals, changes, checkout, files, intake
from beneficiaires.problems import run

ROOT = Path(__file__).resolve().parent.parent


def options(parser: argparse.ArgumentParser) -> None:
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--page", type=Path, metavar="FILE", help="the page, from a file (needs --date)")
    origin.add_argument("--git", type=Path, metavar="CLONE", help="every past version, from a clone")
    parser.add_argument("--date", type=day, metavar="AAAA-MM-JJ", help="the day of the page")
    parser.add_argument("--commit", metavar="SHA", help="the commit that published the page")
    parser.add_argument("--dry-run", action="store_true", help="say everything, write nothing")
    parser.set_defaults(misuse=parser.error)


def day(text: str) -> date:
    found = datetime.strptime(text, "%Y-%m-%d").date()
    if found > arrivals.today():
        raise argparse.ArgumentTypeError(f"{text} : un jour à venir")
    return found


def main(args: argparse.Namespace) -> int:
    if args.page and not args.date:
        args.misuse("--page veut --date : une page ne dit pas le jour de sa version")
    if (args.git and args.date) or (args.commit and not args.page):
        args.misuse("--date va avec --page ou le web, --commit avec --page")
    sources = checkout.sources_of(ROOT)
    outcome = intake.take_in(sources, arriving(args, sources))
    if not args.dry_run:
        files.write({ROOT / name: data for name, data in outcome.outputs.items()})
    return tell(outcome)


def arriving(args: argparse.Namespace, sources: checkout.Sources) -> list[arrivals.Arrival]:
    if args.page:
        return [arrivals.Arrival(args.date, files.read(args.page), str(args.page), args.commit)]
    return arrivals.from_clone(args.git, sources.pages) if args.git else [arrivals.from_web(sources.pages, args.date)]


def tell(outcome: intake.Outcome) -> int:
    for diff in outcome.diffs:
        print(changes.text(diff))
    for version in outcome.kept:
        told = "" if version.commit else ", sans commit : l'écrire dans pages.yml donne des liens vers ses lignes"
        print(f"{version.file} : version de la page gardée{told}")
    for problem in outcome.aside:
        print(f"laissée de côté : {problem}")
    if outcome.problems:
        print(f"À décider ({len(outcome.problems)}), puis lancer « make » ; d'ici là data/ reste tel quel :")
        print("\n".join(map(str, outcome.problems)))
    elif outcome.kept:
        print("Rien à décider : lancer « make ».")
    else:
        print("Rien de nouveau : la page est celle de la dernière version gardée.")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
