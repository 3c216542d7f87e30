"""The page: bytes in, sections and their bullets out, each with its line."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import frontmatter
import pyromark
import yaml
from frontmatter.default_handlers import YAMLHandler
from msgspec import Struct

from . import files, labels
from .problems import Invalid, Problem, raise_if_any

_OPTIONS = pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS
_BLANKS = re.compile("[ \t\n]{2,}|[\t\n]")  # all but the single space that replaces them
_SMUGGLED = re.compile(f"{labels.REFUSED.pattern}|{labels.INVISIBLE.pattern}")
_EMAIL = re.compile(r"\w[\w.+-]*@[\w-]+(\.[\w-]+)+")
_PLAIN = ("Item", "Paragraph", "Emphasis", "Strong", "Link", "SoftBreak", "HardBreak")
_BULLET_LIST = ({"Start": {"List": None}}, {"End": {"List": False}})
_FOREIGN = {
    "BlockQuote": "citation",
    "CodeBlock": "bloc de code (une puce trop en retrait ?)",
    "Heading": "titre",
    "HtmlBlock": "HTML",
    "Image": "image",
    "InlineHtml": "HTML",
    "List": "liste dans la liste",
    "Paragraph": "texte hors de la liste (un tiret oublié ?)",
    "Rule": "filet",
    "Strikethrough": "texte barré",
    "TaskListMarker": "case à cocher",
}
Event = tuple[Any, dict[str, int]]
"""What the parser gives: a part of the page, and its first and last byte."""


class Bullet(Struct, frozen=True):
    """One bullet as the page shows it: text without Markdown marks; `fault` is why it is no simple text."""

    text: str
    line: int
    fault: str = ""


class Stray(Struct, frozen=True):
    """Something under a heading that is no bullet: `what` it is, and its text as the file has it."""

    text: str
    line: int
    what: str


class Section(Struct, frozen=True):
    """What stands under one heading; above the first one, under no title."""

    title: str
    line: int
    bullets: tuple[Bullet, ...]
    strays: tuple[Stray, ...]


class Page(Struct, frozen=True):
    """One version of the page. `title` and `day` are its header's, as they are, "" where it has none.

    `contact` is the first mail address that the page gives, or "".
    """

    name: str
    sha256: str
    title: str
    day: str
    contact: str
    sections: tuple[Section, ...]


class _Header(YAMLHandler):
    def load(self, fm: str, **options: object) -> Any:
        """Every value as the text that it is: a header is the page's, never a reason to refuse it."""
        try:
            return yaml.load(fm, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        except (yaml.YAMLError, RecursionError):
            return {}


def read(data: bytes, name: str) -> Page:
    """The page that the bytes hold; `name` is how messages call it.

    Raises Invalid for what is not UTF-8 and for the characters that no text may hold.
    """
    text = _text(data, name)
    header, body = frontmatter.parse(text, handler=_Header())
    start = text.rfind("\n", 0, len(text.rstrip()) - len(body)) + 1
    reader = _Reader(text[start:].encode(), text.count("\n", 0, start) + 1)
    sections = reader.sections()
    title, day = _plain(header.get("title")), _plain(header.get("date"))
    shown = [(1, title), (1, day), (1, reader.contact)]
    shown += [(each.line, each.title) for each in sections]
    shown += [(each.line, each.text) for section in sections for each in section.bullets]
    raise_if_any(_smuggled(shown, name))
    return Page(name, hashlib.sha256(data).hexdigest(), title, day, reader.contact, sections)


def _plain(value: Any) -> str:
    """A value of the header on one line; "" for what is no text, or that a spreadsheet would compute."""
    text = _BLANKS.sub(" ", value).strip() if isinstance(value, str) else ""
    return "" if text.startswith(labels.FORMULA) else text


def _text(data: bytes, name: str) -> str:
    """The text in NFC, its lines ended by LF, without its invisible characters."""
    text = files.decode(data, name).replace("\r\n", "\n").replace("\r", "\n")
    if refused := labels.REFUSED.search(text):
        line = text.count("\n", 0, refused.start()) + 1
        raise Invalid.because(name, line, f"caractère U+{ord(refused[0]):04X} interdit ; le supprimer")
    return unicodedata.normalize("NFC", labels.INVISIBLE.sub("", text))


def _smuggled(shown: Iterable[tuple[int, str]], name: str) -> Iterator[Problem]:
    """The refused characters that a « &#1; » or a « \\x01 » became once it was read."""
    for line, text in shown:
        if match := _SMUGGLED.search(text):
            message = f"caractère U+{ord(match[0]):04X} interdit, même sous une autre écriture ; le supprimer"
            yield Problem(name, line, message)


class _Reader:
    """Reads the Markdown `body`, whose first line is the line `line` of its file."""

    def __init__(self, body: bytes, line: int) -> None:
        self.contact = ""
        self._body = body
        self._counted, self._line = 0, line

    def sections(self) -> tuple[Section, ...]:
        """The whole page, in its order."""
        found: list[Section] = []
        title, line, bullets, strays = "", 1, [], []
        for block in _blocks(pyromark.events_with_range(self._body.decode(), options=_OPTIONS, merge_text=True)):
            tag, _ = _tag(block[0][0])
            if tag == "Heading":
                found.append(Section(title, line, tuple(bullets), tuple(strays)))
                title, line, bullets, strays = self._shown(block), self._line_at(block), [], []
            elif tag == "Item":
                bullets.append(self._bullet(block))
            else:
                self._shown(block)
                strays.append(self._stray(block, "liste numérotée" if tag == "List" else _FOREIGN.get(tag, tag)))
        found.append(Section(title, line, tuple(bullets), tuple(strays)))
        return tuple(found)

    def _bullet(self, item: list[Event]) -> Bullet:
        line = self._line_at(item)
        tags = [tag for event, _ in item if (tag := _tag(event)[0])]
        faults = [_FOREIGN.get(tag, tag) for tag in tags if tag not in _PLAIN]
        if tags.count("Paragraph") > 1:
            faults.append("deux paragraphes")
        text = self._shown(item)
        if faults and not labels.words(text):
            text = self._source(item[1:])
        return Bullet(text, line, ", ".join(dict.fromkeys(faults)))

    def _stray(self, block: list[Event], what: str) -> Stray:
        return Stray(self._source(block), self._line_at(block), what)

    def _source(self, events: list[Event]) -> str:
        """The text as the file has it, on one line."""
        span = events[0][1]
        return _BLANKS.sub(" ", self._body[span["start"] : span["end"]].decode()).strip()

    def _shown(self, events: list[Event]) -> str:
        """The text as a browser shows it: runs of blanks are one space, the ends are trimmed."""
        pieces = []
        for event, _ in events:
            if isinstance(event, str):
                pieces.append(" ")
            elif "Text" in event:
                pieces.append(event["Text"])
            elif "Code" in event:
                pieces.append(event["Code"])
            elif event.get("Start") in ("Paragraph", "Item"):
                pieces.append(" ")
            elif not self.contact:
                self.contact = _address(event)
        return _BLANKS.sub(" ", "".join(pieces)).strip()

    def _line_at(self, events: list[Event]) -> int:
        """The line where these events begin; offsets only grow, so each byte is counted once."""
        start = events[0][1]["start"]
        self._line += self._body.count(b"\n", self._counted, start)
        self._counted = start
        return self._line


def _blocks(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events in runs: each a bullet, or another part of the page, from its start to its end."""
    block: list[Event] = []
    depth = 0
    for event, span in events:
        if not depth and event in _BULLET_LIST:
            continue
        block.append((event, span))
        if isinstance(event, dict):
            depth += ("Start" in event) - ("End" in event)
        if not depth:
            yield block
            block = []


def _tag(event: Any) -> tuple[str | None, Any]:
    """The name and the detail of what an event opens, or is by itself when that is no mere text."""
    kind, opened = (event, None) if isinstance(event, str) else next(iter(event.items()))
    if kind != "Start":
        return (kind, None) if kind in _FOREIGN else (None, None)
    return next(iter(opened.items())) if isinstance(opened, dict) else (opened, None)


def _address(event: Any) -> str:
    """The mail address that an event links to, or ""."""
    tag, detail = _tag(event)
    if tag != "Link":
        return ""
    target = detail["dest_url"]
    email = detail["link_type"] == "Email" or target.startswith("mailto:")
    found = target.removeprefix("mailto:").partition("?")[0] if email else ""
    return found if _EMAIL.fullmatch(found) else ""
