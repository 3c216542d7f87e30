"""Every fault of source/ is told at its own line, all at once, in French, before anything is written."""

import os

import pytest

from conftest import page

ORGANISMES, MARCHES, PAGES = "source/organismes.yml", "source/marches.yml", "source/pages.yml"
CORRECTIONS, PUBLICATION = "source/corrections.yml", "source/publication.yml"
CATEGORIE = "  categorie: juridiction"
NOM = "  nom: Cour des comptes"
SIREN = '  siren: "130023385"'

# Each fault: the file, what is replaced by what, and what is told: the text of its line, then words.
FAULTS = {
    "SIREN key": (ORGANISMES, SIREN, '  siren: "130023386"', 'siren: "130023386"', "sa clé est fausse"),
    "SIREN unquoted": (ORGANISMES, SIREN, "  siren: 130023385", "siren: 130023385", "champ « siren » : neuf chiffres entre guillemets"),
    "wikidata": (ORGANISMES, "wikidata: Q41497113", "wikidata: 41497113", "wikidata: 41497113", "un QID, comme Q"),
    "site": (ORGANISMES, "site: https://www.sorbonne-universite.fr", "site: sorbonne-universite.fr", "site: sorbonne-universite.fr", "une adresse http(s)"),
    "category": (ORGANISMES, CATEGORIE, "  categorie: tribunal", "categorie: tribunal", "institution, ministere, administration-centrale"),
    "no category": (ORGANISMES, CATEGORIE + "\n", "", "cour-des-comptes:", "champ « categorie » manquant"),
    "no name": (ORGANISMES, NOM + "\n", "", "cour-des-comptes:", "champ « nom » manquant : le nom français"),
    "unknown field": (ORGANISMES, NOM, f"{NOM}\n  sigl: CC", "sigl: CC", "champ « sigl » inconnu ; proche de « sigle »"),
    "entry that is a text": (ORGANISMES, "\nsorbonne-universite:", "\nx: oui\nsorbonne-universite:", "x: oui", "lu : 'oui'"),
    "slug": (ORGANISMES, "sorbonne-universite:\n", "sorbonne-université:\n", "sorbonne-université:", "minuscules sans accent, chiffres, tirets"),
    "slug twice": (ORGANISMES, "\nsorbonne-universite:", "\ncour-des-comptes:", "cour-des-comptes:", "clé « cour-des-comptes » écrite deux fois"),
    "key twice": (ORGANISMES, NOM, f"{NOM}\n  nom: Cour", "nom: Cour", "clé « nom » écrite deux fois"),
    "key that is a list": (ORGANISMES, NOM, f"{NOM}\n  ? [a]\n  : b", "? [a]", "une clé est un texte"),
    "alias": (ORGANISMES, NOM, f"{NOM}\n  remarque: &a x\n  sigle: *a", "remarque: &a x", "ancre ou alias YAML"),
    "broken YAML": (ORGANISMES, NOM, "  nom: Cour: des comptes", "nom: Cour: des comptes", "YAML illisible"),
    "line feed": (ORGANISMES, NOM, '  nom: "Cour\\ndes comptes"', 'nom: "Cour\\ndes comptes"', "ni retour à la ligne"),
    "direction": (ORGANISMES, NOM, '  nom: "Cour \\u202edes comptes"', 'nom: "Cour \\u202edes comptes"', "ni caractère invisible"),
    "direction, raw": (ORGANISMES, NOM, "  nom: Cour \u202edes comptes", "nom: Cour \u202edes comptes", "U+202E interdit"),
    "bell, raw": (ORGANISMES, NOM, "  nom: Cour \x07des comptes", "nom: Cour \x07des comptes", "U+0007 interdit"),
    "blanks": (ORGANISMES, NOM, "  nom: 'Cour des comptes '", "nom: 'Cour des comptes '", "ni blanc au bord"),
    "formula": (ORGANISMES, NOM, "  nom: '=Cour des comptes'", "nom: '=Cour des comptes'", "un tableur y lirait une formule"),
    "formula in a perimetre": (ORGANISMES, NOM, f"{NOM}\n  libelles:\n    - {{libelle: Cours, perimetre: '=1'}}", "- {libelle: Cours, perimetre: '=1'}", "un tableur y lirait une formule"),
    "name without a word": (ORGANISMES, NOM, "  nom: (CC)", "nom: (CC)", "aucun mot"),
    "name taken": (ORGANISMES, NOM, "  nom: La Sorbonne, université", "nom: Sorbonne Université", "est déjà le nom de cour-des-comptes"),
    "wording that is a name": (ORGANISMES, NOM, f"{NOM}\n  libelles:\n    - Cours\n    - Sorbonne université", "- Sorbonne université", "déjà un nom"),
    "wording that is a sigle": (ORGANISMES, NOM, f"{NOM}\n  libelles: [INPI]", "libelles: [INPI]", "un sigle seul"),
    "identifier without source": (ORGANISMES, NOM, f"{NOM}\n  wikidata: Q1", "wikidata: Q1", "« wikidata » et « sources: wikidata » vont ensemble"),
    "source without identifier": (ORGANISMES, SIREN + "\n", "", "siren:", "« siren » et « sources: siren » vont ensemble"),
    "source without confidence": (ORGANISMES, "      confiance: moyenne\n", "", "wikidata:", "« confiance: haute » ou « confiance: moyenne » manque"),
    "source without proof": (ORGANISMES, CATEGORIE, f"{CATEGORIE}\n  releve_de: [sorbonne-universite]", "releve_de: [sorbonne-universite]", "vont ensemble"),
    "unknown group": (ORGANISMES, CATEGORIE, f"{CATEGORIE}\n  groupe: rien", "groupe: rien", "« groupe: rien » : ce slug n'est pas au registre"),
    "unknown predecessor": (ORGANISMES, CATEGORIE, f"{CATEGORIE}\n  succede_a: [sorbonne-universite, rien]", "succede_a: [sorbonne-universite, rien]", "« succede_a: rien » : ce slug"),
    "group that is none": (ORGANISMES, CATEGORIE, f"{CATEGORIE}\n  groupe: sorbonne-universite", "groupe: sorbonne-universite", "« sorbonne-universite » n'est pas un collectif"),
    "members of no group": (ORGANISMES, CATEGORIE, f"{CATEGORIE}\n  membres: ministere", "membres: ministere", "« membres » va avec « categorie: collectif »"),
    "collective with a SIREN": (ORGANISMES, f"  categorie: etablissement-public\n{SIREN}", f"  categorie: collectif\n{SIREN}", 'siren: "130023385"', "un collectif n'a pas de SIREN"),
    "contract without headings": (MARCHES, "support:\n", "appui:\n  nom: Appui\nsupport:\n", "appui:", "champ « titres » manquant : une liste"),
    "contract's day": (MARCHES, "support:\n", "support:\n  debut: hier\n", "debut: hier", "champ « debut » : le jour de la première version qui a sa liste"),
    "contract's day that is none": (MARCHES, "support:\n", "support:\n  fin: 2023-02-31\n", "fin: 2023-02-31", "« 2023-02-31 » illisible"),
    "heading of two contracts": (MARCHES, "interministériel expertise", "interministériel support", "titres:", "ouvre aussi la liste du marché support"),
    "commit": (PAGES, "commit: 35a8", "commit: 35a", "commit: 35aab1ebfa78647825bd4031c5f54c241e980bc", "40 chiffres hexadécimaux"),
    "hash": (PAGES, "sha256: 53038d67f2dc49bb", "sha256: 53", "sha256: 5326e846ae53c63d0c63108de1fedd142675a46ca91a517fc5", "champ « sha256 »"),
    "hour": (PAGES, "date: 2023-09-01", "date: 2023-09-01 10:00:00", "- date: 2023-09-01 10:00:00", "AAAA-MM-JJ"),
    "day to come": (PAGES, "date: 2023-09-01", "date: 2999-09-01", "- date: 2999-09-01", "un jour à venir"),
    "no version": (PAGES, "versions:", "version:", "version:", "champ « version » inconnu ; proche de « versions »"),
    "two kinds": (CORRECTIONS, "# Une correction", "- {ignorer: a, garder: b, motif: c}\n# Une correction", "- {ignorer: a, garder: b, motif: c}", "joindre, garder ou ignorer : un des trois"),
    "no kind": (CORRECTIONS, "# Une correction", "- motif: c\n# Une correction", "- motif: c", "joindre, garder ou ignorer : un des trois"),
    "no reason": (CORRECTIONS, "# Une correction", "- ignorer: c\n# Une correction", "- ignorer: c", "champ « motif » manquant : la raison"),
    "one bullet to join": (CORRECTIONS, "# Une correction", "- joindre: [a]\n  motif: c\n# Une correction", "- joindre: [a]", "les puces qui n'en font qu'une"),
    "repository": (PUBLICATION, "depot: https://github.com/", "depot: github.com/", "depot: github.com/codegouvfr/marches-logiciels-libres-beneficiaires", "https://github.com/QUI/QUOI"),
    "frequency": (PUBLICATION, "frequence: irregular", "frequence: parfois", "frequence: parfois", "dans les mots de data.gouv.fr"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_at_its_line_and_nothing_is_written(checkout, fault):
    file, old, new, line, words = FAULTS[fault]
    checkout.replace(file, old, new)
    told = [each for each in checkout.refused() if words in each]
    assert told
    for each in told:
        place, number, _ = each.split(":", 2)
        assert place == file
        assert checkout.text(file).splitlines()[int(number) - 1].strip() == line


def test_every_fault_of_every_file_is_told_at_once(checkout):
    checkout.replace(ORGANISMES, SIREN, "  siren: 130023385\n  sigl: SU")
    checkout.replace(ORGANISMES, CATEGORIE, "  categorie: tribunal")
    checkout.edit(MARCHES, lambda text: text + "autre:\n  nom: Autre\n")
    checkout.replace(PUBLICATION, "frequence: irregular", "frequence: parfois")
    checkout.write(CORRECTIONS, "- {garder: a, motif: b, raison: c}\n- 12\n")
    checkout.write("schemas/marches.json", "[]")
    told = checkout.refused()
    assert [line.split(":")[0] for line in told] == [
        "schemas/marches.json",
        *[CORRECTIONS] * 2, MARCHES, *[ORGANISMES] * 3, PUBLICATION,
    ]  # fmt: skip


def test_what_only_the_whole_registry_shows_is_told_at_once_too(checkout):
    checkout.replace(ORGANISMES, SIREN, '  siren: "130023386"')
    checkout.replace(ORGANISMES, CATEGORIE, f"{CATEGORIE}\n  groupe: rien\n  wikidata: Q1")
    checkout.keep(page("Un inconnu"), "2022-01-01")
    checkout.keep(page("Un inconnu"), "2022-01-01")
    words = ["pas au registre", "« groupe » et", "« wikidata » et", "sa clé est fausse"]
    words += [
        "pages.yml:14: 2022-01-01 après 2023-09-01",
        "pages.yml:16: 2022-01-01 après 2022-01-01",
    ]
    told = checkout.refused()
    assert len(told) == len(words)
    assert all(any(word in line for line in told) for word in words)


def test_a_provisional_body_is_one_line_whatever_it_lacks_and_hides_no_other(checkout):
    checkout.edit(
        ORGANISMES,
        lambda text: text + "\nzebre:\n  nom: Zèbre\n  groupe: rien\n  provisoire: true\n",
    )
    checkout.only(page("Le zèbre", "Un inconnu"))
    first, second = checkout.refused()
    assert "« zebre » est provisoire : compléter l'entrée, puis retirer « provisoire »" in first
    assert checkout.text(ORGANISMES).splitlines()[int(first.split(":")[1]) - 1] == "zebre:"
    assert second.startswith("source/pages/2024-11-26.md:11: « Un inconnu » : libellé inconnu")


def test_a_published_slug_never_vanishes(checkout):
    checkout.replace(ORGANISMES, "\nsorbonne-universite:", "\nla-sorbonne:")
    (told,) = checkout.refused()
    assert told.startswith(
        "source/organismes.yml: « sorbonne-universite » a été publié et n'y est plus"
    )


def related(slug: str, relation: str, other: str) -> str:
    sources = f"{{{relation}: {{preuves: [Un décret.]}}}}"
    return f"\n{slug}:\n  nom: {slug}\n  categorie: collectif\n  {relation}: {other}\n  sources: {sources}\n"


@pytest.mark.parametrize("rings", [[("x", "succede_a", "[x]")], [("x", "succede_a", "[y]"), ("y", "succede_a", "[x]")], [("x", "groupe", "y"), ("y", "groupe", "x")]], ids=str)  # fmt: skip
def test_groups_and_successions_do_not_turn_in_circles(checkout, rings):
    checkout.edit(ORGANISMES, lambda text: text + "".join(related(*ring) for ring in rings))
    (told,) = checkout.refused()
    assert told.startswith("source/organismes.yml:")
    assert "groupes et successions tournent en rond : " in told


def folder(path):
    path.mkdir()


def huge(path):
    with path.open("wb") as file:
        file.truncate(129 * 1024 * 1024)


UNREADABLE = {
    "absent": (lambda path: None, ": lecture impossible : No such file or directory"),
    "a folder": (folder, ": ce n'est pas un fichier"),
    "a pipe": (os.mkfifo, ": ce n'est pas un fichier"),
    "too large": (huge, ": fichier trop gros (135266304 octets, 134217728 au plus)"),
    "another encoding": (lambda path: path.write_bytes("\nété".encode("latin-1")), ":2: ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_line(checkout, fault):
    make, words = UNREADABLE[fault]
    (checkout.root / ORGANISMES).unlink()
    make(checkout.root / ORGANISMES)
    result = checkout.call("extract")
    assert (result.status, result.err) == (1, f"{ORGANISMES}{words}\n")
