"""The YAML that people edit, read strictly: plain values that remember their lines.

YAML is read as events, never as objects: an anchor, an alias, a deep nesting or a key
written twice is refused where it stands, so that no document can be a bomb.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from .problems import Invalid, Problem

MAX_DEPTH = 12
_TAG = "tag:yaml.org,2002:"


class Mapping(dict):
    """A YAML mapping; `line` is where it starts, `lines` where each of its keys stands."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def parse(text: str, name: str, first_line: int = 1) -> Mapping:
    """The single mapping that `text` holds, its first line numbered `first_line`.

    Values are str, int, bool, date, None, list and Mapping. Raises Invalid.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return _Composer(loader, name, first_line).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + mark.line if mark else None
        raise Invalid.because(name, line, f"YAML illisible : {error.problem}") from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise Invalid.because(name, None, f"YAML illisible : {reason}") from None
    finally:
        loader.dispose()


class _Composer:
    def __init__(self, loader: Any, name: str, first_line: int) -> None:
        self.loader, self.name, self.first_line = loader, name, first_line

    def document(self) -> Mapping:
        self.loader.get_event()
        if not self.loader.check_event(yaml.DocumentStartEvent):
            raise Invalid.because(self.name, None, "document YAML vide")
        self.loader.get_event()
        start = self.loader.peek_event()
        value = self._value(0)
        self.loader.get_event()
        if not self.loader.check_event(yaml.StreamEndEvent):
            raise self._fault(self.loader.peek_event(), "un seul document YAML est attendu")
        if not isinstance(value, Mapping):
            raise self._fault(start, "une liste de « clé: valeur » est attendue")
        return value

    def _value(self, depth: int) -> Any:
        event = self.loader.get_event()
        if depth > MAX_DEPTH:
            raise self._fault(event, f"plus de {MAX_DEPTH} niveaux d'imbrication")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._fault(event, "ancre ou alias YAML (& ou *) : écrire la valeur en entier")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(yaml.SequenceEndEvent, depth))
        return self._scalar(event)

    def _mapping(self, start: Any, depth: int) -> Mapping:
        found = Mapping(self._line(start))
        while not self.loader.check_event(yaml.MappingEndEvent):
            event = self.loader.peek_event()
            key = self._value(depth + 1)
            if isinstance(key, date):
                key = key.isoformat()
            if not isinstance(key, str):
                raise self._fault(event, "clé illisible : un texte est attendu")
            if key in found:
                raise self._fault(event, f"clé « {key} » écrite deux fois")
            found.lines[key] = self._line(event)
            found[key] = self._value(depth + 1)
        self.loader.get_event()
        return found

    def _items(self, end: type, depth: int) -> Iterator[Any]:
        while not self.loader.check_event(end):
            yield self._value(depth + 1)
        self.loader.get_event()

    def _scalar(self, event: Any) -> Any:
        text = event.value
        tag = event.tag or self.loader.resolve(yaml.ScalarNode, text, event.implicit)
        kind = tag.removeprefix(_TAG)
        try:
            match kind:
                case "str":
                    return text
                case "null":
                    return None
                case "bool":
                    return text.lower() in ("true", "yes", "on")
                case "int":
                    return int(text)
                case "timestamp":
                    return date.fromisoformat(text[:10])
        except ValueError:
            pass
        cure = "la mettre entre guillemets"
        if kind == "timestamp":
            cure = "ce n'est pas un jour AAAA-MM-JJ ; un texte se met entre guillemets"
        raise self._fault(event, f"valeur « {text[:80]} » illisible : {cure}")

    def _line(self, event: Any) -> int:
        return self.first_line + event.start_mark.line

    def _fault(self, event: Any, message: str) -> Invalid:
        return Invalid.because(self.name, self._line(event), message)


_KINDS = {
    str: "un texte (un numéro se met entre guillemets)",
    int: "un nombre entier",
    bool: "true ou false",
    date: "une date AAAA-MM-JJ",
    list: "une liste",
    Mapping: "une liste de « clé: valeur »",
}


class Fields:
    """Takes the fields of one mapping one by one, then reports those that nobody took."""

    def __init__(self, mapping: Any, name: str, line: int, problems: list[Problem]) -> None:
        readable = isinstance(mapping, Mapping)
        self.name, self.problems = name, problems
        self._mapping = mapping if readable else Mapping(line)
        self._taken: set[str] = set()
        if not readable:
            self.report(None, f"{_KINDS[Mapping]} est attendue")

    def take(self, key: str, kind: type, default: Any = None, *, required: bool = False) -> Any:
        """The value of `key`, or `default` where it is absent, empty or not of that kind."""
        self._taken.add(key)
        value = self._mapping.get(key)
        if value is None or value == "":
            if required:
                self.report(None, f"champ « {key} » manquant")
            return default
        if type(value) is not kind:
            self.report(key, f"champ « {key} » : {_KINDS[kind]} est attendu")
            return default
        return value

    def texts(self, key: str) -> Iterator[str]:
        """The texts of the list `key`, or its single text, after reporting those that are not texts."""
        single = isinstance(self._mapping.get(key), str)
        for value in [self.take(key, str, "")] if single else self.take(key, list, []):
            if isinstance(value, str) and value:
                yield value
            else:
                self.report(key, f"champ « {key} » : {_KINDS[str]} est attendu")

    def line_of(self, key: str | None) -> int:
        """The line of a key, or of the mapping when the key is not there."""
        return self._mapping.lines.get(key, self._mapping.line)

    def report(self, key: str | None, message: str) -> None:
        """Add a problem at the line of a key."""
        self.problems.append(Problem(self.name, self.line_of(key), message))

    def finish(self) -> None:
        """Report every key that was not taken."""
        for key in self._mapping:
            if key not in self._taken:
                self.report(key, f"champ « {key} » inconnu")
