"""Deciding about drills: by a rule of their own, and by nothing of the fleet. Pure."""

from __future__ import annotations

from dataclasses import replace

from icwatch.model import (
    CONFIRM_SECONDS,
    DAY_SECONDS,
    DRILL_LEVEL,
    DRILL_METRIC,
    DRILL_RULE,
    DRILL_SHARD,
    UNCONFIRMED,
    Bound,
    Drill,
    Instruction,
    Inventory,
    Language,
    MonitoringProblem,
    MonitoringReport,
    Rule,
    ShardAlarms,
    Sweep,
    Target,
    drill_of,
)

TEXTS = dict.fromkeys(map(str, Language), "${alarm_target} ${alarm_name}")
NAMES = {"zh-CN": "告警链路演练", "en-US": "drill of the alarm path", "zh-TW": "告警鏈路演練"}
NOBODY = "nobody has confirmed it"


def inventory_of_drills(inventory: Inventory, current: ShardAlarms, sweep: Sweep) -> Inventory:
    """What there is to be decided by in a sweep of drills: nothing of the fleet but its language and its cycle.

    A drill stays among the targets as long as it is recent, also in a sweep without it, so that its alarm is kept.
    """
    names = dict.fromkeys([*sweep.samples(DRILL_METRIC), *(key.partition(":")[2] for key in current.alarms)])
    drills = [each for each in (_known(inventory, name) for name in names) if each.is_recent(sweep.at)]
    targets = {each.target: Target(each.target, labels=_labels(each)) for each in drills}
    rule = Rule(
        name=DRILL_RULE,
        expression=DRILL_METRIC,
        program=(Instruction("select", metric=DRILL_METRIC),),
        comparator="==",
        bounds=(Bound(DRILL_LEVEL, 0),),
        duration=0,
        cycle=inventory.every,
        clear_cycle=inventory.every,
        resend_interval=DAY_SECONDS,
        scope="Service",
        display_name=NAMES,
        summary=TEXTS,
        description=TEXTS,
    )
    return Inventory(
        version=inventory.version,
        language=inventory.language,
        every=inventory.every,
        targets=targets,
        shards=dict.fromkeys(targets, DRILL_SHARD),
        all_shards=(DRILL_SHARD,),
        rules={DRILL_RULE: rule},
    )


def monitor_drills(
    inventory: Inventory, current: ShardAlarms, sweep: Sweep
) -> tuple[ShardAlarms, tuple[MonitoringReport, ...]]:
    """The shard's state with the drills that nobody has confirmed in time, and what is reported of them: once each, and
    once more where somebody has confirmed one after that."""
    before = current.monitoring.items()
    problems = {key: each for key, each in before if _known(inventory, each.subject).is_recent(sweep.at)}
    reports: list[MonitoringReport] = []
    for name in sweep.samples(DRILL_METRIC):
        drill = _known(inventory, name)
        problem = MonitoringProblem(UNCONFIRMED, name, drill.starts_at, sweep.at, NOBODY, reported=True)
        known, late = current.monitoring.get(problem.key), sweep.at - drill.starts_at >= CONFIRM_SECONDS
        report = MonitoringReport(UNCONFIRMED, name, drill.starts_at, NOBODY)
        if drill.confirmed_at is None and late and not known:
            problems[problem.key] = problem
            reports.append(report)
        elif drill.confirmed_at is not None and known:
            problems.pop(problem.key, None)
            reports.append(replace(report, ended="confirmed"))
    return replace(current, monitoring=problems), tuple(reports)


def _known(inventory: Inventory, name: str) -> Drill:
    """The drill as it is written, or as its target alone says, where it comes from the weekly schedule."""
    drill = drill_of(name) or Drill(name, 0)
    return inventory.drills.get(drill.id, replace(drill, by="weekly"))


def _labels(drill: Drill) -> dict[str, str]:
    return {name: value for name, value in (("by", drill.by), ("robot", drill.robot)) if value}
