"""The rules of the registry, each broken once, and what the registry answers."""

from dataclasses import dataclass

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.model.registry import (
    Registry,
    assess_confidence,
    build_registry,
    find_unconfirmed,
    is_spelling_of,
)
from beneficiaires.source.documents import parse_csv, parse_yaml
from beneficiaires.source.models import read_evidence, read_organisations

from .builders import (
    assert_starts,
    make_collective,
    make_organisation,
    make_registry,
    parametrize_cases,
)

ORGANISATIONS = """\
cnaf:
  nom: Caisse nationale des allocations familiales
  sigle: CNAF
  categorie: etablissement-public
  libelles: [Caisse des allocations]
economie:
  nom: Ministère de l'Économie et des Finances
  categorie: ministere
  libelles:
    - Ministère de l'Économie, des Finances et du Budget
  autres_noms:
    - {nom: Bercy, preuve: Un décret.}
ministeres:
  nom: Ministères français
  categorie: collectif
  membres: {categorie: ministere, preuve: Un décret.}
  libelles:
    - {libelle: Ministères français sauf le ministère de l'Économie, sauf: [economie]}
"""
EVIDENCE = """\
organisme,champ,valeur,nature,preuve
cnaf,siren,180035024,officielle,Un avis
cnaf,site,https://www.caf.fr,secondaire,Un annuaire
economie,siren,110020013,secondaire,Un annuaire
economie,wikidata,Q2006541,secondaire,Un annuaire
"""
CNAF_NAME = "  nom: Caisse nationale des allocations familiales\n"
COLLECTIVE_ALIAS = "    - {libelle: Ministères français sauf le ministère de l'Économie, sauf: "


def read_registry(organisations: str = ORGANISATIONS, evidence: str = EVIDENCE) -> Registry:
    """Return the registry of the texts of both files."""
    organisations_document = parse_yaml(organisations.encode(), "organismes.yml")
    evidence_document = parse_csv(evidence.encode(), "identifiants.csv")
    return build_registry(
        read_organisations(organisations_document.value),
        read_evidence(evidence_document.value),
        organisations_document,
        evidence_document,
    )


