"""The client of the portal before a server that does anything but its work."""

import dataclasses
import gzip
import itertools
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.publish import udata_models
from beneficiaires.publish.udata_client import (
    Limits,
    TransientProblem,
    UdataClient,
    retry_transient,
)
from beneficiaires.publish.udata_sync import (
    TargetDataset,
    TargetResource,
    apply_operations,
    describe_operation,
    plan_operations,
)
from helpers import find_program

KEY = "udata_s3cret-KEY.of~tests"
DATASET = Path(__file__).parent.parent / "data/udata_dataset.json"
LIMITS = Limits(request_seconds=5, total_seconds=10, answer_bytes=100_000, page_count=7)
RECHERCHE = TargetResource("documentation", "Recherche", "", "html", url="https://example.org/x/")
MUTATIONS = [None, [], {}, [None], {"id": 1}, 0, 10**400, 1e400, True, "", "../../users", "\ud800"]


class Handler(BaseHTTPRequestHandler):
    """Answer each request with what the test chose."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("X-API-KEY")))
        self.server.answer(self)

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *arguments):
        """Write nothing."""


class HostileServer(ThreadingHTTPServer):
    """A server on loopback. `answer` is a function of the handler of a request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str | None]] = []
        self.answer = send
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.was_cut = threading.Event()

    def handle_error(self, request, client_address):
        """Remember that the client closed a connection."""
        self.was_cut.set()


def send(handler, status=200, body=b"{}", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send_json(value):
    return lambda handler: send(handler, body=json.dumps(value).encode())


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as hostile_server:
        threading.Thread(target=hostile_server.serve_forever, args=(0.01,), daemon=True).start()
        yield hostile_server
        hostile_server.shutdown()


@pytest.fixture
def client(server) -> UdataClient:
    return UdataClient(server.url, KEY, LIMITS)


def read_failure(function, *arguments) -> str:
    """Return the only line in which a lasting fault ends."""
    with pytest.raises(ProblemsFound) as failure:
        function(*arguments)
    assert not isinstance(failure.value, TransientProblem)
    return check_line(failure.value)


def read_transient_failure(function, *arguments) -> str:
    with pytest.raises(TransientProblem) as failure:
        function(*arguments)
    return check_line(failure.value)


def check_line(problem: ProblemsFound) -> str:
    line = str(problem)
    assert line.isprintable()
    assert KEY not in line
    return line


def mutate(value: object) -> Iterator[object]:
    """Yield copies of a JSON value, each with one part replaced by something else or left out."""
    yield from MUTATIONS
    if isinstance(value, dict):
        for key in value:
            yield {name: part for name, part in value.items() if name != key}
            for part in mutate(value[key]):
                yield {**value, key: part}
    elif isinstance(value, list):
        for index in range(len(value)):
            for part in mutate(value[index]):
                yield [*value[:index], part, *value[index + 1 :]]


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        (udata_models.read_dataset, json.loads(DATASET.read_text())),
        (
            udata_models.read_dataset_page,
            {"data": [{"id": "a", "deleted": None, "extras": {}}], "next_page": None},
        ),
        (udata_models.read_upload, {"id": "a", "latest": "https://example.org/a"}),
        (udata_models.read_contact_identifier, {"id": "a"}),
        (udata_models.read_extensions, ["csv", "json"]),
    ],
)
def test_any_answer_is_read_or_is_malformed(read, answer):
    result_types = set()
    for mutation in mutate(answer):
        try:
            result_types.add(type(read(mutation)))
        except udata_models.MalformedAnswer:
            result_types.add(None)
    assert None in result_types
    assert result_types <= {None, type(read(answer))}


def test_any_dataset_that_is_read_gives_a_plan_of_single_lines():
    answer = json.loads(DATASET.read_text())
    target = make_target("Autre titre")
    plan_count = 0
    for mutation in mutate(answer):
        try:
            state = udata_models.read_dataset(mutation)
        except udata_models.MalformedAnswer:
            continue
        plan_count += 1
        for operation in plan_operations(target, state, prune=True):
            assert describe_operation(operation).isprintable()
    assert plan_count > 500


