"""The page: bytes in, sections and their bullets out, each with its line."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import pyromark

from . import files, records
from .problems import Invalid, Problem, raise_if_any

MAX_FRONT_MATTER = 65_536
_OPTIONS = (
    pyromark.Options.ENABLE_YAML_STYLE_METADATA_BLOCKS
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_REFUSED = f"\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffd-\uffff{_BIDI}"
_INVISIBLE = "\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb"
_UNWANTED = re.compile(f"[{_REFUSED}{_INVISIBLE}]")
_BLANKS = re.compile("[ \t\n]+")
_LEFT_OPEN = set("à au aux avec d dans de des du en et l la le les ou par pour sous sur".split())  # noqa: SIM905
_STRAYS = {
    "BlockQuote": "citation",
    "CodeBlock": "bloc de code (une puce trop en retrait ?)",
    "Heading": "titre",
    "HtmlBlock": "HTML",
    "Image": "image",
    "InlineHtml": "HTML",
    "List": "liste dans la liste",
    "MetadataBlock": "bloc « --- »",
    "Paragraph": "texte hors de la liste (un tiret oublié ?)",
    "Rule": "filet",
    "Strikethrough": "texte barré",
    "TaskListMarker": "case à cocher",
}

_ITEM, _ITEM_END = {"Start": "Item"}, {"End": "Item"}
_LONE = ("Rule", "InlineHtml", "TaskListMarker")  # the events that nothing ends


class Item(NamedTuple):
    """One bullet as the page shows it: text without Markdown marks, ends trimmed."""

    text: str
    line: int


class Section(NamedTuple):
    """What stands under one heading; `strays` are the lines of what is not a bullet, and why."""

    title: str
    line: int
    items: list[Item]
    strays: list[tuple[int, str]]


class Page(NamedTuple):
    """One version of the page. `contacts`: its mail addresses; `date`, `title`: its front matter's."""

    name: str
    sha256: str
    date: date
    title: str
    contacts: tuple[str, ...]
    sections: tuple[Section, ...]


def read(data: bytes, name: str) -> Page:
    """The page that the bytes hold; `name` is how messages call it.

    Raises Invalid with every unreadable place: encoding, characters, front matter, Markdown.
    """
    reader = _Reader(_text(data, name), name)
    sections = reader.sections()
    published, title = reader.front()
    shown = [(1, text) for text in (title, *reader.contacts)]
    for section in sections:
        shown += [(section.line, section.title), *((item.line, item.text) for item in section.items)]
    raise_if_any([*reader.problems, *_smuggled(shown, name)])
    digest = hashlib.sha256(data).hexdigest()
    return Page(name, digest, published, title, tuple(dict.fromkeys(reader.contacts)), sections)


def join(page: Page, lines: Iterable[int]) -> tuple[Page, set[int]]:
    """The page with the bullets at these lines joined to the bullet above, and the lines left over.

    A line is left over when no bullet starts there or when no bullet stands above it.
    """
    left = set(lines)
    sections = []
    for section in page.sections:
        items: list[Item] = []
        for item in section.items:
            if items and item.line in left:
                left.remove(item.line)
                items[-1] = items[-1]._replace(text=f"{items[-1].text} {item.text}")
            else:
                items.append(item)
        sections.append(section._replace(items=items))
    return page._replace(sections=tuple(sections)), left


def suspects(section: Section, name: str) -> Iterator[Problem]:
    """A problem for each bullet that looks like a line broken in two."""
    above = ""
    for item in section.items:
        reason = ""
        if item.text[:1].islower():
            reason = "commence par une minuscule"
        elif _last_word(above) in _LEFT_OPEN:
            reason = f"suit une puce qui finit par « {above.split()[-1]} »"
        if reason:
            cure = f"si elle continue la puce du dessus, ajouter « suite: [{item.line}] » dans pages.yml"
            yield Problem(name, item.line, f"« {item.text} » : puce coupée en deux ? elle {reason} ; {cure}")
        above = item.text


def _last_word(text: str) -> str:
    words = text.replace("'", " ").replace("’", " ").rsplit(None, 1)
    return words[-1].lower() if words else ""


def _text(data: bytes, name: str) -> str:
    """The text in NFC, its lines ended by LF, without its invisible characters."""
    text = files.decode(data, name).replace("\r\n", "\n").replace("\r", "\n")
    first = {}
    for match in _UNWANTED.finditer(text):
        first.setdefault(match[0], match.start())
    if first:
        refused = re.findall(f"[{_REFUSED}]", "".join(first))
        raise_if_any(_refusal(character, text, first[character], name) for character in refused)
        text = re.sub(f"[{_INVISIBLE}]", "", text)
    return unicodedata.normalize("NFC", text)


def _refusal(character: str, text: str, start: int, name: str) -> Problem:
    line = text.count("\n", 0, start) + 1
    return Problem(name, line, f"caractère U+{ord(character):04X} interdit ; le supprimer")


