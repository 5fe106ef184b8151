"""The pages on this machine: over HTTP on a loopback address, to read only, and for nobody else's pages.

A page from elsewhere may be made to call this server by a name of its own that leads here (DNS rebinding). So a
request has to name this machine as `localhost` or by its loopback address, as people and programs here do.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from icwatch.errors import IcwatchError
from icwatch_cli.arguments.page import PORT
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.page.render import policy
from icwatch_cli.page.site import METRICS
from icwatch_cli.serving.content import HTML, Answer, Content
from icwatch_cli.serving.following import Following

ADDRESS = "127.0.0.1"
NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
"""What a request may call this machine."""

PORTS_TRIED = 10
"""From the usual port on, before any is taken."""

PATIENCE_SECONDS = 10
"""After so long without a whole request a connection is closed."""

MAX_TARGET = 2048
"""Characters of a path with its query."""


class ServerError(IcwatchError):
    """The page cannot be served."""


class PageServer(ThreadingHTTPServer):
    """Serves a stack's pages. `report` is told what went wrong with one; the others are served all the same."""

    daemon_threads = True

    def __init__(self, content: Content, port: int, report: Callable[[str], object]) -> None:
        self.content, self.report = content, report
        self.following = Following(content.reader)
        super().__init__((ADDRESS, port), Handler)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://localhost:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is nobody's fault here."""


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: PageServer
    server_version = "icwatch"
    sys_version = ""
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        """A page."""
        if host_of(self.headers.get("Host", "")) not in NAMES:
            self._say(HTTPStatus.MISDIRECTED_REQUEST, "This server is for localhost only.")
            return
        if len(self.path) > MAX_TARGET:
            self._say(HTTPStatus.REQUEST_URI_TOO_LONG, "Too long.")
            return
        parts = urlsplit(self.path)
        path, query, accept = unquote(parts.path).lstrip("/"), dict(parse_qsl(parts.query)), self.headers["Accept"]
        try:
            with aws_errors():
                self.server.following.look(again=path != METRICS)
                with self.server.content.reader.lock:
                    answer = self.server.content.at(path, query, accept or "")
        except IcwatchError as error:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}")
            return
        except Exception as error:
            self.server.report(f"the page {parts.path} cannot be made: {error!r}")
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, "This page cannot be made; icwatch says why.")
            return
        if answer is None:
            self._say(HTTPStatus.NOT_FOUND, "There is no such page.")
        elif answer.location:
            self._send(HTTPStatus.FOUND, answer)
        else:
            self._send(HTTPStatus.OK, answer)

    def do_HEAD(self) -> None:
        """A page without its body."""
        self.do_GET()

    def _say(self, status: HTTPStatus, text: str) -> None:
        self._send(status, Answer(f"{text}\n", "text/plain; charset=utf-8"))

    def _send(self, status: HTTPStatus, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(status)
        if answer.location:
            self.send_header("Location", f"/{answer.location}")
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        rules = policy() if answer.kind == HTML else "default-src 'none'"
        self.send_header("Content-Security-Policy", f"{rules}; frame-ancestors 'none'")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nobody reads who looked at what."""


def host_of(header: str) -> str:
    """The host that a header names, without its port; an empty text where it names none or more than that."""
    try:
        parts = urlsplit(f"//{header}")
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.netloc == header and "@" not in header else ""


@contextmanager
def served(content: Content, port: int | None, report: Callable[[str], object]) -> Iterator[PageServer]:
    """Serve for as long as the block lasts: on this port, which has to be free; on the usual one, or the next that is
    free, where it is None. Raises ServerError.
    """
    server = _listen_near(content, report) if port is None else _listen(content, port, report)
    thread = threading.Thread(target=server.serve_forever, name="the status page", daemon=True)
    thread.start()
    try:
        with server.following.started():
            yield server
    finally:
        server.shutdown()
        server.server_close()


def _listen_near(content: Content, report: Callable[[str], object]) -> PageServer:
    for port in range(PORT, PORT + PORTS_TRIED):
        try:
            return PageServer(content, port, report)
        except OSError:
            continue
    return _listen(content, 0, report)


def _listen(content: Content, port: int, report: Callable[[str], object]) -> PageServer:
    try:
        return PageServer(content, port, report)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another program listens there" if taken else str(error)
        raise ServerError(f"--port {port}: cannot be used ({why}); write another, or 0 for any free one") from error
