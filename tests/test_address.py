"""Addresses as people write them."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.address import SHAPE, Address, parse_address
from icwatch.model import ProbeSpec, Target
from icwatch.probing.prepared import request_for
from icwatch.storage.items import read_item, write_item


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
        ("xn--strae-oqa.test", "xn--strae-oqa.test", None),
        ("XN--NXASMM1C", "xn--nxasmm1c", None),
        ("web.compose_default", "web.compose_default", None),
        ("_ic._tcp.a_b.example", "_ic._tcp.a_b.example", None),
        ("10.0.0.1.nip.io", "10.0.0.1.nip.io", None),
        ("0x7f.1.example", "0x7f.1.example", None),
        ("ic.0xyz", "ic.0xyz", None),
        ("::ffff:c0a8:1", "::ffff:192.168.0.1", None),
        ("::FFFF:192.168.0.1", "::ffff:192.168.0.1", None),
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


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("IC.Example.COM.", "ic.example.com", None),
        ("ic-server.:8089", "ic-server", 8089),
        ("[ic-server.]:8089", "ic-server", 8089),
        ("xn--strae-oqa.test.", "xn--strae-oqa.test", None),
    ],
)
def test_a_dot_at_the_end_of_a_name_is_kept_for_the_resolver(text: str, host: str, port: int | None) -> None:
    address = parse_address(text)
    assert address == Address(host, port, absolute=True)
    assert re.search(SHAPE, text)
    target = Target(address.host, port or 8088, absolute=True)
    assert target.id == Target(host, port or 8088).id
    assert request_for(target.url(ProbeSpec())).url.raw_host == f"{host}.".encode()


def test_a_target_that_an_older_version_stored_has_no_dot() -> None:
    assert read_item(Target, {"host": "ic.example.com"}) == Target("ic.example.com")
    target = Target("ic.example.com", absolute=True)
    assert read_item(Target, write_item(target)) == target


NOBODY = "is no IPv4 or IPv6 address and no host name"
SEVERAL = "is no address of a single host"
WITH_PASSWORD = "the address has a user name or password before an @"


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
        ("user@host", WITH_PASSWORD),
        ("user:secret@10.0.0.1", WITH_PASSWORD),
        ("http://user:secret@10.0.0.1/ok", WITH_PASSWORD),
        ("192.168.O.1", f"'192.168.O.1' {NOBODY}"),
        ("10.0.0.1-10.0.0.9", f"'10.0.0.1-10.0.0.9' {NOBODY}"),
        ("0x7f.1", f"'0x7f.1' {NOBODY}"),
        ("0x7f000001", f"'0x7f000001' {NOBODY}"),
        ("0X7F000001:8088", f"'0X7F000001:8088' {NOBODY}"),
        ("[0x7f.1]:8088", f"'[0x7f.1]:8088' {NOBODY}"),
        ("ic.0x", f"'ic.0x' {NOBODY}"),
        ("ic.example.1", f"'ic.example.1' {NOBODY}"),
        ("ic.example.1.", f"'ic.example.1.' {NOBODY}"),
        ("2130706433", f"'2130706433' {NOBODY}"),
        ("0177.0.0.1", f"'0177.0.0.1' {NOBODY}"),
        ("127.1", f"'127.1' {NOBODY}"),
        ("10.0.0.0.1", f"'10.0.0.0.1' {NOBODY}"),
        ("10.0.0.1.", f"'10.0.0.1.' {NOBODY}"),
        ("10.0.0.1:8088:1", f"'10.0.0.1:8088:1' {NOBODY}"),
        ("10,0,0,1", f"'10,0,0,1' {NOBODY}"),
        ("10.0.0.1,10.0.0.2", f"'10.0.0.1,10.0.0.2' {NOBODY}"),
        ("::1%eth0", f"'::1%eth0' {SEVERAL}"),
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
    host = parse_address(str(address)).host
    assert ipaddress.ip_address(host) == address
    target = Target(host) if port is None else Target(host, port)
    for text in (target.id, target.authority):
        read = parse_address(text)
        assert (read.host, read.port or 8088) == (target.host, target.port)
