"""The lookup page answers what people type, for everyone."""

import functools
import http.server
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from conftest import ROOT, call, need

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SEARCHES = {
    "anssi": "À vérifier : peut relever de",
    "justice": "Oui, cité par la page",
    "ministère de l'Intérieur et des Outre-mer": "Ministère de l'Intérieur",
    "outre mer ministere": "Ministère des Outre-mer",
    "outremer": "Ministère des Outre-mer",
    "Élysée": "Services de la Présidence de la République",
    "Bercy": "Ministère de l'Économie et des Finances",
    "DINUM": "relève de « Services du Premier ministre »",
    "DGFIP": "relève de « Ministère de l'Économie et des Finances »",
    "caf": "Caisse nationale des allocations familiales",
    "justise": "Ministère de la Justice",
    "130023385": "Sorbonne Université",
    "13002338500011": "Sorbonne Université",
    "123456789": "20 organismes sur 27",
    "zzz": "Ce n’est pas un refus",
}


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    dist = tmp_path_factory.mktemp("lookup")
    assert call("build_dist", "--out", dist).status == 0
    assert call("build_site", "--dist", dist, "--out", dist / "site").status == 0
    return dist / "site"


def pages(built):
    return {
        path.relative_to(built).as_posix(): path.read_text(encoding="utf-8") for path in built.rglob("*.html")
    }


def test_every_page_carries_the_day_of_the_version_and_that_of_the_package(built):
    version = re.search(r'"version": "(.+)"', (ROOT / "datapackage.json").read_text(encoding="utf-8"))[1]
    for name, html in pages(built).items():
        assert "1er septembre 2023" in html, name
        assert version in html, name


def test_every_internal_link_leads_somewhere(built):
    for name, html in pages(built).items():
        for link in re.findall(r'(?:href|src)="([^"#?:]+)[#"]', html):
            target = (built / name).parent / link if name != "404.html" else built / "index.html"
            assert target.exists() or (target / "index.html").exists(), f"{name}: {link}"


def test_the_home_page_gives_the_five_answers_and_no_bare_no(built):
    home = pages(built)["index.html"]
    for words in (
        "Oui, cité par la page",
        "Oui, par son groupe",
        "Oui, par le successeur",
        "À vérifier",
        "La page ne le cite pas",
    ):
        assert words in home
    assert not re.search(r">\s*Non\s*<", home)
    weight = sum((built / name).stat().st_size for name in ("index.html", "style.css", "script.js"))
    assert weight < 60_000


def test_a_line_of_the_page_is_linked_only_where_its_commit_is_known(built, checkout):
    assert "?plain=1#L" in pages(built)["organismes/sorbonne-universite/index.html"]
    checkout.edit("source/pages.yml", lambda text: re.sub(r"\n    commit: .*", "", text))
    dist = checkout.root / "dist"
    assert (
        checkout.call("extract").status
        == checkout.call("build_dist").status
        == checkout.call("build_site").status
        == 0
    )
    assert "#L" not in (dist / "site/organismes/sorbonne-universite/index.html").read_text(encoding="utf-8")


def test_a_stale_distribution_is_refused_in_one_line(checkout):
    assert checkout.call("build_dist").status == 0
    checkout.replace("datapackage.json", '"version": "', '"version": "9')
    result = checkout.call("build_site")
    assert (result.status, "make dist" in result.err) == (1, True)


@pytest.fixture(scope="session")
def address(built):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    path = need("chromium", "chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


@pytest.mark.programs
@pytest.mark.xdist_group("browser")
def test_what_people_type_is_answered(browser, address):
    page = browser.new_page()
    page.goto(address)
    for typed, words in SEARCHES.items():
        page.fill("input[type=search]", typed)
        page.wait_for_function(
            "words => document.querySelector('#resultats').textContent.replace(/\\s+/g, ' ').includes(words)",
            arg=words,
            timeout=3000,
        )
    page.close()


@pytest.mark.programs
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_overflows_a_phone(browser, address, scheme):
    page = browser.new_page(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    for path in (
        "",
        "?q=anssi",
        "changements/",
        "donnees/",
        "a-propos/",
        "accessibilite/",
        "organismes/sorbonne-universite/",
    ):
        page.goto(address + path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.close()


@pytest.mark.programs
@pytest.mark.xdist_group("browser")
def test_without_javascript_the_list_is_complete(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("tbody tr:visible").count() == 27
    context.close()
