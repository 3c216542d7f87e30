"""The registry: every organisation that the page has ever named, and who a label names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from stdnum.fr import siren as siren_number

from .. import wording
from ..errors import Problem, ProblemCollector, ProblemsFound
from ..source.documents import Document
from ..source.models import COPY, OFFICIAL, Alias, Evidence, Organisation
from ..text import (
    SMALL_WORDS,
    has_exclusion,
    make_key,
    split_words,
)

HIGH_CONFIDENCE, MEDIUM_CONFIDENCE = "haute", "moyenne"


@dataclass(frozen=True)
class Match:
    """An organisation that a label names. `alias` is the wording; None for the name itself."""

    organisation: Organisation
    alias: Alias | None = None


@dataclass(frozen=True)
class Identifier:
    """The value of an identifier and how sure it is: "haute" or "moyenne"."""

    value: str
    confidence: str


@dataclass(frozen=True)
class Registry:
    """The organisations, and the answers to what the other parts ask of them.

    `organisations` are in the order of their slugs, which is "the order of the registry".
    `successors` are the slugs of those that replace an organisation, `collectives` those of the
    collectives that it belongs to, its own group first. `matches` are those of each key of a label.
    """

    organisations: tuple[Organisation, ...]
    by_slug: Mapping[str, Organisation]
    evidence: tuple[Evidence, ...]
    identifiers: Mapping[tuple[str, str], Identifier]
    successors: Mapping[str, Sequence[str]]
    collectives: Mapping[str, Sequence[str]]
    matches: Mapping[str, Sequence[Match]]

    def match_label(self, label: str) -> Sequence[Match]:
        """Return who a label names, in its order; nobody when it is unknown."""
        return self.matches.get(make_key(label), ())

    def find_identifier(self, slug: str, field: str) -> Identifier | None:
        """Return an identifier of an organisation: "siren", "wikidata" or "site"."""
        return self.identifiers.get((slug, field))

    def find_mentioned(self, text: str) -> list[Organisation]:
        """Return the organisations whose name or alias stands somewhere in a text."""
        padded_text = f" {make_key(text)} "
        mentioned: dict[str, Organisation] = {}
        for key, matches in self.matches.items():
            if f" {key} " in padded_text:
                for match in matches:
                    mentioned[match.organisation.slug] = match.organisation
        return list(mentioned.values())


def build_registry(
    organisations: Sequence[Organisation],
    evidence: Sequence[Evidence],
    organisations_document: Document,
    evidence_document: Document,
) -> Registry:
    """Return the registry of these organisations and of the evidence for their identifiers.

    The documents are the files from which both were read; they give the lines. Raises
    ProblemsFound with every fault.
    """
    problems = ProblemCollector()
    by_slug = {organisation.slug: organisation for organisation in organisations}
    for organisation in organisations:
        for message, *path in _find_entry_faults(organisation, by_slug):
            problems.append(organisations_document.make_problem(message, organisation.slug, *path))
    problems.extend(_find_name_faults(organisations, organisations_document))
    problems.extend(_find_evidence_faults(evidence, by_slug, evidence_document))
    problems.raise_if_any()

    successors = _find_successors(organisations)
    collectives = _find_collectives(organisations, successors)
    _refuse_cycles(by_slug, successors, collectives, organisations_document)
    return Registry(
        organisations=tuple(organisations),
        by_slug=by_slug,
        evidence=tuple(evidence),
        identifiers=_assess_identifiers(evidence),
        successors=successors,
        collectives=collectives,
        matches=_index_labels(organisations),
    )


def find_unconfirmed(registry: Registry, document: Document) -> list[Problem]:
    """Return a problem for each alias and each organisation that a person has yet to confirm."""
    problems = []
    for organisation in registry.organisations:
        if organisation.unconfirmed:
            message = wording.unconfirmed_organisation(
                organisation.name, organisation.category is None
            )
            problems.append(document.make_problem(message, organisation.slug))
        for position, alias in enumerate(organisation.aliases):
            if alias.unconfirmed:
                message = wording.unconfirmed_alias(alias.text, organisation.name)
                problems.append(
                    document.make_problem(message, organisation.slug, "libelles", position)
                )
    return problems


def is_spelling_of(search_name: str, organisation: Organisation) -> bool:
    """Return whether a search name only spells the name or the acronym, or is its initials.

    Case, accents, spaces, hyphens, small words and the first word of the category do not count;
    the initials are those of all words but the small ones. Anything further needs evidence.
    """
    letters = _join_letters(search_name, organisation)
    spellings = [_join_letters(organisation.name, organisation)]
    spellings += [_join_letters(acronym, organisation) for acronym in organisation.acronyms]
    initials = "".join(word[0] for word in make_key(organisation.name).split())
    return letters in spellings or letters == initials


def _join_letters(text: str, organisation: Organisation) -> str:
    """Return the letters of a text without small words and the first word of the category."""
    category_word = (organisation.category or "").partition("-")[0]
    words = split_words(text)
    return "".join(word for word in words if word not in SMALL_WORDS and word != category_word)


def _find_entry_faults(
    organisation: Organisation, by_slug: Mapping[str, Organisation]
) -> Iterator[tuple[str | int, ...]]:
    """Yield what no JSON Schema can say of an entry: a message, then the path of its subject."""
    if not make_key(organisation.name):
        yield wording.name_without_word(organisation.name), "nom"
    if has_exclusion(organisation.name):
        yield wording.name_with_exclusion(organisation.name), "nom"
    if organisation.member_category and not organisation.is_collective:
        yield wording.members_without_collective(), "membres"
    yield from _find_relation_faults(organisation, by_slug)
    for position, alias in enumerate(organisation.aliases):
        yield from _find_exclusion_faults(organisation, alias, position, by_slug)
    for position, name in enumerate(organisation.search_names):
        if name.evidence is None and not is_spelling_of(name.text, organisation):
            yield wording.search_name_without_evidence(name.text), "autres_noms", position


def _find_relation_faults(
    organisation: Organisation, by_slug: Mapping[str, Organisation]
) -> Iterator[tuple[str | int, ...]]:
    if organisation.group is not None:
        group = by_slug.get(organisation.group.slug)
        if group is None:
            yield wording.unknown_slug(organisation.group.slug), "groupe"
        elif not group.is_collective:
            yield wording.group_is_no_collective(group.slug), "groupe"
    for field, relations in (
        ("releve_de", organisation.comes_under),
        ("succede_a", organisation.replaces),
    ):
        for position, relation in enumerate(relations):
            if relation.slug not in by_slug:
                yield wording.unknown_slug(relation.slug), field, position


def _find_exclusion_faults(
    organisation: Organisation,
    alias: Alias,
    position: int,
    by_slug: Mapping[str, Organisation],
) -> Iterator[tuple[str | int, ...]]:
    path = ("libelles", position)
    is_exclusion = has_exclusion(alias.text) or bool(alias.excluded)
    if is_exclusion and not organisation.is_collective:
        yield wording.exclusion_outside_collective(alias.text), *path
    elif is_exclusion and not alias.excluded:
        yield wording.exclusion_without_slugs(alias.text), *path
    for slug in alias.excluded:
        if slug not in by_slug:
            yield wording.unknown_slug(slug), *path


def _find_name_faults(
    organisations: Sequence[Organisation], document: Document
) -> Iterator[Problem]:
    """Yield a problem for each text that is the official name of another organisation.

    An alias may be shared. One that cannot identify anybody is a problem too.
    """
    owners: dict[str, Organisation] = {}
    for organisation in organisations:
        owner = owners.setdefault(make_key(organisation.name), organisation)
        if owner is not organisation:
            message = wording.name_of_another(organisation.name, owner.slug)
            yield document.make_problem(message, organisation.slug, "nom")
    acronyms = _list_acronym_keys(organisations)
    for organisation in organisations:
        yield from _find_alias_faults(organisation, owners, acronyms, document)
        for position, name in enumerate(organisation.search_names):
            owner = owners.get(make_key(name.text), organisation)
            if owner is not organisation:
                message = wording.name_of_another(name.text, owner.slug)
                yield document.make_problem(message, organisation.slug, "autres_noms", position)


def _find_alias_faults(
    organisation: Organisation,
    owners: Mapping[str, Organisation],
    acronyms: frozenset[str],
    document: Document,
) -> Iterator[Problem]:
    """Yield a problem for each alias of an organisation that cannot identify it."""
    keys: set[str] = set()
    for position, alias in enumerate(organisation.aliases):
        key = make_key(alias.text)
        owner = owners.get(key)
        message = None
        if not key:
            message = wording.name_without_word(alias.text)
        elif owner is organisation:
            message = wording.alias_is_the_name(alias.text)
        elif owner is not None:
            message = wording.name_of_another(alias.text, owner.slug)
        elif key in acronyms:
            message = wording.alias_is_an_acronym(alias.text)
        elif key in keys:
            message = wording.alias_written_twice(alias.text)
        if message is not None:
            yield document.make_problem(message, organisation.slug, "libelles", position)
        keys.add(key)


def _list_acronym_keys(organisations: Sequence[Organisation]) -> frozenset[str]:
    keys = set()
    for organisation in organisations:
        keys.update(make_key(acronym) for acronym in organisation.acronyms)
    return frozenset(keys)


def _find_evidence_faults(
    evidence: Sequence[Evidence], by_slug: Mapping[str, Organisation], document: Document
) -> Iterator[Problem]:
    """Yield a problem for each row of identifiants.csv that contradicts another or the registry."""
    values: dict[tuple[str, str], str] = {}
    owners: dict[tuple[str, str], str] = {}
    texts: set[tuple[str, str, str]] = set()
    for position, piece in enumerate(evidence):
        organisation = by_slug.get(piece.slug)
        if organisation is None:
            yield document.make_problem(wording.unknown_slug(piece.slug), position)
            continue
        if piece.field == "siren":
            if not siren_number.is_valid(piece.value):
                yield document.make_problem(wording.invalid_siren(piece.value), position)
            if organisation.is_collective:
                yield document.make_problem(wording.collective_with_siren(), position)
        value = values.setdefault((piece.slug, piece.field), piece.value)
        if value != piece.value:
            message = wording.two_values(piece.field, value, piece.value)
            yield document.make_problem(message, position)
        if piece.field != "site":
            owner = owners.setdefault((piece.field, piece.value), piece.slug)
            if owner != piece.slug:
                message = wording.identifier_of_another(piece.value, owner)
                yield document.make_problem(message, position)
        if (piece.slug, piece.field, piece.text) in texts:
            yield document.make_problem(wording.evidence_written_twice(), position)
        texts.add((piece.slug, piece.field, piece.text))


def _find_successors(organisations: Sequence[Organisation]) -> dict[str, list[str]]:
    successors: dict[str, list[str]] = defaultdict(list)
    for organisation in organisations:
        for relation in organisation.replaces:
            successors[relation.slug].append(organisation.slug)
    return dict(successors)


def _find_collectives(
    organisations: Sequence[Organisation], successors: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the collectives of each organisation: its own group, then those of its category.

    An organisation that another replaces is no longer a member of a collective by its category.
    """
    by_category: dict[str | None, list[str]] = defaultdict(list)
    for organisation in organisations:
        if organisation.member_category is not None:
            by_category[organisation.member_category].append(organisation.slug)
    collectives = {}
    for organisation in organisations:
        slugs = [] if organisation.group is None else [organisation.group.slug]
        is_living = organisation.slug not in successors
        if is_living:
            slugs += by_category.get(organisation.category, [])
        collectives[organisation.slug] = list(dict.fromkeys(slugs))
    return collectives


