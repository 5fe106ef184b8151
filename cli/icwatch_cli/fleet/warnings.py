"""What in a good fleet is probably not meant: reported by `icwatch check`, and refused by nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from icwatch.errors import Problem
from icwatch.model import HEALTH, PROBE_SECONDS, TARGET, TLS_DAYS_LEFT, Fleet, Rule, Selection, Target
from icwatch.rules.coverage import common_labels, covers, matches
from icwatch.rules.expression import Group, group_of, metrics_of, name_of
from icwatch_cli.fleet.emptied_groups import passing_over
from icwatch_cli.fleet.quoting import listed, shown
from icwatch_cli.fleet.robot_filters import robots_told_nothing
from icwatch_cli.fleet.timeouts import too_slow
from icwatch_cli.fleet.trial_notices import Groups, unwritten

MAX_LISTED = 10
"""Values that a message lists."""


def warnings_of(fleet: Fleet, places: Mapping[str, str]) -> Iterator[Problem]:
    """What may not be meant, by the places of the rules in the file. A disabled rule is passed over."""
    targets = {target.id: target.labels for target in fleet.targets.values()}
    groups = {name: _groups(fleet, rule) for name, rule in fleet.rules.items() if rule.enabled}
    yield from _routing(fleet)
    yield from too_slow(fleet)
    yield from robots_told_nothing(fleet)
    for name, alarms in groups.items():
        rule, place = fleet.rules[name], places.get(name, "rules")
        yield from _timing(fleet, rule, place)
        yield from _metrics(fleet, rule, place)
        yield from _passed_over(rule, place)
        if not alarms:
            right = "correct what it selects or excludes, or write enabled: false"
            yield Problem(place, f"{name} is about none of the targets", right)
            continue
        yield from _labels(rule, place, alarms)
        yield from (Problem(f"{place}.{field}", wrong, right) for field, wrong, right in unwritten(rule, alarms))
        yield from _unused(rule, place, targets, alarms)
        yield from _inhibitors(fleet, rule, place, groups)


def _groups(fleet: Fleet, rule: Rule) -> Groups:
    covered = [target for target in fleet.targets.values() if covers(fleet, rule, target)]
    if rule.per_target:
        return {target.id: target.labels for target in covered}
    groups: dict[Group, list[Target]] = {}
    for target in covered:
        groups.setdefault(group_of(rule.group_by, target), []).append(target)
    return {name_of(group): common_labels(targets) for group, targets in groups.items()}


def _routing(fleet: Fleet) -> Iterator[Problem]:
    """Labels to route by that no target carries."""
    carried = {name for target in fleet.targets.values() for name in target.labels}
    right = f"write one that targets carry: {listed(sorted(carried))}" if carried else "give the targets labels"
    for index, label in enumerate(fleet.route_by):
        if label not in carried:
            yield Problem(f"route_by[{index}]", f"no target carries the label {label}", right)


def _timing(fleet: Fleet, rule: Rule, place: str) -> Iterator[Problem]:
    """Of the rule, and of its overrides as far as they change it."""
    times = [(place, rule.duration, rule.clear_cycle)]
    times += [
        (
            f"{place}.overrides[{index}]",
            each.duration or 0,
            rule.cycle if each.clear_cycle is None else each.clear_cycle,
        )
        for index, each in enumerate(rule.overrides)
    ]
    cycle = "cycle" if rule.written_cycle is None else "collection cycle"
    for at, duration, clear_cycle in times:
        if clear_cycle < rule.cycle:
            wrong = f"{clear_cycle}s is shorter than the {cycle} {rule.cycle}s"
            right = f"write {rule.cycle}s or more"
            yield Problem(f"{at}.clear_cycle", f"{wrong}, so a server that flaps is notified each time", right)
        if duration % fleet.every:
            reached = _next_multiple(duration, fleet.every)
            of = "cycle" if fleet.every == rule.alarm_cycle else "collection cycle"
            wrong = f"{duration}s is no multiple of the {of} {fleet.every}s"
            yield Problem(f"{at}.duration", wrong, f"write {reached}s, which is when it would be reached")
        elif duration % rule.cycle:
            wrong = f"{duration}s is no multiple of the cycle {rule.cycle}s"
            right = f"write {_next_multiple(duration, rule.cycle)}s, or a cycle that divides it"
            yield Problem(f"{at}.duration", wrong, right)


def _next_multiple(seconds: int, of: int) -> int:
    return -(-seconds // of) * of


def _metrics(fleet: Fleet, rule: Rule, place: str) -> Iterator[Problem]:
    known = [HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, *sorted(fleet.probe_metrics)]
    for metric in metrics_of(rule.program):
        if metric not in known:
            right = f"add it to probes, or write one of {listed(known)}"
            yield Problem(f"{place}.expression", f"nothing collects the metric {metric}", right)


def _passed_over(rule: Rule, place: str) -> Iterator[Problem]:
    """Aggregates that say nothing of a group that a comparison empties."""
    for do in dict.fromkeys(passing_over(rule.program)):
        wrong = f"{do} passes over a group of which a comparison leaves nothing, as long as another has something left"
        right = "add up truth values in it, such as sum(ic_server_health == bool 1), so that it takes part as 0"
        yield Problem(f"{place}.expression", wrong, right)


def _labels(rule: Rule, place: str, groups: Groups) -> Iterator[Problem]:
    """Labels that group, and that some targets lack."""
    for label in rule.group_by:
        without = [name for name, labels in groups.items() if label != TARGET and not labels.get(label)]
        if without:
            wrong = f"targets without the label {label} form a group of their own, {without[0]}"
            right = f'give them the label, or leave them out by {label}!="" in the expression'
            yield Problem(f"{place}.group_by", wrong, right)


def _unused(rule: Rule, place: str, targets: Groups, groups: Groups) -> Iterator[Problem]:
    """Exclusions and overrides that match nothing."""
    for index, selection in enumerate(rule.exclude):
        if not _matches_some(selection, targets):
            yield Problem(f"{place}.exclude[{index}]", "matches no target", "correct it, or take it out")
    for index, override in enumerate(rule.overrides):
        if not _matches_some(override.match, groups):
            right = f"write labels of its alarms, such as those of {shown(next(iter(groups)))}"
            yield Problem(f"{place}.overrides[{index}].match", "matches no alarm of the rule", right)


def _matches_some(selection: Selection, groups: Groups) -> bool:
    """Whether a selection matches one of them; most often it is a name, which is looked up."""
    name = selection.get(TARGET)
    if name is not None:
        return name in groups and matches(selection, groups[name], name)
    return any(matches(selection, labels, name) for name, labels in groups.items())


def _inhibitors(fleet: Fleet, rule: Rule, place: str, groups: Mapping[str, Groups]) -> Iterator[Problem]:
    for index, inhibition in enumerate(rule.inhibited_by):
        at = f"{place}.inhibited_by[{index}]"
        if inhibition.rule not in groups:
            yield Problem(
                f"{at}.rule", f"{inhibition.rule} is disabled and inhibits nothing", "enable it, or take this out"
            )
            continue
        if (late := fleet.rules[inhibition.rule].raised_after) > rule.raised_after:
            early = rule.raised_after
            wrong = f"{inhibition.rule} is raised after {late}s and {rule.name} after {early}s, so it is too late"
            yield Problem(
                f"{at}.rule", wrong, f"give {rule.name} a duration of {late}s, or {inhibition.rule} a shorter one"
            )
        ours, theirs = (_shared(groups[name], inhibition.same) for name in (rule.name, inhibition.rule))
        if not ours & theirs:
            wrong = f"no alarm of {inhibition.rule} has the same {', '.join(inhibition.same)} as one of {rule.name}"
            yield Problem(f"{at}.same", wrong, "write labels that the alarms of both carry")


def _shared(groups: Groups, names: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The values of these labels that the alarms of a rule carry in full."""
    values = (
        tuple(name if label == TARGET else labels.get(label, "") for label in names) for name, labels in groups.items()
    )
    return {each for each in values if all(each)}
