"""The answer for an organisation under a contract: the first of five statuses that applies."""

from dataclasses import dataclass, field

from beneficiaires.model.coverage import coverage_by_contract
from beneficiaires.source.models import Alias, Organisation

from .builders import (
    CONTRACTS,
    describe_answer,
    make_collective,
    make_organisation,
    make_registry,
    match_page,
    parametrize_cases,
    write_page,
)


@dataclass(frozen=True)
class CoverageCase:
    """A registry, the bullets of a list, and the answers for some slugs."""

    name: str
    organisations: list[Organisation]
    bullets: list[str]
    answers: dict[str, str] = field(default_factory=dict)


SERVICES = make_organisation(
    "premier-ministre",
    "Services du Premier ministre",
    category="administration-centrale",
    aliases=[Alias("Services et entités du Premier ministre", scope="services et entités")],
)
WIDE_BULLET = "Les services et entités du Premier ministre"
MINISTRIES = make_collective("ministeres", members="ministere")
CULTURE = make_organisation("culture", category="ministere")
JUSTICE = make_organisation("justice", category="ministere")

ORDER_CASES = [
    CoverageCase(
        name="named by the list before covered by its group",
        organisations=[CULTURE, JUSTICE, MINISTRIES],
        bullets=["Ministeres", "Culture"],
        answers={"culture": "cite par culture", "justice": "groupe par ministeres"},
    ),
    CoverageCase(
        name="covered by its group before covered by its successor",
        organisations=[
            make_collective("reseau"),
            make_organisation("ancien", group="reseau"),
            make_organisation("nouveau", replaces=["ancien"]),
        ],
        bullets=["Nouveau", "Reseau"],
        answers={"ancien": "groupe par reseau"},
    ),
    CoverageCase(
        name="covered by its successor before a doubt",
        organisations=[
            SERVICES,
            make_organisation("ancien", comes_under=["premier-ministre"]),
            make_organisation("nouveau", replaces=["ancien"]),
        ],
        bullets=[WIDE_BULLET, "Nouveau"],
        answers={"ancien": "successeur par nouveau"},
    ),
    CoverageCase(
        name="a doubt before not named",
        organisations=[SERVICES, make_organisation("anssi", comes_under=["premier-ministre"])],
        bullets=[WIDE_BULLET],
        answers={"anssi": "a_verifier par premier-ministre, large : services et entités"},
    ),
    CoverageCase(
        name="not named",
        organisations=[CULTURE, JUSTICE],
        bullets=["Culture"],
        answers={"justice": "non_cite"},
    ),
]

GROUP_CASES = [
    CoverageCase(
        name="its own group before the collective of its category",
        organisations=[
            MINISTRIES,
            make_collective("pole-regalien"),
            make_organisation("justice", category="ministere", group="pole-regalien"),
        ],
        bullets=["Ministeres", "Pole regalien"],
        answers={"justice": "groupe par pole-regalien"},
    ),
    CoverageCase(
        name="the collective of its category when its own group is not listed",
        organisations=[
            MINISTRIES,
            make_collective("pole-regalien"),
            make_organisation("justice", category="ministere", group="pole-regalien"),
        ],
        bullets=["Ministeres"],
        answers={"justice": "groupe par ministeres", "pole-regalien": "non_cite"},
    ),
    CoverageCase(
        name="a replaced organisation is no member by its category",
        organisations=[
            MINISTRIES,
            make_organisation("ancien", category="ministere"),
            make_organisation("nouveau", category="institution", replaces=["ancien"]),
        ],
        bullets=["Ministeres"],
        answers={"ancien": "non_cite", "nouveau": "non_cite"},
    ),
    CoverageCase(
        name="a replaced member comes through its successor",
        organisations=[
            MINISTRIES,
            make_organisation("ancien", category="ministere"),
            make_organisation("nouveau", category="ministere", replaces=["ancien"]),
        ],
        bullets=["Ministeres"],
        answers={"ancien": "successeur par nouveau", "nouveau": "groupe par ministeres"},
    ),
    CoverageCase(
        name="a group of a group, with the scope of the end of the chain",
        organisations=[
            make_collective("reseau"),
            make_collective("antenne", group="reseau"),
            make_organisation("atelier", group="antenne"),
        ],
        bullets=["Reseau : uniquement le lot Moodle"],
        answers={
            "reseau": "cite par reseau, limitee : uniquement le lot Moodle",
            "antenne": "groupe par reseau, limitee : uniquement le lot Moodle",
            "atelier": "groupe par antenne, limitee : uniquement le lot Moodle",
        },
    ),
    CoverageCase(
        name="an excluded member, by the alias that the list uses",
        organisations=[
            CULTURE,
            JUSTICE,
            make_collective(
                "ministeres",
                members="ministere",
                aliases=[Alias("Ministeres sauf la justice", excluded=("justice",))],
            ),
        ],
        bullets=["Les ministeres, sauf la Justice"],
        answers={"culture": "groupe par ministeres", "justice": "non_cite"},
    ),
    CoverageCase(
        name="an exclusion holds for the listings of its own alias only",
        organisations=[
            JUSTICE,
            make_collective(
                "ministeres",
                members="ministere",
                aliases=[Alias("Ministeres sauf la justice", excluded=("justice",))],
            ),
        ],
        bullets=["Les ministeres"],
        answers={"justice": "groupe par ministeres"},
    ),
    CoverageCase(
        name="an exclusion holds down a chain of groups",
        organisations=[
            make_collective("antenne", group="reseau"),
            make_organisation("atelier", group="antenne"),
            make_collective(
                "reseau",
                aliases=[Alias("Reseau hors atelier", excluded=("atelier",))],
            ),
        ],
        bullets=["Reseau hors atelier"],
        answers={"antenne": "groupe par reseau", "atelier": "non_cite"},
    ),
    CoverageCase(
        name="an excluded member that another group covers",
        organisations=[
            make_collective("pole"),
            make_organisation("justice", category="ministere", group="pole"),
            make_collective(
                "ministeres",
                members="ministere",
                aliases=[Alias("Ministeres sauf la justice", excluded=("justice",))],
            ),
        ],
        bullets=["Les ministeres, sauf la justice", "Pole"],
        answers={"justice": "groupe par pole"},
    ),
    CoverageCase(
        name="two collectives of one category: the first slug",
        organisations=[
            make_collective("zone-ministeres", members="ministere"),
            make_collective("ensemble-ministeres", members="ministere"),
            JUSTICE,
        ],
        bullets=["Zone ministeres", "Ensemble ministeres"],
        answers={"justice": "groupe par ensemble-ministeres"},
    ),
]

