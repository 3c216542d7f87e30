"""Prepare a release: its version, what it promises to those who use the data, the CHANGELOG's heading.

The version stands in datapackage.json; published.json keeps the columns and the slugs that were
published, and validation holds the next versions to them. A step too small for what changed since
is refused (https://datapackage.org/recipes/data-package-version/). Exit status: 0 done, 1 refused,
2 the command was misused.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from beneficiaires import checkout, files
from beneficiaires.problems import Invalid, run

ROOT = Path(__file__).resolve().parent.parent
UNRELEASED = "## Unreleased\n"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("version", type=numbers, metavar="VERSION", help="as 2.1.0")


def numbers(text: str) -> tuple[int, int, int]:
    major, minor, patch = text.split(".")
    return int(major), int(minor), int(patch)


def main(args: argparse.Namespace) -> int:
    version = ".".join(map(str, args.version))
    descriptor = files.load_json(files.read(ROOT / checkout.PACKAGE), checkout.PACKAGE)
    drafts = {checkout.PACKAGE: files.dump_json({**descriptor, "version": version})}
    project = checkout.read(ROOT, drafts)
    last = checkout.promised(project.sources)
    promise = {
        "version": version,
        "date": str(datetime.now(UTC).date()),
        "page": str(project.version["version"]),
        "champs": {schema.name: schema.columns for schema in project.package.schemas},
        "organismes": list(project.registry.by_slug),
    }
    least, reason = smallest(last, promise)
    if args.version < least:
        told = f"{reason} depuis {last['version']} : {'.'.join(map(str, least))} au moins"
        raise Invalid.because(checkout.PUBLISHED, None, told)
    outputs = {**project.outputs(), checkout.PUBLISHED: files.dump_json(promise), **changelog(promise)}
    changed = files.write({ROOT / name: data for name, data in outputs.items()})
    print(f"{version} prête ; relire, puis : git commit -am 'Release {version}' && git tag v{version}")
    return 0 if changed else 1


def smallest(last: dict, promise: dict) -> tuple[tuple[int, int, int], str]:
    """The smallest version that tells users what changed, and what did."""
    major, minor, patch = numbers(last["version"])
    if last["champs"] != promise["champs"]:
        return (major + 1, 0, 0), "des champs ont changé"
    if last.get("page") != promise["page"]:
        return (major, minor + 1, 0), "la page a changé"
    if last["organismes"] != promise["organismes"]:
        return (major, minor + 1, 0), "des organismes ont été ajoutés"
    return (major, minor, patch + 1), "rien n'a changé que des corrections"


def changelog(promise: dict) -> dict[str, bytes]:
    """CHANGELOG.md with its heading dated. Raises Invalid when nothing is written under it."""
    name = "CHANGELOG.md"
    text = files.decode(files.read(ROOT / name, name), name)
    before, _, after = text.partition(UNRELEASED)
    if not after.partition("\n## ")[0].strip():
        raise Invalid.because(name, None, f"rien sous « {UNRELEASED.strip()} » : y écrire ce qui a changé")
    return {name: f"{before}## {promise['version']} — {promise['date']}\n{after}".encode()}


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
