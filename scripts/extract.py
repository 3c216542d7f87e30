"""Turn the page into the tables of data/, and write their sizes and hashes into datapackage.json.

Without option, the page is the newest of source/pages.yml. With --source and --out any page can
be tried without touching the repository. Exit status: 0 done, 1 the sources are wrong or --check
found a difference, 2 the command was misused.
"""

import argparse
import gc
import sys
from functools import partial
from pathlib import Path

from beneficiaires import files, project
from beneficiaires.problems import Invalid
from beneficiaires.signals import end_quietly
from beneficiaires.tables import height

ROOT = Path(__file__).resolve().parent.parent


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    # A given width spares argparse the import of shutil, a tenth of the work of this command.
    formatter = partial(argparse.RawDescriptionHelpFormatter, width=100)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument(
        "--source", type=Path, metavar="PAGE.md", help="the page to read (default: the newest)"
    )
    parser.add_argument(
        "--registry", type=Path, metavar="FILE", help="the registry (default: source/organismes.yml)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the tables there, and nothing else")
    parser.add_argument(
        "--accept-new", action="store_true", help="add unknown bodies to the registry as provisional"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, show what would change and exit 1 if it would"
    )
    args = parser.parse_args(argv)
    if (args.source or args.registry) and not (args.out or args.check):
        parser.error("--source and --registry need --out DIR or --check: data/ holds the newest page only")
    if args.accept_new and args.check:
        parser.error("--check writes nothing, --accept-new writes the registry")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        sources = project.read(ROOT, args.registry)
        snapshot = sources.snapshot(args.source)
        accepted: list[str] = []
        if args.accept_new:
            sources, accepted = sources.accept(snapshot)
        tables = sources.tables(snapshot)
        outputs = sources.trial(tables, args.out) if args.out else sources.build(tables, snapshot.version)
        if args.check:
            return show_differences(outputs)
        if accepted:
            outputs = {sources.registry_file: sources.registry.text.encode(), **outputs}
        # A trial can be made again, the registry cannot.
        changed = files.write(outputs, durable=bool(accepted) or not args.out)
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1
    for slug in accepted:
        print(f"{sources.registry.name}: « {slug} » ajouté, provisoire ; à relire et à compléter")
    counts = ", ".join(f"{name} {height(table)}" for name, table in tables.items())
    where = args.out or f"data/ et {project.PACKAGE}"
    print(f"{snapshot.page.name} → {where} : {counts} ; fichiers écrits : {len(changed)} sur {len(outputs)}")
    return 0


def show_differences(outputs: dict[Path, bytes]) -> int:
    lines = list(files.differences(outputs, ROOT))
    if lines:
        print("\n".join(lines))
        print("Les fichiers ne sont pas ce que les sources donnent ; lancer : make extract", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    end_quietly()
    # What a run makes, it keeps to its end: looking for garbage would find none.
    gc.disable()
    gc.freeze()
    sys.exit(main())
