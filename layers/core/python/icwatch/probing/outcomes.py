"""What an exchange comes to, in httpx's types: a response, or an error with what caused it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from icwatch.probing.attempts import Attempt, judge
from icwatch.probing.causes import EXHAUSTED
from icwatch.probing.connection import sentence
from icwatch.probing.errors import ConnectFailed, ForbiddenError, LocalError, LookupFailed
from icwatch.probing.lookup import LOCAL_LOOKUPS, SocketAddress
from icwatch.probing.response import ResponseError, ResponseReader

CODING = "icwatch.coding"
"""Of a response's extensions: how its body is encoded, such as `gzip`; empty where it is not."""

Outcome = httpx.Response | Exception
"""An error that is none of httpx's is a defect: of one probe, which must not stop the others."""


def response(reader: ResponseReader) -> httpx.Response:
    """What was read, up to the cap and not decoded. Nobody looks at its headers, so it has none."""
    return httpx.Response(reader.status, stream=httpx.ByteStream(reader.body), extensions={CODING: reader.coding})


def lookup_failed(host: str, error: Exception) -> httpx.TransportError:
    """A lookup that ended with an error."""
    number = error.errno if isinstance(error, OSError) else None
    local = number in LOCAL_LOOKUPS or number in EXHAUSTED
    return _caused((LocalError if local else LookupFailed)(f"{host}: {sentence(error)}"), error)


def no_address(host: str, addresses: Sequence[SocketAddress], reasons: Sequence[str | None]) -> httpx.TransportError:
    """A host without an address that may be connected to, and why not."""
    if not addresses:
        return LookupFailed(f"{host}: the lookup gave no address")
    refused = (f"{address[0]} is {reason}" for address, reason in zip(addresses, reasons, strict=True))
    return ForbiddenError(f"forbidden: {', '.join(refused)}")


def no_trust_store(error: OSError) -> httpx.TransportError:
    """Nobody's certificate can be verified here."""
    return _caused(LocalError(f"the trust store cannot be read: {sentence(error)}"), error)


def connect_failed(attempts: Sequence[Attempt]) -> httpx.TransportError:
    """No address gave a connection; there was at least one."""
    verdict = judge(attempts)
    return LocalError(verdict.detail) if verdict.cause is None else ConnectFailed(verdict.detail, verdict.cause)


def answer_failed(error: OSError | ResponseError) -> httpx.TransportError:
    """A connection that broke while it was used, or what was said on it is no answer."""
    if isinstance(error, ResponseError):
        return _caused(httpx.RemoteProtocolError(str(error)), error)
    return _caused((LocalError if error.errno in EXHAUSTED else httpx.ReadError)(sentence(error)), error)


def _caused(error: httpx.TransportError, reason: Exception) -> httpx.TransportError:
    error.__cause__ = reason
    return error
