"""Publishing on data.gouv.fr, on the software that runs it."""

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from typing import NamedTuple

import httpx
import niquests
import pytest

import publish as command
from beneficiaires import edition, plan, portal, shipment
from conftest import ROOT, copy_project
from portals.site import Site, engine, running
from servers import serving

NAME = "marches-logiciels-libres-beneficiaires"
SMALL = ("beneficiaires.csv", "marches.csv", "lisez-moi.txt")
REFUSED = (".atom", ".jsonld", ".parquet")
HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html><h1>Maintenance</h1>\n</html>"}
HERE = Path(__file__).resolve().parent


class Done(NamedTuple):
    """How a publication ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def planned(self) -> list[str]:
        """The steps that it said."""
        return [
            line.strip()
            for line in self.out.splitlines()
            if line.startswith(("  + ", "  ~ ", "  ↕ ", "  - "))
        ]

    @property
    def faults(self) -> list[str]:
        """How it ended, without the faults that it overcame on the way."""
        return [line for line in self.err.splitlines() if not line.endswith(" ; nouvel essai")]


class Publisher:
    """Someone who publishes a folder on a site; what is said to them never holds the key."""

    def __init__(self, site: Site, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.site, self.root, self.patch = site, root, patch
        self.key = site.key

    def __call__(self, dist: Path, *args: str, where: str = "", answer: str | None = None) -> Done:
        self.patch.setenv("DATAGOUV_API_KEY", self.key)
        out, err = io.StringIO(), io.StringIO()
        line = [str(self.root), "--dist", str(dist), "--site", where or self.site.url]
        line += [*args, *(() if answer is not None else ("--yes",))]
        line += [] if "--organization" in args else ["--organization", self.site.organization]
        self.patch.setattr(sys, "stdin", io.StringIO(answer or ""))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = command.main(line)
        done = Done(code, out.getvalue(), err.getvalue())
        assert not self.key or self.key not in done.out + done.err
        return done

    def well(self, dist: Path, *args: str) -> Done:
        done = self(dist, *args)
        assert done.code == 0, done.err
        return done

    def refused(self, dist: Path, *args: str, **options: str) -> str:
        """The one line in which a publication ends that cannot be done."""
        done = self(dist, *args, **options)
        assert done.code == 1, done.out
        (line,) = done.faults
        return line


@pytest.fixture(scope="session")
def udata(tmp_path_factory):
    with running(tmp_path_factory.mktemp("udata") / "errors.log") as site:
        yield site


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A copy of the project, its dist/ built."""
    root = tmp_path_factory.mktemp("project") / "root"
    checkout = copy_project(root)
    assert checkout.run("build_dist", root, "--out", root / "dist").returncode == 0
    return root


@pytest.fixture
def site(udata, monkeypatch):
    udata.reset()
    monkeypatch.setattr(portal, "WAITS", (1, 1))
    monkeypatch.setattr(portal, "TIMEOUT", 10)
    return udata


@pytest.fixture
def waited(monkeypatch) -> list[int]:
    """The seconds that a publication would have waited."""
    seconds = []
    monkeypatch.setattr(portal.time, "sleep", seconds.append)
    return seconds


@pytest.fixture
def publisher(site, project, monkeypatch) -> Publisher:
    return Publisher(site, project, monkeypatch)


@pytest.fixture
def full(project, tmp_path) -> Path:
    return Path(shutil.copytree(project / "dist", tmp_path / "dist"))


@pytest.fixture
def small(full) -> Path:
    """A distribution of three files."""
    rewrite(full, lambda files: [each for each in files if each["name"] in SMALL])
    return full


def rewrite(dist: Path, change: Callable[[list[dict]], list[dict]]) -> None:
    """Change the files that index.json lists, their sizes and hashes as they are on disk."""
    index = json.loads((dist / "index.json").read_text())
    index["files"] = change(index["files"])
    for each in index["files"]:
        data = (dist / each["name"]).read_bytes()
        each |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (dist / "index.json").write_text(json.dumps(index))


def edit(dist: Path, name: str) -> None:
    """Change one file of a distribution."""
    path = dist / name
    path.write_bytes(path.read_bytes().replace(b"support", b"soutien"))
    rewrite(dist, lambda files: files)


def accepted(dist: Path) -> list[dict]:
    files = json.loads((dist / "index.json").read_text())["files"]
    return [each for each in files if not each["name"].endswith(REFUSED)]


def download(resource: dict) -> bytes:
    """As a reader does, by the address that never changes."""
    return httpx.get(resource["latest"], follow_redirects=True).raise_for_status().content


def file_of(resource: dict) -> str:
    return resource["extras"][f"{NAME}:path"]


