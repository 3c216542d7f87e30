"""The search of the home page in a real browser: what people type, and the answer that they get."""

import datetime as dt
from dataclasses import dataclass

import pytest

from helpers import read_published

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("site")]

PHONE = {"width": 390, "height": 844}
NO_BREAK_SPACE = "\u00a0"

ANSWER = "Réponse pour"
ONE_MATCH = "1 organisme correspond à"
TWO_MATCHES = "2 organismes correspondent à"
MINISTRIES = "16 organismes correspondent à"
UNKNOWN = "La liste ne cite pas"
UNKNOWN_NUMBER = "La liste n’a pas le numéro"


@dataclass(frozen=True)
class Case:
    """What a query shows: the beginning of its title, the organisations, its first answer's word.

    An unknown name that has organisations shows them as near names, without answer.
    """

    query: str
    title: str
    slugs: str = ""
    word: str = ""


CASES = [
    # Numbers, with what people write around them.
    Case("110010014", ANSWER, "ministere-justice", "Oui"),
    Case("110010014.", ANSWER, "ministere-justice", "Oui"),
    Case("110 010 014", ANSWER, "ministere-justice", "Oui"),
    Case("110\u00a0010\u202f014", ANSWER, "ministere-justice", "Oui"),
    Case("110.010.014", ANSWER, "ministere-justice", "Oui"),
    Case("(110-010-014)", ANSWER, "ministere-justice", "Oui"),
    Case("SIREN:110010014", ANSWER, "ministere-justice", "Oui"),
    Case("SIREN n° 110010014", ANSWER, "ministere-justice", "Oui"),
    Case("11001001400016", ANSWER, "ministere-justice", "Oui"),
    Case("SIRET : 110 010 014 00016", ANSWER, "ministere-justice", "Oui"),
    Case("110-010-014-00016", ANSWER, "ministere-justice", "Oui"),
    Case("110010014/00016", ANSWER, "ministere-justice", "Oui"),
    Case("SIREN 110010014 / NIC 00016", ANSWER, "ministere-justice", "Oui"),
    Case("siret 11001001400016, Paris", ANSWER, "ministere-justice", "Oui"),
    Case("110 010 014 00016 75001 Paris", ANSWER, "ministere-justice", "Oui"),
    Case("75001 Paris, 110010014", ANSWER, "ministere-justice", "Oui"),
    Case("n°SIRET11001001400016", ANSWER, "ministere-justice", "Oui"),
    Case("Ministère de la Justice, SIRET 11001001400016", ANSWER, "ministere-justice", "Oui"),
    Case("Ministère de la Justice, SIRET 99999999900016", ANSWER, "ministere-justice", "Oui"),
    Case("999999999", UNKNOWN_NUMBER),
    Case("1110010014", UNKNOWN_NUMBER),
    Case("SIRET 12345678901234", UNKNOWN_NUMBER),
    Case("00016", UNKNOWN_NUMBER),
    # Acronyms, with dots or among other words.
    Case("anssi", ANSWER, "anssi", "À vérifier"),
    Case("A.N.S.S.I.", ANSWER, "anssi", "À vérifier"),
    Case("A.N.S.S.I", ANSWER, "anssi", "À vérifier"),
    Case("l'a.n.s.e.s.", ANSWER, "anses", "Oui"),
    Case("ANSES Maisons-Alfort", ANSWER, "anses", "Oui"),
    Case("agence ANSSI", ANSWER, "anssi", "À vérifier"),
    Case("INPI (Courbevoie)", ANSWER, "inpi", "Oui"),
    Case("E.N.A.", UNKNOWN),
    Case("CAF", UNKNOWN),
    # Names, whole or nearly.
    Case("Cour des comptes", ANSWER, "cour-des-comptes", "La liste ne le cite pas"),
    Case("ministère de la justice", ANSWER, "ministere-justice", "Oui"),
    Case("MINISTERE DE LA JUSTICE", ANSWER, "ministere-justice", "Oui"),
    Case("justice ministère", ANSWER, "ministere-justice", "Oui"),
    Case("ministère de la culture et du patrimoine", ANSWER, "ministere-culture", "Oui"),
    Case("direction informatique du ministère de la Justice", ANSWER, "ministere-justice", "Oui"),
    Case(
        "Ministère de l'Économie, des Finances et de l'Industrie",
        ANSWER,
        "ministere-economie",
        "Oui",
    ),
    Case("Sorbonne Université, Paris", ANSWER, "sorbonne-universite", "Oui"),
    Case(
        "Ministère de l'Intérieur et des Outre-mer",
        TWO_MATCHES,
        "ministere-interieur ministere-outre-mer",
        "Oui",
    ),
    Case("justice", ONE_MATCH, "ministere-justice", "Oui"),
    Case("l'agriculture", ONE_MATCH, "ministere-agriculture", "Oui"),
    Case("lagriculture", ONE_MATCH, "ministere-agriculture", "Oui"),
    Case("ministère des finances", ONE_MATCH, "ministere-economie", "Oui"),
    Case("affaires étrangères", ONE_MATCH, "ministere-affaires-etrangeres", "Oui"),
    Case("Caisse d'allocations familiales", ONE_MATCH, "cnaf", "Oui"),
    Case("institut des hautes études", ONE_MATCH, "ihedn", "À vérifier"),
    Case("premierministre", ONE_MATCH, "premier-ministre", "Oui"),
    Case("ministre premier", ONE_MATCH, "premier-ministre", "Oui"),
    # Other names, and services.
    Case("Bercy", ANSWER, "ministere-economie", "Oui"),
    Case("elysee", ANSWER, "presidence-de-la-republique", "Oui"),
    Case("quai d orsay", ANSWER, "ministere-affaires-etrangeres", "Oui"),
    Case("outre-mer", ANSWER, "ministere-outre-mer", "Oui"),
    Case("ministère de la Défense", ONE_MATCH, "ministere-armees", "Oui"),
    Case("Matignon", ANSWER, "premier-ministre", "Oui"),
    Case("DINUM", ANSWER, "premier-ministre", "À vérifier"),
    Case("la DINUM à Paris", ANSWER, "premier-ministre", "À vérifier"),
    Case("direction interministérielle du numérique", ANSWER, "premier-ministre", "À vérifier"),
    Case("DGFiP", ANSWER, "ministere-economie", "Oui"),
    Case("D.G.FI.P", ANSWER, "ministere-economie", "Oui"),
    # Common words: never a personal yes.
    Case("université", ONE_MATCH, "sorbonne-universite", "Oui"),
    Case("agence", TWO_MATCHES, "anssi anses", "À vérifier"),
    Case("conseil", TWO_MATCHES, "conseil-constitutionnel cese", "Oui"),
    Case("institut", TWO_MATCHES, "inpi ihedn", "Oui"),
    # Near misses: names, no answers.
    Case("sorbone", UNKNOWN, "sorbonne-universite"),
    Case("université sorbonne nouvelle", UNKNOWN, "sorbonne-universite"),
    Case("agriculutre", UNKNOWN, "ministere-agriculture"),
    Case("ministaire de la justise", UNKNOWN, "ministere-justice"),
    Case("conseil constitutionel", UNKNOWN, "conseil-constitutionnel"),
    Case("dgifp", UNKNOWN, "ministere-economie"),
    Case("caisse d'allocations familiales de Paris", UNKNOWN, "cnaf"),
    Case("ministre de la Culture", UNKNOWN, "ministere-culture"),
    Case("direction des sports", UNKNOWN, "ministere-education-nationale ministere-sports"),
    Case("Bercy Paris", UNKNOWN, "ministere-economie"),
    Case("Panthéon-Sorbonne", UNKNOWN, "sorbonne-universite"),
    Case("pôle emploi", UNKNOWN, "ministere-travail"),
    # Others, of kinds that the list has or has not.
    Case("Ministère de l'Environnement", UNKNOWN),
    Case("ministère de la magie", UNKNOWN),
    Case("université de Lille", UNKNOWN),
    Case("Conseil d'État", UNKNOWN),
    Case("cour de cassation", UNKNOWN),
    Case("INSEE", UNKNOWN),
    Case("préfecture du Rhône", UNKNOWN),
    Case("mairie de Paris", UNKNOWN),
    Case("commune de Saint-Ouen", UNKNOWN),
    Case("Conseil départemental du Rhône", UNKNOWN),
    Case("région Bretagne", UNKNOWN),
    Case("hôpital Necker", UNKNOWN),
    Case("CHU de Nantes", UNKNOWN),
    Case("AP-HP", UNKNOWN),
    Case("agence régionale de santé", UNKNOWN),
    Case("rectorat de Lyon", UNKNOWN),
    Case("gendarmerie nationale", UNKNOWN),
    Case("direction générale du Trésor", UNKNOWN),
    Case("tribunal judiciaire de Paris", UNKNOWN),
    Case("Assemblée nationale", UNKNOWN),
    Case("Bibliothèque nationale de France", UNKNOWN),
    Case("zzz", UNKNOWN),
    Case("?", UNKNOWN),
    Case("__proto__", UNKNOWN),
    Case("<hr>", UNKNOWN),
    Case("x" * 200, UNKNOWN),
]