def replace_once(text: str, old: str, new: str) -> str:
    """Return a text with one passage replaced, which stands in it once."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


@dataclass(frozen=True)
class RuleCase:
    """A rule of the registry: what breaks it (a passage and its replacement), what is reported."""

    name: str
    old: str
    new: str
    problem: str


ENTRY_CASES = [
    RuleCase(
        name="a name without a word",
        old=CNAF_NAME,
        new="  nom: (CNAF)\n",
        problem="organismes.yml:2: « (CNAF) » ne contient aucun mot",
    ),
    RuleCase(
        name="a name that excludes somebody",
        old=CNAF_NAME,
        new="  nom: Caisses hors la caisse nationale\n",
        problem="organismes.yml:2: « Caisses hors la caisse nationale » exclut quelqu'un",
    ),
    RuleCase(
        name="a name that another organisation has",
        old="  nom: Ministères français\n",
        new="  nom: Le ministère de l’économie et des finances\n",
        problem="organismes.yml:14: « Le ministère de l’économie et des finances » est le nom de economie",
    ),
    RuleCase(
        name="members of what is no collective",
        old="  categorie: etablissement-public\n",
        new="  categorie: etablissement-public\n  membres: {categorie: ministere, preuve: x}\n",
        problem="organismes.yml:5: « membres » va avec « categorie: collectif »",
    ),
    RuleCase(
        name="an alias that is another organisation's name",
        old="[Caisse des allocations]",
        new="[Caisse des allocations, Les Ministères Français]",
        problem="organismes.yml:5: « Les Ministères Français » est le nom de ministeres",
    ),
    RuleCase(
        name="an alias that is its own name",
        old="[Caisse des allocations]",
        new="[La Caisse nationale d'allocations familiales]",
        problem="organismes.yml:5: libellé « La Caisse nationale d'allocations familiales » : le nom suffit",
    ),
    RuleCase(
        name="an alias that is an acronym",
        old="du Budget\n",
        new="du Budget\n    - la cnaf\n",
        problem="organismes.yml:11: libellé « la cnaf » : un sigle seul n'identifie personne",
    ),
    RuleCase(
        name="an alias that is a former acronym",
        old="  libelles: [Caisse des allocations]\n",
        new="  anciens_sigles: [UNCAF]\n  libelles: [uncaf]\n",
        problem="organismes.yml:6: libellé « uncaf » : un sigle seul n'identifie personne",
    ),
    RuleCase(
        name="an alias written twice",
        old="du Budget\n",
        new="du Budget\n    - Ministère de l'économie, des finances, du budget\n",
        problem="organismes.yml:11: libellé « Ministère de l'économie, des finances, du budget » : écrit deux fois",
    ),
    RuleCase(
        name="an alias without a word",
        old="[Caisse des allocations]",
        new="[Caisse des allocations, (CAF)]",
        problem="organismes.yml:5: « (CAF) » ne contient aucun mot",
    ),
    RuleCase(
        name="a search name that is another organisation's name",
        old="{nom: Bercy,",
        new="{nom: Les ministères français,",
        problem="organismes.yml:12: « Les ministères français » est le nom de ministeres",
    ),
    RuleCase(
        name="a search name that is more than a spelling, without evidence",
        old="  sigle: CNAF\n",
        new="  sigle: CNAF\n  autres_noms:\n    - C.N.A.F.\n    - CAF\n",
        problem="organismes.yml:6: autre nom « CAF » : c'est plus qu'une graphie du nom",
    ),
    RuleCase(
        name="an alias of an ordinary organisation that excludes somebody",
        old="[Caisse des allocations]",
        new="[Caisse des allocations hors Paris]",
        problem="organismes.yml:5: libellé « Caisse des allocations hors Paris » : une exclusion appartient à un collectif",
    ),
    RuleCase(
        name="an alias of an ordinary organisation with slugs that it excludes",
        old="[Caisse des allocations]",
        new="[{libelle: Caisse des allocations, sauf: [economie]}]",
        problem="organismes.yml:5: libellé « Caisse des allocations » : une exclusion appartient à un collectif",
    ),
    RuleCase(
        name="an exclusion that does not say whom",
        old=COLLECTIVE_ALIAS + "[economie]}",
        new="    - Ministères français sauf celui de l'Économie",
        problem="organismes.yml:18: libellé « Ministères français sauf celui de l'Économie » : dire qui est exclu",
    ),
    RuleCase(
        name="an exclusion of an unknown slug",
        old=COLLECTIVE_ALIAS + "[economie]}",
        new=COLLECTIVE_ALIAS + "[bercy]}",
        problem="organismes.yml:18: « bercy » : aucun organisme n'a ce slug",
    ),
    RuleCase(
        name="an unknown group",
        old=CNAF_NAME,
        new=CNAF_NAME + "  groupe: {organisme: caisses, preuve: x}\n",
        problem="organismes.yml:3: « caisses » : aucun organisme n'a ce slug",
    ),
    RuleCase(
        name="a group that is no collective",
        old=CNAF_NAME,
        new=CNAF_NAME + "  groupe: {organisme: economie, preuve: x}\n",
        problem="organismes.yml:3: « economie » n'est pas un collectif",
    ),
    RuleCase(
        name="an unknown organisation that it may come under",
        old=CNAF_NAME,
        new=CNAF_NAME + "  releve_de:\n    - {organisme: sante, preuve: x}\n",
        problem="organismes.yml:4: « sante » : aucun organisme n'a ce slug",
    ),
    RuleCase(
        name="an unknown predecessor, the second of two",
        old=CNAF_NAME,
        new=CNAF_NAME
        + "  succede_a:\n    - {organisme: economie, preuve: x}\n    - {organisme: uncaf, preuve: x}\n",
        problem="organismes.yml:5: « uncaf » : aucun organisme n'a ce slug",
    ),
    RuleCase(
        name="an organisation that succeeds itself",
        old=CNAF_NAME,
        new=CNAF_NAME + "  succede_a: [{organisme: cnaf, preuve: x}]\n",
        problem="organismes.yml:1: groupes et successions tournent en rond : cnaf → cnaf",
    ),
    RuleCase(
        name="a collective whose members are all collectives, itself among them",
        old="membres: {categorie: ministere",
        new="membres: {categorie: collectif",
        problem="organismes.yml:13: groupes et successions tournent en rond : ministeres → ministeres",
    ),
]

EVIDENCE_CASES = [
    RuleCase(
        name="evidence for an unknown slug",
        old="cnaf,siren,",
        new="caf,siren,",
        problem="identifiants.csv:2: « caf » : aucun organisme n'a ce slug",
    ),
    RuleCase(
        name="a SIREN with a wrong digit",
        old="180035024",
        new="180035025",
        problem="identifiants.csv:2: SIREN « 180035025 » : la clé de contrôle est fausse",
    ),
    RuleCase(
        name="a collective with a SIREN",
        old="cnaf,siren",
        new="ministeres,siren",
        problem="identifiants.csv:2: un collectif n'a pas de SIREN",
    ),
    RuleCase(
        name="two values of one identifier",
        old="cnaf,site,",
        new="cnaf,site,https://caf.fr,secondaire,Un autre annuaire\ncnaf,site,",
        problem="identifiants.csv:4: « site » vaut « https://caf.fr » plus haut et « https://www.caf.fr » ici",
    ),
    RuleCase(
        name="one SIREN for two organisations",
        old="110020013",
        new="180035024",
        problem="identifiants.csv:4: « 180035024 » appartient déjà à cnaf",
    ),
    RuleCase(
        name="one Wikidata item for two organisations",
        old="economie,siren,110020013",
        new="cnaf,wikidata,Q2006541",
        problem="identifiants.csv:5: « Q2006541 » appartient déjà à cnaf",
    ),
    RuleCase(
        name="evidence written twice",
        old="cnaf,site,",
        new="cnaf,siren,180035024,officielle,Un avis\ncnaf,site,",
        problem="identifiants.csv:3: cette preuve est déjà écrite plus haut",
    ),
]


@parametrize_cases(ENTRY_CASES)
def test_a_broken_rule_of_the_organisations_is_reported_at_its_line(case):
    organisations = replace_once(ORGANISATIONS, case.old, case.new)

    with pytest.raises(ProblemsFound) as error:
        read_registry(organisations)

    assert_starts(str(error.value).splitlines(), [case.problem])


@parametrize_cases(EVIDENCE_CASES)
def test_a_broken_rule_of_the_evidence_is_reported_at_its_line(case):
    with pytest.raises(ProblemsFound) as error:
        read_registry(evidence=replace_once(EVIDENCE, case.old, case.new))

    assert_starts(str(error.value).splitlines(), [case.problem])


def test_every_broken_rule_of_both_files_is_reported_at_once():
    organisations = replace_once(ORGANISATIONS, CNAF_NAME, "  nom: (CNAF)\n")
    organisations = replace_once(organisations, "{nom: Bercy,", "{nom: Ministères français,")
    evidence = replace_once(EVIDENCE, "180035024", "180035025")

    with pytest.raises(ProblemsFound) as error:
        read_registry(organisations, evidence)

    places = [(problem.file, problem.line) for problem in error.value.problems]
    assert places == [("identifiants.csv", 2), ("organismes.yml", 2), ("organismes.yml", 12)]


def test_groups_and_successions_that_turn_in_a_circle_are_named():
    first = make_organisation("atelier", group="reseau")
    second = make_collective("reseau", replaces=["ancien"])
    third = make_collective("ancien", group="antenne")
    fourth = make_collective("antenne", group="ancien")

    with pytest.raises(ProblemsFound, match="tournent en rond : ancien → antenne → ancien ;"):
        make_registry(first, second, third, fourth)


def test_a_right_registry_is_accepted_and_an_alias_may_be_shared():
    shared = ORGANISATIONS.replace("[Caisse des allocations]", "[Caisse, Organisme payeur]")
    shared = replace_once(shared, "  autres_noms:\n", "    - Organisme payeur\n  autres_noms:\n")

    registry = read_registry(shared)

    matches = registry.match_label("L’organisme payeur")
    assert [match.organisation.slug for match in matches] == ["cnaf", "economie"]
    assert [match.organisation.slug for match in registry.match_label("La Caisse (CNAF)")] == [
        "cnaf"
    ]
    assert registry.match_label("Bercy") == ()


def test_two_organisations_may_have_one_site():
    evidence = EVIDENCE + "economie,site,https://www.caf.fr,secondaire,Un annuaire\n"

    registry = read_registry(evidence=evidence)

    assert registry.find_identifier("economie", "site").value == "https://www.caf.fr"


def test_a_merged_name_names_its_organisations_in_its_own_order_then_in_that_of_the_slugs():
    registry = make_registry(
        make_organisation("zenith", aliases=["Zenith et Aurore", "Grands équipements"]),
        make_organisation("aurore", aliases=["Zenith et Aurore", "Grands équipements"]),
        make_organisation("abri", aliases=["Zenith et Aurore"]),
    )

    named = registry.match_label("le Zénith et l’Aurore")
    in_other_words = registry.match_label("les grands Équipements")

    assert [match.organisation.slug for match in named] == ["zenith", "aurore", "abri"]
    assert [match.organisation.slug for match in in_other_words] == ["aurore", "zenith"]


def test_a_text_mentions_the_organisations_whose_whole_name_or_alias_it_has():
    registry = make_registry(
        make_organisation("inria", "Institut national d'informatique"),
        make_organisation("institut", "Institut national", aliases=["Maison des instituts"]),
        make_organisation("art", "Arts"),
    )

    mentioned = registry.find_mentioned("Voir l’Institut national de l’informatique, à part")

    assert [organisation.slug for organisation in mentioned] == ["inria", "institut"]


@dataclass(frozen=True)
class ConfidenceCase:
    """Kinds of evidence for one identifier, and how sure it is."""

    name: str
    kinds: list[str]
    confidence: str


CONFIDENCE_CASES = [
    ConfidenceCase("one official piece", ["officielle"], "haute"),
    ConfidenceCase("one other piece", ["secondaire"], "moyenne"),
    ConfidenceCase("two independent pieces", ["secondaire", "secondaire"], "haute"),
    ConfidenceCase("a copy is no second piece", ["secondaire", "copie"], "moyenne"),
    ConfidenceCase("copies alone", ["copie", "copie"], "moyenne"),
    ConfidenceCase("an official piece after a copy", ["copie", "officielle"], "haute"),
]


@parametrize_cases(CONFIDENCE_CASES)
def test_confidence_depends_on_independent_evidence(case):
    assert assess_confidence(case.kinds) == case.confidence


def test_an_identifier_has_its_value_and_confidence():
    registry = read_registry()

    siren = registry.find_identifier("cnaf", "siren")
    site = registry.find_identifier("cnaf", "site")

    assert (siren.value, siren.confidence) == ("180035024", "haute")
    assert (site.value, site.confidence) == ("https://www.caf.fr", "moyenne")
    assert registry.find_identifier("cnaf", "wikidata") is None


@dataclass(frozen=True)
class SpellingCase:
    """A search name, and whether it only spells the name or acronym of an organisation."""

    name: str
    organisation: str
    is_spelling: bool


SPELLING_ORGANISATIONS = {
    "outre-mer": make_organisation("outre-mer", "Ministère des Outre-mer", category="ministere"),
    "elysee": make_organisation(
        "elysee", "Services de la Présidence de la République", category="institution"
    ),
    "armees": make_organisation("armees", "Ministère des Armées", category="ministere"),
    "cnaf": make_organisation("cnaf", "Caisse nationale des allocations familiales"),
    "anct": make_organisation(
        "anct", "Agence nationale de la cohésion", acronym="ANCT", former_acronyms=("CGET",)
    ),
    "meae": make_organisation(
        "meae", "Ministère de l'Europe et des Affaires étrangères", category="ministere"
    ),
    "sorbonne": make_organisation("sorbonne", "Sorbonne Université"),
    "ecole": make_organisation("ecole", "École du Louvre", category=None),
}

SPELLING_CASES = [
    SpellingCase("Outremer", "outre-mer", True),
    SpellingCase("outre mer", "outre-mer", True),
    SpellingCase("Les Outre-Mers", "outre-mer", False),
    SpellingCase("Le ministère d'outre-mer", "outre-mer", True),
    SpellingCase("Ministère", "outre-mer", False),
    SpellingCase("Élysée", "elysee", False),
    SpellingCase("services présidence république", "elysee", True),
    SpellingCase("Défense", "armees", False),
    SpellingCase("Armees", "armees", True),
    SpellingCase("CNAF", "cnaf", True),
    SpellingCase("c.n.a.f", "cnaf", True),
    SpellingCase("CAF", "cnaf", False),
    SpellingCase("Caisse d'allocations familiales", "cnaf", False),
    SpellingCase("A.N.C.T.", "anct", True),
    SpellingCase("Cget", "anct", True),
    SpellingCase("ANC", "anct", True),
    SpellingCase("MEAE", "meae", True),
    SpellingCase("MAE", "meae", False),
    SpellingCase("La Sorbonne-Université", "sorbonne", True),
    SpellingCase("Sorbonne", "sorbonne", False),
    SpellingCase("ecole louvre", "ecole", True),
]


@parametrize_cases(SPELLING_CASES)
def test_a_search_name_is_a_spelling_or_needs_evidence(case):
    organisation = SPELLING_ORGANISATIONS[case.organisation]

    assert is_spelling_of(case.name, organisation) is case.is_spelling


def test_what_a_program_proposed_waits_for_a_person():
    organisations = replace_once(ORGANISATIONS, "  categorie: ministere\n", "  a_confirmer: true\n")
    organisations = replace_once(
        organisations,
        "[Caisse des allocations]",
        "[Caisse, {libelle: Les caisses, a_confirmer: true}]",
    )
    document = parse_yaml(organisations.encode(), "organismes.yml")

    problems = find_unconfirmed(read_registry(organisations), document)

    assert_starts(
        [str(problem) for problem in problems],
        [
            "organismes.yml:5: « Les caisses » est-il un autre libellé de « Caisse nationale des allocations familiales »",
            "organismes.yml:6: « Ministère de l'Économie et des Finances » à confirmer : ajouter « categorie »",
        ],
    )
