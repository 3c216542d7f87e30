"""The lookup sites that the tests visit, each built once, and the browser that visits them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from helpers import PUBLIC, ProjectCopy, copy_project, find_program, make_page

BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]

LATER_ORGANISATIONS = """
ministeres-francais:
  nom: Ministères français
  categorie: collectif
  membres: {categorie: ministere, preuve: Le nom les désigne tous.}

nouvelle-sorbonne:
  nom: Nouvelle Sorbonne
  categorie: etablissement-public
  succede_a: [{organisme: sorbonne-universite, preuve: Un décret.}]

reseau-canope:
  nom: Réseau Canopé
  categorie: etablissement-public

piege:
  nom: "<img src=x onerror=pwned=1> ' onfocus=pwned=1 {{ 7*7 }} </script><script>pwned=1</script>"
  sigle: <b>X
  categorie: juridiction
  autres_noms:
    - nom: Piège <i>bis</i>
      preuve: <script>pwned=1</script>
      service: true
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """Build the site of the project as it stands. Return its folder."""
    return build(copy_project(tmp_path_factory.mktemp("site") / "project"))


@pytest.fixture(scope="session")
def later_site(tmp_path_factory) -> Path:
    """Build an official site whose newest page has a group, a successor, a scope, a hostile name.

    The commit of that page is not known. Return the folder of the site.
    """
    project = copy_project(tmp_path_factory.mktemp("later") / "project")
    project.edit_text("source/organismes.yml", lambda text: text + LATER_ORGANISATIONS)
    project.replace_text("source/publication.yml", "site_officiel: false", "site_officiel: true")
    project.add_page(
        make_page(
            ["Les ministères français", "Nouvelle Sorbonne", "Réseau Canopé : lot Moodle"],
            ["La Cour des comptes", "Sorbonne Université"],
        )
    )
    return build(project)


def build(project: ProjectCopy) -> Path:
    """Build the distribution and the site of a project. Return the folder of the site."""
    project.run_ok("build_dist")
    project.run_ok("build_site")
    return project.root / "dist/site"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield a browser without screen."""
    path = find_program("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """Opens pages of a site at its public address, and notes what goes wrong there."""

    browser: Browser
    folder: Path
    faults: list[str] = field(default_factory=list)

    def open(self, address: str = "", folder: Path | None = None, **options) -> Page:
        """Open a page in a context of its own, with Playwright's options for contexts."""
        root = folder or self.folder
        context = self.browser.new_context(base_url=PUBLIC, **options)
        context.route(re.compile("^https?:"), lambda route: self.serve(route, root))
        page = context.new_page()
        page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.goto(address)
        return page

    def serve(self, route: Route, root: Path) -> None:
        """Answer a request with a file of the site, as its host does."""
        if not route.request.url.startswith(PUBLIC):
            self.faults.append(f"request: {route.request.url}")
        file = root / unquote(urlsplit(route.request.url.removeprefix(PUBLIC)).path)
        if file.is_dir():
            file = file / "index.html"
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(path=root / "404.html", status=404)


@pytest.fixture
def visitor(browser, site) -> Iterator[Visitor]:
    """Yield a visitor of the site who meets no fault."""
    visitor = Visitor(browser, site)
    yield visitor
    for context in browser.contexts:
        context.close()
    assert visitor.faults == []


SEARCH = """(queries) => queries.map((query) => {
  const field = document.getElementById("q");
  field.value = query;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const section = document.getElementById("resultats");
  const listTexts = (selector) => Array.from(section.querySelectorAll(selector), (element) => element.textContent);
  const links = section.querySelectorAll("a[href^=organismes]");
  const answer = section.querySelector(".result") ?? section;
  return {
    title: section.querySelector("h2")?.textContent ?? "",
    slugs: Array.from(links, (link) => link.getAttribute("href").split("/")[1]),
    answers: listTexts(".said"),
    text: section.textContent.replace(/[ \\n]+/gu, " "),
    bottom: answer.getBoundingClientRect().bottom,
  };
})"""


@pytest.fixture(scope="session")
def run_searches() -> Callable[[Page, list[str]], list[dict]]:
    """Return a function that types texts in the search of a page and gives what each one shows."""
    return lambda page, queries: page.evaluate(SEARCH, queries)
