"""A resolver and a kernel that say what a test wants, so that nothing is asked of DNS and nothing is sent elsewhere."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any

import pytest

from icwatch.probing import connection


def resolver(patch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver knows from now on: addresses by name, to be filled. Other names do not exist."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: bytes, port: int, **options: Any) -> Any:
        if options.pop("flags", 0) == socket.AI_NUMERICHOST:
            return real(host, port, flags=socket.AI_NUMERICHOST, **options)
        if host.decode() not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [real(each, port, flags=socket.AI_NUMERICHOST, **options)[0] for each in known[host.decode()]]

    patch.setattr(socket, "getaddrinfo", look_up)
    return known


def kernel(patch: pytest.MonkeyPatch, answers: Mapping[str, int], *, has_ipv6: bool = True) -> list[str]:
    """Make connecting to some addresses fail at once with an error number; returns the addresses as they are tried.

    Others have to be on the loopback interface.
    """
    tried: list[str] = []
    real = connection.begin

    def begin(address: Any) -> socket.socket:
        tried.append(address[0])
        if number := answers.get(address[0]):
            raise OSError(number, os.strerror(number))
        assert address[0].startswith("127."), "nothing is sent to other machines"
        return real(address)

    patch.setattr(connection, "begin", begin)
    patch.setattr(connection, "has_ipv6", lambda: has_ipv6)
    return tried
