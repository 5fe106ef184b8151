"""Reasons as the state machine writes them, in the languages of commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from icwatch.evaluation.state_machine import Observation, advance, begin
from icwatch.model import Alarm, Cause, Failure, Kind, Language, Level, Rule
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.terminal.errors import FOLDER
from icwatch_cli.terminal.pairs import pairs_of
from icwatch_cli.terminal.reasons import reason_in

GOOD = Observation(1, None)
BAD = Observation(0, Level.CRITICAL, Failure(Cause.CONNECT_TIMEOUT))
SLOW, SLOWER = Observation(Decimal("0.5"), Level.CAUTION), Observation(Decimal("1.25"), Level.ALERT)
LEVELS = {
    "expression": "ic_server_probe_seconds",
    "comparator": ">",
    "levels": [{"level": "Alert", "threshold": 1}, {"level": "Caution", "threshold": 0.3}],
    "duration": "0s",
    "clear_cycle": "1m",
}
CONNECT = {"name": "ic_server_connect_failed", "duration": "0s", "resend_interval": "2m", "clear_cycle": "1m"}


def rule_of(document: dict[str, Any]) -> Rule:
    fleet = parse_fleet({"targets": ["10.0.0.1"], "rules": [document]})
    return fleet.rules[document["name"]]


def reasons(rule: Rule, seen: Sequence[Observation]) -> Iterator[tuple[Kind, str]]:
    """What is decided of one sweep a minute; each is announced at the level that it has, but for the first."""
    alarm: Alarm | None = None
    for number, each in enumerate(seen):
        step = begin(rule, "10.0.0.1", {}, each, 0) if alarm is None else advance(rule, alarm, each, 60 * number)
        alarm = step.alarm
        if step.kind is not None:
            yield step.kind, step.reason
            if number:
                alarm = replace(alarm, notified_levels=(alarm.level,))


def all_reasons() -> list[str]:
    connect = rule_of({**CONNECT, "unattended_after": ["3m"]})
    counted = rule_of({"name": CONNECT["name"], "breaches": "2 of 3"})
    levels = rule_of({"name": "slow", **LEVELS})
    seen = [
        *reasons(connect, [BAD, BAD, BAD, BAD, BAD, BAD, BAD, GOOD, GOOD]),
        *reasons(counted, [BAD, GOOD, BAD]),
        *reasons(levels, [SLOW, SLOW, SLOWER, SLOW, GOOD, GOOD]),
    ]
    assert {kind for kind, _ in seen} == {*Kind} - {Kind.CLOSED}
    return [reason for _, reason in seen]


@pytest.mark.parametrize("language", [Language.ZH_CN, Language.ZH_TW])
def test_no_reason_has_a_word_of_english_left(language: Language) -> None:
    found = all_reasons()
    for reason in [*found, *("rule_removed", "rule_disabled", "target_removed", "target_excluded")]:
        said = reason_in(reason, language)
        assert not re.search(r"[A-Za-z]{2,}", said), (reason, said)
        assert not re.search("[，（）：] ", said), "no blank behind full-width punctuation"
        numbers = re.findall(r"\d+", re.sub(r"\d+s\b", "", reason))
        assert all(number in said for number in numbers), (reason, said)
        assert reason_in(reason, Language.EN_US) == reason


def test_what_some_become() -> None:
    for english, chinese in (
        (
            "value 0 == 0 (connect_timeout), held 120s of 60s",
            "监控值 0 == 0（连接超时），已持续 2 分钟（须持续 1 分钟）",
        ),
        ("value 0.5 > 0.3, level Caution, level Alert before", "监控值 0.5 > 0.3，级别为注意，原级别为警告"),
        ("what an older version said, held 1s of 1s", "what an older version said, held 1s of 1s"),
        (
            "value 2 > 1 (new_cause), 2 of the last 3 values",
            "监控值 2 > 1（new_cause），最近 3 次取值中有 2 次满足条件",
        ),
    ):
        assert reason_in(english, Language.ZH_CN) == chinese


def test_both_have_the_same_clauses_and_names() -> None:
    plain, old = (pairs_of(FOLDER / f"reasons.{language}.txt") for language in (Language.ZH_CN, Language.ZH_TW))
    assert plain.keys() == old.keys()
    for english, chinese in (*plain.items(), *old.items()):
        assert {*re.findall(r"\{\w+\}", english)} == {*re.findall(r"\{\w+\}", chinese)}, english