def _smuggled(shown: Iterable[tuple[int, str]], name: str) -> Iterator[Problem]:
    """The refused characters that a « &#1; » or a « \\x01 » became once it was read."""
    for line, text in shown:
        if match := _UNWANTED.search(text):
            message = f"caractère U+{ord(match[0]):04X} interdit, même sous une autre écriture ; le supprimer"
            yield Problem(name, line, message)


class _Reader:
    """Pulls the parser's events; every method consumes the events of what it reads."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.contacts: list[str] = []
        self._front: str | None = None
        self._bytes = text.encode()
        self._events = pyromark.events_with_range(text, options=_OPTIONS, merge_text=True)
        self._counted, self._line = 0, 1

    def sections(self) -> tuple[Section, ...]:
        """The whole page; what stands above the first heading is a section without title."""
        sections = [Section("", 1, [], [])]
        for event, span in self._events:
            here = sections[-1]
            tag, detail = _start(event)
            if tag == "Heading":
                line = self._line_at(span)
                sections.append(Section(self._prose("Heading"), line, [], []))
            elif tag == "List" and detail is None:
                here.items.extend(self._items())
            elif tag == "MetadataBlock" and span["start"] == 0:
                self._front = self._prose("MetadataBlock", raw=True)
            else:
                what = "liste numérotée" if tag == "List" else _STRAYS[tag]
                here.strays.append((self._line_at(span), what))
                if tag == "Paragraph":
                    self._prose("Paragraph")
                elif tag != "Rule":
                    self._skip()
        return tuple(sections)

    def front(self) -> tuple[date | None, str]:
        """The date and the title of the front matter; the date is None after reporting why."""
        if self._front is None:
            self._fault(1, "pas d'en-tête YAML ; la page commence par « --- », « date: AAAA-MM-JJ », « --- »")
            return None, ""
        if len(self._front) > MAX_FRONT_MATTER:
            self._fault(1, f"en-tête YAML trop long (plus de {MAX_FRONT_MATTER} caractères)")
            return None, ""
        try:
            front = records.parse(self._front, self.name, first_line=2)
        except Invalid as error:
            self.problems += error.problems
            return None, ""
        published = records.Fields(front, self.name, 1, self.problems).take("date", date, required=True)
        return published, str(front.get("title") or "")

    def _items(self) -> Iterator[Item]:
        for event, span in self._events:
            if event != _ITEM:
                return
            line = self._line_at(span)
            text, faults = self._item()
            if not text and not faults:
                faults.append("puce vide")
            for fault in dict.fromkeys(faults):
                self._fault(line, f"« {text} » : {fault} ; une puce est un simple texte")
            yield Item(text, line)

    def _item(self) -> tuple[str, list[str]]:
        pieces: list[str] = []
        faults: list[str] = []
        paragraphs = 0
        for event, _ in self._events:
            if "Text" in event:
                pieces.append(event["Text"])
                continue
            if event == _ITEM_END:
                break
            tag, detail = _start(event)
            if tag == "Paragraph":
                paragraphs += 1
                if paragraphs == 2:
                    faults.append("deux paragraphes")
            elif tag in _STRAYS:
                faults.append(_STRAYS[tag])
                if tag not in _LONE:
                    self._skip()
            else:
                pieces.append(self._inline(event, tag, detail))
        return _shown(pieces), faults

    def _prose(self, end: str, *, raw: bool = False) -> str:
        pieces: list[str] = []
        for event, _ in self._events:
            if isinstance(event, dict) and _name(event.get("End"))[0] == end:
                break
            pieces.append(self._inline(event, *_start(event)))
        return "".join(pieces) if raw else _shown(pieces)

    def _inline(self, event: Any, tag: str | None, detail: Any) -> str:
        """The text that an inline event shows."""
        if isinstance(event, str):
            return " "
        if tag == "Link" and detail["dest_url"].startswith("mailto:"):
            self.contacts.append(detail["dest_url"].removeprefix("mailto:"))
        return event.get("Text") or event.get("Code") or ""

    def _skip(self) -> None:
        depth = 1
        for event, _ in self._events:
            if isinstance(event, dict):
                depth += ("Start" in event) - ("End" in event)
            if depth == 0:
                return

    def _line_at(self, span: Any) -> int:
        """The line of a byte offset; offsets only grow, so each byte is counted once."""
        self._line += self._bytes.count(b"\n", self._counted, span["start"])
        self._counted = span["start"]
        return self._line

    def _fault(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.name, line, message))


def _start(event: Any) -> tuple[str | None, Any]:
    """The name and detail of the element that an event opens, or that it is by itself."""
    if isinstance(event, dict) and "Start" in event:
        return _name(event["Start"])
    name = _name(event)[0]
    return (name if name in _LONE else None), None


def _name(tag: Any) -> tuple[str | None, Any]:
    return next(iter(tag.items())) if isinstance(tag, dict) else (tag, None)


def _shown(pieces: list[str]) -> str:
    """The text as a browser shows it: runs of blanks are one space, the ends are trimmed."""
    text = "".join(pieces)
    if "  " in text or "\t" in text or "\n" in text:  # most texts have nothing to change
        text = _BLANKS.sub(" ", text)
    return text.strip()
