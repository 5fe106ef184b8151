"""Whether a stack can ask the targets of a fleet file, and tell its robots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from icwatch.errors import Problem
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.fleet.addresses import is_local
from icwatch_cli.fleet.fleet_file import FleetFile
from icwatch_cli.fleet.hosts import in_one, ipv6_hosts, local_hosts
from icwatch_cli.fleet.robots import HOW_TO_REFER, LOCAL


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


def refuse_local_secrets(file: FleetFile) -> None:
    """Raise FileError where a robot's address or secret is kept on one machine, which a function cannot read."""
    file.refuse(
        Problem(f"robots[{index}].{name}", f"{reference} is of one machine, for icwatch run only", HOW_TO_REFER)
        for index, robot in enumerate(file.fleet.robots.values())
        for name, reference in (("url", robot.url), ("secret", robot.secret))
        if reference.startswith(LOCAL)
    )


def untold_robots(file: FleetFile, stack: Stack) -> Iterator[Problem]:
    """That the fleet has robots and the stack sends to none."""
    if file.fleet.robots and stack.outputs.get("Robots") != "true":
        yield Problem("robots", f"{stack.title} sends nothing to robots", how_to_switch_on(stack))


def how_to_switch_on(stack: Stack) -> str:
    """What to do about a stack that sends to no robots."""
    if stack.local:
        return "start icwatch run again with a fleet file that has robots"
    return f"deploy it with Robots=true: sam deploy --stack-name {stack.name} --parameter-overrides Robots=true"
