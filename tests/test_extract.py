"""What a page gives: the rows that a person reads in it, or its faults, each at its line."""

import csv
import json
import os
import shutil

import pytest

from conftest import EXPERTISE, HEAD, ROOT, SUPPORT, bullets, call, page


def labels(checkout) -> list[str]:
    return [row["nom"] for row in checkout.rows() if row["marche"] == "support"]


def test_the_real_page_gives_the_rows_that_a_person_reads_in_it(tmp_path):
    assert call("extract", "--out", tmp_path).status == 0
    with (ROOT / "tests/golden/attendu.csv").open(encoding="utf-8", newline="") as golden:
        wanted = list(csv.DictReader(golden))
    rows = json.loads((tmp_path / "data/beneficiaires.json").read_bytes())
    assert [{key: str(row[key] or "") for key in wanted[0]} for row in rows] == wanted


def test_the_real_page_gives_six_tables(tmp_path):
    call("extract", "--out", tmp_path)
    counts = {path.stem: len(json.loads(path.read_bytes())) for path in (tmp_path / "data").glob("*.json")}
    assert counts == {
        "beneficiaires": 50,
        "couverture": 54,
        "historique": 50,
        "marches": 2,
        "organismes": 27,
        "versions": 1,
    }


def test_the_day_of_the_header_is_told_as_what_it_is_and_nowhere_else(tmp_path):
    call("extract", "--out", tmp_path)
    texts = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "data").glob("*.csv")}
    assert [name for name, text in texts.items() if "2022-01-18" in text] == ["versions.csv"]
    version = json.loads((tmp_path / "data/versions.json").read_bytes())[0]
    assert (version["version"], version["date_entete"]) == ("2023-09-01", "2022-01-18")
    assert version["adresse"].startswith("https://github.com/codegouvfr/codegouvfr-website/blob/35a8ab1e")
    assert version["contact"] == "contact@code.gouv.fr"


def test_files_are_utf8_comma_lf_and_typed_twins(tmp_path):
    call("extract", "--out", tmp_path)
    for path in (tmp_path / "data").glob("*.csv"):
        data = path.read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in data
        rows = list(csv.DictReader(data.decode().splitlines()))
        twins = json.loads(path.with_suffix(".json").read_bytes())
        assert [
            {key: "" if value is None else str(value) for key, value in each.items()} for each in twins
        ] == rows


def test_the_same_input_gives_the_same_bytes_on_every_machine(checkout, tmp_path):
    call("extract", "--out", tmp_path / "here")
    odd = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONUTF8": "0"}
    assert checkout.process("extract", "--out", tmp_path / "there", env=odd).returncode == 0
    for path in (tmp_path / "here/data").iterdir():
        assert path.read_bytes() == (tmp_path / "there/data" / path.name).read_bytes()


def test_check_shows_a_readable_difference_and_writes_nothing(checkout):
    assert checkout.call("extract", "--check").status == 0
    checkout.replace("data/beneficiaires.csv", "Cour des comptes", "Cour")
    before = checkout.state()
    result = checkout.call("extract", "--check")
    assert result.status == 1
    assert "+expertise,cour-des-comptes,Cour des comptes" in result.out
    assert checkout.state() == before


