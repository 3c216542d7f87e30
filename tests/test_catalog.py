"""The catalogue entries are what data portals and search engines ask for, and say what is in dist/."""

import hashlib
import json
from pathlib import Path
from urllib.parse import urljoin

import pyshacl
import pytest
import yaml
from rdflib import DCTERMS, FOAF, RDF, SKOS, BNode, Graph, Literal, Namespace, URIRef

from beneficiaires import distribution, edition
from conftest import ROOT

SHAPES = Graph().parse(Path(__file__).parent / "dcat-ap.ttl")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
BASE = yaml.safe_load((ROOT / "source/publication.yml").read_text(encoding="utf-8"))["adresse"]
# Every property whose range is a thing and not a text, in DCAT-AP 3.
THINGS = [
    *(DCAT[name] for name in ("dataset", "theme", "themeTaxonomy", "contactPoint", "landingPage")),
    *(DCAT[name] for name in ("distribution", "accessURL", "downloadURL", "mediaType")),
    *(DCTERMS[name] for name in ("publisher", "license", "accessRights", "accrualPeriodicity", "language")),
    *(DCTERMS[name] for name in ("spatial", "temporal", "source", "conformsTo", "format", "type")),
    *(FOAF.homepage, VCARD.hasEmail, SPDX.checksum, SPDX.algorithm, DCATAP.availability),
]
# What a portal cannot do without: the class whose node loses the property.
NEEDED = [
    *((DCAT.Catalog, DCTERMS[name]) for name in ("title", "description", "publisher", "license", "language")),
    *((DCAT.Catalog, p) for p in (DCAT.dataset, DCAT.themeTaxonomy, FOAF.homepage, DCTERMS.spatial)),
    *((DCAT.Dataset, DCAT[name]) for name in ("keyword", "theme", "contactPoint", "distribution", "version")),
    *(
        (DCAT.Dataset, DCTERMS[name])
        for name in ("identifier", "title", "description", "publisher", "license")
    ),
    *((DCAT.Dataset, DCTERMS[name]) for name in ("spatial", "temporal", "accrualPeriodicity", "language")),
    *((DCAT.Dataset, DCTERMS[name]) for name in ("conformsTo", "issued", "modified", "accessRights")),
    *((DCAT.Distribution, DCAT[name]) for name in ("accessURL", "downloadURL", "mediaType", "byteSize")),
    *((DCAT.Distribution, DCTERMS[name]) for name in ("format", "license", "title", "description")),
    *((DCAT.Distribution, p) for p in (SPDX.checksum, DCATAP.availability)),
    *((FOAF.Organization, p) for p in (FOAF.name, DCTERMS.type)),
    *((VCARD.Organization, p) for p in (VCARD.fn, VCARD.hasEmail)),
    *((SPDX.Checksum, p) for p in (SPDX.algorithm, SPDX.checksumValue)),
    (DCTERMS.PeriodOfTime, DCAT.startDate),
]


@pytest.fixture(scope="module")
def dist() -> dict[str, bytes]:
    return distribution.build(edition.read(ROOT))


@pytest.fixture(scope="module")
def catalogue(dist) -> Graph:
    return Graph().parse(data=dist["catalog.jsonld"], format="json-ld")


@pytest.fixture
def copied(catalogue) -> Graph:
    """A catalogue to be spoilt."""
    return Graph() + catalogue


def conforms(graph: Graph) -> bool:
    return pyshacl.validate(graph, shacl_graph=SHAPES)[0]


def test_the_catalogue_keeps_to_the_shapes_of_dcat_ap(catalogue):
    valid, _, text = pyshacl.validate(catalogue, shacl_graph=SHAPES)
    assert valid, text
    for kind, least in ((DCAT.Catalog, 1), (DCAT.Dataset, 1), (DCAT.Distribution, 15), (SPDX.Checksum, 15)):
        assert len(set(catalogue.subjects(RDF.type, kind))) >= least


def test_no_literal_stands_where_a_thing_is_wanted(catalogue):
    for predicate in THINGS:
        values = list(catalogue.objects(None, predicate))
        assert values, predicate
        assert not [value for value in values if isinstance(value, Literal)], predicate


@pytest.mark.parametrize(
    ("kind", "predicate"), NEEDED, ids=lambda iri: iri.rpartition("/")[2].rpartition("#")[2]
)
def test_the_shapes_miss_what_is_not_there(copied, kind, predicate):
    node = min(copied.subjects(RDF.type, kind))
    assert (node, predicate, None) in copied
    copied.remove((node, predicate, None))
    assert not conforms(copied)