# From nothing, and again


def test_from_nothing_to_a_dataset_of_full_quality(publisher, site, full):
    done = publisher.well(full)
    dataset, package = site.dataset(), json.loads((publisher.root / "datapackage.json").read_text())
    assert dataset["quality"]["score"] == 1.0
    assert (dataset["title"], dataset["description"]) == (package["title"], package["description"])
    assert (dataset["license"], dataset["frequency"], dataset["private"]) == ("lov2", "irregular", False)
    assert dataset["organization"]["id"] == site.organization
    assert (dataset["spatial"]["zones"], dataset["spatial"]["granularity"]) == (["country:fr"], "country")
    assert dataset["temporal_coverage"]["start"] == "2023-09-01"
    assert {"logiciels-libres", "marches-publics", "code-gouv-fr"} < set(dataset["tags"])
    assert [each["email"] for each in dataset["contact_points"]] == ["contact@code.gouv.fr"]
    assert f"jeu: {dataset['id']}" in done.out and "qualité selon le site : 100%" in done.out


def test_each_file_is_published_as_the_distribution_tells_it(publisher, site, full):
    publisher.well(full)
    entries, resources = accepted(full), site.dataset()["resources"]
    assert [file_of(each) for each in resources] == [each["name"] for each in entries]
    assert entries[0]["format"] == "csv"
    for entry, resource in zip(entries, resources, strict=True):
        data = (full / entry["name"]).read_bytes()
        assert hashlib.sha256(download(resource)).hexdigest() == entry["sha256"]
        assert resource["extras"][f"{NAME}:sha256"] == entry["sha256"]
        assert resource["checksum"] == {"type": "sha1", "value": hashlib.sha1(data).hexdigest()}
        for key, told in (("title", "title"), ("format", "format"), ("mime", "mediatype"), ("type", "type")):
            assert resource[key] == entry[told], entry["name"]
        assert resource["filesize"] == len(data)
        assert resource["description"].startswith(entry["description"])


def test_the_tables_are_linked_to_their_schemas_by_address(publisher, site, full):
    publisher.well(full)
    linked = {file_of(each): each["schema"]["url"] for each in site.dataset()["resources"] if each["schema"]}
    base = json.loads((full / "index.json").read_text())["base"]
    for path in (ROOT / "schemas").glob("*.json"):
        address = f"{base}schema-{path.name}"
        assert (full / f"schema-{path.name}").is_file()
        assert linked.pop(f"{path.stem}.csv") == linked.pop(f"{path.stem}.json") == address
    assert linked == {}


def test_a_second_time_sends_nothing(publisher, site, full):
    publisher.well(full)
    before = site.datasets()
    site.forget()
    done = publisher.well(full)
    assert site.requests(writes=True) == []
    assert site.datasets() == before
    assert done.planned == [] and "rien à faire" in done.out


def test_what_the_site_refuses_is_told_and_published_once_it_is_not(publisher, site, full):
    done = publisher.well(full)
    assert "le site refuse les fichiers .parquet" in done.out
    site.control("POST", "extensions", ["parquet"])
    ids = {file_of(each): each["id"] for each in site.dataset()["resources"]}
    publisher.well(full)
    now = {file_of(each): each for each in site.dataset()["resources"]}
    assert {name.rpartition(".")[2] for name in now.keys() - ids.keys()} == {"parquet"}
    assert {name: now[name]["id"] for name in ids} == ids
    names = [each["name"] for each in json.loads((full / "index.json").read_text())["files"]]
    assert [*now] == [name for name in names if name in now]
    assert download(now["marches.parquet"]) == (full / "marches.parquet").read_bytes()


# What changes


def test_one_cell_changes_only_the_files_that_hold_it(publisher, site, full, project, tmp_path):
    publisher.well(full)
    before = {file_of(each): each for each in site.dataset()["resources"]}
    changed = copy_project(tmp_path / "changed")
    changed.replace("source/organismes.yml", "https://www.sorbonne-universite.fr", "https://sorbonne.example")
    assert changed.extract().returncode == 0
    assert changed.run("build_dist", changed.root, "--out", changed.root / "dist").returncode == 0
    site.forget()
    done = publisher.well(changed.root / "dist")
    differ = {
        each["name"]
        for each in accepted(full)
        if (full / each["name"]).read_bytes() != (changed.root / "dist" / each["name"]).read_bytes()
    }
    assert {"organismes.csv", "organismes-excel.csv", f"{NAME}.xlsx"} < differ
    assert "beneficiaires.csv" not in differ
    assert done.planned == [
        f"~ {name} : nouveau contenu, {NAME}:sha256 « {old[:60]}… » → « {new[:60]}… »"
        for name, old, new in hashes(differ, full, changed.root / "dist")
    ]
    after = {file_of(each): each for each in site.dataset()["resources"]}
    assert {name: each["latest"] for name, each in after.items()} == {
        name: each["latest"] for name, each in before.items()
    }
    for name, each in after.items():
        assert (each == before[name]) is (name not in differ)
        assert download(each) == (changed.root / "dist" / name).read_bytes()
    assert len(site.requests(writes=True)) == 2 * len(differ)


