"""The lookup site: what the page answers for each body, and the pages that tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from msgspec import Struct, to_builtins

from . import changes, coverage, files, labels
from .checkout import Checkout
from .package import field_rows
from .problems import Invalid
from .tables import Row

FEED = "changements.atom"
_INDEX, _DATASET = "index.json", "donnees/dataset.jsonld"
_ASSETS = ("style.css", "script.js", "favicon.svg")
_FOLDERS = ("changements", "donnees", "a-propos", "accessibilite")
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_LOOSE = re.compile(r"(?<=«) | (?=[»:;?!])")
_COMMIT = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


class Cover(Struct, frozen=True):
    """What one contract says of one body, by its rows of marches, couverture and beneficiaires.

    `answer` is the row of couverture in words; `since` is the day of the first version that says so of
    the body that the page names: itself, or the one through which it is covered.
    """

    contract: Row
    row: Row
    answer: str
    member: Row | None
    since: date | None


class Answer(Struct, frozen=True):
    """One body: its row of organismes, a cover for each contract in force, its rows of historique."""

    body: Row
    covers: list[Cover]
    stays: list[Row]

    @property
    def address(self) -> str:
        return f"organismes/{self.body['organisme']}/"


def answers(project: Checkout) -> list[Answer]:
    """An answer for each body of the registry, in the alphabetical order of their names."""
    rows = project.rows
    contracts = {row["marche"]: row for row in rows["marches"]}
    names = {row["organisme"]: row["nom"] for row in rows["organismes"]}
    members = {(row["marche"], row["organisme"]): row for row in rows["beneficiaires"]}
    through = {(row["marche"], row["organisme"]): row["par"] for row in rows["couverture"]}
    last = {(row["marche"], row["organisme"]): row["debut"] for row in rows["historique"]}

    def cover(row: Row) -> Cover:
        marche, slug = place = row["marche"], row["organisme"]
        while through[marche, slug] not in (None, slug):
            slug = through[marche, slug]
        since = last[marche, slug] if row["statut"] in coverage.COVERED else None
        told = coverage.answer(row, names, project.contact)
        return Cover(contracts[marche], row, told, members.get(place), since)

    found = {row["organisme"]: Answer(row, [], []) for row in rows["organismes"]}
    for row in rows["couverture"]:
        found[row["organisme"]].covers.append(cover(row))
    for row in rows["historique"]:
        found[row["organisme"]].stays.append(row)
    return sorted(found.values(), key=lambda answer: labels.words(answer.body["nom"]))


def build(project: Checkout, dist: Path, templates: Path) -> dict[str, bytes]:
    """The bytes of every file of the site, by path.

    Raises Invalid for a distribution that is missing or not that of the checkout, or a broken template.
    """
    index = _index(project, dist)
    names = [*(file["name"] for file in index["files"]), _INDEX, "SHA256SUMS"]
    outputs = {f"donnees/{name}": files.read(dist / name) for name in names}
    outputs |= {name: files.read(templates / name) for name in _ASSETS}
    outputs[FEED] = outputs[f"donnees/{FEED}"]
    found = answers(project)
    outputs |= {f"{answer.address}index.json": _raw(answer) for answer in found}
    shared = {**_shared(project, found), "index": index, "dataset": Markup(outputs[_DATASET].decode())}
    return outputs | dict(_pages(templates, shared))


def _index(project: Checkout, dist: Path) -> dict[str, Any]:
    path = dist / _INDEX
    index = files.load_json(files.read(path), str(path)) if path.exists() else {}
    try:
        made = index["version"], index["page"]["sha256"]
    except (KeyError, TypeError):
        made = None
    if made != (project.package.version, project.version["sha256"]):
        raise Invalid.because(str(path), None, "absent, ou d'une autre version ; lancer : make dist")
    return index


def _raw(answer: Answer) -> bytes:
    """All that the page of a body says, as JSON: rows of the tables, and the answers in words."""
    rows = {
        "organismes": [answer.body],
        "couverture": [{**cover.row, "reponse": cover.answer} for cover in answer.covers],
        "beneficiaires": [cover.member for cover in answer.covers if cover.member],
        "historique": answer.stays,
    }
    return files.dump_json(to_builtins(rows))


def _shared(project: Checkout, found: Sequence[Answer]) -> dict[str, Any]:
    """What every template may use."""
    fields = {field["name"]: field for schema in project.package.schemas for field in schema.fields}
    said = {name: fields[name]["categories"] for name in ("categorie", "statut")}
    return {
        "answers": found,
        "categories": {each["value"]: each["label"] for each in said["categorie"]},
        "contracts": [row for row in project.rows["marches"] if row["fin"] is None],
        "feed": FEED,
        "field_rows": field_rows,
        "mail": Markup('<a href="mailto:{0}">{0}</a>').format(project.contact),
        "project": project,
        "statuses": {each["value"]: each["label"] for each in said["statut"]},
        "stories": list(_stories(project)),
    }


def _stories(project: Checkout) -> Iterator[tuple[date, Markup]]:
    """The day of each version of the page, newest first, and what it changed, as HTML."""
    for old, new in reversed(list(pairwise(project.readings))):
        yield new.version.date, Markup(changes.html(changes.diff(old, new, project.registry)))
    yield project.readings[0].version.date, Markup("<p>Première version connue.</p>")


def _pages(templates: Path, shared: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The path and the bytes of every page. Raises Invalid for a broken template."""
    pages = [("index.html", "", None), *((f"{name}.html", f"{name}/", None) for name in _FOLDERS)]
    pages += [("organisme.html", answer.address, answer) for answer in shared["answers"]]
    addresses = [address for _, address, _ in pages]
    # A server shows the page 404 at any address: relative links would not find their way.
    away = f"/{shared['project'].publication.site.split('/', 3)[3]}"
    try:
        environment = _environment(templates, {**shared, "addresses": addresses})
        for name, address, answer in pages:
            page = {"address": address, "answer": answer, "root": "../" * address.count("/") or "./"}
            yield f"{address}index.html", environment.get_template(name).render(page).encode()
        for name in ("404.html", "sitemap.xml"):
            yield name, environment.get_template(name).render(address=name, root=away).encode()
    except jinja2.TemplateError as error:
        name, line = getattr(error, "name", None) or "", getattr(error, "lineno", None)
        raise Invalid.because(f"site/{name}", line, f"gabarit : {error}") from None


def _environment(templates: Path, shared: dict[str, Any]) -> jinja2.Environment:
    """Where the templates are read: everything that they print is escaped."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= shared
    contact = escape(shared["project"].contact or "\0")
    found.filters["brief"] = lambda text: _COMMIT.sub(r"\1", text)
    found.filters["day"] = day
    found.filters["linked"] = lambda text: Markup(escape(_LOOSE.sub("\u00a0", text)).replace(contact, shared["mail"]))
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return found


def day(read: date) -> str:
    """2023-09-01 -> « 1er septembre 2023 »."""
    return f"{'1er' if read.day == 1 else read.day} {_MONTHS.split()[read.month - 1]} {read.year}"
