"""The words of the product as types. Times are whole seconds (Unix time where they are moments).

See `docs/semantics.md` for what the words mean. Everything here is frozen: a decision returns new values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

HEALTH = "ic_server_health"
"""The metric of the built-in rule: 1 where the health interface answered as expected, 0 where it did not."""

DEFAULT_PORT = 8088
"""Where an IC-Server listens (OCP documentation of ic_server_connect_failed)."""

Number = int | Decimal
"""A sample's value. No floats: DynamoDB stores none."""


class Phase(StrEnum):
    """Where an alarm stands. INACTIVE is not a phase that is stored: an inactive alarm is no alarm."""

    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"


class Kind(StrEnum):
    """What was decided about an alarm."""

    RAISED = "raised"
    REPEATED = "repeated"
    CLEARED = "cleared"
    CLOSED = "closed"


ENDS = frozenset({Kind.CLEARED, Kind.CLOSED})
"""The kinds that say a problem is over."""


class Level(StrEnum):
    """OCP's levels by their API names, worst first."""

    DOWN = "Down"
    CRITICAL = "Critical"
    ALERT = "Alert"
    CAUTION = "Caution"
    INFO = "Info"


class Language(StrEnum):
    """The languages a notice can be written in."""

    ZH_CN = "zh-CN"
    EN_US = "en-US"


class Cause(StrEnum):
    """Why a probe failed; what each says about the host is in `cause.py`."""

    DNS = "dns"
    NO_ROUTE = "no_route"
    HOST_UNREACHABLE = "host_unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECTION_REFUSED = "connection_refused"
    TLS = "tls"
    READ_TIMEOUT = "read_timeout"
    RESET = "reset"
    BAD_RESPONSE = "bad_response"
    HTTP_STATUS = "http_status"


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """How a target is asked: path, one deadline in seconds over the whole probe, and the statuses that mean healthy."""

    path: str = "/ok"
    timeout: Decimal = Decimal(3)
    expect_status: tuple[int, ...] = (200,)


@dataclass(frozen=True, slots=True)
class Target:
    """One IC-Server. `host` is an IPv4 or IPv6 address or a host name, in canonical form."""

    host: str
    port: int = DEFAULT_PORT
    scheme: str = "http"
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What people call it: the address, with the port where it is not 8088."""
        return self.host if self.port == DEFAULT_PORT else self.authority

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def url(self, path: str) -> str:
        """Where the probe asks."""
        return f"{self.scheme}://{self.authority}{path}"


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
    was not seen. `probe_ms` holds how long each probe took, in milliseconds. An inconclusive sweep (`conclusive`
    False) says nothing about any target.
    """

    shard: str
    at: int
    metrics: Mapping[str, Mapping[str, Number]]
    failures: Mapping[str, Failure] = field(default_factory=dict)
    probe_ms: Mapping[str, int] = field(default_factory=dict)
    conclusive: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm is raised, repeated and cleared, and how it is written. Durations are whole seconds.

    `display_name`, `summary` and `description` are texts by language, each complete.
    """

    name: str
    expression: str
    comparator: str
    threshold: Number
    duration: int
    cycle: int
    clear_cycle: int
    resend_interval: int
    level: Level
    scope: str
    display_name: Mapping[str, str]
    summary: Mapping[str, str]
    description: Mapping[str, str]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Silence:
    """No announcements for alarms that carry all of `labels`, from `starts_at` until before `ends_at`."""

    id: str
    labels: Mapping[str, str]
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """One (rule, target) that is not inactive.

    `since` is the first sweep of the unbroken run that the phase counts, `seen` the last sweep that observed the
    target. `began_at` is where the breach that raised it began; `reported_at` and `reports` are when it was last
    raised or repeated and how often so far; `announced` is whether anybody was told. `value` and `failure` are what
    the last breach looked like.
    """

    rule: str
    target: str
    phase: Phase
    since: int
    seen: int
    value: Number
    failure: Failure | None = None
    began_at: int = 0
    raised_at: int = 0
    reported_at: int = 0
    reports: int = 0
    announced: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name within the shard."""
        return f"{self.rule}:{self.target}"

    @property
    def id(self) -> str:
        """Its name for good: the same until it is inactive again."""
        return f"{self.key}:{self.raised_at}"


@dataclass(frozen=True, slots=True)
class ShardAlarms:
    """A shard's alarms as they stand after the sweep at `at` (None: no sweep was evaluated yet)."""

    shard: str
    at: int | None = None
    alarms: Mapping[str, Alarm] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """What was decided about an alarm at `at`, with everything that a notice needs to say.

    The breach began at `began_at`. `since` is where the run began that was decided on: of breaches for raised and
    repeated, of good samples for cleared. `value` is what was seen, `failure` why the last breach came about,
    `reports` how often the alarm was raised or repeated. A notice goes out where `announce` holds; `silenced` says
    that a silence covered it.
    """

    rule: str
    target: str
    kind: Kind
    at: int
    raised_at: int
    began_at: int
    since: int
    value: Number
    reason: str
    reports: int = 1
    announce: bool = True
    silenced: bool = False
    failure: Failure | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Known by (rule, group, raised_at, kind, at): deciding twice gives the same id."""
        return f"{self.rule}:{self.target}:{self.raised_at}:{self.kind}:{self.at}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The transitions of one sweep, with the rules and the language to write them in: log, outbox and history."""

    shard: str
    at: int
    transitions: tuple[Transition, ...]
    rules: Mapping[str, Rule]
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that is watched, and how. `version` changes with every write, and `complete` is False while one goes on.

    `targets` and `shards` map a target's id to the target and to its shard. `unreadable` holds, by kind and
    id, what is wrong with stored items that cannot be read: such a target is not probed, such a rule not applied, and
    their alarms are left as they are. `all_shards` includes shards that lost
    their last target.
    """

    version: int = 0
    complete: bool = True
    language: Language | None = None
    every: int = 60
    probe: ProbeSpec = field(default_factory=ProbeSpec)
    targets: Mapping[str, Target] = field(default_factory=dict)
    shards: Mapping[str, str] = field(default_factory=dict)
    all_shards: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    acknowledged: frozenset[str] = frozenset()
    unreadable: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a fleet file says should be watched: targets by id, rules by name (the built-in one always among them)."""

    language: Language | None
    every: int
    probe: ProbeSpec
    targets: Mapping[str, Target]
    rules: Mapping[str, Rule]