def hashes(names: set[str], old: Path, new: Path) -> list[tuple[str, str, str]]:
    def of(dist: Path) -> dict[str, str]:
        return {each["name"]: each["sha256"] for each in accepted(dist)}

    return [(name, of(old)[name], of(new)[name]) for name in of(new) if name in names]


def test_a_table_added_takes_its_place(publisher, site, small):
    publisher.well(small)
    ids = {file_of(each): each["id"] for each in site.dataset()["resources"]}
    (small / "nouvelle.csv").write_text("a,b\n1,2\n")
    entry = {"name": "nouvelle.csv", "title": "Nouvelle", "description": "Une table.", "for": "Pour tous."}
    entry |= {"type": "main", "format": "csv", "mediatype": "text/csv", "table": "nouvelle"}
    rewrite(small, lambda files: [files[0], entry, *files[1:]])
    publisher.well(small)
    resources = site.dataset()["resources"]
    assert [file_of(each) for each in resources] == [
        "beneficiaires.csv",
        "nouvelle.csv",
        "marches.csv",
        "lisez-moi.txt",
    ]
    assert {file_of(each): each["id"] for each in resources if file_of(each) in ids} == ids


def test_what_is_edited_by_hand_shows_in_the_plan_and_is_put_right(publisher, site, small):
    publisher.well(small)
    reference, dataset = site.state(), site.dataset()
    whole = site.api("GET", f"datasets/{dataset['id']}/")
    site.api("PUT", f"datasets/{dataset['id']}/", **whole | {"title": "À la main", "tags": ["autre"]})
    resource = dataset["resources"][1]
    site.api("PUT", f"datasets/{dataset['id']}/resources/{resource['id']}/", title="À la main aussi")
    assert site.state() != reference
    site.forget()
    told = publisher.well(small, "--dry-run").planned
    assert site.requests(writes=True) == []
    assert [line.split(" : ")[0] for line in told] == ["~ marches.csv", "~ jeu de données"]
    assert told[0] == "~ marches.csv : titre « À la main aussi » → « Marchés (CSV) »"
    assert "titre « À la main »" in told[1] and "mots-clés « autre »" in told[1]
    publisher.well(small)
    assert site.state() == reference


def test_a_file_replaced_by_hand_is_put_back(publisher, site, small):
    publisher.well(small)
    reference, dataset = site.state(), site.dataset()
    resource = dataset["resources"][0]
    path = f"{site.url}/api/1/datasets/{dataset['id']}/resources/{resource['id']}/upload/"
    httpx.post(
        path, headers={"X-API-KEY": site.key}, files={"file": ("autre.csv", b"a\n")}
    ).raise_for_status()
    publisher.well(small)
    assert site.state() == reference
    assert site.dataset()["resources"][0]["id"] == resource["id"]


def test_what_others_added_is_named_and_left(publisher, site, small):
    publisher.well(small)
    # The second has the name of a file of ours, not its bytes.
    added = [site.add_by_hand("graphique.png", b"image"), site.add_by_hand("marches.csv", b"autre\n")]
    dataset = site.dataset()
    site.api("PUT", f"datasets/{dataset['id']}/resources/{added[0]['id']}/", title="Graphique")
    extras = {"extras": {**dataset["extras"], "autre:cle": "valeur"}}
    site.api("PUT", f"datasets/{dataset['id']}/", **site.api("GET", f"datasets/{dataset['id']}/") | extras)
    edit(small, "beneficiaires.csv")
    done = publisher.well(small, "--prune")
    assert "laissé : « Graphique » : n'est pas de ce projet" in done.out
    assert "laissé : « marches.csv » : n'est pas de ce projet" in done.out
    after = site.dataset()
    assert {each["id"] for each in after["resources"][3:]} == {each["id"] for each in added}
    assert after["extras"]["autre:cle"] == "valeur"