def test_what_cannot_be_written_in_json_is_not_sent(server, client):
    for value in ("\ud800", float("inf")):
        line = read_failure(client.write, "extras", "PUT", "datasets/a/", {"extras": {"x": value}})
        assert "requête impossible" in line
    assert server.requests == []


def test_a_portal_that_does_not_keep_what_it_is_sent_is_one_line(server, client):
    server.answer = send_json(json.loads(DATASET.read_text()))

    line = read_failure(apply_operations, client, make_target("Autre titre"), False)

    assert "le portail n'a pas gardé ce qui lui a été envoyé : ~ jeu de données : titre" in line
    assert len(server.requests) == 3  # a look, the write, a look


def test_updates_without_end_are_cut(server):
    dataset = json.loads(DATASET.read_text())
    page = dataset["resources"][0]
    numbers = itertools.count()

    def answer_with_new_identifier(handler):
        page["id"] = f"page-{next(numbers)}"
        send_json(dataset)(handler)

    server.answer = answer_with_new_identifier
    client = UdataClient(server.url, KEY)

    line = read_failure(apply_operations, client, make_target("Titre", RECHERCHE), False)

    assert "le portail n'a pas gardé ce qui lui a été envoyé" in line
    assert len(server.requests) == 201


def make_target(title: str, *resources: TargetResource) -> TargetDataset:
    """Return the recorded dataset with another title and these resources."""
    state = udata_models.read_dataset(json.loads(DATASET.read_text()))
    return TargetDataset(
        mark="n:path",
        name="n",
        identifier="essai",
        metadata=dataclasses.replace(state.metadata, title=title),
        contact_name="Mission",
        contact_email="contact@example.org",
        resources=resources,
        refused=(),
        checksums={},
    )


def test_tags_and_zones_are_read_without_their_order_and_times_without_their_hour():
    answer = json.loads(DATASET.read_text())
    answer["tags"] = ["b", "a"]
    answer["spatial"]["zones"] = ["country:fr", "country-group:ue"]
    answer["temporal_coverage"]["start"] = "2023-09-07T00:00:00+00:00"

    metadata = udata_models.read_dataset(answer).metadata

    assert metadata.tags == ("a", "b")
    assert metadata.zones == ("country-group:ue", "country:fr")
    assert metadata.first_date == "2023-09-07"


def test_only_a_sha1_is_a_checksum_and_no_description_is_an_empty_one():
    answer = json.loads(DATASET.read_text())
    resource = answer["resources"][1]
    resource["checksum"]["type"] = "sha256"
    resource["description"] = None

    state = udata_models.read_dataset(answer).resources[1]

    assert state.sha1 is None
    assert state.metadata.description == ""


@pytest.mark.parametrize(
    "identifier", ["", "../../me", "a/b", "a?b", "a#b", "é", 65 * "a", 1, None]
)
def test_an_identifier_that_would_change_the_path_of_a_request_is_malformed(identifier):
    with pytest.raises(udata_models.MalformedAnswer):
        udata_models.read_contact_identifier({"id": identifier})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"<html></html>",
        b"1",
        b"[]",
        b'{"data":',
        b"[" * 90_000,
        b"9" * 5000,
        gzip.compress(bytes(50_000_000), 1)[:90_000],
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_that_is_no_json_of_udata_is_one_line(server, client, body, status):
    server.answer = lambda handler: send(handler, status, body, Content_Encoding="gzip")
    line = read_failure(client.fetch_dataset, "essai")
    assert "réponse illisible" in line or "HTTP 400" in line
    assert len(line) < 600


def test_pages_without_end_are_not_followed(server, client):
    elsewhere = "https://elsewhere.example/api/1/?page=2"
    server.answer = send_json({"data": [], "next_page": elsewhere})

    line = read_failure(client.find_by_extra, "organisation", "essai:path")

    assert "plus de 7 pages" in line
    paths = [path for path, _ in server.requests]
    assert len(paths) == 7
    assert paths[6].startswith("/api/1/organizations/organisation/datasets/?page=7&")


