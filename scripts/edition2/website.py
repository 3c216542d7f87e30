"""The lookup site: what the page answers for each body, and the pages that tell it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import jinja2
from markupsafe import Markup, escape
from msgspec import to_builtins

from . import catalog, coverage, files, labels
from .checkout import Checkout
from .tables import Rows

_ASSETS = ("style.css", "script.js", "favicon.svg")
_PAGES = ("", "changements/", "donnees/", "a-propos/", "accessibilite/")
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_TABLES = ("organismes", "couverture", "beneficiaires", "historique")
_LOOSE = re.compile(r"(?<=«) | (?=[»:;?!])")
_COMMIT = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


def answers(project: Checkout) -> dict[str, Rows]:
    """The rows of the tables that tell of each body, by slug, in the alphabetical order of their names.

    A row of couverture has two values more: `reponse`, the answer in words, and `depuis`, the day of the first
    version that says yes of the body that the page names: itself, or the one through which it is covered.
    """
    rows = project.rows
    names = {row["organisme"]: row["nom"] for row in rows["organismes"]}
    through = {(row["marche"], row["organisme"]): row["par"] for row in rows["couverture"]}
    last = {(row["marche"], row["organisme"]): row["debut"] for row in rows["historique"]}

    def since(marche: str, slug: str) -> date:
        named = through[marche, slug]
        return last[marche, slug] if named == slug else since(marche, named)

    slugs = sorted(names, key=lambda slug: labels.words(names[slug]))
    found = {slug: {name: [] for name in _TABLES} for slug in slugs}
    for name in _TABLES:
        for row in rows[name]:
            found[row["organisme"]][name].append(dict(row))
    for row in (row for body in found.values() for row in body["couverture"]):
        row["reponse"] = coverage.answer(row, names, project.contact)
        row["depuis"] = since(row["marche"], row["organisme"]) if row["statut"] in coverage.COVERED else None
    return found


def build(project: Checkout, dist: Path) -> dict[str, bytes]:
    """The bytes of every file of the site, by path.

    Raises Invalid for a distribution that is missing or not that of the checkout, or a broken template.
    """
    index = catalog.read_index(project, dist)
    names = [*(file["name"] for file in index["files"]), catalog.INDEX, catalog.SUMS]
    outputs = {f"donnees/{name}": files.read(dist / name) for name in names}
    outputs |= {name: project.data(f"site/{name}") for name in _ASSETS}
    outputs[catalog.FEED] = outputs[f"donnees/{catalog.FEED}"]
    bodies = {f"organismes/{slug}/": answer for slug, answer in answers(project).items()}
    outputs |= {f"{address}index.json": files.dump_json(to_builtins(answer)) for address, answer in bodies.items()}
    templates = catalog.environment(project)
    templates.filters |= {"brief": lambda text: _COMMIT.sub(r"\1", text), "day": day}
    templates.filters["linked"] = lambda text: _linked(text, project.contact)
    templates.globals |= {"bodies": bodies, "addresses": [*_PAGES, *bodies], "index": index, "said": _said(project)}
    templates.globals["contracts"] = {row["marche"]: row for row in project.rows["marches"] if row["fin"] is None}
    templates.globals["dataset"] = Markup(outputs["donnees/dataset.jsonld"].decode())
    return outputs | dict(_pages(templates, bodies))


def _said(project: Checkout) -> dict[str, dict[str, str]]:
    """The words of the schemas for each value of a field that has but a few."""
    fields = (field for schema in project.package.schemas for field in schema.fields if "categories" in field)
    return {field["name"]: {each["value"]: each["label"] for each in field["categories"]} for field in fields}


def day(read: date) -> str:
    """2023-09-01 -> « 1er septembre 2023 »."""
    return f"{'1er' if read.day == 1 else read.day} {_MONTHS.split()[read.month - 1]} {read.year}"


def _linked(text: str, contact: str) -> Markup:
    """A sentence as the French set it, its address a link."""
    link = Markup('<a href="mailto:{0}">{0}</a>').format(contact)
    return Markup(escape(_LOOSE.sub("\u00a0", text)).replace(escape(contact or "\0"), link))


def _pages(templates: jinja2.Environment, bodies: dict[str, Rows]) -> Iterator[tuple[str, bytes]]:
    """The path and the bytes of every page. Raises Invalid for a broken template."""
    for address in [*_PAGES, *bodies]:
        name = "organisme" if address in bodies else address.strip("/") or "index"
        page = {"address": address, "answer": bodies.get(address), "root": "../" * address.count("/") or "./"}
        yield f"{address}index.html", catalog.render(templates, f"{name}.html", **page).encode()
    for name in ("404.html", "sitemap.xml"):
        yield name, catalog.render(templates, name, address=name).encode()
