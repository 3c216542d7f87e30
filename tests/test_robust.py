"""Whatever a person breaks, a command says so in lines: no traceback, and nothing is written."""

import json
import re
import shutil

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import call, copy

JSON = ["datapackage.json", "published.json", "schemas/beneficiaires.json", "schemas/versions.json"]
YAML = [
    f"source/{name}.yml"
    for name in ("corrections", "marches", "organismes", "pages", "publication")
]
LINE = re.compile(r"\S[^:]*(:\d+)?: \S.*")

REMOVED = object()
ODD = st.sampled_from([REMOVED, None, True, -1, 1.5, 10**30, float("nan"), "", "x", "é\n", "../x", "\ud800", "\x07", "2999-01-01", [], {}, [[]], {"": None}])  # fmt: skip
TEXT = st.sampled_from(["", "\n", "- ", ": ", "a: b\n", "{", "]", '"', "\\", "&a ", "*a", "!!set ", "? ", "\t", "\x07", "\u2028", "é", "<!--", "# "])  # fmt: skip
PLACE = st.integers(0, 10**6)
BREAK = st.tuples(PLACE, ODD)
CUT = st.tuples(PLACE, st.integers(0, 40), TEXT)
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def parts(value):
    """Every part of a value: what holds it, and its key there."""
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, below in entries:
        yield value, key
        yield from parts(below)


def broken(value, place: int, odd: object):
    """The value with one of its parts replaced or removed, or the whole of it."""
    root = {"": value}
    found = list(parts(root))
    holder, key = found[place % len(found)]
    holder[key] = odd
    if odd is REMOVED:
        del holder[key]
    return root.get("")


def spoilt(text: str, name: str, change: tuple) -> bytes:
    """The text of a file with a part of its value broken, or some of its characters replaced."""
    if len(change) == 3:
        place, length, new = change
        at = place % (len(text) + 1)
        text = text[:at] + new + text[at + length :]
    elif name.endswith(".json"):
        text = json.dumps(broken(json.loads(text), *change))
    else:
        text = yaml.safe_dump(broken(yaml.safe_load(text), *change), allow_unicode=True)
    return text.encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy(tmp_path_factory.mktemp("robust") / "checkout")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A package of one table, without sources: what frictionless reads quickly."""
    checkout = copy(tmp_path_factory.mktemp("robust") / "small")
    shutil.rmtree(checkout.root / "source")
    descriptor = json.loads(checkout.text("datapackage.json"))
    descriptor["resources"] = [
        each for each in descriptor["resources"] if "versions" in each["name"]
    ]
    checkout.write("datapackage.json", json.dumps(descriptor))
    return checkout


def survives(checkout, command: str, files: dict[str, bytes], *args) -> None:
    """Run a command on a checkout where files have these bytes; then put everything back."""
    before = checkout.state()
    try:
        for name, data in files.items():
            (checkout.root / name).write_bytes(data)
        result = checkout.call(command, *args)
        after = checkout.state()
        assert result.status == 0 or (result.status, after) == (1, before | files)
        assert bool(result.err) == bool(result.status)
        assert all(LINE.fullmatch(line) for line in result.err.splitlines()), result.err
    finally:
        for name, data in before.items():
            (checkout.root / name).write_bytes(data)


@quick
@given(st.sampled_from(JSON + YAML), BREAK | CUT)
@example("schemas/versions.json", (0, {"fields": {}}))
@example("published.json", (0, {"version": "x", "champs": [], "organismes": [[]]}))
def test_what_people_edit_may_be_broken_anyhow(project, name, change):
    survives(project, "extract", {name: spoilt(project.text(name), name, change)})


@quick
@given(
    st.sampled_from(["datapackage.json", "schemas/versions.json", "data/versions.json"]),
    BREAK | CUT,
)
@example("datapackage.json", (0, []))
@example("data/versions.json", (0, {}))
def test_a_package_may_be_broken_anyhow(small, name, change):
    data = spoilt(small.text(name), name, change)
    survives(small, "validate", {name: data}, small.root / "datapackage.json")


BREAKS = {
    "no schema": ("datapackage.json", lambda d: d["resources"][0].pop("schema"), "champ « schema » manquant"),
    "version": ("datapackage.json", lambda d: d.update(version="deux"), "champ « version » : trois nombres"),
    "fields": ("schemas/marches.json", lambda s: s.update(fields={}), "champ « fields » : une autre forme est attendue"),
    "example": ("schemas/marches.json", lambda s: s["fields"][0].pop("example"), "champ « example » manquant"),
    "promise": ("published.json", lambda p: p.pop("champs"), "champ « champs » manquant"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BREAKS)
def test_a_missing_or_odd_part_is_named(checkout, fault):
    name, change, words = BREAKS[fault]
    checkout.edit_json(name, change)
    result = checkout.call("extract")
    assert result.status == 1
    assert re.fullmatch(rf"{name}(:\d+)?: .*{re.escape(words)}.*\n", result.err)


def test_a_schema_is_no_package_and_says_so(project):
    result = call("validate", project.root / "schemas/marches.json")
    assert (result.status, result.out.split()[0]) == (1, "descripteur")
    assert "marches.json:1: champ « resources » manquant" in result.err.splitlines()
    assert "lecture impossible" in call("validate", project.root / "nothing.json").err
