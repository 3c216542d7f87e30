"""Take in a new version of the page: from the web, a file, or a git clone of the site's repository.

The page is kept in source/pages/ with its provenance in source/pages.yml, and data/ is built from
it. While something is wrong with the page, data/ stays as it is: mend source/ as the messages
say, then run make. Exit status: 0 done or nothing new, 1 nothing came or something is wrong, 2 the
command was misused.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from beneficiaires import clones, fetching, files, intake, project, sentences
from beneficiaires.arrivals import Arrival
from beneficiaires.problems import Invalid, Problem
from beneficiaires.provenance import Version
from beneficiaires.signals import end_quietly
from beneficiaires.tables import height

ROOT = Path(__file__).resolve().parent.parent


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--page", type=Path, metavar="FILE", help="the page, from a file (needs --date)")
    source.add_argument(
        "--git", type=Path, metavar="CLONE", help="every past version, from a clone of the site's repository"
    )
    parser.add_argument(
        "--date", type=date.fromisoformat, help="the day of the page, AAAA-MM-JJ (default: the server's, UTC)"
    )
    parser.add_argument(
        "--accept-new", action="store_true", help="add unknown bodies to the registry as provisional"
    )
    parser.add_argument("--dry-run", action="store_true", help="say everything, write nothing")
    args = parser.parse_args(argv)
    if args.page and not args.date:
        parser.error("--page needs --date: a page does not say the day it was published")
    if args.git and args.date:
        parser.error("--git takes the dates of the commits, not --date")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        sources = project.read(ROOT)
        pages = arriving(args, sources.provenance.versions[-1])
        outcome = intake.take_in(sources, pages, args.accept_new)
        if not args.dry_run:
            files.write(outcome.outputs, sources.texts())
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1
    tell(outcome)
    return explain(outcome.problems) if outcome.problems else 0


def tell(outcome: intake.Outcome) -> None:
    if not outcome.new:
        print(f"Rien de nouveau : la page est celle du {outcome.project.provenance.versions[-1].date}")
    for version in outcome.new:
        unread = f", sans être lue : {version.illisible}" if version.illisible is not None else ""
        print(f"{version.place} : version de la page gardée{unread}")
    for slug in outcome.accepted:
        print(f"{outcome.project.registry.name}: « {slug} » ajouté, provisoire ; à relire et à compléter")
    if outcome.diff:
        print(sentences.text(outcome.diff))
    if outcome.tables:
        print(", ".join(f"{name} {height(table)}" for name, table in outcome.tables.items()))


def arriving(args: argparse.Namespace, newest: Version) -> list[Arrival]:
    if args.page:
        return [Arrival(args.date, files.read(args.page))]
    return clones.arrivals(args.git, newest.path) if args.git else fetching.arrivals(newest, args.date)


def explain(problems: tuple[Problem, ...]) -> int:
    print("\n".join(map(str, problems)), file=sys.stderr)
    cure = "corriger source/ comme dit ci-dessus, puis lancer « make »"
    if all(problem.unknown_label for problem in problems):
        cure = "ajouter ces organismes au registre (« make refresh ARGS=--accept-new » les y ébauche)"
    print(f"data/ reste tel quel ; {cure}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