SUCCESSOR_CASES = [
    CoverageCase(
        name="two successors: the first slug",
        organisations=[
            make_organisation("ancien"),
            make_organisation("zenith", replaces=["ancien"]),
            make_organisation("aurore", replaces=["ancien"]),
        ],
        bullets=["Zenith", "Aurore"],
        answers={"ancien": "successeur par aurore"},
    ),
    CoverageCase(
        name="a chain of successors, with the scope of its end",
        organisations=[
            make_organisation("ancien"),
            make_organisation("moderne", replaces=["ancien"]),
            make_organisation("nouveau", replaces=["moderne"]),
        ],
        bullets=["Nouveau : le siège"],
        answers={
            "moderne": "successeur par nouveau, limitee : le siège",
            "ancien": "successeur par moderne, limitee : le siège",
        },
    ),
]

DOUBT_CASES = [
    CoverageCase(
        name="it may come under a collective",
        organisations=[
            make_collective("operateurs"),
            make_organisation("agence", comes_under=["operateurs"]),
        ],
        bullets=["Operateurs : en métropole"],
        answers={"agence": "a_verifier par operateurs, limitee : en métropole"},
    ),
    CoverageCase(
        name="neither an ordinary name nor a limited scope is a reason for doubt",
        organisations=[
            make_organisation("ecole"),
            make_organisation("tutelle"),
            make_organisation("atelier", comes_under=["ecole", "tutelle"]),
        ],
        bullets=["Ecole", "Tutelle : en métropole"],
        answers={"atelier": "non_cite"},
    ),
    CoverageCase(
        name="what it may come under excludes it",
        organisations=[
            make_organisation("agence", comes_under=["operateurs"]),
            make_collective(
                "operateurs",
                aliases=[Alias("Operateurs sauf agence", excluded=("agence",))],
            ),
        ],
        bullets=["Operateurs sauf agence"],
        answers={"agence": "non_cite"},
    ),
    CoverageCase(
        name="what it may come under is not named",
        organisations=[SERVICES, CULTURE, make_organisation("ecole", comes_under=["culture"])],
        bullets=[WIDE_BULLET],
        answers={"ecole": "non_cite"},
    ),
    CoverageCase(
        name="what it replaces excludes it",
        organisations=[
            make_collective(
                "reseau",
                aliases=[Alias("Reseau sauf antenne", excluded=("antenne",))],
            ),
            make_organisation("antenne", replaces=["reseau"]),
        ],
        bullets=["Reseau sauf antenne"],
        answers={"antenne": "non_cite"},
    ),
    CoverageCase(
        name="an organisation that replaces one that the list names",
        organisations=[
            make_organisation("irsn"),
            make_organisation("asnr", replaces=["irsn"]),
        ],
        bullets=["IRSN : le siège"],
        answers={"asnr": "a_verifier par irsn, limitee : le siège"},
    ),
    CoverageCase(
        name="that doubt goes one step",
        organisations=[
            make_organisation("ancien"),
            make_organisation("moderne", replaces=["ancien"]),
            make_organisation("nouveau", replaces=["moderne"]),
        ],
        bullets=["Ancien"],
        answers={"moderne": "a_verifier par ancien", "nouveau": "non_cite"},
    ),
    CoverageCase(
        name="an organisation that replaces one that only its group covers",
        organisations=[
            make_collective("reseau"),
            make_organisation("ancien", group="reseau"),
            make_organisation("nouveau", replaces=["ancien"]),
        ],
        bullets=["Reseau"],
        answers={"ancien": "groupe par reseau", "nouveau": "non_cite"},
    ),
    CoverageCase(
        name="its own wide scope before the organisation that it replaces",
        organisations=[
            SERVICES,
            make_organisation("ancien"),
            make_organisation("nouveau", replaces=["ancien"], comes_under=["premier-ministre"]),
        ],
        bullets=["Ancien", WIDE_BULLET],
        answers={"nouveau": "a_verifier par premier-ministre, large : services et entités"},
    ),
    CoverageCase(
        name="the organisation that it replaces before the doubt of its group",
        organisations=[
            SERVICES,
            make_collective("reseau", comes_under=["premier-ministre"]),
            make_organisation("ancien"),
            make_organisation("nouveau", replaces=["ancien"], group="reseau"),
        ],
        bullets=["Ancien", WIDE_BULLET],
        answers={"nouveau": "a_verifier par ancien"},
    ),
    CoverageCase(
        name="the doubt of its group, then that of its successor",
        organisations=[
            SERVICES,
            make_collective("reseau", comes_under=["premier-ministre"]),
            make_organisation("ancien"),
            make_organisation("antenne", group="reseau"),
            make_organisation("nouveau", replaces=["ancien"], comes_under=["premier-ministre"]),
        ],
        bullets=[WIDE_BULLET],
        answers={
            "antenne": "a_verifier par reseau, large : services et entités",
            "ancien": "a_verifier par nouveau, large : services et entités",
        },
    ),
    CoverageCase(
        name="a doubt that is no wide scope goes to no relative",
        organisations=[
            SERVICES,
            make_organisation("cite"),
            make_collective("reseau", comes_under=["premier-ministre"]),
            make_organisation("ancien"),
            make_organisation("nouveau", replaces=["ancien", "cite"], group="reseau"),
        ],
        bullets=["Cite", WIDE_BULLET],
        answers={"nouveau": "a_verifier par cite", "ancien": "non_cite"},
    ),
    CoverageCase(
        name="the doubt of a group of its group",
        organisations=[
            SERVICES,
            make_collective("reseau", comes_under=["premier-ministre"]),
            make_collective("branche", group="reseau"),
            make_organisation("antenne", group="branche"),
        ],
        bullets=[WIDE_BULLET],
        answers={"antenne": "a_verifier par branche, large : services et entités"},
    ),
    CoverageCase(
        name="what its group may come under excludes it",
        organisations=[
            make_collective(
                "operateurs",
                aliases=[Alias("Operateurs sauf antenne", excluded=("antenne",))],
            ),
            make_collective("reseau", comes_under=["operateurs"]),
            make_organisation("antenne", group="reseau"),
            make_organisation("bureau", group="reseau"),
        ],
        bullets=["Operateurs sauf antenne"],
        answers={"antenne": "non_cite", "bureau": "a_verifier par reseau"},
    ),
    CoverageCase(
        name="the collective that excludes it may come under something else",
        organisations=[
            SERVICES,
            make_collective(
                "reseau",
                comes_under=["premier-ministre"],
                aliases=[Alias("Reseau sauf antenne", excluded=("antenne",))],
            ),
            make_organisation("antenne", group="reseau"),
        ],
        bullets=["Reseau sauf antenne", WIDE_BULLET],
        answers={"antenne": "non_cite"},
    ),
    CoverageCase(
        name="two that it may come under: the first slug",
        organisations=[
            make_collective("zone"),
            make_collective("aire"),
            make_organisation("agence", comes_under=["zone", "aire"]),
        ],
        bullets=["Zone", "Aire"],
        answers={"agence": "a_verifier par aire"},
    ),
    CoverageCase(
        name="two that it replaces: the first slug",
        organisations=[
            make_organisation("zenith"),
            make_organisation("aurore"),
            make_organisation("nouveau", replaces=["zenith", "aurore"]),
        ],
        bullets=["Zenith", "Aurore"],
        answers={"nouveau": "a_verifier par aurore"},
    ),
]

