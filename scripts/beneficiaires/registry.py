"""The registry: every body that the page has ever named, and who a bullet names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import get_args

from msgspec import Struct, structs
from stdnum import luhn

from . import labels, yamlfile
from .problems import Invalid, Problem, raise_if_any
from .sources import Entry, Sourced


class Body(Entry, kw_only=True):
    """An entry of the registry, with its slug."""

    slug: str

    @property
    def sigles(self) -> tuple[str, ...]:
        """Every sigle that a page may give it."""
        return (*([self.sigle] if self.sigle else []), *self.anciens_sigles)

    @property
    def predecessors(self) -> tuple[str, ...]:
        """The slugs of those that it replaces."""
        return _many(self.succede_a)

    @property
    def wider(self) -> tuple[str, ...]:
        """The slugs of those whose wide perimetre may hold it."""
        return _many(self.releve_de)


class Named(Struct, frozen=True):
    """A body that a bullet names, and its perimetre; `wide` when the wording itself adds it."""

    body: Body
    perimetre: str | None
    wide: bool


class Answer(Struct, frozen=True):
    """Who a bullet names, or why it cannot be published; `unknown` when nobody has that label."""

    named: tuple[Named, ...]
    faults: tuple[str, ...] = ()
    unknown: bool = False


class Registry:
    """The bodies in the order of their slugs, and who answers to each label.

    `heirs` are those that replace a body, `groups` the collectives that it belongs to, by slug.
    """

    def __init__(self, document: yamlfile.Document, bodies: tuple[Body, ...]) -> None:
        """Raises Invalid for labels that two bodies claim in ways that exclude each other."""
        self.document = document
        self.bodies = bodies
        self.by_slug = {body.slug: body for body in bodies}
        self.heirs = _heirs(bodies)
        self.groups = _groups(bodies, self.heirs)
        self._answers = _answers(self)
        self.resolve = cache(self._resolve)

    @property
    def provisional(self) -> list[Problem]:
        """One problem for each entry that is not complete."""
        return [
            self.document.problem(
                f"« {body.slug} » est provisoire : compléter l'entrée, puis retirer « provisoire »", body.slug
            )
            for body in self.bodies
            if body.provisoire
        ]

    def _resolve(self, text: str) -> Answer:
        """Who the text of a bullet names."""
        label, perimetre = labels.split(text)
        faults = []
        if text.startswith(labels.FORMULA) or (perimetre or "").startswith(labels.FORMULA):
            faults.append("commence par = + - ou @, un tableur y lirait une formule ; corriger la page")
        found = self._answers.get(labels.key(label), ())
        if not found:
            return Answer((), (*faults, f"libellé inconnu ; {self._advice(label)}"), True)
        for sigle in labels.sigles(label):
            if sigle.casefold() not in {each.casefold() for body, _ in found for each in body.sigles}:
                says = " ou ".join(f"« {body.sigle} »" if body.sigle else "aucun" for body, _ in found)
                slugs = ", ".join(body.slug for body, _ in found)
                faults.append(f"sigle « {sigle} », le registre dit {says} ({slugs}) ; corriger l'un ou l'autre")
        return Answer(
            tuple(Named(body, _both(wide, perimetre), wide is not None) for body, wide in found), tuple(faults)
        )

    def _advice(self, label: str) -> str:
        """What a person can do about an unknown label."""
        near = " ou ".join(f"« {body.nom} » ({body.slug})" for body in self.nearest(label))
        cure = "l'ajouter au registre"
        return f"proche de {near} : ajouter ce libellé à ses « libelles », ou {cure}" if near else cure

    def nearest(self, label: str) -> list[Body]:
        """The bodies whose names look most like a label: a suggestion for a person, never a match."""
        keys = difflib.get_close_matches(labels.key(label), self._answers, 3, 0.6)
        sigles = {sigle.casefold() for sigle in (*labels.sigles(label), label.strip())}
        same = [body for body in self.bodies if any(each.casefold() in sigles for each in body.sigles)]
        found = [*same, *(body for key in keys for body, _ in self._answers[key])]
        return list({body.slug: body for body in found}.values())[:3]


def read(document: yamlfile.Document, entries: Mapping[str, Entry]) -> Registry:
    """The registry of these entries of organismes.yml. Raises Invalid with every fault."""
    bodies = [Body(slug=slug, **structs.asdict(entry)) for slug, entry in sorted(entries.items())]
    by_slug = {body.slug: body for body in bodies}
    raise_if_any(
        document.problem(message, body.slug, *path) for body in bodies for message, *path in _faults(body, by_slug)
    )
    registry = Registry(document, tuple(bodies))
    through = {slug: [*registry.groups[slug], *registry.heirs.get(slug, ())] for slug in by_slug}
    try:
        TopologicalSorter(through).prepare()
    except CycleError as error:
        cycle = error.args[1]
        told = f"groupes et successions tournent en rond : {' → '.join(cycle)}"
        raise Invalid([document.problem(told, cycle[0])]) from None
    return registry


def _heirs(bodies: Iterable[Body]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for body in bodies:
        for slug in body.predecessors:
            found.setdefault(slug, []).append(body.slug)
    return found


def _groups(bodies: Iterable[Body], heirs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Its own group, then the collectives that name its category, unless another body replaces it."""
    by_category: dict[str, list[str]] = {}
    for body in bodies:
        if body.membres:
            by_category.setdefault(body.membres, []).append(body.slug)
    return {
        body.slug: [*_many(body.groupe), *(by_category.get(body.categorie or "", ()) if body.slug not in heirs else ())]
        for body in bodies
    }