@pytest.mark.parametrize("predicate", THINGS, ids=lambda iri: iri.rpartition("/")[2].rpartition("#")[2])
def test_the_shapes_refuse_a_text_for_a_thing(copied, predicate):
    subject, value = min(copied.subject_objects(predicate))
    copied.remove((subject, predicate, value))
    copied.add((subject, predicate, Literal(str(value))))
    assert not conforms(copied)


def test_each_distribution_is_a_file_of_dist_with_its_size_and_its_hash(dist, catalogue):
    index = json.loads(dist["index.json"])
    mains = {file["name"]: file for file in index["files"] if file["type"] == "main"}
    addresses = set(catalogue.objects(None, DCAT.downloadURL))
    assert addresses == {URIRef(urljoin(BASE, name)) for name in mains}
    for node in catalogue.subjects(RDF.type, DCAT.Distribution):
        name = str(catalogue.value(node, DCAT.downloadURL)).removeprefix(BASE)
        checksum = catalogue.value(node, SPDX.checksum)
        assert int(catalogue.value(node, DCAT.byteSize)) == len(dist[name])
        assert str(catalogue.value(checksum, SPDX.checksumValue)) == hashlib.sha256(dist[name]).hexdigest()
        assert str(catalogue.value(node, DCAT.mediaType)).endswith(f"/{mains[name]['mediatype']}")
        table = mains[name]["table"]
        standards = {str(standard) for standard in catalogue.objects(node, DCTERMS.conformsTo)}
        assert standards == ({schema_address(table)} if table else set())


def schema_address(table: str) -> str:
    return json.loads((ROOT / f"schemas/{table}.json").read_text(encoding="utf-8"))["path"]


def test_the_dataset_says_what_the_package_says(catalogue):
    package = json.loads((ROOT / "datapackage.json").read_text(encoding="utf-8"))
    pages = yaml.safe_load((ROOT / "source/pages.yml").read_text(encoding="utf-8"))["pages"]
    (dataset,) = catalogue.subjects(RDF.type, DCAT.Dataset)
    said = {str(value) for value in catalogue.objects(dataset)}
    assert {package["title"], package["description"], package["version"], package["name"]} <= said
    assert {*package["keywords"], package["licenses"][0]["path"], package["homepage"]} <= said
    period = catalogue.value(dataset, DCTERMS.temporal)
    assert isinstance(period, BNode)
    assert catalogue.value(period, DCAT.startDate).toPython() == pages[0]["date"]
    publisher = catalogue.value(dataset, DCTERMS.publisher)
    assert str(catalogue.value(publisher, FOAF.name)) == package["contributors"][0]["title"]
    contact = catalogue.value(dataset, DCAT.contactPoint)
    assert catalogue.value(contact, VCARD.hasEmail) == URIRef(f"mailto:{package['contributors'][0]['email']}")
    places = {
        str(catalogue.value(place, SKOS.prefLabel)) for place in catalogue.objects(dataset, DCTERMS.spatial)
    }
    assert "France" in places


def test_the_base_address_is_one_setting(checkout):
    checkout.replace("source/publication.yml", BASE, "http://127.0.0.1:8000/d/")
    outputs = distribution.build(edition.read(checkout.root))
    assert not [name for name, data in outputs.items() if BASE.encode() in data]
    text = outputs["catalog.jsonld"].decode()
    assert '"http://127.0.0.1:8000/d/beneficiaires.csv"' in text


def test_the_schema_org_entry_is_one_that_google_takes(dist):
    entry = json.loads(dist["dataset.jsonld"])
    package = json.loads((ROOT / "datapackage.json").read_text(encoding="utf-8"))
    assert (entry["@context"], entry["@type"]) == ("https://schema.org/", "Dataset")
    assert entry["name"] == package["title"]
    assert entry["description"] == package["description"]
    assert 50 <= len(entry["description"]) <= 5000
    assert entry["license"] == package["licenses"][0]["path"]
    assert entry["creator"]["@type"] == "GovernmentOrganization"
    assert entry["isAccessibleForFree"] is True
    for file in entry["distribution"]:
        name = file["contentUrl"].removeprefix(BASE)
        assert file["contentSize"] == f"{len(dist[name])} B"
        assert file["sha256"] == hashlib.sha256(dist[name]).hexdigest()
    assert {"siren", "perimetre", "nombre"} <= {variable["name"] for variable in entry["variableMeasured"]}


def test_the_schema_org_entry_can_be_put_in_a_page_as_it_is(checkout):
    checkout.replace("datapackage.json", '"title": "', '"title": "</script><script>alert(1)</script>')
    entry = distribution.build(edition.read(checkout.root))["dataset.jsonld"]
    assert b"<" not in entry
    assert json.loads(entry)["name"].startswith("</script>")
