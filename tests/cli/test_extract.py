"""`extract`: the tables of the pages, or every problem at its line and nothing written."""

import re
import subprocess
import sys

import pytest

from helpers import (
    EXPERTISE,
    HEADER,
    SUPPORT,
    format_bullets,
    make_page,
    run_command,
)

JUSTICE = "Le ministère de la Justice"
CULTURE = "Le ministère de la Culture"
COUR = EXPERTISE + format_bullets(["La Cour des comptes"])


def read_support_names(project) -> list[str]:
    """Return the names under support, once extract has done its work."""
    project.run_ok("extract")
    rows = project.read_rows("beneficiaires")
    return [row["nom"] for row in rows if row["marche"] == "support"]


def paste_advice(project, kind: str, lines: list[str]) -> None:
    """Add to corrections.yml the entries of a kind that messages advise, each once."""
    entries: dict[str, None] = {}
    for line in lines:
        for entry in re.findall(rf"- \{{{kind}: .*?\}}(?= ; (?:si|pour) |$)", line):
            entries[entry] = None
    assert entries, lines
    pasted = "".join(f"{entry}\n" for entry in entries)
    project.edit_text("source/corrections.yml", lambda text: text + pasted)


def test_every_problem_of_every_file_is_reported_in_one_run(project):
    project.set_page(make_page(["Un inconnu", JUSTICE, "ANSES (INPI)"]), "2024-01-01")
    project.add_page(make_page(["Un autre inconnu : =1"]), "2024-02-01")
    project.write_text("source/corrections.yml", "- {ignorer: rien de tel, motif: Essai.}\n")

    lines = project.run_fails("extract")

    assert [line.split(" ")[0] for line in lines] == [
        "source/corrections.yml:1:",
        "source/pages/2024-01-01.md:10:",
        "source/pages/2024-01-01.md:12:",
        "source/pages/2024-02-01.md:10:",
    ]


def test_problems_of_edited_files_are_reported_together(project):
    project.replace_text("source/organismes.yml", "categorie: juridiction", "categorie: cour")
    project.replace_text("source/marches.yml", "  nom: Support", "  nome: Support")
    project.replace_text("source/identifiants.csv", ",130023385,", ",130023386,")
    project.write_text("schemas/versions.json", "{\n  oups\n}\n")

    lines = project.run_fails("extract")

    places = [line.partition(": ")[0] for line in lines]
    assert places[0] == "schemas/versions.json:2"
    assert {place.partition(":")[0] for place in places} == {
        "schemas/versions.json",
        "source/marches.yml",
        "source/organismes.yml",
    }


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_messages_come_in_one_order_whatever_the_hash_seed(project, seed):
    project.replace_text("source/marches.yml", "  nom: Support", "  nome: Support\n  nomme: x")
    project.replace_text("source/publication.yml", "frequence:", "frequense:")
    environment = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}

    process = project.run_process("extract", env=environment)

    assert process.stderr.splitlines() == project.run_fails("extract")


def test_out_writes_there_and_changes_nothing_here(project, tmp_path):
    project.set_page(make_page([JUSTICE]))
    files_before = project.read_files()

    project.run_ok("extract", "--out", tmp_path / "essai")

    assert project.read_files() == files_before
    table = (tmp_path / "essai/data/beneficiaires.csv").read_text(encoding="utf-8")
    assert "ministere-justice" in table


def test_a_changed_or_removed_output_is_written_again_and_nothing_else(project):
    files_before = project.read_files()
    project.replace_text("data/beneficiaires.csv", "Cour des comptes", "Cour")
    (project.root / "data/marches.json").unlink()

    output = project.run_ok("extract")

    assert output.endswith("fichiers écrits : 2 sur 18\n")
    assert project.read_files() == files_before


@pytest.mark.parametrize("arguments", [["--nope"], ["page.md"], ["--out"]], ids=str)
def test_misuse_exits_with_2(arguments):
    assert run_command("extract", *arguments).status == 2


