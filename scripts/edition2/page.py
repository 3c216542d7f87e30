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
from .sources import HIDDEN, INVISIBLE, REFUSED

_OPTIONS = pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS
_BLANKS = re.compile("[ \t\n]{2,}|[\t\n]")  # all but the single space that replaces them
_SMUGGLED = re.compile(HIDDEN)
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
    if refused := re.search(REFUSED, text):
        line = text.count("\n", 0, refused.start()) + 1
        raise Invalid.because(name, line, f"caractère U+{ord(refused[0]):04X} interdit ; le supprimer")
    text = unicodedata.normalize("NFC", re.sub(INVISIBLE, "", text))
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
            line = self._first + bisect_right(self._ends, block[0][1]["start"])
            text, tags = self._shown(block, line)
            if tags[0] == "Heading":
                found.append(Section(text, line, [], []))
            elif tags[0] == "Item":
                faults = [_FOREIGN.get(tag, tag) for tag in tags if tag not in _PLAIN]
                faults += ["deux paragraphes"] if tags.count("Paragraph") > 1 else []
                shown = text if labels.words(text) or not faults else self._source(block[1])
                found[-1].bullets.append(Bullet(shown, line, ", ".join(dict.fromkeys(faults))))
            else:
                found[-1].strays.append(Bullet(self._source(block[0]), line, _FOREIGN.get(tags[0], tags[0])))
        return tuple(found)

    def _source(self, event: Event) -> str:
        """The text of an event as the file has it, on one line."""
        span = event[1]
        return _BLANKS.sub(" ", self._body[span["start"] : span["end"]].decode()).strip()

    def _shown(self, block: list[Event], line: int) -> tuple[str, list[str]]:
        """The text as a browser shows it, runs of blanks as one space; and the names of what it is made of."""
        pieces, tags = [], []
        for event, _ in block:
            kind, value = (event, " ") if isinstance(event, str) else next(iter(event.items()))
            if kind == "Start":
                tag, detail = (value, {}) if isinstance(value, str) else next(iter(value.items()))
                tags.append(tag)
                pieces.append(" " if tag in ("Paragraph", "Item") else "")
                if tag == "Link" and not self.contact:
                    self.contact = _address(detail["dest_url"])
            elif kind in _FOREIGN:
                tags.append(kind)
            elif kind in ("Text", "Code", "SoftBreak", "HardBreak"):
                pieces.append(value)
        text = _BLANKS.sub(" ", "".join(pieces)).strip()
        if smuggled := _SMUGGLED.search(text):
            told = f"caractère U+{ord(smuggled[0]):04X} interdit, même sous une autre écriture ; le supprimer"
            self.problems.append(Problem(self._name, line, told))
        return text, tags


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


def _address(target: str) -> str:
    """The mail address that a link leads to, or ""."""
    found = target.removeprefix("mailto:").partition("?")[0]
    return found if _EMAIL.fullmatch(found) else ""