def test_only_prune_removes_and_only_ours(publisher, site, small):
    publisher.well(small)
    added = site.add_by_hand("graphique.png", b"image")
    rewrite(small, lambda files: [each for each in files if each["name"] != "marches.csv"])
    done = publisher.well(small)
    assert "laissé : marches.csv : n'est plus dans la distribution ; --prune l'ôterait" in done.out
    assert len(site.dataset()["resources"]) == 4
    done = publisher.well(small, "--prune")
    assert "- marches.csv : n'est plus dans la distribution" in done.planned
    names = [each["extras"].get(f"{NAME}:path", each["id"]) for each in site.dataset()["resources"]]
    assert names == ["beneficiaires.csv", "lisez-moi.txt", added["id"]]


# Before anything is sent


@pytest.mark.parametrize("answer", ["", "n\n", "peut-être\n"])
def test_nothing_is_sent_without_a_yes(publisher, site, small, answer):
    done = publisher(small, answer=answer)
    assert (done.code, done.err) == (1, "Abandon : rien n'a été envoyé.\n")
    assert site.requests(writes=True) == []


def test_a_yes_publishes(publisher, site, small):
    assert publisher(small, answer="oui\n").code == 0
    assert len(site.dataset()["resources"]) == 3


def test_the_plan_needs_no_key_once_published(publisher, site, small):
    publisher.well(small)
    site.forget()
    publisher.key = ""
    done = publisher.well(small, "--dry-run")
    assert "rien à faire" in done.out
    assert site.requests(writes=True) == []


def test_the_ids_in_publication_yml_are_enough(publisher, site, small, tmp_path):
    checkout = copy_project(tmp_path / "noted")
    publisher.root = checkout.root
    checkout.edit(
        "source/publication.yml",
        lambda text: f'{text}    {site.url}: {{organisation: {site.organization}, jeu: ""}}\n',
    )
    publisher.well(small, "--organization", "")
    checkout.replace(
        "source/publication.yml",
        f'{site.organization}, jeu: ""',
        f"{site.organization}, jeu: {site.dataset()['id']}",
    )
    site.forget()
    assert "rien à faire" in publisher.well(small, "--organization", "").out
    assert not any(each["path"].endswith(f"{site.organization}/datasets/") for each in site.requests())


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("  licence: lov2\n", "", "champ « licence » manquant"),
        ("  zones:", "  lieux:", "champ « lieux » inconnu"),
        (
            'jeu: ""}\n    https://www',
            "jeux: a}\n    https://www",
            "champ « jeux » inconnu",
        ),
    ],
)
def test_settings_are_checked_before_anything_is_sent(publisher, site, small, tmp_path, old, new, message):
    checkout = copy_project(tmp_path / "wrong")
    checkout.replace("source/publication.yml", old, new)
    publisher.root = checkout.root
    line = publisher.refused(small)
    assert line.startswith("source/publication.yml:") and line.endswith(message)
    assert site.requests() == []


def test_a_distribution_that_is_not_whole_is_not_sent(publisher, site, small):
    with (small / "marches.csv").open("a") as file:
        file.write("x")
    assert publisher.refused(small).endswith("ce n'est pas le fichier qu'index.json décrit : « make dist »")
    (small / "index.json").unlink()
    assert publisher.refused(small).endswith("index.json: fichier absent : lancer « make dist »")
    assert site.requests() == []


@pytest.mark.parametrize(
    "where", ["http://www.data.gouv.fr", "https://a/b", "ftp://127.0.0.1", "demo", "https://a@b"]
)
def test_the_key_goes_only_to_an_https_site(publisher, small, where):
    assert publisher.refused(small, where=where).endswith(
        "adresse de site attendue : https://… sans rien après l'hôte"
    )


# Quality


@pytest.mark.parametrize("length", [100, 101])
def test_the_local_criteria_agree_with_the_site(publisher, site, small, tmp_path, length):
    checkout = copy_project(tmp_path / "short")
    path = checkout.root / "datapackage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"description": "d" * length}))
    publisher.root = checkout.root
    rewrite(small, lambda files: [each for each in files if each["name"] != "lisez-moi.txt"])
    done = publisher.well(small)
    quality = site.dataset()["quality"]
    assert quality["dataset_description_quality"] is (length == 101)
    assert ("description : manque, 100 caractères, plus de 100 attendus" in done.out) is (length == 100)
    assert quality["score"] == pytest.approx(1 if length == 101 else 8 / 9)


def test_the_criteria_are_those_of_the_site(publisher, site, small, project):
    publisher.well(small)
    told = set(site.dataset()["quality"]) - {"score", "has_resources"}
    wanted = shipment.wanted(edition.read(project), small)
    found = portal.Portal(site.url, "").find(site.organization, site.dataset()["id"], wanted.mark)
    criteria = plan.quality(wanted, found)
    assert len(criteria) == len(told) == 9
    assert [each.name for each in criteria if not each.met] == ["disponibilité"]
    empty = wanted._replace(
        dataset={**wanted.dataset, "license": "", "temporal_coverage": None, "spatial": {"zones": []}}
        | {"frequency": "unknown", "description": ""},
        items=(),
    )
    assert not any(each.met for each in plan.quality(empty, found))


