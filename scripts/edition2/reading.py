"""What a version of the page says: its lists, corrected, and the bodies that each bullet names."""

import json
from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from . import labels
from .page import Bullet, Page, Section
from .problems import Problem
from .registry import Answer, Named, Registry
from .sources import Contracts, Correction, Corrections, Version

_NOBODY = "Ce n'est pas un organisme."
_LEFT_OPEN = frozenset(
    "à au aux avec d dans de des du en et l la le les ou par pour sous sur".split()  # noqa: SIM905
)


class Member(Named, frozen=True):
    """A body in a list: the text of its bullet, the place of that in the list, and its line."""

    libelle: str
    rang: int
    ligne: int


class Reading:
    """One version of the page, read: by contract its corrected list, and the members of that list.

    A list that no contract claims stands under its own title; `missing` are the contracts whose list is wanted and
    not there, `unknown` the labels that nobody has, `used` the corrections that had something to correct. With
    `problems`, it is not to be published.
    """

    def __init__(
        self, version: Version, page: Page, contracts: Contracts, corrections: Corrections, registry: Registry
    ) -> None:
        self.version, self.page = version, page
        self._contracts, self._corrections, self._registry = contracts, corrections, registry
        self.problems: list[Problem] = []
        self.unknown: list[str] = []
        self.used: set[Correction] = set()
        self.lists = self._lists()
        self.missing = {slug for slug, each in contracts.items() if each.on(version.date)} - self.lists.keys()
        self._compare()
        self.members = {slug: self._members(self.lists[slug].bullets) for slug in contracts if slug in self.lists}

    def _fault(self, line: int | None, message: str) -> None:
        self.problems.append(Problem(self.page.name, line, message))

    def _cured(self, kind: str, text: str) -> bool:
        """Whether a correction of this kind, `garder` or `ignorer`, holds for a text."""
        words = labels.words(text)
        cures = ((getattr(each, kind), each) for each in self._corrections)
        found = [each for cure, each in cures if cure and labels.words(cure) == words]
        self.used.update(found)
        return bool(found)

    def _lists(self) -> dict[str, Section]:
        """The list of each contract by its slug, and every other list by its title."""
        owners = {labels.key(title): slug for slug, contract in self._contracts.items() for title in contract.titres}
        lists: dict[str, Section] = {}
        for section in self.page.sections:
            slug = owners.get(labels.key(section.title))
            if not section.title:
                self._strays(section.bullets, "une puce sous aucun titre de liste")
            elif slug in lists:
                self._fault(section.line, f"« {section.title} » : déjà lu ligne {lists[slug].line}")
            elif slug:
                self._strays(section.strays)
                lists[slug] = structs.replace(section, bullets=self._mended(section.bullets))
            elif section.bullets and not self._cured("ignorer", section.title):
                self._fault(section.line, _unclaimed(section.title, self.version))
                lists[section.title] = section
        return lists

    def _compare(self) -> None:
        """Say which lists are wanted and missing, or there and not wanted."""
        day = self.version.date
        for slug, contract in self._contracts.items():
            if slug in self.lists and not contract.on(day):
                told = f"d'après marches.yml, le marché {slug} n'a pas de liste le {day}"
                self._fault(self.lists[slug].line, f"{told} ; corriger son « debut » ou sa « fin »")
            elif slug in self.lists and not self.lists[slug].bullets:
                self._fault(self.lists[slug].line, f"« {self.lists[slug].title} » : liste vide")
            elif slug in self.missing:
                cures = f"un autre titre : l'ajouter à ses « titres » ; plus de liste : « fin: {day} »"
                self._fault(None, f"le marché {slug} n'a pas de liste ; dans marches.yml, {cures}")

    def _strays(self, found: Iterable[Bullet], fault: str = "") -> None:
        """Tell what has words and is no bullet of a list, unless it is ignored."""
        for each in found:
            if labels.words(each.text) and not self._cured("ignorer", each.text):
                cure = _entry("ignorer", each.text, _NOBODY)
                self._fault(each.line, f"« {each.text} » : {fault or each.fault} ; à ignorer ? {cure}")

    def _mended(self, found: Iterable[Bullet]) -> list[Bullet]:
        """The bullets without those that have no words or are ignored, the broken ones joined."""
        bullets = [
            each for each in found if (each.fault or labels.words(each.text)) and not self._cured("ignorer", each.text)
        ]
        for correction in self._corrections:
            if correction.joindre and _join(bullets, [labels.words(text) for text in correction.joindre]):
                self.used.add(correction)
        return bullets

    def _members(self, bullets: Sequence[Bullet]) -> tuple[Member, ...]:
        """The members of a list."""
        broken = {bullet.line for run in self._broken(bullets) for bullet in run}
        members: dict[str, Member] = {}
        for rang, bullet in enumerate(bullets, 1):
            answer = self._registry.resolve(bullet.text)
            faults = [*self._odd(bullet, answer)]
            if not answer.named and bullet.line not in broken:
                self.unknown.append(labels.split(bullet.text)[0])
                faults += answer.faults
            for named in answer.named:
                slug = named.body.slug
                if slug in members:
                    faults.append(
                        f"{slug} est déjà ligne {members[slug].ligne} du même marché ; retirer l'une des deux"
                    )
                members[slug] = Member(named.body, named.perimetre, named.wide, bullet.text, rang, bullet.line)
            for fault in faults:
                self._fault(bullet.line, f"« {bullet.text} » : {fault}")
        return tuple(members.values())

    def _odd(self, bullet: Bullet, answer: Answer) -> Iterator[str]:
        """What a bullet has beside its text, unless a correction keeps the text as it is."""
        odd = bullet.fault or ("rien ne suit les deux-points" if labels.split(bullet.text)[1] == "" else "")
        if odd and not self._cured("garder", bullet.text):
            cures = f"à garder comme simple texte ? {_entry('garder', bullet.text, 'Le texte suffit.')}"
            ignore = "" if answer.named else f" ; à ignorer ? {_entry('ignorer', bullet.text, _NOBODY)}"
            yield f"{odd} ; {cures}{ignore}"
        if answer.named:
            yield from answer.faults

    def _broken(self, bullets: Iterable[Bullet]) -> Iterator[list[Bullet]]:
        """The runs of bullets that look like one line broken in two or more; each is told."""
        runs: list[list[Bullet]] = []
        for bullet in bullets:
            if runs and self._continues(runs[-1][-1], bullet):
                runs[-1].append(bullet)
            else:
                runs.append([bullet])
        for run in runs:
            if len(run) > 1:
                self._tell_broken(run[1].line, [bullet.text for bullet in run])
                yield run

    def _continues(self, above: Bullet, bullet: Bullet) -> bool:
        if not bullet.text[:1].islower() and (labels.words(above.text)[-1:] or ("",))[0] not in _LEFT_OPEN:
            return False
        return not self._cured("garder", bullet.text)

    def _tell_broken(self, line: int, texts: list[str]) -> None:
        join, keep = _entry("joindre", texts, "Puce coupée."), _entry("garder", texts[1], "Puce entière.")
        told = f"« {texts[1]} » : minuscule, ou suite d'une puce inachevée"
        self._fault(line, f"{told} ; à joindre ? {join} ; à garder ? {keep}")
        if not self._registry.resolve(joined := " ".join(texts)).named:
            self.unknown.append(labels.split(joined)[0])


