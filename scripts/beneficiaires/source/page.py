"""The page: its bytes in, its header and its sections out, each bullet with its line.

Nothing that stands in the page is lost: what is no simple bullet is returned as unexpected.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .. import text as labels
from .. import wording
from ..errors import Problem, ProblemCollector, ProblemsFound
from ..files import decode_utf8

MAX_PAGE_BYTES = 1024 * 1024
MAX_LINES = 20_000
MAX_BULLETS = 5_000
MAX_LINE_LENGTH = 5_000
MAX_NESTING = 20
"""What no page of this kind can be: bytes, lines, bullets, characters of a line, nested blocks."""

_LIST_ITEM = re.compile(r"^[ \t>]*(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]|$)", re.MULTILINE)
_BULLET_MARKER = re.compile(r"[-+*]")
_TASK_BOX = re.compile(r"\[[ xX]\](?:\s|$)")
_TEMPLATE_SYNTAX = re.compile(r"\{[{%#]")
_BLANKS = re.compile(r"[ \t\n]+")
_MAIL_SCHEME = re.compile("^mailto:", re.IGNORECASE)
_EMAIL = re.compile(r"\w[\w.+-]*@[\w-]+(\.[\w-]+)+")

# The preset of markdown-it itself, which code.gouv.fr uses: it has tables and strikethrough.
# With `inline_definitions`, a link definition is a token at its place.
_OPTIONS = {"html": True, "inline_definitions": True, "maxNesting": MAX_NESTING}
_MARKDOWN = MarkdownIt("js-default", _OPTIONS)

# Every token of that preset that is not simple text. Those of the inside of a table are left out.
_KINDS = {
    "blockquote_open": wording.QUOTATION,
    "bullet_list_open": wording.NESTED_LIST,
    "code_block": wording.CODE_BLOCK,
    "definition": wording.LINK_DEFINITION,
    "fence": wording.CODE_BLOCK,
    "heading_open": wording.HEADING,
    "hr": wording.RULE,
    "html_block": wording.HTML,
    "html_inline": wording.HTML,
    "image": wording.IMAGE,
    "ordered_list_open": wording.NUMBERED_LIST,
    "paragraph_open": wording.TEXT_OUTSIDE_LIST,
    "s_open": wording.STRUCK_TEXT,
    "table_open": wording.TABLE,
}
_SHOWN_TOKENS = ("text", "code_inline", "code_block", "fence", "image")
_LINE_BREAKS = ("softbreak", "hardbreak")

Part = list[Token]
"""The tokens of a bullet, of a heading or of another block, from its opening to its end."""


@dataclass(frozen=True)
class Bullet:
    """A bullet as the page shows it, without Markdown marks.

    `line` counts from 1. `unexpected` is the French name of what it has beside simple text, "" when
    it is simple.
    """

    text: str
    line: int
    unexpected: str = ""


@dataclass(frozen=True)
class UnexpectedText:
    """A part of a section that is no bullet.

    `text` is its source on one line, `shown_text` what a browser shows of it, `kind` its French
    name.
    """

    text: str
    shown_text: str
    line: int
    kind: str


@dataclass(frozen=True)
class Section:
    """What stands under a heading of any level, up to the next one.

    Above the first heading, `title` is "", `level` 0 and `line` 1. `is_underlined`: the heading is
    a text above a line of - or =, where a rule or a lone dash may have been meant.
    """

    title: str
    level: int
    line: int
    is_underlined: bool
    bullets: tuple[Bullet, ...]
    unexpected_texts: tuple[UnexpectedText, ...]


@dataclass(frozen=True)
class Page:
    """A snapshot of the page. `name` is how messages call its file.

    `title` and `date_text` are the texts of its header as they are, "" when there is none or it
    cannot be shown. `contact` is the first mail address of a link, or "".
    """

    name: str
    title: str
    date_text: str
    is_draft: bool
    contact: str
    sections: tuple[Section, ...]


class _HeaderHandler(YAMLHandler):
    """Reads every value as text and never fails: a header is never a reason to refuse a page.

    As for gray-matter, which the site uses, the header ends at the next line that begins with ---;
    what follows these dashes is the body.
    """

    FM_BOUNDARY = re.compile("^---", re.MULTILINE)

    def load(self, fm: str, **options: object) -> dict[str, Any]:
        """Return the values of a header by key; none when it is no mapping that YAML can read."""
        try:
            values = yaml.load(fm, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        except (yaml.YAMLError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}


def parse_page(data: bytes, name: str) -> Page:
    """Return the page that some bytes hold; `name` is how messages call it.

    Raises ProblemsFound for what no page of this kind can be, and for characters that no text may
    hold.
    """
    text = _decode_page(data, name)
    header_text, body = _split_header(text, name)
    header = _HeaderHandler().load(header_text)
    tokens = _MARKDOWN.parse(body)
    _check_nesting(tokens, name)
    parts = _split_parts(tokens)
    _check_entities(parts, name)
    lines = body.split("\n")
    return Page(
        name=name,
        title=_read_header_text(header.get("title")),
        date_text=_read_header_text(header.get("date")),
        is_draft=_read_header_text(header.get("draft")).lower() == "true",
        contact=_find_contact(tokens),
        sections=tuple(_read_section(group, lines) for group in _group_by_heading(parts)),
    )


def _decode_page(data: bytes, name: str) -> str:
    """Return the text of a page with \\n at the end of lines. Raises ProblemsFound.

    What no page can be is refused here, before any work that depends on the text.
    """
    if len(data) > MAX_PAGE_BYTES:
        raise ProblemsFound.single(name, None, wording.file_too_large(len(data), MAX_PAGE_BYTES))
    text = decode_utf8(data, name).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    problems = ProblemCollector()
    if len(lines) > MAX_LINES:
        problems.add(name, None, wording.too_many_lines(len(lines), MAX_LINES))
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE_LENGTH:
            problems.add(name, number, wording.line_too_long(len(line), MAX_LINE_LENGTH))
    bullet_count = len(_LIST_ITEM.findall(text))
    if bullet_count > MAX_BULLETS:
        problems.add(name, None, wording.too_many_bullets(bullet_count, MAX_BULLETS))
    visible_text = labels.remove_zero_width(text)
    index = labels.find_forbidden_char(visible_text)
    if index is not None:
        number = visible_text.count("\n", 0, index) + 1
        problems.add(name, number, wording.forbidden_character(visible_text[index]))
    problems.raise_if_any()
    return text


def _split_header(text: str, name: str) -> tuple[str, str]:
    """Return the header of a page and its body, both clean, with the line numbers of the page.

    The lines of the header are blank in the body. The header is "" when the text does not begin
    with three dashes exactly. Raises ProblemsFound for a header that nothing closes: the site would
    take the whole page for it.
    """
    if not text.startswith("---") or text.startswith("----"):
        return "", _clean(text)
    try:
        header_text, body = _HeaderHandler().split(text)
    except ValueError:
        raise ProblemsFound.single(name, 1, wording.unclosed_header()) from None
    blank_lines = "\n" * header_text.count("\n")
    return _clean(header_text), blank_lines + _clean(body)


def _clean(text: str) -> str:
    """Return a text in normal form C, without the characters that show nothing."""
    return unicodedata.normalize("NFC", labels.remove_zero_width(text))


def _read_header_text(value: Any) -> str:
    """Return a value of the header on one line, or "" when no table may show it."""
    if not isinstance(value, str):
        return ""
    text = _join_blanks(value)
    if text.startswith(labels.FORMULA_PREFIXES) or labels.find_forbidden_char(text) is not None:
        return ""
    return text


def _join_blanks(text: str) -> str:
    """Return a text on one line, runs of blanks as one space; no-break spaces stay inside."""
    return _BLANKS.sub(" ", text).strip()


def _check_nesting(tokens: list[Token], name: str) -> None:
    """Raise ProblemsFound at the first block so deep that the parser drops what it holds."""
    for token in tokens:
        if token.level >= MAX_NESTING - 1:
            raise ProblemsFound.single(name, _find_line(token), wording.nested_too_deep())


def _split_parts(tokens: list[Token]) -> list[Part]:
    """Return the parts of a page in its order."""
    parts = []
    part: Part = []
    depth = 0
    for token in tokens:
        if token.level == 0 and token.type in ("bullet_list_open", "bullet_list_close"):
            continue
        part.append(token)
        depth += token.nesting
        if depth == 0:
            parts.append(part)
            part = []
    return parts


def _group_by_heading(parts: list[Part]) -> list[list[Part]]:
    """Return the parts of each section; the first one stands above the first heading."""
    groups: list[list[Part]] = [[]]
    for part in parts:
        if part[0].type == "heading_open":
            groups.append([])
        groups[-1].append(part)
    return groups


def _read_section(parts: list[Part], lines: list[str]) -> Section:
    """Return the section that some parts of a page make; `lines` are those of the page."""
    title, level, line, is_underlined = "", 0, 1, False
    bullets = []
    unexpected_texts = []
    for part in parts:
        opening = part[0]
        if opening.type == "list_item_open":
            bullet = _read_bullet(part, lines)
            if bullet is not None:
                bullets.append(bullet)
            continue
        if opening.type == "heading_open":
            title = _show_text(part)
            level = int(opening.tag.removeprefix("h"))
            line = _find_line(opening)
            is_underlined = opening.markup in ("-", "=")
        unexpected_text = _read_unexpected_text(part, lines)
        if unexpected_text is not None:
            unexpected_texts.append(unexpected_text)
    return Section(title, level, line, is_underlined, tuple(bullets), tuple(unexpected_texts))


def _read_unexpected_text(part: Part, lines: list[str]) -> UnexpectedText | None:
    """Return what a part that is no bullet makes; None for a heading of simple text."""
    opening = part[0]
    source = _read_source(opening, lines)
    template_line = _find_template_line(opening, lines)
    if template_line is not None:
        kind = wording.TEMPLATE_SYNTAX
        return UnexpectedText(source, _show_text(part), template_line, kind)
    if opening.type == "heading_open":
        return None
    kind = _KINDS[opening.type]
    return UnexpectedText(source, _show_text(part), _find_line(opening), kind)


def _read_bullet(part: Part, lines: list[str]) -> Bullet | None:
    """Return the bullet that an item of a list makes.

    None when it has neither a word nor anything unexpected. A bullet that shows no word keeps its
    source as its text.
    """
    opening = part[0]
    source = _BULLET_MARKER.sub("", _read_source(opening, lines), count=1).strip()
    text = _show_text(part)
    if not labels.split_words(text):
        text = source
    kinds = list(_find_unexpected_kinds(part))
    if _TASK_BOX.match(text):
        kinds.append(wording.TASK_BOX)
    if _TEMPLATE_SYNTAX.search(source):
        kinds.append(wording.TEMPLATE_SYNTAX)
    elif "{" in source:
        kinds.append(wording.BRACES)  # the site takes them for attributes and hides them
    if not kinds and not labels.split_words(text):
        return None
    return Bullet(text, _find_line(opening), ", ".join(dict.fromkeys(kinds)))


def _find_unexpected_kinds(part: Part) -> Iterator[str]:
    """Yield the French names of what a bullet has beside a paragraph of simple text."""
    paragraph_count = 0
    for token in part:
        if token.type == "paragraph_open":
            is_direct = token.level == part[0].level + 1
            paragraph_count += is_direct
        elif token.type in _KINDS:
            yield _KINDS[token.type]
        for child in token.children or ():
            if child.type in _KINDS:
                yield _KINDS[child.type]
    if paragraph_count > 1:
        yield wording.SECOND_PARAGRAPH


def _show_text(part: Part) -> str:
    """Return the text of a bullet or a heading as a browser shows it, on one line."""
    return _join_blanks(" ".join(_find_texts(part)))


def _find_texts(part: Part) -> Iterator[str]:
    """Yield the text of each block of a part, as a browser shows it."""
    for token in part:
        if token.type in _SHOWN_TOKENS:
            yield token.content
        if token.children is None:
            continue
        pieces = []
        for child in token.children:
            if child.type in _SHOWN_TOKENS:
                pieces.append(child.content)
            elif child.type in _LINE_BREAKS:
                pieces.append(" ")
        yield "".join(pieces)


def _check_entities(parts: list[Part], name: str) -> None:
    """Raise ProblemsFound for the characters that no text may hold and that a browser shows.

    The source itself has none: they are written as entities, such as « &#8238; ».
    """
    problems = ProblemCollector()
    for part in parts:
        problems.extend(_find_hidden_chars(part, name))
    problems.raise_if_any()


def _find_hidden_chars(part: Part, name: str) -> Iterator[Problem]:
    """Yield a problem for each character of a part that no text may hold."""
    for token in part:
        for child in token.children or ():
            if child.type != "text" or _is_allowed(child.content):
                continue
            for char in dict.fromkeys(child.content):
                if not _is_allowed(char):
                    message = wording.forbidden_char_in_entity(ord(char))
                    yield Problem(name, _find_line(part[0]), message)


def _is_allowed(text: str) -> bool:
    """Return whether a line of text has only characters that a text may hold."""
    return labels.find_forbidden_char(text, allowed="\t") is None


def _find_contact(tokens: list[Token]) -> str:
    """Return the first mail address to which a link leads, or ""."""
    for token in tokens:
        for child in token.children or ():
            if child.type != "link_open":
                continue
            target = _MAIL_SCHEME.sub("", unquote(str(child.attrs["href"])))
            address = target.partition("?")[0]
            if _EMAIL.fullmatch(address):
                return address
    return ""


def _find_line(opening: Token) -> int:
    """Return the line of the page where a part begins, from 1."""
    return _find_span(opening)[0] + 1


def _find_span(opening: Token) -> tuple[int, int]:
    """Return the first line of a part, from 0, and the line after its last one."""
    start, end = opening.map or (0, 0)
    return start, end


def _read_source(opening: Token, lines: list[str]) -> str:
    """Return the text of a part as the file has it, on one line."""
    start, end = _find_span(opening)
    return _join_blanks("\n".join(lines[start:end]))


def _find_template_line(opening: Token, lines: list[str]) -> int | None:
    """Return the first line of a part, from 1, that has template syntax, or None.

    The site runs Nunjucks on the page before it reads its Markdown
    (https://mozilla.github.io/nunjucks/templating.html).
    """
    start, end = _find_span(opening)
    for index in range(start, end):
        if _TEMPLATE_SYNTAX.search(lines[index]):
            return index + 1
    return None
