"""Real servers for the tests: https on the loopback, under a certificate authority made for the run."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

DAY = "Thu, 26 Nov 2026 10:00:00 GMT"


class Server(ThreadingHTTPServer):
    """Answers every GET with `answer(handler)`; `paths` are those that were asked for."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Callable) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.server_port}/page.md"

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.answer(self)

    def reply(self, data: bytes = b"", status: int = 200, **headers: str) -> None:
        """An honest answer, but for the headers given (`content_length=""` leaves one out)."""
        self.start(status, **{"content_length": str(len(data)), **headers})
        self.wfile.write(data)

    def start(self, status: int = 200, **headers: str) -> None:
        self.send_response_only(status)
        for name, value in {"date": DAY, "content_type": "text/plain; charset=utf-8", **headers}.items():
            if value:
                self.send_header(name.replace("_", "-").title(), value)
        self.end_headers()

    def log_message(self, *args) -> None:
        """Silence."""


@contextmanager
def serving(answer: Callable, authority: trustme.CA | None) -> Iterator[Server]:
    """A server on the loopback; in clear without an authority."""
    server = Server(answer)
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def trust(authority: trustme.CA, folder: Path) -> dict[str, str]:
    """The environment in which programs trust the authority, as they would trust any other."""
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return {"SSL_CERT_FILE": str(bundle)}
