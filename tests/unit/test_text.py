"""The words of a label: its key, acronyms, scope, exclusion; the characters that no text may hold."""

import unicodedata
from dataclasses import dataclass

import pytest

from beneficiaires.text import (
    clip,
    find_acronyms,
    find_forbidden_char,
    format_line,
    has_exclusion,
    make_key,
    normalize_acronym,
    propose_name,
    remove_zero_width,
    split_scope,
    split_words,
)

from .builders import parametrize_cases


@dataclass(frozen=True)
class TextCase:
    """A text and what a function gives for it."""

    name: str
    text: str
    result: object


KEY_CASES = [
    TextCase("case and accents", "ÉCOLE Normale", "ecole normale"),
    TextCase(
        "small words", "Le ministère de l’Eau et des Forêts, du Lac", "ministere eau forets lac"
    ),
    TextCase("apostrophes", "l'Œuvre d’art", "oeuvre art"),
    TextCase("an apostrophe that is a letter", "Institut dʼEurope", "institut europe"),
    TextCase("punctuation and blanks", " Sorbonne\u00a0Université. ,", "sorbonne universite"),
    TextCase("hyphens", "Outre-Mer", "outre mer"),
    TextCase("an acronym in parentheses", "Institut (INPI),", "institut"),
    TextCase("an acronym with dots", "École (E.N.A.)", "ecole"),
    TextCase("two words in parentheses stay", "Ministères (sauf Bercy)", "ministeres sauf bercy"),
    TextCase("decomposed accents", unicodedata.normalize("NFD", "Élysée"), "elysee"),
    TextCase("figures and ligatures", "2ᵉ ﬁlière", "2e filiere"),
    TextCase("no word", "(INPI) — le", ""),
    TextCase("à is a word", "Conseil à l’eau", "conseil a eau"),
]


@parametrize_cases(KEY_CASES)
def test_a_key_has_the_words_that_tell_an_organisation(case):
    assert make_key(case.text) == case.result


def test_words_keep_the_small_ones_and_the_acronyms():
    assert split_words("L’École de la Mer (EM)") == ("l", "ecole", "de", "la", "mer", "em")


ACRONYM_CASES = [
    TextCase("alone in parentheses", "Institut (INPI) et Agence ( ABM )", ["INPI", "ABM"]),
    TextCase("with dots", "École (E.N.A.)", ["E.N.A."]),
    TextCase("outside parentheses", "INPI", []),
    TextCase("several words", "Institut (ex INPI)", []),
    TextCase("one letter", "Plan (B)", []),
    TextCase("more than twenty characters", "Institut (abcdefghijklmnopqrstu)", []),
]


@parametrize_cases(ACRONYM_CASES)
def test_an_acronym_stands_alone_in_parentheses(case):
    assert find_acronyms(case.text) == case.result


def test_an_acronym_is_the_same_without_dots_and_in_any_case():
    assert normalize_acronym("E.P.D.") == normalize_acronym("epd")


SCOPE_CASES = [
    TextCase("no colon", "Réseau Canopé", ("Réseau Canopé", None)),
    TextCase("a colon", "Réseau Canopé : lot Moodle", ("Réseau Canopé", "lot Moodle")),
    TextCase("no-break spaces", "Canopé\u00a0:\u202flot", ("Canopé", "lot")),
    TextCase("no blank before", "Canopé: lot", ("Canopé", "lot")),
    TextCase("a colon inside a word", "https://example.org", ("https://example.org", None)),
    TextCase("the first of two", "Canopé : lots : deux", ("Canopé", "lots : deux")),
    TextCase("final punctuation", "Canopé : lot Moodle ;.", ("Canopé", "lot Moodle")),
    TextCase("nothing after", "Canopé :", ("Canopé", "")),
    TextCase("blanks after", "Canopé : . ", ("Canopé", "")),
]


@parametrize_cases(SCOPE_CASES)
def test_a_scope_follows_a_colon(case):
    assert split_scope(case.text) == case.result


EXCLUSION_CASES = [
    TextCase("sauf", "Les ministères, sauf celui de la Culture", True),
    TextCase("hors", "Ministères (hors Culture)", True),
    TextCase("hormis", "Ministères hormis la Culture", True),
    TextCase("à l’exception de", "Ministères, À L’EXCEPTION de la Culture", True),
    TextCase("à l'exclusion de", "Ministères à l'exclusion de la Culture", True),
    TextCase("excepté", "Ministères, excepté la Culture", True),
    TextCase("exceptées", "Écoles exceptées", True),
    TextCase("other words that contain them", "Horsain et Sauvegarde exceptionnelle", False),
    TextCase("exception alone", "Office des exceptions", False),
]


