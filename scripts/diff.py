"""Tell in French what changed from one version of the page to another.

OLD and NEW are dates of source/pages.yml or files. By default the last two pages that can be
read; with OLD alone, OLD and the newest. Spelling and order are told apart from substance.
Exit status: 0 told, 1 the sources are wrong, 2 the command was misused.
"""

import argparse
import sys
from pathlib import Path

from beneficiaires import changes, project, sentences
from beneficiaires.problems import Invalid
from beneficiaires.signals import end_quietly

ROOT = Path(__file__).resolve().parent.parent
FORMATS = {"text": sentences.text, "markdown": sentences.markdown, "json": sentences.as_json}


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", nargs="?", metavar="OLD", help="a date of pages.yml or a file")
    parser.add_argument("new", nargs="?", metavar="NEW", help="a date of pages.yml or a file")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        sources = project.read(ROOT)
        pages = sources.compared(args.old, args.new)
        if len(pages) == 1:
            print(f"Une seule page lisible, {pages[0].page.name} : rien à comparer.", file=sys.stderr)
            return 0
        diff = changes.diff(*map(sources.reading, pages), sources.registry)
    except Invalid as error:
        print(error, file=sys.stderr)
        return 1
    print(FORMATS[args.format](diff), end="")
    return 0


if __name__ == "__main__":
    end_quietly()
    sys.exit(main())
