"""Addresses of targets: what people write, made canonical or refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?!\d+(\.\d+)*\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
    re.ASCII,
)
_BRACKETED = re.compile(r"\[([^\]]*)\](?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([^:]*):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """A host in canonical form, and the port if one was written."""

    host: str
    port: int | None = None


def parse_address(text: str) -> Address:
    """Read `192.168.0.1`, `192.168.0.1:8089`, `ic.example.com`, `2001:db8::1` or `[2001:db8::1]:8089`.

    Raises ValueError with a sentence that says what is wrong.
    """
    host, port = _split(text.strip())
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"port {port} is out of range")
    return Address(_canonical(host, text), port)


def _split(text: str) -> tuple[str, int | None]:
    if match := _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text):
        host, port = match.groups()
        return host, None if port is None else int(port)
    return text, None


def _canonical(host: str, text: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
        if _HOST_NAME.fullmatch(name):
            return name
        raise ValueError(f"{text!a} is no IPv4 or IPv6 address and no host name") from None
    if address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        raise ValueError(f"{text!a} is no address of a single host")
    return str(address)
