"""The JSON Schemas that decide what an edited file may hold."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from helpers import ROOT

FILES = [*ROOT.glob("schemas/source/*.json"), *ROOT.glob("schemas/distribution/*.json")]


def find_patterns(part: Any) -> Iterator[str]:
    """Yield every pattern of a part of a JSON Schema."""
    if isinstance(part, list):
        for element in part:
            yield from find_patterns(element)
    if not isinstance(part, dict):
        return
    for key, value in part.items():
        if key == "pattern" and isinstance(value, str):
            yield value
        else:
            yield from find_patterns(value)


@pytest.mark.parametrize("name", sorted(path.name for path in FILES))
def test_no_pattern_lets_a_newline_through_at_the_end(name):
    (path,) = [path for path in FILES if path.name == name]
    patterns = list(find_patterns(json.loads(path.read_bytes())))

    assert patterns
    # In Python, `$` alone also matches before a newline that ends the text.
    assert [pattern for pattern in patterns if not pattern.endswith("$(?!\\n)")] == []
    assert [pattern for pattern in patterns if not pattern.startswith("^")] == []
