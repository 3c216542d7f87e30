"""The words of a label: the key that identifies it, its acronyms, its scope, its exclusions.

Pure functions of strings. No name is ever compared except through `make_key`.
"""

import re
import unicodedata
from functools import cache

FORMULA_PREFIXES = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""

SMALL_WORDS = frozenset(["le", "la", "les", "l", "de", "du", "des", "d", "et"])
"""Words that never tell one organisation from another."""

EXCLUSION_WORDS = (
    "sauf",
    "hors",
    "hormis",
    "excepte",
    "exceptes",
    "exceptee",
    "exceptees",
    "a l exception",
    "a l exclusion",
)
"""Words that exclude organisations from a collective, as `split_words` gives them."""

FORBIDDEN_CATEGORIES = frozenset(["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"])
"""Unicode general categories that no text may hold: controls, formats, unassigned, private use,
surrogates, line and paragraph separators (https://www.unicode.org/reports/tr44/, table 12)."""

HIDDEN_CHARS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffd")
"""Characters of other categories that show nothing, or stand for one that was lost: the assigned
ones of the property Default_Ignorable_Code_Point, without the variation selectors, the braille
blank and the replacement character
(https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt)."""

ZERO_WIDTH_CHARS = re.compile("[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb]")
"""Characters that show and change nothing: dropped from the page, refused in edited files."""

VARIATION_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_ACRONYM = re.compile(r"\(\s*([^\s()]{2,20})\s*\)")
_SCOPE_COLON = re.compile(r":(?:\s+|$)")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_LETTER_PAIRS = str.maketrans({"œ": "oe", "æ": "ae", "\u02b9": " ", "\u02bc": " "})
_STRAIGHT_APOSTROPHES = str.maketrans("’ʼ", "''")
_ARTICLES = ("le ", "la ", "les ", "l'")
_CLIPPED_LENGTH = 200
_LINE_LENGTH = 500
_QUOTED_LENGTH = 1_000


@cache
def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text without case, accents or punctuation.

    « Ministère de l’Œuvre » gives ("ministere", "de", "l", "oeuvre").
    """
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LETTER_PAIRS)
    without_accents = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    return tuple(_WORD.findall(without_accents))


@cache
def make_key(label: str) -> str:
    """Return what identifies a label: its words without acronyms, accents, case or small words.

    « Le ministère de l’Agriculture, et de l’Alimentation » gives
    "ministere agriculture alimentation".
    """
    words = split_words(remove_acronyms(label))
    return " ".join(word for word in words if word not in SMALL_WORDS)


def find_kind(label: str) -> str:
    """Return the word that says what kind of body a label names: its first one, or "".

    « Le ministère de la Justice » gives "ministere", « Caisse nationale… » gives "caisse".
    """
    return make_key(label).partition(" ")[0]


def find_acronyms(label: str) -> list[str]:
    """Return the words that stand alone in parentheses, as the label writes them."""
    return _ACRONYM.findall(label)


def remove_acronyms(label: str) -> str:
    """Return a label with a blank in the place of each acronym in parentheses."""
    return _ACRONYM.sub(" ", label)


def normalize_acronym(acronym: str) -> str:
    """Return an acronym without case or dots: « E.P.D. » and « EPD » are the same."""
    return acronym.replace(".", "").casefold()


def split_scope(text: str) -> tuple[str, str | None]:
    """Return the label of a bullet, and the scope that follows its colon.

    The scope is None without a colon, "" when nothing follows it.
    """
    colon = _SCOPE_COLON.search(text)
    if colon is None:
        return text, None
    return text[: colon.start()].rstrip(), text[colon.end() :].rstrip(" .,;\u00a0\u202f")


def has_exclusion(text: str) -> bool:
    """Return whether a text excludes somebody: « sauf », « hors », « à l'exception de »…"""
    padded = f" {' '.join(split_words(text))} "
    return any(f" {words} " in padded for words in EXCLUSION_WORDS)


def propose_name(label: str) -> str:
    """Return a first proposal for the name of an unknown organisation.

    It has no article, no acronym and a straight apostrophe.
    """
    without_acronym = remove_acronyms(label).translate(_STRAIGHT_APOSTROPHES)
    name = " ".join(without_acronym.split()).rstrip(" .,;")
    for article in _ARTICLES:
        if name.lower().startswith(article):
            name = name[len(article) :].lstrip()
            break
    return name[:1].upper() + name[1:]


def find_forbidden_char(text: str, allowed: str = "\t\n") -> int | None:
    """Return the index of the first character that no text may hold, or None.

    Variation selectors are refused too: the page, which may hold some, is first given to
    `remove_zero_width`.
    """
    if text.isascii() and text.isprintable():
        return None
    for index, char in enumerate(text):
        if char.isascii() and char.isprintable():
            continue
        if char in allowed:
            continue
        is_forbidden = unicodedata.category(char) in FORBIDDEN_CATEGORIES or char in HIDDEN_CHARS
        if is_forbidden or VARIATION_SELECTORS.match(char):
            return index
    return None


def remove_zero_width(text: str) -> str:
    """Return a text without the characters that show nothing and change nothing."""
    return VARIATION_SELECTORS.sub("", ZERO_WIDTH_CHARS.sub("", text))


def is_too_long_to_quote(text: str) -> bool:
    """Return whether a text is too long for a message that lets a person paste it elsewhere."""
    return len(text) > _QUOTED_LENGTH


def clip(text: str) -> str:
    """Return a text short enough for a message."""
    if len(text) <= _CLIPPED_LENGTH:
        return text
    return text[: _CLIPPED_LENGTH - 1] + "…"


def format_line(text: str) -> str:
    """Return a text on one short line, without any character that a terminal would obey."""
    chars = []
    for char in text:
        chars.append(char if char.isprintable() else " ")
    line = " ".join("".join(chars).split())
    if len(line) <= _LINE_LENGTH:
        return line
    return line[: _LINE_LENGTH - 1] + "…"
