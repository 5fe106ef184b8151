"""Servers that behave like the vendors of chat robots: signatures checked, limits, errors inside of HTTP 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from icwatch.model import RobotKind

SECRET = "SEC-0123"


@dataclass(slots=True)
class Vendor:
    """One robot's server. `messages` are those that it took, `refusals` what it answered to others.

    `down` makes it answer 503, `broken` refuse for good; after `limit` messages within a minute it takes no more. Its
    answers take `slow_seconds`, and come `twice`.
    """

    kind: RobotKind
    limit: int = 20
    down: bool = False
    broken: bool = False
    slow_seconds: float = 0.0
    twice: bool = False
    messages: list[Any] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    taken: Callable[[], object] = lambda: None
    _times: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, str]:
        """The status and the body of the answer to a POST."""
        with self._lock:
            problem = self._problem(path, headers, body)
            if problem is not None:
                self.refusals.append(problem[1])
                return problem
            self.messages.append(json.loads(body))
        self.taken()
        return 200, _GOOD[self.kind]

    def _problem(self, path: str, headers: Any, body: bytes) -> tuple[int, str] | None:
        if self.down:
            return 503, "down"
        if self.broken or not _is_signed(self.kind, path, headers, body):
            return _BAD[self.kind]
        now = time.monotonic()
        self._times = [each for each in self._times if now - each < 60]
        if len(self._times) >= self.limit:
            return _TOO_MANY[self.kind]
        self._times.append(now)
        return None


_GOOD = {
    RobotKind.DINGTALK: '{"errcode":0,"errmsg":"ok"}',
    RobotKind.FEISHU: '{"code":0,"msg":"success","data":{}}',
    RobotKind.WECOM: '{"errcode":0,"errmsg":"ok"}',
    RobotKind.SLACK: "ok",
    RobotKind.WEBHOOK: "{}",
}
_BAD = {
    RobotKind.DINGTALK: (200, '{"errcode":310000,"errmsg":"sign not match"}'),
    RobotKind.FEISHU: (200, '{"code":19021,"msg":"sign match fail"}'),
    RobotKind.WECOM: (200, '{"errcode":93000,"errmsg":"invalid webhook url"}'),
    RobotKind.SLACK: (403, "invalid_token"),
    RobotKind.WEBHOOK: (401, "who are you"),
}
_TOO_MANY = {
    RobotKind.DINGTALK: (200, '{"errcode":130101,"errmsg":"send too fast"}'),
    RobotKind.FEISHU: (200, '{"code":9499,"msg":"too many request"}'),
    RobotKind.WECOM: (200, '{"errcode":45009,"errmsg":"api freq out of limit"}'),
    RobotKind.SLACK: (429, "rate_limited"),
    RobotKind.WEBHOOK: (429, "slow down"),
}


def _is_signed(kind: RobotKind, path: str, headers: Any, body: bytes) -> bool:
    """Whether the message is signed as the vendor's own page says, and lately."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    key = SECRET.encode()
    if kind is RobotKind.DINGTALK:
        at = query.get("timestamp", "0")
        wanted = base64.b64encode(hmac.new(key, f"{at}\n{SECRET}".encode(), hashlib.sha256).digest()).decode()
        return query.get("sign") == wanted and abs(int(at) / 1000 - time.time()) < 3600
    if kind is RobotKind.FEISHU:
        document = json.loads(body)
        text = f"{document.get('timestamp')}\n{SECRET}"
        return bool(
            document.get("sign") == base64.b64encode(hmac.new(text.encode(), b"", hashlib.sha256).digest()).decode()
        )
    if kind is RobotKind.WEBHOOK:
        signed = f"{headers.get('X-Icwatch-Timestamp')}.".encode() + body
        return bool(headers.get("X-Icwatch-Signature") == "sha256=" + hmac.new(key, signed, hashlib.sha256).hexdigest())
    return True


class Vendors:
    """Vendors at paths of one server: `/NAME`, until the end of the `with` block."""

    def __init__(self, **vendors: Vendor) -> None:
        self.vendors = vendors

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                vendor = vendors[urlsplit(self.path).path.strip("/")]
                time.sleep(vendor.slow_seconds)  # as a vendor does, who is what is made here
                status, text = vendor.answer(self.path, self.headers, body)
                for _ in range(1 + vendor.twice):
                    with suppress(BrokenPipeError, ConnectionResetError):  # who asked does not wait, or was killed
                        self.send_response(status)
                        self.send_header("Content-Length", str(len(text.encode())))
                        self.end_headers()
                        self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="vendors", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, name: str) -> str:
        """The address of a robot."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}?access_token=t"
