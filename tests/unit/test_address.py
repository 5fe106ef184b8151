"""Addresses as people write them."""

from __future__ import annotations

import ipaddress
import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.address import SHAPE, Address, parse_address
from icwatch.model import ProbeSpec, Target
from icwatch.probe import request_for


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.168.0.1", "192.168.0.1", None),
        (" 192.168.0.1 ", "192.168.0.1", None),
        ("192.168.0.1:8089", "192.168.0.1", 8089),
        ("192.168.0.1:1", "192.168.0.1", 1),
        ("192.168.0.1:65535", "192.168.0.1", 65535),
        ("127.0.0.1", "127.0.0.1", None),
        ("ic.example.com", "ic.example.com", None),
        ("IC.Example.COM.", "ic.example.com", None),
        ("ic-server", "ic-server", None),
        ("ic_server:8089", "ic_server", 8089),
        ("1and1.example.com", "1and1.example.com", None),
        ("a" * 63 + ".example", "a" * 63 + ".example", None),
        ("2001:db8::1", "2001:db8::1", None),
        ("2001:0DB8:0:0::1", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:8089", "2001:db8::1", 8089),
        ("::1", "::1", None),
    ],
)
def test_good(text: str, host: str, port: int | None) -> None:
    assert parse_address(text) == Address(host, port)
    assert re.search(SHAPE, text)


NOBODY = "is no IPv4 or IPv6 address and no host name"
SEVERAL = "is no address of a single host"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"'' {NOBODY}"),
        ("192.168.0", f"'192.168.0' {NOBODY}"),
        ("192.168.0.256", f"'192.168.0.256' {NOBODY}"),
        ("192.168.0.01", f"'192.168.0.01' {NOBODY}"),
        ("192.168.0.1/24", f"'192.168.0.1/24' {NOBODY}"),
        ("http://192.168.0.1", f"'http://192.168.0.1' {NOBODY}"),
        ("192.168.0.1:", f"'192.168.0.1:' {NOBODY}"),
        ("192.168.0.1:http", f"'192.168.0.1:http' {NOBODY}"),
        ("user@host", f"'user@host' {NOBODY}"),
        ("a b", f"'a b' {NOBODY}"),
        ("\u212aiosk", f"'\\u212aiosk' {NOBODY}"),  # the Kelvin sign, which is a k in small letters
        ("a..b", f"'a..b' {NOBODY}"),
        ("a..", f"'a..' {NOBODY}"),
        (".", f"'.' {NOBODY}"),
        ("-a", f"'-a' {NOBODY}"),
        ("a-", f"'a-' {NOBODY}"),
        ("a" * 64, f"'{'a' * 64}' {NOBODY}"),
        ("主机", rf"'\u4e3b\u673a' {NOBODY}"),
        ("１２７.0.0.1", rf"'\uff11\uff12\uff17.0.0.1' {NOBODY}"),
        ("2001:db8::1::2", f"'2001:db8::1::2' {NOBODY}"),
        ("[2001:db8::1", f"'[2001:db8::1' {NOBODY}"),
        ("[]", f"'[]' {NOBODY}"),
        ("0.0.0.0", f"'0.0.0.0' {SEVERAL}"),
        ("::", f"'::' {SEVERAL}"),
        ("224.0.0.1", f"'224.0.0.1' {SEVERAL}"),
        ("ff02::1", f"'ff02::1' {SEVERAL}"),
        ("fe80::1%eth0", f"'fe80::1%eth0' {SEVERAL}"),
        ("fe80::1%a b", f"'fe80::1%a b' {SEVERAL}"),
        ("192.168.0.1:0", "port 0 is out of range"),
        ("192.168.0.1:65536", "port 65536 is out of range"),
        ("[::1]:99999", "port 99999 is out of range"),
    ],
)
def test_bad(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is compared
        parse_address(text)
    assert str(raised.value) == message


def _single(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not (address.is_unspecified or address.is_multicast)


@given(st.ip_addresses().filter(_single), st.none() | st.integers(1, 65535))
def test_an_address_reads_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int | None) -> None:
    target = Target(str(address)) if port is None else Target(str(address), port)
    for text in (target.id, target.authority):
        read = parse_address(text)
        assert (read.host, read.port or 8088) == (target.host, target.port)


LOOKALIKES = st.text(alphabet="aB0-._:[]/@%#? \té\n", max_size=12) | st.text(max_size=12)


@given(LOOKALIKES)
def test_whatever_is_taken_can_be_asked_and_is_canonical(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert parse_address(address.host) == Address(address.host)
    url = request_for(Target(address.host, address.port or 8088).url(ProbeSpec())).url
    assert (url.host, url.path, url.query, url.userinfo) == (address.host, "/ok", b"", b"")
    assert isinstance(url, httpx.URL)
