"""The figures of the documents: written by the build between comments that no reader sees.

`<!--=beneficiaires-->50<!--/-->` says how many rows a table has, `<!--=support-->23<!--/-->` how
many bodies a contract, `<!--=date-->` the day of the page; _figures lists them all.
"""

from __future__ import annotations

import re
from datetime import date

from .problems import Problem, raise_if_any
from .tables import Tables

DOCUMENTS = ("README.md", "README.fr.md", "LICENCE-DONNEES.md")
_FIGURE = re.compile(r"<!--=([\w-]+)-->(.*?)<!--/-->", re.DOTALL)
_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def rewrite(text: str, name: str, tables: Tables) -> str:
    """The document with the figures of these tables. Raises Invalid for a figure that has no name."""
    figures = _figures(tables)
    raise_if_any(
        Problem(name, text.count("\n", 0, match.start()) + 1, f"chiffre « {match[1]} » inconnu")
        for match in _FIGURE.finditer(text)
        if match[1] not in figures
    )
    return _FIGURE.sub(lambda match: f"<!--={match[1]}-->{figures[match[1]]}<!--/-->", text)


def _figures(tables: Tables) -> dict[str, str]:
    newest = date.fromisoformat(tables["marches"][0]["date"])
    day = "1er" if newest.day == 1 else str(newest.day)
    return {
        **{name: str(len(rows)) for name, rows in tables.items()},
        **{row["marche"]: str(row["nombre"]) for row in tables["marches"]},
        "siren": str(sum(row["siren"] is not None for row in tables["organismes"])),
        "date": newest.isoformat(),
        "date-longue": f"{day} {_MONTHS[newest.month - 1]} {newest.year}",
    }
