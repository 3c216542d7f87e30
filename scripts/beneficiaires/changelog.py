"""CHANGELOG.md: its part about the data, made from the pages, and the heading of the next release."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from . import changes, sentences
from .problems import Invalid
from .project import Project

START, END = "<!-- données: début -->", "<!-- données: fin -->"
_NEXT = re.compile(r"^## (?:Unreleased|À paraître)[ \t]*$", re.MULTILINE)


def with_data(text: str, project: Project, name: str = "CHANGELOG.md") -> str:
    """The text, its part between the two markers written anew: a heading and a diff for each page.

    Raises Invalid when the markers are not there once each, in this order.
    """
    head, start, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not start or not end or START in rest or END in head + tail:
        raise Invalid.because(name, None, f"« {START} » puis « {END} » sont attendus une fois chacun")
    readings = project.readings(project.snapshot())
    told = [
        f"### Page du {new.date}\n\n{sentences.markdown(changes.diff(old, new, project.registry))}"
        for old, new in reversed(list(pairwise(readings)))
    ]
    first = f"### Page du {readings[0].date}\n\nPremière page connue : {sentences.counts(readings[0])}.\n"
    body = "\n".join([*told, first])
    return f"{head}{START}\n\n{body}\n{END}{tail}"


def released(text: str, version: str, day: date, name: str = "CHANGELOG.md") -> str:
    """The text, its heading « Unreleased » or « À paraître » become that of this version.

    Raises Invalid when there is no such heading, or several.
    """
    dated, count = _NEXT.subn(f"## {version} — {day.isoformat()}", text)
    if count != 1:
        message = "un seul titre « ## Unreleased » (ou « ## À paraître ») est attendu, avec ce qui change"
        raise Invalid.because(name, None, message)
    return dated
