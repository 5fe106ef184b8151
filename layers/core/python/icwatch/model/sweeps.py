"""What is probed, and what a sweep found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from icwatch.model.terms import DEFAULT_PORT, HEALTH, PROBE_SECONDS, TARGET, TLS_DAYS_LEFT, Cause, Number


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """How a target is asked, and what answer counts as good.

    `timeout` is one deadline in seconds over the whole probe. The status must be one of `expect_status`, and what was
    read of the body must hold the text `body` and match the regular expression `body_pattern` (RE2 syntax), where they
    are not empty. `port` and `scheme` are the target's own where they are None.
    """

    path: str = "/ok"
    timeout: Decimal = Decimal(3)
    expect_status: tuple[int, ...] = (200,)
    port: int | None = None
    scheme: str | None = None
    body: str = ""
    body_pattern: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One IC-Server. `host` is an IPv4 or IPv6 address or a host name, in canonical form.

    `absolute` says that a host name was written with a dot at its end. It is asked so, which keeps a resolver from
    adding a search domain, and is the same target all the same.

    `probe` and `probes` are how this target is asked where that differs from the fleet's, each complete.
    """

    host: str
    port: int = DEFAULT_PORT
    scheme: str = "http"
    labels: Mapping[str, str] = field(default_factory=dict)
    probe: ProbeSpec | None = None
    probes: Mapping[str, ProbeSpec] | None = None
    absolute: bool = False

    @property
    def id(self) -> str:
        """What people call it: the address, with the port where it is not 8088."""
        return self.host if self.port == DEFAULT_PORT else self.authority

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return _authority(self.host, self.port)

    def url(self, spec: ProbeSpec) -> str:
        """Where a probe asks."""
        host = f"{self.host}." if self.absolute else self.host
        return f"{spec.scheme or self.scheme}://{_authority(host, spec.port or self.port)}{spec.path}"

    def label(self, name: str) -> str:
        """The value of a label, `target` among them; an empty text where the target does not carry it."""
        return self.id if name == TARGET else self.labels.get(name, "")


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a probe failed: the cause, one bounded and escaped line of detail, and the HTTP status if there was one."""

    cause: Cause
    detail: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """All samples that one probe cycle took over one shard.

    `at` is the moment the schedule meant. `metrics` maps metric → target → value; a target that is in none of them
    was not seen. `failures` says why a health probe failed, `probe_failures` the same by metric for further probes.
    `probe_ms` holds how long each health probe took, in milliseconds. An inconclusive sweep (`conclusive` False) says
    nothing about any target. `source` says where it was probed from. `unseen` says in a line why a target was not seen
    in its health, by target: always something about the prober, never about the server.
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