def test_every_query_gets_its_answer_above_the_fold_of_a_phone(visitor, run_searches):
    page = visitor.open(viewport=PHONE)

    results = run_searches(page, [case.query for case in CASES])

    for case, result in zip(CASES, results, strict=True):
        title = result["title"].replace(NO_BREAK_SPACE, " ")
        assert title == f"{case.title} « {case.query.replace(NO_BREAK_SPACE, ' ')} »"
        assert (case.query, result["slugs"]) == (case.query, case.slugs.split())
        first_answer = next(iter(result["answers"]), "")
        assert first_answer.startswith(case.word), case.query
        assert bool(first_answer) == bool(case.word), case.query
        assert result["bottom"] <= PHONE["height"], case.query


def test_ministries_are_listed_in_a_word_each(visitor, run_searches):
    page = visitor.open()

    results = run_searches(page, ["ministère", "ministères"])

    ministries = {
        row["organisme"] for row in read_published("organismes") if row["categorie"] == "ministere"
    }
    for result in results:
        assert result["title"].replace(NO_BREAK_SPACE, " ").startswith(MINISTRIES)
        assert set(result["slugs"]) == ministries
        assert set(result["answers"]) == {"Oui"}


def test_every_organisation_is_found_by_its_names_and_numbers(visitor, run_searches):
    expected = {row["libelle"]: {row["organisme"]} for row in read_published("beneficiaires")}
    for row in read_published("beneficiaires"):
        expected[row["libelle"]].add(row["organisme"])
    for row in read_published("noms"):
        expected.setdefault(row["nom"], set()).add(row["organisme"])
    for row in read_published("organismes"):
        reversed_name = " ".join(reversed(row["nom"].replace("'", " ").split()))
        for text in (row["nom"].upper(), row["nom"].replace("'", "’"), reversed_name):
            expected.setdefault(text, set()).add(row["organisme"])
        if row["siren"]:
            expected[row["siren"]] = {row["organisme"]}

    results = run_searches(visitor.open(), list(expected))

    for query, result in zip(expected, results, strict=True):
        assert (query, set(result["slugs"])) == (query, expected[query])


