"""The page: bytes in, sections and their bullets out, each with its line."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import frontmatter
import pyromark
import yaml
from frontmatter.default_handlers import YAMLHandler
from msgspec import Struct

from . import labels
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
    "List": "liste numérotée, ou liste dans la liste",
    "Paragraph": "texte hors de la liste (un tiret oublié ?)",
    "Rule": "filet",
    "Strikethrough": "texte barré",
    "TaskListMarker": "case à cocher",
}
Event = tuple[Any, dict[str, int]]
"""What the parser gives: a part of the page, and its first and last byte."""


class Bullet(Struct, frozen=True):
    """A bullet as the page shows it, without Markdown marks; `fault` is what it has beside a simple text.

    What stands there and is no bullet is told alike: its text as the file has it, `fault` is what it is.
    """

    text: str
    line: int
    fault: str = ""


class Section(Struct, frozen=True):
    """What stands under one heading; above the first one, under no title."""

    title: str
    line: int
    bullets: list[Bullet]
    strays: list[Bullet]


class Page(Struct, frozen=True):
    """One version of the page. `title` and `day` are its header's, as they are, "" where it has none.

    `contact` is the first mail address that the page gives, or "".
    """

    name: str
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


def read(text: str, name: str) -> Page:
    """The page that a text holds; `name` is how messages call it. Raises Invalid for what no text may hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if refused := labels.REFUSED.search(text):
        line = text.count("\n", 0, refused.start()) + 1
        raise Invalid.because(name, line, f"caractère U+{ord(refused[0]):04X} interdit ; le supprimer")
    text = unicodedata.normalize("NFC", labels.INVISIBLE.sub("", text))
    header, body = frontmatter.parse(text, handler=_Header())
    start = text.rfind("\n", 0, len(text.rstrip()) - len(body)) + 1
    reader = _Reader(text[start:].encode(), text.count("\n", 0, start) + 1, name)
    sections = reader.sections()
    raise_if_any(reader.problems)
    title, day = _plain(header.get("title")), _plain(header.get("date"))
    return Page(name, title, day, reader.contact, sections)


def _plain(value: Any) -> str:
    """A value of the header on one line; "" for what is no text, or none that a table may show."""
    text = _BLANKS.sub(" ", value).strip() if isinstance(value, str) else ""
    return "" if text.startswith(labels.FORMULA) or _SMUGGLED.search(text) else text


class _Reader:
    """Reads the Markdown `body`, whose first line is the line `line` of the file `name`."""

    def __init__(self, body: bytes, line: int, name: str) -> None:
        self.contact = ""
        self.problems: list[Problem] = []
        self._body, self._first, self._name = body, line, name
        self._ends = [end.end() for end in re.finditer(b"\n", body)]

    def sections(self) -> tuple[Section, ...]:
        """The whole page, in its order."""
        found = [Section("", 1, [], [])]
        for block in _blocks(pyromark.events_with_range(self._body.decode(), options=_OPTIONS, merge_text=True)):
            tag, _ = _tag(block[0][0])
            text, line = self._shown(block), self._line_at(block)
            if tag == "Heading":
                found.append(Section(text, line, [], []))
            elif tag == "Item":
                found[-1].bullets.append(self._bullet(block, text))
            else:
                found[-1].strays.append(Bullet(self._source(block), line, _FOREIGN.get(tag, tag)))
        return tuple(found)

    def _bullet(self, item: list[Event], text: str) -> Bullet:
        tags = [tag for event, _ in item if (tag := _tag(event)[0])]
        faults = [_FOREIGN.get(tag, tag) for tag in tags if tag not in _PLAIN]
        if tags.count("Paragraph") > 1:
            faults.append("deux paragraphes")
        shown = text if labels.words(text) or not faults else self._source(item[1:])
        return Bullet(shown, self._line_at(item), ", ".join(dict.fromkeys(faults)))

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
            elif text := event.get("Text") or event.get("Code"):
                pieces.append(text)
            elif event.get("Start") in ("Paragraph", "Item"):
                pieces.append(" ")
            elif not self.contact:
                self.contact = _address(event)
        text = _BLANKS.sub(" ", "".join(pieces)).strip()
        if smuggled := _SMUGGLED.search(text):
            told = f"caractère U+{ord(smuggled[0]):04X} interdit, même sous une autre écriture ; le supprimer"
            self.problems.append(Problem(self._name, self._line_at(events), told))
        return text

    def _line_at(self, events: list[Event]) -> int:
        """The line where these events begin."""
        return self._first + bisect_right(self._ends, events[0][1]["start"])


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
    found = detail["dest_url"].removeprefix("mailto:").partition("?")[0] if tag == "Link" else ""
    return found if _EMAIL.fullmatch(found) else ""
