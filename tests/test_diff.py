"""What changed from one version to another: literally, then by name, in words."""

import html.parser
import re

import pytest

from beneficiaires import changes
from beneficiaires import checkout as sources
from conftest import EXPERTISE, HEAD, SUPPORT, bullets, page


def told(checkout, old: str, new: str, registry: str = "", *options: str) -> str:
    """What the command says of these two versions, with these entries added to the registry."""
    checkout.only(old, "2024-01-01")
    checkout.keep(new, "2024-02-01")
    checkout.edit("source/organismes.yml", lambda text: text + registry)
    result = checkout.call("diff", *options)
    assert (result.status, result.err) == (0, "")
    return result.out


def lines(said: str) -> list[str]:
    return [line.removeprefix("- ") for line in said.splitlines() if line.startswith("- ")]


def entry(nom: str, succeeds: str = "", **fields: str) -> str:
    """An entry of the registry: a ministry, unless `fields` say otherwise."""
    slug = re.sub("[^a-z]+", "-", nom.lower().replace("è", "e").replace("ç", "c"))
    relations = {"succede_a": f"[{succeeds}]"} if succeeds else {}
    relations |= {name: fields.pop(name) for name in ("membres",) if name in fields}
    known = {"nom": nom, "categorie": "ministere", **fields, **relations}
    proofs = "".join(f"{name}: {{preuves: [Un décret.]}}, " for name in relations)
    written = "".join(f"  {name}: {value}\n" for name, value in known.items())
    return f"\n{slug}:\n{written}  sources: {{{proofs}}}\n"


GROUP = entry("Ministères français", categorie="collectif", membres="ministere")
SPORTS = "Ministère des Sports"
NAMES = "Ministère de la Justice", "Ministère des Armées", SPORTS, "Sorbonne Université"


def test_it_speaks_while_nothing_is_decided(checkout):
    old = page("Un inconnu", "Sorbonne Université", "services du Premier ministre")
    new = page("Un autre inconnu : lot 2", "Sorbonne Université", "*coupée* en", "deux")
    new += "\nUne note.\n\n## Titre nouveau\n\n- Encore un\n- Et deux\n"
    assert lines(told(checkout, old, new)) == [
        "La liste « Titre nouveau » est nouvelle : 2 organismes, « Encore un » et « Et deux ».",
        "« Un inconnu » sort de la liste « support » (ligne 10 avant).",
        "« Services du Premier ministre » sort de la liste « support » (ligne 12 avant).",
        "« Un autre inconnu » entre dans la liste « support », périmètre : « lot 2 » (ligne 10 après).",
        "« Coupée en » entre dans la liste « support » (ligne 12 après).",
        "« Deux » entre dans la liste « support » (ligne 13 après).",
    ]


RENAMED = HEAD.replace("contact@example.org", "autre@example.org") + SUPPORT
RENAMED += bullets("Les ministères français", "Sorbonne Université : *uniquement sur le lot Moodle*")
RENAMED += EXPERTISE + bullets("Ministère de l'Intérieur et des Outre-mer", "Les ministères français")


def test_the_same_two_versions_before_anything_is_decided_then_after(checkout):
    old = page(*NAMES, expertise=bullets("Ministère de l'Intérieur", "Ministère des Outre-mer"))
    before = told(checkout, old, RENAMED)
    assert "remplace" not in before
    assert before.startswith("Attention : la liste « support » perd plus d'un tiers de ce qu'elle citait : 3 ")
    assert lines(before) == [
        *(f"« {name} » sort de la liste « support » (ligne {line} avant)." for line, name in enumerate(NAMES[:3], 10)),
        "« Ministère de l'Intérieur » sort de la liste « expertise » (ligne 17 avant).",
        "« Ministère des Outre-mer » sort de la liste « expertise » (ligne 18 avant).",
        "« Ministères français » entre dans la liste « support » (ligne 10 après).",
        "« Ministère de l'Intérieur et des Outre-mer » entre dans la liste « expertise » (ligne 15 après).",
        "« Ministères français » entre dans la liste « expertise » (ligne 16 après).",
        "Le périmètre de « Sorbonne Université » change dans la liste « support » : « aucun » → « uniquement sur le lot Moodle » (ligne 13 avant, ligne 11 après).",
        "L'adresse de contact change : « contact@example.org » → « autre@example.org ».",
    ]  # fmt: skip
    merged = entry("Ministère de l'Intérieur et des Outre-mer", "ministere-de-l-interieur, ministere-des-outre-mer")
    after = told(checkout, old, RENAMED, GROUP + merged + entry("Ministère des Jeux", "ministere-des-sports"))
    assert "Attention" not in after
    assert lines(after)[:3] == [
        "« Ministère de l'Intérieur et des Outre-mer » remplace « Ministère de l'Intérieur » et « Ministère des Outre-mer » dans la liste « expertise » (lignes 17 et 18 avant, ligne 15 après).",
        "« Ministère de la Justice » et « Ministère des Armées » sont désormais cités dans la liste « support » par leur groupe, « Ministères français ».",
        "« Ministère des Sports » n'est plus cité dans la liste « support » ; « Ministère des Jeux », qui le remplace, y est couvert (ligne 12 avant).",
    ]


