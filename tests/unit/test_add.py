"""Which candidates are new, what unknown labels may be, and how the registry's text is edited."""

import datetime as dt
from dataclasses import dataclass

import pytest

from beneficiaires.errors import Problem
from beneficiaires.files import hash_bytes
from beneficiaires.snapshots.add import Selection, format_snapshots, select_new
from beneficiaires.snapshots.fetch import Candidate
from beneficiaires.snapshots.registry_text import RegistryText
from beneficiaires.snapshots.report import group_decisions, quote_markdown
from beneficiaires.snapshots.suggest import (
    LikenessIndex,
    propose_category,
    propose_member_category,
    propose_slug,
)
from beneficiaires.source.documents import parse_yaml
from beneficiaires.source.models import Alias, Snapshot
from unit.builders import (
    make_collective,
    make_organisation,
    make_registry,
    parametrize_cases,
)

CATEGORIES = ["institution", "ministere", "administration-centrale", "juridiction", "collectif"]


# Candidates


def make_snapshots(**texts: str) -> list[Snapshot]:
    """Return snapshots of January 2024, by day (« d05 ») and text."""
    return [
        Snapshot(dt.date(2024, 1, int(day[1:])), hash_bytes(text.encode()))
        for day, text in texts.items()
    ]


def select(snapshots: list[Snapshot], **texts: str) -> Selection:
    """Return what is new of candidates of January 2024, by day (« d05 ») and text."""
    candidates = [
        Candidate(dt.date(2024, 1, int(day[1:])), text.encode(), "page.md")
        for day, text in texts.items()
    ]
    return select_new(snapshots, candidates)


def list_added_days(selection: Selection) -> list[int]:
    return [snapshot.date.day for snapshot in selection.added]


def test_the_bytes_of_the_snapshot_just_before_are_nothing_new():
    selection = select(make_snapshots(d01="A", d05="B"), d09="B")

    assert list_added_days(selection) == []


def test_a_page_that_returns_to_an_older_text_is_new():
    selection = select(make_snapshots(d01="A", d05="B"), d09="A")

    assert list_added_days(selection) == [9]
    assert [snapshot.date.day for snapshot in selection.snapshots] == [1, 5, 9]


def test_the_bytes_of_the_snapshot_just_after_are_that_snapshot():
    assert list_added_days(select(make_snapshots(d05="B"), d03="B")) == []


def test_a_candidate_takes_its_place_between_older_and_newer_snapshots():
    selection = select(make_snapshots(d01="A", d09="B"), d05="C")

    assert [snapshot.date.day for snapshot in selection.snapshots] == [1, 5, 9]
    assert selection.replaced_dates == frozenset()


def test_other_bytes_of_the_same_day_replace_the_snapshot_of_that_day():
    selection = select(make_snapshots(d01="A", d05="B"), d05="C")

    assert [snapshot.sha256 for snapshot in selection.snapshots] == [
        hash_bytes(b"A"),
        hash_bytes(b"C"),
    ]
    assert selection.replaced_dates == {dt.date(2024, 1, 5)}


def test_the_bytes_of_a_day_that_has_them_are_nothing_new():
    assert list_added_days(select(make_snapshots(d01="A", d05="B"), d05="B")) == []


def test_candidates_are_compared_with_one_another_in_the_order_of_days():
    selection = select([], d09="A", d05="B", d03="B", d01="A")

    assert list_added_days(selection) == [1, 3, 9]


def test_rows_of_snapshots_leave_unknown_commits_and_paths_empty():
    path = 'ancien, "nom".md'
    snapshots = [Snapshot(dt.date(2024, 1, 1), "a"), Snapshot(dt.date(2024, 1, 2), "b", "c", path)]

    assert format_snapshots(snapshots).decode() == (
        'date,commit,sha256,chemin\n2024-01-01,,a,\n2024-01-02,c,b,"ancien, ""nom"".md"\n'
    )


# Likeness

TRAVAIL = make_organisation("travail", "Ministère du Travail", "ministere")
SANTE = make_organisation("sante", "Ministère des Solidarités et de la Santé", "ministere")
ECOLE = make_organisation(
    "ecole", "Ministère de l'Éducation nationale et de la Jeunesse", "ministere"
)
SPORTS = make_organisation("sports", "Ministère des Sports", "ministere")
INRIA = make_organisation(
    "inria", "Institut national de recherche en informatique et en automatique", acronym="INRIA"
)
CESE = make_organisation("cese", "Conseil économique, social et environnemental", "institution")
ANSES = make_organisation(
    "anses",
    "Agence nationale de sécurité sanitaire de l'alimentation, de l'environnement et du travail",
)


@dataclass(frozen=True)
class LikenessCase:
    name: str
    label: str
    similar: tuple[str, ...]


