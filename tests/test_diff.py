"""What changed from one version to another: literally, then by name, in words."""

import pytest
from bs4 import BeautifulSoup

from conftest import EXPERTISE, HEAD, SUPPORT, bullets, page
from edition2 import changes
from edition2 import checkout as sources


def told(checkout, old: str, new: str, registry: str = "", *options: str) -> str:
    """What the command says of these two versions, with these entries added to the registry."""
    checkout.only(old, "2024-01-01")
    checkout.keep(new, "2024-02-01")
    checkout.edit("source/organismes.yml", lambda text: text + registry)
    return checkout.well("diff", *options)


def lines(said: str) -> list[str]:
    """Its sentences, each on one line."""
    said = said.replace(" :\n  - ", " : ").replace("\n  - ", ", ")
    return [line.removeprefix("- ") for line in said.splitlines() if line.startswith("- ")]


def entry(slug: str, nom: str, succeeds: str) -> str:
    """The entry of a ministry that replaces others."""
    proof = "{succede_a: {preuves: [Un décret.]}}"
    return f"\n{slug}:\n  nom: {nom}\n  categorie: ministere\n  succede_a: [{succeeds}]\n  sources: {proof}\n"


GROUP = """
les-ministeres:
  nom: Ministères français
  categorie: collectif
  membres: ministere
  sources: {membres: {preuves: [Son nom.]}}
"""
SPORTS = "Ministère des Sports"
NAMES = "Ministère de la Justice", "Ministère des Armées", SPORTS, "Sorbonne Université"


def test_it_speaks_while_nothing_is_decided(checkout):
    old = page("Un inconnu", "Sorbonne Université", "services du Premier ministre")
    new = page("Un autre inconnu : lot 2", "Sorbonne Université", "*coupée* en", "deux")
    new += "\nUne note.\n\n## Titre nouveau\n\n- Encore un\n- Et deux\n"
    assert lines(told(checkout, old, new)) == [
        "La liste « support » ne cite plus : « Un inconnu » (ligne 10), « Services du Premier ministre » (ligne 12)",
        "La liste « support » cite désormais : « Un autre inconnu » (périmètre : « lot 2 », ligne 10), « Coupée en » (ligne 12), « Deux » (ligne 13)",
        "La liste « Titre nouveau » est nouvelle : « Encore un » (ligne 23), « Et deux » (ligne 24)",
    ]  # fmt: skip


RENAMED = HEAD.replace("contact@example.org", "autre@example.org") + SUPPORT
RENAMED += bullets(
    "Les ministères français", "Sorbonne Université : *uniquement sur le lot Moodle*"
)
RENAMED += EXPERTISE + bullets(
    "Ministère de l'Intérieur et des Outre-mer", "Les ministères français"
)


def test_the_same_two_versions_before_anything_is_decided_then_after(checkout):
    old = page(*NAMES, expertise=bullets("Ministère de l'Intérieur", "Ministère des Outre-mer"))
    before = told(checkout, old, RENAMED)
    assert before.startswith(
        "Attention : la liste « support » perd plus d'un tiers de ce qu'elle citait : 3 "
    )
    assert lines(before) == [
        "La liste « support » ne cite plus : « Ministère de la Justice » (ligne 10), « Ministère des Armées » (ligne 11), « Ministère des Sports » (ligne 12)",
        "La liste « expertise » ne cite plus : « Ministère de l'Intérieur » (ligne 17), « Ministère des Outre-mer » (ligne 18)",
        "La liste « support » cite désormais : « Ministères français » (ligne 10)",
        "La liste « expertise » cite désormais : « Ministère de l'Intérieur et des Outre-mer » (ligne 15), « Ministères français » (ligne 16)",
        "Le périmètre de « Sorbonne Université » change dans la liste « support » : aucun → « uniquement sur le lot Moodle » (ligne 13 avant, ligne 11 après).",
        "L'adresse de contact change : « contact@example.org » → « autre@example.org ».",
    ]  # fmt: skip
    merged = entry(
        "m",
        "Ministère de l'Intérieur et des Outre-mer",
        "ministere-de-l-interieur, ministere-des-outre-mer",
    )
    after = told(
        checkout,
        old,
        RENAMED,
        GROUP + merged + entry("jeux", "Ministère des Jeux", "ministere-des-sports"),
    )
    assert "Attention" not in after
    assert lines(after)[:3] == [
        "La liste « support » couvre désormais, par le groupe « Ministères français » : « Ministère de la Justice » (ligne 10), « Ministère des Armées » (ligne 11)",
        "La liste « support » couvre désormais, par le successeur « Ministère des Jeux » : « Ministère des Sports » (ligne 12)",
        "La liste « expertise » couvre désormais, par le successeur « Ministère de l'Intérieur et des Outre-mer » : « Ministère de l'Intérieur » (ligne 17), « Ministère des Outre-mer » (ligne 18)",
    ]  # fmt: skip


