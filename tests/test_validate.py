"""A package that is wrong is told so, in lines; whatever a person breaks, nothing ends in a traceback."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ROOT, call, copy, page


def test_the_published_package_is_valid():
    result = call("validate")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[-1] for line in result.out.splitlines()] == ["ok"] * 8


def edit_row(old, new):
    return lambda checkout: checkout.replace("data/beneficiaires.csv", old, new)


def edit_json(name, change):
    def edit(checkout):
        value = json.loads(checkout.text(name))
        change(value)
        checkout.write(name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    return edit


FAULTS = {
    "type": (edit_row(",Sorbonne Université.,23,", ",Sorbonne Université.,vingt,"), "type-error"),
    "enum": (edit_row(",juridiction,", ",tribunal,"), "constraint-error"),
    "foreign key": (edit_row("expertise,cour-des-comptes,", "conseil,cour-des-comptes,"), "foreign-key"),
    "primary key": (edit_row("expertise,cour-des-comptes,", "expertise,conseil-constitutionnel,"), "primary-key"),
    "hash": (edit_row("La Cour des comptes", "La cour des comptes"), "empreinte sha256"),
    "hash of a JSON file": (lambda c: c.replace("data/versions.json", "2022-01-18", "2022-01-19"), "empreinte sha256"),
    "twins": (lambda c: c.replace("data/versions.json", "2022-01-18", "2022-01-19"), "ne dit pas ce que dit"),
    "built": (lambda c: c.edit("data/README.md", lambda text: text + "\n"), "data/README.md: n'est pas ce que"),
    "example": (edit_json("schemas/versions.json", lambda s: s["fields"][0].update(example="hier")), "exemple du champ"),
    "promise": (
        edit_json("published.json", lambda p: p.update(version="2.0.0", champs={"marches": ["marche"]})),
        "doit être une version majeure",
    ),
    "wording": (
        lambda c: c.replace("source/organismes.yml", "  nom: Cour des comptes\n", "  nom: Cour des comptes\n  libelles: [Haute cour]\n"),
        "aucune version ne l'emploie",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_package_is_told(checkout, fault):
    change, words = FAULTS[fault]
    change(checkout)
    result = checkout.call("validate")
    assert words in result.err
    assert result.status == (0 if fault == "wording" else 1)


def test_a_bullet_that_the_parser_would_lose_is_found_by_its_first_characters(checkout, monkeypatch):
    checkout.only(page("Sorbonne Université", "Cour des comptes"))
    read = __import__("beneficiaires.page", fromlist=["read"]).read

    def forgetful(data, name):
        return read(data.replace(b"- Cour des comptes\n", b""), name)

    monkeypatch.setattr("beneficiaires.page.read", forgetful)
    checkout.call("extract")
    assert "source/pages/2024-11-26.md:11: une puce sans ligne" in checkout.call("validate").err


def test_a_package_without_its_sources_is_validated_too(tmp_path):
    call("extract", "--out", tmp_path)
    (tmp_path / "schemas").symlink_to(ROOT / "schemas")
    result = call("validate", tmp_path / "datapackage.json")
    assert (result.status, len(result.out.splitlines())) == (0, 3)


def test_github_gets_annotations(checkout, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    checkout.replace("source/organismes.yml", 'siren: "130023385"', "siren: 130023385")
    assert re.search(
        r"^::error file=source/organismes.yml,line=\d+::champ « siren »",
        checkout.call("validate").out,
        re.MULTILINE,
    )


BROKEN = {
    "a schema for a descriptor": ("validate", lambda c: c.root / "schemas/marches.json", lambda c: None),
    "no format": ("validate", None, edit_json("datapackage.json", lambda d: d["resources"][0].pop("format"))),
    "no schema": ("validate", None, edit_json("datapackage.json", lambda d: d["resources"][0].pop("schema"))),
    "no title": ("extract", None, edit_json("datapackage.json", lambda d: d.pop("title"))),
    "fields that are no list": ("extract", None, edit_json("schemas/marches.json", lambda s: s.update(fields={}))),
    "a list": ("validate", None, lambda c: c.write("datapackage.json", "[]")),
    "not JSON": ("extract", None, lambda c: c.write("published.json", "{")),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_what_a_person_breaks_is_told_in_lines(checkout, broken):
    command, argument, change = BROKEN[broken]
    change(checkout)
    result = checkout.call(command, *([argument(checkout)] if argument else []))
    assert result.status == 1
    assert all(": " in line for line in result.err.splitlines())


FILES = ["datapackage.json", "published.json", "schemas/marches.json", "schemas/beneficiaires.json",
         "source/organismes.yml", "source/marches.yml", "source/pages.yml", "source/publication.yml"]  # fmt: skip


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    return copy(tmp_path_factory.mktemp("spoilt") / "checkout")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.integers(0, 10**6), st.sampled_from(["", "null", "12", "[]", "{}", '"x"', "\n", "- ", "a: b\n", ": ", "\\", "é", "\x07"]), st.integers(0, 40))  # fmt: skip
def test_no_mutation_of_what_people_edit_ends_in_a_traceback_or_is_half_written(
    spoilt, name, place, new, length
):
    text = spoilt.text(name)
    at = place % len(text)
    before = {key: data for key, data in spoilt.state().items() if key.startswith("data/")}
    spoilt.write(name, text[:at] + new + text[at + length :])
    try:
        result = spoilt.call("extract", "--out", spoilt.root.parent / "out")
        assert result.status in (0, 1)
        assert bool(result.err) == bool(result.status)
        assert {key: data for key, data in spoilt.state().items() if key.startswith("data/")} == before
    finally:
        spoilt.write(name, text)
