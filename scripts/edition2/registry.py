"""The registry: every body that the page has ever named, and who a bullet names."""

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct, structs
from stdnum import luhn

from . import labels
from .problems import Invalid, Problem, raise_if_any
from .sources import SOURCED, Entry


class Body(Entry, kw_only=True):
    """An entry of the registry, with its slug."""

    slug: str

    @property
    def sigles(self) -> tuple[str, ...]:
        """Every sigle that a page may give it."""
        return (*([self.sigle] if self.sigle else []), *self.anciens_sigles)

    @property
    def relations(self) -> dict[str, list[str]]:
        """The slugs of those that it is bound to, by kind."""
        return {
            "groupe": [self.groupe] if self.groupe else [],
            "succede_a": self.succede_a,
            "releve_de": self.releve_de,
        }


class Named(Struct, frozen=True):
    """A body that a bullet names, and its perimetre; `wide` when the wording itself adds it."""

    body: Body
    perimetre: str | None
    wide: bool


class Answer(Struct, frozen=True):
    """Who a bullet names, nobody when its label is unknown; and why it cannot be published as it is."""

    named: tuple[Named, ...]
    faults: tuple[str, ...]


class Registry:
    """The bodies in the order of their slugs, and who answers to each label.

    `heirs` are those that replace a body, `groups` the collectives that it belongs to, by slug.
    """

    def __init__(self, entries: Mapping[str, Entry], problem: Callable[..., Problem]) -> None:
        """Raises Invalid with every fault of the entries; `problem` tells one, of a message and its path."""
        self._problem = problem
        self.bodies = tuple(Body(slug=slug, **structs.asdict(entry)) for slug, entry in sorted(entries.items()))
        self.by_slug = {body.slug: body for body in self.bodies}
        faults = ((body.slug, fault) for body in self.bodies for fault in _faults(body, self.by_slug))
        raise_if_any(problem(message, slug, *path) for slug, (message, *path) in faults)
        self.heirs: dict[str, list[str]] = defaultdict(list)
        for body in self.bodies:
            for slug in body.succede_a:
                self.heirs[slug].append(body.slug)
        self.groups = self._groups()
        self._refuse_circles()
        self._answers = self._answered()
        self.resolve = cache(self._resolve)

    @property
    def provisional(self) -> list[Problem]:
        """One problem for each entry that is not complete."""
        told = "est provisoire : compléter l'entrée, puis retirer « provisoire »"
        found = [body.slug for body in self.bodies if body.provisoire]
        return [self._problem(f"« {slug} » {told}", slug) for slug in found]

    def _groups(self) -> dict[str, list[str]]:
        """Its own group, then the collectives that name its category, unless another body replaces it."""
        wide = [body for body in self.bodies if body.membres]
        found = {body.slug: body.relations["groupe"] for body in self.bodies}
        for body in self.bodies:
            if body.slug not in self.heirs:
                found[body.slug] += [each.slug for each in wide if each.membres == body.categorie]
        return found

    def _refuse_circles(self) -> None:
        through = {slug: [*self.groups[slug], *self.heirs.get(slug, ())] for slug in self.by_slug}
        try:
            TopologicalSorter(through).prepare()
        except CycleError as error:
            told = f"groupes et successions tournent en rond : {' → '.join(error.args[1])}"
            raise Invalid([self._problem(told, error.args[1][0])]) from None

    def _answered(self) -> dict[str, list[tuple[Body, str | None]]]:
        """By key: one body for its name, one or several for a wording, in the order in which it names them."""
        problems = []
        sigles = {labels.key(sigle) for body in self.bodies for sigle in body.sigles}
        names: dict[str, Body] = {}
        for body in self.bodies:
            if (same := names.setdefault(labels.key(body.nom), body)) is not body:
                told = f"« {body.nom} » est déjà le nom de {same.slug}"
                problems.append(self._problem(told, body.slug, "nom"))
        answers = {key: [(body, None)] for key, body in names.items()}
        for body in self.bodies:
            for place, label in enumerate(body.libelles):
                text, wide = (label, None) if isinstance(label, str) else (label.libelle, label.perimetre)
                key = labels.key(text)
                if not key or key in names or key in sigles or (body, wide) in answers.get(key, ()):
                    told = f"libellé « {text} » : vide, déjà un nom, un sigle seul, ou écrit deux fois"
                    problems.append(self._problem(told, body.slug, "libelles", place))
                answers.setdefault(key, []).append((body, wide))
        raise_if_any(problems)
        for key, found in answers.items():
            found.sort(key=lambda each, key=key: key.find(labels.key(each[0].nom)) % (len(key) + 1))
        return answers

    def _resolve(self, text: str) -> Answer:
        """Who the text of a bullet names."""
        label, perimetre = labels.split(text)
        faults = []
        if text.startswith(labels.FORMULA) or (perimetre or "").startswith(labels.FORMULA):
            faults.append("commence par = + - ou @, un tableur y lirait une formule ; corriger la page")
        found = self._answers.get(labels.key(label), ())
        if not found:
            near = " ou ".join(f"« {body.nom} » ({body.slug})" for body in self.nearest(label))
            other = f"proche de {near} : ajouter ce libellé à ses « libelles », ou " if near else ""
            return Answer((), (*faults, f"libellé inconnu ; {other}l'ajouter au registre"))
        known = {sigle.casefold() for body, _ in found for sigle in body.sigles}
        for sigle in labels.sigles(label):
            if sigle.casefold() not in known:
                says = " ou ".join(f"« {body.sigle} »" if body.sigle else "aucun" for body, _ in found)
                slugs = ", ".join(body.slug for body, _ in found)
                faults.append(f"sigle « {sigle} », le registre dit {says} ({slugs}) ; corriger l'un ou l'autre")
        named = (Named(body, " ; ".join(filter(None, (wide, perimetre))) or None, bool(wide)) for body, wide in found)
        return Answer(tuple(named), tuple(faults))

    def nearest(self, label: str) -> list[Body]:
        """The bodies whose names look most like a label: a suggestion for a person, never a match."""
        keys = difflib.get_close_matches(labels.key(label), self._answers, 3, 0.6)
        sigles = {sigle.casefold() for sigle in (*labels.sigles(label), label.strip())}
        same = [body for body in self.bodies if any(each.casefold() in sigles for each in body.sigles)]
        found = [*same, *(body for key in keys for body, _ in self._answers[key])]
        return list({body.slug: body for body in found}.values())[:3]


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
    for kind, slugs in body.relations.items():
        for slug in slugs:
            if slug not in by_slug:
                yield f"« {kind}: {slug} » : ce slug n'est pas au registre", kind
            elif kind == "groupe" and by_slug[slug].categorie != "collectif":
                yield f"« {slug} » n'est pas un collectif", kind


def _source_faults(body: Body) -> Iterator[tuple[str, ...]]:
    for field in {*SOURCED, *body.sources}:
        source = body.sources.get(field)
        if bool(getattr(body, field, None)) != (source is not None):
            yield f"« {field} » et « sources: {field} » vont ensemble", *(["sources"] if source else []), field
        elif source and source.confiance is None and field in ("siren", "wikidata"):
            yield "« confiance: haute » ou « confiance: moyenne » manque", "sources", field
