"""The lookup site for everybody: keyboard, screen readers, zoom, print, no script, any place."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from helpers import PUBLIC

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("site")]

ADDRESSES = [
    "",
    "?q=anssi",
    "?q=minist%C3%A8re",
    "?q=sorbone",
    "changements/",
    "donnees/",
    "donnees/dictionnaire/",
    "a-propos/",
    "accessibilite/",
    "404.html",
    "organismes/ihedn/",
]
LATER_ADDRESSES = ["?q=canop%C3%A9", "changements/", "organismes/reseau-canope/"]


CONTRAST = """async (selector) => {
  const results = await axe.run(selector, { runOnly: ["color-contrast"] });
  return results.violations.flatMap(({ nodes }) => nodes.map(({ html }) => html));
}"""


def test_axe_finds_nothing_in_the_light_nor_in_the_dark(visitor, later_site):
    for folder, addresses in ((visitor.folder, ADDRESSES), (later_site, LATER_ADDRESSES)):
        page = visitor.open(folder=folder)
        for address in addresses:
            part = "#resultats" if address.startswith("?q=") else "html"  # the rest is the same
            page.emulate_media(color_scheme="light")
            page.goto(address)
            results = Axe().run(page, part)
            page.emulate_media(color_scheme="dark")
            faint_in_the_dark = page.evaluate(CONTRAST, part)

            assert results.violations_count == 0, f"{address}: {results.generate_report()}"
            assert (address, faint_in_the_dark) == (address, [])


FOCUS = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  if (element === document.body) return null;
  const place = Array.from(document.querySelectorAll("*")).indexOf(element);
  return { place, style: style.outlineStyle, width: parseFloat(style.outlineWidth) };
}"""


@pytest.mark.parametrize("address", ["?q=anssi", "donnees/", "organismes/cour-des-comptes/"])
def test_the_keyboard_reaches_everything_and_the_focus_is_visible(visitor, address):
    page = visitor.open(address)
    focusable = "a[href]:visible, input:visible, button:visible, [tabindex='0']:visible"
    count = page.locator(focusable).count()

    places = set()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    while (focus := page.evaluate(FOCUS)) is not None and focus["place"] not in places:
        places.add(focus["place"])
        assert focus["style"] != "none" and focus["width"] >= 2
        page.keyboard.press("Tab")

    assert len(places) >= count


def test_one_region_alone_is_announced_and_headings_are_in_order(visitor):
    page = visitor.open("?q=anssi")

    live = page.locator("[aria-live], [role=status], [role=alert], output")
    headings = page.locator("h1, h2, h3, h4").evaluate_all(
        "(elements) => elements.map((element) => Number(element.tagName[1]))"
    )

    assert live.count() == 1
    assert headings[0] == 1
    for level, following in pairwise(headings):
        assert following <= level + 1


def test_nothing_overflows_a_small_screen_or_a_strong_zoom(visitor, later_site):
    addresses = [*ADDRESSES, "?q=" + "x" * 200]
    page = visitor.open(viewport={"width": 320, "height": 256})
    later_page = visitor.open(folder=later_site, viewport={"width": 320, "height": 256})

    for tab, places in ((page, addresses), (later_page, LATER_ADDRESSES)):
        for address in places:
            tab.goto(address)
            content_width = tab.evaluate("document.scrollingElement.scrollWidth")
            assert content_width <= 320, address


def test_the_sign_of_an_answer_is_not_its_colour_alone(visitor, later_site):
    page = visitor.open(folder=later_site, forced_colors="active")

    signs = page.locator(".legend dt").evaluate_all(
        "(terms) => terms.map((term) => getComputedStyle(term, '::before').content[1])"
    )

    assert signs == ["✓", "!", "✓", "?", "–"]


def test_an_answer_says_its_contract_where_a_small_screen_undoes_the_table(visitor):
    page = visitor.open(viewport={"width": 390, "height": 844})

    labels = page.locator(".organisations tbody tr:first-child td").evaluate_all(
        "(cells) => cells.map((cell) => getComputedStyle(cell, '::before').content)"
    )

    assert labels == ['"Support "', '"Expertise "']
    assert not page.locator("[aria-hidden]").count()


def test_without_javascript_the_list_is_complete(visitor):
    page = visitor.open(java_script_enabled=False)

    assert page.locator(".organisations tbody tr:visible").count() == 27
    assert not page.locator("form:visible, #resultats > *").count()
    assert "Sans JavaScript" in page.locator("main").inner_text()


def test_an_unknown_address_is_styled_anywhere_and_leads_home(visitor, site):
    page = visitor.open("organismes/nulle/part")
    visitor.faults.clear()  # the browser reports the status 404

    assert page.locator("h1").inner_text() == "Cette page n’existe pas"
    page.locator("main a").click()
    page.wait_for_url(PUBLIC)
    page.goto((site / "404.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).maxWidth") == "864px"


def test_print_shows_the_answer_and_the_list(visitor):
    page = visitor.open("?q=anses", reduced_motion="reduce")

    page.emulate_media(media="print")

    assert page.locator("#resultats .result").is_visible()
    assert page.locator(".organisations").is_visible()
    assert not page.locator("nav, .search").filter(visible=True).count()
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
