"""What a snapshot says: who each bullet names, and what stops the publication, at its line.

Each case is a small page. Unless it says otherwise, « Support » is on line 1, its first bullet on 3.
"""

import dataclasses
import datetime as dt
from dataclasses import dataclass, field

import pytest

from beneficiaires.model.matching import Listing
from beneficiaires.source.models import Alias, Contract, Correction

from .builders import (
    CONTRACTS,
    SUPPORT_ONLY,
    assert_starts,
    list_problems,
    list_slugs,
    make_collective,
    make_organisation,
    make_registry,
    match_page,
    parametrize_cases,
    write_bullets,
    write_page,
)

REGISTRY = make_registry(
    make_organisation("cour", "Cour des comptes"),
    make_organisation("culture", "Ministère de la Culture", category="ministere"),
    make_organisation("epd", "Établissement public de la Défense", acronym="EPD"),
    make_organisation("sorbonne", "Sorbonne Université"),
    make_organisation("interieur", "Ministère de l'Intérieur", aliases=["Intérieur et Outre-mer"]),
    make_organisation("outre-mer", "Ministère des Outre-mer", aliases=["Intérieur et Outre-mer"]),
    make_collective(
        "ministeres",
        members="ministere",
        name="Ministères français",
        aliases=[
            Alias("Ministères français sauf le ministère de la Culture", excluded=("culture",)),
        ],
    ),
)
LIST = "## Support\n\n- Cour des comptes\n"


@dataclass(frozen=True)
class PageCase:
    """A page, the beginnings of its problems as « line: message », the slugs of its list."""

    name: str
    page: str
    problems: list[str] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)


def keep(text: str) -> Correction:
    """Return the correction that takes a text as a whole bullet."""
    return Correction("Une raison.", keep=text)


def ignore(text: str) -> Correction:
    """Return the correction that drops a text."""
    return Correction("Une raison.", ignore=text)


def join(*texts: str) -> Correction:
    """Return the correction that makes some bullets one."""
    return Correction("Une raison.", join=texts)


SLIP_CASES = [
    PageCase("case", write_page(["COUR DES COMPTES"]), slugs=["cour"]),
    PageCase("accents", write_page(["Ministere de l'Interieur"]), slugs=["interieur"]),
    PageCase(
        "decomposed accents", write_page(["Ministe\u0300re de la Culture"]), slugs=["culture"]
    ),
    PageCase("apostrophes", write_page(["Ministère de l’Intérieur"]), slugs=["interieur"]),
    PageCase("articles", write_page(["La cour de comptes"]), slugs=["cour"]),
    PageCase("final punctuation", write_page(["Sorbonne Université.,"]), slugs=["sorbonne"]),
    PageCase("no-break spaces", write_page(["Cour\u00a0des comptes"]), slugs=["cour"]),
    PageCase("emphasis and links", write_page(["**Cour** [des](/x) comptes"]), slugs=["cour"]),
    PageCase("an acronym", write_page(["Établissement public de Défense (EPD)"]), slugs=["epd"]),
    PageCase(
        "an acronym with dots, in another case",
        write_page(["Établissement public de la Défense (e.p.d.)"]),
        slugs=["epd"],
    ),
    PageCase(
        "an acronym and a scope",
        write_page(["Établissement public de la Défense (EPD) : le siège"]),
        slugs=["epd"],
    ),
    PageCase(
        "the order of the list",
        write_page(["Sorbonne Université", "Intérieur et Outre-mer", "Cour des comptes"]),
        slugs=["sorbonne", "interieur", "outre-mer", "cour"],
    ),
]

