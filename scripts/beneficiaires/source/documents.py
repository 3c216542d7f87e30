"""The files that people edit (YAML, CSV, JSON): their plain values, and the line of each value.

A document is checked with the JSON Schema that editors use. Every fault is reported at its line.
"""

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from .. import wording
from ..errors import Problem, ProblemCollector, ProblemsFound
from ..files import decode_utf8, parse_json
from ..text import find_forbidden_char

ValuePath = tuple[str | int, ...]
"""Where a value stands in a document: keys and positions, from the top."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_COLLECTION_TAGS = frozenset([_TAG + "seq", _TAG + "map"])
_CONSTRUCTED_TAGS = frozenset([_TAG + "null", _TAG + "bool", _TAG + "int"])
_TEXT_TAGS = frozenset([_TAG + "str", _TAG + "timestamp", _TAG + "float"])


@dataclass(frozen=True)
class Document:
    """A file that people edit: its text, its plain value, and the line of each path in it."""

    name: str
    text: str
    value: Any
    lines: Mapping[ValuePath, int]

    def find_line(self, *path: str | int) -> int:
        """Return the line of what stands at a path, or of the nearest value that contains it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def make_problem(self, message: str, *path: str | int) -> Problem:
        """Return a problem at the line of what stands at a path."""
        return Problem(self.name, self.find_line(*path), message)


def parse_yaml(data: bytes, name: str) -> Document:
    """Return the document that a YAML file holds. Texts, dates and decimals are read as texts.

    Raises ProblemsFound for what is not YAML, for aliases, for tags that are not those of plain
    values, and for keys written twice.
    """
    text = _decode_edited_text(data, name)
    try:
        loader = _LOADER(text)
        root = loader.get_single_node()
        reader = _YamlReader(name, loader)
        value = None if root is None else reader.read_value(root, ())
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise ProblemsFound.single(name, line, wording.invalid_yaml()) from None
    reader.problems.raise_if_any()
    return Document(name, text, value, reader.lines)


def parse_csv(data: bytes, name: str) -> Document:
    """Return the document that a CSV file holds: a list with a dictionary of texts for each row.

    Raises ProblemsFound for a column written twice, and for a row whose number of cells is not that
    of the header.
    """
    text = _decode_edited_text(data, name)
    problems = ProblemCollector()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, str]] = []
    lines: dict[ValuePath, int] = {}
    try:
        header = next(reader, [])
        if len(set(header)) < len(header):
            problems.add(name, 1, wording.column_written_twice())
        first_line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                lines[(len(rows),)] = first_line
                rows.append(dict(zip(header, cells, strict=True)))
            else:
                message = wording.wrong_number_of_cells(len(cells), len(header))
                problems.add(name, first_line, message)
            first_line = reader.line_num + 1
    except csv.Error:
        raise ProblemsFound.single(name, reader.line_num, wording.invalid_csv()) from None
    problems.raise_if_any()
    return Document(name, text, rows, lines)


def parse_json_document(data: bytes, name: str) -> Document:
    """Return the document that a JSON file holds. Raises ProblemsFound.

    JSON is YAML, whose nodes know their lines; for the rare text that the YAML parser refuses (a
    key of more than 1,024 characters) every value is on line 1.
    """
    text = _decode_edited_text(data, name)
    value = parse_json(data, name)
    try:
        loader = _LOADER(text)
        reader = _YamlReader(name, loader)
        reader.read_value(loader.get_single_node(), ())
    except (yaml.YAMLError, RecursionError):
        return Document(name, text, value, {})
    reader.problems.raise_if_any()
    return Document(name, text, value, reader.lines)


def check_schema(document: Document, schema: Mapping[str, Any]) -> None:
    """Raise ProblemsFound with every fault of a document against a JSON Schema, or with its own."""
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    problems = ProblemCollector()
    try:
        for error in validator.iter_errors(document.value):
            problems.extend(_describe_error(document, schema, best_match([error])))
    except Exception as error:  # a schema that is wrong itself fails in many ways
        problems.add(document.name, None, wording.broken_json_schema(type(error).__name__))
    problems.raise_if_any()


