"""What an unknown label may be: a known organisation under another name, or a new organisation.

Pure functions of texts. Likeness proves nothing: a person confirms or refuses each proposal.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..model.registry import Registry
from ..source.models import COLLECTIVE, Organisation
from ..text import (
    SMALL_WORDS,
    find_acronyms,
    find_kind,
    make_key,
    normalize_acronym,
    split_words,
)

MINISTRY = "ministere"
"""The word with which ministries begin. A ministry is a portfolio: cabinets move its subjects."""

GENERIC_WORDS = frozenset(
    ["national", "nationale", "nationales", "nationaux", "francais", "francaise", "francaises"]
)
"""Words that say nothing of what a body does."""

_LINK_WORDS = frozenset(["a", "au", "aux", "en", "dans", "par", "pour", "sous", "sur"])
_SUBJECT_BREAK = re.compile(r"[,;&]|\bet\b", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class OrganisationDraft:
    """A proposal for a new entry of the registry. `category` is None when nothing decides it.

    `member_category` is that of the members of a collective, None for anything else.
    """

    slug: str
    name: str
    acronym: str | None
    category: str | None
    member_category: str | None


class LikenessIndex:
    """The wordings that name one living organisation, by the kind of body."""

    def __init__(self, registry: Registry) -> None:
        self._wordings: dict[str, list[tuple[str, Organisation]]] = defaultdict(list)
        for organisation in registry.organisations:
            is_replaced = organisation.slug in registry.successors
            if organisation.is_collective or organisation.unconfirmed or is_replaced:
                continue
            for text in _list_own_wordings(organisation, registry):
                self._wordings[find_kind(text)].append((text, organisation))

    def find_similar(self, label: str) -> list[Organisation]:
        """Return the organisations of the same kind that share their subjects with a label."""
        similar: dict[str, Organisation] = {}
        for text, organisation in self._wordings[find_kind(label)]:
            if is_similar(label, text, organisation.acronyms):
                similar[organisation.slug] = organisation
        return list(similar.values())


def _list_own_wordings(organisation: Organisation, registry: Registry) -> Iterator[str]:
    """Yield the name of an organisation, and the aliases that name it alone."""
    yield organisation.name
    for alias in organisation.aliases:
        matches = registry.match_label(alias.text)
        if len(matches) == 1 and not alias.unconfirmed:
            yield alias.text


def is_similar(label: str, wording: str, acronyms: Collection[str]) -> bool:
    """Return whether a label may be another name of the organisation of that wording.

    Both are of the same kind; `acronyms` are those of the organisation. For ministries, the first
    subject of one is a subject of the other. Another body has its acronym, or two thirds of the
    distinctive words of both together.
    """
    if find_kind(label) == MINISTRY:
        return _shares_first_subject(split_subjects(label), split_subjects(wording))
    known_acronyms = {normalize_acronym(acronym) for acronym in acronyms}
    label_acronyms = {normalize_acronym(acronym) for acronym in find_acronyms(label)}
    if known_acronyms and label_acronyms:
        return not known_acronyms.isdisjoint(label_acronyms)
    label_words = _find_distinctive_words(label)
    words = _find_distinctive_words(wording)
    shared_count = len(label_words & words)
    total_count = len(label_words | words)
    return shared_count > 0 and 3 * shared_count >= 2 * total_count


def _shares_first_subject(subjects: Sequence[str], other_subjects: Sequence[str]) -> bool:
    """Return whether the first subject of one ministry is a subject of the other."""
    if not subjects or not other_subjects:
        return False
    if subjects[0] in other_subjects:
        return True
    return other_subjects[0] in subjects


def split_subjects(label: str) -> list[str]:
    """Return the keys of the subjects of a ministry, in their order.

    « Ministère du Travail, de la Santé et des Solidarités » gives ["travail", "sante",
    "solidarites"].
    """
    subjects = []
    for part in _SUBJECT_BREAK.split(label):
        words = make_key(part).split()
        subject = " ".join(word for word in words if word != MINISTRY)
        if subject:
            subjects.append(subject)
    return subjects


def _find_distinctive_words(label: str) -> set[str]:
    """Return the words that tell what a body does, without the word of its kind."""
    words = make_key(label).split()[1:]
    return {word for word in words if word not in GENERIC_WORDS and word not in _LINK_WORDS}


def propose_category(label: str, registry: Registry, categories: Sequence[str]) -> str | None:
    """Return the category that the first word of a label decides, None when nothing decides it.

    It is the word of one of `categories` (« Ministère »), or that of the organisations of the
    registry that begin with it, when they are all of one category. « Les », before a plural that no
    single organisation begins with, makes a collective.
    """
    kind = find_kind(label)
    known_categories = _list_categories_of_kind(kind, registry)
    for category in categories:
        if _find_category_word(category) == kind:
            known_categories.add(category)
    first_word = split_words(label)[0]
    if first_word == "les" and not known_categories:
        return COLLECTIVE
    if len(known_categories) == 1:
        return known_categories.pop()
    return None


def _find_category_word(category: str) -> str:
    """Return the first word of a category: "administration" for "administration-centrale"."""
    return category.partition("-")[0]


def _list_categories_of_kind(kind: str, registry: Registry) -> set[str]:
    """Return the categories of the organisations of a kind that a person has confirmed."""
    categories = set()
    for organisation in registry.organisations:
        if organisation.unconfirmed or organisation.is_collective:
            continue
        if find_kind(organisation.name) == kind and organisation.category is not None:
            categories.add(organisation.category)
    return categories


def propose_member_category(label: str, categories: Sequence[str]) -> str | None:
    """Return the category of which « les ministères… » says the plural, None for any other."""
    for category in categories:
        plural = _find_category_word(category) + "s"
        if find_kind(label) == plural:
            return category
    return None


def propose_slug(
    name: str,
    acronym: str | None,
    category: str | None,
    names: Iterable[str],
    taken_slugs: Collection[str],
) -> str | None:
    """Return the slug of a new organisation, None when every proposal is taken or unwritable.

    The acronym, else « ministere- » and the words up to the first comma or « et », else the few
    words that tell the name apart from other `names`.
    """
    proposals = []
    if acronym is not None:
        proposals.append("".join(split_words(acronym)))
    if find_kind(name) == MINISTRY:
        proposals.append(_propose_ministry_slug(name))
    elif category == COLLECTIVE:
        proposals.append(split_words(name)[0])
    else:
        proposals.append(_find_telling_beginning(name, names))
    proposals.append("-".join(split_words(name)))
    for proposal in proposals:
        if _SLUG.fullmatch(proposal) and proposal not in taken_slugs:
            return proposal
    return None


def _propose_ministry_slug(name: str) -> str:
    head = _SUBJECT_BREAK.split(name)[0]
    words = list(split_words(head))[1:]
    while words and words[0] in SMALL_WORDS:
        words.pop(0)
    return "-".join([MINISTRY, *words])


def _find_telling_beginning(name: str, names: Iterable[str]) -> str:
    """Return the shortest beginning, of two words that count, with which no other name begins."""
    other_names = [split_words(other_name) for other_name in names]
    beginning: list[str] = []
    significant_count = 0
    for word in split_words(name):
        beginning.append(word)
        if word in SMALL_WORDS or word in _LINK_WORDS or word in GENERIC_WORDS:
            continue
        significant_count += 1
        if significant_count >= 2 and not _begins_any(beginning, other_names):
            break
    return "-".join(beginning)


def _begins_any(beginning: Sequence[str], names: Iterable[Sequence[str]]) -> bool:
    """Return whether one of some names, given by their words, begins with these words."""
    length = len(beginning)
    return any(list(words[:length]) == beginning for words in names)
