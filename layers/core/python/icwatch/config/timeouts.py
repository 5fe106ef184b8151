"""Whether the timeouts of a fleet's probes fit its cycle. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from icwatch.config.reader import join
from icwatch.cycle import longest_timeout, shortest_cycle
from icwatch.duration import spell
from icwatch.errors import Problem
from icwatch.model import Fleet, ProbeSpec


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