HEIRS = entry("un", "Un", "ministere-des-sports") + entry("deux", "Deux", "un")


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (["Un"], ["couvre désormais, par le successeur « Un » : « Ministère des Sports » (ligne 10)", "cite désormais : « Un » (ligne 10)"]),
        (["Deux"], ["couvre désormais, par le successeur « Un » : « Ministère des Sports » (ligne 10)", "cite désormais : « Deux » (ligne 10)"]),
        ([SPORTS, "Un"], ["cite désormais : « Un » (ligne 11)"]),
    ],
    ids=["rename", "chain", "beside"],
)  # fmt: skip
def test_who_replaces_whom_is_the_registrys_word(checkout, new, expected):
    said = lines(told(checkout, page(SPORTS), page(*new), HEIRS))
    assert said == [f"La liste « support » {each}" for each in expected]


def test_a_body_that_changes_list_is_told_once(checkout):
    old = page(*NAMES, expertise=bullets("Cour des comptes"))
    new = page(*NAMES[:3], expertise=bullets("Cour des comptes", "Sorbonne Université"))
    expected = "La liste « expertise » cite, à la place de la liste « support » : « Sorbonne Université » (ligne 17)"
    assert lines(told(checkout, old, new)) == [expected]


def test_a_contract_that_ends_is_told_with_all_that_its_list_named(checkout):
    checkout.replace("source/marches.yml", "expertise:\n", "expertise:\n  fin: 2024-02-01\n")
    old, new = (
        page(*NAMES, expertise=bullets("Cour des comptes", "Zèbre")),
        HEAD + SUPPORT + bullets(*NAMES),
    )
    bodies = "« Cour des comptes » (ligne 17), « Zèbre » (ligne 18)"
    said = told(checkout, old, new)
    assert "Attention" not in said
    assert lines(said) == [f"La liste « expertise » n'est plus sur la page : {bodies}"]
    assert lines(told(checkout, new, old)) == [f"La liste « expertise » est nouvelle : {bodies}"]


@pytest.mark.parametrize(
    ("old", "new", "what", "change"),
    [
        ("Sorbonne Université : lot 2", "Sorbonne Université : lot 1", "Le périmètre de « Sorbonne Université »", "« lot 2 » → « lot 1 »"),
        ("Cour des comptes", "Cour des comptes (CC)", "Le sigle de « Cour des comptes »", "aucun → « CC »"),
        ("Cour des comptes", "Haute cour", "Le nom de « Cour des comptes »", "« Cour des comptes » → « Haute cour »"),
    ],
)  # fmt: skip
def test_what_changes_of_a_body_that_stays_is_substance(checkout, old, new, what, change):
    name = "  nom: Cour des comptes\n"
    checkout.replace(
        "source/organismes.yml", name, f"{name}  sigle: CC\n  libelles: [Haute cour]\n"
    )
    said = told(checkout, page(old), page(new))
    assert lines(said) == [
        f"{what} change dans la liste « support » : {change} (ligne 10 avant, ligne 10 après)."
    ]
    assert " : 1 changement sur le fond.\n" in said


def test_spelling_and_order_alone_are_one_unified_diff(checkout):
    old = page(
        "Le ministère de la Justice", "Sorbonne Université", "INPI", "Cour des comptes : lot 1"
    )
    new = page(
        "Sorbonne université.", "INPI", "Ministère de la  justice", "La Cour des comptes : Lot 1"
    )
    said = told(checkout, old, new)
    assert said.splitlines()[0].endswith(" : l'écriture ou l'ordre de la liste.")
    assert said[said.index("Dans la forme seulement :\n\n") :].splitlines()[2:] == [
        "```diff",
        "--- 2024-01-01",
        "+++ 2024-02-01",
        "@@ -1,2 +1 @@",
        "-- Le ministère de la Justice",
        "-- Sorbonne Université",
        "+- Sorbonne université.",
        "@@ -4 +3,2 @@",
        "-- Cour des comptes : lot 1",
        "+- Ministère de la justice",
        "+- La Cour des comptes : Lot 1",
        "```",
    ]


