"""What the portal shows of a project: its description, and which files, the useful ones first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import wording
from ..project import Project
from .distribution import DOCUMENTATION, MAIN
from .metadata import DatasetMetadata, dataset_metadata
from .templates import make_environment, render_template
from .udata_sync import TargetDataset, TargetResource, build_target

PORTAL_FORMATS = ("xlsx", "csv", "ods", "zip")
"""The formats of the files that go to the portal; the others are on the site alone."""

DESCRIPTION_TEMPLATE = "downloads/portail.md"


def build_portal_target(
    project: Project, distribution: Path, index: Mapping[str, Any], extensions: frozenset[str]
) -> TargetDataset:
    """Return the dataset that the portal should show.

    `index` is the index.json of the distribution, and `extensions` are those of the files that the
    portal accepts. Raises ProblemsFound for a file that cannot be read.
    """
    metadata = dataset_metadata(project)
    resources = list_file_resources(index, distribution)
    resources += list_remote_resources(metadata)
    description = render_template(
        make_environment(project), DESCRIPTION_TEMPLATE, meanings=wording.CELL_MEANINGS
    )
    return build_target(
        project.sources.publication,
        name=metadata.name,
        title=metadata.title,
        keywords=metadata.keywords,
        description=description,
        first_date=metadata.first_snapshot_date,
        contact_email=metadata.contact,
        resources=resources,
        extensions=extensions,
    )


def list_file_resources(index: Mapping[str, Any], distribution: Path) -> list[TargetResource]:
    """Return the files of a distribution that go to the portal, in the order of its index.json."""
    resources = []
    for entry in index["files"]:
        if entry["type"] != MAIN or entry["format"] not in PORTAL_FORMATS:
            continue
        schema_file = entry["schema"]
        resource = TargetResource(
            kind=MAIN,
            title=wording.portal_file_title(entry["title"]),
            description=f"{entry['description']} {entry['for']}",
            format=entry["format"],
            path=distribution / entry["name"],
            schema_url=None if schema_file is None else index["base"] + schema_file,
        )
        resources.append(resource)
    return resources


def list_remote_resources(metadata: DatasetMetadata) -> list[TargetResource]:
    """Return the addresses that the portal shows beside the files."""
    addresses = (
        (wording.lookup_page_resource(), "html", metadata.site),
        (wording.feed_resource(), "atom", metadata.feed_address),
        (wording.repository_resource(), "html", metadata.repository),
    )
    resources = []
    for (title, description), file_format, url in addresses:
        resource = TargetResource(DOCUMENTATION, title, description, file_format, url=url)
        resources.append(resource)
    return resources
