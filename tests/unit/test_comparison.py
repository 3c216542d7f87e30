"""What changed from a snapshot to another, as data."""

import datetime as dt

from beneficiaires.model.comparison import Comparison, compare_all, compare_snapshots
from beneficiaires.model.coverage import coverage_by_contract
from beneficiaires.source.models import Alias, Contract
from unit.builders import (
    CONTRACTS,
    SUPPORT_ONLY,
    make_collective,
    make_organisation,
    make_registry,
    match_page,
    write_page,
)

ALPHA = make_organisation("alpha")
BETA = make_organisation("beta")
GAMMA = make_organisation("gamma")
REGISTRY = make_registry(ALPHA, BETA, GAMMA)


def compare(old, new, registry=REGISTRY, contracts=SUPPORT_ONLY, corrections=()) -> Comparison:
    """Compare two pages, given by their text or by the bullets of support."""
    texts = [page if isinstance(page, str) else write_page(page) for page in (old, new)]
    snapshots = [
        match_page(text, registry, contracts, corrections, date)
        for text, date in zip(texts, ("2024-01-01", "2024-02-01"), strict=True)
    ]
    coverage = [coverage_by_contract(snapshot, registry) for snapshot in snapshots]
    return compare_snapshots(*snapshots, *coverage, contracts, registry)


def compare_support(old, new, registry=REGISTRY):
    """Return what changed in the list of support."""
    return compare(old, new, registry).lists[0]


def list_slugs(changes) -> list[str]:
    return [change.slug for change in changes]


def test_added_and_removed_organisations_have_the_lines_of_their_bullets():
    part = compare_support(["Alpha", "Beta"], ["Gamma : lot 2", "Beta"])

    assert [(entry.slug, entry.line, entry.scope) for entry in part.added] == [
        ("gamma", 3, "lot 2")
    ]
    assert [(removal.slug, removal.line) for removal in part.removed] == [("alpha", 3)]
    assert (part.renamed, part.rerouted, part.scope_changes) == ((), (), ())


def test_another_label_of_the_same_organisation_is_a_renaming():
    registry = make_registry(make_organisation("alpha", aliases=["Omega"]), BETA)

    part = compare_support(["L'Alpha", "Beta"], ["La beta", "Omega"], registry)

    assert [(change.old_label, change.new_label, change.line) for change in part.renamed] == [
        ("Alpha", "Omega", 4)
    ]
    assert not part.added
    assert not part.removed


def test_a_renaming_by_an_alias_to_confirm_is_not_confirmed():
    alias = Alias("Omega", unconfirmed=True)
    registry = make_registry(make_organisation("alpha", aliases=[alias]))

    part = compare_support(["Alpha"], ["Omega"], registry)

    assert not part.renamed[0].is_confirmed


def test_members_that_a_group_covers_now_are_neither_removed_nor_added():
    registry = make_registry(
        make_organisation("alpha", category="ministere"),
        make_organisation("beta", category="ministere"),
        make_collective("ministeres", members="ministere"),
        GAMMA,
    )

    part = compare_support(["Alpha", "Gamma"], ["Ministeres", "Gamma"], registry)

    assert [(change.slug, change.through, change.was_covered) for change in part.rerouted] == [
        ("alpha", "ministeres", True),
        ("beta", "ministeres", False),
    ]
    assert list_slugs(part.added) == ["ministeres"]
    assert not part.removed


def test_members_named_again_by_themselves_are_not_announced_as_new():
    registry = make_registry(
        make_organisation("alpha", category="ministere"),
        make_collective("ministeres", members="ministere"),
    )

    part = compare_support(["Ministeres"], ["Alpha"], registry)

    assert [(change.slug, change.status) for change in part.rerouted] == [("alpha", "cite")]
    assert not part.added
    assert list_slugs(part.removed) == ["ministeres"]


def test_members_of_a_group_that_left_are_removed_without_having_been_listed():
    registry = make_registry(
        make_organisation("alpha", category="ministere"),
        make_collective("ministeres", members="ministere"),
        BETA,
    )

    part = compare_support(["Beta", "Ministeres"], ["Beta"], registry)

    assert [(removal.slug, removal.was_listed, removal.line) for removal in part.removed] == [
        ("alpha", False, 4),
        ("ministeres", True, 4),
    ]


def test_an_organisation_covered_by_its_successor_is_not_removed():
    registry = make_registry(ALPHA, make_organisation("omega", replaces=["alpha"]))

    part = compare_support(["Alpha"], ["Omega"], registry)

    assert [(change.slug, change.status, change.through) for change in part.rerouted] == [
        ("alpha", "successeur", "omega")
    ]
    assert not part.removed


