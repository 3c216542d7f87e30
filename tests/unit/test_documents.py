"""The files that people edit: plain values, the line of each, and every fault in French."""

from dataclasses import dataclass
from typing import Any

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.source.documents import (
    check_schema,
    parse_csv,
    parse_json_document,
    parse_yaml,
)

from .builders import assert_starts, parametrize_cases


@dataclass(frozen=True)
class FaultCase:
    """The bytes of a file, and the problems that they have, each by its beginning."""

    name: str
    data: bytes
    problems: list[str]


YAML_CASES = [
    FaultCase(
        name="not YAML",
        data=b"a: 1\nnom: Cour: des comptes\n",
        problems=["f.yml:2: YAML illisible ; vérifier les retraits"],
    ),
    FaultCase(
        name="a second document",
        data=b"a: 1\n---\nb: 2\n",
        problems=["f.yml:2: YAML illisible"],
    ),
    FaultCase(
        name="too deep",
        data=b"[" * 100_000,
        problems=["f.yml:1: YAML illisible"],
    ),
    FaultCase(
        name="too deep for Python rather than for YAML",
        data=b"[" * 990 + b"]" * 990,
        problems=["f.yml: YAML illisible"],
    ),
    FaultCase(
        name="an anchor that is used",
        data=b"a: 1\nb: &x texte\nc: *x\n",
        problems=["f.yml:2: ancre ou alias YAML (& ou *)"],
    ),
    FaultCase(
        name="a merge of mappings",
        data=b"a: &x {b: 1}\nc:\n  <<: *x\n",
        problems=["f.yml:1: ancre ou alias YAML"],
    ),
    FaultCase(
        name="an alias that holds itself",
        data=b"a: &x [*x]\n",
        problems=["f.yml:1: ancre ou alias YAML"],
    ),
    FaultCase(
        name="keys written twice, at two levels",
        data=b"a:\n  b: 1\n  b: 2\na: 3\n",
        problems=[
            "f.yml:3: clé « b » écrite deux fois ; en retirer une",
            "f.yml:4: clé « a » écrite deux fois",
        ],
    ),
    FaultCase(
        name="a key that is a list",
        data=b"a: 1\n? [b]\n: 2\n",
        problems=["f.yml:2: une clé doit être un texte"],
    ),
    FaultCase(
        name="tags",
        data=b"a: !!binary eA==\nb: !nom texte\nc: !!set {x}\nd: !liste [x]\n",
        problems=[
            "f.yml:1: « eA== » illisible ; mettre ce texte entre guillemets",
            "f.yml:2: « texte » illisible",
            "f.yml:3: étiquette YAML « set » ; la retirer",
            "f.yml:4: étiquette YAML « !liste » ; la retirer",
        ],
    ),
    FaultCase(
        name="what looks like a number and is none",
        data=b"a: 0b_\nb: !!int x\nc: !!bool x\nd: " + b"1" * 5000,
        problems=[
            "f.yml:1: « 0b_ » illisible ; mettre ce texte entre guillemets",
            "f.yml:2: « x » illisible",
            "f.yml:3: « x » illisible",
            "f.yml:4: « 1111",
        ],
    ),
    FaultCase(
        name="forbidden characters, each at its line, before anything else",
        data="a: x\u202ey\nb: [\nc: \u2028z\nd: \x0b\n".encode(),
        problems=[
            "f.yml:1: caractère U+202E interdit (invisible ou de contrôle) ; le supprimer",
            "f.yml:3: caractère U+2028 interdit",
            "f.yml:4: caractère U+000B interdit",
        ],
    ),
    FaultCase(
        name="forbidden characters written as escapes",
        data=b'a: "x"\nb: "x\\u202ey"\n"c\\u202e": "x"\n',
        problems=["f.yml:2: caractère U+202E interdit", "f.yml:3: caractère U+202E interdit"],
    ),
    FaultCase(
        name="lines that end with a carriage return alone",
        data=b"a: 1\rb: 2\r",
        problems=["f.yml:1: caractère U+000D interdit"],
    ),
    FaultCase(
        name="another encoding",
        data="a: 1\nb: été\n".encode("latin-1"),
        problems=["f.yml:2: ce n'est pas de l'UTF-8"],
    ),
]


@parametrize_cases(YAML_CASES)
def test_a_fault_of_yaml_is_reported_at_its_line(case):
    with pytest.raises(ProblemsFound) as error:
        parse_yaml(case.data, "f.yml")

    assert_starts(str(error.value).splitlines(), case.problems)


