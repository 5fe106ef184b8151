"""Anything that may be written as an address: it is asked as it is written, or refused in a sentence."""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable
from typing import TypeVar

import idna
from hypothesis import example, given
from hypothesis import strategies as st

from icwatch.address import SHAPE, parse_address
from icwatch.errors import ConfigError
from icwatch.model import ProbeSpec, Target
from icwatch.probing.forbidden import reason_to_refuse
from icwatch.probing.prepared import request_for
from icwatch_cli.commands.probe import UrlError, request_of, url_of
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.addresses import doubt, is_local, written_address

T = TypeVar("T")

PIECES = (
    "10.0.0.1", "192.168.O.1", "0x7f", "127", "1", "l", "0", "::1", "::ffff:", "fe80::1", "%eth0", "[", "]", ":", ".",
    "-", "_", "/", "/24", ",", " ", "@", "user:geheim@", "http://", "https://", "xn--", "xn--a", "xn--ls8h",
    "xn--bcher-kva", "xn--strae-oqa", "localhost", "ic", "example", "com", "nip.io", ":8088", ":0", ":99999",
    "b\u00fccher", "\u4e3b\u673a", "\uff11", "\u3002", "\uff1a", "\u0661", "\u212a", "\u00df", "\u0435", "\u200d",
    "\u0130", "\u00ad", "\0", "\n", "\\", "?", "#", "*", "'",
)  # fmt: skip
"""What addresses, and what is taken for them, are made of."""


def as_label(text: str) -> str:
    """What claims to be an internationalized label; of most texts it is none."""
    return "xn--" + text.encode("punycode", "ignore").decode("ascii", "ignore")


LABELS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=6)
NAMES = st.lists(LABELS | st.text(max_size=3).map(as_label),
                 min_size=1, max_size=4).map(".".join)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map(".".join),
    NAMES,
    NAMES.map("{}.".format),
    st.tuples(NAMES, st.integers(0, 70000)).map(lambda pair: f"{pair[0]}:{pair[1]}"),
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded.upper()),
    st.lists(st.integers(0, 300), min_size=1, max_size=5).map(lambda numbers: ".".join(map(str, numbers))),
    st.text(alphabet="aB0l-._:[]/@%#? \t\u00e9\n", max_size=12),
    st.text(max_size=12),
)


def same_host(written: str, asked: str) -> bool:
    """Whether what is asked is what was written, but for capitals, and for the spelling of an IP address."""
    plain = written.strip()
    host = re.sub(r":[0-9]+\Z", "", plain) if plain.count(":") == 1 or "]" in plain else plain
    host = host.removeprefix("[").removesuffix("]")
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(asked)
    except ValueError:
        return host.lower() == asked


def outcome(read: Callable[[str], T], text: str) -> tuple[T | None, str]:
    """What is read of a text, or why it is refused; in whichever case, no password is repeated."""
    try:
        return read(text), ""
    except (ValueError, ConfigError) as error:
        refusal = str(error)
    assert refusal
    assert "geheim" not in refusal
    return None, refusal


@given(TEXTS)
@example("xn--strae-oqa.test")
@example("IC.example.com.")
@example("[ic.example.com.]:8089")
@example("0x7f.1")
def test_the_host_that_was_written_is_the_host_that_is_asked(text: str) -> None:
    address, _ = outcome(parse_address, text)
    if address is None:
        return
    assert re.search(SHAPE.replace("$", r"\Z"), text), "the schema accepts whatever is accepted"
    again = parse_address(address.host)
    assert (again.host, again.port) == (address.host, None), "the canonical form is stable"
    target = Target(address.host, address.port or 8088, absolute=address.absolute)
    read = parse_address(target.id)
    assert (read.host, read.port or 8088) == (target.host, target.port), "an id is an address"
    request = request_for(target.url(ProbeSpec()))
    url = request.url
    assert same_host(text, url.raw_host.decode("ascii"))
    assert (url.port, url.raw_path, url.userinfo) == (target.port, b"/ok", b"")
    assert request.headers["host"] == target.authority


@given(TEXTS)
def test_whoever_writes_an_address_gets_a_sentence_or_what_was_written(text: str) -> None:
    address, refusal = outcome(written_address, text)
    fleet, _ = outcome(lambda each: parse_fleet({"targets": [each]}), text)
    assert (fleet is None) == (address is None), "a fleet file takes the same"
    for asked, told in re.findall(r"; (?:did you mean (\S+)\?|write (\S+))\Z", refusal):
        assert written_address(asked or told), "what is suggested can be written"
    if address is None:
        assert refusal.isprintable()
        return
    assert address == parse_address(text)
    assert reason_to_refuse(address.host, allow_loopback=True) is None
    assert is_local(address.host) >= bool(reason_to_refuse(address.host, allow_loopback=False))
    doubt(address.host)
    for label in address.host.split("."):
        if label.startswith("xn--"):
            assert idna.alabel(idna.ulabel(label)).decode("ascii") == label
    if re.search(r"(\A|\.)([0-9]+|0x[0-9a-f]*)\Z", address.host):
        assert ipaddress.ip_address(address.host), "no resolver may take a name for a number"


@given(
    TEXTS, st.sampled_from(["http://", "https://", "HTTP://", "", "ftp://"]), st.sampled_from(["", "/ok", "/a@b?c#d"])
)
def test_what_is_probed_by_hand_is_what_was_written(text: str, scheme: str, rest: str) -> None:
    """The command line's part of it; nothing is sent."""
    try:
        url, host = url_of(f"{scheme}{text}{rest}")
        asked = request_of(url).url
    except UrlError as error:
        refusal = str(error)
    else:
        assert (asked.userinfo, parse_address(asked.raw_host.decode("ascii")).host) == (b"", host)
        return
    assert "geheim" not in refusal
