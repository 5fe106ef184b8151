"""Thresholds, levels and what differs for some groups, as a rule writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from icwatch.model import Bound, Breaches, Level, Number, Override
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.quoting import described, kind, shown
from icwatch_cli.fleet.selections import read_selection

LEVEL_FIELDS = ("level", "threshold")
LEVEL = "{level: Alert, threshold: 2}"
OVERRIDE_FIELDS = (
    "match", "threshold", "level", "levels", "duration", "breaches", "clear_cycle", "resend_interval",
    "unattended_after",
)  # fmt: skip
MAX_OVERRIDES = 100

MAX_PAUSES = 10
MAX_STAGES = 5

MAX_OBSERVATIONS = 30
BREACHES = re.compile(r"([1-9][0-9]?) of ([1-9][0-9]?)", re.ASCII)

NUMBER_LIMIT = 10**15
"""A threshold is nearer to 0 than this, and has at most 15 digits after the point: a table holds it whole."""


def read_bounds(at: Cursor, comparator: str, default: Sequence[Bound] = ()) -> tuple[Bound, ...]:
    """The levels and their thresholds, worst first: `levels`, or `level` and `threshold` over those of `default`."""
    if "levels" not in at:
        return _single(at, default)
    for name in LEVEL_FIELDS:
        if name in at:
            at[name].wrong("is written beside levels", "write it in levels only")
    before = len(at.problems)
    levels = at["levels"]
    bounds = _listed_bounds(levels)
    if levels.value == []:
        levels.wrong("is empty", f"list at least one level, such as {LEVEL}")
    ordered = tuple(sorted(bounds, key=lambda bound: bound.level.rank))
    if len(at.problems) == before:
        _check_reach(levels, ordered, comparator)
    return ordered or (Bound(Level.CRITICAL, 0),)


def _listed_bounds(at: Cursor) -> list[Bound]:
    """The bounds of a list of levels, each level once."""
    bounds: dict[Level, Bound] = {}
    for entry in at.items(f"levels, such as {LEVEL}"):
        given = entry.mapping(LEVEL_FIELDS)
        if not entry.is_mapping or not given.need(dict.fromkeys(LEVEL_FIELDS, f"write {LEVEL}")):
            continue
        written = given["level"]
        level, threshold = Level(written.choice(Level)), read_number(given["threshold"])
        if level in bounds and written.value == level:
            written.wrong(f"{level} is listed already", "write each level once")
        elif written.value == level:
            bounds[level] = Bound(level, threshold)
    return list(bounds.values())


def _single(at: Cursor, default: Sequence[Bound]) -> tuple[Bound, ...]:
    given = [name for name in LEVEL_FIELDS if name in at]
    if not given and default:
        return tuple(default)
    if len(default) > 1:
        at[given[0]].wrong("is one of several levels", "write levels")
        return tuple(default)
    level = default[0].level if default else Level.CRITICAL
    if "level" in at:
        level = Level(at["level"].choice(Level))
    if "threshold" in at:
        return (Bound(level, read_number(at["threshold"])),)
    if not default:
        at.at("threshold").wrong("is missing", "write a number, such as threshold: 0")
    return (Bound(level, default[0].threshold if default else 0),)


def _check_reach(at: Cursor, bounds: Sequence[Bound], comparator: str) -> None:
    """Report levels that are never an alarm's: a worse one holds wherever they do."""
    for worse, milder in pairwise(bounds):
        a, b = worse.threshold, milder.threshold
        hidden = a == b or (a < b if comparator in (">", ">=") else a > b if comparator in ("<", "<=") else False)
        if hidden:
            wrong = f"{milder.level} at {b} is never reached: {worse.level} at {a} holds whenever it does"
            at.wrong(wrong, "give the worse level the threshold that is harder to reach")


def read_overrides(at: Cursor, comparator: str, bounds: Sequence[Bound]) -> tuple[Override, ...]:
    """What differs for some groups."""
    entries = at.items("overrides, such as {match: 192.168.0.1, duration: 5m}")
    if len(entries) > MAX_OVERRIDES:
        at.wrong(f"has {len(entries)} entries", f"keep at most {MAX_OVERRIDES}; match by a label instead")
        entries = []
    return tuple(_override(entry, comparator, bounds) for entry in entries)


