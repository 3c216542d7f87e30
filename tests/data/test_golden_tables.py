"""The published tables hold what a person reads on the page and in source/."""

import csv
import re
from collections import Counter

from helpers import ROOT, read_published

PAGE = ROOT / "source/pages/2023-09-07.md"


def as_text(value: object) -> str:
    """Return a value as a CSV file writes it."""
    return "" if value is None else str(value)


def test_beneficiaires_has_the_rows_that_a_person_reads_on_the_page():
    with (ROOT / "tests/data/beneficiaires.csv").open(encoding="utf-8", newline="") as golden:
        expected = list(csv.DictReader(golden))

    rows = read_published("beneficiaires")

    assert len(expected) == 50
    assert [{key: as_text(value) for key, value in row.items()} for row in rows] == expected


def test_each_label_stands_at_its_line_of_the_page():
    lines = PAGE.read_text(encoding="utf-8").splitlines()

    for row in read_published("beneficiaires"):
        assert lines[row["ligne"] - 1].removeprefix("- ").strip() == row["libelle"]


def test_couverture_answers_for_each_organisation_under_each_contract():
    rows = read_published("couverture")

    assert Counter(row["statut"] for row in rows) == {"cite": 50, "a_verifier": 2, "non_cite": 2}
    others = [
        (row["marche"], row["organisme"], row["statut"], row["par"], row["portee"])
        for row in rows
        if row["statut"] != "cite"
    ]
    assert others == [
        ("support", "anssi", "a_verifier", "premier-ministre", "large"),
        ("support", "cese", "non_cite", None, None),
        ("support", "cour-des-comptes", "non_cite", None, None),
        ("support", "ihedn", "a_verifier", "premier-ministre", "large"),
    ]
    assert {row["depuis"] for row in rows if row["statut"] == "cite"} == {"2023-09-07"}
    assert {row["depuis"] for row in rows if row["statut"] != "cite"} == {None}


def test_historique_has_one_open_period_for_each_answer_but_non_cite():
    rows = read_published("historique")

    assert len(rows) == 52
    assert {(row["debut"], row["fin"]) for row in rows} == {("2023-09-07", None)}


def test_organismes_has_the_27_organisations_of_the_page():
    rows = read_published("organismes")

    assert len(rows) == 27
    assert sum(row["siren"] is not None for row in rows) == 24
    assert sum(row["wikidata"] is not None for row in rows) == 19
    medium = [row["organisme"] for row in rows if row["siren_confiance"] == "moyenne"]
    assert medium == ["cour-des-comptes", "ministere-outre-mer"]


def test_noms_and_identifiants_have_the_rows_counted_by_hand():
    table = (ROOT / "tests/data/counts.md").read_text(encoding="utf-8")
    expected = {}
    for line in table.splitlines():
        counts = re.findall(r"\*\*(\d+)\*\*", line)
        slug = line.split("|")[1].strip() if line.startswith("| ") else ""
        if len(counts) == 2 and not slug.startswith("**"):
            expected[slug] = (int(counts[0]), int(counts[1]))
    names = Counter(row["organisme"] for row in read_published("noms"))
    evidence = Counter(row["organisme"] for row in read_published("identifiants"))

    assert len(expected) == 27
    assert {slug: (names[slug], evidence[slug]) for slug in names} == expected


def test_each_text_has_one_row_under_its_strongest_usage():
    rows = read_published("noms")
    usages = {(row["organisme"], row["nom"]): row["usage"] for row in rows}

    assert len(usages) == len(rows)
    assert usages["anses", "ANSES"] == "sigle"
    assert usages["premier-ministre", "DINUM"] == "service"
    assert usages["premier-ministre", "Matignon"] == "recherche"
    merged = "Ministère de l'Intérieur et des Outre-mer"
    assert usages["ministere-interieur", merged] == "page"
    assert usages["ministere-outre-mer", merged] == "page"


def test_marches_and_versions_describe_the_page():
    contracts = [
        (row["marche"], row["debut"], row["fin"], row["nombre"])
        for row in read_published("marches")
    ]
    assert contracts == [
        ("support", "2023-09-07", None, 23),
        ("expertise", "2023-09-07", None, 27),
    ]
    commit = "35a8ab1ebfa78647825bd4031c5f54c241e980bc"
    assert read_published("versions") == [
        {
            "date": "2023-09-07",
            "commit": commit,
            "sha256": "53038d67f2dc49bb26e846ae53c63d0c63108de1fedd142675a46ca91a517fc5",
            "adresse": f"https://github.com/codegouvfr/codegouvfr-website/blob/{commit}/"
            "content/fr/utiliser/marches-logiciels-libres.md?plain=1",
            "titre": "Bénéficiaires des marchés interministériels support et expertise "
            "logiciels libres",
            "date_entete": "2022-01-18",
            "contact": "contact@code.gouv.fr",
            "nombre": 27,
        }
    ]


def test_every_evidence_row_of_the_source_is_published():
    with (ROOT / "source/identifiants.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))

    assert read_published("identifiants") == rows
