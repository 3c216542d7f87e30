"""The lookup site in a real browser: what a person gets from it, with a mouse, a keyboard or a screen reader."""

import functools
import http.server
import json
import threading
import unicodedata
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from beneficiaires import labels
from conftest import ROOT, bullets, need, page, read_csv
from test_build_site import PUBLIC, build, website_checkout

__all__ = ["website_checkout"]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
BASE = urlsplit(PUBLIC).path
BODIES = read_csv((ROOT / "data/organismes.csv").read_bytes())
MEMBERS = read_csv((ROOT / "data/beneficiaires.csv").read_bytes())
RUN_AXE = Axe()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


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


@pytest.fixture(scope="session")
def served(site):
    """The address of the site on this machine, under a sub-path."""
    server = Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{BASE}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    chromium = need("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


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
        tab.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        host = urlsplit(address)[:2]
        tab.on("request", lambda request: urlsplit(request.url)[:2] == host or faults.append(request.url))
        tab.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error(e.violatedDirective))"
        )
        tab.goto(address)
        return tab

    open_page.faults = faults
    yield open_page
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture(scope="session")
def addresses(site):
    """The path of every page, the 404 page aside."""
    found = [str(path.relative_to(site)).removesuffix("index.html") for path in sorted(site.rglob("*.html"))]
    return [path for path in found if path != "404.html"]


