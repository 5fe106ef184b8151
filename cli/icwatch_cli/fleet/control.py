"""Control endpoints, as a fleet file writes them: what tells an outage of our own network from one of all targets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from icwatch.model import Target
from icwatch_cli.fleet.addresses import ADDRESS, is_local
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.probes import SCHEMES
from icwatch_cli.fleet.targets import read_address, read_port

CONTROL_FIELDS = ("address", "port", "scheme")
ELSEWHERE = "write something of your own network that answers while a target is down"
MAX_CONTROLS = 5
"""Each is asked in every sweep."""


def read_control(at: Cursor, targets: Collection[Target]) -> tuple[Target, ...]:
    """The endpoints, each once. One that goes down with a target would say nothing about the network."""
    entries = at.items("addresses with a port, such as [10.0.0.2:53]")
    if len(entries) > MAX_CONTROLS:
        at.wrong(f"names {len(entries)} endpoints", f"keep at most {MAX_CONTROLS}")
    hosts = {target.host: target.id for target in targets}
    found: list[Target] = []
    for entry in entries[:MAX_CONTROLS]:
        control = _control(entry)
        if control is None:
            continue
        if control.host in hosts:
            entry.wrong(
                f"is on the host of the target {hosts[control.host]}, and goes down with it",
                ELSEWHERE,
            )
        elif control in found:
            entry.wrong(f"{control.authority} is listed already", "remove one of the two")
        else:
            found.append(control)
    return tuple(found)


def _control(at: Cursor) -> Target | None:
    if isinstance(at.value, str):
        fields, written = replace(at, value={"address": at.value}), at
    else:
        fields = at.mapping(CONTROL_FIELDS)
        if not at.is_mapping:
            return None
        written = fields.get("address", None)
    if not fields.need({"address": "write its address with a port, such as 10.0.0.2:53"}):
        return None
    address, before = read_address(written, ADDRESS), len(fields.problems)
    port = read_port(fields, address, None)
    scheme = fields.get("scheme", SCHEMES[0]).choice(SCHEMES)
    if address is None or len(fields.problems) > before:
        return None
    if is_local(address.host):
        written.wrong("is this machine itself, which answers whatever the network does", ELSEWHERE)
        return None
    if port is None:
        written.wrong("names no port", f"write one that answers, such as {address.host}:443")
        return None
    return Target(address.host, port, scheme, absolute=address.absolute)
