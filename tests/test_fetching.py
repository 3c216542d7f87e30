"""A page comes whole from the declared host over https, or does not come at all."""

import gzip
import time
from datetime import date

import pytest
import trustme

import servers
from beneficiaires import fetching
from beneficiaires.problems import Invalid
from conftest import ROOT

PAGE = (ROOT / "source/pages/2023-09-01.md").read_bytes()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serve(authority, tmp_path, monkeypatch):
    """Starts servers that the library trusts."""
    stack = []
    for name, value in servers.trust(authority, tmp_path).items():
        monkeypatch.setenv(name, value)

    def start(answer, authority=authority) -> servers.Server:
        context = servers.serving(answer, authority)
        stack.append(context)
        return context.__enter__()

    yield start
    for context in stack:
        context.__exit__(None, None, None)


def fetch(server, etag=None, patience=5.0):
    return fetching.fetch(server.url, etag, patience=patience, pause=0.001)


def refusal(server, **options) -> str:
    with pytest.raises(Invalid) as caught:
        fetch(server, **options)
    (problem,) = caught.value.problems
    assert problem.file == server.url
    return problem.message


def test_a_page_comes_with_the_day_and_the_etag_of_the_server(serve):
    server = serve(lambda handler: handler.reply(PAGE, etag='W/"abc"'))
    assert fetch(server) == (PAGE, date(2026, 11, 26), 'W/"abc"')
    path, headers = server.asked[0]
    assert path == "/page.md"
    assert headers["Accept-Encoding"] == "identity"
    assert "If-None-Match" not in headers


def test_a_page_comes_in_pieces_too(serve):
    def pieces(handler):
        handler.start(transfer_encoding="chunked")
        for place in range(0, len(PAGE), 1000):
            piece = PAGE[place : place + 1000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    assert fetch(serve(pieces)).data == PAGE


def test_what_the_server_still_has_does_not_come_again(serve):
    def answer(handler):
        known = handler.headers["If-None-Match"] == '"abc"'
        handler.reply(b"", 304, content_length="") if known else handler.reply(PAGE)

    server = serve(answer)
    assert fetch(server, '"abc"') is None
    assert fetch(server, '"old"').data == PAGE
    assert fetch(server, 'not an etag\r\nX-Header: "').data == PAGE
    assert [headers.get("If-None-Match") for _, headers in server.asked] == ['"abc"', '"old"', None]


def test_not_modified_answers_no_question(serve):
    assert refusal(serve(lambda handler: handler.reply(b"", 304, content_length=""))).startswith(
        "réponse 304"
    )


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410, 451])
def test_an_error_is_told_at_once(serve, status):
    server = serve(lambda handler: handler.reply(b"" if status == 204 else PAGE, status))
    assert refusal(server).startswith(f"réponse {status} ; si la page a changé d'adresse, voir « brut »")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(serve, status):
    def once(handler):
        handler.reply(PAGE, status if len(handler.server.asked) == 1 else 200)

    server = serve(once)
    assert fetch(server).data == PAGE
    assert len(server.asked) == 2
    server = serve(lambda handler: handler.reply(PAGE, status))
    assert refusal(server) == f"réponse {status}, 3 fois ; réessayer plus tard"
    assert len(server.asked) == 3


def test_a_server_that_says_nothing_is_given_up(serve):
    server = serve(lambda handler: time.sleep(0.5))
    assert refusal(server, patience=0.1) == "pas de réponse entière en 0.1 s, 3 fois ; réessayer plus tard"


def test_a_server_that_never_ends_is_given_up(serve):
    def drip(handler):
        handler.start(content_length=str(len(PAGE)))
        for byte in PAGE[:100]:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.02)

    assert refusal(serve(drip), patience=0.2).startswith("pas de réponse entière en 0.2 s")


