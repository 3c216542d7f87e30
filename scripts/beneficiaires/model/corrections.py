"""The repairs of the page's text: which correction a text has, and bullets joined together."""

from collections.abc import Iterable, Sequence

from ..source.models import Correction
from ..source.page import Bullet
from ..text import split_words


class CorrectionBook:
    """The corrections of the project, and those that a snapshot has used."""

    def __init__(self, corrections: Iterable[Correction]) -> None:
        self.corrections = tuple(corrections)
        self.used: set[Correction] = set()

    def keeps(self, text: str) -> bool:
        """Return whether a text is to be taken as a whole bullet, and note its correction."""
        keeping = [correction for correction in self.corrections if correction.keep]
        return self._use(keeping, text)

    def ignores(self, text: str) -> bool:
        """Return whether a text is to be dropped, and note its correction."""
        ignoring = [correction for correction in self.corrections if correction.ignore]
        return self._use(ignoring, text)

    def _use(self, corrections: Sequence[Correction], text: str) -> bool:
        is_corrected = False
        for correction in corrections:
            if is_same_text(correction.keep or correction.ignore or "", text):
                self.used.add(correction)
                is_corrected = True
        return is_corrected

    def join_bullets(self, bullets: Sequence[Bullet]) -> list[Bullet]:
        """Return the bullets of a list, those that a correction joins put together."""
        joined = list(bullets)
        for correction in self.corrections:
            if correction.join is not None:
                shorter = join_matching_bullets(joined, correction.join)
                if len(shorter) < len(joined):
                    self.used.add(correction)
                joined = shorter
        return joined


def is_same_text(correction_text: str, text: str) -> bool:
    """Return whether the text of a correction is that of the page: its words, and its braces.

    The site hides « {# Cour des comptes #} »: a correction of « Cour des comptes » is not for it.
    """
    has_same_braces = ("{" in correction_text) == ("{" in text)
    return has_same_braces and split_words(correction_text) == split_words(text)


def join_matching_bullets(bullets: Sequence[Bullet], texts: Sequence[str]) -> list[Bullet]:
    """Return the bullets, with every run that has these texts made one bullet.

    A bullet belongs to one run at most: the first in the order of the list.
    """
    joined: list[Bullet] = []
    index = 0
    while index < len(bullets):
        run = bullets[index : index + len(texts)]
        if _has_texts(run, texts):
            joined.append(merge_bullets(run))
            index += len(texts)
        else:
            joined.append(bullets[index])
            index += 1
    return joined


def _has_texts(run: Sequence[Bullet], texts: Sequence[str]) -> bool:
    """Return whether bullets have these texts, in their order."""
    if len(run) != len(texts):
        return False
    pairs = zip(run, texts, strict=True)
    return all(is_same_text(text, bullet.text) for bullet, text in pairs)


def merge_bullets(run: Sequence[Bullet]) -> Bullet:
    """Return one bullet with the texts of several, at the line of the first."""
    text = " ".join(bullet.text for bullet in run)
    kinds = [bullet.unexpected for bullet in run if bullet.unexpected]
    return Bullet(text, run[0].line, ", ".join(dict.fromkeys(kinds)))
