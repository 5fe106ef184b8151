"""Which addresses a prober does not connect to."""

from __future__ import annotations

import pytest

from icwatch.probing.forbidden import reason_to_refuse

ALLOWED = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "192.0.2.1",
    "100.64.0.1",
    "126.255.255.255",
    "128.0.0.0",
    "1.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "223.255.255.255",
    "240.0.0.1",
    "255.255.255.254",
    "2001:db8::1",
    "2600:1f18::1",
    "fd00::254",
    "fd00:ec1::254",
    "fd00:ec3::254",
    "fec0::1",
    "::ffff:10.0.0.1",
    "::10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "2002:0a00:0001::1",
    "2002:0a00:0001::7f00:1",
    # no addresses: judged by what they resolve to
    "ic.example.com",
    "localhost",
    "127.1",
    "0x7f000001",
    "",
)

LOOPBACK = {
    "127.0.0.1": "a loopback address",
    "127.255.255.255": "a loopback address",
    "::1": "a loopback address",
    "[::1]": "a loopback address",
    "::ffff:127.0.0.1": "an IPv6 form of 127.0.0.1, a loopback address",
    "::ffff:7f00:1": "an IPv6 form of 127.0.0.1, a loopback address",
    "::127.0.0.1": "an IPv6 form of 127.0.0.1, a loopback address",
    "::ffff:0:127.0.0.1": "an IPv6 form of 127.0.0.1, a loopback address",
    "64:ff9b::127.0.0.1": "an IPv6 form of 127.0.0.1, a loopback address",
    "64:ff9b:1::127.0.0.1": "an IPv6 form of 127.0.0.1, a loopback address",
    "2002:7f00:1::": "an IPv6 form of 127.0.0.1, a loopback address",
    "2002:7f00:1:2:3:4:5:6": "an IPv6 form of 127.0.0.1, a loopback address",
}

NEVER = {
    "169.254.169.254": "the metadata service of a cloud",
    "169.254.0.1": "a link-local address",
    "169.254.170.2": "a link-local address",
    "169.254.255.255": "a link-local address",
    "0.0.0.0": "the unspecified address",
    "0.0.0.1": "an address of 'this network', which means this machine",
    "0.255.255.255": "an address of 'this network', which means this machine",
    "224.0.0.1": "a multicast address",
    "239.255.255.255": "a multicast address",
    "255.255.255.255": "the broadcast address",
    "::": "the unspecified address",
    "fd00:ec2::254": "the metadata service of a cloud",
    "FD00:0EC2::0254": "the metadata service of a cloud",
    "fd00:ec2::253": "an address of AWS's own services",
    "fe80::1": "a link-local address",
    "fe80::1%eth0": "a link-local address",
    "febf::1": "a link-local address",
    "ff02::1": "a multicast address",
    "::ffff:169.254.169.254": "an IPv6 form of 169.254.169.254, the metadata service of a cloud",
    "::169.254.169.254": "an IPv6 form of 169.254.169.254, the metadata service of a cloud",
    "64:ff9b::a9fe:a9fe": "an IPv6 form of 169.254.169.254, the metadata service of a cloud",
    "2002:a9fe:a9fe::1": "an IPv6 form of 169.254.169.254, the metadata service of a cloud",
    "::ffff:0.0.0.0": "an IPv6 form of 0.0.0.0, the unspecified address",
    "::2": "an IPv6 form of 0.0.0.2, an address of 'this network', which means this machine",
    "::ffff:255.255.255.255": "an IPv6 form of 255.255.255.255, the broadcast address",
    "::ffff:224.0.0.1": "an IPv6 form of 224.0.0.1, a multicast address",
}


@pytest.mark.parametrize("allow_loopback", [True, False])
@pytest.mark.parametrize("host", ALLOWED)
def test_allowed(host: str, allow_loopback: bool) -> None:
    assert reason_to_refuse(host, allow_loopback=allow_loopback) is None


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_allowed_to_who_says_so(host: str) -> None:
    assert reason_to_refuse(host, allow_loopback=False) == LOOPBACK[host]
    assert reason_to_refuse(host, allow_loopback=True) is None


@pytest.mark.parametrize("allow_loopback", [True, False])
@pytest.mark.parametrize("host", NEVER)
def test_never_allowed(host: str, allow_loopback: bool) -> None:
    assert reason_to_refuse(host, allow_loopback=allow_loopback) == NEVER[host]