@dataclass(frozen=True)
class ValueCase:
    """A text in YAML and the plain value that it has."""

    name: str
    text: str
    value: Any


VALUE_CASES = [
    ValueCase("a text", "a: Cour des comptes", {"a": "Cour des comptes"}),
    ValueCase("a day is a text", "a: 2023-02-31", {"a": "2023-02-31"}),
    ValueCase("a decimal is a text", "a: 1.50", {"a": "1.50"}),
    ValueCase("a number", "a: 12", {"a": 12}),
    ValueCase("a truth", "a: true", {"a": True}),
    ValueCase("nothing", "a:", {"a": None}),
    ValueCase("a key is a text", "2023: a\ntrue: b", {"2023": "a", "true": "b"}),
    ValueCase("a text of several lines", "a: |\n  b\n  c\n", {"a": "b\nc\n"}),
    ValueCase("lists and mappings", "- [a, {b: c}]", [["a", {"b": "c"}]]),
    ValueCase("an empty file", "# rien\n", None),
    ValueCase("lines of Windows", "a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
]


@parametrize_cases(VALUE_CASES)
def test_yaml_is_read_as_plain_values(case):
    assert parse_yaml(case.text.encode(), "f.yml").value == case.value


def test_what_stands_at_a_path_has_its_line_or_that_of_what_contains_it():
    text = "# note\na:\n  noms:\n    - b\n    - c: 1\n      d: 2\n"

    document = parse_yaml(text.encode(), "f.yml")

    assert document.find_line("a") == 2
    assert document.find_line("a", "noms") == 3
    assert document.find_line("a", "noms", 0) == 4
    assert document.find_line("a", "noms", 1, "d") == 6
    assert document.find_line("a", "noms", 7, "e") == 3
    assert document.find_line("z") == 2
    assert str(document.make_problem("faux", "a", "noms", 1)) == "f.yml:5: faux"


CSV_CASES = [
    FaultCase(
        name="a column written twice",
        data=b"a,b,a\n1,2,3\n",
        problems=["f.csv:1: "],
    ),
    FaultCase(
        name="a cell too many, and cells too few",
        data=b"a,b\n1,2\n1,2,3\n1\n",
        problems=[
            "f.csv:3: nombre de cellules : 3, au lieu de 2 ; vérifier les virgules et les guillemets",
            "f.csv:4: nombre de cellules : 1, au lieu de 2",
        ],
    ),
    FaultCase(
        name="a blank line",
        data=b"a,b\n\n1,2\n",
        problems=["f.csv:2: nombre de cellules : 0, au lieu de 2"],
    ),
    FaultCase(
        name="a quote that nothing closes",
        data=b'a,b\n1,"2\n3,4\n',
        problems=["f.csv:3: CSV illisible ; vérifier les guillemets"],
    ),
    FaultCase(
        name="a quote in the middle of a cell",
        data=b'a,b\n1,"2" 3\n',
        problems=["f.csv:2: CSV illisible"],
    ),
    FaultCase(
        name="the row after a cell of two lines",
        data=b'a,b\n"1\n1",2\n3\n',
        problems=["f.csv:4: nombre de cellules : 1, au lieu de 2"],
    ),
    FaultCase(
        name="a forbidden character",
        data="a,b\n1,\u200b2\n".encode(),
        problems=["f.csv:2: caractère U+200B interdit"],
    ),
]


@parametrize_cases(CSV_CASES)
def test_a_fault_of_csv_is_reported_at_its_line(case):
    with pytest.raises(ProblemsFound) as error:
        parse_csv(case.data, "f.csv")

    assert_starts(str(error.value).splitlines(), case.problems)


def test_csv_is_read_as_rows_of_texts_with_their_lines():
    document = parse_csv('\ufeffa,b\r\n1,"x, ""y"""\r\n"2\n2",\r\n3,z\r\n'.encode(), "f.csv")

    assert document.value == [
        {"a": "1", "b": 'x, "y"'},
        {"a": "2\n2", "b": ""},
        {"a": "3", "b": "z"},
    ]
    assert [document.find_line(row, "b") for row in range(3)] == [2, 3, 5]
    assert parse_csv(b"", "f.csv").value == []


JSON_CASES = [
    FaultCase(
        name="not JSON",
        data=b'{"a": 1,\n "b" 2}',
        problems=["f.json:2: JSON illisible à la colonne 6"],
    ),
    FaultCase(
        name="a key written twice",
        data=b'{"a": 1,\n "b": [{"c": 1,\n  "c": 2}]}',
        problems=["f.json:3: clé « c » écrite deux fois"],
    ),
    FaultCase(
        name="a forbidden character written as an escape",
        data=b'{"a": "x",\n "b": "\\u202e"}',
        problems=["f.json:2: caractère U+202E interdit"],
    ),
    FaultCase(
        name="too deep",
        data=b"[" * 100_000,
        problems=["f.json: JSON illisible"],
    ),
]


@parametrize_cases(JSON_CASES)
def test_a_fault_of_json_is_reported_at_its_line(case):
    with pytest.raises(ProblemsFound) as error:
        parse_json_document(case.data, "f.json")

    assert_starts(str(error.value).splitlines(), case.problems)


def test_json_has_its_own_values_and_the_lines_of_its_paths():
    data = b'{\n\t"a": 1.5,\n\t"b": ["2023-01-01", null,\n\t\ttrue]\n}\n'

    document = parse_json_document(data, "f.json")

    assert document.value == {"a": 1.5, "b": ["2023-01-01", None, True]}
    assert document.find_line("a") == 2
    assert document.find_line("b", 1) == 3
    assert document.find_line("b", 2) == 4


SCHEMA = {
    "description": "une entrée par organisme, sous son slug",
    "type": "object",
    "propertyNames": {"$ref": "#/$defs/slug"},
    "additionalProperties": {"$ref": "#/$defs/entree"},
    "$defs": {
        "entree": {
            "description": "un organisme",
            "type": "object",
            "properties": {
                "nom": {"description": "le nom français", "$ref": "#/$defs/texte"},
                "categorie": {"description": "ministere ou collectif", "$ref": "#/$defs/categorie"},
                "groupe": {
                    "description": "son groupe",
                    "type": "object",
                    "properties": {"organisme": {"$ref": "#/$defs/slug"}},
                },
                "debut": {"description": "un jour", "type": "string", "format": "date"},
                "ancien": {"description": "son ancien slug", "$ref": "#/$defs/slug"},
                "libelles": {
                    "description": "une liste de libellés",
                    "type": "array",
                    "items": {"anyOf": [{"$ref": "#/$defs/texte"}, {"$ref": "#/$defs/libelle"}]},
                },
            },
            "required": ["nom", "categorie"],
            "additionalProperties": False,
        },
        "libelle": {
            "type": "object",
            "properties": {"libelle": {"$ref": "#/$defs/texte"}},
            "required": ["libelle"],
        },
        "categorie": {"enum": ["ministere", "collectif"]},
        "slug": {
            "description": "un slug en minuscules",
            "type": "string",
            "pattern": "^[a-z-]+$(?!\\n)",
        },
        "texte": {
            "type": "string",
            "pattern": "^\\S",
            "patternErrorMessage": "pas de blanc au début",
        },
    },
}
ENTRY = b"cour:\n  nom: Cour\n  categorie: ministere\n"

SCHEMA_CASES = [
    FaultCase(
        name="fields that are missing",
        data=b"cour:\n  debut: 2023-01-01\n",
        problems=[
            "f.yml:1: champ « categorie » manquant ; y mettre : ministere ou collectif",
            "f.yml:1: champ « nom » manquant ; y mettre : le nom français",
        ],
    ),
    FaultCase(
        name="a field that is missing beside one that is there",
        data=b"cour:\n  categorie: ministere\n",
        problems=["f.yml:1: champ « nom » manquant ; y mettre : le nom français"],
    ),
    FaultCase(
        name="an unknown field that looks like another",
        data=ENTRY + b"  libele: x\n",
        problems=["f.yml:4: champ « libele » inconnu ; écrire « libelles » ?"],
    ),
    FaultCase(
        name="an unknown field that looks like none",
        data=ENTRY + b"  zzz: x\n",
        problems=["f.yml:4: champ « zzz » inconnu ; le retirer"],
    ),
    FaultCase(
        name="a pattern, with its own message",
        data=b"cour:\n  nom: ' Cour'\n  categorie: ministere\n",
        problems=["f.yml:2: champ « nom » : pas de blanc au début ; lu : «  Cour »"],
    ),
    FaultCase(
        name="a pattern, with the description of what the field refers to",
        data=ENTRY + b"  groupe:\n    organisme: Le groupe\n",
        problems=["f.yml:5: champ « organisme » : un slug en minuscules ; lu : « Le groupe »"],
    ),
    FaultCase(
        name="a pattern, with the description of the field rather than of what it refers to",
        data=ENTRY + b"  ancien: La Cour\n",
        problems=["f.yml:4: champ « ancien » : son ancien slug ; lu : « La Cour »"],
    ),
    FaultCase(
        name="a value of an enumeration, with the description of the field",
        data=b"cour:\n  nom: Cour\n  categorie: tribunal\n",
        problems=["f.yml:3: champ « categorie » : ministere ou collectif ; lu : « tribunal »"],
    ),
    FaultCase(
        name="a text in the place of a mapping",
        data=ENTRY + b"  groupe: x\n",
        problems=["f.yml:4: champ « groupe » : son groupe ; lu : « x »"],
    ),
    FaultCase(
        name="a mapping in the place of a text is not shown",
        data=b"cour:\n  nom: {a: 1}\n  categorie: ministere\n",
        problems=["f.yml:2: champ « nom » : pas de blanc au début"],
    ),
    FaultCase(
        name="numbers, truths and nothing, in the words of YAML",
        data=b"cour:\n  nom: true\n  categorie:\n  debut: 12\n",
        problems=[
            "f.yml:2: champ « nom » : pas de blanc au début ; lu : « true »",
            "f.yml:3: champ « categorie » : ministere ou collectif",
            "f.yml:4: champ « debut » : un jour ; lu : « 12 »",
        ],
    ),
    FaultCase(
        name="a day that no calendar has",
        data=ENTRY + b"  debut: 2023-02-31\n",
        problems=["f.yml:4: champ « debut » : un jour ; lu : « 2023-02-31 »"],
    ),
    FaultCase(
        name="an element of a list, in the form that it comes nearest to",
        data=ENTRY + b"  libelles:\n    - bon\n    - {libelle: ' x'}\n    - {texte: x}\n",
        problems=[
            "f.yml:6: champ « libelle » : pas de blanc au début ; lu : «  x »",
            "f.yml:7: champ « libelle » manquant ; y mettre : pas de blanc au début",
        ],
    ),
    FaultCase(
        name="names of entries",
        data=b"Cour:\n  nom: Cour\n  categorie: ministere\n",
        problems=["f.yml:1: champ « Cour » : un slug en minuscules ; lu : « Cour »"],
    ),
    FaultCase(
        name="an entry that is a text",
        data=b"cour: yes\nca: x\n",
        problems=[
            "f.yml:1: champ « cour » : un organisme ; lu : « true »",
            "f.yml:2: champ « ca » : un organisme ; lu : « x »",
        ],
    ),
    FaultCase(
        name="a file of another kind",
        data=b"- cour\n",
        problems=["f.yml:1: entrée : une entrée par organisme, sous son slug"],
    ),
    FaultCase(
        name="an empty file",
        data=b"",
        problems=["f.yml:1: entrée : une entrée par organisme, sous son slug"],
    ),
    FaultCase(
        name="a long value is clipped",
        data=b"cour:\n  nom: Cour\n  categorie: " + b"x" * 9000,
        problems=[
            "f.yml:3: champ « categorie » : ministere ou collectif ; lu : « " + "x" * 199 + "… »"
        ],
    ),
]


@parametrize_cases(SCHEMA_CASES)
def test_a_fault_against_a_json_schema_is_reported_at_its_line(case):
    document = parse_yaml(case.data, "f.yml")

    with pytest.raises(ProblemsFound) as error:
        check_schema(document, SCHEMA)

    assert str(error.value).splitlines() == case.problems


def test_a_document_without_fault_is_accepted():
    check_schema(parse_yaml(ENTRY, "f.yml"), SCHEMA)


def test_the_rows_of_a_csv_file_are_checked_at_their_lines():
    rows = {"type": "array", "items": {"$ref": "#/$defs/row"}}
    row = {"properties": {"siren": {"description": "neuf chiffres", "pattern": "^[0-9]{9}$"}}}
    document = parse_csv(b"siren\n123456789\n12\n", "f.csv")

    with pytest.raises(ProblemsFound) as error:
        check_schema(document, {**rows, "$defs": {"row": row}})

    assert str(error.value) == "f.csv:3: champ « siren » : neuf chiffres ; lu : « 12 »"


@pytest.mark.parametrize(
    "rules", [{"type": "texte"}, {"$ref": "#/$defs/x"}, {"pattern": "("}, {"properties": 1}]
)
def test_a_json_schema_that_is_wrong_is_reported_for_its_file(rules):
    document = parse_yaml(b"nom: Essai\n", "essai.yml")
    schema = {"properties": {"nom": rules}} if "properties" not in rules else rules

    with pytest.raises(ProblemsFound, match=r"^essai\.yml: son schéma JSON est faux \(\w+\)"):
        check_schema(document, schema)
