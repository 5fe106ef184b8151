"""Which addresses a prober does not connect to, whatever a fleet file or a name's resolution says. Pure.

A deployed prober runs beside services that trust whoever can reach them: Lambda's runtime interface on the loopback
interface, and the metadata service of a cloud, which hands out credentials. No IC-Server has such an address as seen
from elsewhere. Private, shared (100.64.0.0/10) and class E (240.0.0.0/4) addresses are in use inside VPCs and allowed.

Sources: IANA's registries of special-purpose IPv4 and IPv6 addresses (RFC 6890); RFC 4291 (mapped and compatible
addresses), RFC 3056 (6to4), RFC 6052 and 8215 (NAT64), RFC 7915 (translated); AWS's documentation of its services
inside a VPC (169.254.169.254, fd00:ec2::254).
"""

from __future__ import annotations

import functools
import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

LOOPBACK = "a loopback address"

_REFUSED_IPV4 = (
    (IPv4Network("127.0.0.0/8"), LOOPBACK),
    (IPv4Network("169.254.169.254/32"), "the metadata service of a cloud"),
    (IPv4Network("169.254.0.0/16"), "a link-local address"),
    (IPv4Network("0.0.0.0/32"), "the unspecified address"),
    (IPv4Network("0.0.0.0/8"), "an address of 'this network', which means this machine"),
    (IPv4Network("224.0.0.0/4"), "a multicast address"),
    (IPv4Network("255.255.255.255/32"), "the broadcast address"),
)
_REFUSED_IPV6 = (
    (IPv6Network("::1/128"), LOOPBACK),
    (IPv6Network("::/128"), "the unspecified address"),
    (IPv6Network("fd00:ec2::254/128"), "the metadata service of a cloud"),
    (IPv6Network("fd00:ec2::/32"), "an address of AWS's own services"),
    (IPv6Network("fe80::/10"), "a link-local address"),
    (IPv6Network("ff00::/8"), "a multicast address"),
)
_WITH_IPV4 = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::/96"), 0),  # compatible
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("64:ff9b:1::/48"), 0),  # NAT64 with a prefix of the network's own, in its usual form
    (IPv6Network("2002::/16"), 80),  # 6to4
)
"""IPv6 networks whose addresses hold an IPv4 address, and how many bits lie behind it."""


@functools.lru_cache(maxsize=1 << 14)
def reason_to_refuse(host: str, *, allow_loopback: bool) -> str | None:
    """What the address `host` is that a prober does not connect to, such as `a loopback address`; None where it may.

    None, too, for what is no address: a host name is judged by what it resolves to. `allow_loopback` is for a prober on
    a person's own machine, and allows nothing else.
    """
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    inner = _ipv4_in(address)
    reason = _reason(inner or address)
    if reason is None or (reason == LOOPBACK and allow_loopback):
        return None
    return reason if inner is None else f"an IPv6 form of {inner}, {reason}"


def _reason(address: IPv4Address | IPv6Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _REFUSED_IPV4 if address in network), None)
    return next((reason for network, reason in _REFUSED_IPV6 if address in network), None)


def _ipv4_in(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 address that holds one and is not special by itself."""
    if isinstance(address, IPv4Address) or _reason(address):
        return None
    behind = next((bits for network, bits in _WITH_IPV4 if address in network), None)
    return None if behind is None else IPv4Address(int(address) >> behind & 0xFFFFFFFF)
