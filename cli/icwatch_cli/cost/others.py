"""What others would cost beside a fleet's bill: Route 53 health checks, CloudWatch Synthetics, and Prometheus. Pure.

Each counts what it takes to learn the health of the same targets and to be told; what it does besides is in the README.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from icwatch.model import DAY_SECONDS, Inventory, ProbeSpec, Target
from icwatch_cli.cost.prices import Region
from icwatch_cli.cost.settings import Settings
from icwatch_cli.cost.usage import GB, HOURS

SERIES_A_PROBE = 25
"""What blackbox_exporter answers a probe by HTTP with, and what Prometheus adds to each scrape."""

SERIES_BYTES = 3000
"""Of memory for each series: https://www.robustperception.io/why-does-prometheus-use-so-much-ram"""

SAMPLE_BYTES = 2
"""Of disk for each sample, the larger of 1 to 2: https://prometheus.io/docs/prometheus/latest/storage/"""

BASE_MEMORY_GB = 0.75
BASE_DISK_GB = 8
"""Estimates: the system, Prometheus without series, Alertmanager and blackbox_exporter."""

MACHINES: Mapping[str, int] = {"t4g.micro": 1, "t4g.small": 2, "t4g.medium": 4, "t4g.large": 8, "t4g.xlarge": 16}
"""Memory of machines in GB, the smallest first."""


Note = tuple[str, Mapping[str, object]]
"""A sentence, by its name in `locales/`, with what is filled in."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another way to watch the same targets. `amount` a month is None where a price is not known, or nothing holds it.

    `kind` is its name in `locales/`. The notes say what it is made of, and what it does not do.
    """

    kind: str
    amount: float | None
    notes: tuple[Note, ...]


def others_of(inventory: Inventory, settings: Settings, region: Region) -> tuple[Other, ...]:
    """What each would cost a month in this region."""
    return (
        _health_checks(inventory, region),
        *_canaries(inventory, region),
        _prometheus(inventory, settings, region),
    )


def _health_checks(inventory: Inventory, region: Region) -> Other:
    """One for each target, and an alarm that says so; HTTPS and a search in the body are paid as options."""
    targets = inventory.targets.values()
    options = sum(_options(target, target.probe or inventory.probe) for target in targets)
    private = sum(map(_is_private, targets))
    notes: list[Note] = [("health_checks_counted", {"checks": len(targets), "options": options})]
    if private:
        notes.append(("health_checks_private", {"private": private, "targets": len(targets)}))
    notes.append(("health_checks_outside", {}))
    used = {"health_checks": len(targets), "health_check_options": options, "alarm_metrics": len(targets)}
    return Other("health_checks", _sum(region, used), tuple(notes))


def _canaries(inventory: Inventory, region: Region) -> Iterator[Other]:
    """One for each target, and one for all of them."""
    count, cycles = len(inventory.targets), HOURS * 3600 / inventory.every
    each = _sum(region, {"canary_runs": count * cycles, "alarm_metrics": count})
    yield Other("canaries", each, (("canaries_counted", {"runs": f"{count * cycles:,.0f}", "alarms": count}),))
    one = _sum(region, {"canary_runs": cycles, "alarm_metrics": 1})
    yield Other("canary", one, (("canary_counted", {"runs": f"{cycles:,.0f}"}), ("canary_alone", {})))


def _prometheus(inventory: Inventory, settings: Settings, region: Region) -> Other:
    """The smallest machine with the memory for all series, and a disk for the samples of as many days."""
    series = SERIES_A_PROBE * _probes(inventory)
    memory = BASE_MEMORY_GB + series * SERIES_BYTES / GB
    disk = math.ceil(BASE_DISK_GB + series * SAMPLE_BYTES * settings.samples_days * DAY_SECONDS / inventory.every / GB)
    machine = next((name for name, gigabytes in MACHINES.items() if gigabytes >= memory), None)
    values = {"series": f"{series:,}", "memory": f"{memory:.2f}", "disk": disk, "machine": machine}
    if machine is None:
        return Other("prometheus", None, (("prometheus_too_large", values), ("prometheus_alone", {})))
    notes: list[Note] = [("prometheus_counted", values), ("prometheus_alone", {})]
    if (address := _sum(region, {"address_hours": HOURS})) is not None:
        notes.insert(1, ("prometheus_address", {"address": f"{address:.2f}"}))
    return Other("prometheus", _sum(region, {f"{machine}_hours": HOURS, "disk_gb": disk}), tuple(notes))


def _probes(inventory: Inventory) -> int:
    return sum(
        1 + len(inventory.probes if target.probes is None else target.probes) for target in inventory.targets.values()
    )


def _options(target: Target, spec: ProbeSpec) -> int:
    return ((spec.scheme or target.scheme) == "https") + bool(spec.body or spec.body_pattern)


def _is_private(target: Target) -> bool:
    """Whether its address is one that the internet does not lead to; of a name nothing is known."""
    try:
        return not ipaddress.ip_address(target.host.strip("[]")).is_global
    except ValueError:
        return False


def _sum(region: Region, used: Mapping[str, float]) -> float | None:
    """The sum over what is used; None where a price is not known."""
    amounts = list(_amounts(region, used))
    return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def _amounts(region: Region, used: Mapping[str, float]) -> Iterator[float | None]:
    for unit, quantity in used.items():
        if quantity:
            price = region.prices.get(unit)
            yield None if price is None else price.of(quantity)
