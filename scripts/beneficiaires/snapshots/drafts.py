"""What the unknown labels of the snapshots add to organismes.yml, for a person to confirm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .. import wording
from ..errors import Problem, ProblemsFound
from ..model.matching import MatchedSnapshot, UnknownLabel, match_bullet
from ..model.registry import Registry
from ..project import ORGANISATIONS_FILE, ProjectSources
from ..source.documents import check_schema, parse_json_document, parse_yaml
from ..source.models import COLLECTIVE, Correction, Organisation, Snapshot
from ..text import find_acronyms, make_key, propose_name
from .registry_text import RegistryText, format_alias, format_text
from .suggest import (
    LikenessIndex,
    OrganisationDraft,
    propose_category,
    propose_member_category,
    propose_slug,
)

ORGANISATIONS_RULES = "schemas/source/organismes.json"


@dataclass(frozen=True)
class LabelPlace:
    """Where an unknown label stands."""

    snapshot: Snapshot
    label: UnknownLabel

    def make_problem(self, message: str) -> Problem:
        """Return a problem at this place."""
        return Problem(self.snapshot.file, self.label.line, message)


@dataclass(frozen=True)
class RegistryDrafts:
    """What the unknown labels add to the registry.

    `text` is the new organismes.yml, None when nothing is added. `notes` are French sentences.
    `undrafted` are the problems of labels for which nothing could be written; they stand for those
    that the build reports at the same places, which are `explained`.
    """

    text: str | None
    notes: tuple[str, ...]
    undrafted: tuple[Problem, ...]
    explained: frozenset[Problem]


def draft_registry(
    sources: ProjectSources,
    snapshots: Iterable[MatchedSnapshot],
    new_snapshots: Iterable[Snapshot],
) -> RegistryDrafts:
    """Return what to add to the registry for every unknown label of the snapshots.

    A label that looks like known organisations becomes an alias of each, to confirm. One that is
    still unknown in a snapshot kept before had its proposal, and a person refused it: as any other
    label, it becomes a new organisation, to confirm.
    """
    new_snapshots = set(new_snapshots)
    places_by_key: dict[str, list[LabelPlace]] = {}
    refused_keys = set()
    for matched in snapshots:
        unlikely_texts = find_unlikely_joined_texts(matched, sources.registry)
        for label in matched.unknown_labels:
            if label.text in unlikely_texts:
                continue
            key = make_key(label.label)
            places_by_key.setdefault(key, []).append(LabelPlace(matched.snapshot, label))
            if matched.snapshot not in new_snapshots:
                refused_keys.add(key)
    drafter = _RegistryDrafter(sources)
    for key, places in places_by_key.items():
        drafter.draft_label(key, places, key in refused_keys)
    text = drafter.text.build_text() if drafter.text.is_changed else None
    return RegistryDrafts(
        text=text,
        notes=tuple(drafter.notes),
        undrafted=tuple(drafter.undrafted),
        explained=frozenset(drafter.explained),
    )


def is_likely_join(join: Correction, registry: Registry) -> bool:
    """Return whether a proposed join repairs something: one of its bullets alone names nobody."""
    return not all(match_bullet(text, registry)[1] for text in join.join or ())


def find_unlikely_joined_texts(matched: MatchedSnapshot, registry: Registry) -> set[str]:
    """Return the texts that the unlikely joins of a snapshot would make."""
    texts = set()
    for join in matched.proposed_joins:
        if not is_likely_join(join, registry):
            texts.add(" ".join(join.join or ()))
    return texts


class _RegistryDrafter:
    """Adds to the text of the registry, label by label, what the registry can hold."""

    def __init__(self, sources: ProjectSources) -> None:
        self.registry = sources.registry
        self.text = RegistryText(sources.documents[ORGANISATIONS_FILE])
        self.notes: list[str] = []
        self.undrafted: list[Problem] = []
        self.explained: list[Problem] = []
        self._likeness = LikenessIndex(sources.registry)
        rules_data = sources.files.read(ORGANISATIONS_RULES)
        self._rules = parse_json_document(rules_data, ORGANISATIONS_RULES).value
        self._categories: Sequence[str] = self._rules["$defs"]["categorie"]["enum"]
        self._taken_slugs = {*sources.registry.by_slug, *sources.release.slugs}
        self._names = [organisation.name for organisation in sources.registry.organisations]
        self._acronym_keys: set[str] = set()
        self._alias_keys: set[str] = set()
        self._service_owners: dict[str, Organisation] = {}
        self._search_name_owners: dict[str, Organisation] = {}
        for organisation in sources.registry.organisations:
            self._acronym_keys.update(make_key(acronym) for acronym in organisation.acronyms)
            self._alias_keys.update(make_key(alias.text) for alias in organisation.aliases)
            for search_name in organisation.search_names:
                owners = self._search_name_owners
                if search_name.is_service:
                    owners = self._service_owners
                owners[make_key(search_name.text)] = organisation

    def draft_label(self, key: str, places: Sequence[LabelPlace], is_refused: bool) -> None:
        """Add the aliases, or the organisation, that a label may stand for."""
        name = propose_name(places[0].label.label)
        similar = self._find_similar(key, places[0].label.label)
        if not key:
            self._report(places, name, wording.label_without_word())
        elif similar and not is_refused:
            self._add_aliases(key, name, places, similar)
        elif key in self._search_name_owners or key in self._service_owners:
            owner = self._search_name_owners.get(key) or self._service_owners[key]
            self._report(places, name, wording.label_is_search_name(owner.slug))
        else:
            self._add_organisation(name, places)
            if similar:
                names = [organisation.name for organisation in similar]
                self.notes.append(wording.refused_likeness(name, names))

    def _find_similar(self, key: str, label: str) -> list[Organisation]:
        """Return the organisations that a label looks like."""
        if key in self._search_name_owners:
            return [self._search_name_owners[key]]
        return self._likeness.find_similar(label)

    def _report(self, places: Sequence[LabelPlace], name: str, reason: str) -> None:
        """Report at each of its places why a label has no draft."""
        message = wording.label_without_draft(name, reason)
        for place in places:
            self.undrafted.append(place.make_problem(message))
            build_message = wording.unknown_label(place.label.text)
            self.explained.append(place.make_problem(build_message))

    def _add_aliases(
        self,
        key: str,
        name: str,
        places: Sequence[LabelPlace],
        organisations: Sequence[Organisation],
    ) -> None:
        """Add a label as an alias, to confirm, of each of some organisations."""
        fault = self._find_fault(
            f"essai:\n  nom: Essai\n  a_confirmer: true\n  libelles:\n    {format_alias(name)}\n"
        )
        if key in self._acronym_keys:
            fault = wording.label_is_acronym()
        if fault is not None:
            self._report(places, name, fault)
            return
        self._alias_keys.add(key)
        for organisation in organisations:
            if not self.text.add_alias(organisation.slug, name):
                advice = wording.paste_alias(organisation.slug, format_alias(name))
                self._report(places, name, advice)

    def _add_organisation(self, name: str, places: Sequence[LabelPlace]) -> None:
        """Add an entry, to confirm, for an organisation that the registry does not have."""
        acronym = self._choose_acronym(name, places)
        label = places[0].label.label
        category = propose_category(label, self.registry, self._categories)
        slug = propose_slug(name, acronym, category, self._names, self._taken_slugs)
        if slug is None:
            self._report(places, name, wording.slug_not_free())
            return
        member_category = None
        if category == COLLECTIVE:
            member_category = propose_member_category(label, self._categories)
        draft = OrganisationDraft(slug, name, acronym, category, member_category)
        entry = self._format_entry(draft, places[0])
        fault = self._find_fault(entry)
        if fault is not None:
            self._report(places, name, fault)
            return
        self.text.add_entry(entry)
        self._taken_slugs.add(slug)
        self._names.append(name)
        if acronym is not None:
            self._acronym_keys.add(make_key(acronym))

    def _choose_acronym(self, name: str, places: Sequence[LabelPlace]) -> str | None:
        """Return the first acronym that a bullet gives and that an entry can hold."""
        for place in places:
            for acronym in find_acronyms(place.label.label):
                fault = self._find_fault(
                    f"essai:\n  nom: Essai\n  sigle: {format_text(acronym)}\n  a_confirmer: true\n"
                )
                if make_key(acronym) in self._alias_keys:
                    fault = wording.acronym_is_alias()
                if fault is None:
                    return acronym
                self.notes.append(wording.acronym_left_out(acronym, name, fault))
        return None

    def _format_entry(self, draft: OrganisationDraft, place: LabelPlace) -> str:
        """Return the text of a new entry."""
        lines = [f"{draft.slug}:", f"  nom: {format_text(draft.name)}"]
        if draft.acronym is not None:
            lines.append(f"  sigle: {format_text(draft.acronym)}")
        if draft.category is not None:
            lines.append(f"  categorie: {draft.category}")
        else:
            lines.append(f"  # categorie: {' | '.join(self._categories)}")
        if draft.member_category is not None:
            evidence = wording.bullet_evidence(
                place.snapshot.file, place.label.line, place.label.text
            )
            lines.append("  membres:")
            lines.append(f"    categorie: {draft.member_category}")
            lines.append(f"    preuve: {format_text(evidence)}")
        lines.append("  a_confirmer: true")
        return "\n".join(lines) + "\n"

    def _find_fault(self, entry: str) -> str | None:
        """Return why the registry could not hold an entry, None when it can."""
        try:
            check_schema(parse_yaml(entry.encode(), ORGANISATIONS_FILE), self._rules)
        except ProblemsFound as error:
            return error.problems[0].message
        return None
