"""A connection that is used without ever waiting: plain, or with TLS on top."""

from __future__ import annotations

import errno
import os
import ssl
from contextlib import suppress

from icwatch.probing import connection
from icwatch.probing.lookup import SocketAddress
from icwatch.probing.loop import READ, WRITE, Loop, Waiting
from icwatch.probing.tls import TlsSession

TLS_BYTES = 16_384
"""What is received at once of an encrypted answer."""


class Channel:
    """A connection to one address, on which its owner is told when to go on."""

    __slots__ = ("_loop", "_socket", "_tls", "_unsent", "_watched")

    def __init__(self, loop: Loop, address: SocketAddress, owner: Waiting) -> None:
        """Begin to connect. Raises OSError with what the kernel says at once."""
        self._loop, self._socket = loop, connection.begin(address)
        self._tls: TlsSession | None = None
        self._unsent, self._watched = b"", WRITE
        try:
            loop.watch(self._socket.fileno(), WRITE, owner)
        except OSError:
            self._socket.close()
            raise

    def establish(self) -> None:
        """Take note that it is made. Raises OSError where it is not."""
        connection.establish(self._socket)

    def begin_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Begin the handshake; `name` is whom the server's certificate has to be of. Raises OSError."""
        self._tls = TlsSession(context, name)
        self._tls.shake_hands()
        self._send(self._tls.outgoing())

    def shake_hands(self) -> int | None:
        """Go on with the handshake. When the server's certificate expires, in Unix time, once it is over.

        Raises OSError, of which ssl.SSLError is one.
        """
        assert self._tls is not None
        with suppress(BlockingIOError):
            self._tls.take(self._socket.recv(TLS_BYTES))
        over = self._tls.shake_hands()
        self._send(self._tls.outgoing())
        return self._tls.not_after if over else None

    def send(self, data: bytes) -> None:
        """Send it, and what the kernel did not take before, as far as it does now. Raises OSError."""
        if data and self._tls is not None:
            self._tls.write(data)
            data = self._tls.outgoing()
        self._send(data)

    @property
    def is_sending(self) -> bool:
        """Whether the kernel has not taken all yet."""
        return bool(self._unsent)

    def receive(self, most: int) -> bytes | None:
        """What has come, up to so many bytes; none at the end, and None where nothing has. Raises OSError."""
        tls = self._tls
        try:
            if tls is None:
                return self._socket.recv(most)
            if (plain := tls.read(most)) is None:
                tls.take(self._socket.recv(TLS_BYTES))
                plain = tls.read(most)
        except BlockingIOError:
            return None
        if more := tls.outgoing():
            self._send(more)
        return plain

    def close(self) -> None:
        """End it at once: a server that never answers a farewell must not hold it."""
        self._loop.forget(self._socket.fileno())
        self._socket.close()

    def _send(self, data: bytes) -> None:
        unsent = self._unsent + data
        try:
            if unsent:
                unsent = unsent[self._socket.send(unsent) :]
        except BlockingIOError:
            pass
        except ConnectionError:
            # The kernel names a reset once only, as a broken pipe after that.
            unsent = b""
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from None
        finally:
            self._unsent = unsent
            if (watched := WRITE if unsent else READ) != self._watched:
                self._watched = watched
                self._loop.watch_for(self._socket.fileno(), watched)
