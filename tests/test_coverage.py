"""May my organisation use it: five answers in their order, in words, and since when."""

import itertools
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import bullets, copy, page, published
from edition2 import checkout as project
from edition2.coverage import STATUSES, answer

REGISTRY = """
agence:
  nom: Agence
  categorie: etablissement-public
  releve_de: [ancien-centre, centre]
  sources: {releve_de: {preuves: [p]}}
ancien-centre:
  nom: Ancien centre
  categorie: administration-centrale
centre:
  nom: Centre
  categorie: administration-centrale
  succede_a: [ancien-centre]
  sources: {succede_a: {preuves: [p]}}
  libelles:
    - {libelle: Centre et ses entités, perimetre: entités du Centre}
ministere-a:
  nom: Ministère A
  categorie: ministere
ministere-b:
  nom: Ministère B
  categorie: ministere
  succede_a: [ministere-a]
  sources: {succede_a: {preuves: [p]}}
ministere-c:
  nom: Ministère C
  categorie: ministere
ministeres-francais:
  nom: Ministères français
  categorie: collectif
  membres: ministere
  sources: {membres: {preuves: [p]}}
universite:
  nom: Université
  categorie: etablissement-public
  groupe: universites
  releve_de: [centre]
  sources: {groupe: {preuves: [p]}, releve_de: {preuves: [p]}}
universites:
  nom: Universités
  categorie: collectif
"""
CENTRE = bullets("Centre")


def invent(checkout, *versions: str, registry: str = REGISTRY) -> None:
    """A registry of its own, and these versions of the page, a day each from 2024-01-01 on."""
    checkout.write("source/organismes.yml", registry)
    checkout.write("published.json", '{"version": "1.0.0", "champs": {}, "organismes": []}')
    for number, content in enumerate(versions, 1):
        (checkout.only if number == 1 else checkout.keep)(content, f"2024-01-0{number}")
    checkout.well()


def answers(checkout, marche: str = "support") -> dict[str, tuple[str, str, str]]:
    rows = checkout.rows("couverture")
    return {
        r["organisme"]: (r["statut"], r["par"], r["perimetre"])
        for r in rows
        if r["marche"] == marche
    }


def stays(checkout, organisme: str = "universite") -> list[tuple[str, str, str]]:
    rows = [row for row in checkout.rows("historique") if row["marche"] == "support"]
    return [
        (r["perimetre"], r["debut"][-1], r["fin"][-1:]) for r in rows if r["organisme"] == organisme
    ]


def test_the_real_page_answers_for_every_body_and_contract():
    rows = published("couverture")
    wide = "services et entités relevant du périmètre budgétaire des services du Premier ministre"
    premier = "services-du-premier-ministre"
    unsure = {(r["marche"], r["organisme"], r["statut"], r["par"], r["perimetre"]) for r in rows if r["statut"] != "cite"}  # fmt: skip
    assert unsure == {
        (
            "support",
            "agence-nationale-de-la-securite-des-systemes-d-information",
            "a_verifier",
            premier,
            wide,
        ),
        ("support", "institut-des-hautes-etudes-de-defense-nationale", "a_verifier", premier, wide),
        ("support", "conseil-economique-social-et-environnemental", "non_cite", None, None),
        ("support", "cour-des-comptes", "non_cite", None, None),
    }
    assert all(r["par"] == r["organisme"] for r in rows if r["statut"] == "cite")
    assert {r["date"] for r in rows} == {"2023-09-01"}


def test_the_first_answer_that_applies_is_given(checkout):
    named = ["Les ministères français : hors plan", "Centre et ses entités", "Ministère C"]
    invent(checkout, page(*named, expertise=bullets("Universités", "Centre")))
    assert answers(checkout) == {
        "agence": ("a_verifier", "centre", "entités du Centre"),
        "ancien-centre": ("successeur", "centre", "entités du Centre"),
        "centre": ("cite", "centre", "entités du Centre"),
        "ministere-a": ("successeur", "ministere-b", "hors plan"),
        "ministere-b": ("groupe", "ministeres-francais", "hors plan"),
        "ministere-c": ("cite", "ministere-c", ""),
        "ministeres-francais": ("cite", "ministeres-francais", "hors plan"),
        "universite": ("a_verifier", "centre", "entités du Centre"),
        "universites": ("non_cite", "", ""),
    }
    assert checkout.call("validate").status == 0


def test_a_wide_perimetre_leaves_a_doubt_and_a_plain_name_none(checkout):
    wide, restricted = bullets("Centre et ses entités : lot 1"), "Centre : et ses entités"
    invent(checkout, page(restricted, "Ministère C", expertise=wide))
    assert answers(checkout)["agence"] == ("non_cite", "", "")
    assert answers(checkout, "expertise")["agence"] == (
        "a_verifier",
        "centre",
        "entités du Centre ; lot 1",
    )


def test_a_group_comes_before_a_doubt_and_a_predecessor_covers_nobody(checkout):
    invent(
        checkout,
        page(
            "Centre et ses entités", "Universités", "Ministère A", "Ancien centre", expertise=CENTRE
        ),
    )
    said = answers(checkout)
    assert said["universite"] == ("groupe", "universites", "")
    assert said["ministere-b"] == ("non_cite", "", "")
    assert said["ancien-centre"] == ("cite", "ancien-centre", "")


