"""The lookup site: its pages, made from the tables and from what the distribution offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import markupsafe

from . import (
    changes,
    chart,
    dictionary,
    files,
    french,
    labels,
    lookup,
    package,
    project,
    publication,
    sentences,
    tables,
)
from .problems import Invalid
from .provenance import Version
from .publication import DATASET, FEED, INDEX, SUMS

TEMPLATES = Path("site")
_ASSETS = ("style.css", "script.js", "favicon.svg")
_PAGES = ("donnees", "a-propos", "accessibilite")
_RAW = "https://raw.githubusercontent.com/"


class Site(NamedTuple):
    """Everything that the pages tell. `downloads` is the index of the distribution."""

    sources: project.Project
    snapshot: project.Snapshot
    rows: tables.Rows
    answers: Sequence[lookup.Answer]
    publication: publication.Publication
    downloads: Mapping[str, Any]
    copies: Mapping[str, bytes]


class Story(NamedTuple):
    """What one version of the page changed; `html` is safe to print as it is."""

    date: str
    summary: str
    html: markupsafe.Markup


class Page(NamedTuple):
    """One page to render: its template, its path in the site, and what it alone is told."""

    template: str
    path: str
    context: dict[str, Any]


def read(root: Path, dist: Path) -> Site:
    """The site of the project in `root` and of its distribution in `dist`. Raises Invalid."""
    sources = project.read(root)
    snapshot = sources.snapshot()
    rows = {name: tables.rows(table) for name, table in sources.tables(snapshot).items()}
    name = str(publication.FILE)
    settings = publication.parse(files.decode(files.read(root / name, name), name), name)
    index = _index(dist)
    names = dict.fromkeys([*(file["name"] for file in index["files"]), INDEX, SUMS, DATASET, FEED])
    copies = {f"donnees/{name}": files.read(dist / name) for name in names}
    return Site(sources, snapshot, rows, lookup.answers(rows, sources.registry), settings, index, copies)


def _index(dist: Path) -> dict[str, Any]:
    path = dist / INDEX
    if not path.exists():
        raise Invalid.because(str(path), None, "pas de distribution ; lancer : make dist")
    index = tables.load_json(files.decode(files.read(path), str(path)), str(path))
    if not isinstance(index, dict) or not isinstance(index.get("files"), list):
        raise Invalid.because(str(path), None, "un objet avec « files » est attendu ; lancer : make dist")
    return index


def build(site: Site, templates: Path) -> dict[str, bytes]:
    """The bytes of every file of the site, by path. Raises Invalid for a broken template."""
    outputs = {name: files.read(templates / name) for name in _ASSETS}
    outputs |= site.copies
    outputs[FEED] = site.copies[f"donnees/{FEED}"]
    for answer in site.answers:
        outputs[f"organismes/{answer.body['organisme']}/index.json"] = _raw(site, answer)
    return outputs | render(environment(templates), pages(site))


def render(templates: jinja2.Environment, every: Iterable[Page]) -> dict[str, bytes]:
    """The bytes of the pages, by path. Raises Invalid for a broken template."""
    try:
        return {
            page.path: templates.get_template(page.template).render(page.context).encode() for page in every
        }
    except jinja2.TemplateError as error:
        name = TEMPLATES / (getattr(error, "name", None) or "")
        raise Invalid.because(str(name), getattr(error, "lineno", None), f"gabarit : {error}") from None


def environment(templates: Path) -> jinja2.Environment:
    """Where the templates of a folder are read: everything that they print is escaped."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters |= {"day": french.day, "size": french.size, "slugs": tables.slugs}
    found.tests["web"] = lambda address: str(address).startswith(("https://", "http://"))
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return found


