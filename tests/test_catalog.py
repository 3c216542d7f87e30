"""The catalogues are what data portals and search engines ask for, and say what is in dist/.

What the official shapes of DCAT-AP 3.0.1 once found wrong is held here, fact by fact.
"""

import json

import pytest
from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from conftest import PUBLIC, ROOT, copy
from edition2 import checkout as project
from edition2 import dist

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
BASE = (
    "https://github.com/codegouvfr/marches-logiciels-libres-beneficiaires/releases/latest/download/"
)
# The properties at which a node of each class stands: ranges of DCAT-AP 3.0.1.
RANGES = {
    DCAT.Dataset: [DCAT.dataset],
    DCAT.Distribution: [DCAT.distribution],
    DCTERMS.LicenseDocument: [DCTERMS.license],
    DCTERMS.LinguisticSystem: [DCTERMS.language],
    DCTERMS.Frequency: [DCTERMS.accrualPeriodicity],
    DCTERMS.Location: [DCTERMS.spatial],
    DCTERMS.MediaType: [DCAT.mediaType],
    DCTERMS.MediaTypeOrExtent: [DCTERMS.format],
    DCTERMS.PeriodOfTime: [DCTERMS.temporal],
    DCTERMS.ProvenanceStatement: [DCTERMS.provenance],
    DCTERMS.RightsStatement: [DCTERMS.accessRights],
    DCTERMS.Standard: [DCTERMS.conformsTo],
    FOAF.Agent: [DCTERMS.publisher],
    FOAF.Document: [DCAT.landingPage, FOAF.homepage, FOAF.page],
    SKOS.Concept: [DCAT.theme, DCATAP.availability, DCTERMS.type],
    SKOS.ConceptScheme: [DCAT.themeTaxonomy],
    SPDX.Checksum: [SPDX.checksum],
    VCARD.Kind: [DCAT.contactPoint],
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


def test_what_stands_at_each_property_has_its_class_and_its_label(graph):
    for kind, predicate in (
        (kind, each) for kind, predicates in RANGES.items() for each in predicates
    ):
        values = set(graph.objects(None, predicate))
        assert values, predicate
        assert values <= set(graph.subjects(RDF.type, kind)), predicate
    for kind, label in ((SKOS.Concept, SKOS.prefLabel), (SKOS.ConceptScheme, DCTERMS.title)):
        assert all(graph.value(node, label) for node in graph.subjects(RDF.type, kind))


def test_each_distribution_is_a_file_of_dist(graph, files):
    nodes = {
        str(graph.value(node, DCAT.downloadURL)): node
        for node in graph.subjects(RDF.type, DCAT.Distribution)
    }
    assert nodes.keys() == files.keys()
    for address, node in nodes.items():
        file = files[address]
        assert graph.value(node, DCAT.accessURL) == URIRef(address)
        assert graph.value(node, DCAT.byteSize) == Literal(
            file["size"], datatype=XSD.nonNegativeInteger
        )
        assert str(graph.value(node, SPDX.checksum / SPDX.checksumValue)) == file["sha256"]
        assert graph.value(node, SPDX.checksum / SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        assert str(graph.value(node, DCAT.mediaType)).endswith(f"/media-types/{file['mediatype']}")
        assert str(graph.value(node, DCTERMS.format)).endswith(
            f"/file-type/{file['format'].upper()}"
        )
        standard = graph.value(node, DCTERMS.conformsTo)
        assert (standard and standard.rpartition("/v2.0.0/")[2]) == (
            file["table"] and f"schemas/{file['table']}.json"
        )


@pytest.mark.parametrize(
    ("name", "kind"), [("catalog.jsonld", XSD.hexBinary), ("catalog-udata.jsonld", None)]
)
def test_a_checksum_is_hexadecimal_but_for_udata(outputs, name, kind):
    """udata refuses a dataset with the checksums that DCAT-AP demands."""
    graph = Graph().parse(data=outputs[name], format="json-ld")
    assert {value.datatype for value in graph.objects(None, SPDX.checksumValue)} <= {
        kind,
        kind or XSD.string,
    }


def test_the_dataset_says_what_the_package_says(graph):
    read = project.read(ROOT)
    package, version = read.package, read.version
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    said = {str(value) for value in graph.objects(node)}
    assert {package.name, package.title, package.version, package.description, PUBLIC} <= said
    assert {*package.keywords, read.pages.adresse} <= said
    facts = {
        DCTERMS.license: "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        DCTERMS.license / DCTERMS.type: "http://purl.org/adms/licencetype/Attribution",
        DCTERMS.publisher / DCTERMS.type: "http://purl.org/adms/publishertype/NationalAuthority",
        DCTERMS.publisher / DCTERMS.type / SKOS.prefLabel: "Autorité nationale",
        DCTERMS.spatial / SKOS.prefLabel: "France",
        DCTERMS.temporal / DCAT.startDate: "2023-09-01",
        DCTERMS.temporal / DCAT.endDate: str(version["version"]),
        DCAT.contactPoint / VCARD.hasEmail: f"mailto:{read.contact}",
    }
    assert {path: str(graph.value(node, path)) for path in facts} == facts
    told = str(graph.value(node, DCTERMS.provenance / RDFS.label))
    assert all(str(version[key]) in told for key in ("version", "commit", "sha256"))
    assert graph.value(node, DCTERMS.modified).toPython() >= version["version"]


def test_the_schema_org_entry_is_one_that_google_takes(outputs, files):
    entry, package = json.loads(outputs["dataset.jsonld"]), project.read(ROOT).package
    assert (entry["@context"], entry["@type"], entry["name"]) == (
        "https://schema.org/",
        "Dataset",
        package.title,
    )
    assert 50 <= len(entry["description"]) <= 5000
    assert entry["license"] == package.descriptor["licenses"][0]["path"]
    assert (entry["creator"]["@type"], entry["isAccessibleForFree"]) == (
        "GovernmentOrganization",
        True,
    )
    assert entry["temporalCoverage"].startswith("2023-09-01/")
    told = {
        each["contentUrl"]: (each["contentSize"], each["sha256"]) for each in entry["distribution"]
    }
    assert told == {
        address: (f"{file['size']} B", file["sha256"]) for address, file in files.items()
    }
    names = [variable["name"] for variable in entry["variableMeasured"]]
    assert len(names) == len(set(names)) and {"siren", "perimetre", "statut"} <= set(names)


def test_every_address_follows_the_one_setting_and_no_title_closes_the_page(tmp_path):
    copied = copy(tmp_path / "checkout")
    copied.replace("source/publication.yml", "github.com/codegouvfr/", "github.com/ailleurs/")
    copied.replace("datapackage.json", '"title": "', '"title": "</script><script>alert(1)</script>')
    outputs = dist.build(project.read(copied.root))
    moved = (
        "github.com/codegouvfr/marches",
        "codegouvfr.github.io",
        "githubusercontent.com/codegouvfr/marches",
    )
    assert not [
        name for name, data in outputs.items() if any(each.encode() in data for each in moved)
    ]
    entry = outputs["dataset.jsonld"]
    assert b"<" not in entry
    assert json.loads(entry)["name"].startswith("</script>")