def test_a_result_says_what_leads_to_it_since_when_where_and_whom_to_ask(visitor, run_searches):
    queries = ["dgfip", "élysée", "ANSES Maisons-Alfort", "université", "cour des comptes"]

    texts = [result["text"] for result in run_searches(visitor.open(), queries)]

    dgfip, elysee, anses, university, court = (text.replace(NO_BREAK_SPACE, " ") for text in texts)
    assert (
        "« DGFiP » est un service de l’organisme « Ministère de l’Économie et des Finances », "
        "d’après beta.gouv.fr."
    ) in dgfip
    assert "Oui depuis au moins le 7 septembre 2023, ligne 33 de la page" in dgfip
    assert "adressez-vous au coordinateur de votre établissement" in dgfip
    assert "« Élysée » désigne l’organisme « Services de la Présidence" in elysee
    assert "Votre recherche contient « ANSES »." in anses
    assert "Vérifiez que cet organisme est bien le vôtre." in university
    assert "« La liste ne le cite pas » ne sont pas des refus" in court


def test_nothing_found_says_what_the_list_contains_and_shows_the_ministries(visitor, run_searches):
    page = visitor.open("?q=mairie")
    section = page.locator("#resultats")

    assert (
        "16\u00a0ministères, 5\u00a0établissements publics, 3\u00a0institutions, "
        "2\u00a0administrations centrales et 1\u00a0juridiction"
    ) in section.inner_text()
    assert "essayez son nom complet ou son sigle" in section.inner_text()
    assert "contact@code.gouv.fr" in section.inner_text()
    section.get_by_text("voyez les ministères").click()
    page.locator("#resultats .result").nth(15).wait_for()
    assert page.locator("#resultats .result").count() == 16


def test_an_unknown_number_says_how_many_are_known(visitor, run_searches):
    (result,) = run_searches(visitor.open(), ["999999999"])

    known = [row for row in read_published("organismes") if row["siren"]]
    assert f"connu pour {len(known)} organismes" in result["text"].replace(NO_BREAK_SPACE, " ")