# Faults, each followed by a plain publication that ends as if nothing had happened

WRITES = {
    "contact": ("POST", "/contacts/"),
    "dataset": ("POST", "/api/1/datasets/"),
    "upload": ("POST", "/upload/"),
    "description": ("PUT", "/resources/"),
    "order": ("PUT", "/resources/"),
    "public": ("PUT", "/api/1/datasets/"),
}


@pytest.fixture
def reference(publisher, site, small) -> list:
    """What the site shows after a publication that met no fault."""
    publisher.well(small)
    state = site.state()
    site.reset()
    return state


def assert_converges(publisher: Publisher, dist: Path, reference: list) -> None:
    publisher.site.mend()
    publisher.well(dist)
    assert publisher.site.state() == reference
    publisher.site.forget()
    publisher.well(dist)
    assert publisher.site.requests(writes=True) == []


@pytest.mark.parametrize("write", ["contact", "dataset", "upload", "description", "public"])
@pytest.mark.parametrize(
    "failure",
    [
        {"status": 500, "after": True},
        {"status": 502, **HTML},
        {"status": 0, "after": True},
        {"status": 503, "after": True, "headers": {"Retry-After": "soon"}},
    ],
    ids=["500 though done", "502 and HTML", "cut though done", "503"],
)
def test_a_fault_that_passes_is_overcome(publisher, site, small, reference, write, failure):
    method, path = WRITES[write]
    site.fail(method=method, path=path, **failure)
    done = publisher.well(small)
    assert done.err.count("nouvel essai") == 1
    assert site.state() == reference


@pytest.mark.parametrize("write", ["contact", "dataset", "upload", "description", "public"])
@pytest.mark.parametrize(
    "failure",
    [{"status": 500}, {"status": 502, **HTML}, {"status": 0}],
    ids=["500", "502 and HTML", "cut"],
)
def test_a_fault_that_lasts_ends_in_one_line(publisher, site, small, reference, waited, write, failure):
    method, path = WRITES[write]
    site.fail(method=method, path=path, count=1000, **failure)
    line = publisher.refused(small)
    assert line.startswith(f"{site.url}: ") and "<html>" not in line
    assert ("HTTP 50" in line) is bool(failure["status"])
    assert len(waited) == len(portal.WAITS)
    assert_converges(publisher, small, reference)


def test_an_upload_that_loses_its_end_is_sent_again(publisher, site, small, reference):
    site.fail(method="POST", path="/upload/", status=None, lost=5)
    publisher.well(small)
    assert site.state() == reference


def test_an_upload_that_always_loses_its_end_is_told(publisher, site, small, reference):
    site.fail(method="POST", path="/upload/", status=None, lost=5, count=1000)
    done = publisher(small)
    assert done.code == 1
    told = f"{site.url}: le site n'a pas gardé ce qui lui a été envoyé"
    assert sorted(done.faults) == sorted(f"{told} : {name} : nouveau contenu" for name in SMALL)
    assert_converges(publisher, small, reference)


def test_the_site_says_how_long_to_wait(publisher, site, small, reference, waited):
    site.fail(method="POST", path="/upload/", status=429, headers={"Retry-After": "7"})
    site.fail(method="GET", path="/contacts/", status=429, headers={"Retry-After": "3"})
    site.fail(method="PUT", path="/resources/", status=429, headers={"Retry-After": "86400"})
    publisher.well(small)
    assert waited == [3, 7, portal.LONGEST_WAIT]
    assert site.state() == reference


@pytest.mark.parametrize("method, path", [("GET", "/organizations/"), ("POST", "/upload/")])
@pytest.mark.parametrize("count", [1, 1000])
def test_a_time_out_is_a_fault_that_may_pass(publisher, site, small, reference, waited, method, path, count):
    publisher.patch.setattr(portal, "TIMEOUT", 0.3)
    site.fail(method=method, path=path, status=None, delay=0.6, count=count)
    if count > 1:
        assert publisher.refused(small).endswith("pas de réponse en 0.3 s")
    else:
        publisher.well(small)
    publisher.patch.setattr(portal, "TIMEOUT", 10)
    assert_converges(publisher, small, reference)


def test_a_site_that_is_not_there(publisher, site, small, reference, waited):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    line = publisher.refused(small, where=f"http://127.0.0.1:{port}")
    assert "connexion impossible ou coupée" in line
    assert_converges(publisher, small, reference)


