"""What of a fleet's targets is probably not meant, or cannot be asked from where the prober is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from icwatch.errors import Problem
from icwatch.model import Fleet, Target
from icwatch.text import counted
from icwatch_cli.fleet.addresses import doubt, is_local

ELSEWHERE = "write the address by which other machines reach the IC-Server"


def target_places(document: object) -> list[str]:
    """Where the address of each target of a good document is written, in the order of the fleet's targets."""
    entries = document.get("targets", ()) if isinstance(document, Mapping) else ()
    return [f"targets[{index}]" + ("" if isinstance(each, str) else ".address") for index, each in enumerate(entries)]


def doubtful_hosts(fleet: Fleet, places: Sequence[str]) -> Iterator[Problem]:
    """Host names that are nearly addresses."""
    for place, target in _placed(fleet, places):
        if doubtful := doubt(target.host):
            yield Problem(place, *doubtful)


def local_hosts(fleet: Fleet, places: Sequence[str]) -> Iterator[Problem]:
    """Targets that only a prober on the same machine can ask."""
    for place, target in _placed(fleet, places):
        if is_local(target.host):
            yield Problem(place, f"{target.host} is the prober's own machine, which no deployed one asks", ELSEWHERE)


def ipv6_hosts(fleet: Fleet, places: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The IPv6 addresses among the targets, and where each is written."""
    return ((place, target.host) for place, target in _placed(fleet, places) if ":" in target.host)


def in_one(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Problems of one kind as a single one, which says how many more there are."""
    for first in problems[:1]:
        more = len(problems) - 1
        others = f" ({counted(more, 'more target')}, too)" if more else ""
        yield Problem(first.place, first.wrong + others, first.right)


def _placed(fleet: Fleet, places: Sequence[str]) -> Iterator[tuple[str, Target]]:
    return zip(places, fleet.targets.values(), strict=True)
