"""What a publication plans for each state of the portal."""

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.publish.udata_models import (
    ContactState,
    DatasetState,
    ResourceState,
)
from beneficiaires.publish.udata_sync import (
    TargetDataset,
    TargetResource,
    build_target,
    describe_operation,
    plan_operations,
)
from beneficiaires.source.models import PortalSettings, Publication, Term

NAME = "essai"
MARK = "essai:path"
EXTENSIONS = frozenset(["csv", "txt"])
SHA1 = "acaecd203ed87f512cfdd336305b3d350e51c7c1"  # of « oui » and a line feed, by sha1sum
PUBLICATION = Publication(
    repository="https://github.com/exemple/essai",
    portal="https://portail.example",
    frequency="irregular",
    themes=(),
    publisher_type=Term("NationalAuthority", "Autorité nationale"),
    country=Term("FRA", "France"),
    country_bounds="",
    host="",
    is_official_site=False,
    portal_settings=PortalSettings(
        "lov2", "Mission", ("country:fr", "country-subset:fr:drom"), "country", "organisation", ""
    ),
)
REFUSED = "laissé a.parquet : le portail refuse ce type de fichier"


def build(folder: Path, publication: Publication = PUBLICATION) -> TargetDataset:
    """Return the target of two files, one refused file and one address, all in a folder."""
    for name in ("a.csv", "b.txt", "a.parquet"):
        (folder / name).write_text("oui\n")
    schema = "https://example.org/schema-a.json"
    resources = [
        TargetResource("main", "A", "Table.", "csv", folder / "a.csv", schema_url=schema),
        TargetResource("main", "A", "Table.", "parquet", folder / "a.parquet"),
        TargetResource("documentation", "B", "Texte.", "txt", folder / "b.txt", schema_url=schema),
        TargetResource("documentation", "Page", "", "html", url="https://example.org/"),
    ]
    return build_target(
        publication,
        name=NAME,
        title="Titre",
        keywords=["Marchés publics", "marches-publics", "code.gouv.fr"],
        description="Description.",
        first_date=dt.date(2023, 9, 7),
        contact_email="contact@example.org",
        resources=resources,
        extensions=EXTENSIONS,
    )


@pytest.fixture
def target(tmp_path) -> TargetDataset:
    return build(tmp_path)


@dataclass(frozen=True)
class Case:
    """What a portal that shows the target has instead, and the lines of the plan then.

    `first` are fields of the first resource, `first_metadata` of its metadata. `order` has the
    resources by number: 0, 1 and 2 are the target's, 9 is the one described by `added`.
    """

    name: str
    lines: list[str]
    prune: bool = False
    metadata: dict = field(default_factory=dict)
    dataset: dict = field(default_factory=dict)
    first: dict = field(default_factory=dict)
    first_metadata: dict = field(default_factory=dict)
    added: tuple[str, str | None, dict] = ("", None, {})
    order: tuple[int, ...] = (0, 1, 2)


def make_state(target: TargetDataset, case: Case) -> DatasetState:
    """Return the state of the portal of a case."""
    resources = {}
    for number, resource in enumerate(target.resources):
        resources[number] = ResourceState(
            identifier=f"r{number}",
            metadata=resource.metadata,
            is_remote=resource.is_remote,
            sha1=target.checksums.get(resource.name),
            extras={MARK: resource.name, "autre": 1},
        )
    first_metadata = replace(resources[0].metadata, **case.first_metadata)
    resources[0] = replace(resources[0], metadata=first_metadata, **case.first)
    title, sha1, extras = case.added
    resources[9] = ResourceState("r9", replace(first_metadata, title=title), False, sha1, extras)
    state = DatasetState(
        identifier="d",
        deleted=None,
        metadata=replace(target.metadata, **case.metadata),
        extras={MARK: NAME, "autre": {"cle": 1}},
        contacts=(STRANGER, OURS),
        resources=tuple(resources[number] for number in case.order),
        quality=1.0,
    )
    return replace(state, **case.dataset)