@pytest.mark.parametrize(
    "method, path",
    [("GET", "/organizations/"), ("GET", "/extensions/"), ("POST", "/api/1/datasets/"), ("POST", "/upload/")],
)
@pytest.mark.parametrize("body", [HTML["body"], "[]", "{}", "\xff"], ids=["HTML", "list", "empty", "bytes"])
def test_an_answer_that_is_not_of_the_api(publisher, site, small, reference, method, path, body):
    site.fail(method=method, path=path, status=200, body=body, count=1000, headers=HTML["headers"])
    line = publisher.refused(small)
    assert "réponse illisible" in line or "n'a pas gardé" in line
    assert_converges(publisher, small, reference)


@pytest.mark.parametrize("key, reason", [("udata_wrong", "Invalid API token"), ("revoked", "Revoked")])
def test_a_key_that_the_site_refuses(publisher, site, small, reference, key, reason):
    if key == "revoked":
        site.control("DELETE", "tokens", {"token": site.key})
    else:
        publisher.key = key
    line = publisher.refused(small)
    assert "clé refusée" in line and reason.lower() in line.lower()
    assert site.datasets() == []
    publisher.key = site.key
    site.reset()
    assert_converges(publisher, small, reference)


@pytest.mark.parametrize(
    "key, reason",
    [("", "clé absente"), ("udata clé", "ce n'est pas une clé"), ("a\nb: c", "ce n'est pas une clé")],
)
def test_a_key_that_is_none(publisher, site, small, reference, key, reason):
    publisher.key = key
    assert reason in publisher.refused(small)
    assert site.requests() == []
    publisher.key = site.key
    assert_converges(publisher, small, reference)


def test_no_right_on_the_organization(publisher, site, small, reference):
    publisher.key = site.stranger
    assert publisher.refused(small).endswith(
        "cette clé n'a aucun droit sur l'organisation « Organisation de test »"
    )
    assert site.requests(writes=True) == []
    publisher.key = site.key
    assert_converges(publisher, small, reference)


@pytest.mark.parametrize("organization", ["nulle-part", "0" * 24])
def test_an_organization_that_is_unknown(publisher, site, small, reference, organization):
    line = publisher.refused(small, "--organization", organization)
    assert line.endswith(f"organisation « {organization} » : introuvable")
    assert_converges(publisher, small, reference)


def test_no_organization_at_all(publisher, site, small):
    assert "aucune organisation pour" in publisher.refused(small, "--organization", "")


def test_a_dataset_that_is_unknown(publisher, site, small):
    assert publisher.refused(small, "--dataset", "0" * 24).endswith("introuvable")


def test_a_dataset_deleted_on_the_site(publisher, site, small, reference):
    publisher.well(small)
    dataset = site.dataset()["id"]
    site.control("PATCH", f"datasets/{dataset}", {"deleted": True})
    assert "supprimé le" in publisher.refused(small, "--dataset", dataset)
    site.control("PATCH", f"datasets/{dataset}", {"deleted": False})
    assert_converges(publisher, small, reference)
    assert site.dataset()["id"] == dataset


def test_a_dataset_deleted_before_its_id_was_noted_is_published_anew(publisher, site, small, reference):
    publisher.well(small)
    site.control("PATCH", f"datasets/{site.dataset()['id']}", {"deleted": True})
    assert_converges(publisher, small, reference)


def test_a_dataset_made_private_on_the_site(publisher, site, small, reference):
    publisher.well(small)
    dataset = site.dataset()["id"]
    site.control("PATCH", f"datasets/{dataset}", {"private": True})
    assert publisher.well(small, "--dry-run").planned == ["~ jeu de données : privé oui → non"]
    assert_converges(publisher, small, reference)
    assert site.dataset()["id"] == dataset


def test_what_the_site_does_not_keep_is_told(publisher, site, small, tmp_path):
    checkout = copy_project(tmp_path / "wrong")
    checkout.replace("source/publication.yml", "licence: lov2", "licence: lov3")
    publisher.root = checkout.root
    line = publisher.refused(small)
    assert line.endswith(
        "le site n'a pas gardé ce qui lui a été envoyé : jeu de données : licence « notspecified » → « lov3 »"
    )


def test_what_the_site_refuses_is_told_in_its_words(publisher, site, small, tmp_path):
    checkout = copy_project(tmp_path / "wrong")
    checkout.replace("source/publication.yml", "country:fr", "country:xx")
    publisher.root = checkout.root
    line = publisher.refused(small)
    assert "création du jeu de données : HTTP 400, spatial : " in line and "country:xx" in line


