"""Reading a test file: series of marks for the targets of a fleet, and what is to be told of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.fleetfile import load_fleet
from cli.yamlfile import FileError, read_yaml
from icwatch.config.reader import Reader, join, shown
from icwatch.duration import exact
from icwatch.model import Fleet, Kind

FILE_FIELDS = {
    "fleet": "name the fleet file beside this one, such as fleet.yaml",
    "tests": "list at least one test",
}
TEST_FIELDS = {
    "name": "say what the test shows",
    "series": "write an address and its marks, such as {192.168.0.1: x......}",
    "expect": "list what is to be told, or [] for nothing",
}
EXPECT_FIELDS = {
    "at": "write the time since the first mark, such as 0s or 6m",
    "target": "write an address of the series",
    "kind": "write raised, repeated or cleared",
}
"""The required fields, with what to write where one is missing."""

KINDS = (Kind.RAISED, Kind.REPEATED, Kind.CLEARED)
"""What can come in a test. Nothing is closed, since the fleet stays as it is."""

MAX_MARKS = 10_000

_MARKS = re.compile(r"([.x_])(?:\*([1-9][0-9]{0,3}))?")
_SERIES = re.compile(rf"\s*(?:{_MARKS.pattern}\s*)+")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a target, `at` seconds after the first mark."""

    at: int
    target: str
    kind: Kind
    rule: str


@dataclass(frozen=True, slots=True)
class Case:
    """One test: a mark a cycle for each target, and everything that is to be told of them."""

    name: str
    series: Mapping[str, str]
    expect: tuple[Told, ...]


def load_tests(path: Path) -> tuple[Fleet, tuple[Case, ...]]:
    """The tests in the file at `path` and the fleet they are about. Raises FileError with every problem of both."""
    document = read_yaml(path)
    reader = Reader()
    fields = _fields(reader, "", document.root, FILE_FIELDS)
    fleet, lines = None, list[str]()
    name = reader.text("fleet", fields["fleet"]) if "fleet" in fields else ""
    if name:
        try:
            fleet = load_fleet(path.parent / name)
        except FileError as error:
            lines = error.lines
    cases = read_cases(reader, fields["tests"], fleet) if "tests" in fields else ()
    lines = [*document.report(reader.problems), *lines]
    if fleet is None or lines:
        raise FileError(lines)
    return fleet, cases


def read_cases(reader: Reader, value: object, fleet: Fleet | None) -> tuple[Case, ...]:
    """The tests that `value` lists. Without a fleet, everything is read that can be read without it. Pure."""
    cases = tuple(_case(reader, place, entry, fleet) for place, entry in reader.items("tests", value, "tests"))
    if value == []:
        reader.wrong("tests", "is empty", FILE_FIELDS["tests"])
    return cases


def _case(reader: Reader, place: str, value: object, fleet: Fleet | None) -> Case:
    fields = _fields(reader, place, value, TEST_FIELDS)
    name = reader.text(f"{place}.name", fields["name"]) if "name" in fields else ""
    series = _series(reader, f"{place}.series", fields["series"], fleet) if "series" in fields else {}
    expect: dict[Told, str] = {}
    entries = reader.items(f"{place}.expect", fields["expect"], "what is to be told") if "expect" in fields else []
    for at, entry in entries:
        told = _told(reader, at, entry, series, fleet)
        if told in expect:
            reader.wrong(at, f"is the same as {expect[told]}", "remove one of the two")
        elif told is not None:
            expect[told] = at
    return Case(name, series, tuple(expect))


def _series(reader: Reader, place: str, value: object, fleet: Fleet | None) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value:
        reader.wrong(place, "is no mapping of addresses and marks", TEST_FIELDS["series"])
        return {}
    series = {}
    for name, text in value.items():
        at = join(place, name)
        if fleet is not None and name not in fleet.targets:
            near = (*difflib.get_close_matches(str(name), fleet.targets, 1), next(iter(fleet.targets)))[0]
            reader.wrong(at, "is no target of the fleet", f"write an address as it is in the fleet, such as {near}")
        series[str(name)] = _unfold(reader, at, text)
    return series


def _unfold(reader: Reader, place: str, value: object) -> str:
    """The marks of a series, one a cycle."""
    if not isinstance(value, str) or not _SERIES.fullmatch(value):
        right = "write a mark a cycle (. good, x bad, _ unseen), such as x......, or x .*6 in short"
        reader.wrong(place, f"{shown(value)} is no series", right)
        return ""
    parts = [(mark, int(count or 1)) for mark, count in _MARKS.findall(value)]
    marks = sum(count for _, count in parts)
    if marks > MAX_MARKS:
        reader.wrong(place, f"has {marks} marks", f"write at most {MAX_MARKS}")
        return ""
    return "".join(mark * count for mark, count in parts)


def _told(reader: Reader, place: str, value: object, series: Mapping[str, str], fleet: Fleet | None) -> Told | None:
    """One expectation, or None where something about it is wrong."""
    before = len(reader.problems)
    fields = _fields(reader, place, value, EXPECT_FIELDS, "rule")
    at = reader.seconds(f"{place}.at", fields["at"]) if "at" in fields else 0
    target = reader.choice(f"{place}.target", fields["target"], series) if "target" in fields and series else ""
    kind = reader.choice(f"{place}.kind", fields["kind"], KINDS) if "kind" in fields else Kind.RAISED
    rule = _rule(reader, f"{place}.rule", fields.get("rule"), fleet) if fleet is not None else ""
    marks = max(map(len, series.values()), default=0)
    if fleet is not None and marks and len(reader.problems) == before:
        last = (marks - 1) * fleet.every
        if at % fleet.every or at > last:
            right = f"write a multiple of {exact(fleet.every)}, up to {exact(last)}"
            reader.wrong(f"{place}.at", f"{fields['at']} is the time of no mark", right)
    return Told(at, target, Kind(kind), rule) if len(reader.problems) == before else None


def _rule(reader: Reader, place: str, value: object, fleet: Fleet) -> str:
    """The name of a rule of the fleet. Where there is one only, it need not be written."""
    if value is None and len(fleet.rules) == 1:
        return next(iter(fleet.rules))
    return reader.choice(place, value, fleet.rules)


def _fields(reader: Reader, place: str, value: object, needed: Mapping[str, str], *optional: str) -> Mapping[str, Any]:
    """The fields of a mapping; those that are needed and missing are told."""
    fields = reader.mapping(place, value, (*needed, *optional))
    if isinstance(value, Mapping):
        for name in (name for name in needed if name not in fields):
            reader.wrong(join(place, name), "is missing", needed[name])
    return fields
