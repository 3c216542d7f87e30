"""What every catalogue, notice and page says of the dataset as a whole."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from .. import wording
from ..datapackage.release_manifest import format_version
from ..model.comparison import Comparison, compare_all
from ..project import Project

FEED_FILE = "changements.atom"
"""The name of the Atom feed of the changes, in the folder of the downloads."""


@dataclass(frozen=True)
class DatasetMetadata:
    """The facts of the dataset, each decided once.

    `version` is that of the release; `release_date` is its day, None until `make release` has
    prepared it. `created` is the day on which the package was first made. `modified` is the latest
    of `created`, the day of the last release and that of the newest snapshot.

    `page_address` is where the page is; the `snapshot_…` are of the newest snapshot, whose commit
    and address are None when they are not known. `downloads` is the folder of the newest files and
    `release_downloads` the permanent folder of this release's; addresses of folders end in "/".
    """

    name: str
    title: str
    description: str
    keywords: tuple[str, ...]
    licence_title: str
    licence_address: str
    publisher_name: str
    publisher_address: str
    contact: str
    version: str
    release_date: dt.date | None
    created: dt.date
    modified: dt.date
    page_title: str
    page_address: str
    first_snapshot_date: dt.date
    snapshot_date: dt.date
    snapshot_sha256: str
    snapshot_commit: str | None
    snapshot_address: str | None
    repository: str
    issues: str
    site: str
    downloads: str
    release_downloads: str

    @property
    def archive_address(self) -> str:
        """The address of the archive of the whole package."""
        return f"{self.downloads}{self.name}.zip"

    @property
    def feed_address(self) -> str:
        """The address of the Atom feed of the changes."""
        return f"{self.downloads}{FEED_FILE}"

    @property
    def dataset_identifier(self) -> str:
        """The URI that identifies the dataset in catalogues."""
        return f"{self.site}#{self.name}"


def dataset_metadata(project: Project) -> DatasetMetadata:
    """Return the facts of the dataset of a project."""
    package = project.package
    publication = project.sources.publication
    snapshot = project.newest.snapshot
    first_snapshot = project.snapshots[0].snapshot
    page_source = project.sources.page_source
    last_release_date = _find_last_release_date(project)
    created = dt.date.fromisoformat(package.created[:10])
    known_dates = [created, snapshot.date]
    if last_release_date is not None:
        known_dates.append(last_release_date)
    return DatasetMetadata(
        name=package.name,
        title=package.title,
        description=package.description,
        keywords=tuple(package.keywords),
        licence_title=package.licence["title"],
        licence_address=package.licence["path"],
        publisher_name=package.publisher["title"],
        publisher_address=package.publisher["path"],
        contact=project.contact,
        version=package.version,
        release_date=last_release_date if _is_released(project) else None,
        created=created,
        modified=max(known_dates),
        page_title=package.origin["title"],
        page_address=page_source.address,
        first_snapshot_date=first_snapshot.date,
        snapshot_date=snapshot.date,
        snapshot_sha256=snapshot.sha256,
        snapshot_commit=snapshot.commit,
        snapshot_address=page_source.file_address(snapshot),
        repository=publication.repository,
        issues=f"{publication.repository}/issues",
        site=publication.site,
        downloads=publication.downloads,
        release_downloads=publication.release_downloads(package.version),
    )


def _is_released(project: Project) -> bool:
    """Return whether release.json is that of the version of the package."""
    version = project.sources.release.version
    return version is not None and format_version(version) == project.package.version


def _find_last_release_date(project: Project) -> dt.date | None:
    date = project.sources.release.date
    return None if date is None else dt.date.fromisoformat(date)


def describe_dataset(metadata: DatasetMetadata) -> Mapping[str, str]:
    """Return what a notice says of the dataset: French texts by their label, in order.

    The permanent address of a version leads somewhere once it is released.
    """
    facts = {
        "Contenu": metadata.description,
        "Version de la page": wording.snapshot_fact(
            str(metadata.snapshot_date), metadata.snapshot_sha256, metadata.snapshot_commit
        ),
        "Version du jeu de données": wording.release_fact(
            metadata.version,
            None if metadata.release_date is None else str(metadata.release_date),
        ),
        "Dernière modification": str(metadata.modified),
        "Source": f"{metadata.page_title} : {metadata.page_address}",
        "Licence": f"{metadata.licence_title} : {metadata.licence_address}",
        "Éditeur": metadata.publisher_name,
        "Contact": metadata.contact,
        "Recherche par nom": metadata.site,
        "Signaler une erreur": metadata.issues,
        "Tous les fichiers": metadata.archive_address,
    }
    if metadata.release_date is not None:
        facts["Fichiers de cette version"] = metadata.release_downloads
    return facts


@dataclass(frozen=True)
class ChangeLogEntry:
    """A snapshot, and what changed since the one before; None for the first snapshot.

    `address` is that of its file, or of the page. `title` names it with its numbers of changes;
    `organisation_count` is how many organisations it lists.
    """

    date: dt.date
    address: str
    title: str
    organisation_count: int
    comparison: Comparison | None


def build_change_log(project: Project) -> list[ChangeLogEntry]:
    """Return every snapshot with what it changed, newest first."""
    comparisons: list[Comparison | None] = list(
        compare_all(
            project.snapshots, project.coverage, project.sources.contracts, project.registry
        )
    )
    comparisons.append(None)
    rows = list(reversed(project.tables["versions"]))
    page_address = project.sources.page_source.address
    entries = []
    for row, comparison in zip(rows, comparisons, strict=True):
        changes = None if comparison is None else count_changes(comparison)
        entries.append(
            ChangeLogEntry(
                date=row["date"],
                address=row["adresse"] or page_address,
                title=wording.change_title(row["date"], changes),
                organisation_count=row["nombre"],
                comparison=comparison,
            )
        )
    return entries


def count_changes(comparison: Comparison) -> list[str]:
    """Return the numbers of changes of all lists, in French, such as « 3 ajouts »."""
    counts = []
    for kind in wording.CHANGE_KINDS:
        count = sum(len(getattr(part, kind)) for part in comparison.lists)
        if count > 0:
            counts.append(wording.count_changes(kind, count))
    rerouted_count = sum(len(part.rerouted) for part in comparison.lists)
    if rerouted_count > 0:
        counts.append(wording.count_rerouted(rerouted_count))
    return counts
