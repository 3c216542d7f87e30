"""The figures of the documents: written by the build between comments that no reader sees.

`<!--=beneficiaires-->50<!--/-->` says how many rows a table has, `<!--=support-->23<!--/-->` how
many bodies a contract, `<!--=date-->` the day of the page; _figures lists them all.
"""

from __future__ import annotations

import re

from . import french
from .problems import Problem, raise_if_any
from .tables import Tables, height

DOCUMENTS = ("README.md", "README.fr.md", "LICENCE-DONNEES.md")
_FIGURE = re.compile(r"<!--=([\w-]+)-->(.*?)<!--/-->", re.DOTALL)


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
    contracts = tables["marches"]
    newest = contracts["date"][0]
    return {
        **{name: str(height(table)) for name, table in tables.items()},
        **dict(zip(contracts["marche"], map(str, contracts["nombre"]), strict=True)),
        "siren": str(sum(siren is not None for siren in tables["organismes"]["siren"])),
        "date": newest,
        "date-longue": french.day(newest),
    }