def _refuse_cycles(
    by_slug: Mapping[str, Organisation],
    successors: Mapping[str, Sequence[str]],
    collectives: Mapping[str, Sequence[str]],
    document: Document,
) -> None:
    """Raise ProblemsFound when groups and successions lead from an organisation back to it."""
    graph = {slug: [*collectives[slug], *successors.get(slug, ())] for slug in by_slug}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = error.args[1]
        problem = document.make_problem(wording.relation_cycle(cycle), cycle[0])
        raise ProblemsFound([problem]) from None


def _assess_identifiers(evidence: Sequence[Evidence]) -> dict[tuple[str, str], Identifier]:
    """Return the identifiers by slug and field, with the confidence that their evidence gives."""
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    values: dict[tuple[str, str], str] = {}
    for piece in evidence:
        kinds[piece.slug, piece.field].append(piece.kind)
        values[piece.slug, piece.field] = piece.value
    return {key: Identifier(values[key], assess_confidence(kinds[key])) for key in values}


def assess_confidence(kinds: Sequence[str]) -> str:
    """Return "haute" for one official piece of evidence or two independent ones, else "moyenne".

    `kinds` are those of the pieces: a copy of another piece is not independent.
    """
    independent = [kind for kind in kinds if kind != COPY]
    if OFFICIAL in independent or len(independent) >= 2:
        return HIGH_CONFIDENCE
    return MEDIUM_CONFIDENCE


def _index_labels(organisations: Sequence[Organisation]) -> dict[str, list[Match]]:
    """Return who each key of a label names: one organisation for a name, some for an alias.

    Those of a merged name are in the order in which it names them.
    """
    matches: dict[str, list[Match]] = defaultdict(list)
    for organisation in organisations:
        matches[make_key(organisation.name)].append(Match(organisation))
    for organisation in organisations:
        for alias in organisation.aliases:
            matches[make_key(alias.text)].append(Match(organisation, alias))
    for key, named in matches.items():
        named.sort(key=lambda match, key=key: _find_place(key, match.organisation))
    return dict(matches)


def _find_place(key: str, organisation: Organisation) -> int:
    """Return where a key names an organisation, or its length when it does so in other words."""
    place = f" {key} ".find(f" {make_key(organisation.name)} ")
    return len(key) if place < 0 else place