def pages(site: Site) -> list[Page]:
    """Every page, with all that its template needs."""
    shared = _shared(site)

    def page(template: str, path: str, **own: Any) -> Page:
        address = path.removesuffix("index.html")
        root = "../" * path.count("/") or "./"
        return Page(template, path, {**shared, "address": address, "root": root, **own})

    found = [
        page("index.html", "index.html"),
        page("changements.html", "changements/index.html", stories=stories(site.sources, site.snapshot)),
        *(page(f"{name}.html", f"{name}/index.html") for name in _PAGES),
        *(
            page("organisme.html", f"organismes/{answer.body['organisme']}/index.html", answer=answer)
            for answer in site.answers
        ),
    ]
    addresses = [page.context["address"] for page in found]
    # A server shows this page at any address: relative links would not find their way.
    lost = page("404.html", "404.html", root=f"/{site.publication.site.split('/', 3)[3]}")
    return [*found, lost, page("sitemap.xml", "sitemap.xml", addresses=addresses)]


def _shared(site: Site) -> dict[str, Any]:
    """What every template may use."""
    descriptor = site.sources.package.descriptor
    version = site.snapshot.version
    schemas = {schema.name: schema for schema in site.sources.package.schemas}
    category = next(f for f in schemas["organismes"].descriptor["fields"] if f["name"] == "categorie")
    categories = {entry["value"]: entry["label"] for entry in category["categories"]}
    slugs = [row["marche"] for row in site.rows["marches"]]
    publisher = site.sources.package.publisher
    return {
        "package": descriptor,
        "schemas": list(schemas.values()),
        "dictionary": {name: dictionary.fields(schema) for name, schema in schemas.items()},
        "categories": categories,
        "contracts": site.rows["marches"],
        "answers": site.answers,
        "names": {answer.body["organisme"]: answer.body["nom"] for answer in site.answers},
        "heirs": _heirs(site.answers),
        "publication": site.publication,
        "publisher": publisher,
        "feed": FEED,
        "contact": next(iter(site.snapshot.page.contacts), publisher["email"]),
        "version": version,
        "source": source(version),
        "first": site.sources.provenance.versions[0].date.isoformat(),
        "rules": labels.rules(),
        "chart": chart.draw(site.rows["beneficiaires"], slugs, list(categories)),
        "downloads": _by_reader(site.downloads["files"]),
        "dataset": tables.load_json(site.copies[f"donnees/{DATASET}"].decode(), DATASET),
    }


def _heirs(answers: Iterable[lookup.Answer]) -> dict[str, list[str]]:
    """The bodies that replace each body, by their slugs."""
    heirs: dict[str, list[str]] = {}
    for answer in answers:
        for slug in tables.slugs(answer.body["succede_a"]):
            heirs.setdefault(slug, []).append(answer.body["organisme"])
    return heirs


def stories(sources: project.Project, snapshot: project.Snapshot) -> list[Story]:
    """What each version of the page changed, newest first. Raises Invalid."""
    first, *others = readings = sources.readings(snapshot)
    told = [Story(first.date.isoformat(), "Première version connue.", markupsafe.Markup(""))]
    for old, new in zip(readings, others, strict=False):
        diff = changes.diff(old, new, sources.registry)
        html = markupsafe.Markup(sentences.as_html(diff))
        told.append(Story(new.date.isoformat(), sentences.summary(diff), html))
    return told[::-1]


def _by_reader(downloads: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The entries of the index under the words that say whom they are for, in its order."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for file in downloads:
        groups.setdefault(file["for"], []).append(file)
    return groups


def _raw(site: Site, answer: lookup.Answer) -> bytes:
    """The rows that tell of one body, as JSON: the same fields as in the tables."""
    rows = {
        "organismes": [answer.body],
        "beneficiaires": [coverage.member for coverage in answer.coverages if coverage.member],
        "historique": [period for coverage in answer.coverages for period in coverage.periods],
    }
    schemas = {schema.name: schema for schema in site.sources.package.schemas}
    return package.dump(
        {
            name: [dict(zip(schemas[name].columns, schemas[name].select(row), strict=True)) for row in found]
            for name, found in rows.items()
            if name in schemas
        }
    )


def source(version: Version) -> str:
    """The address of the page's own file as it was published, where a line has an anchor `L…`."""
    if version.raw.startswith(_RAW) and version.commit:
        return f"https://github.com/{version.repository}/blob/{version.commit}/{version.path}?plain=1#"
    return f"{version.url}#"