def test_an_organisation_that_may_still_be_covered_is_removed_and_says_by_whom():
    collective = make_collective("universites")
    registry = make_registry(collective, make_organisation("alpha", comes_under=["universites"]))

    part = compare_support(["Alpha"], ["Universites"], registry)

    assert [(removal.slug, removal.to_verify_through) for removal in part.removed] == [
        ("alpha", "Universites")
    ]


def test_a_limit_that_comes_or_goes_is_a_change_of_scope():
    part = compare_support(
        ["Alpha", "Beta : lot 1", "Gamma : Lot 3"], ["Alpha : lot 2", "Beta", "Gamma : lot 3"]
    )

    changes = [(change.slug, change.old_scope, change.new_scope) for change in part.scope_changes]
    assert changes == [("alpha", None, "lot 2"), ("beta", "lot 1", None)]
    assert not part.renamed


def test_the_scope_of_a_group_changes_once_and_not_for_each_member():
    registry = make_registry(
        make_organisation("alpha", category="ministere"),
        make_collective("ministeres", members="ministere"),
    )

    part = compare_support(["Ministeres"], ["Ministeres : lot 2"], registry)

    assert list_slugs(part.scope_changes) == ["ministeres"]


def test_the_same_words_as_a_wide_scope_then_as_a_limit_are_a_change_of_scope():
    alias = Alias("Groupe alpha", scope="ses filiales")
    registry = make_registry(make_organisation("alpha", aliases=[alias]))

    part = compare_support(["Groupe alpha"], ["Alpha : ses filiales"], registry)

    assert [change.slug for change in part.scope_changes] == ["alpha"]


def test_an_organisation_that_vanished_may_have_a_new_label_of_the_same_kind():
    registry = make_registry(
        make_organisation("agence-eau", "Agence de l'eau"),
        make_organisation("agence-feu", "Agence du feu", unconfirmed=True),
        make_organisation("agence-air", "Agence de l'air"),
        GAMMA,
    )

    part = compare_support(
        ["Agence de l'eau", "Agence inconnue", "Gamma"],
        [
            "Agence inconnue",
            "Agence du feu",
            "Agence nouvelle",
            "Agence de l'air",
            "Institut nouveau",
            "Gamma",
        ],
        registry,
    )

    assert [(removal.slug, removal.possible_names) for removal in part.removed] == [
        ("agence-eau", ("Agence du feu", "Agence nouvelle"))
    ]


def test_an_alias_to_confirm_of_another_organisation_explains_no_removal():
    alias = Alias("Agence nouvelle", unconfirmed=True)
    registry = make_registry(
        make_organisation("agence-eau", "Agence de l'eau"),
        make_organisation("agence-feu", "Agence du feu", aliases=[alias]),
    )

    part = compare_support(["Agence de l'eau", "Agence du feu"], ["Agence nouvelle"], registry)

    assert [(removal.slug, removal.possible_names) for removal in part.removed] == [
        ("agence-eau", ())
    ]


def test_an_unknown_label_is_added_and_removed_by_its_words():
    part = compare_support(["Le zèbre", "Un lion"], ["ZEBRE", "Une girafe : lot 2"])

    assert [(entry.slug, entry.name, entry.scope) for entry in part.added] == [
        (None, "Une girafe", "lot 2")
    ]
    assert [(removal.slug, removal.name) for removal in part.removed] == [(None, "Un lion")]


def test_the_scope_of_an_unknown_label_that_changes_is_a_change_of_scope():
    part = compare_support(["Alpha", "Omega : lot 1"], ["Alpha", "Omega : lot 2"])

    (change,) = part.scope_changes
    assert (change.slug, change.old_scope, change.new_scope) == (None, "lot 1", "lot 2")
    assert (part.added, part.removed) == ((), ())


def test_members_that_move_to_a_group_with_a_scope_have_no_change_of_scope_of_their_own():
    group = make_collective("ministeres", members="ministere")
    culture = make_organisation("culture", category="ministere")

    part = compare_support(["Culture"], ["Ministeres : lot 1"], make_registry(group, culture))

    assert list_slugs(part.rerouted) == ["culture"]
    assert part.scope_changes == ()


def test_more_than_a_third_lost_is_an_alert_and_a_third_is_not():
    third = compare_support(["Alpha", "Beta", "Gamma"], ["Alpha", "Beta"])
    two_thirds = compare_support(["Alpha", "Beta", "Gamma"], ["Alpha"])

    assert third.alert is None
    assert (two_thirds.alert.lost_count, two_thirds.alert.old_count) == (2, 3)
    assert not two_thirds.alert.is_missing


