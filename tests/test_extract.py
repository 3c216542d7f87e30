"""What a page gives: the rows that a person reads in it, or its faults, each at its line."""

import csv
import io
import json
import re
import unicodedata
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXPERTISE, HEAD, ROOT, SUPPORT, bullets, call, copy, page, published
from edition2 import labels, package, tables

REAL = ROOT / "source/pages/2023-09-01.md"
JUSTICE = "Le ministère de la Justice"
CULTURE = "Le ministère de la Culture"
TERRITOIRES = "Le ministère de la Cohésion des territoires et des Relations avec les collectivités territoriales"
OTHER = EXPERTISE + bullets("La Cour des comptes")


def extracted(checkout) -> list[dict[str, str]]:
    """The rows under support, once extract has done its work."""
    checkout.well()
    return [row for row in checkout.rows() if row["marche"] == "support"]


def names(checkout) -> list[str]:
    return [row["nom"] for row in extracted(checkout)]


def test_the_real_page_gives_the_rows_that_a_person_reads_in_it():
    with (ROOT / "tests/golden/attendu.csv").open(encoding="utf-8", newline="") as golden:
        wanted = list(csv.DictReader(golden))
    rows = published("beneficiaires")
    assert [{key: str(row[key] or "") for key in wanted[0]} for row in rows] == wanted
    lines = REAL.read_text(encoding="utf-8").splitlines()
    assert [row["libelle"] for row in rows] == [lines[row["ligne"] - 1][2:].strip() for row in rows]


def test_the_contracts_and_the_version_are_told():
    assert [
        (row["marche"], row["debut"], row["fin"], row["nombre"]) for row in published("marches")
    ] == [
        ("support", "2023-09-01", None, 23),
        ("expertise", "2023-09-01", None, 27),
    ]
    (version,) = published("versions")
    blob = "https://github.com/codegouvfr/codegouvfr-website/blob/35a8ab1ebfa78647825bd4031c5f54c241e980bc/"
    assert version == {
        "version": "2023-09-01",
        "commit": "35a8ab1ebfa78647825bd4031c5f54c241e980bc",
        "sha256": "53038d67f2dc49bb26e846ae53c63d0c63108de1fedd142675a46ca91a517fc5",
        "adresse": f"{blob}content/fr/utiliser/marches-logiciels-libres.md?plain=1",
        "titre": "Bénéficiaires des marchés interministériels support et expertise logiciels libres",
        "date_entete": "2022-01-18",
        "contact": "contact@code.gouv.fr",
        "nombre": 27,
    }


def test_the_day_of_the_header_is_told_as_what_it_is_and_nowhere_else():
    names = [path.stem for path in (ROOT / "data").glob("*.json")]
    held = [
        (name, key)
        for name in names
        for row in published(name)
        for key in row
        if row[key] == "2022-01-18"
    ]
    assert held == [("versions", "date_entete")]


TEXTS = (
    st.none() | st.text("ab,;\"'\n\té’ =", min_size=1) | st.text(min_size=1).filter(str.isprintable)
)
COLUMNS = {"nom": TEXTS, "rang": st.none() | st.integers(0, 3), "jour": st.none() | st.dates()}


@settings(max_examples=40)
@given(st.lists(st.fixed_dictionaries(COLUMNS), max_size=5))
def test_csv_and_json_are_what_the_standard_writers_write(rows):
    schema = package.Schema("essai", "essai.json", {"fields": [{"name": name} for name in COLUMNS]})
    text = io.StringIO(newline="")
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerows([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows])  # fmt: skip
    assert tables.to_csv(rows, schema).decode() == text.getvalue()
    objects = [json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=date.isoformat) for row in rows]  # fmt: skip
    assert tables.to_json(rows, schema).decode() == "[\n" + ",\n".join(objects) + "\n]\n"


def test_out_writes_there_and_changes_nothing_here(checkout, tmp_path):
    checkout.only(page(JUSTICE))
    before = checkout.state()
    assert checkout.call("extract", "--out", tmp_path / "essai").status == 0
    assert checkout.state() == before
    assert (tmp_path / "essai/datapackage.json").is_file()
    assert "ministere-de-la-justice" in (tmp_path / "essai/data/beneficiaires.csv").read_text(
        encoding="utf-8"
    )


