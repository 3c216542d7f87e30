"""A diff of two pages, told in French."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from typing import Any

from .changes import LEVELS, Change, Diff, Entry
from .package import dump
from .reading import Reading

Quote = Callable[[str], str]

_TEMPLATES = {
    "entre": "{after} entre dans le marché {marche}{scope}",
    "sort": "{before} sort du marché {marche}",
    "remplace": "{after} {replaces} {before} dans le marché {marche}{since}{scope}",
    "deplace": "{before} passe du marché {marche} au marché {target}{scope}",
    "perimetre": "Le périmètre de {after} change dans le marché {marche} : {old} → {new}",
    "sigle": "Le sigle que la page donne à {after} change dans le marché {marche} : {old} → {new}",
    "nom": "{after} porte un autre nom dans le marché {marche} : {old} → {new}",
    "graphie": "{after} est écrit autrement dans le marché {marche} : {old} → {new}",
    "ordre": "L'ordre de la liste {marche} change : {moved}",
    "contact": "L'adresse de contact change : {old} → {new}",
    "titre": "Le titre de la page change : {old} → {new}",
    "intitule": "Le titre de la liste {marche} change : {old} → {new}",
    "date": "La date de l'en-tête de la page change : {old} → {new}",
}
_COUNTED = {"fond": "sur le fond", "page": "ailleurs dans la page", "forme": "de forme"}
_HEADINGS = {"fond": "Sur le fond", "page": "Ailleurs dans la page", "forme": "Dans la forme seulement"}


def title(diff: Diff) -> str:
    """Which pages are compared."""
    return f"De la page du {diff.old.date} à celle du {diff.new.date}"


def counts(reading: Reading) -> str:
    """How many bodies each contract has."""
    found = {marche: len(members) for marche, members in reading.lists.items()}
    return ", ".join(f"marché {marche}, {count} bénéficiaires" for marche, count in found.items())


def summary(diff: Diff) -> str:
    """How many changes of each level, in one sentence."""
    if not diff.changes:
        return "Rien ne change."
    found = [(len(diff.at(level)), level) for level in LEVELS]
    told = [f"{count} changement{'s' * (count > 1)} {_COUNTED[level]}" for count, level in found if count]
    return ", ".join(told) + (". Rien ne change sur le fond." if not diff.at("fond") else ".")


def text(diff: Diff) -> str:
    """For a terminal."""
    parts = [f"{title(diff)} : {summary(diff)}"]
    for level, lines in _told(diff, "« {} »".format):
        parts.append(f"\n{_HEADINGS[level]} :")
        parts += [f"- {line}" for line in lines]
    return "\n".join(parts) + "\n"


def markdown(diff: Diff) -> str:
    """For the description of a pull request, without title; what pages say stands in code spans, inert."""
    parts = [summary(diff)]
    for level, lines in _told(diff, _code_span):
        parts.append(f"**{_HEADINGS[level]}**")
        parts.append("\n".join(f"- {line}" for line in lines))
    return "\n\n".join(parts) + "\n"


def as_html(diff: Diff) -> str:
    """For a feed reader; what pages say is escaped."""
    parts = [f"<p>{summary(diff)}</p>"]
    for level, lines in _told(diff, lambda said: f"« {html.escape(said)} »"):
        parts.append(f"<p>{_HEADINGS[level]} :</p>")
        parts.append("<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>")
    return "\n".join(parts)


def as_json(diff: Diff) -> str:
    """The records and their sentences, for programs."""
    pages = {
        key: {"page": state.name, "date": state.date}
        for key, state in (("ancienne", diff.old), ("nouvelle", diff.new))
    }
    changes = [_plain(change) for change in diff.changes]
    return dump({**pages, "fond": bool(diff.at("fond")), "changements": changes}).decode()


def _plain(change: Change) -> dict[str, Any]:
    return {
        "type": change.kind,
        "niveau": change.level,
        "marche": change.marche or None,
        "avant": [entry._asdict() for entry in change.before] or change.old or None,
        "apres": [entry._asdict() for entry in change.after] or change.new or None,
        "phrase": sentence(change, "« {} »".format),
    }


def _told(diff: Diff, quote: Quote) -> Iterable[tuple[str, list[str]]]:
    for level in LEVELS:
        if lines := [sentence(change, quote) for change in diff.at(level)]:
            yield level, lines


def sentence(change: Change, quote: Quote) -> str:
    """One change, with the lines of both pages; `quote` sets apart what pages and the registry say."""
    values = {
        "marche": change.marche,
        "target": change.after[0].marche if change.after else "",
        "before": _names(change.before, quote),
        "after": _names(change.after, quote),
        "replaces": "remplacent" if len(change.after) > 1 else "remplace",
        "since": f", depuis le {change.since} d'après le registre" if change.since else "",
        "scope": _scope(change, quote),
        "old": quote(change.old) if change.old else "aucun",
        "new": quote(change.new) if change.new else "aucun",
        "moved": _names(_moved(change), quote) if change.kind == "ordre" else "",
    }
    lines = "" if change.kind == "ordre" else _lines(change)
    return f"{_TEMPLATES[change.kind].format_map(values)}{lines}."


def _names(entries: Iterable[Entry], quote: Quote) -> str:
    *others, last = (quote(entry.nom) for entry in entries) if entries else ("",)
    return " et ".join([", ".join(others), last]) if others else last


def _scope(change: Change, quote: Quote) -> str:
    scopes = dict.fromkeys(entry.perimetre for entry in change.after if entry.perimetre)
    return "".join(f", périmètre : {quote(scope)}" for scope in scopes)


def _lines(change: Change) -> str:
    """« (ligne 12 avant, lignes 13 et 14 après) »."""
    told = []
    for entries, when in ((change.before, "avant"), (change.after, "après")):
        if entries:
            numbers = " et ".join(str(entry.ligne) for entry in entries)
            told.append(f"ligne{'s' * (len(entries) > 1)} {numbers} {when}")
    return f" ({', '.join(told)})" if told else ""


def _moved(change: Change) -> list[Entry]:
    """The fewest bodies whose moves explain the new order, as difflib finds them."""
    from difflib import SequenceMatcher  # costs more than the rest, and only an order needs it

    old, new = ([entry.organisme for entry in entries] for entries in (change.before, change.after))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    stayed = {organisme for block in blocks for organisme in new[block.b : block.b + block.size]}
    return [entry for entry in change.after if entry.organisme not in stayed]


def _code_span(said: str) -> str:
    """A code span holds any text as it is, behind a fence longer than its own runs of backticks."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", said)), default=0))
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{fence}{pad}{said}{pad}{fence}"
