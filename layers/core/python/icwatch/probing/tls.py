"""TLS over bytes that somebody else sends and receives. It knows no socket."""

from __future__ import annotations

import functools
import ssl
from contextlib import suppress


class TlsSession:
    """What a client encrypts and decrypts on one connection. A certificate without trust fails the handshake."""

    __slots__ = ("_incoming", "_object", "_outgoing")

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        """`name` is whom the server's certificate has to be of."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    def take(self, data: bytes) -> None:
        """Take what was received; no bytes mean that the server closed."""
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def outgoing(self) -> bytes:
        """What is to be sent now."""
        return self._outgoing.read()

    def shake_hands(self) -> bool:
        """Go on with the handshake; True once it is over. Raises ssl.SSLError, and ConnectionResetError at the end."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLEOFError:
            raise ConnectionResetError from None
        return True

    @property
    def not_after(self) -> int:
        """When the server's certificate expires, in Unix time; known after the handshake, which has verified it."""
        certificate = self._object.getpeercert()
        assert certificate is not None
        return ssl.cert_time_to_seconds(str(certificate["notAfter"]))

    def write(self, data: bytes) -> None:
        """Encrypt this; it is outgoing then."""
        self._object.write(data)

    def read(self, most: int) -> bytes | None:
        """Up to so many bytes of what was taken; none at the end, None where more is needed. Raises ssl.SSLError."""
        try:
            return self._object.read(most)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # the end, also without TLS's own farewell
            return b""


def load_tls() -> None:
    """Read the system's trust store now, which takes some 20 ms, and not within the time of the first probe.

    Where it cannot be read, each probe by https says so.
    """
    with suppress(OSError):
        tls_context()


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Certificates are verified against the system's trust store; made once, and only where a URL is https."""
    return ssl.create_default_context()