@parametrize_cases(EXCLUSION_CASES)
def test_an_exclusion_is_told_by_its_words(case):
    assert has_exclusion(case.text) is case.result


NAME_CASES = [
    TextCase("an article", "Le ministère de la Culture", "Ministère de la Culture"),
    TextCase("an elided article", "L’école  du Louvre.", "École du Louvre"),
    TextCase("an elided article and a blank", "L’ école", "École"),
    TextCase("an acronym", "Institut (INPI) de Paris", "Institut de Paris"),
    TextCase("a word that begins like an article", "Laboratoire", "Laboratoire"),
    TextCase("one article only", "Le Les Halles", "Les Halles"),
    TextCase("capitals inside", "la Cour des Comptes", "Cour des Comptes"),
]


@parametrize_cases(NAME_CASES)
def test_a_proposed_name_has_neither_article_nor_acronym(case):
    assert propose_name(case.text) == case.result


FORBIDDEN_CASES = [
    TextCase("a control character", "ab\x07", 2),
    TextCase("a control character of Latin-1", "ab\x85", 2),
    TextCase("a direction", "ab\u202e", 2),
    TextCase("a direction of 2013", "ab\u2066", 2),
    TextCase("a deprecated format", "ab\u206a", 2),
    TextCase("a tag", "ab\U000e0041", 2),
    TextCase("the language tag", "ab\U000e0001", 2),
    TextCase("private use", "ab\ue000", 2),
    TextCase("private use beyond", "ab\U0010fffd", 2),
    TextCase("unassigned", "ab\u0378", 2),
    TextCase("no character", "ab\uffff", 2),
    TextCase("a lone surrogate", "ab\ud800", 2),
    TextCase("a line separator", "ab\u2028", 2),
    TextCase("a paragraph separator", "ab\u2029", 2),
    TextCase("the grapheme joiner", "ab\u034f", 2),
    TextCase("a blank of braille", "ab\u2800", 2),
    TextCase("a filler of hangul", "ab\u3164", 2),
    TextCase("a zero-width space", "ab\u200b", 2),
    TextCase("a variation selector", "ab\ufe0f", 2),
    TextCase("a variation selector of Mongolian", "ab\u180b", 2),
    TextCase("a variation selector beyond", "ab\U000e0100", 2),
    TextCase("the first of two", "a\x07b\x08", 1),
    TextCase("tabs and line feeds are allowed", "a\tb\nc", None),
    TextCase("a carriage return is not", "a\rb", 1),
    TextCase("French typography", "« l’été : ça œuvre… » — nᵒ 1 €\u00a0\u202f", None),
    TextCase("accents and emoji", "e\u0301 🙂 日本", None),
]


@parametrize_cases(FORBIDDEN_CASES)
def test_what_shows_nothing_or_changes_the_order_is_forbidden(case):
    assert find_forbidden_char(case.text) == case.result


def test_a_caller_chooses_the_control_characters_that_it_allows():
    assert find_forbidden_char("a\tb\n", allowed="\t") == 3
    assert find_forbidden_char("a\tb", allowed="") == 1


def test_what_shows_and_changes_nothing_is_removed_and_the_rest_is_then_free_of_it():
    text = "a\u00adb\u200b\u200d\u2060c\ufeff\ufe0f\u180b\u180e\U000e0100d"

    assert find_forbidden_char(text) == 1
    assert remove_zero_width(text) == "abcd"
    assert remove_zero_width("a\u202eb\U000e0041") == "a\u202eb\U000e0041"


def test_a_long_text_is_clipped_for_a_message():
    assert clip("a" * 200) == "a" * 200
    assert clip("a" * 201) == "a" * 199 + "…"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\tb\u00a0c", "a b c"),
        ("\x1b]0;titre\x07\x9b31m", "]0;titre 31m"),
        ("\u202egauche\ud800", "gauche"),
        (600 * "a", 499 * "a" + "…"),
    ],
)
def test_a_line_has_nothing_that_a_terminal_obeys(text, line):
    assert format_line(text) == line
