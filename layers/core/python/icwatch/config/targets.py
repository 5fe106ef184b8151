"""Targets and how they are probed, as a fleet file writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from icwatch.address import parse_address
from icwatch.config.reader import Reader, join, kind, shown
from icwatch.model import DEFAULT_PORT, ProbeSpec, Target
from icwatch.template import VARIABLES

TARGET_FIELDS = ("address", "port", "scheme", "labels")
PROBE_FIELDS = ("path", "timeout", "expect_status")

SCHEMES = ("http", "https")
PORTS = (1, 65535)
STATUSES = (200, 599)
MAX_LABELS = 20
MAX_TIMEOUT = Decimal(30)
RESERVED_LABELS = VARIABLES | {"rule", "target"}

LABEL_NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")
PATH = re.compile(r'/[!"$-~]{0,1023}')
"""Printable ASCII but the blank and the #, which begins what is not sent to a server."""


def read_targets(reader: Reader, fields: Mapping[str, Any]) -> dict[str, Target]:
    if "targets" not in fields:
        reader.wrong("targets", "is missing", "list at least one address")
        return {}
    found: dict[str, Target] = {}
    first: dict[str, str] = {}
    entries = reader.items("targets", fields["targets"], "addresses")
    if fields["targets"] == []:
        reader.wrong("targets", "is empty", "list at least one address")
    for place, value in entries:
        target = _target(reader, place, value)
        if target is None:
            continue
        if target.id in found:
            reader.wrong(place, f"{target.id} is listed already as {first[target.id]}", "remove one of the two")
        else:
            found[target.id], first[target.id] = target, place
    return found


def _target(reader: Reader, place: str, value: object) -> Target | None:
    fields = {"address": value} if isinstance(value, str) else reader.mapping(place, value, TARGET_FIELDS)
    at = place if isinstance(value, str) else f"{place}.address"
    if "address" not in fields:
        if isinstance(value, Mapping):
            reader.wrong(at, "is missing", "write the IC-Server's address, such as 192.168.0.1")
        return None
    text = fields["address"]
    if not isinstance(text, str):
        reader.wrong(at, f"is {kind(text)} {shown(text)}", "write an address, such as 192.168.0.1")
        return None
    try:
        address = parse_address(text)
    except ValueError as error:
        reader.wrong(at, str(error), "write an address such as 192.168.0.1 or ic-server.example.com")
        return None
    port = address.port or DEFAULT_PORT
    if "port" in fields:
        port = reader.whole(f"{place}.port", fields["port"], *PORTS)
        if address.port is not None and address.port != port:
            reader.wrong(f"{place}.port", f"differs from the port in {text}", "write the port once")
    scheme = reader.choice(f"{place}.scheme", fields.get("scheme", SCHEMES[0]), SCHEMES)
    return Target(address.host, port, scheme, _labels(reader, f"{place}.labels", fields.get("labels", {})))


def _labels(reader: Reader, place: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        reader.wrong(place, f"is {kind(value)}", "write a mapping of names and texts, such as {vpc: vpc-1}")
        return {}
    if len(value) > MAX_LABELS:
        reader.wrong(place, f"holds {len(value)} labels", f"keep at most {MAX_LABELS}")
    labels = {}
    for name, text in value.items():
        at = join(place, name)
        if not isinstance(name, str) or not LABEL_NAME.fullmatch(name):
            reader.wrong(at, "is no label name", "write small letters, digits and _, such as vpc or ocp_address")
        elif name in RESERVED_LABELS:
            reader.wrong(at, "is a name that icwatch gives itself", "choose another name for the label")
        else:
            labels[name] = reader.text(at, text)
    return labels


def read_probe(reader: Reader, value: object) -> ProbeSpec:
    default = ProbeSpec()
    fields = reader.mapping("probe", value, PROBE_FIELDS)
    path = fields.get("path", default.path)
    if not isinstance(path, str) or not PATH.fullmatch(path):
        reader.wrong("probe.path", f"{shown(path)} is no path", "write a path that begins with /, such as /ok")
        path = default.path
    timeout = default.timeout
    if "timeout" in fields:
        timeout = reader.duration("probe.timeout", fields["timeout"], instead=default.timeout)
        if not Decimal("0.001") <= timeout <= MAX_TIMEOUT:
            reader.wrong("probe.timeout", f"{fields['timeout']} is out of range", f"write 1ms to {MAX_TIMEOUT}s")
    statuses = default.expect_status
    if "expect_status" in fields:
        entries = reader.items("probe.expect_status", fields["expect_status"], "HTTP statuses, such as [200]")
        statuses = tuple(reader.whole(place, status, *STATUSES) for place, status in entries)
        if fields["expect_status"] == []:
            reader.wrong("probe.expect_status", "is empty", "list at least one status, such as [200]")
    return ProbeSpec(path, timeout, statuses)
