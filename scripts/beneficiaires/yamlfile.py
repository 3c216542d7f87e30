"""The YAML that people edit, read into declarative models: every fault told at its line, all at once.

A model is a msgspec Struct; the descriptions of its fields are both the messages and, as JSON
Schema, the help of editors. Aliases and keys written twice are refused where they stand.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, TypeVar, get_args, get_origin

import msgspec
import yaml

from .labels import INVISIBLE, REFUSED
from .problems import Invalid, Problem, raise_if_any

Path = tuple[str | int, ...]
Model = TypeVar("Model")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLACE = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.DOTALL)
_EDGED = re.compile(r"[\t\n]|^\s|\s$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")


class Document(msgspec.Struct, frozen=True):
    """A YAML file: its plain values, and the nodes that know their lines; both None when it is empty."""

    name: str
    text: str
    value: Any
    root: yaml.Node | None

    def line(self, *path: str | int) -> int:
        """The line of what stands at a path of keys and places, or of the nearest that contains it."""
        key = node = self.root
        for step in path:
            key, node = _children(node).get(step, (key, None))
        return key.start_mark.line + 1 if key else 1

    def problem(self, message: str, *path: str | int) -> Problem:
        """A problem at the line of what stands at a path."""
        return Problem(self.name, self.line(*path), message)

    def read(self, model: type[Model]) -> Model:
        """The value as a model, or as a dict or list of them. Raises Invalid with every fault."""
        value = (get_origin(model) or dict)() if self.value is None else self.value
        try:
            return msgspec.convert(value, model)
        except msgspec.ValidationError:
            faults = _faults(deepcopy(value), model)
            raise Invalid(self.problem(message, *path) for path, message in faults) from None


def parse(text: str, name: str) -> Document:
    """The document that a YAML text holds. Raises Invalid."""
    raise_if_any(_forbidden(text, name))
    loader = _LOADER(text)
    problems: list[Problem] = []
    try:
        root = loader.get_single_node()
        value = None if root is None else _value(loader, root, name, problems, set())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise Invalid.because(name, mark and mark.line + 1, f"YAML illisible : {message}") from None
    except RecursionError:
        raise Invalid.because(name, None, "YAML illisible : trop de niveaux d'imbrication") from None
    raise_if_any(problems)
    return Document(name, text, value, root)


def _children(node: yaml.Node | None) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
    """The nodes below a node, each with the node of its key, by key or place."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, child) for key, child in node.value}
    if isinstance(node, yaml.SequenceNode):
        return dict(enumerate(zip(node.value, node.value, strict=True)))
    return {}


def schema(model: Any, title: str) -> dict[str, Any]:
    """The JSON Schema of a model: what an editor completes and checks with."""
    found = msgspec.json.schema(model)
    for definition in found["$defs"].values():
        definition.pop("description", None)  # the docstring of the model, which is for programmers
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **found}


def _forbidden(text: str, name: str) -> Iterator[Problem]:
    for number, line in enumerate(text.splitlines(), 1):
        for character in {*REFUSED.findall(line), *INVISIBLE.findall(line)}:
            yield Problem(name, number, f"caractère U+{ord(character):04X} interdit ; le supprimer")


def _value(loader: Any, node: yaml.Node, name: str, problems: list[Problem], seen: set[int]) -> Any:
    """The plain value of a node; what is wrong with it is added to the problems."""

    def fault(at: yaml.Node, message: str) -> None:
        problems.append(Problem(name, at.start_mark.line + 1, message))

    if id(node) in seen:
        fault(node, "ancre ou alias YAML (& ou *) : écrire la valeur en entier")
        return None
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, child, name, problems, seen) for child in node.value]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                fault(key, "une clé est un texte")
            elif key.value in found:
                fault(key, f"clé « {key.value} » écrite deux fois")
            else:
                found[key.value] = _value(loader, child, name, problems, seen)
        return found
    try:
        value = loader.construct_object(node)
    except (ValueError, yaml.YAMLError):
        value = None
        fault(node, f"« {node.value} » illisible ; un texte se met entre guillemets")
    if isinstance(value, str) and any(each.search(value) for each in (REFUSED, INVISIBLE, _EDGED)):
        fault(node, f"{value!r} : ni retour à la ligne, ni blanc au bord, ni caractère invisible")
    return value


def _faults(value: Any, model: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every fault of a value against its model: what is wrong is taken out, and the rest tried again."""
    entries = {dict: lambda: value.items(), list: lambda: enumerate(value)}.get(get_origin(model))
    if entries and isinstance(value, get_origin(model)):
        for key, entry in entries():
            yield from _faults(entry, get_args(model)[-1], (*path, key))
        return
    told: set[Path] = set()
    while True:
        try:
            msgspec.convert(value, model)
            return
        except msgspec.ValidationError as error:
            reason, place = _PLACE.match(str(error)).groups()
        at = tuple(key or int(number) for key, number in _STEP.findall(place or ""))
        missing = _MISSING.match(reason)
        unknown = _UNKNOWN.match(reason)
        field = (*at, (missing or unknown)[1]) if missing or unknown else at
        if not any(old[: len(field)] == field for old in told):
            found = None if missing else _at(value, field)
            yield (*path, *field), _message(model, field, bool(missing), bool(unknown), found)
        told.add(field)
        gone = at if missing else field
        while gone and isinstance(gone[-1], int):
            gone = gone[:-1]
        if not gone:
            return
        del _at(value, gone[:-1])[gone[-1]]


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _message(model: Any, path: Path, missing: bool, unknown: bool, value: Any) -> str:
    """What is expected at a path, in the words of the model."""
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    called = f"champ « {name} »" if name else "entrée"
    if unknown:
        fields = _described(model, path[:-1])[0].get("properties", {})
        near = difflib.get_close_matches(name, fields, 1, 0.5)
        return f"{called} inconnu" + "".join(f" ; proche de « {each} »" for each in near)
    expected = _described(model, path)[1]
    return f"{called} manquant : {expected}" if missing else f"{called} : {expected} ; lu : {value!r}"


def _described(model: Any, path: Path) -> tuple[dict[str, Any], str]:
    """The part of the model's JSON Schema at a path, and its description or that of what holds it."""
    whole = msgspec.json.schema(model)
    part, description = _behind(whole, whole), "une autre forme est attendue"
    for step in path:
        below = part.get("items", {}) if isinstance(step, int) else part.get("properties", {}).get(step, {})
        description = below.get("description", description)
        part = _behind(below, whole)
    return part, description


def _behind(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to, or the choice that has parts of its own."""
    choices = [part, *part.get("anyOf", ())]
    named = next((choice["$ref"] for choice in choices if "$ref" in choice), None)
    if named:
        return whole["$defs"][named.rpartition("/")[2]]
    return next((choice for choice in choices if "items" in choice), part)
