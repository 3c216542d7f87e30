"""The dataset and its files as a DCAT-AP catalogue in JSON-LD, for data portals.

It follows DCAT-AP 3.0.1 (https://semiceu.github.io/DCAT-AP/releases/3.0.1/), and what udata, which
runs data.gouv.fr, harvests: it knows the licence by Etalab's address, takes the standard of a
distribution for its schema, and refuses a dataset whose files have the checksums that DCAT-AP asks.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from .. import wording
from ..project import Project
from ..source.models import Publication, Term
from .metadata import DatasetMetadata, dataset_metadata

Node = dict[str, Any]

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU = "http://publications.europa.eu/resource/authority"
ADMS = "http://purl.org/adms"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"

EU_FREQUENCIES = {
    "continuous": "UPDATE_CONT",
    "semiannual": "ANNUAL_2",
    "irregular": "IRREG",
    "punctual": "AS_NEEDED",
}
"""The codes of the EU's frequencies that are not the words of data.gouv.fr in capitals."""


def build_catalogue(project: Project, files: Iterable[Node]) -> Node:
    """Return the catalogue of the dataset. `files` are the entries of index.json."""
    metadata = dataset_metadata(project)
    publication = project.sources.publication
    distributions = []
    for file in files:
        if file["type"] == "main":
            distributions.append(_describe_distribution(file, metadata))
    return {
        "@context": CONTEXT,
        "@id": f"{metadata.site}#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _in_french(wording.catalogue_title(metadata.title)),
        **_describe_origin(metadata, publication),
        **_describe_status(metadata),
        "foaf:homepage": _make_node(metadata.site, "foaf:Document"),
        "dcat:themeTaxonomy": {
            "@id": f"{EU}/data-theme",
            "@type": "skos:ConceptScheme",
            "dct:title": _in_french(wording.data_themes()),
        },
        "dcat:dataset": _describe_dataset(metadata, publication, distributions),
    }


def _describe_dataset(
    metadata: DatasetMetadata, publication: Publication, distributions: list[Node]
) -> Node:
    frequency = EU_FREQUENCIES.get(publication.frequency, publication.frequency.upper())
    snapshot = wording.snapshot_fact(
        str(metadata.snapshot_date), metadata.snapshot_sha256, metadata.snapshot_commit
    )
    provenance = wording.provenance(metadata.page_title, metadata.page_address, snapshot)
    return {
        "@id": metadata.dataset_identifier,
        "@type": "dcat:Dataset",
        "dct:identifier": metadata.name,
        "dct:title": _in_french(metadata.title),
        **_describe_origin(metadata, publication),
        **_describe_status(metadata),
        "dcat:version": metadata.version,
        "dcat:keyword": [_in_french(keyword) for keyword in metadata.keywords],
        "dcat:theme": [_make_concept(f"{EU}/data-theme", theme) for theme in publication.themes],
        "dcat:contactPoint": {
            "@type": ["vcard:Kind", "vcard:Organization"],
            "vcard:fn": metadata.publisher_name,
            "vcard:hasEmail": {"@id": f"mailto:{metadata.contact}"},
        },
        "dct:accessRights": _make_node(f"{EU}/access-right/PUBLIC", "dct:RightsStatement"),
        "dct:accrualPeriodicity": _make_node(f"{EU}/frequency/{frequency}", "dct:Frequency"),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _make_day(metadata.first_snapshot_date),
            "dcat:endDate": _make_day(metadata.snapshot_date),
        },
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": _in_french(provenance),
        },
        "dcat:landingPage": _make_node(metadata.site, "foaf:Document"),
        "foaf:page": _make_node(metadata.page_address, "foaf:Document"),
        "dcat:distribution": distributions,
    }


def _describe_distribution(file: Node, metadata: DatasetMetadata) -> Node:
    """Return the description of a file, an entry of index.json."""
    address = f"{metadata.downloads}{file['name']}"
    file_type = f"{EU}/file-type/{file['format'].upper()}"
    stable = Term("STABLE", wording.stable_availability())
    distribution = {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dct:identifier": file["name"],
        "dct:title": _in_french(file["title"]),
        "dct:description": _in_french(f"{file['description']} {file['for']}"),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dct:format": _make_node(file_type, "dct:MediaTypeOrExtent"),
        "dcat:mediaType": _make_node(f"{MEDIA_TYPES}/{file['mediatype']}", "dct:MediaType"),
        "dcat:byteSize": {"@value": str(file["size"]), "@type": "xsd:nonNegativeInteger"},
        "dcatap:availability": _make_concept(f"{EU}/planned-availability", stable),
        **_describe_status(metadata),
    }
    if file["schema"] is not None:
        distribution["dct:conformsTo"] = {
            "@id": f"{metadata.downloads}{file['schema']}",
            "@type": "dct:Standard",
            "dct:title": _in_french(wording.schema_title(file["table"])),
        }
    return distribution


def _describe_origin(metadata: DatasetMetadata, publication: Publication) -> Node:
    """Return what the catalogue and the dataset say of their subject, publisher and country."""
    return {
        "dct:description": _in_french(metadata.description),
        "dct:publisher": {
            "@id": metadata.publisher_address,
            "@type": ["foaf:Agent", "foaf:Organization"],
            "foaf:name": _in_french(metadata.publisher_name),
            "dct:type": _make_concept(f"{ADMS}/publishertype", publication.publisher_type),
        },
        "dct:spatial": {
            "@id": f"{EU}/country/{publication.country.code}",
            "@type": "dct:Location",
            "skos:prefLabel": _in_french(publication.country.name),
            "dcat:bbox": _make_geometry(publication.country_bounds),
            "dcat:centroid": _make_geometry(find_centre(publication.country_bounds)),
        },
    }


def find_centre(polygon: str) -> str:
    """Return the centre of the bounds of a polygon as WKT; DCAT-AP recommends it beside them."""
    longitudes = []
    latitudes = []
    for point in polygon.removeprefix("POLYGON((").removesuffix("))").split(","):
        longitude, latitude = point.split()
        longitudes.append(float(longitude))
        latitudes.append(float(latitude))
    centre_longitude = (min(longitudes) + max(longitudes)) / 2
    centre_latitude = (min(latitudes) + max(latitudes)) / 2
    return f"POINT({centre_longitude:.2f} {centre_latitude:.2f})"


def _describe_status(metadata: DatasetMetadata) -> Node:
    """Return the licence, language and days, which the catalogue, dataset and files share."""
    attribution = Term("Attribution", "Attribution")
    return {
        "dct:license": {
            "@id": metadata.licence_address,
            "@type": "dct:LicenseDocument",
            "dct:type": _make_concept(f"{ADMS}/licencetype", attribution),
        },
        "dct:language": _make_node(f"{EU}/language/FRA", "dct:LinguisticSystem"),
        "dct:issued": _make_day(metadata.created),
        "dct:modified": _make_day(metadata.modified),
    }


def _in_french(text: str) -> Node:
    return {"@value": text, "@language": "fr"}


def _make_day(date: dt.date) -> Node:
    return {"@value": str(date), "@type": "xsd:date"}


def _make_geometry(text: str) -> Node:
    return {"@value": text, "@type": "geosparql:wktLiteral"}


def _make_node(address: str, kind: str) -> Node:
    return {"@id": address, "@type": kind}


def _make_concept(vocabulary: str, term: Term) -> Node:
    return {
        "@id": f"{vocabulary}/{term.code}",
        "@type": "skos:Concept",
        "skos:prefLabel": _in_french(term.name),
    }
