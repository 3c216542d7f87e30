"""The lookup site in a real browser: what a person gets from it, with a mouse, a keyboard or a screen reader."""

import functools
import http.server
import json
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from conftest import ROOT, need

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("browser")]

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
BASE = "/marches-logiciels-libres-beneficiaires/"
TEMPLATES = [
    *("", "changements/", "donnees/", "a-propos/", "accessibilite/", "404.html"),
    "organismes/institut-des-hautes-etudes-de-defense-nationale/",
    "organismes/services-du-premier-ministre/",
    *(f"?q={quote(text)}" for text in ("anssi", "ministère", "dinum", "sorbone", "zzz", "999999999")),
]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a site under the path of its public address, and its 404 page anywhere else."""

    def translate_path(self, path):
        return super().translate_path("/" + path.removeprefix(BASE) if path.startswith(BASE) else "/nowhere/")

    def send_error(self, code, *_):
        body = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(folder: Path):
    """The address of a site on this machine, under a sub-path."""
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{BASE}"
        server.shutdown()


@pytest.fixture(scope="session")
def served(site):
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def later_served(later):
    with serving(later) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=need("chromium", "chromium"), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Opens pages, and fails the test when one of them complains or asks another host for anything."""
    contexts, faults = [], []

    def open_page(address: str, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: faults.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
        host = urlsplit(address)[:2]
        tab.on("request", lambda request: urlsplit(request.url)[:2] == host or faults.append(request.url))
        tab.goto(address)
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
    return [bodies, place.querySelector("h2")?.textContent ?? "", place.textContent.replace(/\\s+/gu, " ")];
})"""


def searches(tab, queries: list[str]) -> dict[str, tuple[list[str], str, str]]:
    """For each text: the slugs of the bodies shown, the heading, all that is said."""
    return {query: tuple(found) for query, found in zip(queries, tab.evaluate(SEARCHES, queries), strict=True)}


def shown(tab) -> str:
    return " ".join(tab.locator("#resultats").inner_text().split())


BERCY = "ministere-de-l-economie-et-des-finances"
MATIGNON = "services-du-premier-ministre"
FOUND = {
    "ministère de l'Intérieur et des Outre-mer": "ministere-de-l-interieur",
    "ministère de l'intérieur": "ministere-de-l-interieur",
    "Élysée": "services-de-la-presidence-de-la-republique",
    "elysee": "services-de-la-presidence-de-la-republique",
    "outremer": "ministere-des-outre-mer",
    "Outre mer": "ministere-des-outre-mer",
    "Bercy": BERCY,
    "DGFIP": BERCY,
    "ministère des finances": BERCY,
    "DINUM": MATIGNON,
    "premierministre": MATIGNON,
    "ministre premier": MATIGNON,
    "caf": "caisse-nationale-des-allocations-familiales",
    "lagriculture": "ministere-de-l-agriculture-et-de-l-alimentation",
    "ministère de la défense": "ministere-des-armees",
    "ministère de la santé": "ministere-des-solidarites-et-de-la-sante",
    "ministère de l'éducation": "ministere-de-l-education-nationale-et-de-la-jeunesse",
    "travail": "ministere-du-travail",
    "sports": "ministere-des-sports",
    "quai d orsay": "ministere-de-l-europe-et-des-affaires-etrangeres",
    "130 007 669": "agence-nationale-de-la-securite-des-systemes-d-information",
    "130007669 00018": "agence-nationale-de-la-securite-des-systemes-d-information",
}
NEAR = {
    "ministère de la culture et du patrimoine": "ministere-de-la-culture",
    "ministère de l'intérieur et de la sécurité": "ministere-de-l-interieur",
    "ministre de la culture": "ministere-de-la-culture",
    "agriculutre": "ministere-de-l-agriculture-et-de-l-alimentation",
    "ministaire de la justise": "ministere-de-la-justice",
    "conseil constitutionel": "conseil-constitutionnel",
    "sorbone": "sorbonne-universite",
    "dgifp": BERCY,
    "université de lille": "sorbonne-universite",
}
NOWHERE = [
    *["mairie de paris", "insee", "ministère de la magie", "zzz", "?", "constructor", "__proto__", "<hr>"],
    "x" * 200,
]


def test_what_people_type_leads_to_the_body_they_mean(visit, served):
    found = searches(visit(served), [*FOUND, *NEAR, *NOWHERE])
    assert {query: found[query][0][:1] for query in FOUND} == {query: [slug] for query, slug in FOUND.items()}
    assert {query: found[query][0][:1] for query in NEAR} == {query: [slug] for query, slug in NEAR.items()}
    assert not [query for query in FOUND if "ne nomme pas" in found[query][1]]
    for query in [*NEAR, *NOWHERE]:
        slugs, heading, said = found[query]
        assert " ".join(heading.split()) == f"La page ne nomme pas « {query} »"
        assert "Ce n’est pas un refus" in said and "contact@code.gouv.fr" in said
        assert ("Les noms les plus proches" in said) == bool(slugs) == (query in NEAR)


def test_every_body_is_found_by_its_name_its_labels_and_its_numbers(visit, served):
    rows = json.loads((ROOT / "data/beneficiaires.json").read_text(encoding="utf-8"))
    expected = {}
    for body in json.loads((ROOT / "data/organismes.json").read_text(encoding="utf-8")):
        name, siren = body["nom"], body["siren"]
        typed = [name, name.upper(), " ".join(reversed(name.replace("'", " ").split())), body["sigle"], siren]
        typed += [name.replace("'", slip) for slip in "’`ʼ′ ;"] + [name.replace("'", ""), name.replace("-", "")]
        typed += [
            row["libelle"]
            for row in rows
            if (row["organisme"], row["rang"]) == (body["organisme"], row["rang"]) and row["rang"] != 4
        ]
        typed += [f"{siren[:3]}\u00a0{siren[3:6]}\u202f{siren[6:]}", f"{siren}00015"] if siren else []
        expected |= dict.fromkeys(filter(None, typed), body["organisme"])
    found = searches(visit(served), list(expected))
    assert {query: found[query][0][:1] for query in expected} == {query: [slug] for query, slug in expected.items()}


def test_a_service_or_another_name_says_what_leads_to_the_body(visit, served):
    found = searches(visit(served), ["dinum", "élysée", "sorb", "ministère", "999999999", "12345678901234"])
    said = {query: each[2] for query, each in found.items()}
    assert "La page ne nomme pas « DINUM », qui relève de « Services du Premier ministre » d’après " in said["dinum"]
    assert "« La DINUM est un service du Premier ministre »" in said["dinum"]
    assert "« Élysée » est un autre nom de « Services de la Présidence de la République »." in said["élysée"]
    assert "C’est le seul nom de la liste qui corresponde." in said["sorb"]
    assert "16 organismes correspondent à « ministère »" in said["ministère"]
    for number in ("999999999", "12345678901234"):
        assert f"Cette liste n’a pas le numéro « {number} »" in said[number]
        assert "Elle connaît le SIREN de 20 organismes sur 27" in said[number]
        assert "Cherchez-le par son nom" in said[number]


def test_the_answer_says_it_all_in_words(visit, served):
    tab = visit(f"{served}?q=anssi")
    said = shown(tab)
    assert "Agence nationale de la sécurité des systèmes d'information (ANSSI)" in said
    assert "Support À vérifier : peut relever de « services et entités relevant" in said
    assert "Expertise Oui, cité par la page depuis le 1er septembre 2023 au plus tard" in said
    assert "adressez-vous au coordinateur de votre établissement" in said


def test_on_a_later_page_justice_answers_yes_through_the_group(visit, later_served):
    tab = visit(f"{later_served}?q=justice")
    assert shown(tab).count("Oui, par son groupe : Ministères français") == 1
    slugs = searches(tab, ["ministère de la justice", "ministères", "sorbonne"])
    assert slugs["ministère de la justice"][0] == ["ministere-de-la-justice"]
    assert slugs["ministères"][0] == ["francais"]
    assert slugs["sorbonne"][0] == ["nouvelle-sorbonne", "sorbonne-universite"]


def test_the_list_is_filtered_by_contract_and_answer(visit, served):
    rows = json.loads((ROOT / "data/couverture.json").read_text(encoding="utf-8"))
    tab = visit(served)
    for marche in ("", "support", "expertise"):
        for statut in ("", "cite", "groupe", "a_verifier", "non_cite"):
            tab.locator("#marche").select_option(marche)
            tab.locator("#reponse").select_option(statut)
            links = tab.locator(".list tbody tr:visible th > a")
            found = links.evaluate_all("(links) => links.map((link) => link.getAttribute('href').split('/')[1])")
            assert set(found) == {
                row["organisme"] for row in rows if marche in ("", row["marche"]) and statut in ("", row["statut"])
            }
            assert tab.locator("#compte").inner_text().split()[0] == str(len(found))
            assert tab.locator(".list thead th:visible").count() == (2 if marche else 3)


def test_the_address_holds_the_search_and_the_filters(visit, served):
    tab = visit(served)
    tab.locator("#marche").select_option("support")
    tab.locator("#reponse").select_option("a_verifier")
    tab.locator("#q").fill("l'intérieur & co")
    shared = f"{served}?q=l%27int%C3%A9rieur+%26+co&marche=support&reponse=a_verifier"
    tab.wait_for_url(lambda address: address == shared)
    again = visit(shared)
    assert again.locator("#q").input_value() == "l'intérieur & co"
    assert again.locator("#compte").inner_text() == "2\u00a0organismes"
    wrong = visit(f"{served}?marche=%22%5D&reponse=nope&q=anses")
    assert wrong.locator("#compte").inner_text() == "27\u00a0organismes"
    assert wrong.locator("#resultats article").count() == 1


def test_a_result_is_announced_once(visit, served):
    tab = visit(served)
    assert tab.locator("[aria-live], [role=status], [role=alert], output").count() == 1
    tab.clock.install()
    tab.evaluate("""() => {
        window.said = [];
        const place = document.getElementById("annonce");
        new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true });
    }""")
    tab.locator("#q").press_sequentially("anses")
    tab.clock.run_for(2000)
    (said,) = tab.evaluate("said")
    assert said.startswith("Réponse pour «\u00a0anses\u00a0». Agence nationale de sécurité sanitaire")
    assert said.endswith("(ANSES). Support. Oui, cité par la page. Expertise. Oui, cité par la page")


def test_everything_can_be_done_with_the_keyboard(visit, served):
    tab = visit(served)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    while tab.evaluate("document.activeElement.id") != "q":
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement !== document.body")
    tab.keyboard.type("anses")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/organismes/agence-nationale-de-securite-sanitaire-*/")
    tab.goto(f"{served}?q=999999999")
    tab.locator("#resultats a").first.press("Enter")
    assert tab.evaluate("document.activeElement.id || location.hash") in ("q", "#q")


FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    if (at === document.body) return null;
    return [[...document.querySelectorAll("*")].indexOf(at), style.outlineStyle, parseFloat(style.outlineWidth), box.width * box.height];
}"""


