"""The registry: every body that the page has ever named, and who a bullet names."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any, NamedTuple

from . import labels, records
from .problems import Invalid, Problem, raise_if_any

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_IDENTIFIERS = ("siren", "wikidata", "site")
_RELATIONS = ("succede_a", "groupe")
_CONFIDENCES = ("haute", "moyenne")
_FORMULA = ("=", "+", "-", "@")


class Label(NamedTuple):
    """Another name of a body; `perimetre` is what that wording adds to it or takes away."""

    text: str
    perimetre: str | None = None


class Body(NamedTuple):
    """One body; `line` is where its entry starts in the registry.

    `anciens_sigles` are those that older pages give it. `collectif`: the name of several bodies
    that the page names together. `groupe`: the collective it belongs to. `succede_a`: the
    bodies it replaces, since `succede_le` where a source gives the day.
    """

    slug: str
    nom: str
    sigle: str | None
    categorie: str | None
    siren: str | None
    wikidata: str | None
    site: str | None
    libelles: tuple[Label, ...]
    provisoire: bool
    line: int
    anciens_sigles: tuple[str, ...] = ()
    collectif: bool = False
    groupe: str | None = None
    succede_a: tuple[str, ...] = ()
    succede_le: date | None = None

    @property
    def sigles(self) -> tuple[str, ...]:
        """Every sigle that a page may give it."""
        return (*([self.sigle] if self.sigle else []), *self.anciens_sigles)


Fault = tuple[str, str | None]
"""A message, and the label when it is unknown."""
Named = tuple[list[tuple[Body, str | None]], list[Fault]]
"""Each body that a bullet names with its perimetre, and what forbids to publish the bullet."""


class Registry(NamedTuple):
    """The bodies in the order of their slugs, and who answers to each key."""

    name: str
    text: str
    categories: Collection[str]
    bodies: tuple[Body, ...]
    answers: dict[str, tuple[tuple[Body, Label], ...]]

    def resolve(self, text: str) -> Named:
        """Who the text of a bullet names."""
        label, perimetre = labels.split(text)
        faults = []

        def fault(message: str, unknown_label: str | None = None) -> None:
            faults.append((message, unknown_label))

        if text.startswith(_FORMULA) or (perimetre or "").startswith(_FORMULA):
            fault("commence par = + - ou @, un tableur y lirait une formule ; corriger la page")
        if perimetre == "":
            fault("rien ne suit les deux-points ; compléter ou retirer les deux-points")
        found = self.answers.get(labels.key(label), ())
        if not found:
            fault(f"libellé inconnu ; {self._nearest(label)}", label)
        for sigle in labels.sigles(label) if found and "(" in label else ():
            known = {sigle.casefold() for body, _ in found for sigle in body.sigles}
            if sigle.casefold() not in known:
                says = " ou ".join(f"« {body.sigle} »" if body.sigle else "aucun" for body, _ in found)
                slugs = ", ".join(body.slug for body, _ in found)
                fault(f"sigle « {sigle} », le registre dit {says} ({slugs}) ; corriger l'un ou l'autre")
        named = [(body, _both(label.perimetre, perimetre)) for body, label in found]
        return named, faults

    def predecessors(self, slug: str) -> set[str]:
        """Every body that this one replaces, at once or through others."""
        direct = {body.slug: body.succede_a for body in self.bodies if body.succede_a}
        found: set[str] = set()
        left = [slug]
        while left:
            left += (new := set(direct.get(left.pop(), ())) - found)
            found |= new
        return found

    def _nearest(self, label: str) -> str:
        near = self.nearest(label)
        if not near:
            return "aucun nom proche au registre ; l'y ajouter (--accept-new)"
        return "proche de " + " ou ".join(f"« {body.nom} » ({body.slug})" for body in near)

    def nearest(self, label: str, most: int = 3) -> list[Body]:
        """The bodies whose names look most like a label: a suggestion for a person, never a match."""
        keys = _close(labels.key(label), tuple(self.answers), most)
        bodies = (body for key in keys for body, _ in self.answers[key])
        sigles = {sigle.casefold() for sigle in (*labels.sigles(label), label.strip())}
        same = (body for body in self.bodies if any(sigle.casefold() in sigles for sigle in body.sigles))
        return list({body.slug: body for body in (*same, *bodies)}.values())[:most]


@lru_cache(maxsize=1024)
def _close(key: str, keys: tuple[str, ...], most: int) -> list[str]:
    import difflib  # costs as much as reading the page, and only an error needs it

    return difflib.get_close_matches(key, keys, most, 0.6)


def _both(first: str | None, second: str | None) -> str | None:
    return f"{first} ; {second}" if first and second else first or second or None


def parse(text: str, name: str, categories: Collection[str]) -> Registry:
    """The registry that organismes.yml holds. `categories` are the allowed ones. Raises Invalid."""
    problems: list[Problem] = []
    content = records.parse(text, name)
    bodies = [
        _body(
            slug, content.lines[slug], records.Fields(entry, name, content.lines[slug], problems), categories
        )
        for slug, entry in content.items()
    ]
    for above, body in pairwise(bodies):
        if body.slug < above.slug:
            problems.append(Problem(name, body.line, f"« {body.slug} » : à ranger avant « {above.slug} »"))
    answers = _answers(bodies, name, problems)
    _check_relations(bodies, name, problems)
    raise_if_any(problems)
    return Registry(name, text, categories, tuple(bodies), answers)


def _body(slug: str, line: int, fields: records.Fields, categories: Collection[str]) -> Body:
    if not _SLUG.fullmatch(slug):
        fields.report(None, f"« {slug} » : un slug est fait de minuscules sans accent, chiffres et tirets")
    nom = fields.take("nom", str, "", required=True)
    provisoire = fields.take("provisoire", bool, False)
    categorie = fields.take("categorie", str, required=not provisoire)
    if categorie is not None and categorie not in categories:
        fields.report("categorie", f"catégorie « {categorie} » inconnue ; au choix : {', '.join(categories)}")
    if nom and not labels.key(nom):
        fields.report("nom", f"« {nom} » ne contient aucun mot qui identifie")
    if nom.startswith(_FORMULA):
        fields.report("nom", f"« {nom} » commence par = + - ou @, un tableur y lirait une formule")
    identifiers = {kind: fields.take(kind, str) for kind in _IDENTIFIERS}
    relations = {"groupe": fields.take("groupe", str), "succede_a": tuple(fields.texts("succede_a"))}
    dates = _check_sources(fields, {**identifiers, **relations})
    fields.take("remarque", str)
    body = Body(
        slug=slug,
        nom=nom,
        sigle=fields.take("sigle", str),
        categorie=categorie,
        libelles=tuple(_labels(fields)),
        provisoire=provisoire,
        line=line,
        anciens_sigles=tuple(fields.texts("anciens_sigles")),
        collectif=fields.take("collectif", bool, False),
        succede_le=dates.get("succede_a"),
        **identifiers,
        **relations,
    )
    fields.finish()
    if body.collectif and body.siren:
        fields.report("siren", "un collectif n'a pas de SIREN : ses membres en ont chacun un")
    return body


def _check_sources(fields: records.Fields, values: dict[str, Any]) -> dict[str, date]:
    """Every identifier and relation has its sources, every source its field.

    Returns the dates that the sources of relations give, by field.
    """
    sources = fields.take("sources", records.Mapping, records.Mapping(fields.line_of(None)))
    dates = {}
    for kind, value in values.items():
        if (not value) != (kind not in sources):
            fields.report(kind, f"« {kind} » et « sources: {kind} » vont ensemble")
    for kind, entry in sources.items():
        source = records.Fields(entry, fields.name, fields.line_of("sources"), fields.problems)
        if kind not in values:
            fields.report("sources", f"source d'un champ inconnu : « {kind} »")
        if kind in _RELATIONS:
            dates[kind] = source.take("date", date)
        confidence = source.take("confiance", str, required=kind != "site")
        if confidence is not None and confidence not in _CONFIDENCES:
            source.report("confiance", f"confiance « {confidence} » ; au choix : {', '.join(_CONFIDENCES)}")
        if not list(source.texts("preuves")):
            source.report("preuves", f"« {kind} » : aucune preuve")
        source.finish()
    return dates


def _check_relations(bodies: list[Body], name: str, problems: list[Problem]) -> None:
    """Relations lead to bodies of the registry, groups are collectives, and nothing goes round."""
    known = {body.slug: body for body in bodies}

    def fault(body: Body, message: str) -> None:
        problems.append(Problem(name, body.line, f"« {body.slug} » : {message}"))

    groups = {body.slug: (body.groupe,) if body.groupe else () for body in bodies}
    for body in bodies:
        for slug in (*body.succede_a, *groups[body.slug]):
            if slug not in known:
                fault(body, f"« {slug} » n'est pas au registre")
        if body.groupe in known and not known[body.groupe].collectif:
            fault(body, f"son groupe « {body.groupe} » n'a pas « collectif: true »")
    for kind, relation in (("groupe", groups), ("succede_a", {body.slug: body.succede_a for body in bodies})):
        try:
            TopologicalSorter(relation).prepare()
        except CycleError as error:
            cycle = error.args[1]
            fault(known[cycle[-1]], f"« {kind} » tourne en rond : {' → '.join(reversed(cycle))}")


def _labels(fields: records.Fields) -> Iterable[Label]:
    for entry in fields.take("libelles", list, []):
        if isinstance(entry, str):
            yield Label(entry)
            continue
        label = records.Fields(entry, fields.name, fields.line_of("libelles"), fields.problems)
        yield Label(
            label.take("libelle", str, "", required=True), label.take("perimetre", str, required=True)
        )
        label.finish()


def _answers(
    bodies: list[Body], name: str, problems: list[Problem]
) -> dict[str, tuple[tuple[Body, Label], ...]]:
    """Who answers to each key: one body to its name, one or several to an extra label."""
    sigles = {labels.key(sigle) for body in bodies for sigle in body.sigles}
    owners: dict[str, Body] = {}
    for body in bodies:
        owner = owners.setdefault(labels.key(body.nom), body)
        if owner is not body:
            problems.append(Problem(name, body.line, f"« {body.nom} » est déjà le nom de {owner.slug}"))
    answers = {key: [(body, Label(body.nom))] for key, body in owners.items()}
    for body in bodies:
        for label in body.libelles:
            key = labels.key(label.text)
            same = answers.setdefault(key, [])
            if key in owners:
                message = f"répète le nom de {owners[key].slug}"
            elif key in sigles:
                message = "un sigle seul n'identifie personne"
            elif not key or any(other is body for other, _ in same):
                message = "vide ou écrit deux fois"
            else:
                same.append((body, label))
                continue
            problems.append(Problem(name, body.line, f"libellé « {label.text} » de {body.slug} : {message}"))
    return {key: tuple(found) for key, found in answers.items()}


def with_provisional(registry: Registry, unknown: Iterable[str]) -> tuple[str, list[str]]:
    """The registry's text with an entry for each unknown label at its sorted place, and their slugs.

    Every other byte stays as people wrote it. Raises Invalid for a label without any word.
    """
    lines = [f"{line}\n" for line in registry.text.removesuffix("\n").split("\n")]
    same: dict[str, list[str]] = {}
    for label in unknown:
        same.setdefault(labels.key(label), []).append(label)
    entries: dict[str, str] = {}
    for label, *others in same.values():
        nom = labels.name(label)
        sigles = [sigle for spelling in (label, *others) for sigle in labels.sigles(spelling)]
        slug = "-".join(labels.words(nom))
        if not _SLUG.fullmatch(slug):
            raise Invalid.because(
                registry.name, None, f"« {label} » : aucun slug possible ; l'ajouter à la main"
            )
        entries[slug] = _entry(slug, nom, sigles, registry.nearest(label))
    for slug in sorted(entries, reverse=True):
        place = next((body.line - 1 for body in registry.bodies if body.slug > slug), len(lines))
        while 0 < place < len(lines) and lines[place - 1].startswith("#"):
            place -= 1
        at_end = place == len(lines)
        lines.insert(place, f"\n{entries[slug]}" if at_end else f"{entries[slug]}\n")
    return "".join(lines), sorted(entries)


def _entry(slug: str, nom: str, sigles: list[str], near: list[Body]) -> str:
    quoted = json.dumps(nom, ensure_ascii=False)
    sigle = f"  sigle: {json.dumps(sigles[0], ensure_ascii=False)}\n" if sigles else ""
    comments = "".join(f"  # proche de {body.slug} : {body.nom}\n" for body in near)
    return f"{slug}:\n{comments}  nom: {quoted}\n{sigle}  provisoire: true\n"
