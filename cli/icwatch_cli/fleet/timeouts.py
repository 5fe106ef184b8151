"""Whether the timeouts of a fleet's probes fit its cycle, each by itself and all of a fleet that is down. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from icwatch.duration import spell
from icwatch.errors import Problem
from icwatch.model import Fleet, ProbeSpec
from icwatch.probing.admission import worst_ends
from icwatch.probing.cycle import longest_timeout, seconds_for_probes, shortest_cycle
from icwatch_cli.fleet.quoting import join


def too_long(fleet: Fleet) -> list[Problem]:
    """The timeouts with which a sweep could not end within the cycle, by their places in the file."""
    longest = longest_timeout(fleet.every)
    return [
        Problem(
            place,
            f"{_shown(timeout)} does not fit into a cycle of {spell(fleet.every)} with time to save the sweep",
            f"write timeout: {_shown(longest)} or less, or every: {shortest_cycle(timeout)}s or more",
        )
        for place, timeout in timeouts(fleet)
        if timeout > longest
    ]


def timeouts(fleet: Fleet) -> Iterator[tuple[str, Decimal]]:
    """Every timeout of the fleet with its place. A target's own is named only where it differs from the fleet's."""
    yield from _own("probe", fleet.probe, None)
    for metric, spec in fleet.probes.items():
        yield from _own(join("probes", metric), spec, None)
    for index, target in enumerate(fleet.targets.values()):
        if target.probe is not None:
            yield from _own(f"targets[{index}].probe", target.probe, fleet.probe)
        for metric, spec in (target.probes or {}).items():
            yield from _own(join(f"targets[{index}].probes", metric), spec, fleet.probes.get(metric))


def _own(place: str, spec: ProbeSpec, base: ProbeSpec | None) -> Iterator[tuple[str, Decimal]]:
    if base is None or base.timeout != spec.timeout:
        yield f"{place}.timeout", spec.timeout


def _shown(seconds: Decimal) -> str:
    return f"{seconds.normalize():f}s"


def too_slow(fleet: Fleet) -> Iterator[Problem]:
    """That a sweep has no time for all probes where every server is down, and what would give it time."""
    asked = _in_order(fleet)
    limit = float(seconds_for_probes(fleet.every))
    ends = worst_ends(asked)
    late = sum(end > limit for end in ends)
    if late:
        wrong = (
            f"if all were down, {len(asked)} probes would take {max(ends):.0f}s, and a sweep has {limit:.0f}s: "
            f"{late} of them would not be made or not be waited for, others at each sweep"
        )
        yield Problem("targets", wrong, _what_fits(asked, limit))


def _in_order(fleet: Fleet) -> list[float]:
    """The timeouts of all probes in the order in which a sweep makes them."""
    health = [float((target.probe or fleet.probe).timeout) for target in fleet.targets.values()]
    further = [
        float(spec.timeout)
        for target in fleet.targets.values()
        for spec in (fleet.probes if target.probes is None else target.probes).values()
    ]
    return health + further


def _what_fits(asked: list[float], limit: float) -> str:
    """The longest timeout, in whole seconds, under which all would end in time."""
    for seconds in range(math.ceil(max(asked)) - 1, 0, -1):
        if max(worst_ends(min(timeout, seconds) for timeout in asked)) <= limit:
            return f"write timeout: {seconds}s or less"
    return "ask for fewer metrics, or divide the fleet among several stacks"
