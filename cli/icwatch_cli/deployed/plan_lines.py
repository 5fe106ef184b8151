"""What `apply` will change, a line a change: + added, ~ changed, > moved, - removed, ! a current alarm that it closes.

Of what changes, a line says what it was and what it becomes, where both are short. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields

from icwatch.duration import exact
from icwatch.model import Alarm, Fleet, Inventory, ProbeSpec, Robot, Rule, Target
from icwatch.notices.variables import moment
from icwatch.text import natural
from icwatch_cli.fleet.plan import INTERRUPTED, Plan
from icwatch_cli.fleet.repeats import spelled_pauses
from icwatch_cli.fleet.summary import asked
from icwatch_cli.terminal.locales import ApplyWords
from icwatch_cli.terminal.speech import ENGLISH, Speech

MAX_LINES = 20
"""Lines of one kind at the most."""

MAX_LINE_CHARACTERS = 120
"""Characters up to which a line says what was there before; beyond, it names the fields only."""

LONG_FIELDS = ("display_name", "summary", "description", "recovery", "runbook", "exclude", "overrides")
"""Fields of a rule that do not fit a line."""


def describe(plan: Plan, inventory: Inventory, closed: Collection[Alarm], speech: Speech = ENGLISH) -> Iterator[str]:
    """The lines of a plan for an inventory; `closed` are the alarms that it closes."""
    texts = speech.texts.apply
    if plan.empty:
        yield texts.nothing_to_do.format(count=plan.unchanged)
        return
    edited = {name: target for name, target in plan.changed.items() if inventory.targets.get(name) != target}
    moved = (texts.moves.format(name=name, start=start, end=end) for name, (start, end) in plan.moved.items())
    ended = (texts.closes.format(rule=alarm.rule, target=alarm.target, at=moment(alarm.began_at)) for alarm in closed)
    yield from _some([f"+ {name}{_labels(target)}" for name, target in _sorted(plan.added)], texts)
    yield from _some([_target(name, inventory.targets.get(name), new, texts) for name, new in _sorted(edited)], texts)
    yield from _some([f"> {text}" for text in moved], texts)
    yield from _some(
        [f"- {name}{_labels(inventory.targets.get(name))}" for name in sorted(plan.removed, key=natural)], texts
    )
    yield from (_rule(inventory.rules.get(name), rule, texts) for name, rule in plan.rules.items())
    yield from (f"- {texts.rule.format(name=name)}" for name in plan.removed_rules)
    yield from (_robot(inventory.robots.get(name), robot, texts) for name, robot in plan.robots.items())
    yield from (f"- {texts.robot.format(name=name)}" for name in plan.removed_robots)
    yield from (f"- {texts.torn.format(kind=kind, name=name)}" for kind, name in plan.removed_torn)
    yield from _settings(plan, inventory, speech)
    yield from _some([f"! {text}" for text in ended], texts)
    counts = {"added": len(plan.added), "changed": len(plan.changed), "removed": len(plan.removed)}
    yield texts.sums.format(**counts, unchanged=plan.unchanged)


def _sorted(targets: Mapping[str, Target]) -> list[tuple[str, Target]]:
    """By their names, as people count."""
    return sorted(targets.items(), key=lambda each: natural(each[0]))


def _some(lines: Collection[str], texts: ApplyWords) -> Iterator[str]:
    yield from list(lines)[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"  {texts.more.format(count=len(lines) - MAX_LINES)}"


def _changed(name: str, before: Mapping[str, str], after: Mapping[str, str], others: Collection[str] = ()) -> str:
    """The line of something that changes: the words that differ, and `others` by their names only."""
    changes = {each: f"{each} {before[each]} -> {after[each]}" for each in after if before[each] != after[each]}
    changes |= {each: each for each in others}
    if not changes:
        return f"~ {name}"
    line = f"~ {name}: {', '.join(changes.values())}"
    return line if len(line) <= MAX_LINE_CHARACTERS else f"~ {name}: {', '.join(changes)}"


def _labels(target: Target | None) -> str:
    labels = _listed(target.labels) if target else ""
    return f" ({labels})" if labels else ""


def _listed(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items())


def _target(name: str, old: Target | None, new: Target, texts: ApplyWords) -> str:
    """A target that is written anew: what changes about it, or its labels where it could not be read before."""
    if old is None:
        return f"~ {name}{_labels(new)}"
    before, after = ({"scheme": each.scheme, "labels": _listed(each.labels) or texts.nothing} for each in (old, new))
    others = [each for each in ("probe", "probes", "absolute") if getattr(old, each) != getattr(new, each)]
    return _changed(name, before, after, others)


def _rule(old: Rule | None, new: Rule, texts: ApplyWords) -> str:
    """A rule that is new, or what changes about one."""
    name = texts.rule.format(name=new.name)
    if old is None:
        return f"+ {name}"
    before, after = _words(old, texts), _words(new, texts)
    others = [each for each in LONG_FIELDS if getattr(old, each) != getattr(new, each)]
    if old.program != new.program and all(before[each] == after[each] for each in ("expression", "group_by")):
        others.insert(0, "filter")  # what the expression's @LABELS stands for
    return _changed(name, before, after, others)


def _words(rule: Rule, texts: ApplyWords) -> dict[str, str]:
    """What of a rule is said in a word or two."""
    cycle = exact(rule.alarm_cycle)
    inhibitors = [texts.inhibitor.format(rule=each.rule, labels=", ".join(each.same)) for each in rule.inhibited_by]
    return {
        "enabled": str(rule.enabled).lower(),
        "expression": rule.expression,
        "group_by": ", ".join(rule.group_by) or texts.nothing,
        "condition": ", ".join(f"{rule.comparator} {bound.threshold} {bound.level}" for bound in rule.bounds),
        **{name: exact(getattr(rule, name)) for name in ("duration", "clear_cycle")},
        "cycle": texts.decided.format(cycle=cycle, every=exact(rule.cycle)) if rule.written_cycle else cycle,
        "breaches": texts.nothing if rule.breaches is None else f"{rule.breaches.least} of {rule.breaches.of}",
        "resend_interval": spelled_pauses(rule, exact),
        "unattended_after": ", ".join(map(exact, rule.unattended_after)) or texts.nothing,
        "scope": rule.scope,
        "inhibited_by": ", ".join(inhibitors) or texts.nothing,
    }


def _robot(old: Robot | None, new: Robot, texts: ApplyWords) -> str:
    """A robot that is new, or what changes about one. Its address and secret are references, and no secrets."""
    name = texts.robot.format(name=new.name)
    if old is None:
        return f"+ {name}"
    before, after = (
        {
            "kind": each.vendor,
            "url": each.url,
            "secret": each.secret or texts.nothing,
            "language": each.language or texts.nothing,
            "repeats": str(each.repeats).lower(),
        }
        for each in (old, new)
    )
    others = [each for each in ("only", "hours", "mention") if getattr(old, each) != getattr(new, each)]
    return _changed(name, before, after, others)


def _settings(plan: Plan, inventory: Inventory, speech: Speech) -> Iterator[str]:
    """What changes about the fleet as a whole. Of the first fleet it is all that is not empty."""
    texts = speech.texts.apply
    before, after = _of_fleet(inventory, speech), _of_fleet(plan.fleet, speech)
    for name in plan.settings:
        if name == INTERRUPTED:
            yield f"~ {texts.interrupted}"
        elif name not in after or ("fleet", f"head.{name}") in inventory.unreadable:
            yield f"~ {name}"
        elif not inventory.version:
            yield from [f"+ {name} {after[name]}"] if after[name] != texts.nothing else []
        elif name == "probe":
            yield _changed(name, _of_probe(inventory.probe), _of_probe(plan.fleet.probe))
        elif name == "probes":
            yield from _probes(inventory.probes, plan.fleet.probes)
        else:
            yield f"~ {name} {before[name]} -> {after[name]}"


def _of_fleet(watched: Inventory | Fleet, speech: Speech) -> dict[str, str]:
    nothing = speech.texts.apply.nothing
    return {
        "language": watched.language or nothing,
        "every": exact(watched.every),
        "route_by": ", ".join(watched.route_by) or nothing,
        "merge_above": str(watched.merge_above),
        "probe": asked(watched.probe, speech),
        "probes": ", ".join(watched.probes) or nothing,
        "control": ", ".join(each.authority for each in watched.control) or nothing,
    }


def _of_probe(spec: ProbeSpec) -> dict[str, str]:
    """The fields of a probe as words; a text that is looked for in quotes."""

    def word(value: object) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    words = {each.name: word(getattr(spec, each.name)) for each in fields(spec)}
    return {name: repr(text) if name.startswith("body") else text for name, text in words.items()}


def _probes(old: Mapping[str, ProbeSpec], new: Mapping[str, ProbeSpec]) -> Iterator[str]:
    """The further probes, each by itself."""
    yield from (f"+ probes.{metric}" for metric in new if metric not in old)
    for metric, spec in new.items():
        if metric in old and old[metric] != spec:
            yield _changed(f"probes.{metric}", _of_probe(old[metric]), _of_probe(spec))
    yield from (f"- probes.{metric}" for metric in old if metric not in new)
