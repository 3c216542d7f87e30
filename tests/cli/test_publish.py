"""Publishing on the software of data.gouv.fr, run for real on this machine."""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.publish.udata_client import (
    TransientProblem,
    UdataClient,
    retry_transient,
)
from beneficiaires.publish.udata_models import DatasetState
from beneficiaires.publish.udata_sync import (
    TargetDataset,
    TargetResource,
    apply_operations,
    build_target,
    describe_operation,
    find_dataset,
    plan_operations,
)
from beneficiaires.source.models import PortalSettings, Publication, Term
from portals.site import Site

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("udata")]

NAME = "essai-beneficiaires"
MARK = f"{NAME}:path"
DESCRIPTION = (
    "## Question\n\nQui peut utiliser les marchés ?\n\n- **oui** ;\n- à vérifier.\n\n"
    + 9 * ("Une description de jeu de données. ")
)
SCHEMA = "https://example.org/schema-couverture.json"
HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html><h1>Maintenance</h1>\n</html>"}
NAMES = ["couverture.csv", "lisez-moi.txt", "https://example.org/recherche/"]


class Publisher:
    """A person who publishes a small distribution on a site, as the command does."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.key = site.key
        self.settings = PortalSettings(
            "lov2", "Mission de test", ("country:fr",), "country", site.organization, ""
        )
        self.resources = [
            make_file(folder, "couverture.csv", "a,b\n1,2\n", schema_url=SCHEMA),
            make_file(folder, "lisez-moi.txt", "Bonjour.\n", kind="documentation"),
            make_file(folder, "couverture.parquet", "PAR1"),
            TargetResource(
                "documentation",
                "Recherche",
                "La page.",
                "html",
                url="https://example.org/recherche/",
            ),
        ]
        self.waits: list[float] = []
        self.reports: list[str] = []

    def publish(self, prune: bool = False) -> DatasetState:
        """Publish, and begin again after transient faults."""
        client, target = self.prepare()
        return self.retry(apply_operations, client, target, prune)

    def publish_once(self) -> DatasetState:
        """Publish, and stop at the first fault."""
        client = UdataClient(self.site.url, self.key)
        return apply_operations(client, self.build(client), prune=False)

    def plan(self, prune: bool = False) -> list[str]:
        """Return the lines of the plan."""
        client, target = self.prepare()
        state = self.retry(find_dataset, client, target)
        operations = plan_operations(target, state, prune)
        return [describe_operation(operation) for operation in operations]

    def read_failure(self) -> str:
        """Return the only line in which a publication that cannot be done ends."""
        with pytest.raises(ProblemsFound) as failure:
            self.publish()
        (problem,) = failure.value.problems
        message = str(problem)
        assert "\n" not in message
        assert not self.key or self.key not in message + "".join(self.reports)
        return message

    def prepare(self) -> tuple[UdataClient, TargetDataset]:
        client = UdataClient(self.site.url, self.key)
        return client, self.retry(self.build, client)

    def build(self, client: UdataClient) -> TargetDataset:
        publication = Publication(
            repository="https://github.com/exemple/essai",
            portal=self.site.url,
            frequency="irregular",
            themes=(),
            publisher_type=Term("NationalAuthority", "Autorité nationale"),
            country=Term("FRA", "France"),
            country_bounds="",
            host="",
            is_official_site=False,
            portal_settings=self.settings,
        )
        return build_target(
            publication,
            name=NAME,
            title="Bénéficiaires de l'essai",
            keywords=["Marchés publics", "code.gouv.fr"],
            description=DESCRIPTION,
            first_date=dt.date(2023, 9, 7),
            contact_email="contact@example.org",
            resources=self.resources,
            extensions=client.fetch_extensions(),
        )

    def retry(self, function, *arguments):
        return retry_transient(
            function, *arguments, report=self.reports.append, sleep=self.waits.append
        )

    def change_settings(self, **settings) -> None:
        self.settings = dataclasses.replace(self.settings, **settings)

    def change_files(self, folder: Path) -> None:
        """Change the first file and add another after it."""
        self.resources[0].path.write_text("autre\n")
        self.resources.insert(1, make_file(folder, "nouvelle.csv", "a\n1\n"))

    def check_convergence(self, reference: list) -> None:
        """Publish, compare with a publication without fault, and see the next one send nothing."""
        self.publish()
        assert self.site.state() == reference
        self.site.forget()
        self.publish()
        assert self.site.writes() == []


def make_file(folder: Path, name: str, content: str, **fields) -> TargetResource:
    path = folder / name
    path.write_text(content)
    stem, extension = name.split(".")
    kind = fields.pop("kind", "main")
    return TargetResource(
        kind, f"Titre de {stem}", f"Ce que dit {name}.", extension, path, **fields
    )


@pytest.fixture
def publisher(site, tmp_path) -> Publisher:
    return Publisher(site, tmp_path)


@pytest.fixture(scope="module")
def reference(udata, tmp_path_factory) -> list:
    """The state of the site after a publication that met no fault."""
    udata.reset()
    Publisher(udata, tmp_path_factory.mktemp("reference")).publish()
    return udata.state()


def list_names(site: Site) -> list[str]:
    resources = site.dataset()["resources"]
    return [resource["extras"].get(MARK, resource["title"]) for resource in resources]


def test_the_portal_shows_the_target(publisher, site):
    state = publisher.publish()

    dataset = site.dataset()
    assert state.identifier == dataset["id"]
    assert state.quality == dataset["quality"]["score"] == 1.0
    assert dataset["title"] == "Bénéficiaires de l'essai"
    assert dataset["description"] == DESCRIPTION
    assert dataset["license"] == "lov2"
    assert dataset["frequency"] == "irregular"
    assert dataset["private"] is False
    assert dataset["tags"] == ["code-gouv-fr", "marches-publics"]
    assert dataset["spatial"]["zones"] == ["country:fr"]
    assert dataset["temporal_coverage"]["start"] == "2023-09-07"
    assert dataset["organization"]["id"] == site.organization
    (contact,) = dataset["contact_points"]
    assert contact["name"] == "Mission de test"
    assert contact["email"] == "contact@example.org"
    assert contact["role"] == "contact"


def test_resources_are_shown_in_order_with_what_is_said_of_them(publisher, site):
    publisher.publish()

    table, note, page = site.dataset()["resources"]
    assert list_names(site) == NAMES
    assert table["title"] == "Titre de couverture"
    assert table["description"] == "Ce que dit couverture.csv."
    assert [table["type"], note["type"], page["type"]] == ["main", "documentation", "documentation"]
    assert [table["format"], note["format"], page["format"]] == ["csv", "txt", "html"]
    assert [table["filetype"], page["filetype"]] == ["file", "remote"]
    assert page["url"] == "https://example.org/recherche/"
    assert table["schema"]["url"] == SCHEMA
    assert [note["schema"], page["schema"]] == [None, None]
    assert table["checksum"]["value"] == hashlib.sha1(b"a,b\n1,2\n").hexdigest()
    assert httpx.get(table["latest"], follow_redirects=True).content == b"a,b\n1,2\n"


def test_the_second_publication_sends_nothing(publisher, site):
    publisher.publish()
    before = site.datasets()
    site.forget()

    publisher.publish()

    assert site.writes() == []
    assert site.datasets() == before


def test_the_plan_needs_no_key_and_names_refused_files(publisher, site):
    publisher.publish()
    site.forget()
    publisher.key = ""

    assert publisher.plan() == ["laissé couverture.parquet : le portail refuse ce type de fichier"]
    assert site.writes() == []


def test_a_changed_file_keeps_its_address_and_a_new_one_takes_its_place(publisher, site, tmp_path):
    publisher.publish()
    before = site.dataset()["resources"]
    publisher.change_files(tmp_path)
    site.forget()

    assert publisher.plan()[:2] == [
        "~ couverture.csv : nouveau contenu",
        "+ nouvelle.csv : nouveau fichier",
    ]
    publisher.publish()

    after = site.dataset()["resources"]
    assert list_names(site) == [NAMES[0], "nouvelle.csv", *NAMES[1:]]
    assert after[0]["latest"] == before[0]["latest"]
    assert after[2:] == before[1:]
    assert len(site.writes()) == 5  # a file and its description, twice, then the order


def test_what_is_edited_by_hand_is_put_right(publisher, site, reference):
    publisher.publish()
    dataset = site.dataset()
    path = f"datasets/{dataset['id']}/"
    first, second, third = [resource["id"] for resource in dataset["resources"]]
    edited = {"title": "À la main", "tags": ["autre"], "private": True}
    site.api("PUT", path, json={**site.api("GET", path), **edited})
    site.api("POST", f"{path}resources/{first}/upload/", files={"file": ("autre.csv", b"a\n")})
    edited = {"title": "À la main aussi", "schema": {"url": SCHEMA}}
    site.api("PUT", f"{path}resources/{second}/", json=edited)
    moved = {"title": "Recherche", "filetype": "remote", "url": "https://example.org/ailleurs/"}
    site.api("PUT", f"{path}resources/{third}/", json=moved)

    plan = publisher.plan()
    publisher.check_convergence(reference)

    assert plan[1].startswith(
        "~ lisez-moi.txt : titre « À la main aussi » → « Titre de lisez-moi »"
    )
    assert plan[1].endswith(f"schéma « {SCHEMA} » → « »")
    assert "adresse « https://example.org/ailleurs/ » →" in plan[2]
    assert plan[-1] == (
        "~ jeu de données : titre « À la main » → « Bénéficiaires de l'essai », "
        "mots-clés « autre » → « code-gouv-fr, marches-publics », privé « oui » → « non »"
    )
    assert [resource["id"] for resource in site.dataset()["resources"]] == [first, second, third]


def test_what_others_added_is_left_even_when_ours_is_pruned(publisher, site):
    publisher.publish()
    path = f"datasets/{site.dataset()['id']}/"
    site.api("POST", f"{path}upload/", files={"file": ("graphique.png", b"autre")})
    # It has the name of a file of ours, not its bytes.
    site.api("POST", f"{path}upload/", files={"file": ("couverture.csv", b"autre")})
    publisher.resources = publisher.resources[:1]

    plan = publisher.plan()
    publisher.publish()
    assert len(site.dataset()["resources"]) == 5
    publisher.publish(prune=True)

    assert "laissé « Titre de lisez-moi » : n'est pas dans la distribution" in plan
    titles = [resource["title"] for resource in site.dataset()["resources"]]
    assert titles == ["Titre de couverture", "couverture.csv", "graphique.png"]


def test_contacts_and_extras_of_others_are_kept_when_ours_are_added(publisher, site):
    publisher.publish()
    dataset = site.dataset()
    path = f"datasets/{dataset['id']}/"
    owner = {"organization": site.organization, "role": "contact"}
    contact = {"name": "Autre", "email": "autre@example.org", **owner}
    stranger = site.api("POST", "contacts/", json=contact)
    extras = {**dataset["extras"], "autre:cle": "valeur"}
    edited = {"extras": extras, "contact_points": [stranger["id"]]}
    site.api("PUT", path, json={**site.api("GET", path), **edited})

    assert publisher.plan()[-1] == "~ jeu de données : contact « » → « contact@example.org »"
    publisher.publish()

    dataset = site.dataset()
    emails = [contact["email"] for contact in dataset["contact_points"]]
    assert emails == ["contact@example.org", "autre@example.org"]
    assert dataset["extras"]["autre:cle"] == "valeur"


def test_an_upload_that_was_cut_is_recognised(publisher, site, reference):
    publisher.publish()
    dataset = site.dataset()
    path = f"datasets/{dataset['id']}/"
    site.api("DELETE", f"{path}resources/{dataset['resources'][0]['id']}/")
    cut = site.api("POST", f"{path}upload/", files={"file": ("couverture.csv", b"a,b\n1,2\n")})

    publisher.check_convergence(reference)

    assert site.dataset()["resources"][0]["id"] == cut["id"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "0123456789abcdef01234567"}, "01234567 : introuvable ; HTTP 404"),
        ({"organisation": "nulle/part"}, "organisation « nulle/part » : introuvable"),
        ({"organisation": ""}, "« organisation » est vide"),
        ({"zones": ("country:xx",)}, "HTTP 400 {"),
        ({"licence": "lov3"}, "~ jeu de données : licence « notspecified » → « lov3 »"),
    ],
)
def test_a_wrong_setting_is_one_line(publisher, settings, message):
    publisher.change_settings(**settings)
    assert message in publisher.read_failure()


def test_a_wrong_key_is_one_line(publisher, site):
    publisher.key = "udata_wrong"
    assert "clé refusée, en créer une sur le portail" in publisher.read_failure()

    publisher.key = site.stranger
    refusal = '{"errors": {"organization": ["Permission refusée pour cette organisation"]}}'
    assert publisher.read_failure().endswith(f"HTTP 400 {refusal}")
    assert site.datasets() == []


def test_a_deleted_dataset_is_named_by_its_identifier_and_not_found_by_its_mark(
    publisher, site, reference
):
    first = publisher.publish().identifier
    site.api("DELETE", f"datasets/{first}/")
    publisher.change_settings(dataset=first)
    assert f"jeu de données {first} : supprimé le 20" in publisher.read_failure()

    publisher.change_settings(dataset="")
    publisher.check_convergence(reference)

    assert site.dataset()["id"] != first


@pytest.mark.parametrize(
    ("method", "path", "failure", "message"),
    [
        ("POST", "/api/1/datasets/", {"status": 502, **HTML}, "HTTP 502"),
        ("PUT", "/api/1/datasets/", {"status": 502, **HTML}, "HTTP 502"),
        ("PUT", "/resources/", {"status": 408, **HTML}, "HTTP 408"),
        ("POST", "/resources/", {"status": 502, **HTML}, "HTTP 502"),
        ("POST", "/contacts/", {"status": 502, **HTML}, "HTTP 502"),
        ("POST", "/upload/", {"status": 500}, 'HTTP 500 {"message": "failure on purpose"}'),
        ("POST", "/upload/", {"status": 0}, "pas de réponse (RemoteProtocolError)"),
        ("POST", "/upload/", {"status": None, "lost": 5}, "n'est pas celui qui a été envoyé"),
    ],
)
def test_a_write_that_fails_is_sent_again_only_after_a_look(
    publisher, site, reference, method, path, failure, message
):
    site.fail(method=method, path=path, count=1000, **failure)
    assert publisher.read_failure().endswith(message)
    assert publisher.waits == [2, 4, 8, 16]

    site.reset()
    publisher.waits.clear()
    site.fail(method=method, path=path, **failure)
    site.fail(method=method, path=path, status=503, after=True, headers={"Retry-After": "soon"})
    publisher.check_convergence(reference)
    assert publisher.waits == [2, 4]


def test_the_portal_says_how_long_to_wait(publisher, site, reference):
    for path, seconds in (("/extensions/", "3"), ("/upload/", "7"), ("/contacts/", "86400")):
        site.fail(path=path, status=429, headers={"Retry-After": seconds})

    publisher.check_convergence(reference)

    assert publisher.waits == [3, 7, 120]
    assert publisher.reports[0].endswith("; nouvel essai dans 3 s")


@pytest.mark.parametrize("is_update", [False, True], ids=["first", "update"])
def test_a_publication_that_ends_after_any_request_is_completed_by_the_next(
    publisher, site, tmp_path, is_update
):
    old_files = [
        (resource.path, resource.path.read_bytes()) for resource in publisher.resources[:2]
    ]
    old_resources = list(publisher.resources)
    publisher.change_files(tmp_path)
    new_resources, new_bytes = publisher.resources, publisher.resources[0].path.read_bytes()
    publisher.publish()
    reference = site.state()
    for count in range(0, 100, 3):  # a file takes four requests: each of them is met
        site.reset()
        identifiers = set()
        if is_update:
            old_files[0][0].write_bytes(old_files[0][1])
            publisher.resources = old_resources
            publisher.publish()
            identifiers = {resource["id"] for resource in site.dataset()["resources"]}
            new_resources[0].path.write_bytes(new_bytes)
            publisher.resources = new_resources
        # The portal does what it is asked, and nothing that the program learnt is left.
        site.fail(status=0, after=True, skip=count)
        try:
            publisher.publish_once()
            break
        except TransientProblem:
            publisher.publish()
        assert site.state() == reference, f"after request {count}"
        assert identifiers <= {resource["id"] for resource in site.dataset()["resources"]}
    assert count > 12


def test_no_redirection_gets_the_key(publisher, site):
    site.fail(status=308, headers={"Location": f"{site.url}/elsewhere"}, body="")

    assert publisher.read_failure().endswith(f"HTTP 308 {site.url}/elsewhere")

    assert len(site.requests()) == 1


def test_a_key_that_the_portal_repeats_is_shown_nowhere(publisher, site):
    publisher.publish()
    dataset = site.dataset()
    path = f"datasets/{dataset['id']}/"
    # Where the value is cut for the plan, half of the key would be left.
    edited = {"title": 40 * "x" + site.key}
    site.api("PUT", path, json={**site.api("GET", path), **edited})

    plan = "\n".join(publisher.plan())
    assert 40 * "x" + "…" in plan
    assert site.key[:12] not in plan

    body = json.dumps({"message": f"no: {site.key}"})
    site.fail(method="PUT", path="/datasets/", status=400, body=body)
    assert publisher.read_failure().endswith('HTTP 400 {"message": "no: …"}')


# The command


class PublishCommand:
    """The command on a copy of the project whose settings name a site."""

    def __init__(self, site, project, monkeypatch) -> None:
        self.site = site
        self.project = project
        self.monkeypatch = monkeypatch
        settings = "source/publication.yml"
        project.replace_text(settings, "https://demo.data.gouv.fr", site.url)
        project.replace_text(settings, 'organisation: ""', f"organisation: {site.organization}")
        project.run_ok("build_dist")

    def run(self, *arguments, key, answer=""):
        """Run the command with a key and an answer to its question."""
        self.monkeypatch.setenv("DATAGOUV_API_KEY", key)
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        return self.project.run("publish", *arguments)


@pytest.fixture
def command(site, project, monkeypatch) -> PublishCommand:
    return PublishCommand(site, project, monkeypatch)


def test_the_command_publishes_the_useful_files_first_and_then_has_nothing_to_do(command, site):
    result = command.run("--yes", key=site.key)

    dataset = site.dataset()
    last_line = result.out.splitlines()[-1]
    assert last_line == f"publié : {site.url}/datasets/{dataset['id']}/ ; note du portail : 100%"
    titles = [resource["title"] for resource in dataset["resources"]]
    assert titles[:3] == ["Qui peut utiliser quel marché", "Couverture", "Bénéficiaires"]
    assert len(titles) == 14
    assert "mon organisme est-il bénéficiaire" in titles[11]
    with_schema = [resource for resource in dataset["resources"] if resource["schema"]]
    assert {resource["format"] for resource in with_schema} == {"csv"}
    assert len(with_schema) == 8
    assert dataset["quality"]["score"] == 1.0
    answer = (
        "- **Non cité** (`non_cite`) : La liste ne cite pas l'organisme. Ce n'est pas un refus."
    )
    assert answer in dataset["description"]
    second = command.run("--dry-run", key="")
    assert second.out.splitlines()[0].endswith(" · à faire : 0")


def test_nothing_is_sent_without_a_yes(command, site):
    for answer in ("", "n", "peut-être"):
        result = command.run(key=site.key, answer=answer)
        assert result.status == 1
        assert result.err == f"{site.url}: abandon, rien n'a été envoyé\n"
    assert site.writes() == []


def test_a_key_is_needed_to_write(command, site):
    result = command.run("--yes", key="")

    assert result.err.startswith("DATAGOUV_API_KEY: clé absente")
    assert site.requests() == []


def test_a_distribution_that_is_not_of_these_sources_is_not_sent(command, site):
    command.project.edit_text("source/marches.yml", lambda text: text + "# autre\n")

    result = command.run("--yes", key=site.key)

    assert result.status == 1
    assert "make dist" in result.err
    assert site.requests() == []


def read_command_lines() -> list[bytes]:
    """Return what the list of processes shows of each command."""
    command_lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command_lines.append(path.read_bytes())
    return command_lines


def test_the_key_is_in_no_process_list_output_or_file(command, site, tmp_path):
    command.project.run_process("validate")  # copies the scripts
    command.project.run_process("build_dist")  # of which index.json holds the hash
    environment = {**os.environ, "DATAGOUV_API_KEY": site.key, "HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, command.project.root / "scripts/publish.py", "--yes"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    command_lines = read_command_lines()
    while process.poll() is None and not any(b"publish.py" in line for line in command_lines):
        command_lines = read_command_lines()  # the process has not begun yet
    output = process.communicate()[0]

    assert process.returncode == 0, output
    assert any(b"publish.py" in line for line in command_lines)
    assert not any(site.key.encode() in line for line in command_lines)
    assert site.key not in output
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or site.key.encode() not in path.read_bytes()
