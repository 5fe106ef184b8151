"""What a sweep found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from icwatch.model.terms import HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, Cause, Number


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a probe failed: the cause, one short escaped line of detail, and the HTTP status if there was one."""

    cause: Cause
    detail: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """All samples that one probe cycle took over one shard.

    `at` is the time the schedule meant. `metrics` maps metric → target → value; a target that is in none of them
    was not seen. `failures` says why a health probe failed, `probe_failures` the same by metric for further probes.
    `probe_ms` holds how long each health probe took, in milliseconds. An inconclusive sweep (`conclusive` False)
    says nothing about any target; it is `cut_off` where that is because this side's own network seems to be down,
    since neither a target nor a control could be reached. `source` says where it was probed from. `unseen` says in
    a line why a target was not seen in its health, by target: always something about the prober, never about the
    server. `attempts` says by metric and target how many attempts a probe took that took more than one. `every` is
    the cycle in seconds in which it was taken, whatever that became later; 0: not known.
    """

    shard: str
    at: int
    metrics: Mapping[str, Mapping[str, Number]]
    failures: Mapping[str, Failure] = field(default_factory=dict)
    probe_ms: Mapping[str, int] = field(default_factory=dict)
    conclusive: bool = True
    probe_failures: Mapping[str, Mapping[str, Failure]] = field(default_factory=dict)
    source: str = ""
    unseen: Mapping[str, str] = field(default_factory=dict)
    attempts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    every: int = 0
    cut_off: bool = False

    def samples(self, metric: str) -> Mapping[str, Number]:
        """The values of a metric by target. The probe time is kept once, in `probe_ms`, and read from there."""
        if metric == PROBE_SECONDS and metric not in self.metrics:
            return {
                name: Decimal(took) / 1000
                for name, took in self.probe_ms.items()
                if name not in self.failures or self.failures[name].status is not None
            }
        return self.metrics.get(metric, {})

    def failures_of(self, metric: str) -> Mapping[str, Failure]:
        """Why the probes behind a metric failed, by target."""
        if metric in (HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT):
            return self.failures
        return self.probe_failures.get(metric, {})
