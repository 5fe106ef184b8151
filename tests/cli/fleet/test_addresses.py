"""Addresses as people write them: what is refused with what to write instead, and what is doubted."""

from __future__ import annotations

import pytest

from icwatch_cli.fleet.addresses import ADDRESS, ANEW, FOUR_NUMBERS, AddressError, doubt, is_local, written_address

ENTRIES = "write each address as an entry of its own"

REFUSED = {
    "192.168.O.1": "did you mean 192.168.0.1?",
    "192.168.O.1:8089": "did you mean 192.168.0.1:8089?",
    "l0.0.0.1": "did you mean 10.0.0.1?",
    "10,0,0,1": "did you mean 10.0.0.1?",
    "10.0.0.1.": "did you mean 10.0.0.1?",
    "10.0.0.1:": "did you mean 10.0.0.1?",
    "10.0.0.1,": "did you mean 10.0.0.1?",
    "10.0.0.1-10.0.0.9": "write each address of the range as an entry of its own",
    "10.0.0.1 - 10.0.0.9": "write each address of the range as an entry of its own",
    "10.0.0.1,10.0.0.2": ENTRIES,
    "10.0.0.1 10.0.0.2": ENTRIES,
    "10.0.0.1;10.0.0.2": ENTRIES,
    "10.0.0.1/24": "write single addresses, without a / and what is behind it",
    "10.0.0.1/ok": "write single addresses, without a / and what is behind it",
    "::1%eth0": "write it without the %, as an address that other machines have a route to",
    "10.0.0": FOUR_NUMBERS,
    "10.0.0.0.1": FOUR_NUMBERS,
    "010.0.0.1": FOUR_NUMBERS,
    "010.0.0.1:8088": FOUR_NUMBERS,
    "2130706433": FOUR_NUMBERS,
    "127.1": FOUR_NUMBERS,
    "0x7f.1": FOUR_NUMBERS,
    "0x7f000001": FOUR_NUMBERS,
    "ic.example.7": FOUR_NUMBERS,
    "10.0.0.256": ADDRESS,
    "10.0.0.1:8088:1": ADDRESS,
    "10.0.0.1:0": ADDRESS,
    "10.0.0.1:99999": ADDRESS,
    "a..b": ADDRESS,
    "": ADDRESS,
    "169.254.169.254": ADDRESS,
    "::ffff:169.254.169.254": ADDRESS,
    "fd00:ec2::254": ADDRESS,
    "fe80::1": ADDRESS,
    "224.0.0.1": ADDRESS,
    "0.0.0.0": ADDRESS,
    "0.0.0.1": ADDRESS,
    "255.255.255.255": ADDRESS,
    "xn--a": "write the name as your DNS has it",
    "xn--0.example.com": "write the name as your DNS has it",
    "XN--LS8H.": "write the name as your DNS has it",
    "ic.xn--:8089": "write the name as your DNS has it",
    "xn--abc-": "write the name as your DNS has it",
    "http://10.0.0.1": "write the address alone; scheme, port and path have fields",
    "http://10.0.0.1:8088/ok": "write the address alone; scheme, port and path have fields",
    "user:secret@10.0.0.1": "write the address alone",
    "http://user:secret@10.0.0.1/ok": "write the address alone",
    "user@ic.example.com": "write the address alone",
    "\uff11\uff10.0.0.1": "write 10.0.0.1",
    "10\u30020\u30020\u30021\uff1a8089": "write 10.0.0.1:8089",
    "\u0661\u0660.0.0.1": "write 10.0.0.1",
    "b\u00fccher.example": "write xn--bcher-kva.example",
    "B\u00dcCHER.example.:8089": "write xn--bcher-kva.example.:8089",
    "stra\u00dfe.test": "write xn--strae-oqa.test",
    "\u4e3b\u673a1.cn": "write xn--1-dr6av31f.cn",
    "\u212aiosk": "write Kiosk",
    "ic-s\u0435rver": ANEW,  # a Cyrillic letter among Latin ones
    "ic\u200dserver": ANEW,
    "\U0001f4a9.la": ANEW,
    "169.254.169.25\uff14": ANEW,
    "x" * 271: ADDRESS,
}
"""What to write instead."""


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_asked_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(AddressError) as raised:
        written_address(text)
    assert raised.value.right == REFUSED[text]
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("text", ["xn--strae-oqa.test", "xn--nxasmm1c", "web.compose_default", "ab--cd", "127.0.0.1"])
def test_what_can_be_asked_is_taken_as_it_is(text: str) -> None:
    assert written_address(f" {text} ").host == text


NEARLY = {
    "10.0.0.l": "did you mean 10.0.0.1?",
    "1o.0.0.l": "did you mean 10.0.0.1?",
    "10-0-0-1": "did you mean 10.0.0.1?",
    "10.0.0.1-9": FOUR_NUMBERS,
    "10.0.0.1a": FOUR_NUMBERS,
    "10.0.0.1_": FOUR_NUMBERS,
    "10.0.1-9": FOUR_NUMBERS,
    "10.0.0.x": FOUR_NUMBERS,
    "10.0.0.1.l": FOUR_NUMBERS,
}
CERTAIN = ("10.0.0.1", "2001:db8::1", "10.0.0.1.nip.io", "ip-10-0-0-1", "ip-10-0-0-1.ec2.internal", "1e100.net", "ic",
           "3.example", "l", "oil", "web.compose_default", "127.0.0.1.example", "10.0.example")  # fmt: skip


@pytest.mark.parametrize("host", NEARLY)
def test_what_is_nearly_an_address_is_doubted(host: str) -> None:
    assert written_address(host).host == host
    assert doubt(host) == (f"{host} is nearly an IPv4 address, and is looked up as a host name", NEARLY[host])


@pytest.mark.parametrize("host", CERTAIN)
def test_what_is_an_address_or_a_name_is_not(host: str) -> None:
    assert doubt(host) is None


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1:9001", "127.1.2.3", "::1", "[::1]:80", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
     "localhost", "LOCALHOST.", "ic.localhost", "localhost.localdomain", "localhost4", "ip6-localhost"],
)  # fmt: skip
def test_the_machine_itself_is_known(text: str) -> None:
    assert is_local(written_address(text).host)


@pytest.mark.parametrize("text", ["10.0.0.1", "::ffff:10.0.0.1", "localhost.example", "mylocalhost", "notlocalhost.a"])
def test_others_are_not(text: str) -> None:
    assert not is_local(written_address(text).host)