@pytest.fixture(scope="module")
def home(browser, served):
    """One home page for the tests that only search."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(served)
    yield tab
    context.close()


def first(tab, query: str) -> str | None:
    """The slug of the first body that a search shows."""
    tab.locator("#q").fill(query)
    link = tab.locator("#resultats a[href*='organismes/']").first
    return link.get_attribute("href").split("/")[-2] if link.count() else None


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["organisme"])
def test_every_body_is_found_first(home, body):
    name = body["nom"]
    words = name.replace("'", " ").replace(",", "").split()
    queries = [
        name,
        f"  {name.lower()} ",
        plain(name).upper(),
        " ".join(reversed(words)),
        *(name.replace("'", slip) for slip in ("’", "`", "´", "ʼ", "′", " ", "", "''", " ' ", ";", "4")),
    ]
    queries += [
        row["libelle"] for row in MEMBERS if row["organisme"] == body["organisme"] and row["rang"] != "4"
    ]
    if body["sigle"]:
        queries += [body["sigle"], body["sigle"].lower(), f"({body['sigle']})", f"{name} ({body['sigle']})"]
    if siren := body["siren"]:
        queries += [siren, f"{siren[:3]} {siren[3:6]} {siren[6:]}", f"{siren}00015"]
        queries += [f"{siren[:3]}\u00a0{siren[3:6]}\u202f{siren[6:]}"]
    assert {query: first(home, query) for query in queries} == dict.fromkeys(queries, body["organisme"])


def test_the_answer_says_it_all_in_words(home):
    first(home, "premier ministre services")
    answer = home.locator("#resultats article")
    shown = answer.inner_text().replace("\u00a0", " ")
    assert "Services du Premier ministre" in shown
    assert "Oui, pour les deux marchés : support et expertise." in shown
    assert shown.count("Oui depuis le 1er septembre 2023 au plus tard") == 2
    assert shown.count("périmètre : services et entités relevant du périmètre budgétaire") == 2
    assert "contact@code.gouv.fr" in shown
    lines = [link.get_attribute("href") for link in answer.locator("a[href*='#L']").all()]
    assert [line.rpartition("#")[2] for line in lines] == ["L21", "L48"]
    assert all(
        line.startswith("https://github.com/codegouvfr/codegouvfr-website/blob/35a8ab1e") for line in lines
    )
    first(home, "anssi")
    assert "Oui pour expertise, non pour support." in answer.inner_text()


def test_an_ambiguous_search_answers_for_no_one(home):
    first(home, "ministère")
    assert home.locator("#resultats article").count() == 0
    assert "16 organismes correspondent" in home.locator("#resultats").inner_text()
    assert home.locator("#resultats li").count() == 8
    assert "Et 8 autres" in home.locator("#resultats").inner_text()


@pytest.mark.parametrize("query", ["mairie de paris", "999999999", "?", "zzz", "constructor", "__proto__"])
def test_no_result_says_what_it_means_and_what_to_do(home, query):
    assert first(home, query) is None
    shown = home.locator("#resultats").inner_text()
    assert f"Aucun organisme trouvé pour « {query} »" in shown.replace("\u00a0", " ")
    for said in ("Ce que cela veut dire", "Que faire", "contact@code.gouv.fr"):
        assert said in shown
    assert "Vouliez-vous dire" not in shown


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("agriculutre", "ministere-de-l-agriculture-et-de-l-alimentation"),
        ("sorbone", "sorbonne-universite"),
        ("conseil constitutionel", "conseil-constitutionnel"),
        (
            "ansess",
            "agence-nationale-de-securite-sanitaire-de-l-alimentation-de-l-environnement-et-du-travail",
        ),
    ],
)
def test_a_slip_is_offered_as_a_question_never_as_an_answer(home, query, slug):
    assert first(home, query) == slug
    assert "Aucun organisme trouvé" in home.locator("#resultats").inner_text()
    assert "Vouliez-vous dire" in home.locator("#resultats").inner_text()


def test_an_empty_field_shows_no_result(home):
    first(home, "anses")
    home.locator("#q").fill("   ")
    assert home.locator("#resultats").inner_text() == ""


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cn", "Co")), max_size=40) | st.lists(
    st.sampled_from([*"'’`()-.4œŒæßẞİςΣﬁÅé½²Ⅷ", "L'", "d’", " DE LA ", "(ANSES)", "\u00a0", "Économie", "et"])
).map("".join)


@settings(max_examples=400)
@given(texts=st.lists(TEXTS, min_size=20, max_size=20))
def test_the_key_of_the_page_is_that_of_the_registry(home, texts):
    script = """(texts) => {
        const { key } = keyMaker(JSON.parse(document.getElementById("recherche").dataset.rules));
        return texts.map((text) => key(text).join(" "));
    }"""
    # Cherokee letters and the dotless i alone fold otherwise in JavaScript.
    texts = [
        "".join(c for c in text if c != "ı" and "CHEROKEE" not in unicodedata.name(c, "")) for text in texts
    ]
    assert home.evaluate(script, texts) == [labels.key(text) for text in texts]


def test_the_address_holds_the_search_and_the_filters(visit, served):
    tab = visit(served)
    tab.locator("#q").fill("l'intérieur & co")
    tab.locator("#categorie").select_option("ministere")
    tab.locator("#marche").select_option("support")
    shared = f"{served}?q=l%27int%C3%A9rieur+%26+co&categorie=ministere&marche=support"
    tab.wait_for_url(lambda address: address == shared)
    again = visit(shared)
    assert again.locator("#q").input_value() == "l'intérieur & co"
    assert again.locator("#compte").inner_text() == "16 organismes"
    again.locator("#q").fill("")
    again.locator("#categorie").select_option("")
    again.locator("#marche").select_option("")
    again.wait_for_url(lambda address: address == served)


def test_the_list_is_filtered_by_category_and_contract(visit, served):
    tab = visit(served)

    def shown() -> set[str]:
        links = tab.locator(".bodies tbody tr:visible th a").all()
        return {link.get_attribute("href").split("/")[1] for link in links}

    for contract in ("", "support", "expertise"):
        for category in ("", *{body["categorie"] for body in BODIES}):
            tab.locator("#marche").select_option(contract)
            tab.locator("#categorie").select_option(category)
            assert shown() == {
                body["organisme"]
                for body in BODIES
                if category in ("", body["categorie"]) and (not contract or body[contract] == "true")
            }


def test_a_shared_address_with_unknown_filters_still_shows_the_list(visit, served):
    tab = visit(f"{served}?categorie=nope&marche=%22%3E&q=anses")
    assert tab.locator("#compte").inner_text() == f"{len(BODIES)} organismes"
    assert tab.locator("#resultats article").count() == 1


def test_a_result_is_announced_once(visit, served):
    tab = visit(served)
    assert tab.locator("[aria-live], [role=status], [role=alert], output").count() == 1
    tab.evaluate("""() => {
        window.said = [];
        const place = document.getElementById("annonce");
        new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true, subtree: true, characterData: true });
    }""")
    tab.locator("#q").press_sequentially("anses", delay=30)
    tab.wait_for_timeout(1500)
    (said,) = tab.evaluate("said")
    assert said.startswith("Agence nationale de sécurité sanitaire")
    assert said.endswith("(ANSES). Oui, pour les deux marchés : support et expertise.")
    tab.locator("#q").press_sequentially("zzz", delay=30)
    tab.wait_for_timeout(1500)
    assert tab.evaluate("said")[1:] == ["Aucun organisme trouvé."]


def test_everything_can_be_done_with_the_keyboard(visit, served):
    tab = visit(served)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.id") == "q":
            break
    tab.keyboard.type("anses")
    tab.keyboard.press("Enter")
    assert "anses" not in tab.evaluate("document.activeElement.tagName").lower()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/organismes/agence-nationale-de-securite-sanitaire-*/")
    assert "(ANSES)" in tab.locator("h1").inner_text()


def test_focus_is_visible_wherever_it_goes(visit, served, addresses):
    tab = visit(served)
    for address in ("", "donnees/", "changements/", "organismes/sorbonne-universite/"):
        tab.goto(served + address)
        expected = tab.locator(
            "a[href]:visible, input:visible, select:visible, summary:visible, pre:visible"
        ).count()
        reached = set()
        for _ in range(expected + 5):
            tab.keyboard.press("Tab")
            found = tab.evaluate("""() => {
                const at = document.activeElement;
                if (at === document.body) return null;
                const style = getComputedStyle(at);
                const every = [...document.querySelectorAll("*")];
                const box = at.getBoundingClientRect();
                return [every.indexOf(at), style.outlineStyle, parseFloat(style.outlineWidth), box.width * box.height];
            }""")
            if found is None:
                break
            index, style, width, area = found
            reached.add(index)
            assert style != "none" and width >= 2 and area > 0
        assert len(reached) >= expected


def test_nothing_overflows_a_phone_or_a_strong_zoom(visit, served, addresses):
    narrow = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
    tab = visit(served, **narrow)
    for address in [*addresses, "404.html", "?q=anses", "?q=ministere", "?q=" + quote("x" * 300)]:
        tab.goto(served + address)
        wide = tab.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visit, served, addresses, scheme):
    tab = visit(served, color_scheme=scheme)
    for address in [*addresses, "404.html", "?q=anses", "?q=anssi", "?q=ministere", "?q=zzz", "?q=sorbone"]:
        tab.goto(served + address)
        if address.startswith("?q="):
            tab.wait_for_selector("#resultats > *")
        found = RUN_AXE.run(tab)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


def test_every_page_is_silent_on_the_web_and_on_a_disk(visit, served, site, addresses):
    tab = visit(served)
    for address in [*addresses, "404.html"]:
        assert tab.goto(served + address).ok
        assert tab.locator("main").is_visible()
    disk = visit(site.joinpath("index.html").as_uri())
    for address in addresses:
        path = site / address
        disk.goto((path / "index.html" if path.is_dir() else path).as_uri())
        assert disk.evaluate("getComputedStyle(document.querySelector('.page')).maxWidth") == "800px"


def test_an_unknown_address_leads_home(visit, served):
    tab = visit(served)
    tab.goto(f"{served}organismes/nulle/part")
    visit.faults[:] = [fault for fault in visit.faults if "404" not in fault]  # the browser tells the status
    assert "Cette page n’existe pas" in tab.locator("h1").inner_text()
    assert tab.evaluate("getComputedStyle(document.querySelector('.page')).maxWidth") == "800px"
    tab.locator("main a").click()
    tab.wait_for_url(served)


def test_it_works_from_a_disk(visit, site):
    tab = visit((site / "index.html").as_uri())
    tab.locator("#q").fill("sorbonne")
    tab.locator("#resultats a").first.click()
    assert tab.locator("h1").inner_text() == "Sorbonne Université"
    tab.locator(".trail a").click()
    assert tab.locator(".bodies tbody tr").count() == len(BODIES)


def test_without_javascript_the_list_is_complete(visit, served):
    tab = visit(served, java_script_enabled=False)
    assert tab.locator(".bodies tbody tr:visible").count() == len(BODIES)
    assert not tab.locator("form:visible").count()
    assert "Sans JavaScript" in tab.locator("main").inner_text()
    tab.locator(".bodies tbody a").first.click()
    assert "Oui" in tab.locator("p.verdict").inner_text()


def test_print_and_reduced_motion(visit, served):
    tab = visit(f"{served}?q=anses", reduced_motion="reduce")
    scroll = "getComputedStyle(document.documentElement).scrollBehavior"
    assert tab.evaluate(scroll) == "auto"
    tab.emulate_media(media="print")
    assert not tab.locator("nav, #recherche, #filtres").filter(visible=True).count()
    assert tab.locator("#resultats article").is_visible()
    assert tab.locator(".bodies").is_visible()


HOSTILE = {
    "a-balise": "<script>window.pwned=1</script> <img src=x onerror=pwned=1>",
    "a-attribut": 'Guillemet" onmouseover="pwned=1" autofocus onfocus=\'pwned=1',
    "a-accolades": "{{ 7*7 }} {% raw %} </textarea></template></title>",
    "a-droite": "Droite \u202eegdelt\u202c \u05d0\u05d1\u05d2 fin",
}


def test_hostile_names_are_shown_and_do_nothing(visit, website_checkout):
    entries = "".join(
        f"{slug}:\n  nom: {json.dumps(name)}\n  sigle: '<b>X'\n  categorie: juridiction\n"
        + (
            "  site: 'javascript:pwned=1'\n  sources: {site: {preuves: [test]}}\n"
            if slug == "a-balise"
            else ""
        )
        for slug, name in sorted(HOSTILE.items())
    )
    website_checkout.edit(
        "source/organismes.yml", lambda text: text.replace("\nagence-", f"\n{entries}\nagence-", 1)
    )
    safe = [" ".join(labels.words(name)).capitalize() for name in HOSTILE.values()]
    quote_bullet = 'Guillemet" onmouseover="pwned=1" autofocus onfocus=\'pwned=1'
    website_checkout.publish(page(*safe, expertise=bullets(f"La {quote_bullet}", *(safe[:1] + safe[2:]))))
    site = build(website_checkout)
    tab = visit((site / "index.html").as_uri())
    for slug, name in HOSTILE.items():
        tab.goto(f"{(site / 'index.html').as_uri()}?q={quote(name)}")
        assert first(tab, name) == slug
        assert " ".join(name.split()) in " ".join(tab.locator("#resultats article h2").inner_text().split())
        tab.locator("#resultats h2 a").hover()
        tab.goto((site / f"organismes/{slug}/index.html").as_uri())
        assert " ".join(name.split()) in " ".join(tab.locator("h1").inner_text().split())
        assert tab.evaluate("window.pwned") is None
        assert tab.locator("h1 script, h1 img, h1 b").count() == 0
        assert tab.locator("a[href^='javascript']").count() == 0
        isolated = tab.evaluate("getComputedStyle(document.querySelector('h1 bdi')).unicodeBidi")
        assert isolated == "isolate"
    tab.goto(f"{(site / 'index.html').as_uri()}?q=%3Cimg%20src%3Dx%20onerror%3Dpwned%3D1%3E%22zz")
    assert '<img src=x onerror=pwned=1>"zz' in tab.locator("#resultats").inner_text()
    assert tab.evaluate("window.pwned") is None


def test_headings_go_down_one_step_at_a_time(visit, served, addresses):
    tab = visit(served)
    for address in [*addresses, "?q=anses", "?q=zzz"]:
        tab.goto(served + address)
        levels = tab.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => +h.tagName[1])")
        assert levels[0] == 1
        assert all(below - above <= 1 for above, below in pairwise(levels)), address