@pytest.mark.parametrize("address", ["?q=anssi", "donnees/", "organismes/cour-des-comptes/"])
def test_focus_is_visible_wherever_it_goes(visit, served, address):
    tab = visit(served + address)
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


@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})])
def test_axe_finds_nothing(visit, served, scheme, rules):
    tab = visit(served, color_scheme=scheme)
    for address in ("?q=anssi", "?q=sorbone", *TEMPLATES[1:7]):
        tab.goto(served + address)
        found = Axe().run(tab, options=rules)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


def test_nothing_overflows_a_phone_or_a_strong_zoom(visit, served):
    tab = visit(served, viewport={"width": 320, "height": 256}, device_scale_factor=4)
    for address in [*TEMPLATES, "?q=" + quote("x" * 200)]:
        tab.goto(served + address)
        wide = tab.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], address


def test_an_unknown_address_leads_home(visit, served):
    tab = visit(served)
    tab.goto(f"{served}organismes/nulle/part")
    visit.faults[:] = [fault for fault in visit.faults if "404" not in fault]  # the browser tells the status
    assert "Cette page n’existe pas" in tab.locator("h1").inner_text()
    assert tab.evaluate("getComputedStyle(document.querySelector('.page')).maxWidth") == "864px"
    tab.locator("main a").click()
    tab.wait_for_url(served)


