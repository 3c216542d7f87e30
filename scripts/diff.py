"""Tell in French what changed from one version of the page to another, whatever is still to decide.

OLD and NEW are days of source/pages.yml: the last two versions by default, OLD and the newest with OLD alone.
"""

from pathlib import Path

from edition2 import changes, checkout
from edition2.problems import Invalid, run

FORMATS = {"text": changes.text, "markdown": changes.markdown}
OPTIONS = {
    "old": {"nargs": "?", "metavar": "OLD", "help": "a day of pages.yml, AAAA-MM-JJ"},
    "new": {"nargs": "?", "metavar": "NEW", "help": "a day of pages.yml, AAAA-MM-JJ"},
    "--format": {"dest": "form", "choices": FORMATS, "default": "text", "help": "default: text"},
}


def main(root: Path, old: str | None, new: str | None, form: str) -> None:
    sources = checkout.sources_of(root)
    versions = {str(version.date): version for version in sources.pages.versions}
    days = list(versions)
    old, new = old or days[-2:][0], new or days[-1]
    for day in {old, new} - versions.keys():
        raise Invalid.because(
            "source/pages.yml", None, f"pas de version du {day} ; il y a {', '.join(days)}"
        )
    found = changes.diff(
        sources.reading(versions[old]), sources.reading(versions[new]), sources.registry
    )
    print(FORMATS[form](found), end="")


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