def test_an_identifier_of_the_settings_stays_one_part_of_the_path(server, client):
    read_failure(client.find_by_extra, "a/../b?c", "essai:path")
    read_failure(client.fetch_dataset, "a/../b?c")
    (organisation, _), (dataset, _) = server.requests
    assert organisation.startswith("/api/1/organizations/a%2F..%2Fb%3Fc/datasets/?")
    assert dataset == "/api/1/datasets/a%2F..%2Fb%3Fc/"


def test_an_answer_without_end_is_cut_at_the_limit(server, client):
    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(10_000))

    server.answer = flood

    assert "réponse trop grosse (100000 octets au plus)" in read_failure(client.fetch_extensions)
    assert server.was_cut.wait(5)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["header", "body"])
def test_an_answer_that_drips_is_cut_in_time(server, start):
    def drip(handler):
        handler.wfile.write(start)
        while True:
            handler.wfile.write(b"1")
            time.sleep(0.01)

    server.answer = drip
    client = UdataClient(server.url, KEY, Limits(request_seconds=0.15))

    assert "pas de réponse complète" in read_transient_failure(client.fetch_extensions)
    assert server.was_cut.wait(5)


def test_a_silent_server_is_given_up_when_all_the_time_is_spent(server):
    released = threading.Event()
    server.answer = lambda handler: released.wait(10)
    client = UdataClient(server.url, KEY, Limits(request_seconds=10, total_seconds=0.1))

    assert "pas de réponse complète" in read_transient_failure(client.fetch_extensions)
    assert "abandon, le portail a déjà pris" in read_failure(client.fetch_extensions)

    released.set()
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_refusal_that_may_pass_is_transient(server, client, status):
    server.answer = lambda handler: send(handler, status, Retry_After="7")
    with pytest.raises(TransientProblem, match=f"HTTP {status}") as failure:
        client.fetch_extensions()
    assert failure.value.retry_after == 7


@pytest.mark.parametrize("status", [204, 301, 400, 401, 403, 404, 410])
def test_a_refusal_that_lasts_is_not_transient(server, client, status):
    server.answer = lambda handler: send(handler, status, b"", Location="/x")
    read_failure(client.fetch_extensions)
    assert len(server.requests) == 1


def test_a_key_and_control_characters_in_a_refusal_are_masked(server, client):
    escaped_key = KEY.replace("s", "\\u0073")
    body = f'{{"message": "{KEY} {escaped_key} \\u001b[31m\\u202erouge\\n\\u0007"}}'.encode()
    server.answer = lambda handler: send(handler, 400, body)
    line = read_failure(client.fetch_extensions)
    assert line.endswith('HTTP 400 {"message": "… … \\u001b[31m rouge\\n\\u0007"}')


def test_a_key_and_control_characters_in_a_header_are_masked(server, client):
    location = f"/{KEY}\x9b31m"
    server.answer = lambda handler: send(handler, 302, b"", Location=location)
    assert read_failure(client.fetch_extensions).endswith("HTTP 302 /… 31m")


def test_a_key_that_the_portal_repeats_is_masked_before_anything_reads_it(server, client):
    dataset = json.loads(DATASET.read_text())
    dataset["title"] = f"<{KEY}>"
    dataset["extras"] = {KEY: [KEY]}
    server.answer = send_json(dataset)

    state = client.fetch_dataset("essai")

    assert state.metadata.title == "<…>"
    assert state.extras == {"…": ["…"]}


def test_only_the_api_gets_the_key(server, client):
    server.answer = send_json(["csv"])
    client.fetch_extensions()
    client.check_download("fichier", f"{server.url}/fichier", b'["csv"]')
    assert server.requests == [("/api/1/datasets/extensions/", KEY), ("/fichier", None)]


def test_no_answer_is_asked_compressed(server, client):
    encodings = []

    def record_encoding(handler):
        encodings.append(handler.headers["Accept-Encoding"])
        send(handler, body=b"[]")

    server.answer = record_encoding
    client.fetch_extensions()
    client.check_download("fichier", f"{server.url}/fichier", b"[]")
    assert encodings == ["identity", "identity"]


