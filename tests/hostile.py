"""Every way in which a server is known to misbehave, each with what is asked of it.

`tests/vectors/hostile.txt` says what a probe concludes of each. All are asked in one sweep, so that each disturbs the
others as much as it can.
"""

from __future__ import annotations

import asyncio
import errno
import gzip
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import trustme

from icwatch.model import ProbeSpec, Target
from tests import network
from tests.servers import (
    OK,
    Behaviour,
    Servers,
    answer,
    break_off,
    close_at_once,
    drip,
    endless,
    keep_open,
    read_request,
    reset,
    tls,
)

SECONDS = Decimal("1.5")
"""The timeout of every probe."""

NOWHERE = "127.0.0.9"
"""Nothing listens here."""


@dataclass(frozen=True)
class Surroundings:
    """Where servers are started, and what else of the network a case may spoil."""

    servers: Servers
    authority: trustme.CA
    names: dict[str, list[str]]
    errors: dict[str, int] = field(default_factory=dict)


Start = Callable[[Surroundings], Target]


def _head(status: str, *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


def _spec(**options: Any) -> ProbeSpec:
    return ProbeSpec(timeout=SECONDS, **options)


def _plain(behaviour: Behaviour, **options: Any) -> Start:
    return lambda around: Target("127.0.0.1", around.servers.serve(behaviour), probe=_spec(**options))


def _says(response: bytes, **options: Any) -> Start:
    return _plain(answer(response), **options)


def _secure(behaviour: Behaviour, name: str = "127.0.0.1", ends: int = 4_000_000_000) -> Start:
    def start(around: Surroundings) -> Target:
        port = around.servers.serve(behaviour, tls(around.authority, name, ends))
        return Target("127.0.0.1", port, "https", probe=_spec())

    return start


def _self_signed(around: Surroundings) -> Target:
    return Target("127.0.0.1", around.servers.serve(answer(OK), tls(trustme.CA())), "https", probe=_spec())


def _handshake(behaviour: Behaviour) -> Start:
    return lambda around: Target("127.0.0.1", around.servers.serve(behaviour), "https", probe=_spec())


def _port(start: Callable[[Servers], int], scheme: str = "http") -> Start:
    return lambda around: Target("127.0.0.1", start(around.servers), scheme, probe=_spec())


def _kernel(address: str, number: int) -> Start:
    def start(around: Surroundings) -> Target:
        around.errors[address] = number
        return Target(address, probe=_spec())

    return start


def _name(name: str, *addresses: str, serving: Behaviour | None = None) -> Start:
    def start(around: Surroundings) -> Target:
        if addresses:
            around.names[name] = [*addresses]
        return Target(name, around.servers.serve(serving) if serving else 8088, probe=_spec())

    return start


def _silent_and_refusing(around: Surroundings) -> Target:
    port = around.servers.overflow("127.0.1.1")
    around.names["half.test"] = ["127.0.1.1", NOWHERE]
    return Target("half.test", port, probe=_spec())


def _silent_and_healthy(around: Surroundings) -> Target:
    port = around.servers.serve(answer(OK))
    around.servers.overflow("127.0.1.2", port)
    around.names["slow.test"] = ["127.0.1.2", "127.0.0.1"]
    return Target("slow.test", port, probe=_spec())


def _flood(piece: bytes, first: bytes = b"") -> Behaviour:
    """Send `first`, then the same over and over."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(first)
        while not writer.is_closing():
            writer.write(piece * (65536 // len(piece)))
            await writer.drain()

    return behave


async def _answer_unasked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)
    await writer.drain()
    await reader.read()


async def _speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(_head("400 Bad Request"))
    await writer.drain()


async def _close_in_the_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1 << 16)


async def _reset_in_the_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    break_off(writer)


async def _tls_garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"\x16\x03\x03\x40\x00" + b"\xff" * 0x4000)
    await writer.drain()
    await reader.read()


_CHUNKED = _head("200 OK", "Transfer-Encoding: chunked")
_LONG = _head("200 OK", "Content-Length: 99")
_BOMB = gzip.compress(b"\0" * 10_000_000)
_METADATA = "Location: http://169.254.169.254/latest/meta-data/"

HOSTILE: Mapping[str, Start] = {
    # Before there is a connection.
    "refused": _port(Servers.refuse),
    "unreachable": _kernel("10.0.0.1", errno.EHOSTUNREACH),
    "without a route": _kernel("10.0.0.2", errno.ENETUNREACH),
    "interface down": _kernel("10.0.0.3", errno.ENETDOWN),
    "no sockets left": _kernel("10.0.0.4", errno.EMFILE),
    "black hole": _port(Servers.overflow),
    "name unknown": _name("gone.test"),
    "name impossible": _name("a..b"),
    "name server never answers": _name("never.test"),
    "many addresses refuse": _name("many.test", *(f"127.9.0.{number}" for number in range(1, 9))),
    "one of many addresses answers": _name(
        "most.test", *(f"127.9.1.{number}" for number in range(1, 9)), "127.0.0.1", serving=answer(OK)
    ),
    "a silent address and one that refuses": _silent_and_refusing,
    "a silent address and one that answers": _silent_and_healthy,
    "name of the metadata service": _name("meta.test", "169.254.169.254"),
    "name of the metadata service and another": _name("both.test", "169.254.169.254", NOWHERE),
    # TLS.
    "expired": _secure(answer(OK), ends=1_000_000_000),
    "self-signed": _self_signed,
    "wrong name": _secure(answer(OK), "other.example.com"),
    "https where http is spoken": _handshake(_speak_plainly),
    "silence in the handshake": _port(Servers.hang, "https"),
    "closed in the handshake": _handshake(_close_in_the_handshake),
    "reset in the handshake": _handshake(_reset_in_the_handshake),
    "garbage in the handshake": _handshake(_tls_garbage),
    "https refused": _port(Servers.refuse, "https"),
    "https black hole": _port(Servers.overflow, "https"),
    "silence under TLS": _secure(answer(OK, after=9)),
    "drip under TLS": _secure(drip(OK, every=0.05)),
    "reset under TLS": _secure(reset(_LONG)),
    "closed under TLS": _secure(close_at_once),
    "endless body under TLS": _secure(endless(_head("200 OK", "Content-Length: 99999999"))),
    "until the end under TLS": _secure(answer(b"HTTP/1.0 200 OK\r\n\r\nok")),
    # Silence, and what comes too slowly.
    "accept and silence": _port(Servers.hang),
    "head by the byte": _plain(drip(OK, every=0.05)),
    "body by the byte": _plain(drip(_LONG + b"x" * 99, every=0.05, at_once=len(_LONG))),
    "chunks by the byte": _plain(drip(_CHUNKED + b"1\r\nx\r\n" * 99, every=0.05, at_once=len(_CHUNKED))),
    "half a body and silence": _plain(drip(_LONG + b"half and more", every=9, at_once=len(_LONG) + 4)),
    "kept open": _plain(keep_open),
    "answers before it is asked": _plain(_answer_unasked),
    # Broken off.
    "closed at once": _plain(close_at_once),
    "reset at once": _plain(reset()),
    "reset in the head": _plain(reset(OK[:20])),
    "reset in the body": _plain(reset(_LONG + b"x")),
    "half a head": _says(OK[:20]),
    "half a body": _says(_LONG + b"half"),
    "half a chunk": _says(_CHUNKED + b"9\r\nhalf"),
    # Too much.
    "endless headers": _plain(_flood(b"A: b\r\n", b"HTTP/1.1 200 OK\r\n")),
    "endless header": _plain(endless(b"HTTP/1.1 200 OK\r\nA: ")),
    "endless body": _plain(endless(_head("200 OK", "Content-Length: 99999999"))),
    "endless body until the end": _plain(endless(_head("200 OK"))),
    "endless chunks": _plain(_flood(b"1\r\nx\r\n", _CHUNKED)),
    "endless trailers": _plain(_flood(b"A: b\r\n", _CHUNKED + b"0\r\n")),
    "endless interim answers": _plain(_flood(b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n")),
    "a reason of 100,000 characters": _says(b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n"),
    "gzip bomb": _says(_head("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(_BOMB)}") + _BOMB),
    "gzip bomb whose body is looked at": _says(
        _head("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(_BOMB)}") + _BOMB, body="ok"
    ),
    # Another language.
    "HTTP/0.9": _says(b"ok\n"),
    "HTTP/2": _says(b"\0\0\x12\x04\0\0\0\0\0\0"),
    "SSH": _says(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "http where TLS is spoken": _says(b"\x15\x03\x01\x00\x02\x02\x46"),
    "two lengths": _says(_head("200 OK", "Content-Length: 2", "Content-Length: 3") + b"ok"),
    "a header that is none": _says(_head("200 OK", "no colon") + b"ok"),
    "a chunk without a size": _says(_CHUNKED + b"x\r\n"),
    # Another status.
    "500": _says(_head("500 Internal Server Error", "Content-Length: 4") + b"oops"),
    "404": _says(_head("404 Not Found")),
    "999": _says(_head("999 No", "Content-Length: 0")),
    "switching protocols": _says(_head("101 Switching Protocols")),
    "redirect loop": _says(_head("302 Found", "Location: /ok", "Content-Length: 0")),
    "redirect to the metadata service": _says(_head("307 Temporary Redirect", _METADATA, "Content-Length: 0")),
    "control characters": _says(_head("503 \x1b[31mX") + "\x1b[2J\u202e忙\r\n\0".encode()),
    "another body": _says(OK, body="ready"),
}


class NeverAnswering:
    """A name server that does not answer for `never.test` until the end of the `with` block."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._over, known = threading.Event(), socket.getaddrinfo

        def look_up(host: bytes, port: int, **options: Any) -> Any:
            if host == b"never.test" and not options.get("flags"):
                self._over.wait(60)
            return known(host, port, **options)

        patch.setattr(socket, "getaddrinfo", look_up)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        self._over.set()


def start_all(around: Surroundings, patch: pytest.MonkeyPatch) -> dict[str, Target]:
    """Start every server, and return its target by the name of the case."""
    targets = {name: start(around) for name, start in HOSTILE.items()}
    network.kernel(patch, around.errors)
    return targets