BULLET_CASES = [
    PageCase(
        name="an unknown organisation",
        page=write_page(["Cour des comptes", "Météo-France (MF) : les ports"]),
        problems=[
            "4: « Météo-France (MF) : les ports » : libellé inconnu ; lancer « make refresh »"
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="an acronym alone names nobody",
        page=write_page(["EPD"]),
        problems=["3: « EPD » : libellé inconnu"],
    ),
    PageCase(
        name="another acronym than that of the registry",
        page=write_page(["Établissement public de la Défense (EPAD)", "Cour des comptes (CDC)"]),
        problems=[
            "3: « Établissement public de la Défense (EPAD) » : sigle « EPAD » : dans le registre, epd a « EPD »",
            "4: « Cour des comptes (CDC) » : sigle « CDC » : dans le registre, cour n'en a pas",
        ],
        slugs=["epd", "cour"],
    ),
    PageCase(
        name="a formula of a spreadsheet, in the text or its scope",
        page=write_page(["=Cour des comptes", "Sorbonne Université : @SUM(A1)"]),
        problems=[
            "3: « =Cour des comptes » : commence par = + - ou @",
            "4: « Sorbonne Université : @SUM(A1) » : commence par = + - ou @",
        ],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="nothing after a colon",
        page=write_page(["Cour des comptes :"]),
        problems=["3: « Cour des comptes : » : rien ne suit les deux-points"],
        slugs=["cour"],
    ),
    PageCase(
        name="an organisation named twice",
        page=write_page(["Cour des comptes", "La cour des comptes."]),
        problems=["4: « La cour des comptes. » : cour est déjà cité ligne 3 de la même liste"],
        slugs=["cour"],
    ),
    PageCase(
        name="a half-updated list",
        page=write_page(["Intérieur et Outre-mer", "Ministère des Outre-mer"]),
        slugs=["interieur", "outre-mer"],
    ),
    PageCase(
        name="a merged name twice, beside one of the names that it merges",
        page=write_page(
            ["Intérieur et Outre-mer", "Intérieur, Outre-mer", "Ministère des Outre-mer"]
        ),
        problems=["4: « Intérieur, Outre-mer » : interieur est déjà cité ligne 3"],
        slugs=["interieur", "outre-mer"],
    ),
]

LOST_TEXT_CASES = [
    PageCase(
        name="a comment of the template",
        page=LIST + "- {# Sorbonne Université #}\n",
        problems=["4: « {# Sorbonne Université #} » : syntaxe de gabarit"],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="a comment of the template on lines of its own",
        page=LIST + "\n{#\n\n- Sorbonne Université\n\n#}\n",
        problems=["5: « {# » : syntaxe de gabarit"],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="an expression of the template",
        page=LIST + "- {{ 'Sorbonne Université' }}\n",
        problems=["4: « {{ 'Sorbonne Université' }} » : syntaxe de gabarit"],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="a link definition",
        page=LIST + "- [Sorbonne Université]: https://example.org\n",
        problems=["4: « [Sorbonne Université]: https://example.org » : définition de lien"],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="a numbered list below a sub-heading",
        page=LIST + "\n### Suite\n\n1. Sorbonne Université\n",
        problems=[
            "5: « Suite »",
            "7: « 1. Sorbonne Université » : liste numérotée, qui nomme sorbonne",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a table below a sub-heading",
        page=LIST + "\n### Suite\n\n| Nom |\n| --- |\n| Sorbonne Université |\n",
        problems=[
            "5: « Suite »",
            "7: « | Nom | | --- | | Sorbonne Université | » : tableau, qui nomme",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a sentence, HTML and a quotation below a sub-heading",
        page=LIST + "\n### Suite\n\nVoir ici.\n\n<p>Voir là.</p>\n\n> Voir ailleurs.\n",
        problems=[
            "5: « Suite »",
            "7: « Voir ici. » : texte hors de la liste",
            "9: « <p>Voir là.</p> » : HTML",
            "11: « > Voir ailleurs. » : citation",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a name above dashes, which make it a heading",
        page=LIST + "\nSorbonne Université\n---\n",
        problems=["5: « Sorbonne Université » : ce titre nomme sorbonne ; tiret mal tapé ?"],
        slugs=["cour"],
    ),
    PageCase(
        name="an unknown name above a lone dash",
        page=LIST + "\nMétéo-France\n-\n- Sorbonne Université\n",
        problems=["5: « Météo-France » : aucun marché ne porte cette liste"],
        slugs=["cour"],
    ),
    PageCase(
        name="an unknown name above dashes, before any list",
        page="Météo-France\n---\n\n" + LIST,
        problems=["1: « Météo-France » : titre inconnu parmi les listes"],
        slugs=["cour"],
    ),
    PageCase(
        name="a hash in the place of a dash",
        page=LIST + "# Sorbonne Université\n- Ministère de la Culture\n",
        problems=["4: « Sorbonne Université » : aucun marché ne porte cette liste"],
        slugs=["cour"],
    ),
    PageCase(
        name="hashes in the place of a dash, below the heading of the list",
        page=LIST + "### Sorbonne Université\n- Ministère de la Culture\n",
        problems=["4: « Sorbonne Université » : ce titre nomme sorbonne ; tiret mal tapé ?"],
        slugs=["cour", "culture"],
    ),
    PageCase(
        name="a name without its dash",
        page=LIST + "\nSorbonne Université\n",
        problems=["5: « Sorbonne Université » : texte hors de la liste, qui nomme sorbonne"],
        slugs=["cour"],
    ),
    PageCase(
        name="a list in a bullet",
        page=LIST + "- Universités\n  - Sorbonne Université\n",
        problems=[
            "4: « Universités Sorbonne Université » : liste dans la liste",
            "4: « Universités Sorbonne Université » : libellé inconnu",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a struck name",
        page=LIST + "- ~~Sorbonne Université~~\n",
        problems=["4: « Sorbonne Université » : texte barré"],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="bullets above the first heading",
        page="- Sorbonne Université\n- Une note\n\n" + LIST,
        problems=[
            "1: « Sorbonne Université » : puce au-dessus du premier titre",
            "2: « Une note » : puce au-dessus du premier titre",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a comment of the template that begins in a bullet above the first heading",
        page="- {#\n\n" + LIST,
        problems=["1: « {# » : puce au-dessus du premier titre"],
        slugs=["cour"],
    ),
    PageCase(
        name="a comment of the template above the first heading",
        page="{# début\n\n" + LIST,
        problems=["1: « {# début » : syntaxe de gabarit"],
        slugs=["cour"],
    ),
]

LIST_CASES = [
    PageCase(
        name="a new contract",
        page=LIST + "\n## Audit\n\n- Sorbonne Université\n",
        problems=[
            '5: « Audit » : aucun marché ne porte cette liste ; dans source/marches.yml, si c\'est un marché connu, ajouter à ses « titres » : - "Audit" ; si c\'est un nouveau marché, ajouter : SLUG: {nom: NOM, titres: ["Audit"], debut: 2023-09-07}'
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a new contract as a numbered list, another as a table",
        page=LIST + "\n## Audit\n\n1. Sorbonne\n\n## Conseil\n\n| Nom |\n| --- |\n| Sorbonne |\n",
        problems=[
            "5: « Audit » : aucun marché ne porte cette liste",
            "9: « Conseil » : aucun marché ne porte cette liste",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="a new contract above the known ones, without bullets of ours",
        page="## Audit\n\n- Un inconnu\n\n" + LIST,
        problems=["1: « Audit » : aucun marché", "3: « Un inconnu » : libellé inconnu"],
        slugs=["cour"],
    ),
    PageCase(
        name="a section of text above the lists",
        page="## Présentation\n\nDeux marchés pour la Cour des comptes.\n\n" + LIST,
        slugs=["cour"],
    ),
    PageCase(
        name="a new contract as a numbered list, then a sentence",
        page=LIST + "\n## Audit\n\n1. Un inconnu\n\nVoir.\n",
        problems=["5: « Audit » : aucun marché ne porte cette liste"],
        slugs=["cour"],
    ),
    PageCase(
        name="a quotation that names nobody above the lists",
        page="> Une note.\n\n" + LIST,
        slugs=["cour"],
    ),
    PageCase(
        name="a comment of the template in a section of text above the lists",
        page="## Présentation\n\n{# début\n\n" + LIST,
        problems=["3: « {# début » : syntaxe de gabarit"],
        slugs=["cour"],
    ),
    PageCase(
        name="a section of text below the lists",
        page=LIST + "\n## Contact\n\nÉcrire.\n",
        problems=["5: « Contact » : titre inconnu parmi les listes"],
        slugs=["cour"],
    ),
    PageCase(
        name="no list",
        page="## Audit\n\nRien.\n",
        problems=["None: pas de liste pour le marché « support »"],
    ),
    PageCase(
        name="an empty list",
        page="## Support\n",
        problems=["1: « Support » : liste vide"],
    ),
    PageCase(
        name="a list read twice",
        page=LIST + "\n## Support\n\n- Sorbonne Université\n",
        problems=["5: « Support » : la liste de ce marché est déjà ligne 1"],
        slugs=["cour"],
    ),
    PageCase(
        name="a slip in the heading of a list",
        page="# SUPPORT.\n\n- Cour des comptes\n",
        slugs=["cour"],
    ),
    PageCase(
        name="a list below another heading, with a part of its own",
        page="# Marchés\n\n## Support\n\n- Cour des comptes\n\n### Suite\n\n- Sorbonne Université\n",
        problems=["7: « Suite » : intertitre dans la liste ; pour garder ses puces"],
        slugs=["cour", "sorbonne"],
    ),
]

EXCLUSION_CASES = [
    PageCase(
        name="in words that no alias has",
        page=write_page(["Les ministères français, hors ministère de l'Intérieur"]),
        problems=[
            "3: « Les ministères français, hors ministère de l'Intérieur » : exclusion (sauf, hors…)"
        ],
    ),
    PageCase(
        name="in parentheses",
        page=write_page(["Les ministères français (sauf Bercy)"]),
        problems=["3: « Les ministères français (sauf Bercy) » : exclusion (sauf, hors…)"],
    ),
    PageCase(
        name="after a colon, for a collective",
        page=write_page(["Les ministères français : à l’exception de la Culture"]),
        problems=["3: « Les ministères français : à l’exception de la Culture » : exclusion"],
        slugs=["ministeres"],
    ),
    PageCase(
        name="after a colon, for an ordinary organisation: a limited scope",
        page=write_page(["Sorbonne Université : hors lot Moodle"]),
        slugs=["sorbonne"],
    ),
    PageCase(
        name="in the words of an alias",
        page=write_page(["Les ministères français, sauf le ministère de la Culture"]),
        slugs=["ministeres"],
    ),
]

SPLIT_CASES = [
    PageCase(
        name="a word that leaves a bullet open",
        page=write_page(["Cour de", "Comptes"]),
        problems=[
            '4: « Comptes » : semble la suite de la puce précédente ; si c\'est une seule puce, ajouter à source/corrections.yml : - {joindre: ["Cour de", "Comptes"], motif: "Puce coupée."} ; si elle est entière, ajouter à source/corrections.yml : - {garder: "Comptes",'
        ],
    ),
    PageCase(
        name="« à » leaves a bullet open",
        page=write_page(["Conseil à", "Paris"]),
        problems=["4: « Paris » : semble la suite de la puce précédente"],
    ),
    PageCase(
        name="a small letter continues, in three bullets at once",
        page=write_page(["Cour", "des", "comptes"]),
        problems=["4: « des » : semble la suite"],
    ),
    PageCase(
        name="nothing continues an acronym alone",
        page=write_page(["(EPD)", "Cour des comptes"]),
        problems=["3: « (EPD) » : libellé inconnu"],
        slugs=["cour"],
    ),
    PageCase(
        name="an acronym is no open word",
        page=write_page(["Établissement public de la Défense (LA)", "Sorbonne Université"]),
        problems=["3: « Établissement public de la Défense (LA) » : sigle « LA »"],
        slugs=["epd", "sorbonne"],
    ),
    PageCase(
        name="a broken bullet that is joined",
        page=write_page(["Cour des", "comptes", "Sorbonne Université"]),
        corrections=[join("Cour des", "comptes")],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="bullets that overlap are joined two by two, from the first",
        page=write_page(["Ministère de", "Ministère de", "Ministère de"]),
        corrections=[join("Ministère de", "Ministère de")],
        problems=["5: « Ministère de » : semble la suite de la puce précédente"],
    ),
    PageCase(
        name="a bullet that is joined keeps the faults of its form",
        page=write_page(["~~Cour des~~", "comptes"]),
        corrections=[join("Cour des", "comptes")],
        problems=["3: « Cour des comptes » : texte barré"],
        slugs=["cour"],
    ),
    PageCase(
        name="a small letter that is kept",
        page=write_page(["Sorbonne Université", "cour des comptes"]),
        corrections=[keep("Cour des comptes")],
        slugs=["sorbonne", "cour"],
    ),
]

CORRECTION_CASES = [
    PageCase(
        name="keep a name without its dash, in its place",
        page="## Support\n\nSorbonne Université\n\n- Cour des comptes\n",
        corrections=[keep("sorbonne université")],
        slugs=["sorbonne", "cour"],
    ),
    PageCase(
        name="keep a bullet whatever its form",
        page=write_page(["~~Cour des comptes~~"]),
        corrections=[keep("Cour des comptes")],
        slugs=["cour"],
    ),
    PageCase(
        name="keep the bullets of a sub-heading",
        page=LIST + "\n### Suite\n\n- Sorbonne Université\n",
        corrections=[keep("Suite")],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="ignore a bullet, a text and a section",
        page=LIST
        + "- Liste à jour\n\nVoir ici.\n\n## Contact\n\nÉcrire.\n\n### Adresse\n\n- Paris\n",
        corrections=[ignore("Liste à jour"), ignore("Voir ici"), ignore("contact")],
        slugs=["cour"],
    ),
    PageCase(
        name="ignore a bullet above the lists",
        page="- Une note\n\n" + LIST,
        corrections=[ignore("Une note")],
        slugs=["cour"],
    ),
    PageCase(
        name="ignore a table and a template above the lists",
        page="| Note |\n| --- |\n| Une |\n\n{% if x %}\n\n" + LIST,
        corrections=[ignore("Note --- Une"), ignore("{% if x %}")],
        slugs=["cour"],
    ),
    PageCase(
        name="ignore a sub-heading with all that is below it, and no more",
        page=LIST
        + "\n### Notes\n\n- Une\n\n#### Anciennes\n\n- Deux\n\n### Fin\n\n- Sorbonne Université\n",
        corrections=[ignore("Notes"), keep("Fin")],
        slugs=["cour", "sorbonne"],
    ),
    PageCase(
        name="ignore a known organisation: a bullet",
        page=LIST + "- Sorbonne Université : tout\n",
        corrections=[ignore("Sorbonne Université : tout")],
        problems=[
            "4: « Sorbonne Université : tout » : un « ignorer » de source/corrections.yml retirerait sorbonne"
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="ignore a known organisation: a name without its dash",
        page=LIST + "- Sorbonne Université\n\nSorbonne Université\n",
        corrections=[ignore("Sorbonne Université")],
        problems=[
            "4: « Sorbonne Université » : un « ignorer »",
            "6: « Sorbonne Université » : un « ignorer »",
        ],
        slugs=["cour"],
    ),
    PageCase(
        name="ignore a known organisation: a heading",
        page=LIST + "\n## Sorbonne Université\n",
        corrections=[ignore("Sorbonne Université")],
        problems=["5: « Sorbonne Université » : un « ignorer »"],
        slugs=["cour"],
    ),
    PageCase(
        name="the template of an ignored section, which may hide the next list",
        page=LIST + "\n## Notes\n\n- {# note\n\n### Suite\n\n{% if x %}\n",
        corrections=[ignore("Notes")],
        problems=["7: « {# note » : syntaxe de gabarit", "11: « {% if x %} » : syntaxe de gabarit"],
        slugs=["cour"],
    ),
    PageCase(
        name="the template of an ignored part of a list",
        page=LIST + "\n### Notes\n\n{# note\n\n#### Suite\n\n- {% if x %}\n",
        corrections=[ignore("Notes")],
        problems=["7: « {# note » : syntaxe de gabarit", "11: « {% if x %} » : syntaxe de gabarit"],
        slugs=["cour"],
    ),
]


@parametrize_cases(
    SLIP_CASES
    + BULLET_CASES
    + LOST_TEXT_CASES
    + LIST_CASES
    + EXCLUSION_CASES
    + SPLIT_CASES
    + CORRECTION_CASES
)
def test_a_page_is_read_right_or_stops_the_build_at_its_line(case):
    matched = match_page(case.page, REGISTRY, corrections=case.corrections)

    assert_starts(list_problems(matched), case.problems)
    if case.slugs or matched.lists:
        assert list_slugs(matched) == case.slugs
    assert matched.used_corrections == set(case.corrections)


KNOWN_NAME_PAGES = [
    "- {name}\n\n" + LIST,
    LIST + "\n{name}\n",
    LIST + "\n1. {name}\n",
    LIST + "\n> {name}\n",
    LIST + "\n| Nom |\n| --- |\n| {name} |\n",
    LIST + "\n" + "mot " * 100 + "{name}\n",
    LIST + "- {name} ![logo](x.png)\n",
    LIST + "- Universités\n  - {name}\n",
    LIST + "- <b>{name}</b> et autres\n",
    LIST + "- {name} et autres :\n",
    LIST + "\n{name}\n---\n",
    LIST + "\n### {name}\n\n- Une note\n",
    LIST + "\n## Liste de {name}\n\n- Une note\n",
    LIST + "\n## Liste de {name}\n\nVoir.\n",
    LIST + "\n### Suite\n\n- {name}\n",
    LIST + "\n### Suite\n\n#### Fin\n\n{name}\n",
    LIST + "\n## Audit\n\n- {name}\n",
    LIST + "\n## Audit\n\n{name}\n",
    LIST + "\n## Audit\n\n### Lot\n\n1. {name}\n",
]


@pytest.mark.parametrize("page", KNOWN_NAME_PAGES)
def test_no_advice_ignores_a_text_that_names_a_known_organisation(page):
    known = match_page(page.replace("{name}", "Sorbonne Université"), REGISTRY)
    unknown = match_page(page.replace("{name}", "Une remarque"), REGISTRY)

    assert known.problems
    assert not [text for text in list_problems(known) if "ignorer" in text]
    if "mot mot" not in page:
        assert [text for text in list_problems(unknown) if "ignorer" in text]


def test_a_text_that_no_message_can_quote_whole_has_no_correction_to_paste():
    matched = match_page(LIST + "\n" + "mot " * 300 + "\n", REGISTRY)

    (problem,) = list_problems(matched)
    assert problem.endswith(
        " : texte hors de la liste, trop long pour une puce ; faire corriger la page"
    )


def test_unclaimed_lists_of_one_title_are_all_returned_with_who_they_name():
    page = LIST + "\n## Audit\n\n- Sorbonne Université\n\n## Audit\n\n- Ministère de la Culture\n"

    matched = match_page(page, REGISTRY)

    lists = [
        (unclaimed.contract, unclaimed.title, unclaimed.line)
        for unclaimed in matched.unclaimed_lists
    ]
    assert lists == [(None, "Audit", 5), (None, "Audit", 9)]
    assert [unclaimed.listings[0].organisation.slug for unclaimed in matched.unclaimed_lists] == [
        "sorbonne",
        "culture",
    ]


def test_a_list_has_its_bullets_as_the_page_shows_them():
    page = "## Support\n\n- La **Cour**  des comptes.\n- Les ministères français (MF) : à Paris.\n"

    (first, second) = match_page(page, REGISTRY).lists["support"].listings

    assert first == Listing(
        organisation=REGISTRY.by_slug["cour"],
        scope=None,
        reach=None,
        excluded=(),
        text="La Cour des comptes.",
        rank=1,
        line=3,
    )
    assert (second.text, second.rank, second.line) == (
        "Les ministères français (MF) : à Paris.",
        2,
        4,
    )
    assert (second.scope, second.reach) == ("à Paris", "limitee")


def test_an_exclusion_comes_with_the_listing_of_its_alias():
    page = write_page(["Les ministères français, sauf le ministère de la Culture"])

    (listing,) = match_page(page, REGISTRY).lists["support"].listings

    assert listing.excluded == ("culture",)
    assert (listing.scope, listing.reach) == (None, None)


def test_the_heading_of_a_contract_below_another_list_opens_its_own_list():
    page = LIST + "\n### Expertise\n\n- Sorbonne Université\n\n#### Suite\n\n- Cour des comptes\n"

    matched = match_page(page, REGISTRY, CONTRACTS, [keep("Suite")])

    assert list_problems(matched) == []
    assert list_slugs(matched, "support") == ["cour"]
    assert list_slugs(matched, "expertise") == ["sorbonne", "cour"]


def test_both_lists_are_read_and_unknown_labels_say_where_they_stand():
    page = write_page(["Cour des comptes", "Météo-France (MF)"], ["IGN : cartes"])

    matched = match_page(page, REGISTRY, CONTRACTS)

    assert list(matched.lists) == ["support", "expertise"]
    labels = [
        (label.label, label.text, label.line, label.contract) for label in matched.unknown_labels
    ]
    assert labels == [
        ("Météo-France (MF)", "Météo-France (MF)", 4, "support"),
        ("IGN", "IGN : cartes", 8, "expertise"),
    ]


def test_a_broken_bullet_proposes_its_join_and_its_unknown_label_is_that_of_the_whole():
    matched = match_page(write_page(["Météo de", "France", "Cour des", "comptes"]), REGISTRY)

    assert [correction.join for correction in matched.proposed_joins] == [
        ("Météo de", "France"),
        ("Cour des", "comptes"),
    ]
    assert [label.text for label in matched.unknown_labels] == ["Météo de France"]

    repaired = match_page(
        write_page(["Météo de", "France", "Cour des", "comptes"]),
        REGISTRY,
        corrections=matched.proposed_joins,
    )
    assert_starts(list_problems(repaired), ["3: « Météo de France » : libellé inconnu"])


def test_a_broken_exclusion_is_no_unknown_label():
    page = write_page(["Ministères français sauf le", "ministère de l'Intérieur"])

    matched = match_page(page, REGISTRY)

    assert matched.unknown_labels == ()
    assert_starts(list_problems(matched), ["4: « ministère de l'Intérieur » : semble la suite"])


def test_what_keeps_or_ignores_a_text_is_not_for_the_same_text_in_a_comment():
    page = LIST + "- {# Sorbonne Université #}\n- {# Voir ici #}\n"
    corrections = [keep("Sorbonne Université"), ignore("Voir ici")]

    matched = match_page(page, REGISTRY, corrections=corrections)

    assert_starts(
        list_problems(matched),
        [
            "4: « {# Sorbonne Université #} » : syntaxe de gabarit",
            "5: « {# Voir ici #} » : syntaxe de gabarit",
            "5: « {# Voir ici #} » : libellé inconnu",
        ],
    )
    assert matched.used_corrections == set()


def test_only_the_corrections_that_had_something_to_correct_are_used():
    corrections = [keep("Autre"), ignore("Autre"), join("Cour", "des"), join("Cour des", "comptes")]

    matched = match_page(write_page(["Cour des", "comptes"]), REGISTRY, corrections=corrections)

    assert matched.used_corrections == {join("Cour des", "comptes")}


CONTRACT_DAYS = [
    ("2023-01-01", None, []),
    ("2023-09-08", None, ["1: d'après marches.yml, « support » n'a pas de liste le 2023-09-07"]),
    (None, "2023-09-08", []),
    (None, "2023-09-07", ["1: d'après marches.yml, « support » n'a pas de liste le 2023-09-07"]),
]


@pytest.mark.parametrize(("start", "end", "problems"), CONTRACT_DAYS)
def test_a_list_is_there_from_the_first_day_of_its_contract_until_its_end(start, end, problems):
    contract = dataclasses.replace(
        SUPPORT_ONLY["support"],
        start=None if start is None else dt.date.fromisoformat(start),
        end=None if end is None else dt.date.fromisoformat(end),
    )

    present = match_page(LIST, REGISTRY, {"support": contract})
    absent = match_page("Rien.\n", REGISTRY, {"support": contract})

    assert_starts(list_problems(present), problems)
    assert absent.missing_contracts == (() if problems else ("support",))


def test_a_heading_that_is_the_slug_of_a_contract_is_not_its_list():
    contract = Contract("support", "Support", ("Liste du marché de support",))

    matched = match_page(LIST, REGISTRY, {"support": contract})

    assert matched.lists == {}
    assert [unclaimed.contract for unclaimed in matched.unclaimed_lists] == [None]


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
)
def test_the_order_of_the_bullets_does_not_change_which_one_counts(order):
    bullets = ["Intérieur et Outre-mer", "Intérieur, Outre-mer", "Ministère des Outre-mer"]
    text = "## Support\n\n" + write_bullets(bullets[position] for position in order)

    matched = match_page(text, REGISTRY)

    (problem,) = list_problems(matched)
    texts = {
        listing.organisation.slug: listing.text for listing in matched.lists["support"].listings
    }
    assert " : interieur est déjà cité" in problem
    assert texts["outre-mer"] == "Ministère des Outre-mer"


KEPT_FORMS = [
    ("**Cour** des [comptes](/x)", "Cour des comptes"),
    ("### Cour des comptes", "Cour des comptes"),
]


@pytest.mark.parametrize(("source", "text"), KEPT_FORMS)
def test_a_text_that_is_kept_is_a_bullet_as_a_browser_shows_it(source, text):
    page = f"## Support\n\n- Sorbonne Université\n\n{source}\n"

    matched = match_page(page, REGISTRY, corrections=[keep(source.strip("# "))])

    assert list_problems(matched) == []
    texts = [listing.text for listing in matched.lists["support"].listings]
    assert texts == ["Sorbonne Université", text]


INTRODUCTIONS = ["1. Un mot", "> - Cour des comptes", "<ul><li>Cour des comptes</li></ul>"]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_what_may_be_a_list_above_the_first_heading_is_reported(introduction):
    (problem,) = list_problems(match_page(f"{introduction}\n\n{LIST}", REGISTRY))

    assert problem.startswith("1: ")


def test_lists_are_in_the_order_of_the_contracts_whatever_that_of_the_page():
    page = "## Expertise\n\n- Cour des comptes\n\n## Support\n\n- Cour des comptes\n"

    matched = match_page(page, REGISTRY, contracts=CONTRACTS)

    assert list(matched.lists) == ["support", "expertise"]
