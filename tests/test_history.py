"""The history: who was on which list since when, whatever the pages were, and what the registry relates."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beneficiaires import history
from conftest import ROOT, page, read_csv

JUSTICE = "Le ministère de la Justice"
CULTURE = "Le ministère de la Culture"
SPORTS = "Le ministère des Sports"
REAL = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8")


def stays(checkout, organisme: str) -> list[tuple[str, str, str]]:
    rows = checkout.rows("historique")
    return [(row["marche"], row["debut"], row["fin"]) for row in rows if row["organisme"] == organisme]


def test_the_real_page_alone_opens_one_period_a_row():
    rows = read_csv((ROOT / "data/historique.csv").read_bytes())
    listed = read_csv((ROOT / "data/beneficiaires.csv").read_bytes())
    assert {(row["marche"], row["organisme"], row["nom"]) for row in rows} == {
        (row["marche"], row["organisme"], row["nom"]) for row in listed
    }
    assert {(row["debut"], row["fin"]) for row in rows} == {("2023-09-01", "")}


def test_a_body_that_leaves_and_returns_has_two_periods(checkout):
    without = REAL.replace("- Le ministère des Sports\n", "", 1)
    added = without.replace(
        "- Le ministère des Outre-Mer\n", "- Le ministère des Outre-Mer\n- La Cour des comptes\n", 1
    )
    checkout.publish(added, "2024-02-01")
    checkout.publish(added.replace("La Cour", "la  Cour").replace("- la", "- La"), "2024-06-01")
    checkout.publish(REAL, "2025-01-01")
    done = checkout.extract()
    assert (done.returncode, done.stderr) == (0, "")
    assert stays(checkout, "ministere-des-sports") == [
        ("support", "2023-09-01", "2024-02-01"),
        ("support", "2025-01-01", ""),
        ("expertise", "2023-09-01", ""),
    ]
    assert stays(checkout, "cour-des-comptes") == [
        ("support", "2024-02-01", "2025-01-01"),
        ("expertise", "2023-09-01", ""),
    ]
    done = checkout.validate()
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_that_was_published_twice_is_two_versions(checkout, tmp_path):
    checkout.publish(page(JUSTICE), "2024-02-01")
    checkout.publish(REAL, "2024-03-01")
    assert checkout.extract().returncode == 0
    assert {row["date"] for row in checkout.rows("marches")} == {"2024-03-01"}
    assert ("expertise", "2024-03-01", "") in stays(checkout, "ministere-des-sports")
    checkout.extract("--source", checkout.root / "source/pages/2023-09-01.md", "--out", tmp_path)
    assert (tmp_path / "marches.csv").read_bytes() == (checkout.root / "data/marches.csv").read_bytes()


def test_an_older_page_is_tried_with_the_history_of_its_day(checkout, tmp_path):
    checkout.publish(page(JUSTICE), "2024-02-01")
    checkout.publish(page(CULTURE), "2024-03-01")
    checkout.extract("--source", checkout.root / "source/pages/2024-02-01.md", "--out", tmp_path)
    rows = read_csv((tmp_path / "historique.csv").read_bytes())
    assert max(row["fin"] for row in rows) == "2024-02-01"
    assert {row["organisme"] for row in rows if not row["fin"]} == {
        "ministere-de-la-justice",
        "cour-des-comptes",
    }


def test_an_old_page_that_the_registry_no_longer_reads_is_named(checkout):
    confirmed = "    confirme: [{marche: support, motif: Essai.}, {marche: expertise, motif: Essai.}]\n"
    checkout.publish(page(f"{JUSTICE} (MJ)"), "2024-02-01", confirmed)
    checkout.publish(page(f"{JUSTICE} (MINJUS)"), "2024-03-01")
    checkout.replace(
        "source/organismes.yml",
        "nom: Ministère de la Justice",
        "nom: Ministère de la Justice\n  sigle: MINJUS",
    )
    before = checkout.state()
    done = checkout.extract()
    assert done.returncode == 1
    assert done.stderr.startswith(
        "source/pages/2024-02-01.md:7: « Le ministère de la Justice (MJ) » : sigle « MJ »"
    )
    assert checkout.state() == before
    checkout.replace("source/organismes.yml", "sigle: MINJUS", "sigle: MINJUS\n  anciens_sigles: [MJ]")
    assert checkout.extract().returncode == 0


UNREADABLE = "    illisible: true\n    motif: La liste a perdu son titre.\n"


def test_a_page_that_does_not_parse_is_kept_marked_and_told(checkout):
    checkout.publish(page(JUSTICE), "2024-02-01")
    checkout.publish("Tout est cassé.\n", "2024-03-01", corrections=UNREADABLE)
    checkout.publish(page(CULTURE), "2024-04-01")
    done = checkout.extract()
    assert (done.returncode, done.stderr) == (0, "")
    assert stays(checkout, "ministere-de-la-justice")[0] == ("support", "2023-09-01", "2024-04-01")
    done = checkout.validate()
    assert done.returncode == 0
    assert done.stderr == "source/pages/2024-03-01.md: gardée sans être lue : La liste a perdu son titre.\n"


def test_the_newest_page_that_can_be_read_is_the_published_one(checkout):
    checkout.publish(page(JUSTICE), "2024-02-01")
    checkout.publish("Tout est cassé.\n", "2024-03-01", corrections=UNREADABLE)
    assert checkout.extract().returncode == 0
    assert {row["date"] for row in checkout.rows("marches")} == {"2024-02-01"}


def test_a_page_that_can_be_read_is_not_marked_unreadable(checkout):
    checkout.publish(page(JUSTICE), "2024-02-01", corrections=UNREADABLE)
    assert checkout.extract().returncode == 0
    done = checkout.validate()
    assert done.returncode == 1
    assert (
        "source/pages/2024-02-01.md: marquée illisible, elle se lit ; retirer « illisible » de pages.yml"
        in done.stderr
    )


def test_an_unreadable_page_keeps_its_bytes(checkout):
    checkout.publish("Tout est cassé.\n", "2024-03-01", corrections=UNREADABLE)
    checkout.replace("source/pages/2024-03-01.md", "Tout", "tout")
    assert "source/pages/2024-03-01.md: sha256 " in checkout.validate().stderr


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("    illisible: true\n", "champ « motif » manquant"),
        ("    motif: Rien.\n", "« motif » ne va qu'avec « illisible: true »"),
    ],
)
def test_a_mark_has_its_reason(checkout, mark, message):
    checkout.publish("Tout est cassé.\n", "2024-03-01", corrections=mark)
    done = checkout.extract()
    assert done.returncode == 1
    assert done.stderr.startswith("source/pages.yml:")
    assert message in done.stderr


def test_one_page_at_least_can_be_read(checkout):
    checkout.replace(
        "source/pages.yml", "    licence: etalab-2.0\n", "    licence: etalab-2.0\n" + UNREADABLE
    )
    done = checkout.extract()
    assert done.returncode == 1
    assert "aucune page lisible" in done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [("2023-09-01,\n", "2023-09-01,2023-09-01\n"), ("2023-09-01,\n", "2023-09-01,2023-08-31\n")],
    ids=["empty period", "period that ends before it starts"],
)
def test_a_period_that_is_none_is_told(checkout, old, new):
    checkout.replace("data/historique.csv", old, new)
    done = checkout.validate()
    assert done.returncode == 1
    assert "data/historique.csv:2: support agence-nationale-de-securite" in done.stderr


# Every slip of a relation: what is written in the entry of Sorbonne Université, and the message.
PROOF = "{confiance: haute, preuves: [Un décret.]}"
RELATION_SLIPS = {
    "unknown predecessor": (
        f"  succede_a: paris-4\n  sources:\n    succede_a: {PROOF}",
        "« paris-4 » n'est pas au registre",
    ),
    "unknown group": (
        f"  groupe: universites\n  sources:\n    groupe: {PROOF}",
        "« universites » n'est pas au registre",
    ),
    "group that is none": (
        f"  groupe: cour-des-comptes\n  sources:\n    groupe: {PROOF}",
        "son groupe « cour-des-comptes » n'a pas « collectif: true »",
    ),
    "relation without source": (
        "  succede_a: [cour-des-comptes]",
        "« succede_a » et « sources: succede_a » vont ensemble",
    ),
    "its own predecessor": (
        f"  succede_a: [sorbonne-universite]\n  sources:\n    succede_a: {PROOF}",
        "« succede_a » tourne en rond : sorbonne-universite → sorbonne-universite",
    ),
    "date that is none": (
        "  succede_a: [cour-des-comptes]\n  sources:\n    succede_a: {date: hier, confiance: haute, preuves: [x]}",
        "champ « date » : une date AAAA-MM-JJ est attendu",
    ),
    "predecessor that is no text": (
        f"  succede_a: [12]\n  sources:\n    succede_a: {PROOF}",
        "champ « succede_a » : un texte (un numéro se met entre guillemets) est attendu",
    ),
    "collective with a SIREN": (
        f'  collectif: true\n  siren: "130023385"\n  sources:\n    siren: {PROOF}',
        "un collectif n'a pas de SIREN",
    ),
}


def relate(checkout, entry: str, extra: str = "") -> None:
    """Replace what the registry says of Sorbonne Université, and add entries after it."""

    def change(text: str) -> str:
        head = text[: text.index("\nsorbonne-universite:")]
        return f"{head}\nsorbonne-universite:\n  nom: Sorbonne Université\n  categorie: etablissement-public\n{entry}\n{extra}"

    checkout.edit("source/organismes.yml", change)


@pytest.mark.parametrize("slip", RELATION_SLIPS)
def test_a_slip_of_a_relation_is_told_where_it_is(checkout, slip):
    entry, message = RELATION_SLIPS[slip]
    relate(checkout, entry)
    done = checkout.extract()
    assert done.returncode == 1
    assert message in done.stderr
    assert all(line.startswith("source/organismes.yml:") for line in done.stderr.splitlines())


def test_a_ring_of_successions_is_told(checkout):
    ring = f"\nzone-de-caen:\n  nom: Zone de Caen\n  categorie: juridiction\n  succede_a: sorbonne-universite\n  sources:\n    succede_a: {PROOF}\n"
    relate(checkout, f"  succede_a: zone-de-caen\n  sources:\n    succede_a: {PROOF}", ring)
    done = checkout.extract()
    assert done.returncode == 1
    assert "« succede_a » tourne en rond : " in done.stderr


def test_relations_are_published_and_validated(checkout):
    others = "\nuniversites:\n  nom: Universités\n  categorie: etablissement-public\n  collectif: true\n\nuniversite-x:\n  nom: Université X\n  categorie: etablissement-public\n"
    others = (
        "\nuniversite-x:\n  nom: Université X\n  categorie: etablissement-public\n"
        + others[: others.index("\nuniversite-x")]
    )
    relate(
        checkout,
        "  groupe: universites\n  succede_a: [cour-des-comptes, universite-x]\n  sources:\n"
        f"    groupe: {PROOF}\n    succede_a: {{date: 2018-01-01, confiance: haute, preuves: [Un décret.]}}",
        others,
    )
    assert checkout.extract().returncode == 0
    bodies = {row["organisme"]: row for row in checkout.rows("organismes")}
    sorbonne = bodies["sorbonne-universite"]
    assert (sorbonne["groupe"], sorbonne["succede_a"], sorbonne["collectif"]) == (
        "universites",
        "cour-des-comptes|universite-x",
        "false",
    )
    assert bodies["universites"]["collectif"] == "true"
    assert checkout.validate().returncode == 0
    checkout.replace("data/organismes.csv", "cour-des-comptes|universite-x", "cour-des-comptes|universite-y")
    checkout.replace("data/organismes.csv", ",universites,", ",universite-x,")
    done = checkout.validate()
    assert "sorbonne-universite : « universite-y » inconnu" in done.stderr
    assert "sorbonne-universite : « universite-x » n'est pas un collectif" in done.stderr


def test_a_collective_is_one_row_and_never_its_members(checkout):
    relate(
        checkout,
        f"  groupe: universites\n  sources:\n    groupe: {PROOF}",
        "\nuniversites:\n  nom: Universités\n  categorie: etablissement-public\n  collectif: true\n",
    )
    checkout.publish(page("Les universités", JUSTICE))
    assert checkout.extract().returncode == 0
    rows = [row["organisme"] for row in checkout.rows() if row["marche"] == "support"]
    assert rows == ["universites", "ministere-de-la-justice"]


slugs = st.lists(st.sampled_from("abcdefgh"), unique=True)
timelines = st.lists(st.fixed_dictionaries({"support": slugs, "expertise": slugs}), min_size=1, max_size=12)


@given(timelines)
def test_the_history_replayed_at_any_page_gives_its_lists(lists):
    days = [date(2024, 1, 1) + timedelta(days=3 * rank) for rank in range(len(lists))]
    periods = history.periods(zip(days, lists, strict=True))
    for day, members in zip(days, lists, strict=True):
        for eve in (day, day + timedelta(days=2)):
            at = [p for p in periods if p.debut <= eve and (p.fin is None or eve < p.fin)]
            for marche, expected in members.items():
                assert sorted(p.organisme for p in at if p.marche == marche) == sorted(expected)
    keys = [(p.marche, p.organisme, p.debut) for p in periods]
    assert len(set(keys)) == len(keys)
    assert all(p.fin is None or p.debut < p.fin for p in periods)


def test_the_schema_says_that_dates_are_observed():
    fields = json.loads((ROOT / "schemas/historique.json").read_text(encoding="utf-8"))["fields"]
    told = {field["name"]: field["description"] for field in fields}
    assert "date d'observation" in told["debut"]
    assert "date d'observation" in told["fin"]