SCOPE_CASES = [
    CoverageCase(
        name="a scope after a colon is limited",
        organisations=[CULTURE],
        bullets=["Culture : uniquement le lot Moodle."],
        answers={"culture": "cite par culture, limitee : uniquement le lot Moodle"},
    ),
    CoverageCase(
        name="the scope of an alias is wide",
        organisations=[SERVICES],
        bullets=[WIDE_BULLET],
        answers={"premier-ministre": "cite par premier-ministre, large : services et entités"},
    ),
    CoverageCase(
        name="both together are wide, in one text",
        organisations=[SERVICES],
        bullets=[f"{WIDE_BULLET} : à Paris"],
        answers={
            "premier-ministre": "cite par premier-ministre, large : services et entités ; à Paris"
        },
    ),
    CoverageCase(
        name="the plain name has no scope",
        organisations=[SERVICES],
        bullets=["Les services du Premier ministre"],
        answers={"premier-ministre": "cite par premier-ministre"},
    ),
]

MERGED_NAME = "Ministère de l'Intérieur et des Outre-mer"
INTERIOR = make_organisation(
    "interieur", "Ministère de l'Intérieur", category="ministere", aliases=[MERGED_NAME]
)
OVERSEAS = make_organisation(
    "outre-mer", "Ministère des Outre-mer", category="ministere", aliases=[MERGED_NAME]
)

