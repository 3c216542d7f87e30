"""Every fault of source/ is told at its own line, all at once, before anything is written."""

import pytest

from conftest import ROOT, call

FAULTS = {
    "SIREN key": ('siren: "130023385"', 'siren: "130023386"', "sa clé est fausse"),
    "SIREN unquoted": ('siren: "130023385"', "siren: 130023385", "neuf chiffres entre guillemets"),
    "SIREN too short": ('siren: "130023385"', 'siren: "13002338"', "neuf chiffres entre guillemets"),
    "wikidata": ("wikidata: Q41497113", "wikidata: 41497113", "un QID"),
    "site": ("site: https://www.sorbonne-universite.fr", "site: sorbonne-universite.fr", "une adresse http(s)"),
    "category": ("  categorie: juridiction", "  categorie: tribunal", "institution, ministere"),
    "unknown field": ("  categorie: juridiction", "  categorie: juridiction\n  sigl: CC", "proche de « sigle »"),
    "key twice": ("  categorie: juridiction", "  categorie: juridiction\n  nom: Cour", "écrite deux fois"),
    "no source": ("  categorie: juridiction", "  categorie: juridiction\n  wikidata: Q1", "vont ensemble"),
    "alias": ("  categorie: juridiction", "  categorie: juridiction\n  remarque: &a x\n  sigle: *a", "ancre ou alias"),
    "unknown slug": ("  categorie: juridiction", "  categorie: juridiction\n  groupe: rien", "n'est pas au registre"),
    "not a group": ("  categorie: juridiction", "  categorie: juridiction\n  groupe: sorbonne-universite", "pas un collectif"),
    "members of no group": ("  categorie: juridiction", "  categorie: juridiction\n  membres: ministere", "collectif"),
    "line feed": ("nom: Cour des comptes", 'nom: "Cour\\ndes comptes"', "retour à la ligne"),
    "direction": ("nom: Cour des comptes", 'nom: "Cour \\u202edes comptes"', "caractère invisible"),
    "bell": ("nom: Cour des comptes", 'nom: "Cour \\x07des comptes"', "caractère invisible"),
    "formula": ("nom: Cour des comptes", 'nom: "=Cour des comptes"', "formule"),
    "name taken": ("nom: Cour des comptes", "nom: Sorbonne Université", "est déjà le nom de"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_registry_is_told_at_its_line_and_nothing_is_written(checkout, fault):
    old, new, words = FAULTS[fault]
    checkout.replace("source/organismes.yml", old, new)
    before = checkout.state()
    result = checkout.call("extract")
    (told,) = (line for line in result.err.splitlines() if words in line)
    place, number = told.split(":")[:2]
    line = checkout.text("source/organismes.yml").splitlines()[int(number) - 1]
    assert (result.status, place) == (1, "source/organismes.yml")
    assert line.strip() in [each.strip() for each in new.splitlines()]
    assert checkout.state() == before


def test_every_fault_is_told_at_once_file_by_file(checkout):
    checkout.replace("source/organismes.yml", 'siren: "130023385"', "siren: 130023385")
    checkout.replace("source/organismes.yml", "  categorie: juridiction", "  categorie: tribunal")
    checkout.edit("source/marches.yml", lambda text: text + "autre:\n  nom: Autre\n")
    checkout.replace("source/publication.yml", "frequence: irregular", "frequence: parfois")
    told = checkout.call("extract").err.splitlines()
    files = [line.split(":")[0] for line in told]
    assert files == ["source/marches.yml"] + ["source/organismes.yml"] * 2 + ["source/publication.yml"]


def test_a_provisional_entry_gives_one_line(checkout):
    checkout.edit("source/organismes.yml", lambda text: text + "\nzebre:\n  nom: Zèbre\n  provisoire: true\n")
    result = checkout.call("extract")
    assert (result.status, len(result.err.splitlines())) == (1, 1)
    assert "« zebre » est provisoire" in result.err


def test_a_published_slug_never_vanishes(checkout):
    checkout.replace("source/organismes.yml", "sorbonne-universite:", "la-sorbonne:")
    assert "« sorbonne-universite » a été publié" in checkout.call("extract").err


def test_groups_and_successions_do_not_turn_in_circles(checkout):
    checkout.edit(
        "source/organismes.yml",
        lambda text: (
            text
            + "\nun:\n  nom: Un\n  categorie: juridiction\n  succede_a: deux\n  sources: {succede_a: {preuves: [p]}}\n"
            + "\ndeux:\n  nom: Deux\n  categorie: juridiction\n  succede_a: un\n  sources: {succede_a: {preuves: [p]}}\n"
        ),
    )
    assert "tournent en rond" in checkout.call("extract").err


def test_a_correction_has_one_kind(checkout):
    checkout.write("source/corrections.yml", "- {ignorer: un, garder: deux, motif: Essai.}\n")
    assert checkout.call("extract").err.startswith("source/corrections.yml:1: joindre, garder ou ignorer")


def test_the_schemas_of_source_are_those_of_the_models_and_named_in_each_file(checkout):
    written = {path.name: path.read_bytes() for path in (ROOT / "schemas/source").glob("*.json")}
    assert call("describe_sources", root=checkout.root).status == 0
    for path in (ROOT / "source").glob("*.yml"):
        name = f"{path.stem}.json"
        assert path.read_text(encoding="utf-8").splitlines()[0] == (
            f"# yaml-language-server: $schema=../schemas/source/{name}"
        )
        assert (checkout.root / "schemas/source" / name).read_bytes() == written[name]
