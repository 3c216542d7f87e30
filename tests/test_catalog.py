"""The catalogues are what data portals and search engines ask for, and say what is in dist/.

What the official shapes of DCAT-AP 3.0.1 once found wrong is held here, fact by fact.
"""

import hashlib
import json
from datetime import date

import pytest
from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from beneficiaires import checkout as project
from beneficiaires import dist
from conftest import ROOT, copy

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
BASE = "https://github.com/codegouvfr/marches-logiciels-libres-beneficiaires/releases/latest/download/"
SITE = "https://codegouvfr.github.io/marches-logiciels-libres-beneficiaires/"
# The class of what stands at each property: ranges of DCAT-AP 3.0.1.
RANGES = {
    DCAT.dataset: DCAT.Dataset,
    DCAT.distribution: DCAT.Distribution,
    DCAT.theme: SKOS.Concept,
    DCAT.themeTaxonomy: SKOS.ConceptScheme,
    DCAT.contactPoint: VCARD.Kind,
    DCAT.landingPage: FOAF.Document,
    DCAT.mediaType: DCTERMS.MediaType,
    DCATAP.availability: SKOS.Concept,
    DCTERMS.accessRights: DCTERMS.RightsStatement,
    DCTERMS.accrualPeriodicity: DCTERMS.Frequency,
    DCTERMS.conformsTo: DCTERMS.Standard,
    DCTERMS.format: DCTERMS.MediaTypeOrExtent,
    DCTERMS.language: DCTERMS.LinguisticSystem,
    DCTERMS.license: DCTERMS.LicenseDocument,
    DCTERMS.provenance: DCTERMS.ProvenanceStatement,
    DCTERMS.publisher: FOAF.Agent,
    DCTERMS.spatial: DCTERMS.Location,
    DCTERMS.temporal: DCTERMS.PeriodOfTime,
    DCTERMS.type: SKOS.Concept,
    FOAF.homepage: FOAF.Document,
    FOAF.page: FOAF.Document,
    SPDX.checksum: SPDX.Checksum,
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, bytes]:
    return dist.build(project.read(ROOT))


@pytest.fixture(scope="module")
def files(outputs) -> dict[str, dict]:
    """What index.json says of the files that hold data, by address."""
    found = json.loads(outputs["index.json"])["files"]
    return {f"{BASE}{each['name']}": each for each in found if each["type"] == "main"}


@pytest.fixture(scope="module", params=["catalog.jsonld", "catalog-udata.jsonld"])
def graph(outputs, request) -> Graph:
    return Graph().parse(data=outputs[request.param], format="json-ld")


@pytest.fixture(scope="module")
def dataset(graph):
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    return graph.resource(node)


@pytest.mark.parametrize("predicate", RANGES, ids=lambda each: each.rpartition("/")[2])
def test_what_stands_at_each_property_has_its_class(graph, predicate):
    values = set(graph.objects(None, predicate))
    assert values
    assert all((value, RDF.type, RANGES[predicate]) in graph for value in values)


def test_every_concept_and_scheme_has_a_label(graph):
    for kind, label in ((SKOS.Concept, SKOS.prefLabel), (SKOS.ConceptScheme, DCTERMS.title)):
        nodes = set(graph.subjects(RDF.type, kind))
        assert nodes
        assert all(graph.value(node, label) for node in nodes)


def test_the_licence_and_the_publisher_say_their_type(graph, dataset):
    licence, publisher = dataset.value(DCTERMS.license), dataset.value(DCTERMS.publisher)
    assert str(licence.identifier) == "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
    assert str(licence.value(DCTERMS.type).identifier) == "http://purl.org/adms/licencetype/Attribution"
    kind = publisher.value(DCTERMS.type)
    assert str(kind.identifier) == "http://purl.org/adms/publishertype/NationalAuthority"
    assert str(kind.value(SKOS.prefLabel)) == "Autorité nationale"