def test_redirections_of_a_download_without_end_are_not_followed(server, client):
    server.answer = lambda handler: send(handler, 302, b"", Location="/fichier")
    read_failure(client.check_download, "fichier", f"{server.url}/fichier", b"")
    assert len(server.requests) == 6


def test_a_redirection_of_a_download_to_no_web_address_is_not_tried_again(server, client):
    server.answer = lambda handler: send(handler, 302, b"", Location="file:///etc/passwd")
    line = read_failure(client.check_download, "fichier", f"{server.url}/fichier", b"")
    assert "requête impossible" in line


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://elsewhere.example/", "", "https://a:b/"]
)
def test_an_odd_address_of_a_download_is_not_asked(client, address):
    read_failure(client.check_download, "fichier", address, b"")


def test_a_file_that_is_not_read_back_as_sent_may_be_later(server, client):
    line = read_transient_failure(client.check_download, "x.csv", f"{server.url}/x", b"autre")
    assert line.endswith("x.csv : le fichier relu n'est pas celui qui a été envoyé")


@pytest.mark.parametrize(
    "site",
    [
        "http://www.data.gouv.fr",
        "http://localhost.",
        "http://127.0.0.1@elsewhere.example",
        "https://",
        "https://a b",
        "https://name:pass@portail.example",
        "https://portail.example/chemin",
        "ftp://portail.example",
    ],
)
def test_the_key_goes_to_https_or_to_this_machine_only(site):
    assert "la clé ne va qu'à un portail https://" in read_failure(UdataClient, site, KEY)


@pytest.mark.parametrize("site", ["https://portail:port", "https://xn--0.example"])
def test_an_address_that_cannot_be_asked_is_one_line(site):
    read_failure(UdataClient(site, KEY).fetch_extensions)


@pytest.mark.parametrize("key", ["a b", "a\nb", "clé", '"', "\\"])
def test_an_odd_key_is_refused(key):
    assert "ce n'est pas une clé" in read_failure(UdataClient, "https://portail.example", key)


def test_a_proxy_that_httpx_does_not_know_is_one_line(server, client, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    assert "requête impossible" in read_failure(client.fetch_extensions)


def test_missing_certificates_of_the_machine_are_one_line(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent/certificates.pem")
    line = read_failure(UdataClient, "https://portail.example", KEY)
    assert "certificats de la machine illisibles" in line


def test_a_certificate_that_nobody_signed_is_not_tried_again(server, tmp_path):
    openssl = find_program("openssl", "openssl")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    client = UdataClient(f"https://127.0.0.1:{server.server_port}", KEY, LIMITS)

    assert "CERTIFICATE_VERIFY_FAILED" in read_failure(client.fetch_extensions)


def test_a_connection_that_nobody_accepts_is_transient(server):
    server.server_close()
    line = read_transient_failure(UdataClient(server.url, KEY).fetch_extensions)
    assert line.endswith("liste des extensions : pas de réponse (ConnectError)")


def test_a_function_begins_again_after_transient_faults_only(server, client):
    statuses = [503, 429, 404]

    def refuse(handler):
        status = statuses.pop(0)
        send(handler, status, b"", Retry_After="9999" if status == 429 else "")

    server.answer = refuse
    waits: list[float] = []
    reports: list[str] = []

    with pytest.raises(ProblemsFound, match="HTTP 404"):
        retry_transient(client.fetch_extensions, report=reports.append, sleep=waits.append)

    assert waits == [2, 120]
    assert reports[1].endswith("HTTP 429 ; nouvel essai dans 120 s")


def test_a_function_begins_again_four_times_at_most(server, client):
    server.answer = lambda handler: send(handler, 503)
    waits: list[float] = []

    with pytest.raises(TransientProblem):
        retry_transient(client.fetch_extensions, report=lambda line: None, sleep=waits.append)

    assert waits == [2, 4, 8, 16]
