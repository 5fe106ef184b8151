"""What was decided about alarms in one sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from icwatch.model.alarms import RecentNotice, last_level
from icwatch.model.monitoring import MonitoringReport
from icwatch.model.rules import Rule
from icwatch.model.sweeps import Failure
from icwatch.model.terms import ENDS, MERGE_ABOVE, Kind, Language, Level, Number


@dataclass(frozen=True, slots=True)
class Transition:
    """What was decided about an alarm at `at`, with everything that a notice needs to say.

    The breach began at `began_at`. `since` is where the run began that was decided on: of good samples for cleared, of
    breaches otherwise. `level` is that of the last breach, `former_level` the one before it where it changed. `value`
    is what was seen (None: the expression filtered it out), `failure` why the last breach came about, `reports` how
    often the alarm was reported. A notice goes out where `announce` holds, and says what is new since the last one:
    `recent_notices` are the last notices until then, `notified_levels` the levels of all of them. `silenced` says that
    a silence covered it, `silenced_by` the id of the first one, and `inhibited_by` which alarm inhibited it.
    Subscribers find its notice by `scope` (empty: the rule's) and `routed_labels` (None: those of `labels` that the
    fleet chose). `notices` counts those before it. `stage` is how often its alarm was unattended by then.
    """

    rule: str
    target: str
    kind: Kind
    at: int
    raised_at: int
    began_at: int
    since: int
    level: Level
    value: Number | None
    reason: str
    reports: int = 1
    announce: bool = True
    silenced: bool = False
    inhibited_by: str = ""
    former_level: Level | None = None
    notified_levels: tuple[Level, ...] = ()
    failure: Failure | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    silenced_by: str = ""
    recent_notices: tuple[RecentNotice, ...] = ()
    scope: str = ""
    routed_labels: Mapping[str, str] | None = None
    notices: int = 0
    stage: int = 0

    @property
    def alarm_id(self) -> str:
        """The name of its alarm for good."""
        return f"{self.rule}:{self.target}:{self.raised_at}"

    @property
    def over_at(self) -> int:
        """When the outage was over: at the first sample of the good run where it cleared, and at `at` otherwise."""
        return self.since if self.kind is Kind.CLEARED else self.at

    @property
    def lasted(self) -> int:
        """How many seconds the outage had lasted by then, from its first bad sample. There is no other definition."""
        return self.over_at - self.began_at

    @property
    def status(self) -> str:
        """OCP's term for whether the alarm goes on."""
        return "Inactive" if self.kind in ENDS else "Active"

    @property
    def last_level(self) -> Level | None:
        """The level of the last notice before it."""
        return last_level(self.recent_notices, self.notified_levels)

    @property
    def notice_kind(self) -> Kind:
        """The kind that its notice has, which follows from the last notice and not from what happened last.

        The first notice is `raised`, and a change of level is one against the last notice: where a silence or another
        alarm kept something back, who filters by kind or level must not receive an end alone, nor none.
        """
        if self.kind in ENDS or self.kind is Kind.UNATTENDED:
            return self.kind
        before = self.last_level
        if before is None:
            return Kind.RAISED
        if before is self.level:
            return Kind.REPEATED
        return Kind.ESCALATED if self.level.rank < before.rank else Kind.EASED

    @property
    def id(self) -> str:
        """Known by (rule, group, raised_at, kind, at): deciding twice gives the same id."""
        return f"{self.alarm_id}:{self.kind}:{self.at}"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the alarm targets of a rule in a shard fail: of all, or of those with the value of one label.

    `failing` is how many alarms are active after the sweep, `of` how many there could be. `elsewhere`
    counts the targets with that label value in other shards. `path` says that all of them fail, each in a way that the
    network explains.
    """

    rule: str
    failing: int
    of: int
    label: str = ""
    value: str = ""
    elsewhere: int = 0
    path: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The transitions of one sweep, with all that their notices are written with: log, outbox and history.

    `rules` and `language` say how, `source` where it was probed from, `route_by` and `merge_above` are the fleet's, and
    `shares` are those of the rules of which so much happened that their transitions are merged. `monitoring` is what
    is reported to operations of the monitoring itself. `left_out` names what the item had no room for (`capacity.py`).
    """

    shard: str
    at: int
    transitions: tuple[Transition, ...]
    rules: Mapping[str, Rule]
    language: Language | None = None
    source: str = ""
    route_by: tuple[str, ...] = ()
    merge_above: int = MERGE_ABOVE
    shares: tuple[Share, ...] = ()
    monitoring: tuple[MonitoringReport, ...] = ()
    left_out: tuple[str, ...] = ()