def test_it_works_from_a_disk(visit, site):
    tab = visit((site / "index.html").as_uri())
    tab.locator("#q").fill("sorbonne")
    tab.locator("#resultats th a").click()
    assert tab.locator("h1").inner_text() == "Sorbonne Université"
    tab.locator(".trail a").click()
    assert tab.locator(".list tbody tr").count() == 27


def test_without_javascript_the_list_is_complete(visit, served):
    tab = visit(served, java_script_enabled=False)
    assert tab.locator(".list tbody tr:visible").count() == 27
    assert not tab.locator("form:visible, #resultats > *").count()
    assert "Sans JavaScript" in tab.locator("main").inner_text()
    tab.locator(".list tbody a").first.click()
    assert "À vérifier" in tab.locator(".answers").inner_text()


def test_the_sign_of_an_answer_is_not_its_colour_alone(visit, served):
    tab = visit(served, forced_colors="active")
    signs = "(each) => getComputedStyle(each, '::before').content.split(' /')[0]"
    found = {each.inner_text(): each.evaluate(signs) for each in tab.locator(".legend dt").all()}
    assert list(found.values()) == ['"✓"', '"✓"', '"✓"', '"?"', '"–"']


def test_print_and_reduced_motion(visit, served):
    tab = visit(f"{served}?q=anses", reduced_motion="reduce")
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    tab.emulate_media(media="print")
    assert not tab.locator("nav, #recherche, #filtres").filter(visible=True).count()
    assert tab.locator("#resultats article").is_visible()
    assert tab.locator(".list .bodies").is_visible()


def test_hostile_names_are_shown_and_do_nothing(visit, later_served):
    name = "<img src=x onerror=pwned=1> ' onfocus=pwned=1 {{ 7*7 }} </script><script>pwned=1</script>"
    tab = visit(f"{later_served}?q={quote(name)}")
    assert name in shown(tab)
    tab.locator("#q").fill("piège bis")
    assert "La page ne nomme pas « Piège <i>bis</i> »" in shown(tab)
    assert "d’après <script>pwned=1</script>." in shown(tab)
    tab.locator("#resultats th a").click()
    assert tab.locator("h1").inner_text() == f"{name} (<b>X)"
    assert tab.locator("main script, main img, main i, main b").count() == 0
    assert tab.evaluate("window.pwned") is None
    tab.goto(f"{later_served}?q={quote('<img src=x onerror=pwned=1>zz')}")
    assert "<img src=x onerror=pwned=1>zz" in shown(tab) and tab.evaluate("window.pwned") is None