def test_the_key_does_not_follow_a_redirection(publisher, site, small):
    with serving(lambda handler: handler.reply(b"{}"), None) as elsewhere:
        site.fail(method="GET", status=308, headers={"Location": elsewhere.url}, count=1000)
        line = publisher.refused(small)
    assert line.endswith(f"le site renvoie à {elsewhere.url} ; le donner par --site")
    assert elsewhere.asked == []


# Killed, and two at once


def in_a_child(action: Callable[[], object]) -> int:
    """Run in another process; its id. It exits 0 when the action returns."""
    child = os.fork()
    if child:
        return child
    try:
        action()
    finally:
        os._exit(0)


def killed_after(count: int, action: Callable[[], object]) -> bool:
    """Whether the action needed more requests than that, after which its process was killed."""

    def counted() -> None:
        send, left = niquests.Session.send, count

        def one(*args, **kwargs):
            nonlocal left
            answer = send(*args, **kwargs)
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        niquests.Session.send = one
        action()

    _, status = os.waitpid(in_a_child(counted), 0)
    return os.WIFSIGNALED(status)


def test_killed_after_each_request_of_a_first_publication(publisher, site, small, reference):
    count = 0
    while killed_after(count + 1, lambda: publisher(small)):
        count += 1
        publisher.well(small)
        assert site.state() == reference, f"after request {count}"
        site.reset()
    assert count > 12


def test_killed_after_each_write_of_an_update(publisher, site, small, tmp_path):
    new = Path(shutil.copytree(small, tmp_path / "new"))
    edit(new, "beneficiaires.csv")
    (new / "nouvelle.csv").write_text("a\n1\n")
    rewrite(new, lambda files: [*files, {**files[0], "name": "nouvelle.csv"}])
    publisher.well(new)
    reference, count = site.state(), 0
    while True:
        site.reset()
        publisher.well(small)
        ids = [each["id"] for each in site.dataset()["resources"]]
        if not killed_after(count + 1, lambda: publisher(new)):
            break
        count += 1
        publisher.well(new)
        assert site.state() == reference, f"after request {count}"
        assert {*ids} < {each["id"] for each in site.dataset()["resources"]}
    assert count > 8


def test_two_publishers_at_once(publisher, site, small, reference):
    for _ in range(3):
        site.reset()
        children = [in_a_child(lambda: publisher(small)) for _ in range(2)]
        for child in children:
            os.waitpid(child, 0)
        assert_converges(publisher, small, reference)


def test_two_empty_datasets_of_an_old_race_become_one(publisher, site, small, reference):
    payload = {
        "title": "a",
        "description": "b",
        "organization": site.organization,
        "extras": {f"{NAME}:path": NAME},
    }
    first, _ = (site.api("POST", "datasets/", **payload) for _ in range(2))
    publisher.well(small)
    assert site.state() == reference
    assert site.dataset()["id"] == first["id"]


def test_two_datasets_with_files_are_never_one_removed(publisher, site, small):
    publisher.well(small)
    first = site.dataset()
    payload = {
        "title": "a",
        "description": "b",
        "organization": site.organization,
        "extras": {f"{NAME}:path": NAME},
    }
    second = site.api("POST", "datasets/", **payload)
    path = f"{site.url}/api/1/datasets/{second['id']}/upload/"
    httpx.post(path, headers={"X-API-KEY": site.key}, files={"file": ("a.csv", b"a")}).raise_for_status()
    line = publisher.refused(small)
    assert "plusieurs jeux de données de ce projet" in line and "--dataset" in line
    publisher.well(small, "--dataset", first["id"])
    assert len(site.datasets()) == 2


# The key


def test_the_key_is_nowhere(publisher, site, small, tmp_path):
    site.fail(
        method="POST", path="/upload/", status=400, body=json.dumps({"message": f"refused: {site.key}"})
    )
    site.fail(method="PUT", status=500, body=site.key, count=2)
    environment = {
        **os.environ,
        "DATAGOUV_API_KEY": site.key,
        "HOME": str(tmp_path),
        "PYTHONWARNINGS": "always",
    }
    line = [sys.executable, ROOT / "scripts/publish.py", publisher.root, "--dist", small, "--yes"]
    line += ["--site", site.url, "--organization", site.organization]
    seen = []
    for _ in range(3):
        process = subprocess.Popen(
            line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
        )
        while process.poll() is None:
            seen.append(subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout)
        seen.append(process.stdout.read())
        process.stdout.close()
    assert process.returncode == 0, seen[-1]
    assert any("publish.py" in each for each in seen) and any("refused: …" in each for each in seen)
    assert not any(site.key in each for each in seen)
    written = [path for path in (*tmp_path.rglob("*"), *publisher.root.rglob("*")) if path.is_file()]
    assert not any(site.key.encode() in path.read_bytes() for path in written)


