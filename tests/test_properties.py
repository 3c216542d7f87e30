"""What holds for any page: rows for registry labels however written, and a clean end for any bytes."""

import unicodedata

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import extract
from beneficiaires import labels, page, project, reading
from conftest import EXPERTISE, HEAD, ROOT, SUPPORT, bullets, read_csv

PROJECT = project.read(ROOT)
TABLES = {path.name for path in (ROOT / "data").iterdir() if path.suffix in (".csv", ".json")}
REAL = (ROOT / "source/pages/2023-09-01.md").read_bytes()
SPELLINGS = [
    str,
    str.upper,
    str.title,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)),
    lambda text: text.replace("'", "’"),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace(",", ""),
    lambda text: text + ",",
    lambda text: text + ".",
    lambda text: f"**{text}**",
    lambda text: "Le " + text,
]


def named() -> dict[str, list[tuple[str, str | None]]]:
    """The bodies and their perimetres that each label of the registry names, as a person reads the file."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for slug, body in yaml.safe_load((ROOT / "source/organismes.yml").read_text(encoding="utf-8")).items():
        for label in (body["nom"], *body.get("libelles", ())):
            text = label if isinstance(label, str) else label["libelle"]
            perimetre = None if isinstance(label, str) else label["perimetre"]
            found.setdefault(text, []).append((slug, perimetre))
    return found


NAMED = named()


@st.composite
def lists(draw) -> list[str]:
    """Labels of which no two name the same body."""
    seen: set[str] = set()
    kept = []
    for label in draw(st.lists(st.sampled_from(sorted(NAMED)), min_size=1, max_size=30, unique=True)):
        slugs = {slug for slug, _ in NAMED[label]}
        if not seen & slugs:
            kept.append(label)
            seen |= slugs
    return kept


spelled = st.lists(st.sampled_from(SPELLINGS), max_size=3)


@given(lists(), lists(), st.lists(spelled, min_size=60, max_size=60))
def test_registry_labels_however_written_give_the_expected_rows(support, expertise, spellings):
    written = iter(spellings)

    def write(name: str) -> str:
        for spelling in next(written):
            name = spelling(name)
        return name

    text = HEAD + SUPPORT + bullets(*map(write, support)) + EXPERTISE + bullets(*map(write, expertise))
    read = page.read(text.encode(), "page.md")
    found = reading.read(read, read.date, PROJECT.contracts, PROJECT.registry).lists
    got = [
        (contract, member.body.slug, member.perimetre, member.rang, member.ligne)
        for contract, members in found.items()
        for member in members
    ]
    assert got == [
        (contract, slug, perimetre, rank, line + rank)
        for contract, written, line in (
            ("support", support, 6),
            ("expertise", expertise, 6 + len(support) + 3),
        )
        for rank, label in enumerate(written, 1)
        for slug, perimetre in NAMED[label]
    ]


@given(st.text(max_size=200))
def test_a_key_does_not_depend_on_case_accents_or_normal_form(text):
    key = labels.key(text)
    assert labels.key(unicodedata.normalize("NFD", text)) == labels.key(unicodedata.normalize("NFC", text))
    assert labels.key(key) == key


markdown = st.text(st.sampled_from("-*+# \n\t:()[]<>`~!\\&;=@|.é’a1\u00a0\u202e\0"), max_size=80).map(
    str.encode
)


@st.composite
def damaged(draw) -> bytes:
    """The real page with a piece replaced by anything."""
    start = draw(st.integers(0, len(REAL)))
    end = draw(st.integers(start, len(REAL)))
    return REAL[:start] + draw(st.one_of(st.binary(max_size=40), markdown)) + REAL[end:]


headed = markdown.map(
    lambda data: (HEAD + SUPPORT).encode() + data + (EXPERTISE + "- La Cour des comptes\n").encode()
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.one_of(st.binary(max_size=400), damaged(), headed))
def test_any_bytes_end_well_with_everything_or_nothing_written(data, tmp_path_factory, capsys):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "page.md").write_bytes(data)
    out = folder / "out"
    status = extract.main(["--source", str(folder / "page.md"), "--out", str(out)])
    messages = capsys.readouterr().err.splitlines()
    assert status in (0, 1)
    if status == 1:
        assert messages
        assert all(line.startswith(str(folder / "page.md") + ":") for line in messages)
        assert not out.exists()
    else:
        assert {path.name for path in out.iterdir()} == TABLES
        assert read_csv((out / "beneficiaires.csv").read_bytes())
