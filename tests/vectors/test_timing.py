"""Every line of `timing.txt` is a case; the file says how to read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.evaluation import evaluate
from icwatch.model import HEALTH, Alarm, Inventory, Kind, ShardAlarms, Silence, Sweep, Target, Transition

CASES = Path(__file__).with_name("timing.txt")
TARGET = Target("192.168.0.1", labels={"vpc": "vpc-1"})
RULE = parse_rule(builtin.RULE)
SHARD = "shard-0001"
EPOCH = 1_795_316_400

INVENTORY = Inventory(targets={TARGET.id: TARGET}, shards={TARGET.id: SHARD}, rules={RULE.name: RULE})
VALUES = {"x": 0, ".": 1, "?": 0, "!": 1}
_LINE = re.compile(r"(?P<options>(?:\w+=\d+ +)*)(?P<series>\S+) +->(?P<expected>[^|]*)(?:\|(?P<stands>.*))?")


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the file."""

    text: str
    options: Mapping[str, int]
    series: str
    expected: list[str]
    stands: str | None


def read_cases() -> Iterator[Case]:
    for line in CASES.read_text().splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        assert match is not None, f"cannot read the case: {text}"
        options = dict(option.split("=") for option in match["options"].split())
        yield Case(
            text=" ".join(text.split()),
            options={name: int(value) for name, value in options.items()},
            series=match["series"],
            expected=[part.strip() for part in match["expected"].split(",") if part.strip()],
            stands=None if match["stands"] is None else match["stands"].strip(),
        )


SILENCE = Silence("s", {"vpc": "vpc-1"}, EPOCH - 1, EPOCH + 10**9)

Change = Callable[[Inventory, ShardAlarms], Inventory]
CHANGES: Mapping[str, Change] = {
    "T": lambda have, _: replace(have, targets={}, shards={}),
    "t": lambda have, _: replace(have, targets=INVENTORY.targets, shards=INVENTORY.shards),
    "R": lambda have, _: replace(have, rules={}),
    "r": lambda have, _: replace(have, rules=INVENTORY.rules),
    "D": lambda have, _: replace(have, rules={n: replace(rule, enabled=False) for n, rule in have.rules.items()}),
    "d": lambda have, _: replace(have, rules={n: replace(rule, enabled=True) for n, rule in have.rules.items()}),
    "S": lambda have, _: replace(have, silences=(SILENCE,)),
    "s": lambda have, _: replace(have, silences=()),
    "A": lambda have, stands: replace(have, acknowledged=frozenset(alarm.id for alarm in stands.alarms.values())),
    "a": lambda have, _: replace(have, acknowledged=frozenset()),
    "U": lambda have, _: replace(have, targets={}, unreadable={("target", TARGET.id): "host is missing"}),
    "u": lambda have, _: replace(have, targets=INVENTORY.targets, unreadable={}),
    "M": lambda have, _: replace(have, shards={TARGET.id: "shard-0002"}),
    "m": lambda have, _: replace(have, shards=INVENTORY.shards),
}


def run(case: Case) -> tuple[list[Transition], Alarm | None, int]:
    """The transitions of a series, the alarm that stands at its end, and the time from mark to mark."""
    options = dict(case.options)
    every = options.pop("every", 60)
    if "cycle" in options:
        options.setdefault("resend_interval", options["cycle"])
    rule = replace(RULE, **options)  # type: ignore[arg-type]  # the file names whole-number fields only
    inventory = replace(INVENTORY, rules={rule.name: rule})
    stands, transitions, mark = ShardAlarms(SHARD), list[Transition](), 0
    for char in case.series:
        if char == "<":
            mark -= 1
        elif char in CHANGES:
            inventory = CHANGES[char](inventory, stands)
        else:
            if char != "-":
                stands, decided = evaluate(inventory, stands, _sweep(char, EPOCH + mark * every))
                transitions += decided
            mark += 1
    return transitions, stands.alarms.get(f"{rule.name}:{TARGET.id}"), every


def _sweep(char: str, at: int) -> Sweep:
    assert char in {*VALUES, "_"}, f"unknown mark {char}"
    samples = {TARGET.id: VALUES[char]} if char in VALUES else {}
    return Sweep(SHARD, at, {HEALTH: samples}, conclusive=char not in "?!")


def told(transition: Transition, every: int) -> str:
    kind = f"closed:{transition.reason}" if transition.kind is Kind.CLOSED else str(transition.kind)
    text = f"{kind} {_mark(transition.at, every)}"
    return text if transition.announce else f"({text})"


def _mark(at: int, every: int) -> int:
    mark, rest = divmod(at - EPOCH, every)
    assert rest == 0
    return mark


@pytest.mark.parametrize("case", list(read_cases()), ids=lambda case: case.text)
def test_series(case: Case) -> None:
    transitions, alarm, every = run(case)
    assert [told(transition, every) for transition in transitions] == case.expected
    if case.stands is not None:
        stands = "nothing" if alarm is None else f"{alarm.phase} {_mark(alarm.since, every)}"
        assert stands == case.stands


def test_every_mark_of_the_file_is_used() -> None:
    used = {char for case in read_cases() for char in case.series}
    assert used >= set("x._?!-<TtRDdSsAaUuM")
