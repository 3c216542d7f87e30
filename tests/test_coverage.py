"""May my organisation use it: five answers, and since when."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import bullets, copy, page

REGISTRY = """
agence:
  nom: Agence
  categorie: etablissement-public
  releve_de: centre
  sources: {releve_de: {preuves: [p]}}
centre:
  nom: Centre
  categorie: administration-centrale
  libelles:
    - {libelle: Centre et ses entités, perimetre: entités du Centre}
ministere-a:
  nom: Ministère A
  categorie: ministere
ministere-b:
  nom: Ministère B
  categorie: ministere
  succede_a: ministere-a
  sources: {succede_a: {preuves: [p]}}
ministeres-francais:
  nom: Ministères français
  categorie: collectif
  membres: ministere
  sources: {membres: {preuves: [p]}}
universite:
  nom: Université
  categorie: etablissement-public
  groupe: universites
  sources: {groupe: {preuves: [p]}}
universites:
  nom: Universités
  categorie: collectif
"""


def invent(checkout, *versions: str) -> None:
    checkout.write("source/organismes.yml", REGISTRY)
    checkout.write("published.json", '{"version": "1.0.0", "champs": {}, "organismes": []}')
    for number, content in enumerate(versions, 1):
        (checkout.only if number == 1 else checkout.keep)(content, f"2024-01-0{number}")


def answers(checkout, marche: str = "support") -> dict[str, tuple[str, str, str]]:
    result = checkout.call("extract")
    assert result.status == 0, result.err
    rows = checkout.rows("couverture")
    return {r["organisme"]: (r["statut"], r["par"], r["perimetre"]) for r in rows if r["marche"] == marche}


def test_the_first_answer_that_applies_is_given(checkout):
    named = page(
        "Les ministères français : hors plan",
        "Centre et ses entités",
        expertise=bullets("Universités", "Centre"),
    )
    invent(checkout, named)
    assert answers(checkout) == {
        "agence": ("a_verifier", "centre", "entités du Centre"),
        "centre": ("cite", "centre", "entités du Centre"),
        "ministere-a": ("successeur", "ministere-b", "hors plan"),
        "ministere-b": ("groupe", "ministeres-francais", "hors plan"),
        "ministeres-francais": ("cite", "ministeres-francais", "hors plan"),
        "universite": ("non_cite", "", ""),
        "universites": ("non_cite", "", ""),
    }
    expertise = answers(checkout, "expertise")
    assert expertise["universite"] == ("groupe", "universites", "")
    assert expertise["agence"] == ("non_cite", "", "")
    assert checkout.call("validate").status == 0


def test_a_restriction_that_comes_and_goes_is_three_stays(checkout):
    other = bullets("Centre")
    invent(checkout, *(page("Université", expertise=other), page("Université : lot 2", expertise=other), page("Université", expertise=other)))  # fmt: skip
    answers(checkout)
    stays = [
        (r["perimetre"], r["debut"], r["fin"])
        for r in checkout.rows("historique")
        if r["marche"] == "support"
    ]
    assert stays == [
        ("", "2024-01-01", "2024-01-02"),
        ("lot 2", "2024-01-02", "2024-01-03"),
        ("", "2024-01-03", ""),
    ]


def test_a_body_that_leaves_and_returns_has_two_stays(checkout):
    invent(checkout, *(page(*names, expertise=bullets("Centre")) for names in (["Centre", "Université"], ["Centre"], ["Centre", "Université"])))  # fmt: skip
    answers(checkout)
    stays = [(r["debut"], r["fin"]) for r in checkout.rows("historique") if r["organisme"] == "universite"]
    assert stays == [("2024-01-01", "2024-01-02"), ("2024-01-03", "")]


NAMES = ["Centre", "Université", "Ministère B"]


@settings(max_examples=10)
@given(st.lists(st.sets(st.sampled_from(NAMES), min_size=1), min_size=2, max_size=4))
def test_versions_taken_one_by_one_or_in_one_go_give_the_same_bytes(tmp_path_factory, versions):
    pages = [page(*sorted(names), expertise=bullets("Centre")) for names in versions]
    pages = [key for key, _ in itertools.groupby(pages)]
    states = []
    for steps in ([len(pages)], range(1, len(pages) + 1)):
        checkout = copy(tmp_path_factory.mktemp("replay") / "checkout")
        for step in steps:
            invent(checkout, *pages[:step])
            answers(checkout)
        states.append({name: data for name, data in checkout.state().items() if name.startswith("data/")})
    assert states[0] == states[1]
