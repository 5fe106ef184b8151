"""Every document survives: as plain values, as DynamoDB's types and back; what is wrong is named by its place."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import ItemError
from icwatch.model import (
    Acknowledgement,
    Alarm,
    Bound,
    Cause,
    Daily,
    Decision,
    Failure,
    Inhibition,
    Instruction,
    Kind,
    Language,
    Level,
    Matcher,
    Override,
    Phase,
    ProbeSpec,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Target,
    Transition,
)
from icwatch.storage.codec import decode, encode
from icwatch.storage.items import read_item, write_item
from icwatch.storage.packing import pack, unpack
from icwatch_cli.fleet import builtin, parse_rule

texts = st.text(max_size=8)
names = st.text(min_size=1, max_size=8)
wholes = st.integers(-(10**18), 10**18)
numbers = wholes | st.decimals(-(10**12), 10**12, places=6)
labels = st.dictionaries(names, texts, max_size=3)
failures = st.builds(Failure, st.sampled_from(Cause), texts, st.none() | st.integers(100, 599))
bounds = st.builds(Bound, st.sampled_from(Level), numbers)
instructions = st.builds(
    Instruction,
    do=names,
    metric=texts,
    matchers=st.lists(st.builds(Matcher, names, texts, texts), max_size=2).map(tuple),
    labels=st.lists(names, max_size=2).map(tuple),
    number=numbers,
)
overrides = st.builds(
    Override,
    match=labels,
    bounds=st.none() | st.lists(bounds, max_size=2).map(tuple),
    duration=st.none() | wholes,
    clear_cycle=st.none() | wholes,
    resend_interval=st.none() | wholes,
)
rules = st.builds(
    Rule,
    name=texts,
    expression=texts,
    program=st.lists(instructions, max_size=3).map(tuple),
    comparator=texts,
    bounds=st.lists(bounds, max_size=2).map(tuple),
    duration=wholes,
    cycle=wholes,
    clear_cycle=wholes,
    resend_interval=wholes,
    scope=texts,
    display_name=labels,
    summary=labels,
    description=labels,
    group_by=st.lists(names, max_size=2).map(tuple),
    runbook=st.dictionaries(names, st.lists(texts, max_size=2).map(tuple), max_size=2),
    exclude=st.lists(labels, max_size=2).map(tuple),
    overrides=st.lists(overrides, max_size=2).map(tuple),
    inhibited_by=st.lists(st.builds(Inhibition, names, st.lists(names).map(tuple)), max_size=2).map(tuple),
    enabled=st.booleans(),
)
alarms = st.builds(
    Alarm,
    rule=names,
    target=names,
    phase=st.sampled_from(Phase),
    since=wholes,
    seen=wholes,
    level=st.sampled_from(Level),
    value=numbers,
    failure=st.none() | failures,
    began_at=wholes,
    raised_at=wholes,
    reported_at=wholes,
    reports=wholes,
    notified_levels=st.lists(st.sampled_from(Level), max_size=2).map(tuple),
    labels=labels,
)
transitions = st.builds(
    Transition,
    rule=names,
    target=names,
    kind=st.sampled_from(Kind),
    at=wholes,
    raised_at=wholes,
    began_at=wholes,
    since=wholes,
    level=st.sampled_from(Level),
    value=st.none() | numbers,
    reason=texts,
    reports=wholes,
    announce=st.booleans(),
    silenced=st.booleans(),
    silenced_by=texts,
    inhibited_by=texts,
    former_level=st.none() | st.sampled_from(Level),
    notified_levels=st.lists(st.sampled_from(Level), max_size=2).map(tuple),
    failure=st.none() | failures,
    labels=labels,
)
documents = st.one_of(
    st.builds(
        Sweep,
        shard=names,
        at=wholes,
        metrics=st.dictionaries(names, st.dictionaries(names, numbers, max_size=3), max_size=2),
        failures=st.dictionaries(names, failures, max_size=3),
        probe_ms=st.dictionaries(names, wholes, max_size=3),
        conclusive=st.booleans(),
        probe_failures=st.dictionaries(names, st.dictionaries(names, failures, max_size=2), max_size=2),
    ),
    st.builds(ShardAlarms, names, st.none() | wholes, st.dictionaries(names, alarms, max_size=3)),
    st.builds(
        Decision,
        shard=names,
        at=wholes,
        transitions=st.lists(transitions, max_size=3).map(tuple),
        rules=st.dictionaries(names, rules, max_size=2),
        language=st.none() | st.sampled_from(Language),
    ),
    st.builds(Target, names, st.integers(1, 65535), st.sampled_from(["http", "https"]), labels),
    st.builds(
        ProbeSpec,
        names,
        st.decimals("0.001", 30, places=3),
        st.lists(st.integers(200, 599), max_size=4).map(tuple),
    ),
    st.builds(
        Silence, names, labels, wholes, wholes, st.none() | st.builds(Daily, wholes, wholes), texts, texts, wholes
    ),
    st.builds(Acknowledgement, names, texts, texts, wholes),
    rules,
)


@given(documents)
def test_a_document_survives_the_table(document: object) -> None:
    assert read_item(type(document), unpack(pack(write_item(document)))) == document


@given(documents)
def test_a_document_from_another_version_is_read(document: object) -> None:
    """One that knows more than we do is read, and so is one that lacks what has a default."""
    plain = write_item(document, expires_at=1, a_later_field={"x": [1]})
    assert read_item(type(document), plain) == document


def test_what_is_missing_takes_its_default() -> None:
    plain = {"rule": "r", "target": "t", "phase": "active", "since": 1, "seen": 2, "level": "Down", "value": 0}
    read = read_item(Alarm, plain)
    assert read == Alarm("r", "t", Phase.ACTIVE, 1, 2, Level.DOWN, 0)


def test_the_plain_form_holds_only_what_a_table_can_hold() -> None:
    plain = encode(Failure(Cause.DNS, "x"))
    assert plain == {"cause": "dns", "detail": "x", "status": None}
    assert type(plain["cause"]) is str


def test_whole_numbers_come_back_whole() -> None:
    """DynamoDB gives every number as a Decimal; a moment must be an int again."""
    silence = read_item(Silence, {"id": "s", "labels": {}, "starts_at": Decimal(60), "ends_at": Decimal("120.0")})
    assert (type(silence.starts_at), type(silence.ends_at), silence.ends_at) == (int, int, 120)


GOOD: dict[str, Any] = write_item(
    Alarm("r", "t", Phase.ACTIVE, 1, 2, Level.DOWN, 0, Failure(Cause.DNS), labels={"vpc": "vpc-1"}),
)


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ({"rule": 5}, "rule: 5 is not a text"),
        ({"since": "now"}, "since: 'now' is not a number"),
        ({"since": Decimal("1.5")}, "since: 1.5 is not a whole number"),
        ({"since": True}, "since: True is not a number"),
        ({"since": Decimal("NaN")}, "since: NaN is not a number"),
        ({"since": 1.0}, "since: 1.0 is not a number"),
        ({"since": None}, "since: None is not a number"),
        ({"notified_levels": 1}, "notified_levels: 1 is not a list"),
        ({"phase": "on"}, "phase: 'on' is not one of pending, active, clearing"),
        ({"phase": None}, "phase: None is not one of pending, active, clearing"),
        ({"labels": []}, "labels: [] is not a mapping"),
        ({"labels": {"vpc": 1}}, "labels: 1 is not a text"),
        ({"failure": "dns"}, "failure: 'dns' is not a mapping"),
        ({"failure": {}}, "failure.cause is missing"),
        ({"failure": {"cause": "dns", "status": "x"}}, "failure.status: 'x' is not a number"),
        ({"rule": b"x" * 100}, f"rule: {repr(b'x' * 100)[:60]} is not a text"),
    ],
)
def test_what_is_wrong_is_named(spoilt: dict[str, object], message: str) -> None:
    with pytest.raises(ItemError) as raised:
        read_item(Alarm, {**GOOD, **spoilt})
    assert str(raised.value) == f"Alarm item (no key): {message}"


@pytest.mark.parametrize("name", [field.name for field in fields(Alarm)][:7])
def test_a_required_field_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ItemError, match=f"{name} is missing"):
        read_item(Alarm, {key: value for key, value in GOOD.items() if key != name})


def test_an_item_is_named_by_its_key() -> None:
    with pytest.raises(ItemError, match=r"^Sweep item \(shard=shard-0001, at=60\): metrics is missing$"):
        read_item(Sweep, {"shard": "shard-0001", "at": 60})
    with pytest.raises(ItemError, match=r"^Target item \(kind=target, id=192.168.0.1\): host is missing$"):
        read_item(Target, {"kind": "target", "id": "192.168.0.1"})


@dataclass(frozen=True)
class Nested:
    """A list of documents."""

    rules: tuple[Rule, ...] = ()


def test_places_in_lists() -> None:
    rule = encode(parse_rule(builtin.RULE))
    assert decode(Nested, {"rules": [rule]}) == Nested((parse_rule(builtin.RULE),))
    with pytest.raises(ValueError, match=r"^rules\[1\].bounds\[0\].level: 'Worst' is not one of Down, "):
        decode(Nested, {"rules": [rule, {**rule, "bounds": [{"level": "Worst", "threshold": 0}]}]})
    with pytest.raises(ValueError, match=r"^rules: 'x' is not a list$"):
        decode(Nested, {"rules": "x"})
    with pytest.raises(ValueError, match=r"^the document: \[\] is not a mapping$"):
        decode(Nested, [])
