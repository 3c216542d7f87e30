"""Render the pages of a JSON file with Jinja2 and write them: FILE TEMPLATES OUT. Checks nothing."""

import json
import sys
from pathlib import Path

import jinja2

MONTHS = "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre"


def day(date):
    year, month, number = date.split("-")
    return f"{'1er' if number == '01' else int(number)} {MONTHS.split(',')[int(month) - 1]} {year}"


def size(count):
    return f"{count} octets" if count < 1000 else f"{count / 1000:.1f} ko".replace(".", ",")


source, templates, out = map(Path, sys.argv[1:])
data = json.loads(source.read_text(encoding="utf-8"))
env = jinja2.Environment(
    loader=jinja2.FileSystemLoader(templates), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
env.filters |= {"day": day, "size": size, "slugs": lambda cell: cell.split("|") if cell else []}
env.tests["web"] = lambda address: str(address).startswith(("https://", "http://"))
env.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
for page in data["pages"]:
    path = out / page["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(env.get_template(page["template"]).render(data["shared"] | page["own"]), encoding="utf-8")
