"""What a label says: the key that identifies it, its sigles, its perimetre."""

import re
import unicodedata
from functools import cache

FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""

_SIGLE = re.compile(r"\(\s*([^\s()]{2,20})\s*\)")
_PERIMETRE = re.compile(r"\s*:(?:\s+|$)")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_SPELLING = str.maketrans({"œ": "oe", "æ": "ae", "\u02b9": " ", "\u02bc": " "})
_SMALL_WORDS = frozenset(["le", "la", "les", "l", "de", "du", "des", "d", "et"])
_ARTICLES = ("le ", "la ", "les ", "l'")


@cache
def key(label: str) -> str:
    """« Le ministère de l’Agriculture, et de l’Alimentation » -> « ministere agriculture alimentation »."""
    return " ".join(word for word in words(_SIGLE.sub(" ", label)) if word not in _SMALL_WORDS)


@cache
def words(text: str) -> tuple[str, ...]:
    """The words of a text, without case, accents or punctuation."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_SPELLING)
    return tuple(_WORD.findall(_ACCENTS.sub("", unicodedata.normalize("NFKD", folded))))


def sigles(label: str) -> list[str]:
    """The words that stand alone in parentheses."""
    return _SIGLE.findall(label)


def split(text: str) -> tuple[str, str | None]:
    """The label of a bullet, and the perimetre after its colon: None without colon, maybe empty."""
    match = _PERIMETRE.search(text) if ":" in text else None
    if match is None:
        return text, None
    return text[: match.start()], text[match.end() :].rstrip(" .,;\u00a0\u202f")


def name(label: str) -> str:
    """A first proposal for the name of an unknown body: no article, no sigle, straight apostrophe."""
    bare = " ".join(_SIGLE.sub(" ", label).translate(str.maketrans("’ʼ", "''")).split()).rstrip(" .,;")
    article = next((each for each in _ARTICLES if bare.lower().startswith(each)), "")
    bare = bare[len(article) :].lstrip()
    return bare[:1].upper() + bare[1:]
