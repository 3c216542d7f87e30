"""The bullets of a page and their headings as CSV, with pyromark: with_pyromark.py PAGE.md OUT.csv"""

import csv
import sys

import pyromark

page, out = sys.argv[1:]
with open(page, encoding="utf-8") as file:
    _, _, body = file.read().split("---\n", 2)
heading = ""
rows = []
words = []
for event in pyromark.events(body, merge_text=True):
    if isinstance(event, str):
        continue
    if "Text" in event:
        words.append(event["Text"])
    elif "Start" in event and (event["Start"] == "Item" or "Heading" in event["Start"]):
        words = []
    elif event.get("End") == "Item":
        rows.append((heading, "".join(words).strip()))
    elif "Heading" in event.get("End", ()):
        heading = "".join(words)
with open(out, "w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["intitule", "libelle"])
    writer.writerows(rows)
