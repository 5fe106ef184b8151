"""`icwatch check`: every problem of a fleet file at once, or a summary where there is none."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from icwatch.duration import spell
from icwatch.model import MERGE_ABOVE, OCP_ADDRESS, Fleet, ProbeSpec, Robot, Rule
from icwatch.text import counted
from icwatch_cli.fleet import builtin
from icwatch_cli.fleet.document import FileError
from icwatch_cli.fleet.fleet_file import load_with_warnings
from icwatch_cli.fleet.hosts import in_one, local_hosts
from icwatch_cli.fleet.repeats import notices_within, spelled_pauses
from icwatch_cli.fleet.shards import assign
from icwatch_cli.terminal.output import AskedForError, say

NIGHT_SECONDS = 8 * 3600
MANY_NOTICES = 30
"""In a night, of one server that is down: more than that nobody reads."""


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with a summary and warnings, 2 with the problems: they are what is asked for, so on standard output."""
    if arguments.json:
        return _as_lines(arguments.fleet)
    try:
        fleet, warnings = _read(arguments.fleet)
    except FileError as error:
        raise AskedForError(str(error)) from error
    print(f"{arguments.fleet}: good" + (f", {counted(len(warnings), 'warning')}" if warnings else ""))
    for line in summary(fleet):
        print(f"  {line}")
    for line in warnings:
        print(line)
    return 0


def _read(path: Path) -> tuple[Fleet, list[str]]:
    """The fleet, and the warnings about it. Raises FileError."""
    file = load_with_warnings(path)
    local = in_one([*local_hosts(file.fleet, file.places)])  # fit for `icwatch run`, and refused by `apply`
    return file.fleet, file.warn((*local, *file.warnings))


def _as_lines(path: Path) -> int:
    try:
        _, warnings = _read(path)
    except FileError as error:
        for line in error.lines:
            say(as_json(path, line, "problem"))
        return 2
    for line in warnings:
        say(as_json(path, line, "warning"))
    return 0


def as_json(path: Path, line: str, level: str) -> str:
    """A problem or a warning, `FILE:LINE: TEXT`, as a line of JSON; `line` is null where it is about the whole file."""
    found = re.match(r":([0-9]+): ", line.removeprefix(str(path)))
    text = line.removeprefix(f"{path}{found[0] if found else ': '}")
    fields = {
        "file": str(path),
        "line": int(found[1]) if found else None,
        "level": level,
        "text": text.replace(": warning: ", ": ", 1) if level == "warning" else text,
    }
    return json.dumps(fields, ensure_ascii=False)


def summary(fleet: Fleet) -> list[str]:
    """What a fleet comes to, a line a subject."""
    count = len(fleet.targets)
    shards = len({*assign(fleet, {}, ()).values()})
    lines = [f"{counted(count, 'target')} in {counted(shards, 'shard')}, every {spell(fleet.every)}"]
    labels = Counter(name for target in fleet.targets.values() for name in target.labels)
    if labels:
        lines.append("labels: " + ", ".join(f"{name} on {number}" for name, number in labels.items()))
    lines += _notices(fleet)
    lines.append(f"probe: {_asked(fleet.probe)}")
    lines += [f"{metric}: {_asked(spec)}" for metric, spec in fleet.probes.items()]
    lines += [*_version(fleet), *map(_rule, fleet.rules.values()), *map(_robot, fleet.robots.values())]
    return [*lines, *_rarely_collected(fleet), *_night(fleet)]


def _version(fleet: Fleet) -> Iterator[str]:
    """The version of OCP that the built-in rule is as in, and what its texts lack."""
    if fleet.ocp == builtin.DEFAULT_VERSION:
        return
    without = sum(OCP_ADDRESS not in target.labels for target in fleet.targets.values())
    lack = f"its texts name no OCP node: {OCP_ADDRESS} is no label of {without} of {len(fleet.targets)}"
    nameless = without and fleet.rules[builtin.NAME].summary == builtin.ONE_END
    yield f"{builtin.NAME} as in OCP {fleet.ocp}" + (f"; {lack}" if nameless else "")


def _rarely_collected(fleet: Fleet) -> Iterator[str]:
    """Which cycles are shorter than that in which anything new is seen."""
    rules = [rule for rule in fleet.rules.values() if rule.enabled and rule.written_cycle is not None]
    if rules:
        named = ", ".join(f"{rule.name} ({spell(rule.alarm_cycle)})" for rule in rules)
        yield f"decided at every sweep, {spell(fleet.every)}, since nothing new is seen within the cycle: {named}"


def _night(fleet: Fleet) -> Iterator[str]:
    """How often people would be notified in a night with one server down, where that is often."""
    counts = {
        rule.name: notices_within(rule, fleet.every, NIGHT_SECONDS) for rule in fleet.rules.values() if rule.enabled
    }
    name = max(counts, key=lambda each: counts[each], default="")
    if counts.get(name, 0) > MANY_NOTICES:
        yield (
            f"a server that is down for a night of 8 hours is {counts[name]} notices of {name}; "
            "resend_interval: [1m, 5m, 15m, 1h] makes it 11"
        )


def _notices(fleet: Fleet) -> list[str]:
    """What differs from the defaults in how notices are sent."""
    routed = [f"routed by {', '.join(fleet.route_by)}"] if fleet.route_by else []
    merged = [] if fleet.merge_above == MERGE_ABOVE else [f"merged where more than {fleet.merge_above} come at once"]
    return [f"notices: {', '.join(routed + merged)}"] if routed or merged else []


def _asked(spec: ProbeSpec) -> str:
    """How a probe asks, and what counts as good."""
    statuses = ", ".join(map(str, spec.expect_status))
    port = "" if spec.port is None else f" on port {spec.port}"
    body = f" holding {spec.body!r}" if spec.body else ""
    pattern = f" matching {spec.body_pattern!r}" if spec.body_pattern else ""
    attempts = f" in up to {spec.attempts} attempts" if spec.attempts > 1 else ""
    return f"{spec.path}{port} within {spec.timeout}s{attempts}, healthy on {statuses}{body}{pattern}"


def _robot(robot: Robot) -> str:
    only = "; ".join(f"{name} {' or '.join(values)}" for name, values in robot.only.items())
    parts = (f"only {only}" if only else "", "" if robot.repeats else "no repeats", "in hours" if robot.hours else "")
    return f"robot {robot.name}: {', '.join([robot.vendor, *filter(None, parts)])}"


def _rule(rule: Rule) -> str:
    state = "" if rule.enabled else " (disabled)"
    groups = "" if rule.per_target else f" by {', '.join(rule.group_by) or 'the whole fleet'}"
    levels = ", ".join(f"{bound.level} {rule.comparator} {bound.threshold}" for bound in rule.bounds)
    stages = f", unattended after {', '.join(map(spell, rule.unattended_after))}" if rule.unattended_after else ""
    raised = f"duration {spell(rule.duration)}"
    if rule.breaches is not None:
        raised = f"{rule.breaches.least} of {rule.breaches.of} breaches"
    return (
        f"rule {rule.name}{state}{groups}: {levels}, {raised}, cycle {spell(rule.alarm_cycle)}, "
        f"clear cycle {spell(rule.clear_cycle)}, resend interval {spelled_pauses(rule)}{stages}"
    )