def test_each_distribution_is_a_file_of_dist(graph, files):
    nodes = {str(graph.value(node, DCAT.downloadURL)): node for node in graph.subjects(RDF.type, DCAT.Distribution)}
    assert nodes.keys() == files.keys()
    for address, node in nodes.items():
        file = files[address]
        assert graph.value(node, DCAT.accessURL) == URIRef(address)
        assert graph.value(node, DCAT.byteSize) == Literal(file["size"], datatype=XSD.nonNegativeInteger)
        assert str(graph.value(node, SPDX.checksum / SPDX.checksumValue)) == file["sha256"]
        assert str(graph.value(node, SPDX.checksum / SPDX.algorithm)) == str(SPDX.checksumAlgorithm_sha256)
        assert str(graph.value(node, DCAT.mediaType)).endswith(f"/media-types/{file['mediatype']}")
        assert str(graph.value(node, DCTERMS.format)).endswith(f"/file-type/{file['format'].upper()}")
        standards = [str(each) for each in graph.objects(node, DCTERMS.conformsTo)]
        assert [each.rpartition("/v2.0.0/")[2] for each in standards] == (
            [f"schemas/{file['table']}.json"] if file["table"] else []
        )


@pytest.mark.parametrize(("name", "kind"), [("catalog.jsonld", XSD.hexBinary), ("catalog-udata.jsonld", None)])
def test_a_checksum_is_hexadecimal_but_for_udata(outputs, name, kind):
    """udata refuses a dataset with the checksums that DCAT-AP demands."""
    graph = Graph().parse(data=outputs[name], format="json-ld")
    assert {value.datatype for value in graph.objects(None, SPDX.checksumValue)} <= {kind, kind or XSD.string}


def test_the_dataset_says_what_the_package_says(graph, dataset):
    read = project.read(ROOT)
    said = {str(value) for value in graph.objects(dataset.identifier)}
    package = read.package
    assert {package.name, package.title, package.version, package.descriptor["description"], SITE} <= said
    assert {*package.descriptor["keywords"], read.sources.pages.adresse} <= said
    assert str(dataset.value(DCAT.contactPoint).value(VCARD.hasEmail).identifier) == f"mailto:{read.contact}"
    period, version = dataset.value(DCTERMS.temporal), read.version
    assert (period.value(DCAT.startDate).toPython(), period.value(DCAT.endDate).toPython()) == (
        date(2023, 9, 1),
        version["version"],
    )
    told = str(dataset.value(DCTERMS.provenance).value(RDFS.label))
    assert {str(version["version"]), version["commit"], version["sha256"]} <= set(
        told.replace(",", " ").replace(")", " ").split()
    )
    assert str(dataset.value(DCTERMS.spatial).value(SKOS.prefLabel)) == "France"
    assert dataset.value(DCTERMS.modified).toPython() >= version["version"]


def test_the_schema_org_entry_is_one_that_google_takes(outputs, files):
    entry = json.loads(outputs["dataset.jsonld"])
    package = project.read(ROOT).package
    assert (entry["@context"], entry["@type"], entry["name"]) == ("https://schema.org/", "Dataset", package.title)
    assert 50 <= len(entry["description"]) <= 5000
    assert entry["license"] == package.descriptor["licenses"][0]["path"]
    assert (entry["creator"]["@type"], entry["isAccessibleForFree"]) == ("GovernmentOrganization", True)
    assert entry["temporalCoverage"].startswith("2023-09-01/")
    assert [each["contentUrl"] for each in entry["distribution"]] == list(files)
    for each in entry["distribution"]:
        data = outputs[each["contentUrl"].removeprefix(BASE)]
        assert (each["contentSize"], each["sha256"]) == (f"{len(data)} B", hashlib.sha256(data).hexdigest())
    names = [variable["name"] for variable in entry["variableMeasured"]]
    assert {"siren", "perimetre", "statut"} <= set(names)
    assert len(names) == len(set(names))


def test_every_address_follows_the_one_setting_and_no_title_closes_the_page(tmp_path):
    copied = copy(tmp_path / "checkout")
    copied.replace("source/publication.yml", "github.com/codegouvfr/", "github.com/ailleurs/")
    copied.replace("datapackage.json", '"title": "', '"title": "</script><script>alert(1)</script>')
    outputs = dist.build(project.read(copied.root))
    moved = ("github.com/codegouvfr/marches", "codegouvfr.github.io", "githubusercontent.com/codegouvfr/marches")
    assert not [name for name, data in outputs.items() if any(each.encode() in data for each in moved)]
    entry = outputs["dataset.jsonld"]
    assert b"<" not in entry
    assert json.loads(entry)["name"].startswith("</script>")
