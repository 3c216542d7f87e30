"""What changed from one version to another: literally, then by name, in words."""

import html.parser

import pytest

from beneficiaires import changes
from beneficiaires import checkout as project
from conftest import EXPERTISE, HEAD, SUPPORT, bullets, page


def told(checkout, old: str, new: str, registry: str = "", form: str = "text") -> str:
    checkout.only(old, "2024-01-01")
    checkout.keep(new, "2024-02-01")
    if registry:
        checkout.edit("source/organismes.yml", lambda text: text + registry)
    result = checkout.call("diff", "--format", form)
    assert result.status == 0, result.err
    return result.out


def entry(slug: str, nom: str, succeeds: str = "", category: str = "ministere") -> str:
    text = f"\n{slug}:\n  nom: {nom}\n  categorie: {category}\n"
    return text + (
        f"  succede_a: [{succeeds}]\n  sources: {{succede_a: {{preuves: [p]}}}}\n" if succeeds else ""
    )


def test_it_speaks_while_nothing_is_decided(checkout):
    said = told(
        checkout,
        page("Un inconnu", "Sorbonne Université"),
        page("Un autre inconnu : lot 2", "Sorbonne Université")
        + "\n## Titre nouveau\n\n- Encore un\n- Et deux\n",
    )
    assert "- « Un inconnu » sort de la liste « support » (ligne 10 avant)." in said
    assert (
        "- « Un autre inconnu » entre dans la liste « support », périmètre : « lot 2 » (ligne 10 après)."
        in said
    )
    assert "- La liste « Titre nouveau » est nouvelle : 2 organismes, « Encore un » et « Et deux »." in said


def test_the_same_page_changes_nothing_and_one_version_has_nothing_to_compare(checkout):
    same = page("Sorbonne Université")
    assert "Rien ne change." in told(checkout, same, same)
    checkout.only(same)
    assert "rien à comparer" in checkout.call("diff").out
    assert checkout.call("diff", "2020-01-01").status == 1