@pytest.mark.parametrize(
    ("old", "new", "registry", "expected"),
    [
        (["Ministère des Armées", SPORTS], ["Ministère uni"], entry("Ministère uni", "ministere-des-armees, ministere-des-sports"), "« Ministère uni » remplace « Ministère des Armées » et « Ministère des Sports » dans la liste « support » (lignes 10 et 11 avant, ligne 10 après)."),
        ([SPORTS], ["Ministère un", "Ministère deux"], entry("Ministère un", "ministere-des-sports") + entry("Ministère deux", "ministere-des-sports"), "« Ministère un » et « Ministère deux » remplacent « Ministère des Sports » dans la liste « support » (ligne 10 avant, lignes 10 et 11 après)."),
        ([SPORTS], ["Ministère deux"], entry("Ministère un", "ministere-des-sports") + entry("Ministère deux", "ministere-un"), "« Ministère deux » remplace « Ministère des Sports » dans la liste « support » (ligne 10 avant, ligne 10 après)."),
        ([SPORTS], [SPORTS, "Ministère un"], entry("Ministère un", "ministere-des-sports"), "« Ministère un » entre dans la liste « support » (ligne 11 après)."),
    ],
    ids=["merger", "split", "chain", "beside"],
)  # fmt: skip
def test_who_replaces_whom_is_the_registrys_word(checkout, old, new, registry, expected):
    assert lines(told(checkout, page(*old), page(*new), registry)) == [expected]


def test_a_body_that_changes_list_is_told_once(checkout):
    old = page(*NAMES, expertise=bullets("Cour des comptes"))
    new = page(*NAMES[:3], expertise=bullets("Cour des comptes", "Sorbonne Université"))
    assert lines(told(checkout, old, new)) == [
        "« Sorbonne Université » passe de la liste « support » à la liste « expertise » (ligne 13 avant, ligne 17 après)."
    ]


def test_a_contract_that_ends_is_told_with_all_that_its_list_named(checkout):
    checkout.replace("source/marches.yml", "expertise:\n", "expertise:\n  fin: 2024-02-01\n")
    new = HEAD + SUPPORT + bullets(*NAMES)
    said = told(checkout, page(*NAMES, expertise=bullets("Cour des comptes", "Zèbre")), new)
    assert lines(said) == [
        "La liste « expertise » n'est plus sur la page : 2 organismes, « Cour des comptes » et « Zèbre »."
    ]
    assert lines(told(checkout, new, page(*NAMES))) == [
        "La liste « expertise » est nouvelle : 1 organisme, « Cour des comptes »."
    ]
    assert "est nouvelle : 0 organisme, aucun." in told(checkout, new, page(*NAMES, expertise=""))


