"""What a fleet comes to, in words: what `icwatch check` says of one that is good. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from icwatch.model import MERGE_ABOVE, OCP_ADDRESS, Fleet, ProbeSpec, Robot, Rule
from icwatch_cli.fleet import builtin
from icwatch_cli.fleet.repeats import notices_within, spelled_pauses
from icwatch_cli.fleet.shards import assign
from icwatch_cli.terminal.speech import ENGLISH, Speech, counted

NIGHT_SECONDS = 8 * 3600
MANY_NOTICES = 30
"""In a night, of one alarm: more than that nobody reads."""


def summary(fleet: Fleet, speech: Speech = ENGLISH) -> Iterator[str]:
    """A line a subject."""
    texts, listing = speech.texts.files.check, speech.texts.listing
    shards = len({*assign(fleet, {}, ()).values()})
    yield texts.size.format(
        targets=counted(len(fleet.targets), texts.targets),
        shards=counted(shards, texts.shards),
        every=speech.spell(fleet.every),
    )
    labels = Counter(name for target in fleet.targets.values() for name in target.labels)
    if labels:
        named = (texts.label.format(name=name, count=count) for name, count in labels.items())
        yield texts.labels.format(labels=listing.join(named))
    yield from _notices(fleet, speech)
    yield texts.probe.format(how=asked(fleet.probe, speech))
    for metric, spec in fleet.probes.items():
        yield f"{metric}{speech.texts.notes.comment.format(text=asked(spec, speech))}"
    if fleet.control:
        yield texts.control.format(names=listing.join(each.authority for each in fleet.control))
    yield from _version(fleet, speech)
    yield from (_rule(rule, speech) for rule in fleet.rules.values())
    yield from (_robot(robot, speech) for robot in fleet.robots.values())
    yield from _rarely_collected(fleet, speech)
    yield from _night(fleet, speech)


def _notices(fleet: Fleet, speech: Speech) -> Iterator[str]:
    """What differs from the defaults in how notices are sent."""
    texts, listing = speech.texts.files.check, speech.texts.listing
    routed = [texts.routed.format(names=listing.join(fleet.route_by))] if fleet.route_by else []
    merged = [] if fleet.merge_above == MERGE_ABOVE else [texts.merged.format(count=fleet.merge_above)]
    if routed or merged:
        yield texts.notices.format(how=listing.join(routed + merged))


def asked(spec: ProbeSpec, speech: Speech) -> str:
    """How a probe asks, and what counts as good."""
    texts = speech.texts.files.check
    return texts.asked.format(
        path=spec.path,
        port="" if spec.port is None else texts.port.format(port=spec.port),
        timeout=spec.timeout,
        attempts=texts.attempts.format(count=spec.attempts) if spec.attempts > 1 else "",
        statuses=speech.texts.listing.join(map(str, spec.expect_status)),
        body=texts.body.format(text=spec.body) if spec.body else "",
        pattern=texts.pattern.format(text=spec.body_pattern) if spec.body_pattern else "",
    )


def _version(fleet: Fleet, speech: Speech) -> Iterator[str]:
    """The version of OCP that the built-in rule is as in, and what its texts lack."""
    if fleet.ocp == builtin.DEFAULT_VERSION:
        return
    texts = speech.texts.files.check
    without = sum(OCP_ADDRESS not in target.labels for target in fleet.targets.values())
    lack = texts.ocp_lacks.format(label=OCP_ADDRESS, without=without, all=len(fleet.targets))
    nameless = without and fleet.rules[builtin.NAME].summary == builtin.ONE_END
    yield texts.ocp.format(rule=builtin.NAME, version=fleet.ocp) + (lack if nameless else "")


def _rule(rule: Rule, speech: Speech) -> str:
    texts, listing = speech.texts.files.check, speech.texts.listing
    raised = texts.duration.format(duration=speech.spell(rule.duration))
    if rule.breaches is not None:
        raised = texts.breaches.format(least=rule.breaches.least, of=rule.breaches.of)
    names = listing.join(rule.group_by) or texts.whole_fleet
    stages = listing.join(map(speech.spell, rule.unattended_after))
    bounds = (f"{speech.level(bound.level)} {rule.comparator} {bound.threshold}" for bound in rule.bounds)
    return texts.rule.format(
        name=rule.name,
        state="" if rule.enabled else texts.disabled,
        groups="" if rule.per_target else texts.grouped.format(names=names),
        levels=listing.join(bounds),
        raised=raised,
        cycle=speech.spell(rule.alarm_cycle),
        clear_cycle=speech.spell(rule.clear_cycle),
        pauses=spelled_pauses(rule, speech.spell).replace(", ", listing),
        stages=texts.unattended.format(stages=stages) if stages else "",
    )


def _robot(robot: Robot, speech: Speech) -> str:
    texts, either = speech.texts.files.check, speech.texts.either
    filters = speech.texts.clauses.join(f"{name} {either.join(values)}" for name, values in robot.only.items())
    parts = (
        texts.only.format(filters=filters) if filters else "",
        "" if robot.repeats else texts.no_repeats,
        texts.in_hours if robot.hours else "",
    )
    return texts.robot.format(name=robot.name, how=speech.texts.listing.join([robot.vendor, *filter(None, parts)]))


def _rarely_collected(fleet: Fleet, speech: Speech) -> Iterator[str]:
    """Which cycles are shorter than that in which anything new is seen."""
    texts = speech.texts.files.check
    rules = [rule for rule in fleet.rules.values() if rule.enabled and rule.written_cycle is not None]
    if rules:
        named = (texts.cycle_of.format(rule=rule.name, cycle=speech.spell(rule.alarm_cycle)) for rule in rules)
        yield texts.rarely.format(every=speech.spell(fleet.every), rules=speech.texts.listing.join(named))


def _night(fleet: Fleet, speech: Speech) -> Iterator[str]:
    """How often people would be notified of an alarm that lasts for a night, where that is often."""
    counts = {
        rule.name: notices_within(rule, fleet.every, NIGHT_SECONDS) for rule in fleet.rules.values() if rule.enabled
    }
    name = max(counts, key=lambda each: counts[each], default="")
    if counts.get(name, 0) > MANY_NOTICES:
        yield speech.texts.files.check.night.format(count=counts[name], rule=name)