def test_the_answer_goes_through_chains_and_takes_the_first_of_several(checkout):
    more = """
ministere-d:
  nom: Ministère D
  categorie: ministere
  succede_a: [ministere-b, ministere-c]
  sources: {succede_a: {preuves: [p]}}
ministere-e:
  nom: Ministère E
  categorie: ministere
  succede_a: [ministere-c]
  sources: {succede_a: {preuves: [p]}}
"""
    registry = REGISTRY.replace("\nministeres-francais:", f"{more}ministeres-francais:")
    invent(checkout, page("Ministères français", expertise=CENTRE), registry=registry)
    said = {
        slug: row[:2] for slug, row in answers(checkout).items() if slug.startswith("ministere-")
    }
    assert said == {
        "ministere-a": ("successeur", "ministere-b"),
        "ministere-b": ("successeur", "ministere-d"),
        "ministere-c": ("successeur", "ministere-d"),
        "ministere-d": ("groupe", "ministeres-francais"),
        "ministere-e": ("groupe", "ministeres-francais"),
    }


WORDS = {
    ("cite", "centre", None): "Oui, cité par la page",
    ("cite", "centre", "lot 2"): "Oui, cité par la page, pour : lot 2",
    ("groupe", "ministeres-francais", None): "Oui, par son groupe : Ministères français",
    ("successeur", "ministere-b", "lot 2"): "Oui, par le successeur : Ministère B, pour : lot 2",
    ("a_verifier", "centre", "entités du Centre"): "À vérifier : peut relever de « entités du Centre » ; demander à contact@example.org",
    ("non_cite", None, None): "La page ne le cite pas ; en cas de doute, demander à contact@example.org",
}  # fmt: skip


def test_each_answer_is_a_sentence_and_never_a_bare_no():
    names = {
        "centre": "Centre",
        "ministeres-francais": "Ministères français",
        "ministere-b": "Ministère B",
    }
    for (statut, par, perimetre), sentence in WORDS.items():
        row = {"statut": statut, "par": par, "perimetre": perimetre}
        assert answer(row, names, "contact@example.org") == sentence
    assert {statut for statut, *_ in WORDS} == set(STATUSES)


def test_without_a_contact_of_the_page_there_is_the_publishers(checkout):
    checkout.only(
        page("Sorbonne Université").replace("mailto:contact@example.org", "https://example.org")
    )
    assert (
        project.read(checkout.root).contact == project.read(checkout.root).package.publisher.email
    )


def test_a_body_that_leaves_and_returns_has_two_stays(checkout):
    lists = (["Centre", "Université"], ["Centre"], ["Centre"], ["Centre", "Université"])
    invent(checkout, *(page(*each, expertise=CENTRE) for each in lists))
    assert stays(checkout) == [("", "1", "2"), ("", "4", "")]
    assert stays(checkout, "centre") == [("", "1", "")]


def test_a_restriction_that_comes_and_goes_is_three_stays(checkout):
    invent(checkout, *(page(each, expertise=CENTRE) for each in ("Université", "Université : lot 2", "Université")))  # fmt: skip
    assert stays(checkout) == [("", "1", "2"), ("lot 2", "2", "3"), ("", "3", "")]


def test_what_a_wide_wording_adds_is_a_perimetre_of_its_own(checkout):
    invent(
        checkout, *(page(each, expertise=CENTRE) for each in ("Centre", "Centre et ses entités"))
    )
    assert stays(checkout, "centre") == [("", "1", "2"), ("entités du Centre", "2", "")]


def test_another_spelling_or_another_order_opens_no_stay(checkout):
    spelled = ["Université : l'option n° 2", "L’UNIVERSITÉ : L’option  n° 2."]
    invent(checkout, *(page(*each, expertise=CENTRE) for each in ([spelled[0], "Agence"], ["Agence", spelled[1]])))  # fmt: skip
    assert stays(checkout) == [("L’option n° 2", "1", "")]
    assert checkout.rows()[1]["perimetre"] == "L’option n° 2"


NAMES = ["Centre", "Centre et ses entités", "Université", "Université : lot 2", "Ministère B"]
LISTS = st.lists(st.sampled_from(NAMES), min_size=1, unique_by=lambda name: name.split()[0])


@settings(max_examples=12)
@given(st.lists(LISTS, min_size=2, max_size=4))
def test_versions_taken_one_by_one_or_in_one_go_give_the_same_bytes_and_every_day_its_list(
    tmp_path_factory, versions
):
    pages = [page(*names, expertise=CENTRE) for names in versions]
    pages = [key for key, _ in itertools.groupby(pages)]
    each = copy(tmp_path_factory.mktemp("replay") / "checkout")
    listed = []
    for step in range(1, len(pages) + 1):
        invent(each, *pages[:step])
        listed.append({(r["marche"], r["organisme"], r["perimetre"]) for r in each.rows()})
    whole = copy(tmp_path_factory.mktemp("replay") / "checkout")
    invent(whole, *pages)
    assert whole.state() == each.state()
    rows = whole.rows("historique")
    for number, wanted in enumerate(listed):
        day = str(date(2024, 1, 1) + timedelta(days=number))
        then = [r for r in rows if r["debut"] <= day and (not r["fin"] or day < r["fin"])]
        assert len(then) == len(wanted)
        assert {(r["marche"], r["organisme"], r["perimetre"]) for r in then} == wanted