SLIPS = {
    "unknown label": (page("Le ministère de la Justise"), ":10:", "proche de « Ministère de la Justice »"),
    "wrong sigle": (page("Sorbonne Université (ANSES)"), ":10:", "sigle « ANSES », le registre dit aucun"),
    "sigle alone": (page("ANSES"), ":10:", "libellé inconnu"),
    "twice": (page("Sorbonne Université", "Sorbonne université."), ":11:", "déjà ligne 10"),
    "nothing after the colon": (page("Sorbonne Université :"), ":10:", "rien ne suit les deux-points"),
    "formula": (page("=Sorbonne Université"), ":10:", "formule"),
    "nested list": (page("Sorbonne Université\n  - Cour des comptes"), ":10:", "liste dans la liste"),
    "struck out": (page("~~Sorbonne Université~~"), ":10:", "texte barré"),
    "a sentence": (HEAD + SUPPORT + "Sauf avis contraire.\n\n- Sorbonne Université\n" + EXPERTISE + bullets("La Cour des comptes"), ":10:", '- {ignorer: "Sauf avis contraire."'),
    "a comment": (HEAD + SUPPORT + "<!-- fin en mai -->\n\n- Sorbonne Université\n" + EXPERTISE + bullets("La Cour des comptes"), ":10:", '- {ignorer: "<!-- fin en mai -->"'),
    "broken bullet": (page("Le ministère de", "l’Intérieur"), ":11:", '- {joindre: ["Le ministère de", "l’Intérieur"]'),
    "empty list": (HEAD + SUPPORT + EXPERTISE + bullets("La Cour des comptes"), ":8:", "liste vide"),
    "list missing": (HEAD + SUPPORT + bullets("Sorbonne Université"), ".md:", "« fin: 2024-11-26 »"),
    "unclaimed heading": (page("Sorbonne Université") + "\n## Marché conseil\n\n- Sorbonne Université\n", ":16:", "un nouveau marché"),
    "heading twice": (page("Sorbonne Université") + "\n" + SUPPORT + "- Cour des comptes\n", ":16:", "déjà lu ligne 8"),
    "control character": (page("Sorbonne \x07Université"), ":10:", "U+0007"),
    "direction": (page("Sorbonne \u202eUniversité"), ":10:", "U+202E"),
    "entity": (page("Sorbonne &#1;Université"), ":10:", "U+0001"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_the_page_is_told_where_it_is_and_nothing_is_written(checkout, slip):
    content, line, words = SLIPS[slip]
    checkout.only(content)
    before = checkout.state()
    result = checkout.call("extract")
    assert result.status == 1
    assert f"source/pages/2024-11-26.md{line.removeprefix('.md')}" in result.err
    assert words in result.err
    assert checkout.state() == before


def test_every_problem_of_every_version_is_told_in_one_run(checkout):
    checkout.only(page("Un inconnu", "ANSES (INPI)"), "2024-01-01")
    checkout.keep(page("Un autre inconnu"), "2024-02-01")
    checkout.replace("source/organismes.yml", 'siren: "130023385"', 'siren: "130023386"')
    told = checkout.call("extract").err
    assert "source/organismes.yml" in told
    checkout.replace("source/organismes.yml", 'siren: "130023386"', 'siren: "130023385"')
    told = checkout.call("extract").err.splitlines()
    assert [line.split(" ")[0] for line in told] == [
        "source/pages/2024-01-01.md:10:",
        "source/pages/2024-01-01.md:11:",
        "source/pages/2024-02-01.md:10:",
    ]


@pytest.mark.parametrize("header", ["", "---\ndate: 1.5\n---\n", "---\na: &x 1\nb: *x\n---\n", "---\na: 1\na: 2\n---\n", "---\n: [\n---\n", "---\ndate: 2022-02-31\n---\n", "\ufeff"])  # fmt: skip
def test_an_odd_header_is_the_pages_own_and_the_page_is_read(checkout, header):
    checkout.only(header + SUPPORT + "- Sorbonne Université\n" + EXPERTISE + bullets("La Cour des comptes"))
    assert checkout.call("extract").status == 0
    assert labels(checkout) == ["Sorbonne Université"]


@pytest.mark.parametrize(
    "bullet",
    [
        "LE MINISTÈRE DE L'AGRICULTURE ET DE L'ALIMENTATION",
        "Ministere de l’agriculture et alimentation,",
        "Le **ministère** de l'Agri\u00adculture, de l'Alimentation.",
        "le\u00a0Ministère de l'Agriculture&nbsp;et de l'Alimentation",
    ],
)
@pytest.mark.parametrize("marker", ["-", "*", "+"])
def test_a_spelling_does_not_change_who_is_named(checkout, bullet, marker):
    checkout.only(page(bullet, "Sorbonne Université").replace("\n- ", f"\n{marker} "))
    result = checkout.call("extract")
    assert result.status == 0, result.err
    assert "Ministère de l'Agriculture et de l'Alimentation" in labels(checkout)


def test_what_follows_the_colon_is_the_perimetre(checkout):
    checkout.only(page("Sorbonne Université : *uniquement sur le lot Moodle*."))
    assert checkout.call("extract").status == 0
    (row,) = (row for row in checkout.rows() if row["marche"] == "support")
    assert row["perimetre"] == "uniquement sur le lot Moodle"
    assert row["libelle"] == "Sorbonne Université : uniquement sur le lot Moodle."


def test_one_bullet_that_names_two_bodies_gives_two_rows_in_its_order(tmp_path):
    call("extract", "--out", tmp_path)
    rows = json.loads((tmp_path / "data/beneficiaires.json").read_bytes())
    both = [row for row in rows if row["marche"] == "expertise" and row["rang"] == 4]
    assert [row["organisme"] for row in both] == [
        "services-du-premier-ministre",
        "institut-des-hautes-etudes-de-defense-nationale",
    ]
    assert [row["perimetre"].rpartition(" budgétaire ")[2] for row in both] == [
        "des services du Premier ministre",
        "de l'Institut des hautes études de défense nationale",
    ]


def test_corrections_hold_by_their_words_in_every_version_and_the_advice_works_as_pasted(checkout):
    broken = page("Le ministère de", "l’Intérieur", "Cour des comptes") + "\nNote du jour.\n"
    checkout.only(broken, "2024-01-01")
    checkout.keep(broken.replace("Intérieur", "INTÉRIEUR"), "2024-02-01")
    told = checkout.call("extract").err
    entries = {line[line.index("- {") :].split(" ; à garder")[0].casefold() for line in told.splitlines()}
    checkout.edit(
        "source/corrections.yml", lambda text: text + "".join(f"{each}\n" for each in sorted(entries))
    )
    result = checkout.call("extract")
    assert result.status == 0, result.err
    assert labels(checkout) == ["Ministère de l'Intérieur", "Cour des comptes"]


def test_a_whole_bullet_in_lower_case_is_kept_as_the_advice_says(checkout):
    checkout.only(page("Sorbonne Université", "la Cour des comptes"))
    told = checkout.call("extract").err
    assert "source/pages/2024-11-26.md:11:" in told
    kept = told[told.index("- {garder") :]
    checkout.edit("source/corrections.yml", lambda text: text + kept)
    assert checkout.call("extract").status == 0
    assert labels(checkout) == ["Sorbonne Université", "Cour des comptes"]


def test_a_text_or_a_list_that_names_nobody_is_ignored_by_its_words(checkout):
    content = (
        page("Sorbonne Université", "Voir plus bas")
        + "\n## Liens utiles\n\n- [Un lien](https://example.org)\n"
    )
    checkout.only(content)
    checkout.write(
        "source/corrections.yml",
        "- {ignorer: voir plus bas, motif: Un renvoi.}\n- {ignorer: Liens utiles, motif: Pas une liste.}\n",
    )
    assert checkout.call("extract").status == 0
    assert labels(checkout) == ["Sorbonne Université"]


def test_a_correction_that_no_version_employs_is_an_error(checkout):
    checkout.write("source/corrections.yml", "# en tête\n- {ignorer: rien de tel, motif: Essai.}\n")
    result = checkout.call("extract")
    assert (result.status, result.err.split(" ")[0]) == (1, "source/corrections.yml:2:")


def test_a_contract_begins_and_ends_by_one_entry(checkout):
    third = "\n## Liste conseil\n\n- Sorbonne Université\n"
    checkout.only(page("Sorbonne Université"), "2024-01-01")
    checkout.keep(page("Sorbonne Université") + third, "2024-02-01")
    checkout.keep(HEAD + EXPERTISE + bullets("La Cour des comptes") + third, "2024-03-01")
    checkout.edit(
        "source/marches.yml",
        lambda text: text + "conseil:\n  nom: Conseil\n  titres: [Liste conseil]\n  debut: 2024-02-01\n",
    )
    checkout.replace(
        "source/marches.yml",
        "logiciels libres\nexpertise:",
        "logiciels libres\n  fin: 2024-03-01\nexpertise:",
    )
    result = checkout.call("extract")
    assert result.status == 0, result.err
    assert [(row["marche"], row["debut"], row["fin"], row["nombre"]) for row in checkout.rows("marches")] == [
        ("support", "2024-01-01", "2024-03-01", "0"),
        ("expertise", "2024-01-01", "", "1"),
        ("conseil", "2024-02-01", "", "1"),
    ]
    assert {row["marche"] for row in checkout.rows("couverture")} == {"expertise", "conseil"}
    stays = {row["marche"]: row["fin"] for row in checkout.rows("historique")}
    assert stays == {"support": "2024-03-01", "expertise": "", "conseil": ""}
    assert checkout.call("validate").status == 0


def test_a_page_that_was_modified_is_refused(checkout):
    checkout.edit("source/pages/2023-09-01.md", lambda text: text + "\n")
    result = checkout.call("extract")
    assert result.status == 1
    assert "une page gardée ne se modifie pas" in result.err


def test_a_day_to_come_and_pages_out_of_order_are_refused_at_their_line(checkout):
    checkout.keep(page("Sorbonne Université"), "2999-01-01")
    checkout.keep(page("Cour des comptes"), "2022-01-01")
    lines = checkout.call("extract").err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["source/pages.yml:14", "source/pages.yml:16"]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(checkout):
    shutil.rmtree(checkout.root / "data")
    checkout.write("data", "un fichier")
    result = checkout.call("extract")
    assert result.status == 1
    assert len(result.err.splitlines()) == 1
