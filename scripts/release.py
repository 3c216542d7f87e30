"""Prepare a release: its version, what it promises to those who use the data, the CHANGELOG's heading.

published.json keeps the page, the columns and the slugs that were published; a step too small for what
changed since is refused (https://datapackage.org/recipes/data-package-version/).
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from beneficiaires import checkout, files
from beneficiaires.problems import Invalid, run

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = "CHANGELOG.md"
HEADING = "## Unreleased\n"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("version", type=numbers, metavar="VERSION", help="as 2.1.0")


def numbers(text: str) -> tuple[int, int, int]:
    major, minor, patch = map(int, text.split("."))
    return major, minor, patch


def main(args: argparse.Namespace) -> int:
    version, today = ".".join(map(str, args.version)), str(datetime.now(UTC).date())
    descriptor = files.load_json(files.read(ROOT / checkout.PACKAGE), checkout.PACKAGE)
    project = checkout.read(ROOT, {checkout.PACKAGE: files.dump_json({**descriptor, "version": version})})
    last = checkout.promised(project)
    columns = {schema.name: schema.columns for schema in project.package.schemas}
    state = {"page": str(project.version["version"]), "champs": columns, "organismes": list(project.registry.by_slug)}
    if args.version < (least := smallest(last, state)):
        raise Invalid.because(checkout.PUBLISHED, None, f"trop petit pas, {'.'.join(map(str, least))} au moins")
    before, _, after = files.decode(files.read(ROOT / CHANGELOG), CHANGELOG).partition(HEADING)
    if not after.partition("\n## ")[0].strip():
        raise Invalid.because(CHANGELOG, None, f"rien sous « {HEADING.strip()} » : y écrire ce qui a changé")
    outputs = {**project.outputs(), CHANGELOG: f"{before}## {version} — {today}\n{after}".encode()}
    outputs[checkout.PUBLISHED] = files.dump_json({"version": version, "date": today, **state})
    files.write({ROOT / name: data for name, data in outputs.items()})
    print(f"{version} prête ; relire, puis : git commit -am 'Release {version}' && git tag v{version}")
    return 0


def smallest(last: dict, state: dict) -> tuple[int, int, int]:
    """The smallest version that tells users what changed."""
    major, minor, patch = numbers(last["version"])
    if last["champs"] != state["champs"]:
        return major + 1, 0, 0
    if (last.get("page"), last["organismes"]) != (state["page"], state["organismes"]):
        return major, minor + 1, 0
    return major, minor, patch + 1


if __name__ == "__main__":
    sys.exit(run(__doc__, options, main))