class _YamlReader:
    """Reads the plain values of YAML nodes, and remembers the line of each path."""

    def __init__(self, name: str, loader: Any) -> None:
        self.name = name
        self.loader = loader
        self.lines: dict[ValuePath, int] = {}
        self.problems = ProblemCollector()
        self._node_ids: set[int] = set()

    def read_value(self, node: yaml.Node, path: ValuePath) -> Any:
        """Return the plain value of a node, which stands at a path."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._node_ids:
            self.problems.add(self.name, line, wording.yaml_anchor())
            return None
        self._node_ids.add(id(node))
        if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTION_TAGS:
            self.problems.add(self.name, line, wording.yaml_tag(node.tag.removeprefix(_TAG)))
            return None
        if isinstance(node, yaml.SequenceNode):
            return [
                self.read_value(child, (*path, index)) for index, child in enumerate(node.value)
            ]
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, path)
        return self._read_scalar(node)

    def _read_mapping(self, node: yaml.MappingNode, path: ValuePath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.add(self.name, line, wording.yaml_key_is_not_text())
            elif self._has_forbidden_char(key_node):
                continue
            elif key in mapping:
                self.problems.add(self.name, line, wording.duplicate_key(key))
            else:
                self.lines[(*path, key)] = line
                mapping[key] = self.read_value(child, (*path, key))
        return mapping

    def _read_scalar(self, node: yaml.ScalarNode) -> Any:
        if self._has_forbidden_char(node):
            return None
        if node.tag in _TEXT_TAGS:
            return node.value
        if node.tag in _CONSTRUCTED_TAGS:
            # A tag written by hand, such as « !!int x », may not fit its value.
            with suppress(ValueError, KeyError):
                return self.loader.construct_object(node)
        line = node.start_mark.line + 1
        self.problems.add(self.name, line, wording.unquoted_yaml_value(node.value))
        return None

    def _has_forbidden_char(self, node: yaml.ScalarNode) -> bool:
        """Return whether a text has a forbidden character, as an escape such as « \\u202e ».

        Report it.
        """
        index = find_forbidden_char(node.value)
        if index is None:
            return False
        message = wording.forbidden_character(node.value[index])
        self.problems.add(self.name, node.start_mark.line + 1, message)
        return True


def _decode_edited_text(data: bytes, name: str) -> str:
    """Return the text of an edited file. Raises ProblemsFound for a forbidden character."""
    text = decode_utf8(data, name)
    problems = ProblemCollector()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        index = find_forbidden_char(line, allowed="\t")
        if index is not None:
            problems.add(name, number, wording.forbidden_character(line[index]))
    problems.raise_if_any()
    return text


def _describe_error(
    document: Document, schema: Mapping[str, Any], error: ValidationError
) -> Iterator[Problem]:
    """Yield the problems that an error of jsonschema stands for, in French, at their lines."""
    path = tuple(error.absolute_path)
    properties = error.schema.get("properties", {})
    if error.validator == "required":
        for field in error.validator_value:
            if field not in error.instance:
                part = _expand_reference(schema, properties.get(field, {}))
                description = part.get("description") or part.get("patternErrorMessage")
                yield document.make_problem(wording.missing_field(field, description), *path)
    elif error.validator == "additionalProperties":
        for field in error.instance:
            if field not in properties:
                similar_fields = difflib.get_close_matches(field, properties, 1, 0.5)
                message = wording.unknown_field(field, similar_fields)
                yield document.make_problem(message, *path, field)
    else:
        if "propertyNames" in error.absolute_schema_path:
            path = (*path, error.instance)
        names = [step for step in path if isinstance(step, str)]
        field = names[-1] if names else None
        expected = error.schema.get("patternErrorMessage") or _find_description(schema, error)
        message = wording.invalid_value(field, expected, error.instance)
        yield document.make_problem(message, *path)


def _find_description(schema: Mapping[str, Any], error: ValidationError) -> str | None:
    """Return the innermost description on the way from a JSON Schema to the rule that failed."""
    part = _expand_reference(schema, schema)
    description = schema.get("description")
    for step in error.absolute_schema_path:
        part = _expand_reference(schema, part[step])
        if isinstance(part, dict) and isinstance(part.get("description"), str):
            description = part["description"]
    return description


def _expand_reference(schema: Mapping[str, Any], part: Any) -> Any:
    """Return a part of a JSON Schema with what its reference, such as « #/$defs/slug », names.

    What stands beside the reference prevails. The path of an error of jsonschema leaves it out.
    """
    if not isinstance(part, dict) or not isinstance(part.get("$ref"), str):
        return part
    target: Any = schema
    for step in part["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**_expand_reference(schema, target), **part}
