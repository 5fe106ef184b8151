"""What the golden files tell: alarms of every kind, one by one, of a group and many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from icwatch.announcements.decision import decide
from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.evaluation.drills import inventory_of_drills
from icwatch.model import (
    CUT_OFF,
    DRILL_RULE,
    DRILL_SHARD,
    UNREADABLE,
    UNSEEN,
    WHOLE_FLEET,
    Alarm,
    Cause,
    Decision,
    Failure,
    Inventory,
    Kind,
    Level,
    MonitoringReport,
    Phase,
    RecentNotice,
    Rule,
    ShardAlarms,
    Sweep,
    Target,
    Transition,
)
from icwatch_cli.fleet import builtin, parse_fleet, parse_rule

AT = 1_795_316_400
SHARD, SOURCE = "shard-0001", "icwatch (cn-shanghai)"

CONNECT = parse_rule(builtin.RULE)
SLOW = parse_rule(
    {
        "name": "ic_server_slow",
        "expression": "max(ic_server_probe_seconds) by (target)",
        "comparator": ">",
        "levels": [{"level": "Critical", "threshold": 2}, {"level": "Alert", "threshold": 0.5}],
        "display_name": {
            "zh-CN": "IC-Server 响应缓慢",
            "en-US": "IC-Server answers slowly",
            "zh-TW": "IC-Server 回應緩慢",
        },
    }
)
VPC = parse_rule(
    {
        "name": "vpc_connect_failed",
        "expression": "max(ic_server_health{@LABELS}) by (@GBLABELS)",
        "group_by": ["vpc"],
        "threshold": 0,
        "level": "Down",
        "display_name": {
            "zh-CN": "全部 IC-Server 连接失败",
            "en-US": "every IC-Server of the VPC is unreachable",
            "zh-TW": "全部 IC-Server 連線失敗",
        },
        "runbook": {
            "zh-CN": ["检查 OCP 与 ${vpc} 之间的网络。", "逐台登录 ${vpc} 的 IC-Server 主机检查进程。"],
            "en-US": ["Check the path between OCP and ${vpc}.", "Log in to the IC-Server hosts of ${vpc} one by one."],
            "zh-TW": ["檢查 OCP 與 ${vpc} 之間的網路。", "逐台登入 ${vpc} 的 IC-Server 主機檢查行程。"],
        },
    }
)
DRILL = inventory_of_drills(Inventory(), ShardAlarms(DRILL_SHARD), Sweep(DRILL_SHARD, AT, {})).rules[DRILL_RULE]
RULES = {rule.name: rule for rule in (CONNECT, SLOW, VPC, DRILL)}
OCP_4_3 = parse_fleet({"ocp": "4.3", "targets": [{"address": "192.168.0.1", "labels": {"ocp_address": "10.0.0.2"}}]})

RAISED = Transition(
    rule=CONNECT.name,
    target="192.168.0.1",
    kind=Kind.RAISED,
    at=AT,
    raised_at=AT,
    began_at=AT,
    since=AT,
    level=Level.CRITICAL,
    value=0,
    reason="value 0 == 0 (connection_refused), held 0s of 0s",
    failure=Failure(Cause.CONNECTION_REFUSED, "Connection refused"),
    labels={"vpc": "vpc-1", "region": "cn-shanghai", "ocp_address": "10.0.0.2"},
)
BUSY = Failure(Cause.HTTP_STATUS, "HTTP 503 'starting up'", 503)


def told(*notices: tuple[int, Kind, Cause], level: Level = Level.CRITICAL) -> tuple[RecentNotice, ...]:
    """Notices of minutes after the alarm was raised."""
    return tuple(RecentNotice(AT + 60 * minute, kind, level, cause) for minute, kind, cause in notices)


REPEATED = replace(
    RAISED,
    kind=Kind.REPEATED,
    at=AT + 5460,
    reason="value 0 == 0 (http_status), 60s after the last report",
    reports=92,
    failure=BUSY,
    notified_levels=(Level.CRITICAL,),
    recent_notices=told(
        (88, Kind.REPEATED, Cause.CONNECTION_REFUSED),
        (89, Kind.REPEATED, Cause.CONNECTION_REFUSED),
        (90, Kind.REPEATED, Cause.HTTP_STATUS),
    ),
)
ESCALATED = replace(
    RAISED,
    rule=SLOW.name,
    kind=Kind.ESCALATED,
    at=AT + 600,
    former_level=Level.ALERT,
    value=Decimal("2.104"),
    reason="value 2.104 > 2, level Critical, level Alert before",
    reports=3,
    failure=None,
    notified_levels=(Level.ALERT,),
    recent_notices=(RecentNotice(AT, Kind.RAISED, Level.ALERT), RecentNotice(AT + 300, Kind.REPEATED, Level.ALERT)),
)
VPC_RAISED = replace(
    RAISED,
    rule=VPC.name,
    target="vpc=vpc-1",
    level=Level.DOWN,
    reason="value 0 == 0 (connect_timeout), held 0s of 0s",
    failure=Failure(Cause.CONNECT_TIMEOUT, "12 of 12 targets"),
    labels={"vpc": "vpc-1", "region": "cn-shanghai"},
)
SINGLE = {
    "raised": RAISED,
    "repeated": REPEATED,
    "escalated": ESCALATED,
    "eased": replace(
        ESCALATED,
        kind=Kind.EASED,
        at=AT + 660,
        level=Level.ALERT,
        former_level=Level.CRITICAL,
        value=Decimal("0.71"),
        reason="value 0.71 > 0.5, level Alert, level Critical before",
        reports=4,
        notified_levels=(Level.ALERT, Level.CRITICAL),
        recent_notices=(*ESCALATED.recent_notices, RecentNotice(AT + 600, Kind.ESCALATED, Level.CRITICAL)),
    ),
    "unattended": replace(
        REPEATED,
        kind=Kind.UNATTENDED,
        reason="value 0 == 0 (http_status), not acknowledged 5460s after it was raised, stage 2 after 5400s",
        stage=2,
    ),
    "drill": replace(
        RAISED,
        rule=DRILL_RULE,
        target="drill-1795316400",
        reason="value 0 == 0, held 0s of 0s",
        failure=None,
        labels={"by": "Wu"},
        scope="Service",
    ),
    "cleared": replace(
        REPEATED,
        kind=Kind.CLEARED,
        at=AT + 5760,
        since=AT + 5460,
        value=1,
        reason="good samples held 300s of 300s",
        reports=91,
    ),
    "closed": replace(
        RAISED,
        kind=Kind.CLOSED,
        at=AT + 600,
        reason="target_removed",
        reports=10,
        notified_levels=(Level.CRITICAL,),
        recent_notices=told(
            (7, Kind.REPEATED, Cause.CONNECTION_REFUSED),
            (8, Kind.REPEATED, Cause.CONNECTION_REFUSED),
            (9, Kind.REPEATED, Cause.CONNECTION_REFUSED),
        ),
    ),
    "group-raised": VPC_RAISED,
    "group-cleared": replace(
        VPC_RAISED,
        kind=Kind.CLEARED,
        at=AT + 900,
        since=AT + 600,
        value=1,
        reason="good samples held 300s of 300s",
        reports=1,
        notified_levels=(Level.DOWN,),
        recent_notices=told((0, Kind.RAISED, Cause.CONNECT_TIMEOUT), level=Level.DOWN),
    ),
}
"""One alarm each."""


def _target(vpc: int, number: int) -> Target:
    return Target(f"192.168.{vpc}.{number}", labels={"vpc": f"vpc-{vpc}", "region": "cn-shanghai"})


FLEET = {target.id: target for target in (_target(vpc, number) for vpc in range(1, 6) for number in range(1, 13))}
"""Five VPCs of twelve IC-Servers."""

INVENTORY = Inventory(targets=FLEET, shards=dict.fromkeys(FLEET, SHARD), rules=RULES, route_by=("vpc",))


def of_server(number: int, sample: Transition, vpc: int = 2, **differs: object) -> Transition:
    """The same of another IC-Server of the fleet."""
    target = _target(vpc, number)
    return replace(sample, target=target.id, labels=target.labels, **differs)  # type: ignore[arg-type]


def standing(transition: Transition) -> Alarm:
    """The alarm after a transition that does not end it."""
    return Alarm(
        rule=transition.rule,
        target=transition.target,
        phase=Phase.ACTIVE,
        since=transition.since,
        seen=transition.at,
        level=transition.level,
        value=0,
        failure=transition.failure,
        began_at=transition.began_at,
        raised_at=transition.raised_at,
        labels=transition.labels,
    )


def _storm(transitions: Sequence[Transition], current: Sequence[Transition]) -> Decision:
    alarms = {alarm.key: alarm for alarm in map(standing, current)}
    return decide(INVENTORY, ShardAlarms(SHARD, transitions[0].at, alarms), tuple(transitions), SOURCE)


TIMEOUT = Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")
NUMBERS = range(1, 13)
STORM_RAISED = [
    of_server(number, RAISED, failure=TIMEOUT, reason="value 0 == 0 (connect_timeout), held 0s of 0s")
    for number in NUMBERS
]
STORM_CLEARED = [
    replace(
        each,
        kind=Kind.CLEARED,
        at=AT + 900 + 300,
        since=AT + 900 - 60 * (number % 3),
        value=1,
        reason="good samples held 300s of 300s",
        reports=15,
        notified_levels=(Level.CRITICAL,),
        recent_notices=told((14, Kind.REPEATED, Cause.CONNECT_TIMEOUT)),
    )
    for number, each in enumerate(STORM_RAISED)
]
STORM_REPEATED = [
    of_server(
        number,
        REPEATED,
        at=AT + 1800,
        began_at=AT + 60 * number,
        raised_at=AT + 60 * number,
        reports=30 - number,
        failure=RAISED.failure if number < 6 else BUSY,
        recent_notices=told((29, Kind.REPEATED, Cause.CONNECTION_REFUSED)),
    )
    for number in (1, 2, 3, 4, 5, 7, 8)
]
STORM_SLOW = [
    of_server(
        number,
        ESCALATED,
        vpc=1 + number % 3,
        kind=Kind.RAISED,
        at=AT,
        level=Level.ALERT,
        former_level=None,
        value=Decimal(500 + 31 * number) / 1000,
        reports=1,
        notified_levels=(),
        recent_notices=(),
    )
    for number in range(1, 8)
]


def _alone(transition: Transition, rules: Mapping[str, Rule] = RULES) -> Decision:
    rules = {transition.rule: rules[transition.rule]}
    return Decision(SHARD, transition.at, (transition,), rules, source=SOURCE, route_by=("vpc",))


DECISIONS: Mapping[str, Decision] = {
    **{name: _alone(transition) for name, transition in SINGLE.items()},
    **{f"ocp-4.3-{name}": _alone(SINGLE[name], OCP_4_3.rules) for name in ("raised", "cleared")},
    "storm-raised": _storm(STORM_RAISED, STORM_RAISED),
    "storm-repeated": _storm(STORM_REPEATED, STORM_REPEATED),
    "storm-cleared": _storm(STORM_CLEARED, []),
    "storm-slow": replace(_storm(STORM_SLOW, STORM_SLOW), route_by=()),
}


def _unseen(number: int, ended: str = "") -> MonitoringReport:
    reason = "Cannot assign requested address" if number % 2 else "too little time was left for it in the sweep"
    return MonitoringReport(UNSEEN, f"10.1.0.{number}", AT - 900 - 60 * (number % 3), reason, ended)


UNREADABLE_RULE = MonitoringReport(UNREADABLE, "rule vpc_connect_failed", AT, "program[3].op: 'xor' is not known")

NOTHING_REACHED = MonitoringReport(CUT_OFF, WHOLE_FLEET, AT, "no control endpoint could be reached either")

MONITORING: Mapping[str, Decision] = {
    name: Decision(SHARD, AT, (), {}, source=SOURCE, monitoring=reports)
    for name, reports in {
        "monitoring-one": (_unseen(7),),
        "monitoring-many": (*(_unseen(number) for number in range(25)), _unseen(30, "removed"), UNREADABLE_RULE),
        "monitoring-cut-off": (NOTHING_REACHED,),
        "monitoring-reached": (replace(NOTHING_REACHED, since=AT - 840, ended="reached"),),
        "monitoring-over": (_unseen(7, "seen"), replace(UNREADABLE_RULE, since=AT - 7200, ended="readable")),
    }.items()
}
"""What operations are told."""


def announcement(name: str) -> Announcement:
    """What a sample announces: it is one notice."""
    (single,) = announcements_of(DECISIONS[name])
    return single


def rule_of(name: str) -> Rule:
    """The rule that a sample is about."""
    return announcement(name).rule
