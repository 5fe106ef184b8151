"""Addresses of targets: what people write, made canonical or refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?![0-9]+(\.[0-9]+)*\Z){_NAME}")
_BRACKETED = re.compile(r"\[([^\]]*)\](?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([^:]*):([0-9]{1,5})")

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HOSTS = (
    rf"{_OCTET}(?:\.{_OCTET}){{3}}",
    r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,37}",
    rf"(?![0-9.]+\]?(?::|\s*$)){_NAME}\.?",
)
_HOST = f"(?:{'|'.join(_HOSTS)})"

SHAPE = rf"^\s*(?:{_HOST}|\[{_HOST}\])(?::[0-9]{{1,5}})?\s*$"
"""A pattern, also of JavaScript, that every address fits. What fits it may still be none: `1:2:3`, or port 99999."""


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
        name = host.removesuffix(".")
        if _HOST_NAME.fullmatch(name):
            return name.lower()
        raise ValueError(f"{text!a} is no IPv4 or IPv6 address and no host name") from None
    if address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        raise ValueError(f"{text!a} is no address of a single host")
    return str(address)
