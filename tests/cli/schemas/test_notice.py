"""The JSON Schema of notices takes whatever is published, and nothing in which a field is gone or of another type."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.model import Cause, Decision, Failure, Fleet, HttpsForm, Kind, Language, Level, Transition
from icwatch.model.rules import unknown_rule
from icwatch.notices import Style, write_notice
from icwatch.notices.fields import BRIEF, KNOWN_BY, NOTICE
from icwatch_cli.arguments.preview import NONE
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.main import main
from icwatch_cli.schemas.notice import notice_schema
from icwatch_cli.simulation.rehearsal import Wish, rehearse
from tests.cli.schemas.test_fleet import validator_of

ROOT = Path(__file__).parents[3]
NOTICE_SCHEMA: Any = notice_schema()
VALIDATOR = validator_of(NOTICE_SCHEMA)

AT = 1_795_316_400
HOSTILE = '${who}\n\x00\x1b[31m\u202e<@here>`rm`\\"\u2028' + "x" * 10_000
SLOW = {
    "name": "slow",
    "expression": "ic_server_probe_seconds",
    "comparator": ">",
    "levels": [{"level": "Critical", "threshold": 2}, {"level": "Alert", "threshold": 0.5}],
    "unattended_after": ["20m"],
}


def fleet(count: int, labels: dict[str, str], **more: object) -> Fleet:
    targets = [{"address": f"10.0.0.{number}", "labels": labels} for number in range(1, count + 1)]
    return parse_fleet({"targets": targets, "rules": [SLOW], **more})


SMALL = fleet(12, {"vpc": "vpc-1", "region": "cn-shanghai"}, route_by=["vpc"])
LARGE = fleet(200, {"vpc": "vpc-1", **{f"label_{number}": "值" * 256 for number in range(19)}})
LONG = parse_fleet(
    {
        "targets": [
            {"address": f"10.0.0.{number}", "labels": {"room": f"{number}" + "值" * 250}} for number in range(1, 201)
        ],
        "rules": [{"name": "room_failed", "expression": "max(ic_server_health) by (room) == 0"}],
    }
)


def body(announcement: Announcement, language: Language = Language.EN_US, https: HttpsForm = HttpsForm.JSON) -> Any:
    return json.loads(write_notice(announcement, Style(language, https=https)).body)


def one(watched: Fleet, **wish: Any) -> Any:
    return body(rehearse(watched, Wish(**wish), AT)[0])


def refused(document: object) -> bool:
    return not VALIDATOR.is_valid(document)


def test_the_shipped_schema_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--notice"]) == 0
    printed = capsys.readouterr().out
    assert (ROOT / "docs/notice.schema.json").read_text(encoding="utf-8") == printed
    assert json.loads(printed) == NOTICE_SCHEMA
    Draft202012Validator.check_schema(NOTICE_SCHEMA)
    assert NOTICE_SCHEMA["title"] == "icwatch notice, version 1"
    assert NOTICE_SCHEMA["properties"]["schema"]["const"] == NOTICE == "icwatch.notice/1"
    assert "$id" not in NOTICE_SCHEMA


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_fits(kind: Kind, count: int, language: Language) -> None:
    needy = kind in {Kind.ESCALATED, Kind.EASED, Kind.UNATTENDED}
    for rule in ("slow",) if needy else ("slow", "ic_server_connect_failed"):
        (announced,) = rehearse(SMALL, Wish(rule=rule, kind=kind, count=count), AT)
        document = body(announced, language)
        VALIDATOR.validate(document)
        assert (document["kind"], document["count"], document["shortened"]) == (kind, count, 0)


@pytest.mark.parametrize("cause", [*Cause, NONE])
def test_every_cause_fits(cause: str) -> None:
    document = one(SMALL, kind=Kind.REPEATED, cause=cause)
    VALIDATOR.validate(document)
    assert document["cause"] == (None if cause == NONE else cause)


@pytest.mark.parametrize("kind", [Kind.RAISED, Kind.CLEARED])
def test_a_storm_of_two_hundred_fits_shortened(kind: Kind) -> None:
    document = one(LARGE, rule="slow", kind=kind, count=200)
    VALIDATOR.validate(document)
    whole = [alarm for alarm in document["alarms"] if "event" in alarm]
    assert 0 < len(whole) == 200 - document["shortened"] < 200
    assert document["omitted"] == 0
    assert document["alarms"][-1].keys() == {*BRIEF}
    assert refused({**document, "shortened": 0})


def test_what_there_is_no_room_for_fits_too() -> None:
    """By each step in which a notice becomes shorter: the two ids at last, and then not even those."""
    document = one(LONG, rule="room_failed", count=200)
    VALIDATOR.validate(document)
    assert document["shortened"] == len(document["alarms"]) == 200 - document["omitted"]
    assert document["omitted"] > 0
    assert document["alarms"][0].keys() == {*KNOWN_BY}
    assert document["text"]
    VALIDATOR.validate({**document, "alarms": [], "shortened": 0, "omitted": 200})


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("https", HttpsForm)
def test_hostile_ones_fit(kind: Kind, count: int, https: HttpsForm) -> None:
    """Also of a rule that is gone, which nothing is known of any more."""
    transitions = tuple(
        Transition(
            rule="gone",
            target=f"{number}{HOSTILE}",
            kind=kind,
            at=AT,
            raised_at=AT - 60,
            began_at=AT - 60,
            since=AT - 60,
            level=Level.CRITICAL,
            value=None,
            reason=HOSTILE,
            notified_levels=() if kind is Kind.RAISED else (Level.INFO,),
            failure=Failure(Cause.HTTP_STATUS, HOSTILE, 999),
            labels={f"{HOSTILE}{label}": HOSTILE for label in range(30)},
        )
        for number in range(count)
    )
    for rules in ({}, {"gone": unknown_rule("gone")}, {"gone": SMALL.rules["slow"]}):
        decision = Decision(f"shard{HOSTILE}", AT, transitions, rules, source=HOSTILE)
        (announced,) = announcements_of(decision)
        document = body(announced, https=https)
        VALIDATOR.validate(document)
        assert document["alarms"][0]["value"] is None
        assert document["alarms"][0]["threshold"] in (None, 2)


def resolve(schema: Any) -> Any:
    return NOTICE_SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def spots(schema: Any, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all fields that the schema describes and the document has."""
    schema = resolve(schema)
    for name, shape in schema.get("properties", {}).items() if isinstance(value, dict) else ():
        if name in value:
            yield (*path, name)
            yield from spots(shape, value[name], (*path, name))
    if isinstance(value, list) and value:
        yield from spots(schema["items"], value[0], (*path, 0))


