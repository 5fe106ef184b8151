"""A relay: what connects to an address of this machine that containers reach is passed on to the local cloud."""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from contextlib import suppress
from typing import Self

from icwatch_cli.local.container import Listener
from icwatch_cli.local.errors import LocalCloudError

IP_FREEBIND = 15
"""Linux: bind an address before it is there, as that of Podman's bridge is not before its first container."""

CHUNK_BYTES = 64 * 1024


class Relay:
    """A context: inside it, connections to `port` of the listener's address reach 127.0.0.1:`target`."""

    def __init__(self, listener: Listener, target: int) -> None:
        self._peers = ipaddress.ip_network(listener.peers, strict=False)
        self._target = target
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "linux":
                self._socket.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
            self._socket.bind((listener.address, 0))
            self._socket.listen()
        except OSError as error:
            self._socket.close()
            raise LocalCloudError(
                f"no relay for the container can listen on {listener.address}: {error.strerror or error}"
            ) from error
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="relay", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # which wakes `accept`
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                inner, (peer, _) = self._socket.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(inner, peer), daemon=True).start()

    def _serve(self, inner: socket.socket, peer: str) -> None:
        with inner:
            if ipaddress.ip_address(peer) not in self._peers:
                return
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as outer:
                back = threading.Thread(target=_copy, args=(outer, inner), daemon=True)
                back.start()
                _copy(inner, outer)
                back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Until the source ends; then the sink is closed, while the other direction goes on."""
    with suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
