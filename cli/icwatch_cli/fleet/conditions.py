"""Thresholds, levels and what differs for some groups, as a rule writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from icwatch.model import Bound, Level, Number, Override
from icwatch_cli.fleet.reader import Reader, kind, said
from icwatch_cli.fleet.selections import read_selection

LEVEL_FIELDS = ("level", "threshold")
LEVEL = "{level: Alert, threshold: 2}"
OVERRIDE_FIELDS = ("match", "threshold", "level", "levels", "duration", "clear_cycle", "resend_interval")
MAX_OVERRIDES = 100

NUMBER_LIMIT = 10**15
"""A threshold is nearer to 0 than this, and has at most 15 digits after the point: a table holds it whole."""


def read_bounds(
    reader: Reader, place: str, fields: Mapping[str, Any], comparator: str, default: Sequence[Bound] = ()
) -> tuple[Bound, ...]:
    """The levels and their thresholds, worst first: `levels`, or `level` and `threshold` over those of `default`."""
    if "levels" not in fields:
        return _single(reader, place, fields, default)
    for name in LEVEL_FIELDS:
        if name in fields:
            reader.wrong(f"{place}.{name}", "is written beside levels", "write it in levels only")
    before = len(reader.problems)
    bounds: dict[Level, Bound] = {}
    for at, entry in reader.items(f"{place}.levels", fields["levels"], f"levels, such as {LEVEL}"):
        given = reader.mapping(at, entry, LEVEL_FIELDS)
        if not isinstance(entry, Mapping) or not reader.need(at, given, dict.fromkeys(LEVEL_FIELDS, f"write {LEVEL}")):
            continue
        level = Level(reader.choice(f"{at}.level", given["level"], Level))
        threshold = read_number(reader, f"{at}.threshold", given["threshold"])
        if level in bounds and given["level"] == level:
            reader.wrong(f"{at}.level", f"{level} is listed already", "write each level once")
        elif given["level"] == level:
            bounds[level] = Bound(level, threshold)
    if fields["levels"] == []:
        reader.wrong(f"{place}.levels", "is empty", f"list at least one level, such as {LEVEL}")
    ordered = tuple(sorted(bounds.values(), key=lambda bound: bound.level.rank))
    if len(reader.problems) == before:
        _check_reach(reader, f"{place}.levels", ordered, comparator)
    return ordered or (Bound(Level.CRITICAL, 0),)


def _single(reader: Reader, place: str, fields: Mapping[str, Any], default: Sequence[Bound]) -> tuple[Bound, ...]:
    if not any(name in fields for name in LEVEL_FIELDS) and default:
        return tuple(default)
    if len(default) > 1:
        reader.wrong(f"{place}.{next(name for name in LEVEL_FIELDS if name in fields)}",
                     "is one of several levels", "write levels")  # fmt: skip
        return tuple(default)
    level = default[0].level if default else Level.CRITICAL
    if "level" in fields:
        level = Level(reader.choice(f"{place}.level", fields["level"], Level))
    if "threshold" in fields:
        return (Bound(level, read_number(reader, f"{place}.threshold", fields["threshold"])),)
    if not default:
        reader.wrong(f"{place}.threshold", "is missing", "write a number, such as threshold: 0")
    return (Bound(level, default[0].threshold if default else 0),)


def _check_reach(reader: Reader, place: str, bounds: Sequence[Bound], comparator: str) -> None:
    """Tell levels that are never an alarm's: a worse one holds wherever they do."""
    for worse, milder in pairwise(bounds):
        a, b = worse.threshold, milder.threshold
        hidden = a == b or (a < b if comparator in (">", ">=") else a > b if comparator in ("<", "<=") else False)
        if hidden:
            wrong = f"{milder.level} at {b} is never reached: {worse.level} at {a} holds whenever it does"
            reader.wrong(place, wrong, "give the worse level the threshold that is harder to reach")


def read_overrides(
    reader: Reader, place: str, value: object, comparator: str, bounds: Sequence[Bound]
) -> tuple[Override, ...]:
    """What differs for some groups."""
    entries = reader.items(place, value, "overrides, such as {match: 192.168.0.1, duration: 5m}")
    if len(entries) > MAX_OVERRIDES:
        reader.wrong(place, f"has {len(entries)} entries", f"keep at most {MAX_OVERRIDES}; match by a label instead")
        entries = []
    return tuple(_override(reader, at, entry, comparator, bounds) for at, entry in entries)


def _override(reader: Reader, place: str, value: object, comparator: str, bounds: Sequence[Bound]) -> Override:
    fields = reader.mapping(place, value, OVERRIDE_FIELDS)
    match: Mapping[str, str] = {}
    if isinstance(value, Mapping):
        if reader.need(place, fields, {"match": "write an address, or labels such as {vpc: vpc-1}"}):
            match = read_selection(reader, f"{place}.match", fields["match"])
        if fields.keys() <= {"match"}:
            reader.wrong(place, "changes nothing", f"write one of {', '.join(OVERRIDE_FIELDS[1:])}")
    condition = {*LEVEL_FIELDS, "levels"} & fields.keys()

    def seconds(name: str, least: int = 0) -> int | None:
        return reader.seconds(f"{place}.{name}", fields[name], least=least) if name in fields else None

    return Override(
        match=match,
        bounds=read_bounds(reader, place, fields, comparator, bounds) if condition else None,
        duration=seconds("duration"),
        clear_cycle=seconds("clear_cycle"),
        resend_interval=seconds("resend_interval", 1),
    )


def read_number(reader: Reader, place: str, value: object) -> Number:
    number = Decimal(str(value)) if isinstance(value, float) else value
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and can_be_kept(Decimal(number)):
        return number or 0  # also of -0 and 0e999999, which no table holds
    right = "write a number, such as 0"
    if kind(value) == "the number":
        right = "write a number nearer to 0 than 10^15, with at most 15 digits after the point"
    reader.wrong(place, f"is {said(value)}", right)
    return 0


def can_be_kept(number: Decimal) -> bool:
    """Whether a table holds the number whole."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -15 and -NUMBER_LIMIT < number < NUMBER_LIMIT