def described() -> set[tuple[str | int, ...]]:
    """The places of all fields that the schema describes."""

    def look(schema: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        schema = resolve(schema)
        for name, shape in schema.get("properties", {}).items():
            yield (*path, name)
            yield from look(shape, (*path, name))
        if "items" in schema:
            yield from look(schema["items"], (*path, 0))

    return {*look(NOTICE_SCHEMA, ())}


def changed(document: Any, spot: tuple[str | int, ...], *value: object) -> Any:
    """The document with another value in one place, or without that place."""
    made = copy.deepcopy(document)
    inner = made
    for name in spot[:-1]:
        inner = inner[name]
    del inner[spot[-1]]
    if value:
        (inner[spot[-1]],) = value
    return made


FULL = one(SMALL, rule="slow", kind=Kind.ESCALATED, cause="http_status", count=6)
FULL["shares"].reverse()  # one of a label first
SPOTS = sorted(spots(NOTICE_SCHEMA, FULL), key=str)
NULLS = {
    *[(name,) for name in ("cause", "first_step")],
    *[("shares", 0, name) for name in ("label", "value")],
    *[("alarms", 0, name) for name in ("value", "threshold", "cause", "detail", "http_status")],
    ("alarms", 0, "recent_notices", 0, "cause"),
    ("alarms", 0, "event", "resolvedAt"),
}
"""Where there may be no value."""

OTHERS: tuple[Any, ...] = ([[]], {"a": 1}, 1.5, "nonsense", True)
"""A value of every type."""

CLOSED = {"schema", "kind", "status", "level", "scope", "cause", "first_step", "language", "activeAt", "updatedAt"}
"""Fields whose texts are of a closed set or form."""


def test_there_is_a_document_with_every_field() -> None:
    assert {*SPOTS} == described()
    VALIDATOR.validate(FULL)
    everything = {name for part in (FULL, FULL["alarms"][0], FULL["alarms"][0]["event"]) for name in part}
    assert everything <= {spot[-1] for spot in SPOTS}, "no field without a description"


@pytest.mark.parametrize("spot", SPOTS, ids=str)
def test_a_field_that_is_gone_or_of_another_type_is_refused(spot: tuple[str | int, ...]) -> None:
    assert refused(changed(FULL, spot))
    for wrong in OTHERS:
        if type(wrong) is not type(at(spot)) and (isinstance(wrong, bool) or not is_number(spot) or wrong != 1.5):
            assert refused(changed(FULL, spot, wrong)), wrong
    assert refused(changed(FULL, spot, None)) is (spot not in NULLS)


def is_number(spot: tuple[str | int, ...]) -> bool:
    """Whether a fraction may stand there."""
    return spot[-1] in {"value", "threshold"} and spot[0] == "alarms"


@pytest.mark.parametrize("spot", SPOTS, ids=str)
def test_a_word_or_a_number_that_cannot_be_is_refused(spot: tuple[str | int, ...]) -> None:
    if isinstance(at(spot), str) and spot[-1] in CLOSED:
        assert refused(changed(FULL, spot, "nonsense"))
    if isinstance(at(spot), int) and not is_number(spot) and spot[-1] != "http_status":
        assert refused(changed(FULL, spot, -1))


def shape_of(spot: tuple[str | int, ...]) -> Any:
    schema = NOTICE_SCHEMA
    for name in spot:
        schema = resolve(schema)
        schema = schema["items"] if name == 0 else schema["properties"][name]
    return schema


@pytest.mark.parametrize("spot", [spot for spot in SPOTS if "description" in shape_of(spot)], ids=str)
def test_every_field_is_described_in_one_sentence(spot: tuple[str | int, ...]) -> None:
    description = shape_of(spot)["description"]
    assert description.endswith(".")
    assert description[0].isupper()
    assert ". " not in description
    if spot[-1] in {"at", "began_at", "raised_at", "since", "seconds"}:
        assert "seconds" in description


def test_every_field_is_described() -> None:
    assert [spot for spot in SPOTS if "description" not in shape_of(spot)] == []


def test_new_fields_may_come() -> None:
    for spot in [(), *(spot for spot in SPOTS if isinstance(at(spot), dict) and spot[-1] != "labels")]:
        made = copy.deepcopy(FULL)
        inner = made
        for name in spot:
            inner = inner[name]
        inner["new"] = {"of": ["any", "type"]}
        VALIDATOR.validate(made)


def at(spot: tuple[str | int, ...]) -> Any:
    value = FULL
    for name in spot:
        value = value[name]
    return value


@pytest.mark.parametrize("name", BRIEF)
def test_what_is_short_has_all_that_it_must_have(name: str) -> None:
    brief = {each: FULL["alarms"][0][each] for each in BRIEF}
    document = {**FULL, "alarms": [*FULL["alarms"][:-1], brief], "shortened": 1}
    VALIDATOR.validate(document)
    assert refused({**document, "shortened": 0})
    gone = {each: value for each, value in brief.items() if each != name}
    assert refused({**document, "alarms": [gone]}) is (name != "target")
    assert refused({**document, "alarms": [{**brief, name: [[]]}]})
    known = {each: brief[each] for each in KNOWN_BY}
    VALIDATOR.validate({**document, "alarms": [known]})
    assert name not in KNOWN_BY or refused({**document, "alarms": [{**known, name: None}]})