LIKENESS_CASES = [
    LikenessCase(
        "a ministry that gained a subject", "Ministère du Travail et du Temps", ("travail",)
    ),
    LikenessCase(
        "a merger looks like each of its ministries",
        "Le ministère du Travail, de la Santé et des Solidarités",
        ("sante", "travail"),
    ),
    LikenessCase("a ministry that lost its first subject", "Ministère de la Santé", ("sante",)),
    LikenessCase(
        "a second subject that changes hands says nothing",
        "Ministère des Sports et de la Jeunesse",
        ("sports",),
    ),
    LikenessCase("a word of a subject is no subject", "Ministère du Travail social", ()),
    LikenessCase("another kind of body", "Agence du Travail", ()),
    LikenessCase(
        "an institute that shares generic words alone",
        "Institut national de l'information géographique et forestière",
        (),
    ),
    LikenessCase(
        "two thirds of the distinctive words",
        "Institut de la recherche informatique",
        ("inria",),
    ),
    LikenessCase(
        "less than two thirds of the words", "Institut national de recherche agronomique", ()
    ),
    LikenessCase(
        "half of the words", "Institut national de recherche en informatique médicale", ()
    ),
    LikenessCase("another acronym is another body", "Institut de recherche informatique (IRI)", ()),
    LikenessCase("the same acronym", "Institut du numérique (I.N.R.I.A.)", ("inria",)),
    LikenessCase("a subject of an agency is not a portfolio", "Agence de l'environnement", ()),
    LikenessCase("two words of three", "Conseil économique et social", ("cese",)),
    LikenessCase("no word but the kind", "Le ministère", ()),
]


@parametrize_cases(LIKENESS_CASES)
def test_a_label_looks_like(case):
    registry = make_registry(TRAVAIL, SANTE, ECOLE, SPORTS, INRIA, CESE, ANSES)

    similar = LikenessIndex(registry).find_similar(case.label)

    assert tuple(organisation.slug for organisation in similar) == case.similar


def test_a_shared_alias_makes_no_likeness_and_an_alias_of_one_does():
    shared = "Ministère de l'Intérieur et des Outre-mer"
    registry = make_registry(
        make_organisation("interieur", "Ministère de l'Intérieur", "ministere", aliases=[shared]),
        make_organisation(
            "outre-mer",
            "Ministère des Outre-mer",
            "ministere",
            aliases=[shared, "Ministère des Territoires lointains"],
        ),
    )
    index = LikenessIndex(registry)

    for label in (
        "Ministère des Outre-mer et de la Mer",
        "Ministère des Territoires lointains et du Large",
    ):
        similar = index.find_similar(label)
        assert [organisation.slug for organisation in similar] == ["outre-mer"]


def test_replaced_unconfirmed_and_collective_organisations_are_never_suggested():
    registry = make_registry(
        make_organisation("ancien", "Ministère du Temps", "ministere"),
        make_organisation("nouveau", "Ministère de la Durée", "ministere", replaces=["ancien"]),
        make_organisation("redige", "Ministère du Temps libre", "ministere", unconfirmed=True),
        make_collective("reunis", name="Ministère du Temps réunis"),
        make_organisation(
            "alias",
            "Ministère des Saisons",
            "ministere",
            aliases=[Alias("Ministère du Temps long", unconfirmed=True)],
        ),
    )
    index = LikenessIndex(registry)

    for subject in ("Temps", "Temps libre", "Temps réunis", "Temps long"):
        assert index.find_similar(f"Ministère du {subject} et de l'Espace") == []


# Proposals for new organisations


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("Le ministère du Temps", "ministere"),
        ("Institut du Temps", "etablissement-public"),
        ("Agence du Temps", None),
        ("Centre du Temps", None),
        ("Les ministères du Temps", "collectif"),
        ("Les services du Temps", None),
    ],
)
def test_the_first_word_decides_the_category_when_nothing_contradicts(label, category):
    registry = make_registry(
        INRIA,
        ANSES,
        make_organisation("anssi", "Agence des systèmes", "administration-centrale"),
        make_organisation("centre", "Centre du monde", unconfirmed=True),
        make_organisation("pm", "Services du Premier ministre", "administration-centrale"),
        make_organisation("elysee", "Services de la Présidence", "institution"),
    )

    assert propose_category(label, registry, CATEGORIES) == category


def test_the_plural_of_a_category_gives_the_members_of_a_collective():
    assert propose_member_category("Les ministères français", CATEGORIES) == "ministere"
    assert propose_member_category("Les universités françaises", CATEGORIES) is None


@dataclass(frozen=True)
class SlugCase:
    name: str
    label: str
    slug: str | None
    acronym: str | None = None
    category: str | None = None
    taken: tuple[str, ...] = ()


