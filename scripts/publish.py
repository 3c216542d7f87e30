"""Publish dist/ on data.gouv.fr: say what would change there, ask, do it, read it back.

The key is read in DATAGOUV_API_KEY. Publishing again sends only what differs. Exit status:
0 done, or nothing to do; 1 the package, the site or the key is wrong, or the answer was no;
2 the command was misused.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from beneficiaires import edition, plan, publishing, shipment
from beneficiaires.portal import Found, Portal
from beneficiaires.problems import Invalid
from beneficiaires.signals import end_quietly

ROOT = Path(__file__).resolve().parent.parent
DEMO = "https://demo.data.gouv.fr"
KEY = "DATAGOUV_API_KEY"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="the folder of datapackage.json")
    parser.add_argument(
        "--dist", type=Path, metavar="DIR", help="what make dist built (default: dist/ in root)"
    )
    parser.add_argument("--site", default=DEMO, metavar="URL", help=f"default: {DEMO}")
    parser.add_argument("--organization", default="", metavar="ID", help="instead of publication.yml's")
    parser.add_argument("--dataset", default="", metavar="ID", help="instead of publication.yml's")
    parser.add_argument("--prune", action="store_true", help="remove our files that the distribution lost")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        return run(args, os.environ.get(KEY, "").strip())
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1


def run(args: argparse.Namespace, key: str) -> int:
    if not key and not args.dry_run:
        raise Invalid.because(KEY, None, "clé absente ; la créer sur le site, dans son profil, et l'y mettre")
    package = edition.read(args.root)
    wanted = shipment.wanted(package, args.dist or args.root / "dist")
    site = Portal(args.site.rstrip("/"), key)
    place = publishing.place(package.publication.datagouv, site.site, args.organization, args.dataset)
    found = site.find(*place, wanted.mark)
    todo = plan.draw(wanted, found, args.prune)
    print("\n".join(map(site.scrub, told(site.site, todo, plan.quality(wanted, found), found))))
    if not todo.steps or args.dry_run:
        return 0
    if not args.yes and not agreed():
        print("Abandon : rien n'a été envoyé.", file=sys.stderr)
        return 1
    with tqdm(total=todo.bytes, unit="o", unit_scale=True, disable=None, leave=False) as bar:
        publication = publishing.Publication(site, wanted, args.prune, notice, bar.update)
        found = publication.run(found, place.dataset)
    print("\n".join(done(site.site, wanted, found, known=bool(place.dataset))))
    return 0


def told(site: str, todo: plan.Plan, criteria: Sequence[plan.Criterion], found: Found) -> list[str]:
    where = found.dataset["id"] if found.dataset else "nouveau"
    missing = [each for each in criteria if not each.met]
    return [
        f"{site} · {found.organization['name']} · jeu de données {where}",
        *(f"  {step}" for step in todo.steps),
        *(f"  laissé : {text}" for text in todo.left),
        f"  qualité : {len(criteria) - len(missing)} critères sur {len(criteria)}",
        *(
            f"    {each.name} : {'manque' if each.met is False else 'à voir'}, {each.reason}"
            for each in missing
        ),
        *([] if todo.steps else ["rien à faire"]),
    ]


def notice(text: str) -> None:
    tqdm.write(text, file=sys.stderr)


def agreed() -> bool:
    try:
        return input("Publier ? [o/N] ").strip().lower() in ("o", "oui")
    except EOFError:
        return False


def done(site: str, wanted: shipment.Wanted, found: Found, known: bool) -> list[str]:
    dataset = found.dataset
    files = {each["extras"].get(wanted.mark): each["latest"] for each in dataset["resources"]}
    hint = f"à noter dans source/publication.yml : jeu: {dataset['id']}"
    page = dataset["page"] or f"{site}/datasets/{dataset['id']}/"
    return [
        f"publié : {page}",
        f"qualité selon le site : {dataset['quality']['score']:.0%}",
        *(f"  {name} : {address}" for name, address in files.items() if name),
        *([] if known else [hint]),
    ]


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
