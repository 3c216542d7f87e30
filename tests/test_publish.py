"""Publishing on data.gouv.fr, on the software that runs it."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, STDOUT
from types import SimpleNamespace

import httpx
import pytest
import tenacity

from beneficiaires import datagouv
from conftest import ROOT, Checkout, Result, call
from portals.site import Site, running

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("udata")]

NAME = "marches-logiciels-libres-beneficiaires"
SENT = ("beneficiaires.csv", "lisez-moi.txt", "schema-beneficiaires.json")
HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html><h1>Maintenance</h1>\n</html>"}
WRITES = {
    "dataset": ("POST", "/api/1/datasets/"),
    "upload": ("POST", "/upload/"),
    "description": ("PUT", "/resources/"),
    "contact": ("POST", "/contacts/"),
    "public": ("PUT", "/api/1/datasets/"),
}
FAILURES = {
    "500": ({"status": 500}, 'nouveau fichier : HTTP 500 {"message": "failure on purpose"}'),
    "cut": ({"status": 0}, "nouveau fichier : pas de réponse (RemoteProtocolError)"),
    "truncated": ({"status": None, "lost": 5}, "nouveau contenu : le fichier relu n'est pas celui qui a été envoyé"),
}


class Publisher:
    """Someone who publishes a small distribution on a site; what is said to them never holds the key."""

    def __init__(self, site: Site, checkout: Checkout, dist: Path, patch: pytest.MonkeyPatch) -> None:
        self.site, self.checkout, self.dist, self.patch = site, checkout, dist, patch
        self.key = site.key

    def settle(self, old: str, new: str) -> None:
        self.checkout.replace("source/publication.yml", old, new)

    def __call__(self, *args: str, answer: str | None = None) -> Result:
        self.patch.setenv("DATAGOUV_API_KEY", self.key)
        self.patch.setattr(sys, "stdin", io.StringIO(answer))
        yes = ("--yes",) if answer is None else ()
        done = self.checkout.call("publish", "--dist", self.dist, *args, *yes)
        assert not self.key or self.key not in done.out + done.err
        return done

    def well(self, *args: str) -> Result:
        done = self(*args)
        assert done.status == 0, done.err
        return done

    def refused(self, *args: str) -> str:
        """The one line in which a publication ends that cannot be done."""
        done = self(*args)
        assert done.status == 1, done.out
        (line,) = (each for each in done.err.splitlines() if not each.endswith(" ; nouvel essai"))
        return line

    def list(self, change: Callable[[list[dict]], list[dict]] = list) -> None:
        """Change the files that index.json lists, their hashes as they are on disk."""
        path = self.dist / "index.json"
        index = json.loads(path.read_text())
        index["files"] = change(index["files"])
        for each in index["files"]:
            each["sha256"] = hashlib.sha256((self.dist / each["name"]).read_bytes()).hexdigest()
        path.write_text(json.dumps(index))

    def add(self, name: str, data: bytes) -> None:
        """A file more, second of the distribution."""
        (self.dist / name).write_bytes(data)
        self.list(lambda files: [files[0], {**files[0], "name": name}, *files[1:]])

    def edit(self, name: str) -> None:
        with (self.dist / name).open("a") as file:
            file.write("autre\n")
        self.list()


@pytest.fixture(scope="session")
def udata(tmp_path_factory):
    with running(tmp_path_factory.mktemp("udata") / "errors.log") as site:
        yield site


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """What make dist builds."""
    folder = tmp_path_factory.mktemp("built")
    assert call("build_dist", "--out", folder).status == 0
    return folder


@pytest.fixture
def site(udata) -> Site:
    udata.reset()
    return udata


@pytest.fixture(autouse=True)
def waited(monkeypatch) -> list[float]:
    """The seconds that a publication would have waited."""
    seconds: list[float] = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=seconds.append))
    return seconds


@pytest.fixture
def whole(site, checkout, built, monkeypatch) -> Publisher:
    """A publisher of all that make dist builds."""
    publisher = Publisher(site, checkout, built, monkeypatch)
    publisher.settle("https://demo.data.gouv.fr", site.url)
    publisher.settle('organisation: ""', f"organisation: {site.organization}")
    return publisher


@pytest.fixture
def publisher(whole, tmp_path) -> Publisher:
    """A publisher of a few files, one of them of a kind that udata refuses."""
    few, dist = (*SENT, "beneficiaires.parquet"), tmp_path / "dist"
    dist.mkdir()
    for name in (*few, "index.json"):
        shutil.copy(whole.dist / name, dist)
    whole.dist = dist
    whole.list(lambda files: [each for each in files if each["name"] in few])
    return whole


@pytest.fixture
def reference(publisher, site) -> list:
    """The state of the site after a publication that met no fault; made once a session."""
    if not site.reference:
        publisher.well()
        site.reference = site.state()
        site.reset()
    return site.reference


def assert_converges(publisher: Publisher, reference: list) -> None:
    """A publication ends as if nothing had happened, and the next one sends nothing."""
    publisher.well()
    assert publisher.site.state() == reference
    publisher.site.forget()
    publisher.well()
    assert publisher.site.requests(writes=True) == []


def download(resource: dict) -> bytes:
    """As a reader does, by the address that never changes."""
    return httpx.get(resource["latest"], follow_redirects=True).raise_for_status().content


def by_file(site: Site) -> dict[str, dict]:
    return {each["extras"].get(f"{NAME}:path", each["title"]): each for each in site.dataset()["resources"]}


def planned(done: Result) -> list[str]:
    """The steps that it said."""
    return [line.strip() for line in done.out.splitlines() if line[:4] in ("  + ", "  ~ ", "  ↕ ", "  - ")]


# From nothing, and again


def test_a_first_publication_says_what_the_package_says(publisher, site):
    done = publisher.well()
    dataset, package = site.dataset(), json.loads((ROOT / "datapackage.json").read_text())
    assert (dataset["title"], dataset["description"]) == (package["title"], package["description"])
    assert (dataset["license"], dataset["frequency"], dataset["private"]) == ("lov2", "irregular", False)
    assert dataset["organization"]["id"] == site.organization
    assert (dataset["spatial"]["zones"], dataset["spatial"]["granularity"]) == (["country:fr"], "country")
    assert dataset["temporal_coverage"]["start"] == "2023-09-01"
    assert {"logiciels-libres", "marches-publics", "code-gouv-fr"} < set(dataset["tags"])
    assert [each["email"] for each in dataset["contact_points"]] == ["contact@code.gouv.fr"]
    assert dataset["quality"]["score"] == 1.0 and "qualité selon le portail : 100%" in done.out
    assert f"publié : {site.url}/datasets/{dataset['id']}/" in done.out


def test_a_second_time_sends_nothing_and_needs_no_key_to_say_so(publisher, site):
    publisher.well()
    before = site.datasets()
    site.forget()
    assert "à faire : 0" in publisher.well().out
    publisher.key = ""
    assert "à faire : 0" in publisher.well("--dry-run").out
    assert site.requests(writes=True) == [] and site.datasets() == before


# What changes


def test_a_changed_file_keeps_its_address_and_the_others_all(publisher, site):
    publisher.well()
    before = by_file(site)
    publisher.edit("beneficiaires.csv")
    site.forget()
    (step,) = planned(publisher.well())
    after = by_file(site)
    assert step == "~ beneficiaires.csv : nouveau contenu"
    assert len(site.requests(writes=True)) == 2
    assert download(after["beneficiaires.csv"]) == (publisher.dist / "beneficiaires.csv").read_bytes()
    assert after["beneficiaires.csv"]["latest"] == before["beneficiaires.csv"]["latest"]
    assert all(after[name] == before[name] for name in SENT[1:])


def test_a_file_added_takes_its_place(publisher, site):
    publisher.well()
    ids = {name: each["id"] for name, each in by_file(site).items()}
    publisher.add("nouvelle.csv", b"a,b\n1,2\n")
    publisher.well()
    after = by_file(site)
    assert tuple(after) == (SENT[0], "nouvelle.csv", *SENT[1:])
    assert {name: after[name]["id"] for name in ids} == ids


def test_what_the_site_refuses_is_told_and_published_once_it_is_not(publisher, site):
    done = publisher.well()
    assert "laissé beneficiaires.parquet : le portail refuse ce type de fichier" in done.out
    site.control("POST", "extensions", ["parquet"])
    publisher.well()
    assert [*by_file(site)] == [SENT[0], "beneficiaires.parquet", *SENT[1:]]


def test_what_is_edited_by_hand_shows_in_the_plan_and_is_put_right(publisher, site, reference):
    publisher.well()
    dataset = site.dataset()
    path = f"datasets/{dataset['id']}/"
    first, second, _ = (f"{path}resources/{each['id']}/" for each in dataset["resources"])
    site.api("PUT", path, json={**site.api("GET", path), "title": "À la main", "tags": ["autre"]})
    site.api("POST", f"{first}upload/", files={"file": ("autre.csv", b"a\n")})
    site.api("PUT", second, json={"title": "À la main aussi"})
    site.control("PATCH", f"datasets/{dataset['id']}", {"private": True})
    ids = [each["id"] for each in dataset["resources"]]
    site.forget()
    told = planned(publisher.well("--dry-run"))
    assert site.requests(writes=True) == []
    assert told[0].startswith("~ beneficiaires.csv : nouveau contenu")
    assert told[1].startswith("~ lisez-moi.txt : title « À la main aussi » → « Lisez-moi")
    assert told[2].startswith("~ jeu de données : title « À la main » → « Bénéficiaires")
    assert "tags « ['autre'] » → " in told[2] and "private « True » → « False »" in told[2]
    assert_converges(publisher, reference)
    assert [each["id"] for each in site.dataset()["resources"]] == ids


def test_what_others_added_is_named_and_left(publisher, site):
    publisher.well()
    # The second has the name of a file of ours, not its bytes.
    added = [site.add_by_hand("graphique.png", b"image"), site.add_by_hand("beneficiaires.csv", b"autre\n")]
    dataset = site.dataset()
    path = f"datasets/{dataset['id']}/"
    told = {"name": "Autre", "email": "autre@example.org", "role": "contact"}
    other = site.api("POST", "contacts/", json={**told, "organization": site.organization})
    contacts = [other["id"], dataset["contact_points"][0]["id"]]
    extras = {**dataset["extras"], "autre:cle": "valeur"}
    edited = {"extras": extras, "contact_points": contacts, "title": "À la main"}
    site.api("PUT", path, json={**site.api("GET", path), **edited})
    publisher.edit("beneficiaires.csv")
    done = publisher.well("--prune")
    assert "laissé « graphique.png » : n'est pas dans la distribution" in done.out
    assert "laissé « beneficiaires.csv » : n'est pas dans la distribution" in done.out
    after = site.dataset()
    assert {each["id"] for each in after["resources"][3:]} == {each["id"] for each in added}
    assert after["extras"]["autre:cle"] == "valeur"
    assert [each["id"] for each in after["contact_points"]] == contacts


def test_only_prune_removes_and_only_ours(publisher, site):
    publisher.well()
    added = site.add_by_hand("graphique.png", b"image")
    publisher.list(lambda files: [each for each in files if each["name"] != SENT[1]])
    gone = f"« {by_file(site)[SENT[1]]['title']} » : n'est pas dans la distribution"
    assert f"laissé {gone}" in publisher.well().out
    assert len(site.dataset()["resources"]) == 4
    assert f"- {gone}" in planned(publisher.well("--prune"))
    assert [*by_file(site)] == [SENT[0], SENT[2], added["title"]]


# Before anything is sent


def test_nothing_is_sent_without_a_yes(publisher, site):
    for answer in ("", "n", "peut-être"):
        done = publisher(answer=answer)
        assert (done.status, done.err) == (1, f"{site.url}: abandon, rien n'a été envoyé\n")
    assert site.requests(writes=True) == []
    assert publisher(answer="Oui").status == 0


def test_a_distribution_that_is_not_of_these_sources_is_not_sent(publisher, site):
    index = publisher.dist / "index.json"
    text = index.read_text()
    older = text.replace('"version": "2', '"version": "1')
    other = text.replace('"sha256": "', '"sha256": "0', 1)
    for wrong in ("[]", "{}", older, other):
        index.write_text(wrong)
        assert publisher.refused().endswith("ce n'est pas celui de ces sources ; lancer « make dist »")
    index.write_text(text)
    index.unlink()
    assert publisher.refused().endswith("pas de distribution ; lancer « make dist »")
    assert site.requests() == []


def test_the_key_goes_only_to_an_https_portal(publisher):
    for old, new in ((publisher.site.url, "http://www.data.gouv.fr"), ("//www", "//localhost.")):
        publisher.settle(old, new)
        assert publisher.refused().endswith("la clé ne va qu'à un portail https://…")


def test_a_key_that_is_none(publisher, site):
    for key, reason in (("", "clé absente"), ("udata clé", "ce n'est pas une clé"), ("a\nb", "ce n'est pas une clé")):
        publisher.key = key
        assert reason in publisher.refused()
    assert site.requests() == []


# Faults, each followed by a plain publication that ends as if nothing had happened


@pytest.mark.parametrize("write", WRITES)
def test_each_write_meets_a_fault(publisher, site, reference, waited, write):
    method, path = WRITES[write]
    site.fail(method=method, path=path, status=502, count=1000, **HTML)
    line = publisher.refused()
    assert line.startswith(f"{site.url}: ") and line.endswith("HTTP 502")
    assert waited == [2, 4, 8, 16]
    site.reset()
    site.fail(method=method, path=path, status=502, **HTML)
    site.fail(method=method, path=path, status=500, after=True)
    assert_converges(publisher, reference)
    assert waited == [2, 4, 8, 16, 2, 4]


@pytest.mark.parametrize("failure", FAILURES)
def test_an_upload_meets_each_fault(publisher, site, reference, waited, failure):
    failure, told = FAILURES[failure]
    site.fail(method="POST", path="/upload/", count=1000, **failure)
    assert publisher.refused().endswith(f" beneficiaires.csv : {told}")
    site.mend()
    site.fail(method="POST", path="/upload/", **failure)
    assert_converges(publisher, reference)
    assert waited == [2, 4, 8, 16, 2]


def test_an_upload_that_was_done_in_spite_of_a_fault_is_not_done_twice(publisher, site, reference, waited):
    site.fail(method="POST", path="/upload/", status=0, after=True)
    site.fail(method="POST", path="/upload/", status=503, after=True, headers={"Retry-After": "soon"})
    assert_converges(publisher, reference)
    assert waited == [2, 4]


def test_the_site_says_how_long_to_wait(publisher, site, reference, waited):
    site.fail(method="POST", path="/upload/", status=429, headers={"Retry-After": "7"})
    site.fail(method="GET", path="/extensions/", status=429, headers={"Retry-After": "3"})
    site.fail(method="PUT", path="/resources/", status=429, headers={"Retry-After": "86400"})
    publisher.well()
    assert waited == [3, 7, 120]
    assert site.state() == reference


def test_a_time_out_is_a_fault_that_may_pass(publisher, site, reference, monkeypatch):
    monkeypatch.setattr(datagouv, "PATIENCE", 1)
    site.fail(method="POST", path="/upload/", status=None, delay=1.2)  # it is done, and told too late
    done = publisher.well()
    assert "beneficiaires.csv : nouveau fichier : pas de réponse (ReadTimeout) ; nouvel essai" in done.err
    assert site.state() == reference


def test_a_portal_that_is_not_there(publisher, site, waited):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    publisher.settle(site.url, f"http://127.0.0.1:{port}")
    assert publisher.refused().endswith("pas de réponse (ConnectError)")
    assert len(waited) == 4


@pytest.mark.parametrize("place", [("GET", "/organizations/"), ("GET", "/extensions/"), ("POST", "")])
@pytest.mark.parametrize("body", [HTML["body"], "[]", "{}", "1", "\xff"])
def test_an_answer_that_is_not_of_the_api(publisher, site, place, body):
    site.fail(method=place[0], path=place[1], status=200, body=body, count=1000)
    line = publisher.refused()
    assert "réponse illisible, ce n'est pas celle de l'API" in line or "n'a pas gardé" in line


def test_what_the_site_does_not_keep_is_told(publisher, site):
    publisher.settle("licence: lov2", "licence: lov3")
    told = "le portail n'a pas gardé ce qui lui a été envoyé : ~ jeu de données : "
    assert publisher.refused() == f"{site.url}: {told}license « notspecified » → « lov3 »"


def test_what_the_site_refuses_is_told_in_its_words(publisher, site):
    publisher.settle("country:fr", "country:xx")
    line = publisher.refused()
    assert "HTTP 400 {" in line and "country:xx" in line


# Rights


def test_a_key_that_the_site_refuses(publisher, site):
    publisher.key = "udata_wrong"
    assert "clé refusée, en créer une" in publisher.refused()
    publisher.key = site.key
    site.control("DELETE", "tokens", {"token": site.key})
    assert "clé refusée, en créer une" in publisher.refused()
    assert site.datasets() == []


def test_no_right_on_the_organization(publisher, site):
    publisher.key = site.stranger
    line = publisher.refused()
    assert "HTTP 400 {" in line and "Permission" in line
    assert site.datasets() == []


def test_ids_that_are_wrong(publisher, site):
    unknown, organization = "0" * 24, f"organisation: {site.organization}"
    publisher.settle('jeu: ""', f'jeu: "{unknown}"')
    assert f": jeu de données {unknown} : introuvable" in publisher.refused()
    publisher.settle(f'jeu: "{unknown}"', 'jeu: ""')
    publisher.settle(organization, "organisation: nulle-part")
    assert ": organisation « nulle-part » : introuvable" in publisher.refused()
    publisher.settle("organisation: nulle-part", 'organisation: ""')
    assert publisher.refused().endswith("« organisation » est vide ; y mettre son id")
    assert site.requests(writes=True) == []


def test_a_dataset_deleted_on_the_site(publisher, site, reference):
    publisher.well()
    first = site.dataset()["id"]
    site.control("PATCH", f"datasets/{first}", {"deleted": True})
    publisher.settle('jeu: ""', f"jeu: {first}")
    assert f"jeu de données {first} : supprimé le 20" in publisher.refused()
    publisher.settle(f"jeu: {first}", 'jeu: ""')
    assert_converges(publisher, reference)
    assert site.dataset()["id"] != first


# Killed


class Killed(BaseException):
    """The process ended there: nothing that it knew is left."""


def killed_after(count: int, publisher: Publisher) -> bool:
    """Whether the publication needed more requests than that, after which it was ended."""
    send, left = httpx.Client.send, iter(range(count))

    def counted(*args, **kwargs):
        answer = send(*args, **kwargs)
        if next(left, None) is None:
            raise Killed
        return answer

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
        patch.setattr(httpx.Client, "send", counted)
        publisher()
        return False
    return True


@pytest.mark.parametrize("update", [False, True], ids=["first", "update"])
def test_a_publication_killed_at_any_request(publisher, site, tmp_path, update):
    """The next one ends as if nothing had happened."""
    old, new, ids = Path(shutil.copytree(publisher.dist, tmp_path / "old")), publisher.dist, set()
    publisher.edit("beneficiaires.csv")
    publisher.add("nouvelle.csv", b"a\n1\n")
    publisher.well()
    reference = site.state()
    for count in range(0, 1000, 3):
        site.reset()
        if update:
            publisher.dist = old
            publisher.well()
            publisher.dist, ids = new, {each["id"] for each in site.dataset()["resources"]}
        if not killed_after(count, publisher):
            break
        publisher.well()
        assert site.state() == reference, f"after request {count}"
        assert ids <= {each["id"] for each in site.dataset()["resources"]}
    assert count > 12


# The key


def test_the_key_does_not_follow_a_redirection(publisher, site):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        site.fail(method="GET", status=308, headers={"Location": address}, count=1000)
        assert publisher.refused().endswith(f"HTTP 308 {address}")
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_the_key_goes_to_the_api_alone(publisher, monkeypatch):
    headers, send = [], httpx.Client.send

    def watched(client, request, **options):
        headers.append((request.url.path, request.headers.get("X-API-KEY")))
        return send(client, request, **options)

    monkeypatch.setattr(httpx.Client, "send", watched)
    publisher.well()
    read = [key for path, key in headers if path.startswith("/api/1/datasets/r/")]
    assert read == [None, None, None]
    assert {key for path, key in headers if not path.startswith("/api/1/datasets/r/")} == {publisher.key}


def test_the_key_is_nowhere(publisher, site, tmp_path):
    site.fail(method="POST", path="/upload/", status=400, body=json.dumps({"message": f"no: {site.key}"}))
    ambient = {**os.environ, "DATAGOUV_API_KEY": site.key, "HOME": str(tmp_path)}
    publisher.checkout.process("extract")  # brings scripts/ in
    line = [sys.executable, publisher.checkout.root / "scripts/publish.py", "--dist", publisher.dist, "--yes"]
    seen = []
    for _ in range(2):
        process = subprocess.Popen(line, env=ambient, stdout=PIPE, stderr=STDOUT, text=True, cwd=tmp_path)
        seen.append(subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True).stdout)
        seen.append(process.communicate()[0])
    assert process.returncode == 0, seen[-1]
    assert "publish.py" in seen[0] and "no: …" in seen[1]
    assert not any(site.key in each for each in seen)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(site.key.encode() in path.read_bytes() for path in written)


# All that make dist builds


def test_the_whole_distribution_is_published_as_it_tells_it(whole, site):
    whole.well()
    index, shown = json.loads((whole.dist / "index.json").read_text()), by_file(site)
    listed = {each["name"]: each for each in index["files"]}
    assert {name.rpartition(".")[2] for name in listed.keys() - shown.keys()} == {"parquet", "atom", "jsonld"}
    assert [*shown] == [name for name in listed if name in shown]
    for name, each in shown.items():
        told, data = listed[name], (whole.dist / name).read_bytes()
        assert download(each) == data
        assert each["checksum"] == {"type": "sha1", "value": hashlib.sha1(data).hexdigest()}
        assert each["extras"] == {f"{NAME}:path": name}
        assert each["description"] == f"{told['description']} {told['for']}"
        for key in ("title", "type", "format"):
            assert each[key] == told[key]
        assert (each["mime"], each["filesize"]) == (told["mediatype"], told["size"])
    linked = {name: each["schema"]["url"] for name, each in shown.items() if each["schema"]}
    assert linked == {
        f"{path.stem}.{form}": f"{index['base']}schema-{path.name}"
        for path in (ROOT / "schemas").glob("*.json")
        for form in ("csv", "json")
    }
    assert site.dataset()["quality"]["score"] == 1.0
    assert "à faire : 0" in whole.well().out


def test_data_gouv_harvests_the_catalogue(site, built):
    """With the format, the size and the checksum of every file."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=built)) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,)).start()
        address = f"http://127.0.0.1:{web.server_port}/catalog-udata.jsonld"
        done = site.control("POST", "harvest", {"url": address})
        web.shutdown()
    (item,) = done["items"]
    assert [(each["status"], each["errors"]) for each in (done, item)] == [("done", []), ("done", [])]
    dataset, index = item["dataset"], json.loads((built / "index.json").read_text())
    assert (dataset["title"], dataset["description"]) == (index["title"], index["description"])
    assert (dataset["license"], dataset["frequency"]) == ("lov2", "irregular")
    assert dataset["quality"]["score"] == 1.0
    main = {each["title"]: each for each in index["files"] if each["type"] == "main"}
    harvested = {each["title"]: each for each in dataset["resources"]}
    assert harvested.keys() == main.keys()
    for title, each in harvested.items():
        told = main[title]
        assert (each["format"], each["mime"]) == (told["format"], told["mediatype"])
        assert each["filesize"] == told["size"]
        assert each["checksum"] == {"type": "sha256", "value": told["sha256"]}