def _override(at: Cursor, comparator: str, bounds: Sequence[Bound]) -> Override:
    fields = at.mapping(OVERRIDE_FIELDS)
    match: Mapping[str, str] = {}
    if at.is_mapping:
        if fields.need({"match": "write an address, or labels such as {vpc: vpc-1}"}):
            match = read_selection(fields["match"])
        if fields.value.keys() <= {"match"}:
            at.wrong("changes nothing", f"write one of {', '.join(OVERRIDE_FIELDS[1:])}")
    condition = {*LEVEL_FIELDS, "levels"} & fields.value.keys()

    def seconds(name: str) -> int | None:
        return fields[name].seconds() if name in fields else None

    pauses = read_pauses(fields["resend_interval"]) if "resend_interval" in fields else ()
    return Override(
        match=match,
        bounds=read_bounds(fields, comparator, bounds) if condition else None,
        duration=seconds("duration"),
        breaches=read_breaches(fields) if "breaches" in fields else None,
        clear_cycle=seconds("clear_cycle"),
        resend_interval=pauses[0] if pauses else None,
        resend_pauses=pauses if len(pauses) > 1 else (),
        unattended_after=read_stages(fields["unattended_after"]) if "unattended_after" in fields else None,
    )


def read_breaches(at: Cursor) -> Breaches | None:
    """How many breaches among how many observations raise an alarm, in place of `duration`."""
    written = at["breaches"]
    match = BREACHES.fullmatch(written.value) if isinstance(written.value, str) else None
    if match is None:
        written.no_text(f"{shown(written.value)} is no number of breaches", "write such as 3 of 5")
        return None
    least, of = int(match[1]), int(match[2])
    if least > of:
        written.wrong(f"{least} of {of} can never be", f"write {least} of {least} or more")
    elif of > MAX_OBSERVATIONS:
        written.wrong(f"looks at {of} values", f"look at {MAX_OBSERVATIONS} at the most")
    if "duration" in at:
        at["duration"].wrong("is written beside breaches", "write one of the two")
    return Breaches(least, of)


def read_pauses(at: Cursor) -> tuple[int, ...]:
    """Between two notices of an alarm that goes on: one duration, or several that grow. At least one."""
    return _growing(at, range(1, MAX_PAUSES + 1), "[1m, 5m, 15m, 1h]", apart=0) or (1,)


def read_stages(at: Cursor) -> tuple[int, ...]:
    """How long after it was raised an alarm is unattended: one duration, or several that grow; none for never."""
    return _growing(at, range(MAX_STAGES + 1), "[15m, 45m]", apart=1)


def _growing(at: Cursor, count: range, example: str, apart: int) -> tuple[int, ...]:
    """One duration, or so many, each at least `apart` seconds longer than the one before."""
    if not isinstance(at.value, list):
        return (at.seconds(least=1),)
    entries = at.items("durations")
    if len(entries) not in count:
        at.wrong(f"has {len(entries)} entries", f"write {count[0]} to {count[-1]} durations, such as {example}")
        return ()
    found: list[int] = []
    for entry in entries:
        seconds = entry.seconds(least=1)
        if found and seconds < found[-1] + apart and not entry.is_wrong():
            wrong = "is not longer" if apart else "is shorter"
            entry.wrong(f"{entry.value} {wrong} than the one before", f"let them grow, such as {example}")
        found.append(seconds)
    return tuple(found)


def read_number(at: Cursor) -> Number:
    """A threshold."""
    number = Decimal(str(at.value)) if isinstance(at.value, float) else at.value
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and can_be_kept(Decimal(number)):
        return number or 0  # also of -0 and 0e999999, which no table holds
    right = "write a number, such as 0"
    if kind(at.value) == "the number":
        right = "write a number nearer to 0 than 10^15, with at most 15 digits after the point"
    at.no_text(f"is {described(at.value)}", right)
    return 0


def can_be_kept(number: Decimal) -> bool:
    """Whether a table holds the number whole."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -15 and -NUMBER_LIMIT < number < NUMBER_LIMIT