def test_a_later_page_answers_through_groups_and_successors(visitor, later_site, run_searches):
    page = visitor.open(folder=later_site)

    results = run_searches(
        page, ["anses", "ministère de la justice", "sorbonne université", "canopé"]
    )

    anses, justice, sorbonne, canope = results
    departure = "La liste ne le cite pas n’y est plus depuis au moins le 26 novembre 2024"
    assert departure in anses["text"].replace(NO_BREAK_SPACE, " ")
    assert justice["answers"][0] == "Oui, par le groupe «\u00a0Ministères français\u00a0»"
    assert sorbonne["answers"] == [
        "Oui, par «\u00a0Nouvelle Sorbonne\u00a0», qui l’a remplacé",
        "Oui",
    ]
    assert canope["answers"][0] == (
        "Oui, avec une précision de la liste\u00a0: «\u00a0lot Moodle\u00a0»"
    )
    assert page.locator("#resultats .said").first.evaluate(
        "(element) => element.classList.contains('precision')"
    )


RECORD_ANNOUNCEMENTS = """() => {
  window.announcements = [];
  const announcement = document.getElementById("annonce");
  const record = () => announcements.push(announcement.textContent);
  new MutationObserver(record).observe(announcement, { childList: true });
}"""


ANNOUNCEMENTS = {
    "inpi": (
        "Réponse pour « inpi ». Institut national de la propriété industrielle. "
        "Support logiciels libres : Oui. Expertise logiciels libres : Oui."
    ),
    "institut": (
        "2 organismes correspondent à « institut ». "
        "Institut national de la propriété industrielle. "
        "Support logiciels libres : Oui. Expertise logiciels libres : Oui. "
        "Institut des hautes études de défense nationale. "
        "Support logiciels libres : À vérifier : peut relever de « services et entités "
        "relevant du périmètre budgétaire des services du Premier ministre ». "
        "Expertise logiciels libres : Oui, avec une précision de la liste : « services et "
        "entités relevant du périmètre budgétaire de l’Institut des hautes études de défense "
        "nationale »."
    ),
    "ministère": "16 organismes correspondent à « ministère ».",
    "sorbone": (
        "La liste ne cite pas « sorbone ». Ce n’est pas un refus. "
        "Noms proches seulement : Sorbonne Université."
    ),
    "zzz": "La liste ne cite pas « zzz ». Ce n’est pas un refus.",
}


def test_a_result_is_announced_once_and_briefly(visitor):
    page = visitor.open()
    page.clock.install(time=dt.datetime(2026, 1, 1))
    page.clock.pause_at(dt.datetime(2026, 1, 2))  # however slowly the keys come
    page.evaluate(RECORD_ANNOUNCEMENTS)
    for query, announcement in ANNOUNCEMENTS.items():
        page.locator("#q").fill("")
        page.clock.run_for(2000)
        page.evaluate("announcements.length = 0")

        page.locator("#q").press_sequentially(query)
        page.clock.run_for(2000)
        page.keyboard.press("Enter")
        page.clock.run_for(2000)

        texts = page.evaluate("announcements")
        assert [text.replace(NO_BREAK_SPACE, " ") for text in texts] == [announcement]


def test_the_address_holds_the_search(visitor):
    page = visitor.open()

    page.locator("#q").fill("l'intérieur & co")
    page.wait_for_url("**/?q=l%27int%C3%A9rieur+%26+co")
    page.reload()

    assert page.locator("#q").input_value() == "l'intérieur & co"
    assert page.locator("#resultats h2").is_visible()


def test_the_button_and_the_enter_key_lead_to_the_results(visitor):
    page = visitor.open()
    page.locator("#q").fill("anses")

    page.get_by_role("button", name="Rechercher").click()
    assert page.evaluate("document.activeElement.textContent").startswith("Réponse pour")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/organismes/anses/")


def test_hostile_names_are_shown_and_do_nothing(visitor, later_site, run_searches):
    name = (
        "<img src=x onerror=pwned=1> ' onfocus=pwned=1 {{ 7*7 }} </script><script>pwned=1</script>"
    )
    page = visitor.open(folder=later_site)

    results = run_searches(page, ["<i>zz", "piège bis", name])

    texts = [result["text"].replace(NO_BREAK_SPACE, " ") for result in results]
    assert "La liste ne cite pas « <i>zz »" in texts[0]
    assert "« Piège <i>bis</i> » est un service de" in texts[1]
    assert name in texts[2]
    page.locator("#resultats h3 a").click()
    assert page.locator("h1").inner_text() == f"{name} (<b>X)"
    assert page.locator("main script, main img, main i, main b").count() == 0
    assert page.evaluate("window.pwned") is None
