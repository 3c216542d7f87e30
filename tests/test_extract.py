"""The page becomes the tables: what the real page gives, and what each slip of a page does."""

import csv
import difflib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import EXPERTISE, HEAD, ROOT, SUPPORT, bullets, need, page, read_csv

PAGE = ROOT / "source/pages/2023-09-01.md"
JUSTICE = "Le ministère de la Justice"
CULTURE = "Le ministère de la Culture"


def golden() -> list[dict[str, str]]:
    with (Path(__file__).parent / "golden/attendu.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_real_page_gives_the_rows_that_a_person_reads_in_it(checkout):
    for name in ("data", "datapackage.json"):
        assert (checkout.root / name).exists()
    for path in (checkout.root / "data").iterdir():
        path.unlink()
    done = checkout.extract()
    assert (done.returncode, done.stderr) == (0, "")
    rows = checkout.rows()
    expected = golden()
    assert len(rows) == len(expected) == 50
    assert [{key: row[key] for key in expected[0]} for row in rows] == expected
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [row["libelle"] for row in rows] == [lines[int(row["ligne"]) - 1][2:].strip() for row in rows]


def test_the_real_page_names_27_bodies_in_2_contracts():
    bodies = read_csv((ROOT / "data/organismes.csv").read_bytes())
    named = {(row["marche"], row["nom"]) for row in golden()}
    assert len(bodies) == 27
    for row in bodies:
        assert (row["support"] == "true") == (("support", row["nom"]) in named)
        assert (row["expertise"] == "true") == (("expertise", row["nom"]) in named)
    contracts = read_csv((ROOT / "data/marches.csv").read_bytes())
    assert [(row["marche"], row["nombre"], row["date"]) for row in contracts] == [
        ("support", "23", "2023-09-01"),
        ("expertise", "27", "2023-09-01"),
    ]


def test_what_is_published_is_what_the_sources_give(checkout):
    assert checkout.extract("--check").returncode == 0
    before = checkout.state()
    checkout.extract()
    assert checkout.state() == before


def test_files_are_utf8_without_bom_comma_lf_and_typed_twins():
    for schema in sorted((ROOT / "schemas").glob("*.json")):
        data = (ROOT / f"data/{schema.stem}.csv").read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in data
        assert data.endswith(b"\n")
        columns = [field["name"] for field in json.loads(schema.read_bytes())["fields"]]
        assert data.decode().splitlines()[0] == ",".join(columns)
    bodies = json.loads((ROOT / "data/organismes.json").read_bytes())
    sorbonne = next(body for body in bodies if body["organisme"] == "sorbonne-universite")
    assert sorbonne == {
        "organisme": "sorbonne-universite",
        "nom": "Sorbonne Université",
        "sigle": None,
        "categorie": "etablissement-public",
        "siren": "130023385",
        "wikidata": "Q41497113",
        "site": "https://www.sorbonne-universite.fr",
        "collectif": False,
        "groupe": None,
        "succede_a": None,
        "support": True,
        "expertise": True,
    }


def test_the_same_input_gives_the_same_bytes_on_every_machine(checkout, tmp_path):
    for seed, locale, zone in (("0", "C", "UTC"), ("7", "fr_FR.UTF-8", "Pacific/Noumea")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone, "PYTHONUTF8": "0"}
        checkout.extract("--out", tmp_path / seed, env=env)
        for path in (tmp_path / seed).iterdir():
            assert path.read_bytes() == (ROOT / "data" / path.name).read_bytes()


def test_any_page_is_tried_without_touching_the_repository(checkout, tmp_path):
    draft = tmp_path / "brouillon.md"
    draft.write_text(page(JUSTICE), encoding="utf-8")
    before = checkout.state()
    done = checkout.extract("--source", draft, "--out", tmp_path / "essai")
    assert done.returncode == 0
    assert checkout.state() == before
    rows = read_csv((tmp_path / "essai/beneficiaires.csv").read_bytes())
    assert [(row["marche"], row["organisme"], row["ligne"]) for row in rows] == [
        ("support", "ministere-de-la-justice", "7"),
        ("expertise", "cour-des-comptes", "11"),
    ]
    contracts = read_csv((tmp_path / "essai/marches.csv").read_bytes())
    assert {row["date"] for row in contracts} == {"2024-11-20"}


def test_another_registry_is_tried_too(checkout, tmp_path):
    registry = tmp_path / "registre.yml"
    text = (ROOT / "source/organismes.yml").read_text(encoding="utf-8")
    registry.write_text(
        text.replace("nom: Sorbonne Université", "nom: Sorbonne-université"), encoding="utf-8"
    )
    assert checkout.extract("--registry", registry, "--out", tmp_path / "essai").returncode == 0
    assert "Sorbonne-université" in (tmp_path / "essai/organismes.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "args", [["--nope"], ["--source", PAGE], ["--accept-new", "--check"], ["page.md"]], ids=str
)
def test_misuse_exits_2(checkout, args):
    done = checkout.extract(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_check_shows_a_readable_difference_and_writes_nothing(checkout):
    checkout.replace("data/beneficiaires.csv", "130023385", "130023380")
    before = checkout.state()
    done = checkout.extract("--check")
    assert done.returncode == 1
    assert "-support,sorbonne-universite,Sorbonne Université,,etablissement-public,130023380" in done.stdout
    assert "+support,sorbonne-universite,Sorbonne Université,,etablissement-public,130023385" in done.stdout
    assert checkout.state() == before
    (checkout.root / "data/marches.json").unlink()
    assert checkout.extract("--check").returncode == 1
    checkout.extract()
    assert checkout.extract("--check").returncode == 0


# Each slip of a page: its content, and every line that the user reads.
SLIPS = {
    "unknown label": (
        page("Le ministère de la Justise"),
        "7: « Le ministère de la Justise » : libellé inconnu ; proche de « Ministère de la Justice »"
        " (ministere-de-la-justice) ou ",
    ),
    "unknown label like no other": (
        page("La Banque de France"),
        "7: « La Banque de France » : libellé inconnu ; ",
    ),
    "sigle alone": (page("ANSSI"), "7: « ANSSI » : libellé inconnu ; proche de « Agence nationale de la séc"),
    "label that changed sigle": (
        page("Caisse nationale des allocations familiales (CAF)"),
        "7: « Caisse nationale des allocations familiales (CAF) » : sigle « CAF », le registre dit « CNAF »"
        " (caisse-nationale-des-allocations-familiales) ; corriger l'un ou l'autre",
    ),
    "sigle that the registry does not know": (
        page("Sorbonne Université (SU)"),
        "7: « Sorbonne Université (SU) » : sigle « SU », le registre dit aucun (sorbonne-universite) ; ",
    ),
    "restriction in parentheses is not lost": (
        page(f"{JUSTICE} (administration centrale)"),
        f"7: « {JUSTICE} (administration centrale) » : libellé inconnu ; proche de ",
    ),
    "restriction of one word is not lost": (
        page(f"{JUSTICE} (Paris)"),
        f"7: « {JUSTICE} (Paris) » : sigle « Paris », le registre dit aucun (ministere-de-la-justice) ; ",
    ),
    "bullet broken in two, lower case": (
        page(
            "Le ministère de la Cohésion des territoires",
            "et des Relations avec les collectivités territoriales",
        ),
        "8: « et des Relations avec les collectivités territoriales » : puce coupée en deux ? elle commence par"
        " une minuscule ; si elle continue la puce du dessus, ajouter « suite: [8] » dans pages.yml",
    ),
    "bullet broken in two, after a preposition": (
        page("Le ministère de l’Europe et des", "Affaires Étrangères"),
        "8: « Affaires Étrangères » : puce coupée en deux ? elle suit une puce qui finit par « des » ; ",
    ),
    "bullet broken in two, after an elided article": (
        page("Le ministère de l’", "Intérieur"),
        "8: « Intérieur » : puce coupée en deux ? elle suit une puce qui finit par « l’ » ; ",
    ),
    "body twice": (
        page(JUSTICE, CULTURE, "MINISTÈRE DE LA JUSTICE"),
        "9: « MINISTÈRE DE LA JUSTICE » : ministere-de-la-justice est déjà ligne 7 du même marché ; ",
    ),
    "heading missing": (
        HEAD + SUPPORT + bullets(JUSTICE),
        ": « Liste des bénéficiaires du marché interministériel expertise logiciels libres » : titre introuvable ;"
        " s'il a changé, l'ajouter dans marches.yml",
    ),
    "heading twice": (
        page(JUSTICE) + "\n" + SUPPORT + bullets(CULTURE),
        "13: « Liste des bénéficiaires du marché interministériel support logiciels libres » :"
        " titre déjà lu ligne 5",
    ),
    "heading renamed": (
        page(JUSTICE).replace("support logiciels", "d'appui logiciels"),
        "7: liste sous le titre inconnu « Liste des bénéficiaires du marché interministériel d'appui logiciels"
        " libres » ; les titres connus sont dans marches.yml",
    ),
    "list under an unknown heading": (
        page(JUSTICE) + "\n## Autres bénéficiaires\n\n" + bullets(CULTURE),
        "15: liste sous le titre inconnu « Autres bénéficiaires » ; ",
    ),
    "list above every heading": (
        HEAD + bullets(CULTURE) + page(JUSTICE)[len(HEAD) :],
        "5: liste sous aucun titre ; ",
    ),
    "nested list": (
        HEAD
        + SUPPORT
        + f"- {JUSTICE}\n  - Direction des services judiciaires\n"
        + EXPERTISE
        + bullets(CULTURE),
        f"7: « {JUSTICE} » : liste dans la liste ; une puce est un simple texte",
    ),
    "two paragraphs in a bullet": (
        HEAD + SUPPORT + f"- {JUSTICE}\n\n  Sous réserve.\n" + EXPERTISE + bullets(CULTURE),
        f"7: « {JUSTICE}Sous réserve. » : deux paragraphes ; une puce est un simple texte",
    ),
    "numbered list": (
        HEAD + SUPPORT + f"1. {JUSTICE}\n" + EXPERTISE + bullets(CULTURE),
        "7: liste numérotée sous « Liste des bénéficiaires du marché interministériel support logiciels libres » ;"
        " seules des puces y sont attendues",
    ),
    "empty list": (
        HEAD + SUPPORT + EXPERTISE + bullets(CULTURE),
        "5: « Liste des bénéficiaires du marché interministériel support logiciels libres » : liste vide",
    ),
    "empty bullet": (HEAD + SUPPORT + "-\n" + EXPERTISE + bullets(CULTURE), "7: «  » : puce vide ; "),
    "bullet without its dash": (
        page(JUSTICE).replace(EXPERTISE, f"\n{CULTURE}\n{EXPERTISE}"),
        "9: texte hors de la liste (un tiret oublié ?) sous « Liste des bénéficiaires du marché interministériel"
        " support logiciels libres » ; ",
    ),
    "bullet without its space": (
        page(JUSTICE).replace(EXPERTISE, f"-{CULTURE}\n{EXPERTISE}"),
        f"7: « {JUSTICE} -{CULTURE} » : libellé inconnu ; ",
    ),
    "bullet too far to the right": (
        HEAD + SUPPORT + f"    - {JUSTICE}\n" + EXPERTISE + bullets(CULTURE),
        "7: bloc de code (une puce trop en retrait ?) sous ",
    ),
    "HTML in a bullet": (
        page(f"<b>{JUSTICE}</b>"),
        f"7: « {JUSTICE} » : HTML ; une puce est un simple texte",
    ),
    "HTML comment around bullets": (
        HEAD + SUPPORT + f"- {JUSTICE}\n\n<!--\n- {CULTURE}\n-->\n" + EXPERTISE + bullets(CULTURE),
        "9: HTML sous ",
    ),
    "image in a bullet": (
        page(f"![{JUSTICE}](justice.png)"),
        "7: «  » : image ; une puce est un simple texte",
    ),
    "body struck out": (
        page(CULTURE, f"~~{JUSTICE}~~"),
        "8: «  » : texte barré ; une puce est un simple texte",
    ),
    "box to tick": (
        page(f"[ ] {JUSTICE}"),
        f"7: « {JUSTICE} » : case à cocher ; une puce est un simple texte",
    ),
    "list hidden between two rules": (
        page(JUSTICE).replace(
            "\n## Liste des bénéficiaires du marché interministériel e",
            f"\n---\n- {CULTURE}\n---\n\n## Liste des bénéficiaires du marché interministériel e",
        ),
        "9: bloc « --- » sous ",
    ),
    "colon that announces nothing": (
        page(f"{JUSTICE} :"),
        f"7: « {JUSTICE} : » : rien ne suit les deux-points ; ",
    ),
    "formula": (
        page("=cmd|'/c calc'!A1"),
        "7: « =cmd|'/c calc'!A1 » : commence par = + - ou @, un tableur y lirait une formule ; corriger la page",
    ),
    "formula before a known name": (page(f"@{JUSTICE}"), f"7: « @{JUSTICE} » : commence par = + - ou @, "),
    "formula with an escaped plus": (page(f"\\+{JUSTICE}"), f"7: « +{JUSTICE} » : commence par = + - ou @, "),
    "formula in the perimetre": (
        page(f"{JUSTICE} : =HYPERLINK(1)"),
        f"7: « {JUSTICE} : =HYPERLINK(1) » : commence par = + - ou @, ",
    ),
    "no front matter": (page(JUSTICE)[len(HEAD) :], "1: pas d'en-tête YAML ; "),
    "front matter never closed": (
        "---\ndate: 2024-11-20\n" + page(JUSTICE)[len(HEAD) :],
        "1: pas d'en-tête YAML ; ",
    ),
    "front matter without date": (page(JUSTICE).replace("date:", "jour:"), "2: champ « date » manquant"),
    "date that is none": (
        page(JUSTICE).replace("2024-11-20", "2024-02-30"),
        "2: valeur « 2024-02-30 » illisible : ce n'est pas un jour AAAA-MM-JJ ; ",
    ),
    "date that is text": (
        page(JUSTICE).replace("2024-11-20", "hier"),
        "2: champ « date » : une date AAAA-MM-JJ est attendu",
    ),
    "broken YAML": (page(JUSTICE).replace("date: ", "date: [2024, "), "3: YAML illisible : "),
    "YAML with a key twice": (
        page(JUSTICE).replace("date:", "date: 2024-01-01\ndate:"),
        "3: clé « date » écrite deux fois",
    ),
    "YAML bomb": (
        page(JUSTICE).replace("date:", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\ndate:"),
        "2: ancre ou alias YAML (& ou *) : écrire la valeur en entier",
    ),
    "YAML well without bottom": (
        page(JUSTICE).replace("date:", f"a: {'[' * 3000}\ndate:"),
        "2: plus de 12 niveaux",
    ),
    "front matter too long": (
        page(JUSTICE).replace("date:", f"a: {'x' * 70_000}\ndate:"),
        "1: en-tête YAML trop long",
    ),
    "bidi character": (page(f"{JUSTICE}\u202e"), "7: caractère U+202E interdit ; le supprimer"),
    "bidi character reference": (
        page(f"{JUSTICE}&#x202e;"),
        "7: caractère U+202E interdit, même sous une autre écriture",
    ),
    "invisible reference": (
        page(f"{JUSTICE}", "Le ministère&shy; des Sports"),
        "8: caractère U+00AD interdit",
    ),
    "control in the title": (
        page(JUSTICE).replace("---", '---\ntitle: "a\\x01"', 1),
        "1: caractère U+0001 interdit",
    ),
    "NUL": (page(f"{JUSTICE}\0"), "7: caractère U+0000 interdit ; le supprimer"),
    "replacement character": (page(f"{JUSTICE}\ufffd"), "7: caractère U+FFFD interdit ; le supprimer"),
    "letter of another alphabet": (
        page("Le ministère de la Justicе"),
        "7: « Le ministère de la Justicе » : libellé inconnu",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_the_page_is_told_where_it_is_and_nothing_is_written(checkout, slip):
    content, message = SLIPS[slip]
    checkout.publish(content)
    before = checkout.state()
    done = checkout.extract()
    lines = done.stderr.splitlines()
    place = "source/pages/2024-11-26.md" + ("" if message.startswith(": ") else ":")
    assert done.returncode == 1
    assert any(line.startswith(place + message) for line in lines), done.stderr
    assert all(line.startswith("source/pages/2024-11-26.md:") for line in lines)
    assert done.stdout == ""
    assert checkout.state() == before


def test_every_problem_of_a_page_is_told_in_one_run(checkout):
    checkout.publish(page("Le ministère de la Justise", "ministère de la Culture", f"=1+1 {JUSTICE}"))
    lines = checkout.extract().stderr.splitlines()
    assert [line.split(":")[1] for line in lines] == ["7", "8", "9", "9"]


def test_the_end_of_a_broken_bullet_is_not_also_an_unknown_body(checkout):
    checkout.publish(page("Le ministère de l’Enseignement supérieur, de la", "Recherche et de l’Innovation"))
    first, second = checkout.extract("--accept-new").stderr.splitlines()
    assert "7: « Le ministère de l’Enseignement supérieur, de la » : libellé inconnu ; proche de " in first
    assert "8: « Recherche et de l’Innovation » : puce coupée en deux ? " in second


def test_invalid_utf8_is_told_with_its_line(checkout):
    checkout.publish(page(JUSTICE).encode().replace("è".encode(), "è".encode("latin-1")))
    done = checkout.extract()
    assert done.returncode == 1
    assert done.stderr == "source/pages/2024-11-26.md:7: ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8\n"


# Each harmless spelling of one bullet: all name the Ministère de l'Intérieur.
SPELLINGS = {
    "typographic apostrophe": "Le ministère de l’Intérieur",
    "straight apostrophe": "Le ministère de l'Intérieur",
    "modifier apostrophe": "Le ministère de lʼIntérieur",
    "no article": "Ministère de l'Intérieur",
    "capitals": "LE MINISTÈRE DE L'INTÉRIEUR",
    "capitals without accents": "LE MINISTERE DE L'INTERIEUR",
    "stray comma": "Le ministère de l’Intérieur,",
    "stray full stop": "Le ministère, de l’Intérieur.",
    "trailing spaces": "Le ministère de l’Intérieur  ",
    "no-break space": "Le ministère\u00a0de l’Intérieur\u00a0",
    "narrow no-break space": "Le ministère\u202fde l’Intérieur",
    "tab": "Le ministère\tde l’Intérieur",
    "NFD accents": "Le ministe\u0300re de l’Inte\u0301rieur",
    "soft hyphen": "Le minis\u00adtère de l’Inté\u00adrieur",
    "zero width space": "Le \u200bministère de l’Intérieur\u200b",
    "zero width no-break space": "\ufeffLe ministère de l’Intérieur",
    "link": "[Le ministère de l’Intérieur](https://www.interieur.gouv.fr)",
    "emphasis": "Le ministère *de* **l’Intérieur**",
    "code": "Le ministère de `l’Intérieur`",
    "escaped character": "Le ministère de l\\'Intérieur",
    "entity": "Le ministère de l&rsquo;Int&eacute;rieur",
    "line folded": "Le ministère de\n  l’Intérieur",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_does_not_change_who_is_named(checkout, spelling):
    checkout.publish(page(SPELLINGS[spelling]))
    done = checkout.extract()
    assert (done.returncode, done.stderr) == (0, "")
    row = checkout.rows()[0]
    assert (row["organisme"], row["nom"]) == ("ministere-de-l-interieur", "Ministère de l'Intérieur")


@pytest.mark.parametrize(
    ("bullet", "libelle"),
    [
        ("Le  ministère\tde la Justice , ", "Le ministère de la Justice ,"),
        ("Le minis\u00adtère de la *Justice*", "Le ministère de la Justice"),
        ("Le ministe\u0300re de la Justice", "Le ministère de la Justice"),
        ("Le ministère\u00a0de la Justice", "Le ministère\u00a0de la Justice"),
        ("[Le ministère de la Justice](javascript:alert)", "Le ministère de la Justice"),
    ],
)
def test_the_label_is_kept_as_the_page_shows_it(checkout, bullet, libelle):
    checkout.publish(page(bullet))
    checkout.extract()
    assert checkout.rows()[0]["libelle"] == libelle


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_line_ends_do_not_matter(checkout, end):
    checkout.publish(page(JUSTICE, CULTURE).replace("\n", end))
    assert checkout.extract().returncode == 0
    assert [row["ligne"] for row in checkout.rows()] == ["7", "8", "12"]


def test_a_bom_does_not_matter(checkout):
    checkout.publish("\ufeff" + page(JUSTICE))
    assert checkout.extract().returncode == 0


def test_other_markers_and_blank_lines_between_bullets_do_not_matter(checkout):
    content = (
        HEAD
        + SUPPORT
        + f"* {JUSTICE}\n\n* {CULTURE}\n+ Le ministère des Armées\n"
        + EXPERTISE
        + bullets(JUSTICE)
    )
    checkout.publish(content)
    assert checkout.extract().returncode == 0
    assert [(row["rang"], row["ligne"]) for row in checkout.rows()] == [
        ("1", "7"),
        ("2", "9"),
        ("3", "10"),
        ("1", "14"),
    ]


@pytest.mark.parametrize(
    "colon", [" : ", "\u00a0: ", "\u202f: ", ": "], ids=["space", "nbsp", "narrow", "none"]
)
def test_what_follows_the_colon_is_the_perimetre(checkout, colon):
    checkout.publish(page(f"{JUSTICE}{colon}**uniquement** sur le *lot 2*."))
    assert checkout.extract().returncode == 0
    row = checkout.rows()[0]
    assert row["organisme"] == "ministere-de-la-justice"
    assert row["perimetre"] == "uniquement sur le lot 2"
    assert row["libelle"] == f"{JUSTICE}{colon}uniquement sur le lot 2."


def test_one_bullet_that_names_two_bodies_gives_two_rows_with_their_perimetre(checkout):
    label = (
        "Les services et entités relevant du périmètre budgétaire des services du Premier ministre"
        " et de l'Institut des hautes études de Défense nationale (IHEDN)"
    )
    checkout.publish(page(f"{label} : uniquement sur le lot 1"))
    checkout.extract()
    rows = [row for row in checkout.rows() if row["marche"] == "support"]
    perimetre = "services et entités relevant du périmètre budgétaire ; uniquement sur le lot 1"
    assert [(row["organisme"], row["rang"], row["perimetre"]) for row in rows] == [
        ("institut-des-hautes-etudes-de-defense-nationale", "1", perimetre),
        ("services-du-premier-ministre", "1", perimetre),
    ]


def test_a_broken_bullet_is_mended_by_data(checkout):
    broken = page(
        "Le ministère de la Cohésion des",
        "territoires et des Relations",
        "avec les collectivités territoriales",
        JUSTICE,
    )
    cure = "    corrections:\n      - suite: [8, 9]\n        motif: Une puce coupée en trois.\n"
    checkout.publish(broken, corrections=cure)
    done = checkout.extract()
    assert (done.returncode, done.stderr) == (0, "")
    first, second = checkout.rows()[:2]
    assert first["organisme"].startswith("ministere-de-la-cohesion-des-territoires")
    assert first["libelle"] == (
        "Le ministère de la Cohésion des territoires et des Relations avec les collectivités territoriales"
    )
    assert (first["ligne"], first["rang"], second["ligne"], second["rang"]) == ("7", "1", "10", "2")


@pytest.mark.parametrize("line", [7, 8, 10, 999])
def test_a_correction_that_corrects_nothing_is_an_error(checkout, line):
    cure = f"    corrections:\n      - suite: [{line}]\n        motif: Rien à corriger.\n"
    checkout.publish(page(JUSTICE), corrections=cure)
    done = checkout.extract()
    assert done.returncode == 1
    assert f"« suite » : 2024-11-26.md n'a ligne {line} aucune puce à joindre à une autre" in done.stderr
    assert done.stderr.startswith("source/pages.yml:")


def test_two_agencies_that_share_a_sigle_are_told_apart_by_their_names(checkout):
    twins = (
        "agence-du-numerique-en-sante:\n  nom: Agence du numérique en santé\n  sigle: ANS\n"
        "  categorie: etablissement-public\n\n"
        "agence-nationale-du-sport:\n  nom: Agence nationale du sport\n  sigle: ANS\n  categorie: etablissement-public\n\n"
    )
    checkout.replace(
        "source/organismes.yml",
        "agence-nationale-de-la-sec",
        twins.split("\n\n")[0] + "\n\nagence-nationale-de-la-sec",
    )
    checkout.replace(
        "source/organismes.yml", "caisse-nationale", twins.split("\n\n")[1] + "\n\ncaisse-nationale"
    )
    checkout.publish(page("Agence nationale du sport (ANS)", "L'Agence du numérique en santé (ANS)"))
    assert checkout.extract().returncode == 0
    assert [row["organisme"] for row in checkout.rows()][:2] == [
        "agence-nationale-du-sport",
        "agence-du-numerique-en-sante",
    ]
    checkout.publish(page("ANS"), "2024-11-27")
    done = checkout.extract()
    assert done.returncode == 1
    assert (
        "(agence-du-numerique-en-sante) ou « Agence nationale du sport » (agence-nationale-du-sport)"
        in done.stderr
    )


REGISTRY_SLIPS = {
    "slug twice": (
        "sorbonne-universite:\n",
        "conseil-constitutionnel:\n",
        "clé « conseil-constitutionnel » écrite deux fois",
    ),
    "two bodies under one key": (
        "nom: Sorbonne Université",
        "nom: Le Conseil, constitutionnel",
        "« Le Conseil, constitutionnel » est déjà le nom de conseil-constitutionnel",
    ),
    "unknown field": ("nom: Sorbonne", "siret: abc\n  nom: Sorbonne", "champ « siret » inconnu"),
    "missing name": ("  nom: Sorbonne Université\n", "", "champ « nom » manquant"),
    "unknown category": (
        "nom: Sorbonne Université\n  categorie: etablissement-public",
        "nom: Sorbonne Université\n  categorie: université",
        "catégorie « université » inconnue ; au choix : institution, ministere, administration-centrale,"
        " etablissement-public, juridiction",
    ),
    "SIREN without quotes": (
        '"130023385"',
        "130023385",
        "champ « siren » : un texte (un numéro se met entre guillemets) est attendu",
    ),
    "identifier without source": (
        "nom: Ministère des Sports",
        'nom: Ministère des Sports\n  siren: "110000072"',
        "« siren » et « sources: siren » vont ensemble",
    ),
    "accent in a slug": (
        "sorbonne-universite:",
        "sorbonne-université:",
        "un slug est fait de minuscules sans accent, chiffres et tirets",
    ),
    "not sorted": ("conseil-constitutionnel:", "zone:", "à ranger avant « zone »"),
    "label that repeats a name": (
        "nom: Sorbonne Université",
        "nom: Sorbonne Université\n  libelles: [Le conseil constitutionnel]",
        "répète le nom de conseil-constitutionnel",
    ),
    "label that is a sigle": (
        "nom: Sorbonne Université",
        "nom: Sorbonne Université\n  libelles: [INPI]",
        "un sigle seul n'identifie personne",
    ),
    "formula": ("nom: Sorbonne Université", "nom: '=Sorbonne'", "commence par = + - ou @"),
    "alias": ("nom: Sorbonne Université", "nom: &a Sorbonne Université", "ancre ou alias YAML"),
    "name without a word": ("nom: Sorbonne Université", "nom: (SU)", "« (SU) » ne contient aucun mot"),
    "label without a word": (
        "nom: Sorbonne Université",
        "nom: Sorbonne Université\n  libelles: [(SU)]",
        "libellé « (SU) » de sorbonne-universite : vide ou écrit deux fois",
    ),
    "two documents": (
        "\nsorbonne-universite:",
        "\n---\nsorbonne-universite:",
        "un seul document YAML est attendu",
    ),
    "broken YAML": ("nom: Sorbonne Université", "nom: [Sorbonne", "YAML illisible"),
}


@pytest.mark.parametrize("slip", REGISTRY_SLIPS)
def test_a_slip_of_the_registry_is_told_where_it_is(checkout, slip):
    old, new, message = REGISTRY_SLIPS[slip]
    checkout.replace("source/organismes.yml", old, new)
    before = checkout.state()
    done = checkout.extract()
    assert done.returncode == 1
    assert message in done.stderr
    assert all(line.startswith("source/organismes.yml:") for line in done.stderr.splitlines())
    assert done.stderr.splitlines()[0].split(":")[1].isdigit()
    assert checkout.state() == before


def test_pages_go_from_the_oldest_to_the_newest(checkout):
    checkout.publish(page(JUSTICE), "2020-01-01")
    done = checkout.extract()
    assert done.returncode == 1
    assert "2020-01-01 après 2023-09-01 : les pages vont de la plus ancienne à la plus récente" in done.stderr


def test_two_contracts_cannot_share_a_heading(checkout):
    checkout.replace("source/marches.yml", "interministériel expertise", "interministériel support")
    done = checkout.extract()
    assert done.returncode == 1
    assert done.stderr.startswith("source/marches.yml:8: « Liste des bénéficiaires ")
    assert done.stderr.endswith("ouvre aussi la liste du marché support\n")


def test_a_page_that_was_modified_is_refused(checkout):
    checkout.replace("source/pages/2023-09-01.md", "Le Conseil", "Le conseil")
    done = checkout.extract()
    assert done.returncode == 1
    assert "source/pages/2023-09-01.md: sha256 " in done.stderr


def test_unreadable_files_are_told_in_one_line(checkout, tmp_path):
    (tmp_path / "dossier.md").mkdir()
    (tmp_path / "vide.md").touch()
    os.mkfifo(tmp_path / "tube.md")
    with (tmp_path / "gros.md").open("wb") as file:
        file.truncate(129 * 1024 * 1024)
    expected = {
        "absent.md": "absent.md: lecture impossible : No such file or directory",
        "dossier.md": "dossier.md: lecture impossible : Is a directory",
        "tube.md": "tube.md: ce n'est pas un fichier ordinaire",
        "gros.md": "gros.md: fichier trop gros (135266304 octets, 134217728 au plus)",
        "vide.md": "vide.md:1: pas d'en-tête YAML",
    }
    for name, message in expected.items():
        done = checkout.extract("--source", tmp_path / name, "--out", tmp_path / "essai")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert message in done.stderr
    assert not (tmp_path / "essai").exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(checkout, tmp_path):
    (tmp_path / "fichier").touch()
    done = checkout.extract("--out", tmp_path / "fichier/essai")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "écriture impossible : Not a directory" in done.stderr


def test_a_folder_without_the_right_to_write_is_left_as_it_was(checkout):
    checkout.publish(page(JUSTICE))
    (checkout.root / "data").chmod(0o500)
    before = checkout.state()
    command = [sys.executable, checkout.root / "scripts/extract.py"]
    if os.geteuid() == 0:  # root may write anywhere, until it gives that power up
        command = [need("setpriv", "util-linux"), "--bounding-set", "-dac_override", *command]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "écriture impossible : Permission denied" in done.stderr
    assert checkout.state() == before


def test_a_full_disk_leaves_the_old_files_whole(checkout):
    # A limit on the size of a written file fails as a full disk does: in the middle of a write.
    script = f"trap '' XFSZ; ulimit -f 4; exec {sys.executable} {checkout.root}/scripts/extract.py"
    site = "https://www.sorbonne-universite.fr"
    checkout.replace("source/organismes.yml", site, f"{site}/{'x' * 9000}")
    before = checkout.state()
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "écriture impossible : File too large" in done.stderr
    assert checkout.state() == before


def test_a_killed_run_leaves_whole_files_and_the_next_run_mends(checkout):
    old = checkout.state()
    checkout.publish(page(JUSTICE, CULTURE))
    checkout.extract()
    new = checkout.state()
    for moment in range(1, 40):
        for name, data in old.items():
            Path(name).write_bytes(data)
        checkout.publish(page(JUSTICE, CULTURE))
        killed = run_killed(checkout, moment)
        state = checkout.state()
        for name in new:
            if not Path(name).name.startswith("."):
                assert state[name] in (old.get(name), new[name]), name
        assert checkout.extract().returncode == 0
        assert {name: data for name, data in checkout.state().items() if name in new} == new
        assert not [name for name in checkout.state() if name.endswith(".tmp")]
        if not killed:
            return
    raise AssertionError("the run is longer than the moments tried")


def test_who_has_a_file_open_keeps_reading_it_whole(checkout):
    path = checkout.root / "data/beneficiaires.csv"
    old = path.read_bytes()
    with path.open("rb") as reader:
        checkout.publish(page(JUSTICE))
        checkout.extract()
        assert reader.read() == old
    assert path.read_bytes() != old


def run_killed(checkout, moment: int) -> bool:
    """Run extract and kill it before its Nth write, fsync or rename; False when it was not killed."""
    code = f"""
import os, signal, sys
count = 0
def audit(event, args):
    global count
    writing = event == "os.rename" or (event == "open" and isinstance(args[1], str) and "w" in args[1])
    if writing:
        count += 1
        if count == {moment}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(audit)
sys.argv = ["extract.py"]
sys.path.insert(0, {str(checkout.root / "scripts")!r})
import extract
sys.exit(extract.main([]))
"""
    return subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL


def test_an_interrupted_run_says_nothing(checkout):
    checkout.publish(page(JUSTICE))
    tube = checkout.root / "tube"
    os.mkfifo(tube)
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(checkout.root / 'scripts')!r}); import runpy, time;"
            "import beneficiaires.project as p; p.read = lambda *a: time.sleep(60);"
            f"sys.argv = ['extract.py']; runpy.run_path({str(checkout.root / 'scripts/extract.py')!r}, run_name='__main__')",
        ],
        stderr=subprocess.PIPE,
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT
        assert process.stderr.read() == b""


def test_files_are_readable_by_all(checkout):
    (checkout.root / "data/marches.csv").unlink()
    checkout.extract()
    assert stat.S_IMODE((checkout.root / "data/marches.csv").stat().st_mode) & 0o044 == 0o044


def test_an_unknown_body_is_accepted_as_provisional_and_validation_keeps_saying_so(checkout):
    label = "L’Agence du numérique pour la sécurité civile (ANSC)"
    checkout.publish(page(label, JUSTICE, expertise=bullets("Agence du Numérique pour la sécurité civile")))
    registry = (checkout.root / "source/organismes.yml").read_text(encoding="utf-8")
    done = checkout.extract("--accept-new")
    assert done.returncode == 0
    assert "« agence-du-numerique-pour-la-securite-civile » ajouté, provisoire" in done.stdout
    grown = (checkout.root / "source/organismes.yml").read_text(encoding="utf-8")
    entry = grown[grown.index("agence-du-numerique") : grown.index("agence-nationale-de-la-securite-des")]
    lines = entry.rstrip().splitlines()
    assert [line for line in lines if not line.startswith("  #")] == [
        "agence-du-numerique-pour-la-securite-civile:",
        '  nom: "Agence du numérique pour la sécurité civile"',
        '  sigle: "ANSC"',
        "  provisoire: true",
    ]
    assert grown.replace(entry, "") == registry
    assert {row["organisme"] for row in checkout.rows()} >= {"agence-du-numerique-pour-la-securite-civile"}
    assert checkout.extract("--check").returncode == 0
    done = checkout.validate()
    assert done.returncode == 1
    assert "« agence-du-numerique-pour-la-securite-civile » est provisoire" in done.stderr


def test_new_bodies_go_beside_provisional_ones_and_their_comments(checkout):
    checkout.publish(page("Zone de Brest", JUSTICE))
    checkout.extract("--accept-new")
    checkout.edit("source/organismes.yml", lambda text: text.replace("\nzone-de", "\n# À relire.\nzone-de"))
    checkout.publish(page("Zone de Brest", "Zone d'Arras", "Zone de Caen", JUSTICE), "2024-11-27")
    assert checkout.extract("--accept-new").returncode == 0
    tail = (checkout.root / "source/organismes.yml").read_text(encoding="utf-8").split("\n\n")[-3:]
    assert [entry.split(":")[0] for entry in tail] == [
        "zone-d-arras",
        "# À relire.\nzone-de-brest",
        "zone-de-caen",
    ]


def test_accepting_new_bodies_never_hides_another_problem(checkout):
    checkout.publish(page("La Banque de France", "Sorbonne Université (SU)"))
    before = checkout.state()
    done = checkout.extract("--accept-new")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert checkout.state() == before


def test_accepting_keeps_every_byte_that_people_wrote_and_shows_the_nearest(checkout):
    """Comments, blank lines, quotes, folded texts and a last line without end stay as they are."""

    def worn(text: str) -> str:
        text = text.replace(
            "sorbonne-universite:\n", "# Avant.\n\n# Après.\nsorbonne-universite:   # l'entrée\n"
        )
        text = text.replace("nom: Sorbonne Université", "nom:   'Sorbonne Université'   # vérifié")
        return text.replace("\nministere-des-sports:", "\n\n\nministere-des-sports:").rstrip("\n")

    checkout.edit("source/organismes.yml", worn)
    registry = (checkout.root / "source/organismes.yml").read_text(encoding="utf-8")
    new = ["Le ministère du Sport", "Sorbonne Univ", "Zone : uniquement A", 'L\'Académie #1 "x" \\\\ y']
    checkout.publish(page(*new, JUSTICE))
    assert checkout.extract("--accept-new").returncode == 0
    grown = (checkout.root / "source/organismes.yml").read_text(encoding="utf-8")
    added = [line for line in difflib.ndiff(registry.splitlines(), grown.splitlines()) if line[0] in "+-"]
    assert [line[2:] for line in added if line[2:]] == [
        "academie-1-x-y:",
        '  nom: "Académie #1 \\"x\\" \\\\ y"',
        "  provisoire: true",
        "ministere-du-sport:",
        "  # proche de ministere-des-sports : Ministère des Sports",
        "  # proche de ministere-de-la-justice : Ministère de la Justice",
        "  # proche de ministere-des-armees : Ministère des Armées",
        '  nom: "Ministère du Sport"',
        "  provisoire: true",
        "sorbonne-univ:",
        "  # proche de sorbonne-universite : Sorbonne Université",
        '  nom: "Sorbonne Univ"',
        "  provisoire: true",
        "zone:",
        '  nom: "Zone"',
        "  provisoire: true",
    ]
    assert all(line.startswith("+") for line in added)
    assert checkout.extract("--check").returncode == 0


def test_accepting_a_label_that_makes_a_taken_slug_is_told(checkout):
    checkout.replace("source/organismes.yml", "nom: Sorbonne Université", "nom: Université de Paris")
    checkout.publish(page("Sorbonne Université", JUSTICE))
    before = checkout.state()
    done = checkout.extract("--accept-new")
    assert done.returncode == 1
    assert "sorbonne-universite" in done.stderr
    assert "Traceback" not in done.stderr
    assert checkout.state() == before