ADVICE = [
    ("joindre", format_bullets(["Le ministère de l’", "Intérieur", JUSTICE]), ["Ministère de l'Intérieur", "Ministère de la Justice"]),
    ("joindre", format_bullets(['Le "ministère"', "de la Justice"]), ["Ministère de la Justice"]),
    ("garder", format_bullets([JUSTICE, "la Cour des comptes"]), ["Ministère de la Justice", "Cour des comptes"]),
    ("garder", format_bullets([f"{JUSTICE}<br>"]), ["Ministère de la Justice"]),
    ("garder", format_bullets([f"{JUSTICE} :"]), ["Ministère de la Justice"]),
    ("garder", f"- {JUSTICE}\n\n{CULTURE}\n", ["Ministère de la Justice", "Ministère de la Culture"]),
    ("garder", f"- {JUSTICE}\n\n### Et aussi\n\n- {CULTURE}\n", ["Ministère de la Justice", "Ministère de la Culture"]),
    ("ignorer", f"- {JUSTICE}\n\nÀ \"relire\" : c'est *fini*.\n", ["Ministère de la Justice"]),
    ("ignorer", f"- {JUSTICE}\n\n<!-- fin\nen mai -->\n", ["Ministère de la Justice"]),
    ("ignorer", f"- {JUSTICE}\n\n| a | b |\n| - | - |\n| c | d |\n", ["Ministère de la Justice"]),
    ("ignorer", f"- {JUSTICE}\n- ![](logo.png)\n", ["Ministère de la Justice"]),
    ("ignorer", f"- {JUSTICE}\n\n### Voir \"aussi\"\n\n- [Un lien](https://example.org)\n", ["Ministère de la Justice"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "names"), ADVICE)
def test_the_advice_of_a_message_works_as_pasted(project, kind, content, names):
    project.set_page(f"{HEADER}{SUPPORT}{content}\n{COUR}")

    paste_advice(project, kind, project.run_fails("extract"))

    assert read_support_names(project) == names


def test_joining_bullets_hides_nothing_of_what_is_joined(project):
    project.set_page(make_page(["Le ministère de", "~~l’Intérieur~~"]))
    paste_advice(project, "joindre", project.run_fails("extract"))

    lines = project.run_fails("extract")

    assert len(lines) == 1
    assert ":10: « Le ministère de l’Intérieur » : texte barré" in lines[0]


def test_a_correction_holds_in_every_snapshot_that_has_its_words(project):
    broken = make_page(["Le ministère de", "l’Intérieur", "Cour des comptes", "Voir plus bas"])
    project.set_page(broken, "2024-01-01")
    later = broken.replace("Intérieur", "INTÉRIEUR").replace("bas", "bas.")
    project.add_page(later, "2024-02-01")
    project.write_text(
        "source/corrections.yml",
        '- joindre: [le ministere de, "l\'interieur"]\n  motif: Puce coupée.\n'
        "- ignorer: voir plus bas\n  motif: Un renvoi.\n",
    )

    assert read_support_names(project) == ["Ministère de l'Intérieur", "Cour des comptes"]


def test_joined_bullets_make_one_row_at_the_line_of_the_first(project):
    project.set_page(make_page(["Le ministère de", "l’Intérieur", JUSTICE]))
    paste_advice(project, "joindre", project.run_fails("extract"))

    project.run_ok("extract")

    rows = project.read_rows("beneficiaires")[:2]
    assert [(row["libelle"], row["rang"], row["ligne"]) for row in rows] == [
        ("Le ministère de l’Intérieur", "1", "10"),
        (JUSTICE, "2", "12"),
    ]


@pytest.mark.parametrize(
    "entry",
    ["ignorer: rien de tel", f"garder: {JUSTICE}", "joindre: [Le ministère, de la Justice]"],
)
def test_a_correction_that_no_snapshot_uses_is_a_problem(project, entry):
    project.set_page(make_page([JUSTICE]))
    project.write_text("source/corrections.yml", f"# en tête\n- {{{entry}, motif: Essai.}}\n")

    assert project.run_fails("extract") == [
        "source/corrections.yml:2: aucune version de la page n'emploie cette correction ; "
        "la retirer"
    ]


def test_an_alias_to_confirm_matches_and_stops_the_build(project):
    project.replace_text(
        "source/organismes.yml",
        "  nom: Sorbonne Université\n",
        "  nom: Sorbonne Université\n  libelles:\n"
        "    - {libelle: Université de la Sorbonne, a_confirmer: true}\n",
    )
    project.set_page(make_page(["Université de la Sorbonne"]))

    lines = project.run_fails("extract")

    assert len(lines) == 1
    assert "« Université de la Sorbonne » est-il un autre libellé de « Sorbonne" in lines[0]


def test_a_contract_begins_by_one_entry(project):
    third_list = "\n## Liste « conseil »\n\n- Sorbonne Université\n"
    project.set_page(make_page([JUSTICE]), "2024-01-01")
    project.add_page(make_page([JUSTICE]) + third_list, "2024-02-01")
    lines = project.run_fails("extract")
    start = re.search(r"(debut: [0-9-]+)}", lines[0])[1]
    entry = f"conseil:\n  nom: Conseil\n  titres: [Liste conseil]\n  {start}\n"
    project.edit_text("source/marches.yml", lambda text: text + entry)

    project.run_ok("extract")

    assert project.read_rows("marches")[2] == {
        "marche": "conseil",
        "nom": "Conseil",
        "intitule": "Liste « conseil »",
        "debut": "2024-02-01",
        "fin": "",
        "nombre": "1",
    }


def test_a_contract_that_ends_keeps_its_history_and_leaves_couverture(project):
    project.set_page(make_page([JUSTICE, CULTURE]), "2024-01-01")
    project.add_page(HEADER + COUR, "2024-02-01")
    lines = project.run_fails("extract")
    end = re.search(r"« (fin: .*?) »", lines[0])[1]
    project.replace_text("source/marches.yml", "\nsupport:\n", f"\nsupport:\n  {end}\n")

    project.run_ok("extract")

    contracts = [(row["marche"], row["fin"], row["nombre"]) for row in project.read_rows("marches")]
    assert contracts == [("support", "2024-02-01", "0"), ("expertise", "", "1")]
    assert {row["marche"] for row in project.read_rows("couverture")} == {"expertise"}
    periods = project.read_rows("historique")
    ends = [(row["organisme"], row["fin"]) for row in periods if row["marche"] == "support"]
    assert ends == [("ministere-culture", "2024-02-01"), ("ministere-justice", "2024-02-01")]


def test_a_package_whose_contracts_have_all_ended_is_still_valid(project):
    project.set_page(make_page([JUSTICE]), "2024-01-01")
    project.add_page(HEADER + "Plus de marché.\n", "2024-02-01")
    for contract in ("support", "expertise"):
        project.replace_text(
            "source/marches.yml", f"\n{contract}:\n", f"\n{contract}:\n  fin: 2024-02-01\n"
        )

    project.run_ok("extract")

    assert project.read_text("data/couverture.json") == "[]\n"
    project.run_ok("validate")


def test_a_heading_that_changed_is_one_more_line(project):
    project.set_page(make_page([JUSTICE]), "2024-01-01")
    renamed = make_page([JUSTICE]).replace("marché interministériel support", "marché de support")
    project.add_page(renamed, "2024-02-01")
    assert len(project.run_fails("extract")) == 2
    title = "Liste des bénéficiaires du marché de support logiciels libres"
    project.replace_text("source/marches.yml", "\nexpertise:", f"\n    - {title}\nexpertise:")

    assert read_support_names(project) == ["Ministère de la Justice"]
    assert project.read_rows("marches")[0]["intitule"] == title


def test_a_page_that_was_modified_is_refused(project):
    project.edit_text("source/pages/2023-09-07.md", lambda text: text + "\n")

    (line,) = project.run_fails("extract")

    assert line.startswith("source/pages/2023-09-07.md: ")
    assert "une page gardée ne se modifie pas" in line


def test_a_page_that_no_row_lists_is_reported(project):
    project.write_text("source/pages/2024-01-01.md", make_page([JUSTICE]))

    (line,) = project.run_fails("extract")

    assert line.startswith("source/pages/2024-01-01.md: cette page n'est pas dans")


def test_a_published_slug_that_is_removed_is_reported(project):
    project.edit_json("release.json", lambda value: value.update(organismes=["ancien"]))

    assert project.run_fails("extract") == [
        "source/organismes.yml: « ancien » a été publié et n'y est plus ; "
        "le remettre, un slug est définitif"
    ]


EDITED_FILE_FAULTS = [
    ("snapshots out of order", "source/pages/versions.csv", "2023-09-07,", "2023-09-07,,{sha},\n2023-09-07,", "source/pages/versions.csv:3: "),
    ("day to come", "source/pages/versions.csv", "2023-09-07,", "2999-01-01,", "source/pages/versions.csv:2: ce jour est à venir"),
    ("newline after an identifier", "source/identifiants.csv", ",Q392502,", ',"Q392502\n",', "source/identifiants.csv:"),
    ("commit with a newline", "source/pages/versions.csv", ",35a8ab1ebfa78647825bd4031c5f54c241e980bc,", ',"35a8ab1ebfa78647825bd4031c5f54c241e980bc\n",', "source/pages/versions.csv:2: "),
    ("end before start", "source/marches.yml", "\nsupport:\n", "\nsupport:\n  debut: 2024-02-01\n  fin: 2024-01-01\n", "source/marches.yml:"),
    ("portal with a port that is no number", "source/publication.yml", "portail: https://demo.data.gouv.fr", "portail: https://hote:port", "source/publication.yml:"),
    ("one title for two contracts", "source/marches.yml", "marché interministériel expertise logiciels", "marché interministériel support logiciels", "source/marches.yml:"),
    ("link of an unknown contract", "source/page.yml", "marche: support", "marche: suport", "source/page.yml:"),
    ("name with a colon", "source/organismes.yml", "nom: Cour des comptes", 'nom: "Cour : des comptes"', "source/organismes.yml:"),
    ("resource of an unknown schema", "datapackage.json", '"schemas/marches.json"', '"schemas/marche.json"', "datapackage.json:"),
    ("schema without title", "schemas/marches.json", '"title": "March', '"titre": "March', "schemas/marches.json:"),
    ("column that nothing fills", "schemas/noms.json", '"name": "usage"', '"name": "emploi"', "schemas/noms.json: champ « "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "start"),
    [fault[1:] for fault in EDITED_FILE_FAULTS],
    ids=[fault[0] for fault in EDITED_FILE_FAULTS],
)
def test_a_fault_of_an_edited_file_is_reported_at_its_line(project, file, old, new, start):
    project.replace_text(file, old, new.replace("{sha}", "0" * 64))

    lines = project.run_fails("extract")

    assert any(line.startswith(start) for line in lines), lines


def test_two_commands_at_once_are_refused_in_one_line(project):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, os, sys, time\n"
            "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
            "print('locked', flush=True)\n"
            "time.sleep(60)",
            str(project.root),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        (line,) = project.run_fails("extract")
    finally:
        holder.kill()
        holder.wait()

    assert "une autre commande y écrit en ce moment" in line
