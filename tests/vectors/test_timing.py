"""Every line of `timing.txt` is a case; the file says how to read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    ENDS,
    HEALTH,
    Acknowledgement,
    Alarm,
    Bound,
    Breaches,
    Inhibition,
    Inventory,
    Kind,
    Level,
    Number,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Target,
    Transition,
)
from icwatch_cli.fleet import builtin, parse_rule

CASES = Path(__file__).with_name("timing.txt")
TARGET = Target("192.168.0.1", labels={"vpc": "vpc-1"})
RULE = parse_rule(builtin.RULE)
SHARD = "shard-0001"
EPOCH = 1_795_316_400

INVENTORY = Inventory(targets={TARGET.id: TARGET}, shards={TARGET.id: SHARD}, rules={RULE.name: RULE})
VALUES: Mapping[str, Number] = {"x": 0, "c": Decimal("0.5"), ".": 1, "?": 0, "!": 1}
LEVELS = {"x": Level.CRITICAL, "c": Level.CAUTION}
BOUNDS = (Bound(LEVELS["x"], Decimal("0.2")), Bound(LEVELS["c"], Decimal("0.8")))

PATH = "path_health"
INHIBITOR = parse_rule(
    {"name": "path_failed", "expression": f"max({PATH}) by (vpc) == 0", "duration": "0s", "clear_cycle": "0s"}
)
PATHS = {"I": 0, "i": 1, "N": None}
"""What is seen of the inhibitor's metric after each of its marks."""

