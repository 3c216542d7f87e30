"""The lookup site: its pages, what its search knows, and the JSON answers for programs."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from .. import wording
from ..datapackage.tables import Row
from ..files import parse_json, read_file, write_files
from ..project import Project
from .distribution import (
    DOCUMENTATION,
    INDEX_FILE,
    SUMS_FILE,
    check_distribution,
    order_schemas,
)
from .metadata import FEED_FILE, build_change_log
from .site_views import (
    TECHNICAL_FIELDS,
    AnswerView,
    OrganisationView,
    build_contract_views,
    build_dictionary,
    build_organisation_views,
    count_categories,
    group_files_by_table,
    list_kinds,
)
from .templates import make_environment, render_template
from .typography import typeset, typeset_html

DOWNLOADS_FOLDER = "donnees/"
ASSETS = ("style.css", "script.js", "favicon.svg")
PAGES = {
    "": "index.html",
    "changements/": "changements.html",
    "donnees/": "donnees.html",
    "donnees/dictionnaire/": "dictionnaire.html",
    "a-propos/": "a-propos.html",
    "accessibilite/": "accessibilite.html",
}
"""The template of each page by its address from the root of the site."""

_FORMATS = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}
_SCHEMA_FORMAT = "Schéma"

DATASET_TEMPLATE = "schema-org.json"
"""The template of the description of the dataset for search engines, which the data page holds."""

API_INDEX = "organismes/index.json"

_API_TABLES = ("organismes", "noms", "couverture", "beneficiaires", "historique")
"""The tables of which a JSON answer gives the rows of its organisation."""


def build_site(project: Project, distribution: Path) -> dict[str, bytes]:
    """Return the bytes of every file of the site, by path from its root.

    `distribution` is the folder that `make dist` writes. Raises ProblemsFound when it is not that
    of the project, or for a broken template.
    """
    index = check_distribution(project, distribution)
    organisations = build_organisation_views(project)
    outputs = read_downloads(distribution, index)
    for name in ASSETS:
        outputs[name] = project.sources.files.read(f"site/{name}")
    outputs[FEED_FILE] = outputs[f"{DOWNLOADS_FOLDER}{FEED_FILE}"]
    outputs.update(build_api(project, organisations))
    outputs.update(build_pages(project, organisations, index))
    return outputs


def write_site(outputs: Mapping[str, bytes], folder: Path) -> int:
    """Write a site into its folder, and remove what earlier ones had more, such as an old page.

    What has a name that begins with a dot stays: git keeps its own there when the site is shown.
    Return how many files were written. Raises ProblemsFound when a file cannot be written.
    """
    count = write_files(folder, outputs)
    for path in sorted(folder.rglob("*"), reverse=True):  # a folder comes after what it holds
        name = path.relative_to(folder).as_posix()
        if name.startswith(".") or "/." in name or name in outputs:
            continue
        if not path.is_dir():
            path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()
    return count


def read_downloads(distribution: Path, index: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the bytes of the files for download, by path from the root of the site."""
    names = [INDEX_FILE, SUMS_FILE]
    for file in index["files"]:
        names.append(file["name"])
    outputs = {}
    for name in names:
        outputs[f"{DOWNLOADS_FOLDER}{name}"] = read_file(distribution / name)
    return outputs


def build_api(project: Project, organisations: Iterable[OrganisationView]) -> dict[str, bytes]:
    """Return the JSON answers for programs, by path: one for each organisation, and their index."""
    origin = _describe_origin(project)
    rows_by_table = {table: _group_rows(project.tables[table]) for table in _API_TABLES}
    outputs = {}
    entries = []
    for organisation in organisations:
        slug = organisation.slug
        rows = {table: rows_by_slug.get(slug, []) for table, rows_by_slug in rows_by_table.items()}
        value = {**origin, "organisme": rows.pop("organismes")[0], **rows}
        value["couverture"] = _add_sentences(rows["couverture"], organisation.answers)
        outputs[f"{organisation.address}index.json"] = _format_json(value)
        entries.append(describe_in_index(organisation, rows["noms"], project))
    outputs[API_INDEX] = _format_json({**origin, "organismes": entries})
    return outputs