def _join(bullets: list[Bullet], words: list[tuple[str, ...]]) -> bool:
    """Join the bullets that have these words, one after the other; whether there were any."""
    texts = [labels.words(bullet.text) for bullet in bullets]
    places = [at for at in range(len(texts)) if texts[at : at + len(words)] == words]
    for at in reversed(places):
        run = bullets[at : at + len(words)]
        fault = ", ".join(bullet.fault for bullet in run if bullet.fault)
        bullets[at : at + len(words)] = [Bullet(" ".join(bullet.text for bullet in run), run[0].line, fault)]
    return bool(places)


def _entry(kind: str, value: object, reason: str) -> str:
    """The entry of corrections.yml to paste."""
    text, motif = json.dumps(value, ensure_ascii=False), json.dumps(reason, ensure_ascii=False)
    return f"ajouter à source/corrections.yml : - {{{kind}: {text}, motif: {motif}}}"


def _unclaimed(title: str, version: Version) -> str:
    """What to do about a list that no contract claims."""
    new = f"un nouveau marché : une entrée de marches.yml avec « debut: {version.date} »"
    known = "un autre titre d'un marché connu : l'ajouter à ses « titres »"
    other = f"autre chose : {_entry('ignorer', title, 'Autre chose.')}"
    return f"« {title} » : une liste qu'aucun marché ne porte ; {new} ; {known} ; {other}"