CHANGES = {
    "perimetre": ("Sorbonne Université : lot 2", "Sorbonne Université : lot 1", "Le périmètre de « Sorbonne Université » change dans la liste « support » : « lot 2 » → « lot 1 » (ligne 10 avant, ligne 10 après)."),
    "sigle": ("Cour des comptes", "Cour des comptes (CC)", "Le sigle de « Cour des comptes » change dans la liste « support » : « aucun » → « CC » (ligne 10 avant, ligne 10 après)."),
    "name": ("Cour des comptes", "Haute cour des comptes", "Le nom de « Cour des comptes » change dans la liste « support » : « Cour des comptes » → « Haute cour des comptes » (ligne 10 avant, ligne 10 après)."),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_of_a_body_that_stays_is_substance(checkout, change):
    old, new, expected = CHANGES[change]
    name = "  nom: Cour des comptes\n"
    checkout.replace("source/organismes.yml", name, f"{name}  sigle: CC\n  libelles: [Haute cour des comptes]\n")
    said = told(checkout, page(old), page(new))
    assert lines(said) == [expected]
    assert " : 1 changement sur le fond.\n" in said


def test_spelling_and_order_alone_are_one_unified_diff(checkout):
    old = page("Le ministère de la Justice", "Sorbonne Université", "INPI", "Cour des comptes : lot 1")
    new = page("Sorbonne université.", "INPI", "Ministère de la  justice", "La Cour des comptes : Lot 1")
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
    new = old.replace("[contact](mailto:contact@example.org)", "nous").replace("title: Essai", "title: Autre")
    new = new.replace("2022-01-18", "2024-01-01").replace(SUPPORT, f"## {title}\n\n")
    said = told(checkout, old, new)
    assert " : 4 changements ailleurs dans la page.\n" in said
    assert lines(said) == [
        "L'adresse de contact change : « contact@example.org » → « aucun ».",
        "Le titre de la page change : « Essai » → « Autre ».",
        "La date de l'en-tête change : « 2022-01-18 » → « 2024-01-01 ».",
        f"Le titre de la liste « support » change : « Liste des b{title[1:]} » → « {title} ».",
    ]


def test_any_two_versions_are_compared_the_last_two_if_none_is_given(checkout):
    checkout.only(page(*NAMES), "2024-01-01")
    assert checkout.call("diff").out == "Une seule version, 2024-01-01 : rien à comparer.\n"
    checkout.keep(page(*NAMES[1:]), "2024-02-01")
    checkout.keep(page(*NAMES[1:]), "2024-03-01")
    assert checkout.call("diff").out == "De la page du 2024-02-01 à celle du 2024-03-01 : Rien ne change.\n"
    assert "« Ministère de la Justice » sort" in checkout.call("diff", "2024-01-01").out
    assert "« Ministère de la Justice » entre" in checkout.call("diff", "2024-03-01", "2024-01-01").out
    absent = checkout.call("diff", "2020-01-01")
    assert (absent.status, absent.err) == (
        1, "source/pages.yml: pas de version du 2020-01-01 ; il y a 2024-01-01, 2024-02-01, 2024-03-01\n",
    )  # fmt: skip


def test_a_kept_page_that_was_touched_is_told_and_not_compared(checkout):
    told(checkout, page(*NAMES), page(*NAMES))
    checkout.replace("source/pages/2024-01-01.md", "Justice", "Paix")
    result = checkout.call("diff")
    assert (result.status, len(result.err.splitlines())) == (1, 1)
    assert "2024-01-01.md: sha256" in result.err


def test_what_the_page_says_is_inert_in_markdown_and_in_html(checkout):
    hostile = "A \\``b\\`` &lt;script>x&lt;/script> \\*\\*x** \\[l] @moi #1"
    new = page(*NAMES, hostile).replace("title: Essai", 'title: "# <img>`"')
    new += f"\n## {hostile}\n\n- Zèbre\n"
    shown = "A ``b`` <script>x</script> **x** [l] @moi #1"
    said = told(checkout, page(*NAMES), new, "", "--format", "markdown")
    assert f"- ```{shown}``` entre dans la liste `support` (ligne 14 après)." in said
    assert f"- La liste ```{shown}``` est nouvelle : 1 organisme, `Zèbre`." in said
    assert "`Essai` → `` # <img>` ``" in said
    assert f"- « {shown} » entre dans la liste « support »" in checkout.call("diff").out
    found = sources.sources_of(checkout.root)
    seen: list[str] = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append(tag)
    parser.handle_data = lambda data: seen.append(data) if data == shown else None
    parser.feed(changes.html(changes.diff(*found.readings(), found.registry)))
    assert {*seen} == {"p", "ul", "li", "code", shown}


def test_a_unified_diff_stays_in_its_fence(checkout):
    old, new = "Cour des comptes : \\`\\`\\`\\` lot", "Cour des comptes : \\`\\`\\`\\` Lot"
    said = told(checkout, page(old), page(new), "", "--format", "markdown")
    assert said.splitlines()[4] == "`````diff"
    assert said.splitlines()[-1] == "`````"


@pytest.mark.parametrize(("left", "alert"), [(2, False), (1, True)])
def test_a_list_that_lost_more_than_a_third_is_told_first(checkout, left, alert):
    said = told(checkout, page(*NAMES[:3]), page(*NAMES[:left]))
    assert said.startswith("Attention : la liste « support » perd plus") is alert
