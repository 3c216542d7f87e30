"""The lookup site in a real browser: what a person gets from it, with a mouse, a keyboard or a screen reader."""

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from conftest import PUBLIC, need, published

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("browser")]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
TEMPLATES = [
    *("", "changements/", "donnees/", "a-propos/", "accessibilite/", "404.html"),
    "organismes/institut-des-hautes-etudes-de-defense-nationale/",
    "organismes/services-du-premier-ministre/",
    *(
        f"?q={quote(text)}"
        for text in ("anssi", "ministère", "dinum", "sorbone", "zzz", "999999999")
    ),
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=need("chromium", "chromium"), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, site):
    """Opens pages of a site at its public address; fails when one complains or asks another host for anything."""
    contexts, faults = [], []

    def open_page(place: str = "", folder: Path = site, **options):
        def serve(route):
            if not route.request.url.startswith(PUBLIC):
                faults.append(route.request.url)
            file = folder / unquote(urlsplit(route.request.url.removeprefix(PUBLIC)).path)
            file = file / "index.html" if file.is_dir() else file
            found = file.is_file()
            route.fulfill(path=file if found else folder / "404.html", status=200 if found else 404)

        contexts.append(browser.new_context(base_url=PUBLIC, **options))
        contexts[-1].route(re.compile("^https?:"), serve)
        tab = contexts[-1].new_page()
        tab.on("console", lambda message: faults.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
        tab.goto(place)
        return tab

    open_page.faults = faults
    yield open_page
    for context in contexts:
        context.close()
    assert not faults


SEARCHES = """(queries) => queries.map((query) => {
    const field = document.getElementById("q");
    field.value = query;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const place = document.getElementById("resultats");
    const bodies = [...place.querySelectorAll("tbody tr th > a")].map((link) => link.getAttribute("href").split("/")[1]);
    return [query, [bodies, place.textContent.replace(/\\s+/gu, " ")]];
})"""


def searches(tab, queries) -> dict[str, tuple[list[str], str]]:
    """For each text: the slugs of the bodies shown, and all that is said."""
    return dict(tab.evaluate(SEARCHES, list(queries)))


def first(found: dict[str, tuple[list[str], str]]) -> dict[str, str | None]:
    """For each text: the body shown first."""
    return {query: next(iter(slugs), None) for query, (slugs, _) in found.items()}


BERCY = "ministere-de-l-economie-et-des-finances"
MATIGNON = "services-du-premier-ministre"
FOUND = {
    "ministère de l'Intérieur et des Outre-mer": "ministere-de-l-interieur",
    "elysee": "services-de-la-presidence-de-la-republique",
    "outremer": "ministere-des-outre-mer",
    "Bercy": BERCY,
    "DGFIP": BERCY,
    "ministère des finances": BERCY,
    "DINUM": MATIGNON,
    "premierministre": MATIGNON,
    "ministre premier": MATIGNON,
    "caf": "caisse-nationale-des-allocations-familiales",
    "lagriculture": "ministere-de-l-agriculture-et-de-l-alimentation",
    "ministère de la défense": "ministere-des-armees",
    "quai d orsay": "ministere-de-l-europe-et-des-affaires-etrangeres",
}
NEAR = {
    "ministère de la culture et du patrimoine": "ministere-de-la-culture",
    "agriculutre": "ministere-de-l-agriculture-et-de-l-alimentation",
    "ministaire de la justise": "ministere-de-la-justice",
    "conseil constitutionel": "conseil-constitutionnel",
    "dgifp": BERCY,
    "université de lille": "sorbonne-universite",
}
NOWHERE = ["mairie de paris", "ministère de la magie", "zzz", "?", "__proto__", "<hr>", "x" * 200]


def test_what_people_type_leads_to_the_body_they_mean(visit):
    found = searches(visit(), [*FOUND, *NEAR, *NOWHERE])
    assert first(found) == {**FOUND, **NEAR, **dict.fromkeys(NOWHERE)}
    for query, (_, said) in found.items():
        assert query in FOUND or f"La page ne nomme pas « {query} »" in said
        assert ("Ce n’est pas un refus" in said) == (query not in FOUND)
        assert ("Les noms les plus proches" in said) == (query in NEAR)


def test_every_body_is_found_by_its_name_its_labels_and_its_numbers(visit):
    expected = {
        row["libelle"]: row["organisme"] for row in published("beneficiaires") if row["rang"] != 4
    }
    for body in published("organismes"):
        name, siren = body["nom"], body["siren"]
        typed = [
            name,
            name.upper(),
            " ".join(reversed(name.replace("'", " ").split())),
            body["sigle"],
            siren,
        ]
        typed += [name.replace("'", slip) for slip in ("’", "`", "ʼ", " ", "")] + [
            name.replace("-", "")
        ]
        typed += (
            [f"{siren[:3]}\u00a0{siren[3:6]}\u202f{siren[6:]}", f"{siren}00015"] if siren else []
        )
        expected |= dict.fromkeys(filter(None, typed), body["organisme"])
    assert first(searches(visit(), expected)) == expected


def test_a_result_says_what_leads_to_the_body_and_what_the_page_answers(visit):
    queries = ("dinum", "élysée", "sorb", "ministère", "anssi", "999999999", "12345678901234")
    said = {query: each[1] for query, each in searches(visit(), queries).items()}
    assert (
        "La page ne nomme pas « DINUM », qui relève de « Services du Premier ministre » d’après "
        in said["dinum"]
    )
    assert "« La DINUM est un service du Premier ministre »" in said["dinum"]
    assert (
        "« Élysée » est un autre nom de « Services de la Présidence de la République »."
        in said["élysée"]
    )
    assert "C’est le seul nom de la liste qui corresponde." in said["sorb"]
    assert "16 organismes correspondent à « ministère »" in said["ministère"]
    assert "Support À vérifier : peut relever de « services et entités relevant" in said["anssi"]
    assert (
        "Expertise Oui, cité par la page depuis le 1er septembre 2023 au plus tard" in said["anssi"]
    )
    assert "adressez-vous au coordinateur de votre établissement" in said["anssi"]
    for number in queries[-2:]:
        assert f"Cette liste n’a pas le numéro « {number} »" in said[number]
        assert "Elle connaît le SIREN de 20 organismes sur 27" in said[number]
        assert "Cherchez-le par son nom" in said[number]


def test_a_later_page_is_searched_through_its_groups_and_successors(visit, later):
    found = searches(visit(folder=later), ["ministère de la justice", "ministères", "sorbonne"])
    assert [slugs for slugs, _ in found.values()] == [
        ["ministere-de-la-justice"],
        ["francais"],
        ["nouvelle-sorbonne", "sorbonne-universite"],
    ]
    assert (
        found["ministère de la justice"][1].count("Oui, par son groupe : Ministères français") == 1
    )


def test_the_list_is_filtered_by_contract_and_answer(visit):
    rows = published("couverture")
    tab = visit()
    for marche in ("", "support", "expertise"):
        for statut in ("", "cite", "groupe", "a_verifier", "non_cite"):
            tab.locator("#marche").select_option(marche)
            tab.locator("#reponse").select_option(statut)
            links = tab.locator(".list tbody tr:visible th > a")
            found = links.evaluate_all(
                "(links) => links.map((link) => link.getAttribute('href').split('/')[1])"
            )
            assert set(found) == {
                row["organisme"]
                for row in rows
                if marche in ("", row["marche"]) and statut in ("", row["statut"])
            }
            assert tab.locator("#compte").inner_text().split()[0] == str(len(found))
            assert tab.locator(".list thead th:visible").count() == (2 if marche else 3)


def test_the_address_holds_the_search_and_the_filters(visit):
    tab = visit()
    tab.locator("#marche").select_option("support")
    tab.locator("#reponse").select_option("a_verifier")
    tab.locator("#q").fill("l'intérieur & co")
    shared = "?q=l%27int%C3%A9rieur+%26+co&marche=support&reponse=a_verifier"
    tab.wait_for_url(lambda address: address == PUBLIC + shared)
    tab.goto(shared)
    assert tab.locator("#q").input_value() == "l'intérieur & co"
    assert tab.locator("#compte").inner_text() == "2\u00a0organismes"
    tab.goto("?marche=%22%5D&reponse=nope&q=anses")
    assert tab.locator("#compte").inner_text() == "27\u00a0organismes"
    assert tab.locator("#resultats article").count() == 1


def test_a_result_is_announced_once(visit):
    tab = visit()
    assert tab.locator("[aria-live], [role=status], [role=alert], output").count() == 1
    tab.clock.install(time=datetime(2026, 1, 1))
    tab.clock.pause_at(datetime(2026, 1, 2))  # however slowly the keys come
    tab.evaluate("""() => {
        window.said = [];
        const place = document.getElementById("annonce");
        new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true });
    }""")
    tab.locator("#q").press_sequentially("anses")
    tab.clock.run_for(2000)
    (said,) = tab.evaluate("said")
    assert said.startswith(
        "Réponse pour «\u00a0anses\u00a0». Agence nationale de sécurité sanitaire"
    )
    assert said.endswith(
        "(ANSES). Support. Oui, cité par la page. Expertise. Oui, cité par la page"
    )


def test_everything_can_be_done_with_the_keyboard(visit):
    tab = visit()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    while tab.evaluate("document.activeElement.id") != "q":
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement !== document.body")
    tab.keyboard.type("anses")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/organismes/agence-nationale-de-securite-sanitaire-*/")
    tab.goto("?q=999999999")
    tab.locator("#resultats a").first.press("Enter")
    assert tab.evaluate("document.activeElement.id || location.hash") in ("q", "#q")


FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    if (at === document.body) return null;
    return [[...document.querySelectorAll("*")].indexOf(at), style.outlineStyle, parseFloat(style.outlineWidth), box.width * box.height];
}"""


@pytest.mark.parametrize("address", ["?q=anssi", "donnees/", "organismes/cour-des-comptes/"])
def test_focus_is_visible_wherever_it_goes(visit, address):
    tab = visit(address)
    expected = tab.locator("a[href]:visible, input:visible, select:visible, pre:visible").count()
    reached = set()
    for _ in range(expected + 5):
        tab.keyboard.press("Tab")
        if (found := tab.evaluate(FOCUS)) is None:
            break
        index, style, width, area = found
        reached.add(index)
        assert style != "none" and width >= 2 and area > 0
    assert len(reached) >= expected


@pytest.mark.parametrize(
    ("scheme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})]
)
def test_axe_finds_nothing(visit, scheme, rules):
    tab = visit(color_scheme=scheme)
    for address in ("?q=anssi", "?q=sorbone", *TEMPLATES[1:7]):
        tab.goto(address)
        found = Axe().run(tab, options=rules)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


def test_nothing_overflows_a_phone_or_a_strong_zoom(visit):
    tab = visit(viewport={"width": 320, "height": 256}, device_scale_factor=4)
    for address in [*TEMPLATES, "?q=" + quote("x" * 200)]:
        tab.goto(address)
        wide = tab.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], address


def test_an_unknown_address_leads_home(visit):
    tab = visit("organismes/nulle/part")
    visit.faults[:] = [
        fault for fault in visit.faults if "404" not in fault
    ]  # the browser tells the status
    assert "Cette page n’existe pas" in tab.locator("h1").inner_text()
    assert tab.evaluate("getComputedStyle(document.querySelector('.page')).maxWidth") == "864px"
    tab.locator("main a").click()
    tab.wait_for_url(PUBLIC)


def test_it_works_from_a_disk(visit, site):
    tab = visit((site / "index.html").as_uri())
    tab.locator("#q").fill("sorbonne")
    tab.locator("#resultats th a").click()
    assert tab.locator("h1").inner_text() == "Sorbonne Université"
    tab.locator(".trail a").click()
    assert tab.locator(".list tbody tr").count() == 27


def test_without_javascript_the_list_is_complete(visit):
    tab = visit(java_script_enabled=False)
    assert tab.locator(".list tbody tr:visible").count() == 27
    assert not tab.locator("form:visible, #resultats > *").count()
    assert "Sans JavaScript" in tab.locator("main").inner_text()


def test_the_sign_of_an_answer_is_not_its_colour_alone(visit):
    tab = visit(forced_colors="active")
    signs = "(each) => getComputedStyle(each, '::before').content.split(' /')[0]"
    assert [each.evaluate(signs) for each in tab.locator(".legend dt").all()] == [
        '"✓"',
        '"✓"',
        '"✓"',
        '"?"',
        '"–"',
    ]


def test_print_and_reduced_motion(visit):
    tab = visit("?q=anses", reduced_motion="reduce")
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    tab.emulate_media(media="print")
    assert not tab.locator("nav, #recherche, #filtres").filter(visible=True).count()
    assert tab.locator("#resultats article").is_visible()
    assert tab.locator(".list .bodies").is_visible()


def test_hostile_names_are_shown_and_do_nothing(visit, later):
    name = (
        "<img src=x onerror=pwned=1> ' onfocus=pwned=1 {{ 7*7 }} </script><script>pwned=1</script>"
    )
    tab = visit(f"?q={quote(name)}", later)
    assert name in tab.locator("#resultats").inner_text()
    said = {query: told for query, (_, told) in searches(tab, ["<i>zz", "piège bis"]).items()}
    assert "La page ne nomme pas « <i>zz »" in said["<i>zz"]
    assert "La page ne nomme pas « Piège <i>bis</i> »" in said["piège bis"]
    assert "d’après <script>pwned=1</script>." in said["piège bis"]
    tab.locator("#resultats th a").click()
    assert tab.locator("h1").inner_text() == f"{name} (<b>X)"
    assert tab.locator("main script, main img, main i, main b").count() == 0
    assert tab.evaluate("window.pwned") is None
