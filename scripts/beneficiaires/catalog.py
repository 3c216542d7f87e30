"""What catalogues read: DCAT-AP 3 for data portals, schema.org for search engines.

DCAT-AP: https://semiceu.github.io/DCAT-AP/releases/3.0.1/ . Two choices are made for udata, which
runs data.gouv.fr: the licence is named by Etalab's address, and a checksum is a plain string.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from .edition import Edition, File
from .package import dump
from .publication import CATALOG, FREQUENCIES
from .tables import Schema

_EU = "http://publications.europa.eu/resource/authority/"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def dcat(edition: Edition, downloads: Iterable[File]) -> bytes:
    """JSON-LD: a catalogue of one dataset, with one distribution for each main file."""
    base, descriptor = edition.publication.base, edition.package.descriptor
    publisher = _publisher(edition)
    return dump(
        {
            "@context": _CONTEXT,
            "@id": f"{base}{CATALOG}#catalog",
            "@type": "dcat:Catalog",
            "dct:title": _french(f"Catalogue : {descriptor['title']}"),
            "dct:description": _french(descriptor["description"]),
            "dct:publisher": publisher,
            "dct:language": _eu("language/FRA", "dct:LinguisticSystem"),
            "dct:license": _license(edition),
            "dct:spatial": _places(edition),
            "dct:issued": _day(edition.issued),
            "dct:modified": _day(edition.modified),
            "foaf:homepage": {"@id": descriptor["homepage"], "@type": "foaf:Document"},
            "dcat:themeTaxonomy": _eu("data-theme", "skos:ConceptScheme"),
            "dcat:dataset": _dataset(edition, publisher, [file for file in downloads if file.kind == "main"]),
        }
    )


def _dataset(edition: Edition, publisher: Node, downloads: Sequence[File]) -> Node:
    descriptor, settings = edition.package.descriptor, edition.publication
    return {
        "@id": f"{settings.base}{CATALOG}#{edition.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": edition.name,
        "dct:title": _french(descriptor["title"]),
        "dct:description": _french(descriptor["description"]),
        "dcat:keyword": [_french(keyword) for keyword in descriptor["keywords"]],
        "dcat:theme": [_eu(f"data-theme/{theme}", "skos:Concept") for theme in settings.themes],
        "dct:publisher": publisher,
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": edition.package.publisher["title"],
            "vcard:hasEmail": {"@id": f"mailto:{edition.package.publisher['email']}"},
        },
        "dct:license": _license(edition),
        "dct:accessRights": _eu("access-right/PUBLIC", "dct:RightsStatement"),
        "dct:accrualPeriodicity": _eu(f"frequency/{FREQUENCIES[settings.frequency]}", "dct:Frequency"),
        "dct:language": _eu("language/FRA", "dct:LinguisticSystem"),
        "dct:spatial": _places(edition),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(edition.provenance.versions[0].date),
        },
        "dct:issued": _day(edition.issued),
        "dct:modified": _day(edition.modified),
        "dcat:version": descriptor["version"],
        "dcat:landingPage": {"@id": descriptor["homepage"], "@type": "foaf:Document"},
        "dct:source": {"@id": edition.provenance.newest.url},
        "dct:conformsTo": [_standard(schema) for schema in edition.package.schemas],
        "dcat:distribution": [_distribution(edition, file) for file in downloads],
    }


def _distribution(edition: Edition, file: File) -> Node:
    address = f"{edition.publication.base}{file.name}"
    # udata takes the first schema for the only one: a file of several tables gives none.
    schemas = [schema for schema in edition.package.schemas if file.table == schema.name]
    return {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dct:identifier": file.name,
        "dct:title": _french(file.title),
        "dct:description": _french(f"{file.description} {file.readers}"),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dct:format": _eu(f"file-type/{file.format.upper()}", "dct:MediaTypeOrExtent"),
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{file.mediatype}",
            "@type": "dct:MediaType",
        },
        "dcat:byteSize": {"@value": str(len(file.data)), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": file.sha256,
        },
        "dct:license": _license(edition),
        "dct:language": _eu("language/FRA", "dct:LinguisticSystem"),
        "dct:issued": _day(edition.issued),
        "dct:modified": _day(edition.modified),
        "dct:conformsTo": [_standard(schema) for schema in schemas],
        "dcatap:availability": _eu("planned-availability/STABLE", "skos:Concept"),
    }


def _publisher(edition: Edition) -> Node:
    return {
        "@id": edition.package.publisher["path"],
        "@type": "foaf:Organization",
        "foaf:name": _french(edition.package.publisher["title"]),
        "dct:type": {
            "@id": f"http://purl.org/adms/publishertype/{edition.publication.publisher_type}",
            "@type": "skos:Concept",
        },
    }


def _places(edition: Edition) -> list[Node]:
    """The country by its address, then by its outline, the only one that udata keeps."""
    coverage = edition.publication.coverage
    return [
        _eu(f"country/{coverage.country}", "dct:Location"),
        {
            "@type": "dct:Location",
            "skos:prefLabel": _french(coverage.name),
            "dcat:bbox": {"@value": coverage.outline, "@type": "geosparql:wktLiteral"},
        },
    ]


def _license(edition: Edition) -> Node:
    return {"@id": edition.package.descriptor["licenses"][0]["path"], "@type": "dct:LicenseDocument"}


def _standard(schema: Schema) -> Node:
    title = _french(f"Schéma : {schema.descriptor['title']}")
    return {"@id": schema.descriptor["path"], "@type": "dct:Standard", "dct:title": title}


def _eu(code: str, kind: str) -> Node:
    """A term of the vocabularies of the EU Publications Office."""
    return {"@id": f"{_EU}{code}", "@type": kind}


def _french(text: str) -> Node:
    return {"@value": text, "@language": "fr"}


def _day(day: date) -> Node:
    return {"@value": day.isoformat(), "@type": "xsd:date"}


def schema_org(edition: Edition, downloads: Iterable[File]) -> bytes:
    """A schema.org Dataset, to be put as it is in a page: https://developers.google.com/search/docs/appearance/structured-data/dataset"""
    descriptor, settings = edition.package.descriptor, edition.publication
    publisher = {
        "@type": "GovernmentOrganization",
        "name": edition.package.publisher["title"],
        "url": edition.package.publisher["path"],
        "email": edition.package.publisher["email"],
    }
    fields = {
        field["name"]: field for schema in edition.package.schemas for field in schema.descriptor["fields"]
    }
    text = dump(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": f"{settings.base}{CATALOG}#{edition.name}",
            "name": descriptor["title"],
            "description": descriptor["description"],
            "identifier": edition.name,
            "url": descriptor["homepage"],
            "keywords": descriptor["keywords"],
            "license": descriptor["licenses"][0]["path"],
            "isAccessibleForFree": True,
            "inLanguage": "fr",
            "version": descriptor["version"],
            "creator": publisher,
            "publisher": publisher,
            "datePublished": edition.issued.isoformat(),
            "dateModified": edition.modified.isoformat(),
            "temporalCoverage": f"{edition.provenance.versions[0].date.isoformat()}/..",
            "spatialCoverage": {"@type": "Place", "name": settings.coverage.name},
            "isBasedOn": edition.provenance.newest.url,
            "variableMeasured": [
                {"@type": "PropertyValue", "name": name, "description": field["description"]}
                for name, field in fields.items()
            ],
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": file.title,
                    "contentUrl": f"{settings.base}{file.name}",
                    "encodingFormat": file.mediatype,
                    "contentSize": f"{len(file.data)} B",
                    "sha256": file.sha256,
                }
                for file in downloads
                if file.kind == "main"
            ],
        }
    )
    return text.replace(b"<", b"\\u003c")