def test_what_a_group_covers_now_is_not_lost():
    registry = make_registry(
        make_organisation("alpha", category="ministere"),
        make_organisation("beta", category="ministere"),
        make_collective("ministeres", members="ministere"),
    )

    assert compare_support(["Alpha", "Beta"], ["Ministeres"], registry).alert is None


def test_members_lost_with_their_group_count_in_the_alert():
    registry = make_registry(
        make_organisation("alpha", category="ministere"),
        make_organisation("beta", category="ministere"),
        make_collective("ministeres", members="ministere"),
        GAMMA,
    )

    alert = compare_support(["Ministeres", "Gamma"], ["Gamma"], registry).alert

    assert (alert.lost_count, alert.old_count) == (3, 4)


def test_a_list_that_vanished_is_an_alert_unless_its_contract_has_ended():
    ended = {
        **SUPPORT_ONLY,
        "expertise": Contract("expertise", "Expertise", ("Expertise",), None, dt.date(2024, 2, 1)),
    }
    old, new = write_page(["Alpha"], ["Beta"]), write_page(["Alpha"])

    vanished = compare(old, new, contracts=CONTRACTS).lists[1]
    expected = compare(old, new, contracts=ended).lists[1]

    assert vanished.is_gone
    assert vanished.alert.is_missing
    assert (vanished.alert.lost_count, vanished.alert.old_count) == (1, 1)
    assert expected.is_gone
    assert expected.alert is None
    assert list_slugs(expected.removed) == ["beta"]


def test_two_lists_of_one_title_that_no_contract_claims_are_compared_as_one():
    title = "\n## Nouvelle liste\n\n"
    page = write_page(["Alpha"])

    comparison = compare(page, f"{page}{title}- Beta\n{title}- Zèbre\n")

    part = comparison.lists[1]
    assert (part.contract, part.name, part.is_new) == (None, "Nouvelle liste", True)
    assert sorted(entry.name for entry in part.added) == ["Beta", "Zèbre"]


def test_a_title_that_is_the_slug_of_a_contract_hides_no_list():
    page = write_page(["Alpha"], ["Beta"])
    only_support = {"support": CONTRACTS["support"]}

    comparison = compare(page.replace("## Support", "## Autre"), page, contracts=only_support)

    assert [(part.contract, part.name) for part in comparison.lists] == [
        ("support", "Support"),
        (None, "Autre"),
        (None, "Expertise"),
    ]


def test_the_other_texts_of_the_page_are_compared():
    contracts = {"support": Contract("support", "Le support", ("Support", "Assistance"))}
    header = "---\ntitle: {}\ndate: {}\n---\n\n[x](mailto:{}@e.org)\n\n"
    old = header.format("Un", "2020-01-01", "a") + write_page(["Alpha"])
    new = header.format("Deux", "2021-01-01", "b") + write_page(["Alpha"])

    comparison = compare(old, new.replace("## Support", "## Assistance"), contracts=contracts)

    assert [(change.subject, change.old, change.new) for change in comparison.text_changes] == [
        ("contact", "a@e.org", "b@e.org"),
        ("title", "Un", "Deux"),
        ("header_date", "2020-01-01", "2021-01-01"),
        ("list_title", "Support", "Assistance"),
    ]
    assert comparison.text_changes[3].list_name == "Le support"


def test_spelling_and_order_are_no_changes_and_only_what_stays_is_kept_for_them():
    comparison = compare(["L'alpha", "Beta", "Gamma"], ["Beta.", "Alpha", "Zèbre"])

    part = comparison.lists[0]
    assert part.old_texts == ("L'alpha", "Beta")
    assert part.new_texts == ("Beta.", "Alpha")
    assert not compare(["L'alpha", "Beta"], ["Beta.", "Alpha"]).has_changes


def test_every_snapshot_is_compared_with_the_one_before_newest_first():
    snapshots = [
        match_page(write_page(labels), REGISTRY, date=date)
        for labels, date in (
            (["Alpha"], "2024-01-01"),
            (["Alpha", "Beta"], "2024-02-01"),
            (["Alpha", "Beta", "Gamma"], "2024-03-01"),
        )
    ]
    coverage = [coverage_by_contract(snapshot, REGISTRY) for snapshot in snapshots]

    comparisons = compare_all(snapshots, coverage, SUPPORT_ONLY, REGISTRY)

    assert [
        (str(comparison.old_date), str(comparison.new_date), list_slugs(comparison.lists[0].added))
        for comparison in comparisons
    ] == [
        ("2024-02-01", "2024-03-01", ["gamma"]),
        ("2024-01-01", "2024-02-01", ["beta"]),
    ]
