"""A stand-in for a group chat of the demonstration: a robot's address on loopback, which answers as DingTalk does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MAX_BODY_BYTES = 64 * 1024

GROUP = "ICWATCH_DEMONSTRATION_GROUP"
"""The variable in which the demonstration's robot finds the address."""


class ChatGroup:
    """Takes messages from `start` to `stop`; `said` is called with the title of each."""

    def __init__(self, said: Callable[[str], object]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length", 0)), MAX_BODY_BYTES)
                answer, title = _taken(self.rfile.read(length))
                if title:
                    said(title)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
                """Nothing: the screen is the demonstration's."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="chat-group", daemon=True)

    @property
    def url(self) -> str:
        """The robot's address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/robot/send?access_token=demonstration"

    def start(self) -> None:
        """Take messages."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _taken(body: bytes) -> tuple[bytes, str]:
    """DingTalk's answer, and the title where it was a message."""
    try:
        return b'{"errcode":0,"errmsg":"ok"}', str(json.loads(body)["markdown"]["title"])
    except (ValueError, LookupError, TypeError):
        return b'{"errcode":40035,"errmsg":"no message"}', ""
