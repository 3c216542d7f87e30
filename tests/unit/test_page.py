"""The page: every part of it is a bullet, a heading or an unexpected text, at its line."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beneficiaires.errors import ProblemsFound
from beneficiaires.source import page as page_module
from beneficiaires.source.page import Bullet, Page, Section, UnexpectedText, parse_page
from beneficiaires.wording import TEMPLATE_SYNTAX

NAME = "source/pages/2024-11-26.md"


def parse(text: str) -> Page:
    return parse_page(text.encode(), NAME)


def parse_list(text: str) -> Section:
    """Return the section of a heading above some text, which begins at line 3."""
    return parse(f"## Liste\n\n{text}").sections[1]


def read_problems(data: bytes | str) -> list[str]:
    """Return the problems of a page without the name of its file."""
    with pytest.raises(ProblemsFound) as caught:
        parse_page(data if isinstance(data, bytes) else data.encode(), NAME)
    return [str(problem).removeprefix(f"{NAME}:") for problem in caught.value.problems]


# Sections


def test_sections_are_the_headings_of_every_level_with_their_lines():
    page = parse("- Avant\n\n# Un\n\n- A\n\n### Deux *fois*\n* B\n\n* C\n\n###### Six\n")
    assert page.sections == (
        Section("", 0, 1, False, (Bullet("Avant", 1),), ()),
        Section("Un", 1, 3, False, (Bullet("A", 5),), ()),
        Section("Deux fois", 3, 7, False, (Bullet("B", 8), Bullet("C", 10)), ()),
        Section("Six", 6, 12, False, (), ()),
    )


@pytest.mark.parametrize(("underline", "level"), [("---", 2), ("-", 2), ("===", 1)])
def test_an_underlined_heading_says_so(underline, level):
    page = parse(f"## Liste\n\n- A\n\nSorbonne Université\n{underline}\n\n- B\n")
    assert page.sections[2] == Section("Sorbonne Université", level, 5, True, (Bullet("B", 8),), ())


def test_an_empty_page_has_one_empty_section():
    assert parse("").sections == (Section("", 0, 1, False, (), ()),)


# Bullets


SIMPLE_BULLETS = {
    "runs of blanks": ("Le  ministère\tde la Justice , ", "Le ministère de la Justice ,"),
    "no-break space": ("Le\u00a0ministère", "Le\u00a0ministère"),
    "no-break space at the edge": ("Justice\u00a0", "Justice"),
    "decomposed accents": ("Inte\u0301rieur", "Intérieur"),
    "zero width characters": ("\ufeffSor\u00adbonne\u200b", "Sorbonne"),
    "emphasis, strong and code": ("*La* **Cour `des` comptes**", "La Cour des comptes"),
    "link": ("[Sorbonne](https://sorbonne-universite.fr)", "Sorbonne"),
    "link that no browser follows": ("[Sorbonne](javascript:x)", "[Sorbonne](javascript:x)"),
    "entity and escape": ("Int&eacute;rieur\\*&nbsp;A", "Intérieur*\u00a0A"),
    "soft break": ("Le ministère\n  de la Justice", "Le ministère de la Justice"),
    "lazy line and hard break": ("Le ministère  \nde la Justice", "Le ministère de la Justice"),
    "line that looks like a marker": ("A\n  1986. B", "A 1986. B"),
    "text between angle and square marks": ("A [B] < C", "A [B] < C"),
}


@pytest.mark.parametrize("kind", SIMPLE_BULLETS)
def test_a_simple_bullet_is_what_a_browser_shows(kind):
    source, text = SIMPLE_BULLETS[kind]
    assert parse_list(f"- {source}\n").bullets == (Bullet(text, 3),)


UNEXPECTED_BULLETS = {
    "nested list": ("A :\n  - B", "A : B", "liste dans la liste"),
    "nested numbered list": ("A\n  1. B", "A B", "liste numérotée"),
    "list in a marker": ("- A", "A", "liste dans la liste"),
    "two paragraphs": ("A\n\n  B", "A B", "second paragraphe"),
    "code block": ("    A", "A", "bloc de code"),
    "fence": ("A\n  ```\n  B\n  ```", "A B", "bloc de code"),
    "heading": ("# A", "A", "titre"),
    "quotation": ("> A", "A", "citation"),
    "rule": ("A\n\n  ---", "A", "filet"),
    "table": ("| A |\n  | - |\n  | B |", "A B", "tableau"),
    "HTML": ("<b>A</b>", "A", "HTML"),
    "HTML comment": ("A <!-- B -->", "A", "HTML"),
    "HTML comment on two lines": ("A <!--\n  B -->", "A", "HTML"),
    "HTML block": ("<div>A</div>", "<div>A</div>", "HTML"),
    "image": ("A ![B](b.png)", "A B", "image"),
    "strikethrough": ("~~A~~", "A", "texte barré"),
    "empty task box": ("[ ] A", "[ ] A", "case à cocher"),
    "ticked task box": ("[x] A", "[x] A", "case à cocher"),
    "link definition": ("[A]: Moodle", "[A]: Moodle", "définition de lien"),
    "link definition below a text": ("A\n\n  [B]: Moodle", "A", "définition de lien"),
    "template value": ("{{ 'A' }}", "{{ 'A' }}", TEMPLATE_SYNTAX),
    "template tag": ("A {% if B %}", "A {% if B %}", TEMPLATE_SYNTAX),
    "template comment on the next line": ("A\n{# B", "A {# B", TEMPLATE_SYNTAX),
    "attributes of the site": ("A {.b}", "A {.b}", "accolades"),
    "several kinds": ("~~A~~ <i>B</i> ~~C~~", "A B C", "texte barré, HTML"),
}


@pytest.mark.parametrize("kind", UNEXPECTED_BULLETS)
def test_a_bullet_names_what_it_has_beside_simple_text(kind):
    source, text, unexpected = UNEXPECTED_BULLETS[kind]
    section = parse_list(f"- Avant\n- {source}\n")
    assert section.bullets == (Bullet("Avant", 3), Bullet(text, 4, unexpected))
    assert section.unexpected_texts == ()


def test_an_empty_bullet_is_left_out_unless_its_source_has_words():
    section = parse_list("-\n- *\n- …\n- [](https://a.fr)\n")
    assert [bullet.text for bullet in section.bullets] == ["*", "[](https://a.fr)"]


def test_markers_blank_lines_and_line_ends_do_not_matter():
    text = "* A\n\n* B\n+ C\n-\n- D\n"
    expected = (Bullet("A", 3), Bullet("B", 5), Bullet("C", 6), Bullet("D", 8))
    assert parse_list(text).bullets == expected
    assert parse_list(text.replace("\n", "\r\n")).bullets == expected
    assert parse_list(text.replace("\n", "\r")).bullets == expected


# Texts that are no bullets


UNEXPECTED_TEXTS = {
    "paragraph": ("Sorbonne\nUniversité", "texte hors de la liste"),
    "numbered list": ("1. A\n2. B", "liste numérotée"),
    "table": ("| A |\n| - |\n| B |", "tableau"),
    "HTML block": ("<ul>\n<li>A</li>\n</ul>", "HTML"),
    "hidden list": ("<!--\n- A\n-->", "HTML"),
    "quotation": ("> - A", "citation"),
    "list too far to the right": ("    - A", "bloc de code"),
    "fence": ("```\n- A\n```", "bloc de code"),
    "rule": ("***", "filet"),
    "link definition": ("[A]: https://a.fr", "définition de lien"),
    "template value": ("{{ A }}", TEMPLATE_SYNTAX),
    "template in a table": ("| A |\n| - |\n| {% B %} |", TEMPLATE_SYNTAX),
}


@pytest.mark.parametrize("level", ["##", "####"])
@pytest.mark.parametrize("kind", UNEXPECTED_TEXTS)
def test_a_text_that_is_no_bullet_is_named_with_its_source(kind, level):
    source, name = UNEXPECTED_TEXTS[kind]
    section = parse(f"# Page\n{level} Liste\n\n{source}\n\n- A\n\n# Fin").sections[2]
    assert [bullet.text for bullet in section.bullets] == ["A"]
    (text,) = section.unexpected_texts
    assert (text.text, text.kind) == (" ".join(source.split()), name)
    is_in_table = "template in" in kind
    assert text.line == (6 if is_in_table else 4)


def test_a_template_is_reported_at_its_own_line():
    section = parse_list("A\nB {% if C %}\n")
    (text,) = section.unexpected_texts
    assert text == UnexpectedText("A B {% if C %}", "A B {% if C %}", 4, TEMPLATE_SYNTAX)


def test_a_template_in_a_heading_is_reported_in_its_section():
    section = parse("## {{ titre }}\n\n- A\n").sections[1]
    assert section.title == "{{ titre }}"
    (text,) = section.unexpected_texts
    assert text == UnexpectedText("## {{ titre }}", "{{ titre }}", 1, TEMPLATE_SYNTAX)


def test_a_text_that_is_no_bullet_keeps_what_a_browser_shows_of_it():
    (text,) = parse_list("**Sorbonne** [Université](https://example.org)\n").unexpected_texts
    assert text.shown_text == "Sorbonne Université"


def test_every_link_definition_is_reported_even_those_of_one_name():
    section = parse_list("[A]: b\n[a]: c\n\n- D\n")
    assert [text.text for text in section.unexpected_texts] == ["[A]: b", "[a]: c"]
    assert [text.line for text in section.unexpected_texts] == [3, 4]


def test_a_long_text_is_whole():
    (text,) = parse_list("mot " * 1000).unexpected_texts
    assert len(text.text) == 3999


# The header and the contact


HEADERS = {
    "usual": ("---\ntitle: Essai\ndate: 2022-01-18\n---\n", "Essai", "2022-01-18"),
    "none": ("", "", ""),
    "empty": ("---\n---\n", "", ""),
    "numbers": ("---\ntitle: 1.5\ndate: 1e3\n---\n", "1.5", "1e3"),
    "no such day": ("---\ndate: 2022-02-31\n---\n", "", "2022-02-31"),
    "decomposed accents and zero width": ("---\ntitle: E\u0301t\u200bé\n---\n", "Été", ""),
    "anchors": ("---\ntitle: &x Essai\ndate: *x\n---\n", "Essai", "Essai"),
    "bomb": ("---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: [*b, *b]\n---\n", "", ""),
    "deep": (f"---\na: {'[' * 2000}{']' * 2000}\n---\n", "", ""),
    "double key": ("---\ntitle: Un\ntitle: Deux\n---\n", "Deux", ""),
    "not YAML": ("---\n: [\n---\n", "", ""),
    "not a mapping": ("---\n- title\n---\n", "", ""),
    "two lines": ("---\ntitle: |\n  Un\n  deux\n---\n", "Un deux", ""),
    "object": ("---\ntitle: !!python/name:os.system Essai\n---\n", "Essai", ""),
    "formula": ("---\ntitle: =HYPERLINK(1)\ndate: '@A1'\n---\n", "", ""),
    "control": ('---\ntitle: "a\\x01"\ndate: "\\u200b"\n---\n', "", ""),
    "four dashes at the end": ("---\ntitle: Essai\n----\n", "Essai", ""),
    "after a byte order mark": ("\ufeff---\ntitle: Essai\n---\n", "Essai", ""),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_header_is_read_as_text_and_never_refused(kind):
    header, title, date_text = HEADERS[kind]
    page = parse(f"{header}## Liste\n\n- A\n")
    assert (page.title, page.date_text) == (title, date_text)
    assert page.sections[1].line == header.count("\n") + 1
    assert page.sections[1].bullets == (Bullet("A", header.count("\n") + 3),)


@pytest.mark.parametrize(
    ("start", "first_bullets"),
    [("- A\n", ["A"]), ("\n", []), ("----\n- A\n", ["A"]), ("\u200b", [])],
)
def test_without_three_dashes_at_its_very_beginning_a_page_has_no_header(start, first_bullets):
    page = parse(f"{start}---\n\n- B\n\n---\ntitle: Essai\n\n## Liste\n\n- C\n")
    assert page.title == ""
    bullets = [bullet.text for section in page.sections for bullet in section.bullets]
    assert bullets == [*first_bullets, "B", "C"]


def test_what_follows_the_dashes_that_close_the_header_is_the_body():
    page = parse("---\ntitle: Essai\n--- A\n- B\n")
    assert page.sections[0].bullets == (Bullet("B", 4),)
    (text,) = page.sections[0].unexpected_texts
    assert text == UnexpectedText("A", "A", 3, "texte hors de la liste")


def test_a_header_that_nothing_closes_is_a_problem():
    assert read_problems("---\ntitle: Essai\n\n- A\n") == [
        "1: l'en-tête n'est pas fermé ; ajouter une ligne « --- » à sa fin"
    ]


@pytest.mark.parametrize(
    ("value", "is_draft"), [("true", True), ("True", True), ("false", False), ("[true]", False)]
)
def test_a_draft_says_so_in_its_header(value, is_draft):
    assert parse(f"---\ndraft: {value}\n---\n").is_draft is is_draft


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("[nous](mailto:a.b@example.org?subject=x), puis <c@example.org>", "a.b@example.org"),
        ("<a.b@example.org>", "a.b@example.org"),
        ("[nous](a@example.org)", "a@example.org"),
        ("- [nous](mailto:%C3%A9@example.org)", "é@example.org"),
        ("[nous](mailto:=cmd), [site](https://example.org/@a)", ""),
        ("[nous](mailto:a@example.org,b@example.org)", ""),
        ("a@example.org", ""),
    ],
)
def test_the_contact_is_the_first_mail_address_of_a_link(text, contact):
    assert parse(text).contact == contact


# What is refused


def test_characters_that_no_text_may_hold_are_refused_at_their_line():
    assert read_problems("- A\n\n- B\u202e\n") == [
        "3: caractère U+202E interdit (invisible ou de contrôle) ; le supprimer"
    ]
    assert read_problems("---\ntitle: A\x07\n---\n") == [
        "2: caractère U+0007 interdit (invisible ou de contrôle) ; le supprimer"
    ]


def test_every_character_that_an_entity_hides_is_reported():
    text = "# A&#8238;\n\n- B&#8238;&shy;&#8238;\n- C&#10;\n\nD&shy;\n"
    ending = "interdit, même sous une autre écriture ; le supprimer"
    assert read_problems(text) == [
        f"1: caractère U+202E {ending}",
        f"3: caractère U+00AD {ending}",
        f"3: caractère U+202E {ending}",
        f"4: caractère U+000A {ending}",
        f"6: caractère U+00AD {ending}",
    ]


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"- A\n" + b"\n" * 1024 * 1024, [" fichier trop gros (1048580 octets, 1048576 au plus)"]),
        (b"- A\n- \xe8\n", ["2: ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8"]),
        ("é" * 5001, ["1: ligne trop longue (5001 caractères, 5000 au plus)"]),
        ("- A\n" * 5001, [" trop de puces (5001, 5000 au plus) : ce n'est pas cette page"]),
        ("\n" * 20000, [" trop de lignes (20001, 20000 au plus) : ce n'est pas cette page"]),
        (
            "> " * 30 + "A\n",
            ["1: trop de listes ou de citations les unes dans les autres ; les remettre à plat"],
        ),
    ],
    ids=["bytes", "not UTF-8", "line", "bullets", "lines", "nesting"],
)
def test_what_no_page_can_be_is_refused(data, problems):
    assert read_problems(data) == problems


@pytest.mark.parametrize("marker", ["-", "*", "+", "1.", "23)", "  -", "> -", "-\t"])
def test_every_marker_counts_as_a_bullet(marker, monkeypatch):
    monkeypatch.setattr(page_module, "MAX_BULLETS", 2)
    text = f"{marker} A\n" * 2
    assert parse(text)
    assert read_problems(text + f"{marker}\n") == [
        " trop de puces (3, 2 au plus) : ce n'est pas cette page"
    ]


def test_the_largest_page_is_read():
    bullet = "- " + "(ab) " * 20 + "\n"
    page = parse("## Liste\n\n" + bullet * 5000 + "\n## " + "a\u0300\u00a0" * 1664 + "a fin")
    assert len(page.sections[1].bullets) == 5000
    assert page.sections[2].title == "à\u00a0" * 1664 + "a fin"


# Against an independent reader


NAMES = st.text("aé\u00a0’'()-.,:0Z ", min_size=1, max_size=30)
LISTS = st.lists(st.tuples(st.sampled_from(["- ", "-   "]), NAMES, st.sampled_from(["\n", " \n"])))


def read_simple_list(text: str) -> list[tuple[str, int]]:
    """Return the text and the line of the lines that begin with a dash."""
    bullets = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("- "):
            words = unicodedata.normalize("NFC", line[2:]).strip().split(" ")
            label = " ".join(word for word in words if word)
            if any(char.isalnum() for char in label):
                bullets.append((label, number))
    return bullets


@settings(max_examples=200, derandomize=True, deadline=None)
@given(LISTS)
def test_a_simple_list_is_read_as_an_independent_reader_reads_it(items):
    text = ""
    for marker, name, ending in items:
        text += marker + "x" * (name.strip()[:1] in "-0:") + name.strip() + ending
    page = parse(text)
    bullets = [(bullet.text, bullet.line) for bullet in page.sections[0].bullets]
    assert bullets == read_simple_list(text)
    assert page.sections[0].unexpected_texts == ()
    assert [bullet.unexpected for bullet in page.sections[0].bullets if bullet.unexpected] == []
