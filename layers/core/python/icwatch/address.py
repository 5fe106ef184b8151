"""Addresses of targets: what people write, made canonical or refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_NUMBER = r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?!(?:.*\.)?{_NUMBER}\Z){_NAME}")
"""A name as DNS and /etc/hosts have them, also with underscores. One whose last label is a number is none: resolvers
read `127.1` and `0x7f.1` as IPv4 addresses, each in its way (inet_aton(3); the URL Standard, "ends in a number")."""

_BRACKETED = re.compile(r"\[([^\]]*)\](?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([^:]*):([0-9]{1,5})")

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HOSTS = (
    rf"{_OCTET}(?:\.{_OCTET}){{3}}",
    r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,37}",
    rf"(?!(?:[^:\]]*\.)?{_NUMBER}\.?\]?(?::|\s*$)){_NAME}\.?",
)
_HOST = f"(?:{'|'.join(_HOSTS)})"

SHAPE = rf"^\s*(?:{_HOST}|\[{_HOST}\])(?::[0-9]{{1,5}})?\s*$"
"""A pattern, also of JavaScript, that every address fits. What fits it may still be none: `1:2:3`, or port 99999."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host in canonical form, and the port if one was written.

    `absolute` says that a host name was written with a dot at its end, so that no search domain may be added to it
    (RFC 1034, 3.1). The canonical form is without it.
    """

    host: str
    port: int | None = None
    absolute: bool = False


def parse_address(text: str) -> Address:
    """Read `192.168.0.1`, `192.168.0.1:8089`, `ic.example.com`, `ic.example.com.`, `2001:db8::1`, `[2001:db8::1]:8089`.

    Raises ValueError with a sentence that says what is wrong, and that repeats no password.
    """
    if "@" in text:
        raise ValueError("the address has a user name or password before an @")
    host, port = _split(text.strip())
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"port {port} is out of range")
    literal = _literal(host)
    if literal is not None:
        if literal.is_unspecified or literal.is_multicast or getattr(literal, "scope_id", None):
            raise ValueError(f"{text!a} is no address of a single host")
        return Address(_written(literal), port)
    name = host.removesuffix(".")
    if _HOST_NAME.fullmatch(name):
        return Address(name.lower(), port, absolute=name != host)
    raise ValueError(f"{text!a} is no IPv4 or IPv6 address and no host name")


def _split(text: str) -> tuple[str, int | None]:
    if match := _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text):
        host, port = match.groups()
        return host, None if port is None else int(port)
    return text, None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _written(literal: IPv4Address | IPv6Address) -> str:
    """The canonical form (RFC 5952). Python's own differs between its versions where an IPv4 address is inside."""
    inner = getattr(literal, "ipv4_mapped", None)
    return str(literal) if inner is None else f"::ffff:{inner}"