def _faults(body: Body, by_slug: dict[str, Body]) -> Iterator[tuple[str, ...]]:
    """What no model can say of an entry: each message, and the path of what it is about."""
    collective = body.categorie == "collectif"
    if not labels.key(body.nom):
        yield f"« {body.nom} » : aucun mot", "nom"
    if body.provisoire:
        return
    if body.categorie is None:
        yield ("champ « categorie » manquant",)
    if body.siren and not luhn.is_valid(body.siren):
        yield f"SIREN « {body.siren} » : sa clé est fausse, un chiffre au moins est à relire", "siren"
    if body.siren and collective:
        yield "un collectif n'a pas de SIREN : ses membres en ont chacun un", "siren"
    if body.membres and not collective:
        yield "« membres » va avec « categorie: collectif »", "membres"
    yield from _relation_faults(body, by_slug)
    yield from _source_faults(body)


def _relation_faults(body: Body, by_slug: dict[str, Body]) -> Iterator[tuple[str, ...]]:
    for kind in ("groupe", "succede_a", "releve_de"):
        for slug in _many(getattr(body, kind)):
            if slug not in by_slug:
                yield f"« {kind}: {slug} » : ce slug n'est pas au registre", kind
            elif kind == "groupe" and by_slug[slug].categorie != "collectif":
                yield f"« {slug} » n'est pas un collectif", kind


def _source_faults(body: Body) -> Iterator[tuple[str, ...]]:
    for field in get_args(Sourced):
        source = body.sources.get(field)
        if (getattr(body, field) is None) != (source is None):
            yield f"« {field} » et « sources: {field} » vont ensemble", *(["sources"] if source else []), field
        elif source and source.confiance is None and field in ("siren", "wikidata"):
            yield "« confiance: haute » ou « confiance: moyenne » manque", "sources", field


def _answers(registry: Registry) -> dict[str, tuple[tuple[Body, str | None], ...]]:
    """By key: one body for its name, one or several for a wording, in the order in which it names them."""
    problems = []
    sigles = {labels.key(sigle) for body in registry.bodies for sigle in body.sigles}
    answers: dict[str, list[tuple[Body, str | None]]] = {}
    for body in registry.bodies:
        if same := answers.setdefault(labels.key(body.nom), []):
            message = f"« {body.nom} » est déjà le nom de {same[0][0].slug}"
            problems.append(registry.document.problem(message, body.slug, "nom"))
        same.append((body, None))
    names = set(answers)
    for body in registry.bodies:
        for place, label in enumerate(body.libelles):
            text, wide = (label, None) if isinstance(label, str) else (label.libelle, label.perimetre)
            key = labels.key(text)
            if not key or key in names or key in sigles or (body, wide) in answers.get(key, ()):
                message = f"libellé « {text} » : vide, déjà un nom, un sigle seul, ou écrit deux fois"
                problems.append(registry.document.problem(message, body.slug, "libelles", place))
            answers.setdefault(key, []).append((body, wide))
    raise_if_any(problems)
    return {key: tuple(sorted(found, key=lambda each: _place(each[0], key))) for key, found in answers.items()}


def _place(body: Body, key: str) -> int:
    """Where a wording names a body, so that the first named comes first."""
    return key.find(labels.key(body.nom)) % (len(key) + 1)


def _both(first: str | None, second: str | None) -> str | None:
    return f"{first} ; {second}" if first and second else first or second or None


def _many(slugs: str | list[str] | None) -> tuple[str, ...]:
    return (slugs,) if isinstance(slugs, str) else tuple(slugs or ())
