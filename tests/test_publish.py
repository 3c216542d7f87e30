"""Publishing on data.gouv.fr, on the software that runs it."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, STDOUT
from types import SimpleNamespace

import httpx
import pytest
import tenacity

from conftest import NAME, Checkout, Result, call
from portals.site import Site, running

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("udata")]

SENT = ("beneficiaires.csv", "lisez-moi.txt", "schema-beneficiaires.json")
HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html><h1>Maintenance</h1>\n</html>"}


class Publisher:
    """Someone who publishes a small distribution on a site; what is said to them never holds the key."""

    def __init__(
        self, site: Site, checkout: Checkout, dist: Path, patch: pytest.MonkeyPatch
    ) -> None:
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

    def well(self, *args: str) -> list[str]:
        """The lines that it said."""
        done = self(*args)
        assert done.status == 0, done.err
        return [line.strip() for line in done.out.splitlines()]

    def refused(self) -> str:
        """The one line in which a publication ends that cannot be done."""
        done = self()
        assert done.status == 1, done.out
        (line,) = (each for each in done.err.splitlines() if not each.endswith(" ; nouvel essai"))
        return line

    def converges(self, reference: list) -> None:
        """It ends as if nothing had happened, and the next one sends nothing."""
        self.well()
        assert self.site.state() == reference
        self.site.forget()
        self.well()
        assert self.site.writes() == []

    def keep(self, *names: str) -> None:
        """Let index.json list these files alone."""
        index = json.loads((self.dist / "index.json").read_text())
        listed = {each["name"]: each for each in index["files"]}
        index["files"] = [{**listed.get(name, listed[SENT[0]]), "name": name} for name in names]
        (self.dist / "index.json").write_text(json.dumps(index))

    def change(self) -> None:
        """Change the first file, and add one after it."""
        (self.dist / SENT[0]).write_text("autre\n")
        (self.dist / "nouvelle.csv").write_text("a\n1\n")
        self.keep(SENT[0], "nouvelle.csv", *SENT[1:])


@pytest.fixture(scope="session")
def udata(tmp_path_factory):
    with running(tmp_path_factory.mktemp("udata")) as site:
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
    whole.dist = shutil.copytree(whole.dist, tmp_path / "dist")
    whole.keep(*SENT, "beneficiaires.parquet")
    return whole


@pytest.fixture
def reference(publisher, site) -> list:
    """The state of the site after a publication that met no fault; made once a session."""
    if not site.reference:
        publisher.well()
        site.reference = site.state()
        site.reset()
    return site.reference


def by_file(site: Site) -> dict[str, dict]:
    return {
        each["extras"].get(f"{NAME}:path", each["title"]): each
        for each in site.dataset()["resources"]
    }


def test_all_that_make_dist_builds_is_published_as_it_tells_it(whole, site):
    said = whole.well()
    dataset, shown = site.dataset(), by_file(site)
    index = json.loads((whole.dist / "index.json").read_text())
    assert said[-1] == f"publié : {site.url}/datasets/{dataset['id']}/ ; note du portail : 100%"
    assert (dataset["title"], dataset["description"]) == (index["title"], index["description"])
    assert (dataset["license"], dataset["frequency"], dataset["private"]) == (
        "lov2",
        "irregular",
        False,
    )
    assert dataset["organization"]["id"] == site.organization
    assert (dataset["spatial"]["zones"], dataset["spatial"]["granularity"]) == (
        ["country:fr"],
        "country",
    )
    assert dataset["temporal_coverage"]["start"] == "2023-09-01"
    assert {"logiciels-libres", "marches-publics", "code-gouv-fr"} < set(dataset["tags"])
    assert [each["email"] for each in dataset["contact_points"]] == ["contact@code.gouv.fr"]
    listed = {each["name"]: each for each in index["files"]}
    assert {name.rpartition(".")[2] for name in listed.keys() - shown.keys()} == {
        "parquet",
        "atom",
        "jsonld",
    }
    assert [*shown] == [name for name in listed if name in shown]
    for name, each in shown.items():
        told, data = listed[name], (whole.dist / name).read_bytes()
        assert httpx.get(each["latest"], follow_redirects=True).content == data
        assert each["checksum"] == {"type": "sha1", "value": hashlib.sha1(data).hexdigest()}
        assert each["description"] == f"{told['description']} {told['for']}"
        assert [each[key] for key in ("title", "type", "format")] == [
            told[key] for key in ("title", "type", "format")
        ]
        assert (each["mime"], each["filesize"]) == (told["mediatype"], told["size"])
        schema = (
            f"{index['base']}schema-{told['table']}.json"
            if Path(name).stem == told["table"]
            else None
        )
        assert (each["schema"] or {}).get("url") == schema


def test_a_second_time_sends_nothing_and_needs_no_key_to_say_so(publisher, site):
    assert "laissé beneficiaires.parquet : le portail refuse ce type de fichier" in publisher.well()
    before = site.datasets()
    site.forget()
    assert publisher.well()[0].endswith(" · à faire : 0")
    publisher.key = ""
    assert publisher.well("--dry-run")[0].endswith(" · à faire : 0")
    assert site.writes() == [] and site.datasets() == before


def test_a_file_that_changes_keeps_its_address_and_a_new_one_takes_its_place(publisher, site):
    publisher.well()
    before = by_file(site)
    publisher.change()
    site.forget()
    _, *steps = publisher.well("--dry-run")
    assert steps == ["~ beneficiaires.csv : nouveau contenu", "+ nouvelle.csv : nouveau fichier"]
    assert site.writes() == []
    publisher.well()
    after = by_file(site)
    assert [*after] == [SENT[0], "nouvelle.csv", *SENT[1:]]
    assert [after[name]["latest"] for name in SENT] == [before[name]["latest"] for name in SENT]
    assert [after[name] for name in SENT[1:]] == [before[name] for name in SENT[1:]]
    assert len(site.writes()) == 5  # a file and its description, twice, then their order


def test_what_is_edited_by_hand_shows_in_the_plan_and_is_put_right(publisher, site, reference):
    publisher.well()
    dataset = site.dataset()
    path, ids = f"datasets/{dataset['id']}/", [each["id"] for each in dataset["resources"]]
    edited = {"title": "À la main", "tags": ["autre"], "private": True}
    site.api("PUT", path, json={**site.api("GET", path), **edited})
    site.api("POST", f"{path}resources/{ids[0]}/upload/", files={"file": ("autre.csv", b"a\n")})
    site.api("PUT", f"{path}resources/{ids[1]}/", json={"title": "À la main aussi"})
    _, first, second, _, last = publisher.well("--dry-run")
    assert first == "~ beneficiaires.csv : nouveau contenu"
    assert second.startswith("~ lisez-moi.txt : title « À la main aussi » → « Lisez-moi")
    assert last.startswith("~ jeu de données : title « À la main » → « Bénéficiaires")
    assert "tags « ['autre'] » → " in last and "private « True » → « False »" in last
    publisher.converges(reference)
    assert [each["id"] for each in site.dataset()["resources"]] == ids


def test_what_others_added_is_left_and_only_prune_removes_ours(publisher, site):
    publisher.well()
    dataset, gone = site.dataset(), by_file(site)["lisez-moi.txt"]["title"]
    path = f"datasets/{dataset['id']}/"
    added = [
        "graphique.png",
        "beneficiaires.csv",
    ]  # the second has the name of a file of ours, not its bytes
    for name in added:
        site.api("POST", f"{path}upload/", files={"file": (name, b"autre")})
    owner = {"organization": site.organization, "role": "contact"}
    other = site.api(
        "POST", "contacts/", json={"name": "Autre", "email": "autre@example.org", **owner}
    )
    contacts = [other["id"], dataset["contact_points"][0]["id"]]
    edited = {
        "extras": {**dataset["extras"], "autre:cle": "valeur"},
        "contact_points": contacts,
        "title": "À la main",
    }
    site.api("PUT", path, json={**site.api("GET", path), **edited})
    publisher.keep(SENT[0], SENT[2])
    said = publisher.well()
    assert [
        f"laissé « {title} » : n'est pas dans la distribution" in said for title in (*added, gone)
    ] == [True] * 3
    assert len(site.dataset()["resources"]) == 5
    assert f"- « {gone} » : n'est pas dans la distribution" in publisher.well("--prune")
    after = site.dataset()
    assert {each["title"] for each in after["resources"][2:]} == set(added)
    assert after["extras"]["autre:cle"] == "valeur"
    assert [each["id"] for each in after["contact_points"]] == contacts


def test_nothing_is_sent_without_a_yes(publisher, site):
    for answer in ("", "n", "peut-être"):
        done = publisher(answer=answer)
        assert (done.status, done.err) == (1, f"{site.url}: abandon, rien n'a été envoyé\n")
    assert site.writes() == []
    assert publisher(answer="Oui").status == 0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("portail: http:", "portail: https:", "pas de réponse (ConnectError)"),
        ("127.0.0.1", "www.data.gouv.fr", "la clé ne va qu'à un portail https://…"),
        ("127.0.0.1", "localhost.", "la clé ne va qu'à un portail https://…"),
        (
            'jeu: ""',
            "jeu: 0123456789abcdef01234567",
            "jeu de données 0123456789abcdef01234567 : introuvable",
        ),
        (
            "organisation: ",
            "organisation: nulle-part #",
            "organisation « nulle-part » : introuvable",
        ),
        ("organisation: ", 'organisation: "" #', "« organisation » est vide ; y mettre son id"),
        ("country:fr", "country:xx", "HTTP 400 {"),
        (
            "licence: lov2",
            "licence: lov3",
            " : ~ jeu de données : license « notspecified » → « lov3 »",
        ),
    ],
)
def test_a_setting_that_is_wrong(publisher, old, new, told):
    publisher.settle(old, new)
    assert told in publisher.refused()


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", "clé absente"),
        ("a\nb", "ce n'est pas une clé"),
        ("udata_wrong", "clé refusée, en créer une sur le portail"),
        (
            "stranger",
            'HTTP 400 {"errors": {"organization": ["Permission refusée pour cette organisation"]}}',
        ),
    ],
)
def test_a_key_that_is_wrong(publisher, site, key, told):
    publisher.key = site.stranger if key == "stranger" else key
    assert told in publisher.refused()
    assert site.datasets() == []


def test_a_distribution_that_is_not_of_these_sources_is_not_sent(publisher, site):
    index = publisher.dist / "index.json"
    index.write_text(index.read_text().replace('"version": "2', '"version": "1'))
    assert publisher.refused().endswith("ce n'est pas celui de ces sources ; lancer « make dist »")
    index.unlink()
    assert publisher.refused().endswith("pas de distribution ; lancer « make dist »")
    assert site.requests() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("body", [HTML["body"], "[]", "{}", "1", "\xff"])
def test_an_answer_that_is_not_of_the_api(publisher, site, method, body):
    site.fail(method=method, status=200, body=body, count=1000)
    line = publisher.refused()
    assert "réponse illisible, ce n'est pas celle de l'API" in line or "n'a pas gardé" in line


def test_a_dataset_deleted_on_the_site(publisher, site, reference):
    publisher.well()
    first = site.dataset()["id"]
    site.api("DELETE", f"datasets/{first}/")
    publisher.settle('jeu: ""', f"jeu: {first}")
    assert f"jeu de données {first} : supprimé le 20" in publisher.refused()
    publisher.settle(f"jeu: {first}", 'jeu: ""')
    publisher.converges(reference)


@pytest.mark.parametrize(
    ("method", "path", "failure", "told"),
    [
        ("POST", "/api/1/datasets/", {"status": 502, **HTML}, "HTTP 502"),
        ("PUT", "/api/1/datasets/", {"status": 502, **HTML}, "HTTP 502"),
        ("PUT", "/resources/", {"status": 502, **HTML}, "HTTP 502"),
        ("POST", "/contacts/", {"status": 502, **HTML}, "HTTP 502"),
        ("POST", "/upload/", {"status": 500}, 'HTTP 500 {"message": "failure on purpose"}'),
        ("POST", "/upload/", {"status": 0}, "pas de réponse (RemoteProtocolError)"),
        (
            "POST",
            "/upload/",
            {"status": None, "lost": 5},
            "le fichier relu n'est pas celui qui a été envoyé",
        ),
    ],
)
def test_a_write_meets_a_fault(publisher, site, reference, waited, method, path, failure, told):
    """It is told when it lasts; when it passes, all ends as if nothing had happened."""
    site.fail(method=method, path=path, count=1000, **failure)
    line = publisher.refused()
    assert line.startswith(f"{site.url}: ") and line.endswith(f" : {told}")
    assert waited == [2, 4, 8, 16]
    site.reset()
    site.fail(method=method, path=path, **failure)
    site.fail(method=method, path=path, status=503, after=True, headers={"Retry-After": "soon"})
    publisher.converges(reference)
    assert waited == [2, 4, 8, 16, 2, 4]


def test_a_site_that_does_not_answer_in_time(publisher, waited, monkeypatch):
    monkeypatch.setattr("beneficiaires.datagouv.PATIENCE", 1e-4)
    assert re.search(r" : pas de réponse \(\w+Timeout\)$", publisher.refused())
    assert waited == [2, 4, 8, 16]


def test_the_site_says_how_long_to_wait(publisher, site, reference, waited):
    for path, seconds in (("/extensions/", "3"), ("/upload/", "7"), ("/contacts/", "86400")):
        site.fail(path=path, status=429, headers={"Retry-After": seconds})
    publisher.converges(reference)
    assert waited == [3, 7, 120]


def killed_after(count: int, publisher: Publisher) -> bool:
    """Whether the publication needed more requests than that, after which it was ended: nothing that it knew is left."""
    send, left = httpx.Client.send, iter(range(count))

    def counted(*args, **kwargs):
        answer = send(*args, **kwargs)
        if next(left, None) is None:
            raise KeyboardInterrupt
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "send", counted)
        return publisher().status == 130


@pytest.mark.parametrize("update", [False, True], ids=["first", "update"])
def test_a_publication_killed_at_any_request(publisher, site, tmp_path, update):
    """The next one ends as if nothing had happened."""
    old, new, ids = Path(shutil.copytree(publisher.dist, tmp_path / "old")), publisher.dist, set()
    publisher.change()
    publisher.well()
    reference = site.state()
    for count in range(0, 1000, 4):  # a file takes five requests: each of the five is met
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


def test_the_key_goes_to_the_api_alone(publisher, site, monkeypatch):
    seen, send = [], httpx.Client.send

    def watched(client, request, **options):
        seen.append(
            (request.url.path.startswith("/api/1/datasets/r/"), request.headers.get("X-API-KEY"))
        )
        return send(client, request, **options)

    monkeypatch.setattr(httpx.Client, "send", watched)
    publisher.well()
    assert set(seen) == {(True, None), (False, publisher.key)}
    site.forget()
    site.fail(status=308, headers={"Location": f"{site.url}/elsewhere"}, body="")
    assert publisher.refused().endswith(f"HTTP 308 {site.url}/elsewhere")
    assert len(site.requests()) == 1


def test_the_key_is_nowhere(publisher, site, tmp_path):
    site.fail(
        method="POST", path="/upload/", status=400, body=json.dumps({"message": f"no: {site.key}"})
    )
    ambient = {**os.environ, "DATAGOUV_API_KEY": site.key, "HOME": str(tmp_path)}
    publisher.checkout.process("extract")  # brings scripts/ in
    line = [
        sys.executable,
        publisher.checkout.root / "scripts/publish.py",
        "--dist",
        publisher.dist,
        "--yes",
    ]
    seen = []
    for _ in range(2):
        process = subprocess.Popen(
            line, env=ambient, stdout=PIPE, stderr=STDOUT, text=True, cwd=tmp_path
        )
        seen.append(subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True).stdout)
        seen.append(process.communicate()[0])
    assert process.returncode == 0, seen[-1]
    assert "publish.py" in seen[0] and "no: …" in seen[1]
    assert not any(site.key in each for each in seen)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(site.key.encode() in path.read_bytes() for path in written)


def test_data_gouv_harvests_the_catalogue(site, built):
    """With the format, the size and the checksum of every file."""
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=built)
    ) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,)).start()
        address = f"http://127.0.0.1:{web.server_port}/catalog-udata.jsonld"
        errors, (dataset,) = site.harvest(url=address, organization=site.organization)
        web.shutdown()
    index = json.loads((built / "index.json").read_text())
    assert errors == []
    assert (dataset["title"], dataset["description"]) == (index["title"], index["description"])
    assert (dataset["license"], dataset["frequency"]) == ("lov2", "irregular")
    assert dataset["quality"]["score"] == 1.0
    told = {each["title"]: each for each in index["files"] if each["type"] == "main"}
    assert {each["title"] for each in dataset["resources"]} == told.keys()
    for each in dataset["resources"]:
        file = told[each["title"]]
        assert each["checksum"] == {"type": "sha256", "value": file["sha256"]}
        assert (each["format"], each["mime"], each["filesize"]) == (
            file["format"],
            file["mediatype"],
            file["size"],
        )