def test_texts_of_the_page_are_told_apart_from_the_lists(checkout):
    title = "Bénéficiaires du marché interministériel support logiciels libres"
    checkout.replace("source/marches.yml", "  titres:\n", f"  titres:\n    - {title}\n")
    old = page(*NAMES)
    new = old.replace("[contact](mailto:contact@example.org)", "nous").replace(
        "title: Essai", "title: Autre"
    )
    new = new.replace("2022-01-18", "2024-01-01").replace(SUPPORT, f"## {title}\n\n")
    said = told(checkout, old, new)
    assert " : 4 changements ailleurs dans la page.\n" in said
    assert lines(said) == [
        "L'adresse de contact change : « contact@example.org » → aucun.",
        "Le titre de la page change : « Essai » → « Autre ».",
        "La date de l'en-tête change : « 2022-01-18 » → « 2024-01-01 ».",
        f"Le titre de la liste « support » change : « Liste des b{title[1:]} » → « {title} ».",
    ]


def test_any_two_versions_are_compared_the_last_two_if_none_is_given(checkout):
    checkout.only(page(*NAMES), "2024-01-01")
    assert (
        checkout.call("diff").out
        == "De la page du 2024-01-01 à celle du 2024-01-01 : Rien ne change.\n"
    )
    checkout.keep(page(*NAMES[1:]), "2024-02-01")
    checkout.keep(page(*NAMES[1:]), "2024-03-01")
    assert (
        checkout.call("diff").out
        == "De la page du 2024-02-01 à celle du 2024-03-01 : Rien ne change.\n"
    )
    assert (
        "ne cite plus :\n  - « Ministère de la Justice »" in checkout.call("diff", "2024-01-01").out
    )
    assert (
        "cite désormais :\n  - « Ministère de la Justice »"
        in checkout.call("diff", "2024-03-01", "2024-01-01").out
    )
    absent = checkout.call("diff", "2020-01-01")
    told = "source/pages.yml: pas de version du 2020-01-01 ; il y a 2024-01-01, 2024-02-01, 2024-03-01\n"
    assert (absent.status, absent.err) == (1, told)


def test_what_the_page_says_is_inert_in_markdown_and_in_html(checkout):
    hostile = "A \\``b\\`` &lt;script>x&lt;/script> \\*\\*x** \\[l] @moi #1"
    new = page(*NAMES, hostile, "Cour : \\`\\`\\` Lot").replace("title: Essai", 'title: "# <img>`"')
    new += f"\n## {hostile}\n\n- Zèbre\n"
    shown = "A ''b'' <script>x</script> **x** [l] @moi #1"
    said = told(checkout, page(*NAMES, "Cour : \\`\\`\\` lot"), new, "", "--format", "markdown")
    assert f"- La liste `support` cite désormais :\n  - `{shown}` (ligne 14)\n" in said
    assert f"- La liste `{shown}` est nouvelle :\n  - `Zèbre` (ligne 23)\n" in said
    assert "`Essai` → `# <img>'`" in said
    assert said.endswith("\n+- Cour : ''' Lot\n```\n")
    assert f"  - « {shown} » (" in checkout.call("diff").out
    found = sources.sources_of(checkout.root)
    soup = BeautifulSoup(
        changes.html(changes.diff(*found.read_all(), found.registry)), "html.parser"
    )
    assert shown in soup.get_text()
    assert {tag.name for tag in soup.find_all()} == {"p", "ul", "li", "pre", "code"}


@pytest.mark.parametrize(("left", "alert"), [(2, False), (1, True)])
def test_a_list_that_lost_more_than_a_third_is_told_first(checkout, left, alert):
    said = told(checkout, page(*NAMES[:3]), page(*NAMES[:left]))
    assert said.startswith("Attention : la liste « support » perd plus") is alert


def test_a_list_that_vanished_before_anything_is_decided_is_told_first(checkout):
    said = told(checkout, page(*NAMES[:3]), HEAD + EXPERTISE + bullets("Cour des comptes"))
    assert said.startswith(
        "Attention : la liste « support » perd plus d'un tiers de ce qu'elle citait : 3 sur 3."
    )