CHANGES = {
    "perimetre": ("Sorbonne Université", "Sorbonne Université : lot 1", "Le périmètre de « Sorbonne Université » change dans la liste « support » : « aucun » → « lot 1 »"),
    "sigle": ("Cour des comptes", "Cour des comptes (CC)", "Le sigle de « Cour des comptes » change dans la liste « support » : « aucun » → « CC »"),
    "name": ("Cour des comptes", "Haute cour des comptes", "Le nom de « Cour des comptes » change"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_of_a_body_that_stays_is_substance(checkout, change):
    old, new, words = CHANGES[change]
    checkout.replace(
        "source/organismes.yml",
        "  nom: Cour des comptes\n",
        "  nom: Cour des comptes\n  sigle: CC\n  libelles: [Haute cour des comptes]\n",
    )
    said = told(checkout, page(old), page(new))
    assert words in said
    assert "1 changement sur le fond" in said


def test_spelling_and_order_alone_are_one_unified_diff(checkout):
    said = told(
        checkout,
        page("Le ministère de la Justice", "Sorbonne Université", "INPI : lot 1", "Ministère des Sports"),
        page("Sorbonne université.", "INPI : lot 1", "Ministère de la justice", "Ministère des Sports"),
    )
    assert "sur le fond" not in said
    form = said[said.index("Dans la forme seulement") :]
    assert "-- Le ministère de la Justice" in form
    assert "+- Ministère de la justice" in form
    assert "Ministère des Sports" not in form


def test_texts_of_the_page_are_told_apart_from_the_lists(checkout):
    old = page("Sorbonne Université")
    new = old.replace("contact@example.org", "autre@example.org").replace("title: Essai", "title: Autre")
    said = told(checkout, old, new.replace("2022-01-18", "2024-01-01"))
    assert "L'adresse de contact change : « contact@example.org » → « autre@example.org »." in said
    assert "Le titre de la page change : « Essai » → « Autre »." in said
    assert "La date de l'en-tête change : « 2022-01-18 » → « 2024-01-01 »." in said
    assert "sur le fond" not in said


def test_a_body_that_changes_list_is_told_once(checkout):
    old = page("Sorbonne Université", "Ministère des Sports", expertise=bullets("Cour des comptes"))
    new = page("Ministère des Sports", expertise=bullets("Cour des comptes", "Sorbonne Université"))
    assert "« Sorbonne Université » passe de la liste « support » à la liste « expertise »" in told(
        checkout, old, new
    )


def test_who_replaces_whom_is_the_registrys_word_alone(checkout):
    old = page("Ministère des Sports", "Ministère de la Culture", "Ministère du Travail")
    new = page("Ministère des Sports et de la Culture", "Ministère du Labeur")
    before = told(checkout, old, new)
    assert "remplace" not in before
    after = told(
        checkout,
        old,
        new,
        entry(
            "sports-et-culture",
            "Ministère des Sports et de la Culture",
            "ministere-des-sports, ministere-de-la-culture",
        )
        + entry("labeur", "Ministère du Labeur", "emploi")
        + entry("emploi", "Ministère de l'Emploi", "ministere-du-travail"),
    )
    merged = "« Ministère des Sports et de la Culture » remplace « Ministère des Sports » et « Ministère de la Culture »"
    assert f"{merged} dans la liste « support » (lignes 10 et 11 avant, ligne 10 après)." in after
    assert "« Ministère du Labeur » remplace « Ministère du Travail »" in after


def test_a_group_is_one_sentence_and_a_replaced_body_is_told_with_its_successor(checkout):
    old = page(
        "Ministère de la Justice", "Ministère des Armées", "Ministère des Sports", "Sorbonne Université"
    )
    new = page("Les ministères français", "Sorbonne Université")
    group = (
        "\nministeres-francais:\n  nom: Ministères français\n  categorie: collectif\n  membres: ministere\n"
    )
    group += "  sources: {membres: {preuves: [p]}}\n"
    said = told(checkout, old, new, group + entry("jeux", "Ministère des Jeux", "ministere-des-sports"))
    both = "« Ministère de la Justice » et « Ministère des Armées » sont désormais cités dans la liste « support »"
    assert f"{both} par leur groupe, « Ministères français »." in said
    assert (
        "« Ministère des Sports » n'est plus cité dans la liste « support » ; « Ministère des Jeux », qui le remplace, y est couvert"
        in said
    )


def test_a_list_that_ends_is_told_with_all_that_it_named(checkout):
    old = page("Sorbonne Université", "Ministère des Sports")
    new = HEAD + EXPERTISE + bullets("La Cour des comptes")
    said = told(checkout, old, new)
    assert (
        "- La liste « support » n'est plus sur la page : 2 organismes, « Sorbonne Université » et « Ministère des Sports »."
        in said
    )


HOSTILE = "A ``b`` <script>x</script> [l](http://e) @moi"


def test_what_the_page_says_is_inert_in_markdown_and_html(checkout):
    bullet = HOSTILE.replace("<", "&lt;").replace("`", "\\`").replace("[", "\\[")
    said = told(checkout, page("Sorbonne Université"), page("Sorbonne Université", bullet), form="markdown")
    assert "- ```A ``b`` <script>x</script> [l] @moi``` entre dans la liste" in said
    sources = project.sources_of(checkout.root)
    diff = changes.diff(*sources.readings(), sources.registry)
    seen: list[str] = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append(tag)
    parser.feed(changes.html(diff))
    assert set(seen) <= {"p", "ul", "li", "pre", "code"}


def test_a_list_that_lost_more_than_a_third_is_told_first(checkout):
    names = ["Ministère de la Justice", "Ministère des Armées", "Ministère des Sports"]
    assert told(checkout, page(*names), page(*names[:2])).startswith("De la page")
    assert told(checkout, page(*names), page(*names[:1])).startswith("Attention : la liste « support »")


def test_a_heading_that_changes_is_told(checkout):
    old = page("Sorbonne Université")
    new = old.replace(SUPPORT, SUPPORT.replace("Liste des bénéficiaires", "Bénéficiaires"))
    checkout.replace(
        "source/marches.yml",
        "  titres:\n",
        "  titres:\n    - Bénéficiaires du marché interministériel support logiciels libres\n",
    )
    assert "→ « Bénéficiaires du marché interministériel support logiciels libres »." in told(
        checkout, old, new
    )
