"""The YAML that people edit, read into declarative models: every fault told at its line, all at once.

A model is a msgspec Struct; the descriptions of its fields are both the messages and, as JSON
Schema, the help of editors. Aliases and keys written twice are refused where they stand.
"""

import difflib
import re
from collections.abc import Iterator
from typing import Any, TypeVar, get_origin

import msgspec
import yaml

from .problems import Invalid, Problem, raise_if_any
from .sources import HIDDEN

Model = TypeVar("Model")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        value = (get_origin(model) or dict)() if self.value is None else msgspec.to_builtins(self.value)
        try:
            return msgspec.convert(value, model)
        except msgspec.ValidationError as error:
            raise_if_any(self.problem(message, *path) for message, *path in _faults(value, schema(model)))
            raise Invalid([self.problem(str(error))]) from None


def parse(text: str, name: str) -> Document:
    """The document that a YAML text holds. Raises Invalid."""
    raise_if_any(_forbidden(text, name))
    loader, faults = _LOADER(text), []
    try:
        root = loader.get_single_node()
        value = None if root is None else _value(loader, root, faults, set())
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise Invalid.because(name, mark and mark.line + 1, f"YAML illisible : {message}") from None
    raise_if_any(Problem(name, node.start_mark.line + 1, message) for node, message in faults)
    return Document(name, text, value, root)


def schema(model: Any, title: str = "") -> dict[str, Any]:
    """The JSON Schema of a model: what an editor completes and checks with."""
    found = msgspec.json.schema(model)
    for definition in found["$defs"].values():
        definition.pop("description", None)  # the docstring of the model, which is for programmers
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **found}


def _children(node: yaml.Node | None) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
    """The nodes below a node, each with the node of its key, by key or place."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, child) for key, child in node.value}
    if isinstance(node, yaml.SequenceNode):
        return dict(enumerate(zip(node.value, node.value, strict=True)))
    return {}


def _forbidden(text: str, name: str) -> Iterator[Problem]:
    for number, line in enumerate(text.splitlines(), 1):
        for character in set(re.findall(HIDDEN, line)):
            yield Problem(name, number, f"caractère U+{ord(character):04X} interdit ; le supprimer")


def _value(loader: Any, node: yaml.Node, faults: list[tuple[yaml.Node, str]], seen: set[int]) -> Any:
    """The plain value of a node; what is wrong with it is added to the faults."""
    if id(node) in seen:
        faults.append((node, "ancre ou alias YAML (& ou *) : écrire la valeur en entier"))
        return None
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, child, faults, seen) for child in node.value]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                faults.append((key, "une clé est un texte"))
            elif key.value in found:
                faults.append((key, f"clé « {key.value} » écrite deux fois"))
            else:
                found[key.value] = _value(loader, child, faults, seen)
        return found
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.YAMLError):
        faults.append((node, f"« {node.value} » illisible ; un texte se met entre guillemets"))


def _faults(value: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Each fault of a value against a JSON Schema: its message, then the path of what it is about."""
    from jsonschema import Draft202012Validator, exceptions  # slow to load: only a fault pays for it

    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in map(exceptions.best_match, ([each] for each in validator.iter_errors(value))):
        path, fields = [*error.absolute_path], error.schema.get("properties", {})
        if error.validator == "required":
            for name in fields.keys() & set(error.validator_value) - error.instance.keys():
                told = fields[name].get("description")
                yield f"champ « {name} » manquant" + (f" : {told}" if told else ""), *path
        elif error.validator == "additionalProperties":
            for name in error.instance.keys() - fields.keys():
                near = difflib.get_close_matches(name, fields, 1, 0.5)
                yield f"champ « {name} » inconnu" + "".join(f" ; proche de « {each} »" for each in near), *path, name
        else:
            if "propertyNames" in error.absolute_schema_path:
                path.append(error.instance)
            name = next((f"champ « {step} »" for step in reversed(path) if isinstance(step, str)), "entrée")
            expected = error.schema.get("patternErrorMessage") or _described(schema, error.absolute_schema_path)
            yield f"{name} : {expected} ; lu : {error.instance!r}", *path


def _described(schema: dict[str, Any], path: Any) -> str:
    """The nearest description on the path to a part of a JSON Schema."""
    part, found = schema, "une autre forme est attendue"
    for step in path:
        if "$ref" in part and step not in part:  # what it leads to is not told on the path
            part = schema["$defs"][part["$ref"].rpartition("/")[2]]
        part = part[step]
        told = part.get("description") if isinstance(part, dict) else None
        found = told if isinstance(told, str) else found  # else it is the rule of a field of that name
    return found
