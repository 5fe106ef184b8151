"""Whether the prober of a stack can ask the targets of a fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from icwatch.errors import Problem
from icwatch_cli.fleet.addresses import is_local
from icwatch_cli.fleet.fleet_file import FleetFile
from icwatch_cli.fleet.hosts import in_one, ipv6_hosts, local_hosts


def is_here(endpoint: str) -> bool:
    """Whether the AWS APIs of a stack are served by this machine, as those of `icwatch run` are.

    Its prober runs here, too, and may ask this machine.
    """
    return is_local(urlsplit(endpoint).hostname or "")


def refuse_local(file: FleetFile) -> None:
    """Raise FileError where a target is the prober's own machine, which a deployed one never asks."""
    file.refuse(local_hosts(file.fleet, file.places))


def without_ipv6(file: FleetFile, outputs: Mapping[str, str], stack: str) -> Iterator[Problem]:
    """That targets have IPv6 addresses, and the prober of the stack has no IPv6; one that does not tell may have it."""
    if outputs.get("ProberIpv6") != "false":
        return iter(())
    wrong = f"is an IPv6 address, and the prober of stack {stack} has no IPv6, so it would be unseen"
    right = "deploy the stack with AllowIpv6=true in dual-stack subnets, or write an IPv4 address"
    return in_one([Problem(place, f"{host} {wrong}", right) for place, host in ipv6_hosts(file.fleet, file.places)])