STRANGER = ContactState("c1", "autre@example.org")
OURS = ContactState("c2", "contact@example.org")
ORDER = "↕ ressources : dans l'ordre de la distribution"
CASES = [
    Case("nothing to do", []),
    Case("nothing to prune", [], prune=True),
    Case("a missing file", ["+ b.txt : nouveau fichier"], order=(0, 2)),
    Case("a missing address", ["+ https://example.org/ : nouveau lien"], order=(0, 1)),
    Case("another order", [ORDER], order=(2, 1, 0)),
    Case(
        "other bytes, with which the title is put right",
        ["~ a.csv : nouveau contenu"],
        first={"sha1": "other"},
        first_metadata={"title": "X"},
    ),
    Case("no checksum", ["~ a.csv : nouveau contenu"], first={"sha1": None}),
    Case(
        "another description and no schema",
        [
            "~ a.csv : description « X » → « Table. », "
            "schéma « » → « https://example.org/schema-a.json »"
        ],
        first_metadata={"description": "X", "schema_url": None},
    ),
    Case(
        "the same file, put there and described by a person",
        [
            "+ a.csv : nouveau fichier",
            "laissé « a.csv » : n'est pas dans la distribution",
            "↕ ressources : dans l'ordre de la distribution",
        ],
        first={"extras": {}},
        first_metadata={"title": "a.csv", "description": "À la main."},
    ),
    Case(
        "a file of others with the name of ours, not its bytes",
        [
            "+ a.csv : nouveau fichier",
            "laissé « a.csv » : n'est pas dans la distribution",
        ],
        prune=True,
        added=("a.csv", "other", {}),
        order=(1, 2, 9),
    ),
    Case(
        "a file of others with the bytes of ours, not its name",
        ["laissé « copie.csv » : n'est pas dans la distribution"],
        prune=True,
        added=("copie.csv", SHA1, {}),
        order=(0, 1, 2, 9),
    ),
    Case(
        "ours and no more wanted, without prune",
        ["laissé « Vieux » : n'est pas dans la distribution"],
        added=("Vieux", "other", {MARK: "vieux.csv"}),
        order=(0, 1, 2, 9),
    ),
    Case(
        "ours and no more wanted, with prune",
        ["- « Vieux » : n'est plus dans la distribution", ORDER],
        prune=True,
        added=("Vieux", "other", {MARK: "vieux.csv"}),
        order=(9, 0, 1, 2),
    ),
    Case(
        "a second resource with the mark of the first",
        ["- « Double » : n'est plus dans la distribution"],
        prune=True,
        added=("Double", SHA1, {MARK: "a.csv"}),
        order=(0, 1, 2, 9),
    ),
    Case(
        "what the portal refuses is not pruned",
        ["laissé « Vieux » : n'est pas dans la distribution"],
        prune=True,
        added=("Vieux", "other", {MARK: "a.parquet"}),
        order=(0, 1, 2, 9),
    ),
    Case(
        "an address that bears the mark of a file",
        [
            "+ a.csv : nouveau fichier",
            "laissé « A » : n'est pas dans la distribution",
            ORDER,
        ],
        first={"is_remote": True},
    ),
    Case(
        "our contact is missing",
        ["~ jeu de données : contact « » → « contact@example.org »"],
        dataset={"contacts": (STRANGER,)},
    ),
    Case(
        "our mark is missing",
        ["~ jeu de données : marque de ce projet « » → « essai »"],
        dataset={"extras": {}},
    ),
    Case(
        "metadata edited by hand",
        [
            "~ jeu de données : licence « » → « lov2 », "
            "zones « » → « country-subset:fr:drom, country:fr », "
            "fin de la période « 2024-01-01 » → « », privé « oui » → « non »"
        ],
        metadata={"licence": None, "last_date": "2024-01-01", "zones": (), "is_private": True},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_plan(target, case):
    operations = plan_operations(target, make_state(target, case), case.prune)

    lines = [describe_operation(operation) for operation in operations]
    lines.remove(REFUSED)
    assert lines == case.lines
    for operation in operations:
        is_left = describe_operation(operation).startswith("laissé")
        assert is_left == (operation.request is None)


def test_a_new_dataset_is_private_until_all_is_sent(target):
    operations = plan_operations(target, None, prune=False)

    assert [describe_operation(operation) for operation in operations] == [
        "+ jeu de données : nouveau, privé jusqu'à ce que tout soit envoyé",
        "+ a.csv : nouveau fichier",
        "+ b.txt : nouveau fichier",
        "+ https://example.org/ : nouveau lien",
        REFUSED,
    ]
    assert operations[0].request.payload["private"] is True
    assert target.metadata.is_private is False


def test_a_write_keeps_the_extras_and_contacts_of_others(target):
    case = Case(
        "", [], dataset={"contacts": (STRANGER,)}, first={"sha1": "other"}, metadata={"title": "X"}
    )

    file, _, description = plan_operations(target, make_state(target, case), prune=False)

    assert file.request.payload["extras"] == {MARK: "a.csv", "autre": 1}
    assert description.request.payload["extras"] == {MARK: NAME, "autre": {"cle": 1}}
    assert description.request.payload["contact_points"] == ["c1"]
    assert description.contact["email"] == "contact@example.org"


def test_the_target_has_the_sha1_of_files_sorted_tags_and_schemas_on_csv_only(target):
    assert target.checksums == {"a.csv": SHA1, "b.txt": SHA1}
    assert target.metadata.tags == ("code-gouv-fr", "marches-publics")
    assert target.metadata.first_date == "2023-09-07"
    schemas = [resource.metadata.schema_url for resource in target.resources]
    assert schemas == ["https://example.org/schema-a.json", None, None]
    assert [resource.name for resource in target.refused] == ["a.parquet"]


def test_an_empty_organisation_is_one_line(tmp_path):
    settings = replace(PUBLICATION.portal_settings, organisation="")
    with pytest.raises(ProblemsFound, match=r"^source/publication.yml: « organisation » est vide"):
        build(tmp_path, replace(PUBLICATION, portal_settings=settings))
