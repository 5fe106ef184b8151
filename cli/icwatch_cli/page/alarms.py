"""The current alarms as cards: one of what people were told, with all that it stands for folded into it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from icwatch.model import Alarm, Cause, Phase, Rule
from icwatch.model.rules import unknown_rule
from icwatch.notices.procedure import is_about_health
from icwatch.rules.coverage import covers, rule_for
from icwatch.rules.index import part_of
from icwatch.text import natural
from icwatch_cli.deployed.current_alarms import CurrentAlarm, look
from icwatch_cli.page.card import Card
from icwatch_cli.page.data import PageData
from icwatch_cli.page.now import LATE_CYCLES, State
from icwatch_cli.page.outages import place_of


def cards_of(data: PageData, states: Mapping[str, State]) -> tuple[Card, ...]:
    """All alarms that were raised: what was announced first, then the worst, then the longest."""
    known = {(each.shard, each.alarm.key): each for each in look(data.inventory, data.shards, data.now)}
    raised = {key: each for key, each in known.items() if each.alarm.phase is not Phase.PENDING}
    children: dict[tuple[str, str], list[Alarm]] = {}
    together: dict[object, list[CurrentAlarm]] = {}
    for each in raised.values():
        root = _root(raised, each)
        if root is each:
            together.setdefault(_likeness(data, each), []).append(each)
        else:
            children.setdefault((root.shard, root.alarm.key), []).append(each.alarm)
    cards = [
        _card(
            data,
            states,
            members,
            [child for each in members for child in children.get((each.shard, each.alarm.key), ())],
        )
        for alike in together.values()
        for members in _storm_or_each(data, alike)
    ]
    return tuple(sorted(cards, key=_badness))


def pending_of(data: PageData) -> tuple[Alarm, ...]:
    """The alarms that would be raised if their condition went on, the earliest first."""
    found = (alarm for current in data.shards for alarm in current.alarms.values() if alarm.phase is Phase.PENDING)
    return tuple(sorted(found, key=lambda alarm: (alarm.since, alarm.rule, natural(alarm.target))))


def _badness(card: Card) -> tuple[object, ...]:
    order = natural(card.worst.labels.get("vpc", "")), natural(card.worst.target)
    minute = card.began_at // 60
    return not card.announced, card.clearing, card.level.rank, not card.suspects_path, minute, *order, card.worst.rule


def _root(raised: Mapping[tuple[str, str], CurrentAlarm], each: CurrentAlarm) -> CurrentAlarm:
    """The alarm that inhibits it, and that none inhibits itself."""
    met: set[str] = set()
    while each.inhibitor is not None and each.alarm.key not in met:
        met.add(each.alarm.key)
        above = raised.get((each.shard, each.inhibitor.key))
        if above is None:
            break
        each = above
    return each


def _likeness(data: PageData, each: CurrentAlarm) -> object:
    """What alarms of several targets have in common where they are told of together."""
    alarm = each.alarm
    rule = data.inventory.rules.get(alarm.rule)
    if rule is None or not rule.per_target:
        return each.shard, alarm.key
    silence, known = each.silence, each.acknowledgement
    return (
        alarm.rule,
        place_of(alarm.labels),
        alarm.level,
        alarm.phase,
        alarm.announced,
        silence.id if silence else "",
        (known.by, known.comment, known.holds(data.now)) if known else "",
    )


def _storm_or_each(data: PageData, alike: Sequence[CurrentAlarm]) -> list[list[CurrentAlarm]]:
    """All together where they are more than would be told of one by one."""
    return [[*alike]] if len(alike) > max(1, data.inventory.merge_above) else [[each] for each in alike]


def _card(
    data: PageData, states: Mapping[str, State], members: Sequence[CurrentAlarm], children: Sequence[Alarm]
) -> Card:
    first, alarms = members[0], tuple(each.alarm for each in members)
    alarm = first.alarm
    found = data.inventory.rules.get(alarm.rule)
    rule = rule_for(found or unknown_rule(alarm.rule), alarm.target, alarm.labels)
    about_health = found is not None and is_about_health(found)
    place = place_of(alarm.labels)
    servers = _servers(data, first, place, several=len(members) > 1) if about_health else []
    failing = [name for name in servers if states.get(name) is State.DOWN]
    at = max((current.at or 0 for current in data.shards if current.shard == first.shard), default=0)
    acknowledgement = next((each.acknowledgement for each in members if each.acknowledgement), None)
    seen_at = max(each.seen for each in alarms)
    is_lost = data.now - seen_at > LATE_CYCLES * max(data.samples.cycle(data.inventory.every), rule.cycle)
    is_quiet = is_lost or first.silence is not None or (acknowledgement is not None and acknowledgement.holds(data.now))
    clearing = all(each.phase is Phase.CLEARING for each in alarms)
    return Card(
        alarms=alarms,
        children=tuple(sorted(children, key=lambda child: (child.level.rank, natural(child.target)))),
        rule=rule,
        place=place,
        about_health=about_health,
        failing=len(failing),
        of=len(servers),
        causes=_causes(data, alarms, failing),
        failure=alarm.failure,
        level=min((each.level for each in alarms), key=lambda level: level.rank),
        clearing=clearing,
        began_at=min(each.began_at for each in alarms),
        held=max(0, at - max(each.since for each in alarms)) if clearing else 0,
        clears_after=rule.clear_cycle,
        silence=first.silence,
        acknowledgement=acknowledgement,
        next_notice=None
        if is_quiet or clearing
        else min(each.reported_at + rule.pause_after(each.reports) for each in alarms),
        next_stage=None if is_quiet or clearing else _next_stage(rule, alarms),
        lost_since=seen_at if is_lost else None,
    )


def _servers(data: PageData, first: CurrentAlarm, place: str, *, several: bool) -> list[str]:
    """The IC-Servers that a card is about: its target, those of its group, or all of a place."""
    alarm, rule = first.alarm, data.inventory.rules[first.alarm.rule]
    if not rule.per_target:
        members = part_of(data.inventory, first.shard).groups(rule).get(alarm.target, ())
        return [each.id for each in members]
    if not several:
        return [alarm.target]
    targets = data.inventory.targets.values()
    return [each.id for each in targets if place_of(each.labels) == place and covers(data.inventory, rule, each)]


def _causes(data: PageData, alarms: Sequence[Alarm], failing: Sequence[str]) -> Mapping[Cause, int]:
    """Why those fail that fail now, most frequent first; where none does, why the alarms came about."""
    now = [
        columns.failures[name].cause
        for name in failing
        if (columns := data.samples.newest(name)) is not None and name in columns.failures
    ]
    before = [alarm.failure.cause for alarm in alarms if alarm.failure is not None]
    return dict(Counter(now or before).most_common())


def _next_stage(rule: Rule, alarms: Sequence[Alarm]) -> int | None:
    """When the first of them is escalated next."""
    due = [
        alarm.raised_at + rule.unattended_after[alarm.stage]
        for alarm in alarms
        if alarm.announced and alarm.stage < len(rule.unattended_after)
    ]
    return min(due, default=None)
