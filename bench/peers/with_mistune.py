"""The bullets of a page and their headings as CSV, with mistune: with_mistune.py PAGE.md OUT.csv"""

import csv
import sys

import mistune


def text(token):
    return token.get("raw") or "".join(map(text, token.get("children", ())))


page, out = sys.argv[1:]
with open(page, encoding="utf-8") as file:
    _, _, body = file.read().split("---\n", 2)
heading = ""
rows = []
for token in mistune.create_markdown(renderer=None)(body):
    if token["type"] == "heading":
        heading = text(token)
    elif token["type"] == "list":
        rows += ((heading, text(item).strip()) for item in token["children"])
with open(out, "w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["intitule", "libelle"])
    writer.writerows(rows)
