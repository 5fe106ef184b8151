"""Every line of `monitoring.txt` is a case; the file says how to read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.evaluation.monitoring import monitor
from icwatch.model import (
    CUT_OFF,
    HEALTH,
    UNREADABLE,
    UNSEEN,
    WHOLE_FLEET,
    Inventory,
    MonitoringReport,
    Number,
    ShardAlarms,
    Sweep,
    Target,
)
from icwatch_cli.fleet import builtin, parse_rule

CASES = Path(__file__).with_name("monitoring.txt")
RULE = parse_rule(builtin.RULE)
SHARD, OTHER, EARLIER = "shard-0002", "shard-0003", "shard-0001"
TARGET, FRIEND = Target("192.168.0.1"), Target("192.168.0.2")
EPOCH = 1_795_316_400
WHY = "Cannot assign requested address"

INVENTORY = Inventory(
    targets={TARGET.id: TARGET, FRIEND.id: FRIEND},
    shards={TARGET.id: SHARD, FRIEND.id: SHARD},
    all_shards=(SHARD,),
    rules={RULE.name: RULE},
)
ELSEWHERE = Target("192.168.0.3")
"""A target of an earlier shard, which speaks for the fleet then."""

Change = Callable[[Inventory], Inventory]
CHANGES: Mapping[str, Change] = {
    "T": lambda have: _without(have, TARGET),
    "t": lambda have: _with(have, TARGET, SHARD),
    "M": lambda have: _with(have, TARGET, OTHER),
    "m": lambda have: _with(have, TARGET, SHARD),
    "U": lambda have: replace(_without(have, TARGET), unreadable={("target", TARGET.id): "host is missing"}),
    "u": lambda have: replace(_with(have, TARGET, SHARD), unreadable={}),
    "R": lambda have: replace(have, unreadable={("rule", "vpc_failed"): "program is empty"}),
    "r": lambda have: replace(have, unreadable={}),
    "P": lambda have: replace(have, unreadable={("fleet", "head.probe"): "timeout: 'x' is not a number"}),
    "p": lambda have: replace(have, unreadable={}),
    "O": lambda have: _with(have, ELSEWHERE, EARLIER),
    "o": lambda have: _without(have, ELSEWHERE),
}
SEEN: Mapping[str, dict[str, Number]] = {
    ".": {TARGET.id: 1, FRIEND.id: 1},
    "x": {TARGET.id: 0, FRIEND.id: 1},
    "_": {FRIEND.id: 1},
    "?": {},
    "!": {},
}

SAID = {
    "": (TARGET.id, WHY),
    ":cut_off": (WHOLE_FLEET, WHY),
    ":target": (f"target {TARGET.id}", "host is missing"),
    ":rule": ("rule vpc_failed", "program is empty"),
    ":fleet": ("fleet head.probe", "timeout: 'x' is not a number"),
}
"""The subject and the reason of a report, by what it is of."""

_LINE = re.compile(r"(?:every=(?P<every>\d+) +)?(?P<series>\S+) +->(?P<expected>.*)")


def _with(have: Inventory, target: Target, shard: str) -> Inventory:
    return replace(have, targets={**have.targets, target.id: target}, shards={**have.shards, target.id: shard})


def _without(have: Inventory, target: Target) -> Inventory:
    return replace(have, targets={name: each for name, each in have.targets.items() if name != target.id})


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the file."""

    text: str
    every: int
    series: str
    expected: list[str]


def read_cases() -> Iterator[Case]:
    for line in CASES.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        assert match is not None, f"cannot read the case: {text}"
        series = re.sub(r"(.)\*(\d+)", lambda each: each[1] * int(each[2]), match["series"])
        expected = [part.strip() for part in match["expected"].split(",") if part.strip()]
        yield Case(" ".join(text.split()), int(match["every"] or 60), series, expected)


def sweep_of(mark: str, at: int) -> Sweep:
    seen = SEEN[mark]
    unseen = {name: WHY for name in (TARGET.id, FRIEND.id) if name not in seen}
    return Sweep(SHARD, at, {HEALTH: seen}, conclusive=bool(seen), unseen=unseen, cut_off=mark == "!")


def run(case: Case) -> Iterator[str]:
    inventory, current, mark = replace(INVENTORY, every=case.every), ShardAlarms(SHARD), 0
    for char in case.series:
        if char == "<":
            mark -= 1
        elif char in CHANGES:
            inventory = CHANGES[char](inventory)
        else:
            if char != "-":
                sweep = sweep_of(char, EPOCH + mark * case.every)
                evaluated, _ = evaluate(inventory, current, sweep)
                if evaluated is not current:
                    current, reports = monitor(inventory, evaluated, sweep)
                    yield from (told(each, mark, case.every) for each in reports if each.subject != FRIEND.id)
            mark += 1


def told(report: MonitoringReport, mark: int, every: int) -> str:
    since, rest = divmod(report.since - EPOCH, every)
    assert rest == 0
    item = f":{report.subject.split()[0]}" if report.kind == UNREADABLE else ""
    assert (report.subject, report.reason) == SAID[":cut_off" if report.kind == CUT_OFF else item]
    assert report.over == (report.ended != "")
    began = f" ({since})" if since != mark else ""
    return f"{report.ended or report.kind}{item} {mark}{began}"


@pytest.mark.parametrize("case", list(read_cases()), ids=lambda case: case.text)
def test_series(case: Case) -> None:
    assert list(run(case)) == case.expected


def test_the_kinds_are_what_the_file_says() -> None:
    assert (UNSEEN, UNREADABLE, CUT_OFF) == ("unseen", "unreadable", "cut_off")