def test_what_was_touched_in_data_is_made_again_and_nothing_else(checkout):
    before = checkout.state()
    checkout.replace(
        "data/beneficiaires.csv", "cour-des-comptes,Cour des comptes", "cour-des-comptes,Cour"
    )
    (checkout.root / "data/marches.json").unlink()
    assert checkout.call("extract").out.endswith("fichiers écrits : 2 sur 14\n")
    assert checkout.state() == before


@pytest.mark.parametrize("args", [["--nope"], ["page.md"], ["--out"]], ids=str)
def test_misuse_exits_2(args):
    assert call("extract", *args).status == 2


# Each slip of a page: its content, and what the user reads of every line: its number, then words.
SLIPS = {
    "unknown label": (page("Le ministère de la Justise"), "10: libellé inconnu ; proche de « Ministère de la Justice » (ministere-de-la-justice) ou "),
    "label like no other": (page("La Banque de France"), "10: « La Banque de France » : libellé inconnu ; l'ajouter au registre"),
    "letter of another alphabet": (page("Le ministère de la Justicе"), "10: libellé inconnu"),
    "sigle alone": (page("ANSSI"), "10: libellé inconnu ; proche de « Agence nationale de la séc"),
    "sigle that changed": (page("Caisse nationale des allocations familiales (CAF)"), "10: sigle « CAF », le registre dit « CNAF » (caisse-nationale-des-allocations-familiales) ; corriger l'un ou l'autre"),
    "sigle that nobody knows": (page("Sorbonne Université (SU)"), "10: sigle « SU », le registre dit aucun (sorbonne-universite)"),
    "restriction in parentheses": (page(f"{JUSTICE} (administration centrale)"), "10: libellé inconnu"),
    "restriction of one word": (page(f"{JUSTICE} (Paris)"), "10: sigle « Paris », le registre dit aucun"),
    "broken, lower case": (page("Le ministère de la Cohésion des territoires", "et des Relations"), '11: à joindre ? ajouter à source/corrections.yml : - {joindre: ["Le ministère de la Cohésion des territoires", "et des Relations"], motif: '),
    "broken, after a preposition": (page("Le ministère de l’Europe et des", "Affaires Étrangères"), "11: « Affaires Étrangères » : minuscule, ou suite d'une puce inachevée"),
    "body twice": (page(JUSTICE, CULTURE, "MINISTÈRE DE LA JUSTICE"), "12: ministere-de-la-justice est déjà ligne 10 du même marché"),
    "body twice, once in a wide wording": (page("Services du Premier ministre", "Services et entités relevant du périmètre budgétaire des services du Premier ministre"), "11: services-du-premier-ministre est déjà ligne 10"),
    "bullet without its dash": (page(JUSTICE).replace(EXPERTISE, f"{CULTURE}\n{EXPERTISE}"), f"10: « {JUSTICE} {CULTURE} » : libellé inconnu"),
    "text beside the list": (page(JUSTICE).replace(EXPERTISE, f"\n{CULTURE}\n{EXPERTISE}"), "12: texte hors de la liste (un tiret oublié ?)"),
    "a sentence": (HEAD + SUPPORT + "Sauf \"avis\" contraire.\n\n" + bullets(JUSTICE) + OTHER, '10: - {ignorer: "Sauf \\"avis\\" contraire.", motif: "'),
    "numbered list": (HEAD + SUPPORT + f"1. {JUSTICE}\n" + OTHER, "8: liste vide", "10: liste numérotée"),
    "quotation": (page(JUSTICE).replace(EXPERTISE, f"\n> {CULTURE}\n{EXPERTISE}"), "12: citation"),
    "bullet too far to the right": (HEAD + SUPPORT + f"    - {JUSTICE}\n" + OTHER, "8: liste vide", "10: bloc de code (une puce trop en retrait ?)"),
    "list in a list": (page(f"{JUSTICE}\n  - Greffes"), f"10: « {JUSTICE} Greffes » : liste numérotée, ou liste dans la liste ; à garder comme simple texte ?", "10: libellé inconnu"),
    "two paragraphs": (HEAD + SUPPORT + f"- {JUSTICE}\n\n  Sous réserve.\n" + OTHER, f"10: « {JUSTICE} Sous réserve. » : deux paragraphes ; ", "10: libellé inconnu"),
    "struck out": (page(f"~~{JUSTICE}~~"), f"10: « {JUSTICE} » : texte barré"),
    "box to tick": (page(f"[ ] {JUSTICE}"), "10: case à cocher"),
    "HTML in a bullet": (page(f"<b>{JUSTICE}</b>"), "10: HTML"),
    "formula": (page("=cmd|'/c calc'!A1"), "10: un tableur y lirait une formule", "10: libellé inconnu"),
    "formula, escaped": (page(f"\\+{JUSTICE}"), "10: commence par = + - ou @"),
    "formula in the perimetre": (page(f"{JUSTICE} : =HYPERLINK(1)"), "10: commence par = + - ou @"),
    "empty list": (HEAD + SUPPORT + "-\n" + OTHER, "8: « Liste des bénéficiaires du marché interministériel support logiciels libres » : liste vide"),
    "list that is missing": (HEAD + SUPPORT + bullets(JUSTICE), "-: le marché expertise n'a pas de liste ; dans marches.yml, un autre titre : l'ajouter à ses « titres » ; plus de liste : « fin: 2024-11-26 »"),
    "heading that nobody claims": (page(JUSTICE) + "\n## Marché conseil\n\n- Sorbonne Université\n", "16: « Marché conseil » : une liste qu'aucun marché ne porte ; un nouveau marché : une entrée de marches.yml avec « debut: 2024-11-26 » ; un autre titre d'un marché connu : l'ajouter à ses « titres » ; autre chose : ajouter à source/corrections.yml : - {ignorer: \"Marché conseil\""),
    "heading below a heading": (page(JUSTICE).replace(EXPERTISE, f"\n### Opérateurs\n\n- {CULTURE}\n{EXPERTISE}"), "12: « Opérateurs » : une liste qu'aucun marché ne porte"),
    "heading renamed": (page(JUSTICE).replace("support logiciels", "d'appui logiciels"), "-: le marché support n'a pas de liste", "8: une liste qu'aucun marché ne porte"),
    "heading twice": (page(JUSTICE) + "\n" + SUPPORT + bullets(CULTURE), "16: déjà lu ligne 8"),
    "list under no heading": (HEAD + bullets("Sommaire") + page(JUSTICE)[len(HEAD):], '8: une puce sous aucun titre de liste ; à ignorer ? ajouter à source/corrections.yml : - {ignorer: "Sommaire"'),
    "an empty file": ("", "-: le marché support n'a pas de liste", "-: le marché expertise n'a pas de liste"),
    "not UTF-8": (page(JUSTICE).encode().replace("è".encode(), b"\xe8"), "10: ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8"),
    "control": (page("Sorbonne \x07Université"), "10: caractère U+0007 interdit ; le supprimer"),
    "change of direction": (page(f"{JUSTICE}\u202e"), "10: caractère U+202E interdit"),
    "change of direction, by reference": (page(f"{JUSTICE}&#x202e;"), "10: caractère U+202E interdit, même sous une autre écriture"),
    "invisible, by reference": (page(JUSTICE, "Sorbonne&shy; Université"), "11: caractère U+00AD interdit, même sous une autre écriture"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_the_page_is_told_where_it_is_and_nothing_is_written(checkout, slip):
    content, *wanted = SLIPS[slip]
    checkout.only(content)
    told = checkout.refused()
    assert len(told) == len(wanted), told
    for line, want in zip(told, wanted, strict=True):
        number, words = want.split(": ", 1)
        place = "source/pages/2024-11-26.md" + ("" if number == "-" else f":{number}")
        assert line.startswith(f"{place}: ")
        assert words in line


def test_every_problem_of_every_version_is_told_in_one_run(checkout):
    checkout.only(page("Un inconnu", JUSTICE, "ANSES (INPI)"), "2024-01-01")
    checkout.keep(page("Un autre inconnu : =1"), "2024-02-01")
    checkout.write("source/corrections.yml", "- {ignorer: rien de tel, motif: Essai.}\n")
    assert [line.split(" ")[0] for line in checkout.refused()] == [
        "source/corrections.yml:1:",
        "source/pages/2024-01-01.md:10:",
        "source/pages/2024-01-01.md:12:",
        "source/pages/2024-02-01.md:10:",
        "source/pages/2024-02-01.md:10:",
    ]


# Each harmless spelling of one bullet: all name the Ministère de l'Intérieur.
SPELLINGS = {
    "capitals without accents": "LE MINISTERE DE L'INTERIEUR",
    "no-break spaces": "Le ministère\u00a0de\u202fl’Intérieur\u00a0",
    "NFD accents": "Le ministe\u0300re de l’Inte\u0301rieur",
    "soft hyphen and zero width": "\ufeffLe minis\u00adtère \u200bde l’Intérieur",
    "link": "[Le ministère de l’Intérieur](https://www.interieur.gouv.fr)",
    "emphasis and code": "Le ministère *de* **`l’Intérieur`**",
    "escape and entities": "Le\\, ministère de l&rsquo;Int&eacute;rieur&nbsp;",
    "folded": "Le ministère de\n  l’Intérieur",
    "folded without indent": "Le ministère  \nde l’Intérieur",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_does_not_change_who_is_named(checkout, spelling):
    checkout.only(page(SPELLINGS[spelling]))
    assert names(checkout) == ["Ministère de l'Intérieur"]


def test_the_label_is_kept_as_the_page_shows_it(checkout):
    checkout.only(
        page(
            "Le  ministère\tde la Justice , ",
            "La *Cour* des comp\u00adtes",
            "[Sorbonne Université](javascript:x)",
            "Le\u00a0ministère des Sports",
        )
    )
    told = [row["libelle"] for row in extracted(checkout)]
    assert told == [
        "Le ministère de la Justice ,",
        "La Cour des comptes",
        "Sorbonne Université",
        "Le\u00a0ministère des Sports",
    ]


def test_markers_blank_lines_line_ends_and_rules_do_not_matter(checkout):
    content = (
        HEAD
        + SUPPORT
        + f"* {JUSTICE}\n\n* {CULTURE}\n+ Le ministère des Armées\n-\n\n---\n"
        + OTHER
    )
    checkout.only(content.replace("\n", "\r\n"))
    assert [(row["rang"], row["ligne"]) for row in extracted(checkout)] == [("1", "10"), ("2", "12"), ("3", "13")]  # fmt: skip
    checkout.only("\ufeff" + content.replace("\n", "\r"))
    assert [row["ligne"] for row in extracted(checkout)] == ["10", "12", "13"]


@pytest.mark.parametrize("colon", [" : ", "\u00a0: ", "\u202f: ", ": "])
def test_what_follows_the_colon_is_the_perimetre(checkout, colon):
    checkout.only(page(f"{JUSTICE}{colon}**uniquement** sur le *lot 2* : Moodle."))
    (row,) = extracted(checkout)
    assert row["organisme"] == "ministere-de-la-justice"
    assert row["perimetre"] == "uniquement sur le lot 2 : Moodle"
    assert row["libelle"] == f"{JUSTICE}{colon}uniquement sur le lot 2 : Moodle."


def add(checkout, text: str) -> None:
    checkout.edit("source/organismes.yml", lambda registry: registry + text)


TWINS = """
x-agence-du-sport:
  nom: Agence nationale du sport
  sigle: ANS
  categorie: etablissement-public

x-agence-en-sante:
  nom: Agence du numérique en santé
  sigle: ANS
  anciens_sigles: [ASIP]
  categorie: etablissement-public
"""


def test_two_bodies_that_share_a_sigle_are_told_apart_by_their_names_alone(checkout):
    add(checkout, TWINS)
    checkout.only(page("Agence nationale du sport (ans)", "L'Agence du numérique en santé (ANS)"))
    assert [row["organisme"] for row in extracted(checkout)] == [
        "x-agence-du-sport",
        "x-agence-en-sante",
    ]
    checkout.only(page("L'Agence du numérique en santé (ASIP)"))
    assert [row["sigle"] for row in extracted(checkout)] == ["ANS"]
    checkout.only(page("ANS"))
    (told,) = checkout.refused()
    assert (
        "« Agence nationale du sport » (x-agence-du-sport) ou « Agence du numérique en santé »"
        in told
    )


def paste(checkout, kind: str, told: list[str]) -> None:
    """Add the entries of a kind that these messages advise, each once, as a person pastes them."""
    entries = dict.fromkeys(
        entry for line in told for entry in re.findall(rf"- \{{{kind}: .*?\}}(?= ; à |$)", line)
    )
    checkout.edit(
        "source/corrections.yml", lambda text: text + "".join(f"{each}\n" for each in entries)
    )


CURES = {
    "joindre two": ("joindre", bullets("Le ministère de l’", "Intérieur", JUSTICE), ["Ministère de l'Intérieur", "Ministère de la Justice"]),
    "joindre three": ("joindre", bullets(*re.split(r"(?<=des) (?=terr)|(?<=Relations) ", TERRITOIRES)), [TERRITOIRES.replace("Le m", "M")]),
    "joindre quotes": ("joindre", bullets('Le "ministère"', "de la Justice"), ["Ministère de la Justice"]),
    "garder lower case": ("garder", bullets(JUSTICE, "la Cour des comptes"), ["Ministère de la Justice", "Cour des comptes"]),
    "garder HTML": ("garder", bullets(f"{JUSTICE}<br>"), ["Ministère de la Justice"]),
    "garder a colon": ("garder", bullets(f"{JUSTICE} :"), ["Ministère de la Justice"]),
    "ignorer a sentence": ("ignorer", f"- {JUSTICE}\n\nÀ \"relire\" : c'est *fini*.\n", ["Ministère de la Justice"]),
    "ignorer a comment": ("ignorer", f"- {JUSTICE}\n\n<!-- fin\nen mai -->\n", ["Ministère de la Justice"]),
    "ignorer a table": ("ignorer", f"- {JUSTICE}\n\n| a | b |\n| - | - |\n| c | \\ |\n", ["Ministère de la Justice"]),
    "ignorer an image": ("ignorer", f"- {JUSTICE}\n- ![](logo.png)\n", ["Ministère de la Justice"]),
    "ignorer a list": ("ignorer", f"- {JUSTICE}\n\n### Voir \"aussi\" : {{a}}\n\n- [Un lien](https://example.org)\n", ["Ministère de la Justice"]),
}  # fmt: skip


@pytest.mark.parametrize("cure", CURES)
def test_the_advice_works_as_pasted(checkout, cure):
    kind, content, wanted = CURES[cure]
    checkout.only(HEAD + SUPPORT + content + OTHER)
    paste(checkout, kind, checkout.refused())
    assert names(checkout) == wanted


def test_joining_hides_nothing_of_what_is_joined(checkout):
    checkout.only(page("Le ministère de", "~~l’Intérieur~~"))
    paste(checkout, "joindre", checkout.refused())
    (told,) = checkout.refused()
    assert (
        "10: « Le ministère de l’Intérieur » : texte barré ; à garder comme simple texte ?" in told
    )
    paste(checkout, "garder", [told])
    assert names(checkout) == ["Ministère de l'Intérieur"]


def test_a_list_above_the_first_title_is_ignored_bullet_by_bullet(checkout):
    checkout.only(HEAD + bullets("[Support](#support)", "Expertise") + page(JUSTICE)[len(HEAD) :])
    paste(checkout, "ignorer", checkout.refused())
    assert names(checkout) == ["Ministère de la Justice"]


def test_corrections_hold_in_every_version_that_has_their_words(checkout):
    broken = page("Le ministère de", "l’Intérieur", "Cour des comptes", "Voir plus bas")
    checkout.only(broken, "2024-01-01")
    checkout.keep(broken.replace("Intérieur", "INTÉRIEUR").replace("bas", "bas."), "2024-02-01")
    checkout.keep(page(JUSTICE), "2024-03-01")
    checkout.write(
        "source/corrections.yml",
        '- joindre: [le ministere de, "l\'interieur"]\n  motif: Puce coupée.\n- ignorer: voir plus bas\n  motif: Un renvoi.\n',
    )
    assert names(checkout) == ["Ministère de la Justice"]
    stays = {row["organisme"]: row["debut"] for row in checkout.rows("historique") if row["marche"] == "support"}  # fmt: skip
    assert stays["ministere-de-l-interieur"] == "2024-01-01"
    assert len(checkout.rows("historique")) == 4


def test_joined_bullets_are_one_row_at_the_line_of_the_first(checkout):
    checkout.only(page("Le ministère de", "l’Intérieur", JUSTICE))
    paste(checkout, "joindre", checkout.refused())
    first, second = extracted(checkout)
    assert (first["libelle"], first["ligne"], first["rang"]) == (
        "Le ministère de l’Intérieur",
        "10",
        "1",
    )
    assert (second["ligne"], second["rang"]) == ("12", "2")


@pytest.mark.parametrize("entry", ["ignorer: rien de tel", f"garder: {JUSTICE}", "joindre: [Le ministère, de la Justice]"])  # fmt: skip
def test_a_correction_that_no_version_employs_is_an_error(checkout, entry):
    checkout.only(page(JUSTICE))
    checkout.write("source/corrections.yml", f"# en tête\n- {{{entry}, motif: Essai.}}\n")
    (told,) = checkout.refused()
    assert (
        told == "source/corrections.yml:2: aucune version n'emploie cette correction ; la retirer"
    )


THIRD = "\n## Liste « conseil »\n\n- Sorbonne Université\n"


def contract(checkout, slug: str, **days: str) -> None:
    """Write in marches.yml the days of a contract."""
    lines = "".join(f"  {name}: {day}\n" for name, day in days.items())
    checkout.replace("source/marches.yml", f"\n{slug}:\n", f"\n{slug}:\n{lines}")


def test_a_contract_begins_by_one_entry_and_nothing_else(checkout):
    checkout.only(page(JUSTICE), "2024-01-01")
    checkout.keep(page(JUSTICE) + THIRD, "2024-02-01")
    told = checkout.refused()
    assert "« Liste « conseil » » : une liste qu'aucun marché ne porte" in told[0]
    day = re.search(r"« (debut: .*?) »", told[0])[1]
    entry = f"conseil:\n  nom: Conseil\n  titres: [Liste conseil]\n  {day}\n"
    checkout.edit("source/marches.yml", lambda text: text + entry)
    extracted(checkout)
    assert checkout.rows("marches")[2] == {
        "marche": "conseil", "nom": "Conseil", "intitule": "Liste « conseil »", "debut": "2024-02-01", "fin": "", "nombre": "1",
    }  # fmt: skip
    assert {row["marche"] for row in checkout.rows("couverture")} == {
        "support",
        "expertise",
        "conseil",
    }
    assert checkout.call("validate").status == 0


def test_a_contract_that_ends_keeps_its_history_and_leaves_couverture(checkout):
    checkout.only(page(JUSTICE, CULTURE), "2024-01-01")
    checkout.keep(HEAD + OTHER, "2024-02-01")
    checkout.keep(HEAD + OTHER, "2024-03-01")
    first, second = checkout.refused()
    assert "« fin: 2024-03-01 »" in second
    contract(checkout, "support", fin=re.search(r"« fin: (.*?) »", first)[1])
    assert extracted(checkout) == []
    assert [
        (row["marche"], row["debut"], row["fin"], row["nombre"]) for row in checkout.rows("marches")
    ] == [
        ("support", "2024-01-01", "2024-02-01", "0"),
        ("expertise", "2024-01-01", "", "1"),
    ]
    assert {row["marche"] for row in checkout.rows("couverture")} == {"expertise"}
    stays = [(row["organisme"], row["fin"]) for row in checkout.rows("historique") if row["marche"] == "support"]  # fmt: skip
    assert stays == [
        ("ministere-de-la-culture", "2024-02-01"),
        ("ministere-de-la-justice", "2024-02-01"),
    ]
    assert checkout.call("validate").status == 0


@pytest.mark.parametrize(("days", "words"), [({"debut": "2024-12-01"}, "n'a pas de liste le 2024-11-26"), ({"fin": "2024-11-26"}, "corriger son « debut » ou sa « fin »")])  # fmt: skip
def test_a_list_that_stands_before_its_contract_or_after_is_told(checkout, days, words):
    checkout.only(page(JUSTICE))
    contract(checkout, "support", **days)
    (told,) = checkout.refused()
    assert told.startswith("source/pages/2024-11-26.md:8: ")
    assert words in told


def test_a_heading_that_changed_is_one_line_more(checkout):
    checkout.only(page(JUSTICE), "2024-01-01")
    checkout.keep(
        page(JUSTICE).replace("marché interministériel support", "marché de support"), "2024-02-01"
    )
    title = re.search(r"« (Liste .*?) »", checkout.refused()[1])[1]
    checkout.replace("source/marches.yml", "\nexpertise:", f"\n    - {title}\nexpertise:")
    assert names(checkout) == ["Ministère de la Justice"]
    assert checkout.rows("marches")[0]["intitule"] == title


def test_a_page_that_was_modified_is_refused(checkout):
    checkout.edit("source/pages/2023-09-01.md", lambda text: text + "\n")
    (told,) = checkout.refused()
    assert "pages.yml dit 53038d67" in told
    assert "une page gardée ne se modifie pas" in told


HEADERS = {
    "none": ("", "", ""),
    "never closed": ("---\ntitle: Essai\n\n", "", ""),
    "float": ("---\ntitle: 1.5\ndate: 1e3\n---\n", "1.5", "1e3"),
    "anchors": ("---\ntitle: &x Essai\ndate: *x\n---\n", "Essai", "Essai"),
    "bomb": ("---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: [*b, *b]\n---\n", "", ""),
    "well": (f"---\na: {'[' * 9000}{']' * 9000}\n---\n", "", ""),
    "double key": ("---\ntitle: Un\ntitle: Deux\n---\n", "Deux", ""),
    "broken": ("---\n: [\n---\n", "", ""),
    "no such day": ("---\ndate: 2022-02-31\n---\n", "", "2022-02-31"),
    "two lines": ("---\ntitle: |\n  Un\n  deux\n---\n", "Un deux", ""),
    "object": ("---\ntitle: !!python/name:os.system Essai\n---\n", "Essai", ""),
    "formula": ("---\ntitle: =HYPERLINK(1)\ndate: '@A1'\n---\n", "", ""),
    "control": ('---\ntitle: "a\\x01"\ndate: "\\u200b"\n---\n', "", ""),
}


@pytest.mark.parametrize("header", HEADERS)
def test_an_odd_header_is_the_pages_own_and_the_page_is_read(checkout, header):
    text, title, day = HEADERS[header]
    checkout.only(text + SUPPORT + bullets(JUSTICE) + OTHER)
    assert names(checkout) == ["Ministère de la Justice"]
    (version,) = checkout.rows("versions")
    assert (version["titre"], version["date_entete"], version["version"]) == (
        title,
        day,
        "2024-11-26",
    )


@pytest.mark.parametrize(
    ("link", "contact"),
    [
        ("[nous](mailto:a.b@example.org?subject=x), puis <c@example.org>", "a.b@example.org"),
        ("<a.b@example.org>", "a.b@example.org"),
        ("[nous](mailto:=cmd), [site](https://example.org/@a)", ""),
    ],
)
def test_the_contact_is_the_first_mail_address_of_the_page(checkout, link, contact):
    checkout.only(page(JUSTICE).replace("[contact](mailto:contact@example.org)", link))
    extracted(checkout)
    assert checkout.rows("versions")[0]["contact"] == contact


REGISTERED = {row["nom"]: row["organisme"] for row in csv.DictReader((ROOT / "data/organismes.csv").open(encoding="utf-8"))}  # fmt: skip
WRITTEN = st.sampled_from([str.upper, str.title, "**{}**".format, "{},".format, "Le {} ".format, "{} : lot 1".format])  # fmt: skip


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    return copy(tmp_path_factory.mktemp("trial") / "checkout")


@settings(max_examples=25)
@given(st.lists(st.sampled_from(sorted(REGISTERED)), unique=True, min_size=1), st.lists(WRITTEN, min_size=27, max_size=27))  # fmt: skip
def test_names_however_written_give_their_rows_in_the_order_of_the_page(trial, chosen, spellings):
    trial.only(page(*(write(nom) for write, nom in zip(spellings, chosen, strict=False))))
    rows = extracted(trial)
    assert [row["organisme"] for row in rows] == [REGISTERED[nom] for nom in chosen]
    assert [int(row["ligne"]) for row in rows] == list(range(10, 10 + len(chosen)))


@given(st.text(max_size=100))
def test_a_key_does_not_depend_on_the_normal_form_and_is_its_own(text):
    key = labels.key(text)
    assert labels.key(key) == key
    assert labels.key(unicodedata.normalize("NFD", text)) == labels.key(
        unicodedata.normalize("NFC", text)
    )


MARKDOWN = st.text("-*+# \n\t:()[]<>`~!\\&;=@|.é’a1\u00a0\u202e\0", max_size=60)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | MARKDOWN.map(lambda text: (HEAD + SUPPORT + text + OTHER).encode()) | st.tuples(st.integers(0, 4000), MARKDOWN).map(lambda cut: REAL.read_bytes()[: cut[0]] + cut[1].encode()))  # fmt: skip
def test_any_bytes_end_well_with_everything_or_nothing_written(trial, data):
    trial.only(data)
    before = trial.state()
    result = trial.call("extract")
    if result.status:
        assert all(
            line.startswith("source/pages/2024-11-26.md") for line in result.err.splitlines()
        )
        assert trial.state() == before
    else:
        assert trial.call("extract").out.endswith(" : 0 sur 14\n")
