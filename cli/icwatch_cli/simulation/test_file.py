"""Reading a test file: series of marks for the targets of a fleet, and the notices that are expected of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from icwatch.duration import exact
from icwatch.model import HEALTH, Fleet, Kind, Level, Rule
from icwatch.rules.coverage import groups_of
from icwatch_cli.fleet.conditions import MAX_STAGES
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.document import FileError, Line
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.fleet.yaml_file import read_yaml
from icwatch_cli.simulation.series import Series, read_marks, read_values
from icwatch_cli.simulation.test_case import Attended, Case, Expected

FILE_FIELDS = {
    "fleet": "name the fleet file beside this one, such as fleet.yaml",
    "tests": "list at least one test",
}
TEST_FIELDS = {
    "name": "say what the test shows",
    "expect": "list the expected notices, or [] for none",
}
ACKNOWLEDGE_FIELDS = {
    "at": "write the time of the mark after which it is acknowledged, such as 5m",
    "target": "write an address of the series, or a group such as vpc=vpc-1",
}
EXPECT_FIELDS = {
    "at": "write the time since the first mark, such as 0s or 6m",
    "target": "write an address of the series, or a group such as vpc=vpc-1",
    "kind": "write raised, repeated, escalated, eased, unattended or cleared",
}
"""The required fields, with what to write where one is missing."""

SERIES = "write an address and its marks, such as {192.168.0.1: x......}"
METRICS = "write a metric, addresses and values, such as {ic_server_probe_seconds: {192.168.0.1: 0.2*3 1.5 _}}"

KINDS = tuple(kind for kind in Kind if kind is not Kind.CLOSED)
"""What can come in a test. Nothing is closed, since the fleet stays as it is."""


def load_tests(path: Path) -> tuple[Fleet, tuple[Case, ...]]:
    """The tests in the file at `path` and the fleet they are about. Raises FileError with every problem of both."""
    document = read_yaml(path)
    root = Cursor(document.root)
    fields = _fields(root, FILE_FIELDS)
    fleet, lines = None, list[Line]()
    name = fields["fleet"].text() if "fleet" in fields else ""
    if name:
        try:
            fleet = load_fleet(path.parent / name)
        except FileError as error:
            lines = error.lines
    cases = read_cases(fields["tests"], fleet) if "tests" in fields else ()
    lines = [*document.report(root.problems), *lines]
    if fleet is None or lines:
        raise FileError(lines)
    return fleet, cases


def read_cases(at: Cursor, fleet: Fleet | None) -> tuple[Case, ...]:
    """The tests of a list. Without a fleet, everything is read that can be read without it. Pure."""
    cases = tuple(_case(entry, fleet) for entry in at.items("tests"))
    if at.value == []:
        at.wrong("is empty", FILE_FIELDS["tests"])
    return cases


def _case(at: Cursor, fleet: Fleet | None) -> Case:
    fields = _fields(at, TEST_FIELDS, "series", "metrics", "rule", "acknowledge")
    name = fields["name"].text() if "name" in fields else ""
    rule = _rule(fields["rule"], fleet) if "rule" in fields and fleet is not None else None
    case = Case(name, _samples(fields, fleet), (), rule)
    entries = fields["expect"].items("expected notices") if "expect" in fields else []
    expect: dict[Expected, str] = {}
    for entry in entries:
        expected = _expected(entry, case, fleet)
        if expected in expect:
            entry.wrong(f"is the same as {expect[expected]}", "remove one of the two")
        elif expected is not None:
            expect[expected] = entry.place
    noted = fields["acknowledge"].items("acknowledgements") if "acknowledge" in fields else []
    attended = [each for entry in noted if (each := _attended(entry, case, fleet)) is not None]
    return replace(case, expect=tuple(expect), attended=tuple(attended))


def _samples(fields: Cursor, fleet: Fleet | None) -> dict[str, Mapping[str, Series]]:
    """`series` has marks of the health, `metrics` values of any metric."""
    samples: dict[str, Mapping[str, Series]] = {}
    if "series" in fields:
        samples[HEALTH] = {name: read_marks(text) for name, text in _by_target(fields["series"], fleet, SERIES)}
    elif "metrics" not in fields and fields.value:
        fields.at("series").wrong("is missing", SERIES)
    if "metrics" not in fields:
        return samples
    metrics = fields["metrics"]
    if not metrics.is_mapping or not metrics.value:
        metrics.wrong("is no mapping of metrics", METRICS)
        return samples
    for metric, targets in metrics.entries():
        if metric in samples:
            targets.wrong("is written as series already", "keep one of the two")
        samples[str(metric)] = {name: read_values(text) for name, text in _by_target(targets, fleet, METRICS)}
    return samples


def _by_target(at: Cursor, fleet: Fleet | None, right: str) -> Iterator[tuple[str, Cursor]]:
    """The entries of a mapping of addresses: the name and what is written."""
    if not at.is_mapping or not at.value:
        at.wrong("is no mapping of addresses and marks", right)
        return
    for name, text in at.entries():
        if fleet is not None and name not in fleet.targets:
            near = (*difflib.get_close_matches(str(name), fleet.targets, 1), next(iter(fleet.targets)))[0]
            text.wrong("is no target of the fleet", f"write an address as it is in the fleet, such as {near}")
        yield str(name), text


def _expected(entry: Cursor, case: Case, fleet: Fleet | None) -> Expected | None:
    """One expectation, or None where something about it is wrong."""
    before = len(entry.problems)
    fields = _fields(entry, EXPECT_FIELDS, "rule", "level", "stage")
    at = _seconds(fields)
    kind = Kind(fields["kind"].choice(KINDS) if "kind" in fields else Kind.RAISED)
    rule, target = _of_whom(fields, case, fleet)
    level = Level(fields["level"].choice(Level)) if "level" in fields else None
    stage = fields["stage"].whole(1, MAX_STAGES) if "stage" in fields else None
    if stage is not None and kind is not Kind.UNATTENDED:
        fields["stage"].wrong(f"is written of {kind}", f"leave it out, or write kind: {Kind.UNATTENDED}")
    _check_moment(fields, at, case, fleet, before)
    return Expected(at, target, kind, rule, level, stage) if len(entry.problems) == before else None


def _attended(entry: Cursor, case: Case, fleet: Fleet | None) -> Attended | None:
    """One acknowledgement, or None where something about it is wrong."""
    before = len(entry.problems)
    fields = _fields(entry, ACKNOWLEDGE_FIELDS, "rule", "for")
    at = _seconds(fields)
    rule, target = _of_whom(fields, case, fleet)
    lasts = fields["for"].seconds(least=1) if "for" in fields else None
    _check_moment(fields, at, case, fleet, before)
    ends_at = None if lasts is None else at + lasts
    return Attended(at, target, rule, ends_at) if len(entry.problems) == before else None


def _of_whom(fields: Cursor, case: Case, fleet: Fleet | None) -> tuple[str, str]:
    """The rule and the target or group that an entry is about."""
    rule = _rule(fields.get("rule", case.rule), fleet) if fleet is not None else ""
    known = _groups(case, fleet.rules[rule], fleet) if fleet is not None else ()
    return rule, fields["target"].choice(known) if "target" in fields and known else ""


def _seconds(fields: Cursor) -> int:
    return fields["at"].seconds() if "at" in fields else 0


def _check_moment(fields: Cursor, at: int, case: Case, fleet: Fleet | None, before: int) -> None:
    """Whether `at` is the time of a mark; not looked at where something else is wrong since there were `before`."""
    if fleet is not None and case.cycles and len(fields.problems) == before:
        last = (case.cycles - 1) * fleet.every
        if at % fleet.every or at > last:
            right = f"write a multiple of {exact(fleet.every)}, up to {exact(last)}"
            fields["at"].wrong(f"{fields['at'].value} is the time of no mark", right)


def _groups(case: Case, rule: Rule, fleet: Fleet) -> tuple[str, ...]:
    """The groups of a rule that the samples say something about."""
    sampled = dict.fromkeys(name for targets in case.samples.values() for name in targets if name in fleet.targets)
    return tuple(groups_of(rule, (fleet.targets[name] for name in sampled)))


def _rule(at: Cursor, fleet: Fleet) -> str:
    """The name of a rule of the fleet. Where there is one only, it need not be written."""
    if at.value is None and len(fleet.rules) == 1:
        return next(iter(fleet.rules))
    return at.choice(fleet.rules)


def _fields(at: Cursor, needed: Mapping[str, str], *optional: str) -> Cursor:
    """The fields of a mapping; those that are needed and missing are reported."""
    fields = at.mapping((*needed, *optional))
    if at.is_mapping:
        fields.need(needed)
    return fields