SLUG_CASES = [
    SlugCase("acronym", "Agence de la biomédecine", "abm", acronym="A.B.M."),
    SlugCase("acronym taken", "Agence du lac", "agence-du-lac", acronym="ABM", taken=("abm",)),
    SlugCase("ministry up to « et »", "Ministère de l'Écologie et du Climat", "ministere-ecologie"),
    SlugCase(
        "ministry up to a comma",
        "Ministère de la Transition écologique, du Climat",
        "ministere-transition-ecologique",
    ),
    SlugCase(
        "ministry whose first subject is taken",
        "Ministère du Temps et du Lieu",
        "ministere-du-temps-et-du-lieu",
        taken=("ministere-temps",),
    ),
    SlugCase("collective", "Ministères français", "ministeres", category="collectif"),
    SlugCase("two words", "Réseau Canopé", "reseau-canope"),
    SlugCase(
        "generic and small words count for nothing",
        "Centre national de la recherche scientifique",
        "centre-national-de-la-recherche",
    ),
    SlugCase(
        "a beginning that tells apart",
        "Agence de sécurité routière",
        "agence-de-securite-routiere",
    ),
    SlugCase("other letters", "Ελλάς", None),
    SlugCase("all taken", "Cnaf", None, taken=("cnaf",)),
]


@parametrize_cases(SLUG_CASES)
def test_the_slug_is(case):
    names = ["Agence de sécurité sanitaire"]

    assert propose_slug(case.label, case.acronym, case.category, names, case.taken) == case.slug


# The text of the registry

REGISTRY_TEXT = """\
# Une note.
liste:
  nom: Liste
  categorie: ministere
  libelles:
    - Un
    - libelle: Deux
      perimetre: tout

    # Une remarque sur la suite.
  remarque: "Rien."

nue:
  nom: >
    Un nom
    plié
  remarque: "Rien."  # fin
ligne: {nom: Ligne, categorie: ministere}
crochets:
  nom: Crochets
  libelles: [Un]
vide:
  nom: Vide
  libelles:
"""


def edit_registry() -> RegistryText:
    return RegistryText(parse_yaml(REGISTRY_TEXT.encode(), "organismes.yml"))


def test_an_alias_goes_after_the_last_one_and_every_other_line_stays():
    text = edit_registry()

    assert text.add_alias("liste", "L'« X »")

    assert text.build_text() == REGISTRY_TEXT.replace(
        "      perimetre: tout\n",
        '      perimetre: tout\n    - {libelle: "L\'« X »", a_confirmer: true}\n',
    )


def test_a_first_alias_opens_its_list_and_a_second_one_follows():
    text = edit_registry()

    text.add_alias("nue", "X")
    text.add_alias("nue", "Y")

    assert text.build_text() == REGISTRY_TEXT.replace(
        "    plié\n",
        "    plié\n"
        "  libelles:\n"
        '    - {libelle: "X", a_confirmer: true}\n'
        '    - {libelle: "Y", a_confirmer: true}\n',
    )


def test_an_alias_goes_into_a_list_whose_lines_were_all_deleted():
    text = edit_registry()

    text.add_alias("vide", "X")

    assert text.build_text() == (REGISTRY_TEXT + '    - {libelle: "X", a_confirmer: true}\n')


@pytest.mark.parametrize("slug", ["ligne", "crochets"])
def test_an_entry_that_is_not_written_line_by_line_is_left_alone(slug):
    text = edit_registry()

    assert not text.add_alias(slug, "X")
    assert not text.is_changed


def test_new_entries_follow_a_blank_line_at_the_end():
    document = parse_yaml(b"a:\n  nom: A\n\n\n", "organismes.yml")
    text = RegistryText(document)

    text.add_entry("b:\n  nom: B\n")

    assert text.build_text() == "a:\n  nom: A\n\nb:\n  nom: B\n"


def test_line_breaks_of_another_system_stay():
    document = parse_yaml(b"a:\r\n  nom: A\r\n", "organismes.yml")
    text = RegistryText(document)

    text.add_entry("b:\n  nom: B\n")

    assert text.build_text() == "a:\r\n  nom: A\r\n\r\nb:\r\n  nom: B\r\n"


# Decisions


def test_one_decision_has_all_its_places_even_when_it_names_the_day():
    decisions = group_decisions(
        [
            Problem("source/corrections.yml", 3, "Une\nligne."),
            Problem("source/pages/2024-01-01.md", 22, "Deux."),
            Problem("source/pages/2024-01-01.md", None, "Fin : 2024-01-01."),
            Problem("source/pages/2024-02-01.md", 23, "Deux."),
            Problem("source/pages/2024-02-01.md", None, "Fin : 2024-02-01."),
        ]
    )

    assert decisions == [
        "source/corrections.yml:3 : Une ligne.",
        "2024-01-01:22, 2024-02-01:23 : Deux.",
        "2024-01-01, 2024-02-01 : Fin : 2024-01-01.",
    ]


def test_nothing_that_the_page_says_ends_a_code_span():
    assert quote_markdown("a `b`\n@moi") == "`a 'b' @moi`"
    assert quote_markdown("") == ""
