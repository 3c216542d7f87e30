"""Prepare a release: its version, what it promises to those who use the data, the CHANGELOG's heading.

published.json keeps the page, the columns and the slugs that were published; a step too small for what
changed since is refused (https://datapackage.org/recipes/data-package-version/).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edition2 import checkout, files
from edition2.problems import Invalid, run

CHANGELOG = "CHANGELOG.md"
HEADING = "## Unreleased\n"


def numbers(text: str) -> tuple[int, int, int]:
    major, minor, patch = map(int, text.split("."))
    return major, minor, patch


OPTIONS = {"numbered": {"type": numbers, "metavar": "VERSION", "help": "as 2.1.0"}}


def main(root: Path, numbered: tuple[int, int, int]) -> None:
    version, today = ".".join(map(str, numbered)), str(datetime.now(UTC).date())
    descriptor = files.load_json(files.read(root / checkout.PACKAGE), checkout.PACKAGE)
    project = checkout.read(
        root, {checkout.PACKAGE: files.dump_json({**descriptor, "version": version})}
    )
    last = project.promised
    columns = {schema.name: schema.columns for schema in project.package.schemas}
    state = {
        "page": str(project.version["version"]),
        "champs": columns,
        "organismes": list(project.registry.by_slug),
    }
    if numbered < (least := smallest(last, state)):
        raise Invalid.because(
            checkout.PUBLISHED, None, f"trop petit pas, {'.'.join(map(str, least))} au moins"
        )
    before, _, after = files.decode(files.read(root / CHANGELOG), CHANGELOG).partition(HEADING)
    if not after.partition("\n## ")[0].strip():
        raise Invalid.because(
            CHANGELOG, None, f"rien sous « {HEADING.strip()} » : y écrire ce qui a changé"
        )
    outputs = {**project.outputs(), CHANGELOG: f"{before}## {version} — {today}\n{after}".encode()}
    outputs[checkout.PUBLISHED] = files.dump_json({"version": version, "date": today, **state})
    files.write(root, outputs)
    print(
        f"{version} prête ; relire, puis : git commit -am 'Release {version}' && git tag v{version}"
    )


def smallest(last: Any, state: dict[str, Any]) -> tuple[int, int, int]:
    """The smallest version that tells users what changed."""
    major, minor, patch = numbers(last.version)
    if last.champs != state["champs"]:
        return major + 1, 0, 0
    if (last.page, last.organismes) != (state["page"], state["organismes"]):
        return major, minor + 1, 0
    return major, minor, patch + 1


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