_LINE = re.compile(r"(?P<options>(?:\w+=[\d,]+ +)*)(?P<series>\S+) +->(?P<expected>[^|]*)(?:\|(?P<stands>.*))?")


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the file."""

    text: str
    options: Mapping[str, int]
    series: str
    expected: list[str]
    current: str | None
    lists: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


PAUSES, STAGES = LISTS = ("resend_pauses", "unattended_after")
"""The options that are lists."""

ACKNOWLEDGED_FOR, COLLECTED = "acknowledged_for", "collected"

BREACHES, OF = "breaches", "of"
"""Two options of which `breaches` of the rule is made."""


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
            options={name: int(value) for name, value in options.items() if name not in LISTS},
            lists={name: tuple(map(int, value.split(","))) for name, value in options.items() if name in LISTS},
            series=match["series"],
            expected=[part.strip() for part in match["expected"].split(",") if part.strip()],
            current=None if match["stands"] is None else match["stands"].strip(),
        )


SILENCE = Silence("s", {"vpc": "vpc-1"}, EPOCH - 1, EPOCH + 10**9)

Change = Callable[[Inventory, ShardAlarms], Inventory]
"""What people do between two marks."""

CHANGES: Mapping[str, Change] = {
    "T": lambda have, _: replace(have, targets={}, shards={}),
    "t": lambda have, _: replace(have, targets=INVENTORY.targets, shards=INVENTORY.shards),
    "R": lambda have, _: replace(have, rules={}),
    "r": lambda have, _: replace(have, rules=INVENTORY.rules),
    "D": lambda have, _: replace(have, rules={n: replace(rule, enabled=False) for n, rule in have.rules.items()}),
    "d": lambda have, _: replace(have, rules={n: replace(rule, enabled=True) for n, rule in have.rules.items()}),
    "S": lambda have, _: replace(have, silences=(SILENCE,)),
    "s": lambda have, _: replace(have, silences=()),
    "A": lambda have, current: _acknowledged(have, current, None),
    "a": lambda have, _: replace(have, acknowledged={}),
    "U": lambda have, _: replace(have, targets={}, unreadable={("target", TARGET.id): "host is missing"}),
    "u": lambda have, _: replace(have, targets=INVENTORY.targets, unreadable={}),
    "E": lambda have, _: _with_rule(have, exclude=({"target": TARGET.id},)),
    "e": lambda have, _: _with_rule(have, exclude=()),
    "Q": lambda have, _: replace(
        have, rules={**have.rules, INHIBITOR.name: replace(have.rules[INHIBITOR.name], enabled=False)}
    ),
    "M": lambda have, _: replace(have, shards={TARGET.id: "shard-0002"}),
    "m": lambda have, _: replace(have, shards=INVENTORY.shards),
}


def _acknowledged(have: Inventory, current: ShardAlarms, ends_at: int | None) -> Inventory:
    known = {alarm.id: Acknowledgement(alarm.id, ends_at=ends_at) for alarm in current.alarms.values()}
    return replace(have, acknowledged=known)


def _with_rule(have: Inventory, **fields: Any) -> Inventory:
    return replace(have, rules={**have.rules, RULE.name: replace(have.rules[RULE.name], **fields)})


def rules_of(case: Case) -> dict[str, Rule]:
    """The rule with the options of the case; where something inhibits it, that comes after it."""
    options: dict[str, Any] = {
        name: value for name, value in case.options.items() if name not in ("every", COLLECTED, ACKNOWLEDGED_FOR)
    }
    if "cycle" in options:
        options.setdefault("resend_interval", options["cycle"])
    options |= case.lists
    if BREACHES in options:
        options[BREACHES] = Breaches(options[BREACHES], options.pop(OF))
    if PAUSES in options:
        options["resend_interval"] = options[PAUSES][0]
    if options.pop("levels", 0):
        options |= {"comparator": "<", "bounds": BOUNDS}
    theirs = {name: options.pop(f"inhibitor_{name}", 0) for name in ("duration", "clear_cycle")}
    if not set(PATHS).intersection(case.series):
        return {RULE.name: replace(RULE, **options).collected(case.options.get(COLLECTED, 1))}
    inhibited_by = (Inhibition(INHIBITOR.name, ("vpc",)),)
    return {
        RULE.name: replace(RULE, **options, inhibited_by=inhibited_by),
        INHIBITOR.name: replace(INHIBITOR, **theirs),
    }


def run(case: Case) -> tuple[list[Transition], Alarm | None, int]:
    """The transitions of a series, the alarm that stands at its end, and the time from mark to mark."""
    every = case.options.get("every", 60)
    inventory = replace(INVENTORY, rules=rules_of(case))
    current, transitions, mark, path = ShardAlarms(SHARD), list[Transition](), 0, PATHS["N"]
    for char in case.series:
        if char == "<":
            mark -= 1
        elif char in PATHS:
            path = PATHS[char]
        elif char == "A" and ACKNOWLEDGED_FOR in case.options:
            ends_at = EPOCH + mark * every + case.options[ACKNOWLEDGED_FOR]
            inventory = _acknowledged(inventory, current, ends_at)
        elif char in CHANGES:
            inventory = CHANGES[char](inventory, current)
        else:
            if char != "-":
                current, decided = evaluate(inventory, current, _sweep(char, path, EPOCH + mark * every))
                transitions += [transition for transition in decided if transition.rule == RULE.name]
            mark += 1
    return transitions, current.alarms.get(f"{RULE.name}:{TARGET.id}"), every


def _sweep(char: str, path: int | None, at: int) -> Sweep:
    assert char in {*VALUES, "_"}, f"unknown mark {char}"
    health = {TARGET.id: VALUES[char]} if char in VALUES else {}
    return Sweep(
        SHARD, at, {HEALTH: health, PATH: {} if path is None else {TARGET.id: path}}, conclusive=char not in "?!"
    )


def told(transition: Transition, every: int, levels: bool) -> str:
    kind = str(transition.kind)
    if transition.kind is Kind.CLOSED:
        kind += f":{transition.reason}"
    if transition.kind is Kind.UNATTENDED:
        kind += f":{transition.stage}"
    text = f"{kind}{_shown(transition.level, levels)} {_mark(transition.at, every)}"
    return text if transition.announce else f"({text})"


def _shown(level: Level, levels: bool) -> str:
    return "".join(f":{mark}" for mark, each in LEVELS.items() if levels and each is level)


def _mark(at: int, every: int) -> int:
    mark, rest = divmod(at - EPOCH, every)
    assert rest == 0
    return mark


@pytest.mark.parametrize("case", list(read_cases()), ids=lambda case: case.text)
def test_series(case: Case) -> None:
    transitions, alarm, every = run(case)
    levels = "levels" in case.options
    assert [told(transition, every, levels) for transition in transitions] == case.expected
    if case.current is not None:
        current = "nothing"
        if alarm is not None:
            current = f"{alarm.phase}{_shown(alarm.level, levels)} {_mark(alarm.since, every)}"
        assert current == case.current


@pytest.mark.parametrize("case", [case for case in read_cases() if "I" in case.series], ids=lambda case: case.text)
def test_what_is_inhibited_names_what_inhibits_it(case: Case) -> None:
    for transition in run(case)[0]:
        if transition.kind not in ENDS and not transition.silenced:
            assert transition.inhibited_by == ("" if transition.announce else f"{INHIBITOR.name}:vpc=vpc-1")


def test_every_mark_of_the_file_is_used() -> None:
    used = {char for case in read_cases() for char in case.series}
    assert used >= set("xc._?!-<TtRDdSsAaUuMEeIiNQ")
