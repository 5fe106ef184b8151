"""Targets, as a fleet file writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from icwatch.address import Address
from icwatch.model import DEFAULT_PORT, ProbeSpec, Target
from icwatch.notices.placeholders import REPLACEABLE, VARIABLES
from icwatch_cli.fleet.addresses import ADDRESS, AddressError, written_address
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.probes import PORTS, SCHEMES, read_own_probes, read_probe
from icwatch_cli.fleet.quoting import described, kind

TARGET_FIELDS = ("address", "port", "scheme", "labels", "probe", "probes")
MAX_LABELS = 20

RESERVED_LABELS = (VARIABLES - REPLACEABLE) | {"rule", "target"}

LABEL_NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")


def read_targets(fields: Cursor, probe: ProbeSpec, probes: Mapping[str, ProbeSpec]) -> dict[str, Target]:
    """The targets by id. `probe` and `probes` are the fleet's, over which a target's own are laid."""
    if not fields.need({"targets": "list at least one address"}):
        return {}
    found: dict[str, Target] = {}
    first: dict[str, str] = {}
    at = fields["targets"]
    entries = at.items("addresses")
    if at.value == []:
        at.wrong("is empty", "list at least one address")
    for entry in entries:
        target = _target(entry, probe, probes)
        if target is None:
            continue
        if target.id in found:
            entry.wrong(f"{target.id} is listed already as {first[target.id]}", "remove one of the two")
        else:
            found[target.id], first[target.id] = target, entry.place
    return found


def _target(at: Cursor, probe: ProbeSpec, probes: Mapping[str, ProbeSpec]) -> Target | None:
    if isinstance(at.value, str):
        fields, written = replace(at, value={"address": at.value}), at
    else:
        fields = at.mapping(TARGET_FIELDS)
        if not at.is_mapping:
            return None
        written = fields.get("address", None)
    address = None
    if fields.need({"address": "write the IC-Server's address, such as 192.168.0.1"}):
        address = read_address(written, ADDRESS)
    port = read_port(fields, address, DEFAULT_PORT)
    scheme = fields.get("scheme", SCHEMES[0]).choice(SCHEMES)
    labels = _labels(fields.get("labels", {}))
    own = read_probe(fields.get("probe", {}), probe)
    further = read_own_probes(fields["probes"], probes) if "probes" in fields else probes
    if address is None or port is None:
        return None
    return Target(
        address.host,
        port,
        scheme,
        labels,
        probe=None if own == probe else own,
        probes=None if further == probes else further,
        absolute=address.absolute,
    )


def read_port(fields: Cursor, address: Address | None, usual: int | None) -> int | None:
    """The port, by its field or the address, or the usual one; None where nothing good is written."""
    if "port" not in fields:
        return None if address is None else address.port or usual
    at, before = fields["port"], len(fields.problems)
    port = at.whole(*PORTS)
    if len(fields.problems) > before:
        return None
    if address is not None and address.port not in (None, port):
        at.wrong(f"differs from the port in {fields.value['address']}", "write the port once")
    return port


def read_address(at: Cursor, right: str) -> Address | None:
    """An address, or None where it is wrong; `right` is what to write."""
    if not isinstance(at.value, str):
        at.wrong(f"is {described(at.value)}", right)
        return None
    try:
        return written_address(at.value, right)
    except AddressError as error:
        at.wrong(error.wrong, error.right)
        return None


def _labels(at: Cursor) -> dict[str, str]:
    if not at.is_mapping:
        at.wrong(f"is {kind(at.value)}", "write a mapping of names and texts, such as {vpc: vpc-1}")
        return {}
    if len(at.value) > MAX_LABELS:
        at.wrong(f"holds {len(at.value)} labels", f"keep at most {MAX_LABELS}")
    labels = {}
    for name, text in at.entries():
        if not isinstance(name, str) or not LABEL_NAME.fullmatch(name):
            text.wrong("is no label name", "write small letters, digits and _, such as vpc or ocp_address")
        elif name in RESERVED_LABELS:
            text.wrong("is a name that icwatch gives itself", "choose another name for the label")
        else:
            labels[name] = text.text()
    return labels