def test_a_server_that_cannot_be_reached_is_told(serve):
    server = serve(lambda handler: handler.reply(PAGE))
    server.server_close()
    assert refusal(server).startswith("lecture impossible : ")


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_download_cut_at_any_byte_is_refused(serve, monkeypatch, framing):
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)
    head, body, tail = (
        (b"", PAGE, b"") if framing == "length" else (b"200\r\n", PAGE[:0x200], b"\r\n0\r\n\r\n")
    )
    answer = head + body + tail

    def cut(handler):
        length = (
            {"content_length": str(len(body))} if framing == "length" else {"transfer_encoding": "chunked"}
        )
        handler.start(**length)
        handler.wfile.write(answer[: len(handler.server.asked) - 1])

    server = serve(cut)
    for _ in range(len(answer)):
        assert refusal(server).startswith("réponse coupée ou mal formée, 1 fois")
    assert fetch(server).data == body


def test_an_answer_without_length_is_refused(serve):
    server = serve(lambda handler: handler.reply(PAGE, content_length=""))
    assert refusal(server) == "réponse sans longueur : rien ne dirait qu'elle est coupée"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x"])
def test_a_compressed_answer_is_refused_unopened(serve, encoding):
    bomb = gzip.compress(b"---\n" + bytes(50_000_000))
    server = serve(lambda handler: handler.reply(bomb, content_encoding=encoding))
    assert refusal(server) == "réponse compressée alors qu'une réponse simple était demandée"
    server = serve(lambda handler: handler.reply(bomb))
    assert refusal(server).startswith("ce n'est pas la page")


def test_an_endless_answer_is_cut(serve):
    sent = []

    def flood(handler):
        handler.start(transfer_encoding="chunked")
        while len(sent) < 1000:
            handler.wfile.write(b"10000\r\n" + b"-" * 0x10000 + b"\r\n")
            sent.append(1)

    assert refusal(serve(flood)) == "plus de 1048576 octets"
    assert len(sent) < 1000


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"<!doctype html><title>Page introuvable</title>", "text/html"),
        (PAGE, "text/html; charset=utf-8"),
        (b"<html></html>", "text/plain"),
        (b"404: Not Found", "text/plain"),
        (b"", "text/plain"),
        (b"\0" * 100, "text/plain"),
        (b"version https://git-lfs.github.com/spec/v1\n", "text/plain"),
    ],
)
def test_what_is_not_the_page_is_refused(serve, data, content_type):
    server = serve(lambda handler: handler.reply(data, content_type=content_type))
    assert refusal(server).startswith("ce n'est pas la page : ")


def test_a_page_moves_on_its_own_host(serve):
    def moved(handler):
        if handler.path == "/page.md":
            handler.reply(b"", 301, location="/ailleurs.md")
        else:
            handler.reply(PAGE)

    assert fetch(serve(moved)).data == PAGE


def test_a_page_never_moves_to_another_host_nor_out_of_https(serve):
    elsewhere = serve(lambda handler: handler.reply(PAGE))
    clear = serve(lambda handler: handler.reply(PAGE), authority=None)
    for target in (
        elsewhere.url,
        clear.url,
        elsewhere.url.replace("localhost", "127.0.0.1"),
        "ftp://localhost/page.md",
    ):
        server = serve(lambda handler, target=target: handler.reply(PAGE, 302, location=target))
        assert refusal(server) == f"mène à {target}, hors de l'adresse https déclarée"
    assert elsewhere.asked == clear.asked == []


def test_a_page_that_turns_in_circles_is_refused(serve):
    server = serve(lambda handler: handler.reply(PAGE, 302, location=handler.path))
    assert refusal(server) == "plus de 5 redirections"


def test_an_address_in_clear_is_refused_before_it_is_asked(serve):
    server = serve(lambda handler: handler.reply(PAGE), authority=None)
    assert refusal(server) == f"mène à {server.url}, hors de l'adresse https déclarée"
    assert server.asked == []


def test_a_server_that_nobody_vouches_for_is_refused(serve):
    server = serve(lambda handler: handler.reply(PAGE), authority=trustme.CA())
    assert "certificate verify failed" in refusal(server)
    assert server.asked == []


@pytest.mark.parametrize("url", ["", "https://", "https://[::1", "https://exa mple/", "page.md"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(Invalid):
        fetching.fetch(url, pause=0.001)


def test_a_server_without_clock_gives_no_day(serve):
    server = serve(lambda handler: handler.reply(PAGE, date="hier"))
    assert fetch(server).date is None