NAME_CASES = [
    CoverageCase(
        name="a merged name lists each organisation that it merges",
        organisations=[INTERIOR, OVERSEAS, CULTURE],
        bullets=["Le ministère de l’Intérieur et des Outre-Mer : le siège"],
        answers={
            "interieur": "cite par interieur, limitee : le siège",
            "outre-mer": "cite par outre-mer, limitee : le siège",
            "culture": "non_cite",
        },
    ),
    CoverageCase(
        name="an alias with a colon is a name, without scope",
        organisations=[make_organisation("reseau", aliases=["Agences : toutes"])],
        bullets=["Les agences : toutes"],
        answers={"reseau": "cite par reseau"},
    ),
    CoverageCase(
        name="of several bullets, the one that names the fewest organisations counts",
        organisations=[INTERIOR, OVERSEAS],
        bullets=[f"{MERGED_NAME} : le siège", "Ministère des Outre-mer : Mayotte"],
        answers={
            "interieur": "cite par interieur, limitee : le siège",
            "outre-mer": "cite par outre-mer, limitee : Mayotte",
        },
    ),
]


@parametrize_cases(
    ORDER_CASES + GROUP_CASES + SUCCESSOR_CASES + DOUBT_CASES + SCOPE_CASES + NAME_CASES
)
def test_the_answer_is_the_first_status_that_applies(case):
    registry = make_registry(*case.organisations)
    matched = match_page(write_page(case.bullets), registry)
    assert not matched.problems

    coverage = coverage_by_contract(matched, registry)["support"]

    answers = {slug: describe_answer(coverage[slug]) for slug in case.answers}
    assert answers == case.answers


def test_a_ministry_named_anew_in_a_list_and_as_before_in_another_is_named_by_both():
    renamed = make_organisation("agriculture", aliases=["Agriculture et souveraineté alimentaire"])
    registry = make_registry(renamed)
    page = write_page(["Agriculture et Souveraineté alimentaire"], ["L’agriculture"])

    matched = match_page(page, registry, CONTRACTS)
    coverage = coverage_by_contract(matched, registry)

    assert not matched.problems
    assert describe_answer(coverage["support"]["agriculture"]) == "cite par agriculture"
    assert describe_answer(coverage["expertise"]["agriculture"]) == "cite par agriculture"


def test_a_contract_without_list_has_no_answers_and_a_list_answers_for_everybody():
    registry = make_registry(CULTURE, JUSTICE)

    coverage = coverage_by_contract(match_page(write_page(["Culture"]), registry), registry)

    assert list(coverage) == ["support"]
    assert list(coverage["support"]) == ["culture", "justice"]


def test_only_the_three_surest_statuses_count_as_covered():
    registry = make_registry(
        CULTURE,
        JUSTICE,
        SERVICES,
        make_organisation("anssi", comes_under=["premier-ministre"]),
        make_organisation("ancien"),
        make_organisation("nouveau", replaces=["ancien"], group="reseau"),
        make_collective("reseau"),
    )
    matched = match_page(write_page(["Culture", WIDE_BULLET, "Reseau"]), registry)

    coverage = coverage_by_contract(matched, registry)["support"]

    covered = [slug for slug, answer in coverage.items() if answer.is_covered]
    assert covered == ["ancien", "culture", "nouveau", "premier-ministre", "reseau"]