def describe_in_index(
    organisation: OrganisationView, name_rows: Iterable[Row], project: Project
) -> dict[str, Any]:
    """Return the entry of an organisation in the index of the JSON answers.

    `name_rows` are its rows of the table `noms`.
    """
    statuses = {}
    for answer in organisation.answers:
        statuses[answer.contract.slug] = answer.status
    return {
        "organisme": organisation.slug,
        "nom": organisation.name,
        "sigle": organisation.acronym,
        "siren": organisation.siren,
        "noms": [row["nom"] for row in name_rows],
        "reponses": statuses,
        "adresse": f"{project.sources.publication.site}{organisation.address}index.json",
    }


def _describe_origin(project: Project) -> dict[str, Any]:
    """Return what every JSON answer says of itself: snapshot, release, licence, contact."""
    return {
        "page": {
            "adresse": project.sources.page_source.address,
            "date": project.newest.date,
        },
        "version": project.package.version,
        "licence": project.package.licence["path"],
        "contact": project.contact,
    }


def _group_rows(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of a table by the slug of their organisation."""
    rows_by_slug: dict[str, list[Row]] = {}
    for row in rows:
        rows_by_slug.setdefault(row["organisme"], []).append(row)
    return rows_by_slug


def _add_sentences(rows: Iterable[Row], answers: Iterable[AnswerView]) -> list[Row]:
    """Return rows of `couverture` with their answers in words."""
    sentences = {answer.contract.slug: answer.sentence for answer in answers}
    completed_rows = []
    for row in rows:
        completed_rows.append({**row, "reponse": sentences[row["marche"]]})
    return completed_rows


def _format_json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, ensure_ascii=False, default=dt.date.isoformat)
    return f"{text}\n".encode()


def build_search_data(organisations: Sequence[OrganisationView]) -> dict[str, Any]:
    """Return what script.js knows of the organisations; its texts are ready to be shown.

    `contracts` are in the order of the answers of every organisation. `answers` holds each
    distinct answer once: many organisations have the same. The answers of an organisation are
    pairs: the place of an answer in it, and the line of the page (0 without one).
    """
    answers: list[dict[str, Any]] = []
    entries = []
    for organisation in organisations:
        entry = _describe_names(organisation)
        entry["answers"] = _list_answers(organisation.answers, answers)
        if organisation.doubtful_services:
            entry["serviceAnswers"] = _list_answers(organisation.service_answers, answers)
        entries.append(entry)
    contracts = []
    for answer in organisations[0].answers:
        contract = answer.contract
        contracts.append({"name": contract.name, "shortName": contract.short_name})
    return {"contracts": contracts, "answers": answers, "organisations": entries}


def _describe_names(organisation: OrganisationView) -> dict[str, Any]:
    """Return the names of an organisation, its slug and its number; nothing that is empty."""
    services = []
    for group in organisation.services:
        for name in group.names:
            services.append([typeset(name), group.evidence])
    scoped_wordings = []
    for text in organisation.wordings:
        if text not in organisation.page_names:
            scoped_wordings.append(typeset(text))
    names = {
        "name": typeset(organisation.name),
        "acronym": organisation.acronym,
        "formerAcronyms": organisation.former_acronyms,
        "slug": organisation.slug,
        "siren": organisation.siren,
        "otherNames": list(map(typeset, organisation.known_names)),
        "services": services,
        "wordings": scoped_wordings,
    }
    return {key: value for key, value in names.items() if value}


def _list_answers(
    views: Iterable[AnswerView], answers: list[dict[str, Any]]
) -> list[tuple[int, int]]:
    """Return the place in `answers` and the line of each answer; new answers are added there."""
    pairs = []
    for view in views:
        since = "" if view.since is None else typeset(view.since)
        sentence = typeset(view.sentence)
        answer = {"kind": view.kind, "word": view.word, "sentence": sentence, "since": since}
        if answer not in answers:
            answers.append(answer)
        pairs.append((answers.index(answer), view.line or 0))
    return pairs


def build_pages(
    project: Project, organisations: Sequence[OrganisationView], index: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return the bytes of every page, by path from the root of the site.

    `index` is what the index of the downloads says. Raises ProblemsFound for a broken template.
    """
    environment = make_environment(project)
    environment.filters["day"] = wording.format_date
    environment.filters["enumerated"] = wording.join_words
    environment.filters["quoted"] = wording.quote_names
    environment.filters["file_size"] = wording.file_size
    environment.filters["file_format"] = describe_format
    environment.globals["contracts"] = build_contract_views(project)
    environment.globals["organisations"] = organisations
    environment.globals["living"] = [view for view in organisations if view.is_living]
    environment.globals["answer_words"] = wording.ANSWER_WORDS
    environment.globals["answer_meanings"] = wording.ANSWER_MEANINGS
    environment.globals["category_counts"] = count_categories(organisations)
    environment.globals["index"] = index
    environment.globals["feed"] = FEED_FILE
    dataset = render_template(environment, DATASET_TEMPLATE)
    environment.globals["dataset"] = parse_json(dataset.encode(), f"site/{DATASET_TEMPLATE}")
    outputs = {}
    addresses = list(PAGES)
    for address, template in PAGES.items():
        values = _list_page_values(template, project, organisations, index)
        outputs[f"{address}index.html"] = _render_page(environment, template, address, **values)
    for organisation in organisations:
        addresses.append(organisation.address)
        path = f"{organisation.address}index.html"
        outputs[path] = _render_page(
            environment, "organisme.html", organisation.address, organisation=organisation
        )
    site = project.sources.publication.site
    outputs["404.html"] = _render_page(environment, "404.html", "404.html", root=site)
    outputs["sitemap.xml"] = render_template(
        environment, "sitemap.xml", addresses=addresses
    ).encode()
    return outputs


def describe_format(file: Mapping[str, Any]) -> str:
    """Return how people call the format of a file of a table."""
    if file["type"] == DOCUMENTATION:
        return _SCHEMA_FORMAT
    return _FORMATS[file["format"]]


def _list_page_values(
    template: str,
    project: Project,
    organisations: Sequence[OrganisationView],
    index: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what only one page shows."""
    if template == "index.html":
        return {"kinds": list_kinds(organisations), "search_data": build_search_data(organisations)}
    if template == "changements.html":
        change_log = build_change_log(project)
        return {"change_log": change_log, "text_subjects": wording.PAGE_TEXTS}
    if template == "donnees.html":
        files = index["files"]
        schemas = order_schemas(project.package)
        return {
            "table_files": group_files_by_table(schemas, project.package, files),
            "whole_files": [file for file in files if file["table"] is None],
            "api_example": _write_api_example(organisations[0], project),
        }
    if template == "dictionnaire.html":
        dictionary = build_dictionary(order_schemas(project.package))
        return {"dictionary": dictionary, "technical_fields": TECHNICAL_FIELDS}
    return {}


def _write_api_example(organisation: OrganisationView, project: Project) -> str:
    """Return the entry of an organisation in the index of the JSON answers, for people."""
    name_rows = _group_rows(project.tables["noms"])[organisation.slug]
    entry = describe_in_index(organisation, name_rows, project)
    return json.dumps(entry, indent=2, ensure_ascii=False)


def _render_page(
    environment: jinja2.Environment, template: str, address: str, **values: Any
) -> bytes:
    """Return a page, with its root for relative links, typeset."""
    values.setdefault("root", "../" * address.count("/") or "./")
    return typeset_html(render_template(environment, template, address=address, **values)).encode()