def test_a_file_is_read_back_without_the_key(publisher, site, small):
    headers = []
    send = niquests.Session.send

    def watched(session, request, **options):
        headers.append((request.url, request.headers.get("X-API-KEY")))
        return send(session, request, **options)

    publisher.patch.setattr(niquests.Session, "send", watched)
    publisher.well(small)
    assert {key for url, key in headers if "/api/" not in url} == {None}
    assert {key for url, key in headers if "/api/" in url} == {site.key}


# What others make of it


def test_data_gouv_harvests_the_catalogue(site, full):
    """The files of the catalogue, from loopback, as data.gouv.fr would take them."""
    with serving(
        lambda handler: handler.reply(
            (full / "catalog.jsonld").read_bytes(), content_type="application/ld+json"
        ),
        None,
    ) as web:
        done = site.control("POST", "harvest", {"url": f"http://127.0.0.1:{web.server_port}/catalog.jsonld"})
    assert (done["status"], done["errors"]) == ("done", [])
    (item,) = done["items"]
    assert (item["status"], item["errors"]) == ("done", [])
    dataset = item["dataset"]
    package = json.loads((ROOT / "datapackage.json").read_text())
    assert (dataset["title"], dataset["description"]) == (package["title"], package["description"])
    assert (dataset["license"], dataset["frequency"]) == ("lov2", "irregular")
    assert dataset["quality"]["score"] == 1.0
    files = [
        each for each in json.loads((full / "index.json").read_text())["files"] if each["type"] == "main"
    ]
    harvested = [
        (each["title"], each["format"], each["mime"], each["filesize"], each["checksum"])
        for each in dataset["resources"]
    ]
    assert sorted(map(str, harvested)) == sorted(
        str(
            (
                each["title"],
                each["format"],
                each["mediatype"],
                each["size"],
                {"type": "sha256", "value": each["sha256"]},
            )
        )
        for each in files
    )


VALIDATA = """
import json, sys
from validata_core import validate
reports = {name: validate(f"{name}.csv", f"schema-{name}.json") for name in sys.argv[1:]}
print(json.dumps({name: report.to_dict() for name, report in reports.items()}))
"""
DETECTIVE = """
import json, sys
from csv_detective import routine
found = {name: routine(f"{name}.csv", num_rows=-1, save_results=False) for name in sys.argv[1:]}
print(json.dumps(found, default=str))
"""


@pytest.fixture
def published(publisher, site, full, tmp_path) -> Path:
    """A folder of what readers download from the site."""
    publisher.well(full)
    folder = tmp_path / "downloaded"
    folder.mkdir()
    for resource in site.dataset()["resources"]:
        (folder / file_of(resource)).write_bytes(download(resource))
    return folder


def ask(name: str, program: str, folder: Path) -> dict:
    tables = [path.stem for path in (ROOT / "schemas").glob("*.json")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    line = [engine(name), "-c", program, *tables]
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_validata_finds_the_published_tables_valid(published):
    reports = ask("validata", VALIDATA, published)
    for name, report in reports.items():
        assert (report["errors"], report["warnings"], report["valid"]) == ([], [], True), name
        assert report["stats"]["rows"] == len(rows(published / f"{name}.csv"))


def test_validata_would_have_seen_a_fault(published):
    path = published / "beneficiaires.csv"
    path.write_text(path.read_text().replace("support,", "soutien,", 1))
    report = ask("validata", VALIDATA, published)["beneficiaires"]
    assert not report["valid"] and "marche" in {error["fieldName"] for error in report["errors"]}


def test_csv_detective_reads_the_published_tables(published):
    if not find_library("magic"):
        message = "libmagic is missing: apt-get install libmagic1"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    found = ask("detective", DETECTIVE, published)
    for name, table in found.items():
        content = rows(published / f"{name}.csv")
        assert (table["separator"], table["header_row_idx"], table["total_lines"]) == (",", 0, len(content))
        assert table["encoding"].lower().replace("-", "") in ("utf8", "ascii")
        assert table["header"] == list(content[0])
    columns = found["organismes"]["columns"]
    assert columns["siren"]["format"] == "siren"
    assert {columns[name]["python_type"] for name in ("support", "expertise")} == {"bool"}
    assert {found["beneficiaires"]["columns"][name]["python_type"] for name in ("rang", "ligne")} == {"int"}
    assert found["marches"]["columns"]["date"]["format"] == "date"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
