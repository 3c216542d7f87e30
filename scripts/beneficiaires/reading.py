"""What a version of the page says: its lists, corrected, and the bodies that each bullet names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from . import labels
from .page import Bullet, Page, Section
from .problems import Problem
from .registry import Body, Registry
from .sources import Contract, Correction, Version

_NOBODY = "Ce n'est pas un organisme."
_LEFT_OPEN = frozenset(
    "à au aux avec d dans de des du en et l la le les ou par pour sous sur".split()  # noqa: SIM905
)


class Member(Struct, frozen=True):
    """A body in a list, and what the page says of it.

    `rang` is the place of its bullet in the list, `wide` tells a perimetre that the wording itself adds.
    """

    body: Body
    perimetre: str | None
    wide: bool
    libelle: str
    rang: int
    ligne: int


class Reading(Struct, frozen=True):
    """One version of the page, read: by contract its corrected list, and the members of that list.

    A list that no contract claims stands under its own title. `unknown` are the labels that nobody
    has, `used` the corrections that had something to correct. With `problems`, it is not to be published.
    """

    version: Version
    page: Page
    lists: dict[str, Section]
    members: dict[str, tuple[Member, ...]]
    unknown: tuple[str, ...]
    used: frozenset[Correction]
    problems: tuple[Problem, ...]


def read(
    version: Version,
    page: Page,
    contracts: Mapping[str, Contract],
    corrections: Sequence[Correction],
    registry: Registry,
) -> Reading:
    """What a version says; what is wrong with it is told in its problems."""
    return _Reader(version, page, contracts, corrections, registry).reading()


class _Reader:
    def __init__(
        self,
        version: Version,
        page: Page,
        contracts: Mapping[str, Contract],
        corrections: Sequence[Correction],
        registry: Registry,
    ) -> None:
        self.version, self.page = version, page
        self.contracts, self.corrections, self.registry = contracts, corrections, registry
        self.problems: list[Problem] = []
        self.unknown: list[str] = []
        self.used: set[Correction] = set()

    def reading(self) -> Reading:
        lists = self._lists()
        members = {slug: self._members(lists[slug]) for slug in self.contracts if slug in lists}
        found = tuple(self.unknown), frozenset(self.used), tuple(self.problems)
        return Reading(self.version, self.page, lists, members, *found)

    def _fault(self, line: int | None, message: str) -> None:
        self.problems.append(Problem(self.page.name, line, message))

    def _lists(self) -> dict[str, Section]:
        """The list of each contract by its slug, and every other list by its title."""
        owners = {labels.key(title): slug for slug, contract in self.contracts.items() for title in contract.titres}
        lists: dict[str, Section] = {}
        for section in self.page.sections:
            slug = owners.get(labels.key(section.title))
            if not section.title:
                self._untitled(section)
            elif slug is None:
                if section.bullets and not self._ignored(section.title):
                    self._fault(section.line, _unclaimed(section, self.version))
                    lists[section.title] = section
            elif slug in lists:
                self._fault(section.line, f"« {section.title} » : déjà lu ligne {lists[slug].line}")
            else:
                lists[slug] = self._mended(section)
        self._check(lists)
        return lists

    def _untitled(self, section: Section) -> None:
        """Say that bullets stand under no title, unless they are ignored."""
        for bullet in section.bullets:
            if labels.words(bullet.text) and not self._ignored(bullet.text):
                cure = _entry("ignorer", bullet.text, _NOBODY)
                told = f"« {bullet.text} » : une puce sous aucun titre de liste"
                self._fault(bullet.line, f"{told} ; à ignorer ? {cure}")

    def _check(self, lists: Mapping[str, Section]) -> None:
        """Say which lists are wanted and missing, or there and not wanted."""
        for slug, contract in self.contracts.items():
            day = self.version.date
            if slug in lists and not contract.on(day):
                told = f"d'après marches.yml, le marché {slug} n'a pas de liste le {day}"
                self._fault(lists[slug].line, f"{told} ; corriger son « debut » ou sa « fin »")
            elif slug not in lists and contract.on(day):
                cures = f"un autre titre : l'ajouter à ses « titres » ; plus de liste : « fin: {day} »"
                self._fault(None, f"le marché {slug} n'a pas de liste ; dans marches.yml, {cures}")
            elif slug in lists and not lists[slug].bullets:
                self._fault(lists[slug].line, f"« {lists[slug].title} » : liste vide")

    def _ignored(self, text: str) -> bool:
        """Whether a correction says to ignore a text."""
        words = (labels.words(text),)
        found = [each for each in self.corrections if each.ignorer and each.words == words]
        self.used.update(found)
        return bool(found)

    def _mended(self, section: Section) -> Section:
        """The section without what has no words or is ignored, its broken bullets joined."""
        bullets = [
            each for each in section.bullets if (each.fault or labels.words(each.text)) and not self._ignored(each.text)
        ]
        strays = [each for each in section.strays if labels.words(each.text) and not self._ignored(each.text)]
        for stray in strays:
            cure = _entry("ignorer", stray.text, _NOBODY)
            self._fault(stray.line, f"« {stray.text} » : {stray.what} ; à ignorer ? {cure}")
        for correction in self.corrections:
            if correction.joindre and _join(bullets, correction.words):
                self.used.add(correction)
        return structs.replace(section, bullets=tuple(bullets), strays=())

    def _members(self, section: Section) -> tuple[Member, ...]:
        """The members of a list."""
        broken = {bullet.line for run in self._broken(section.bullets) for bullet in run}
        lines: dict[str, int] = {}
        members = []
        for rang, bullet in enumerate(section.bullets, 1):
            self._formed(bullet)
            answer = self.registry.resolve(bullet.text)
            if answer.unknown and bullet.line in broken:
                continue
            for fault in answer.faults:
                self._fault(bullet.line, f"« {bullet.text} » : {fault}")
            if answer.unknown:
                self.unknown.append(labels.split(bullet.text)[0])
            for named in answer.named:
                slug = named.body.slug
                if slug in lines:
                    told = f"{slug} est déjà ligne {lines[slug]} du même marché ; retirer l'une des deux"
                    self._fault(bullet.line, f"« {bullet.text} » : {told}")
                lines[slug] = bullet.line
                members.append(Member(named.body, named.perimetre, named.wide, bullet.text, rang, bullet.line))
        return tuple(members)

    def _formed(self, bullet: Bullet) -> None:
        """Say what a bullet has beside its text, unless a correction keeps the text as it is."""
        empty = "rien ne suit les deux-points" if labels.split(bullet.text)[1] == "" else ""
        if (odd := bullet.fault or empty) and not self._kept(bullet):
            cures = f"à garder comme simple texte ? {_entry('garder', bullet.text, 'Le texte suffit.')}"
            if self.registry.resolve(bullet.text).unknown:
                cures += f" ; à ignorer ? {_entry('ignorer', bullet.text, _NOBODY)}"
            self._fault(bullet.line, f"« {bullet.text} » : {odd} ; {cures}")

    def _kept(self, bullet: Bullet) -> bool:
        """Whether a correction says to keep a bullet as it is."""
        words = (labels.words(bullet.text),)
        found = [each for each in self.corrections if each.garder and each.words == words]
        self.used.update(found)
        return bool(found)

    def _broken(self, bullets: Iterable[Bullet]) -> Iterator[list[Bullet]]:
        """The runs of bullets that look like one line broken in two or more."""
        run: list[Bullet] = []
        for bullet in bullets:
            if run and self._continues(run[-1], bullet):
                run.append(bullet)
                continue
            yield from self._told(run)
            run = [bullet]
        yield from self._told(run)

    def _continues(self, above: Bullet, bullet: Bullet) -> bool:
        if not bullet.text[:1].islower() and (labels.words(above.text)[-1:] or ("",))[0] not in _LEFT_OPEN:
            return False
        return not self._kept(bullet)

    def _told(self, run: list[Bullet]) -> Iterator[list[Bullet]]:
        if len(run) > 1:
            texts = [bullet.text for bullet in run]
            join, keep = (_entry("joindre", texts, "Puce coupée."), _entry("garder", texts[1], "Puce entière."))
            told = f"« {texts[1]} » : minuscule, ou suite d'une puce inachevée"
            self._fault(run[1].line, f"{told} ; à joindre ? {join} ; à garder ? {keep}")
            if self.registry.resolve(joined := " ".join(texts)).unknown:
                self.unknown.append(labels.split(joined)[0])
            yield run


def _join(bullets: list[Bullet], words: tuple[tuple[str, ...], ...]) -> bool:
    """Join the bullets that have these words, one after the other; whether there were any."""
    texts = [labels.words(bullet.text) for bullet in bullets]
    places = [at for at in range(len(texts)) if tuple(texts[at : at + len(words)]) == words]
    for at in reversed(places):
        run = bullets[at : at + len(words)]
        text = " ".join(bullet.text for bullet in run)
        fault = ", ".join(bullet.fault for bullet in run if bullet.fault)
        bullets[at : at + len(words)] = [Bullet(text, run[0].line, fault)]
    return bool(places)


def _entry(kind: str, value: object, reason: str) -> str:
    """The entry of corrections.yml to paste."""
    written = json.dumps(value, ensure_ascii=False), json.dumps(reason, ensure_ascii=False)
    return f"ajouter à source/corrections.yml : - {{{kind}: {written[0]}, motif: {written[1]}}}"


def _unclaimed(section: Section, version: Version) -> str:
    """What to do about a list that no contract claims."""
    told = f"« {section.title} » : une liste qu'aucun marché ne porte"
    new = f"un nouveau marché : une entrée de marches.yml avec « debut: {version.date} »"
    known = "un autre titre d'un marché connu : l'ajouter à ses « titres »"
    return f"{told} ; {new} ; {known} ; autre chose : {_entry('ignorer', section.title, 'Autre chose.')}"
