"""Sweeps as they are stored: small, readable in every form that was ever written, and never torn in silence."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import EventError, ItemError
from icwatch.model import HEALTH, TLS_DAYS_LEFT, Cause, Failure, Sweep
from icwatch.model.columns import Column
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch.storage.stream import Record
from icwatch.storage.sweep_packing import pack_sweep
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.cost.item_sizes import item_bytes, write_units

AT = 1_795_316_400
FORMS = sorted((Path(__file__).parent / "sweep_forms").glob("*.json"))
"""An item of each form that was ever written, oldest first, as a stream's event has it."""

names = st.text(min_size=1, max_size=6)
wholes = st.integers(-(10**18), 10**18)
numbers = st.sampled_from([0, 1, 1, 1]) | wholes | st.decimals(-(10**12), 10**12, places=6)
texts = st.text(max_size=8)
failures = st.builds(Failure, st.sampled_from(Cause), texts, st.none() | st.integers(100, 599))
sweeps = st.builds(
    Sweep,
    shard=names,
    at=wholes,
    metrics=st.dictionaries(names, st.dictionaries(names, numbers, max_size=12), max_size=3),
    failures=st.dictionaries(names, failures, max_size=3),
    probe_ms=st.dictionaries(names, st.integers(0, 70_000) | wholes, max_size=4),
    conclusive=st.booleans(),
    cut_off=st.booleans(),
    probe_failures=st.dictionaries(names, st.dictionaries(names, failures, max_size=2), max_size=2),
    source=texts,
    unseen=st.dictionaries(names, texts, max_size=2),
    attempts=st.dictionaries(names, st.dictionaries(names, st.integers(2, 5), max_size=2), max_size=2),
    every=st.integers(0, 3600),
)


def delivered(image: Mapping[str, Any]) -> dict[str, Any]:
    """An image as it comes in an event, which is JSON: bytes are written in base64."""
    event: dict[str, Any] = json.loads(json.dumps(image, default=lambda data: base64.b64encode(data).decode()))
    return event


def healthy(targets: list[str], **probe_ms: int) -> Sweep:
    times = {name: 3 + number % 240 for number, name in enumerate(targets)} | probe_ms
    return Sweep("shard-0001", AT, {HEALTH: dict.fromkeys(targets, 1)}, probe_ms=times, source="icwatch", every=60)


@given(sweeps)
def test_a_sweep_comes_back_from_table_and_stream_as_it_was(sweep: Sweep) -> None:
    image = pack_sweep(sweep, AT)
    for found in (read_sweep(image), Record("1", delivered(image)).sweep()):
        assert found == sweep
        assert {name: dict(found.samples(name)) for name in found.metrics} == sweep.metrics


@given(sweeps)
def test_a_sweep_of_the_form_before_says_the_same(sweep: Sweep) -> None:
    assert read_sweep(pack(write_item(sweep, expires_at=AT))) == read_sweep(pack_sweep(sweep, AT))


@given(sweeps, names)
def test_a_column_is_a_mapping_like_any_other(sweep: Sweep, name: str) -> None:
    found = read_sweep(pack_sweep(sweep, AT))
    for metric, values in sweep.metrics.items():
        column = found.metrics[metric]
        for each in {name, *values, *sweep.failures}:
            assert (each in column, column.get(each), column.get(each, 7)) == (
                each in values,
                values.get(each),
                values.get(each, 7),
            )
        assert (len(column), {*column}, dict(column.items())) == (len(values), {*values}, values)
        if isinstance(column, Column):
            assert column.unusual == {each for each in column.names if values.get(each) != 1}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_item_of_every_form_is_read(path: Path) -> None:
    """Items lie in the table for 14 days, and their records in the stream for one."""
    latest, image = (json.loads(each.read_text(encoding="utf-8")) for each in (FORMS[-1], path))
    whole, found = read_sweep(latest), read_sweep(image)
    known = {field.name for field in fields(Sweep)}
    if "form" not in image and "squeezed" not in image:
        known &= image.keys()
    missing = {field.name for field in fields(Sweep)} - known
    defaults = {name: getattr(Sweep("", 0, {}), name) for name in missing}
    assert found == replace(whole, **defaults)
    assert whole.failures["10.1.0.7"] == Failure(Cause.HTTP_STATUS, "HTTP 503 Service Unavailable", 503)
    assert whole.probe_ms == {"10.1.0.7": 12, "10.1.0.8": 3, "[2001:db8::1]:80": 260}
    assert whole.metrics[TLS_DAYS_LEFT] == {"10.1.0.8": Decimal("89.52")}


def test_what_is_written_is_of_the_last_of_these_forms() -> None:
    """Who changes what is written adds an item of the new form to the folder."""
    image = json.loads(FORMS[-1].read_text(encoding="utf-8"))
    assert len(FORMS) == 8
    assert delivered(pack_sweep(read_sweep(image), int(image["expires_at"]["N"]))) == image


_dice = random.Random(1)
FLEETS: Mapping[str, Callable[[int], str]] = {
    "one after the other": lambda number: f"10.1.0.{number + 1}",
    "anywhere in a VPC of /16": lambda number: f"10.1.{_dice.randrange(256)}.{_dice.randrange(256)}",
    "anywhere in 10.0.0.0/8": lambda number: ".".join(["10", *(str(_dice.randrange(256)) for _ in range(3))]),
    "names": lambda number: f"ic-{number:04}.prod.cn-shanghai.example.com",
    "EC2's names": lambda number: f"ip-10-1-{_dice.randrange(256)}-{_dice.randrange(256)}.eu-west-1.compute.internal",
    "IPv6": lambda number: f"[2001:db8:1:2::{number:x}]:9000",
}


@pytest.mark.parametrize("name_of", FLEETS.values(), ids=FLEETS)
def test_two_hundred_healthy_targets_take_two_write_units_at_the_most(name_of: Callable[[int], str]) -> None:
    targets = [name_of(number) for number in range(200)]
    slow = healthy(targets, **dict.fromkeys(targets[:3], 2900))
    for sweep in (healthy(targets), slow):
        image = pack_sweep(sweep, AT)
        assert write_units(item_bytes(image)) <= 2
        assert read_sweep(image) == sweep
    assert write_units(item_bytes(pack(write_item(slow)))) > 5, "it was more before"


def test_what_fails_alike_is_written_once() -> None:
    targets = [f"10.1.0.{number}" for number in range(200)]
    failures = dict.fromkeys(targets, Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s"))
    down = replace(healthy(targets), metrics={HEALTH: dict.fromkeys(targets, 0)}, failures=failures)
    image = pack_sweep(down, AT)
    assert write_units(item_bytes(image)) <= 2
    assert json.loads(image["found"]["S"])["failures"] == [
        ["connect_timeout", "no connection within 3s", None, "0-199"]
    ]
    mine = read_sweep(image).failures
    assert len({id(each) for each in mine.values()}) == 1, "nor is it one object a target"


def test_names_are_the_same_bytes_whatever_was_found_and_are_remembered() -> None:
    targets = [f"10.1.0.{number}" for number in range(200)]
    first = healthy(targets)
    without = {name: value for name, value in first.metrics[HEALTH].items() if name != targets[5]}
    later = replace(first, at=AT + 60, metrics={HEALTH: without}, probe_ms={}, unseen={targets[5]: "no socket"})
    images = [delivered(pack_sweep(each, AT)) for each in (first, later)]
    assert images[0]["targets"] == images[1]["targets"]
    columns = [read_sweep(image).metrics[HEALTH] for image in images]
    assert isinstance(columns[0], Column)
    assert isinstance(columns[1], Column)
    assert columns[0].names is columns[1].names
    assert read_sweep(delivered(images[1])).metrics[HEALTH] is columns[1]
    assert targets[5] not in columns[1]


def test_long_findings_are_packed() -> None:
    targets = [f"10.1.0.{number}" for number in range(200)]
    failures = {name: Failure(Cause.RESET, f"reset by {name}") for name in targets}
    sweep = replace(healthy(targets), failures=failures)
    image = pack_sweep(sweep, AT)
    assert image["found"].keys() == {"B"}
    assert item_bytes(image) < 4096
    assert read_sweep(delivered(image)) == sweep


def test_what_no_table_takes_is_refused() -> None:
    noise = random.Random(2)
    failures = {
        str(number): Failure(Cause.RESET, "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(160)))
        for number in range(2000)
    }
    with pytest.raises(ItemError, match=r"^Sweep item \(shard=s, at=60\): \d+ bytes, and DynamoDB takes 400 KB$"):
        pack_sweep(Sweep("s", 60, {}, failures), AT)


GOOD = delivered(pack_sweep(healthy(["10.1.0.7", "10.1.0.8"]), AT))
TORN: Mapping[str, tuple[dict[str, Any], str]] = {
    "a later form": ({"form": {"N": "3"}}, "it is of form 3, which this version does not know"),
    "no names": ({"targets": {"B": ""}}, "incomplete or truncated stream"),
    "names that are no base64": ({"targets": {"B": "@@"}}, "base64"),
    "names that are none": (delivered({"targets": {"B": b"x\x9c\x8b6\xd4Q0\x8a\x05\x00\x07\xc5\x01\xe9"}}), ""),
    "found is no JSON": ({"found": {"S": "{"}}, "Expecting property name"),
    "a place that is none": ({"found": {"S": '{"metrics":{"ic_server_health":{"0":"2"}}}'}}, "out of range"),
    "a place before the first": ({"found": {"S": '{"metrics":{"ic_server_health":{"0":"-1"}}}'}}, "invalid literal"),
    "a value that is none": ({"found": {"S": '{"metrics":{"ic_server_health":{"NaN":"0"}}}'}}, "NaN is not a number"),
    "a cause that is not known": (
        {"found": {"S": '{"metrics":{},"failures":[["moon","",null,"0"]]}'}},
        "'moon' is not a valid Cause",
    ),
    "a status that is none": ({"found": {"S": '{"metrics":{},"failures":[["dns","",true,"0"]]}'}}, "bool in the place"),
    "too few numbers": (
        {"times": {"B": base64.b64encode(bytes([2, *bytes(9), 1])).decode()}},
        "are not the numbers of 2 targets",
    ),
    "no header of numbers": ({"times": {"B": "AAA="}}, "requires a buffer"),
    "no moment": ({"at": {"N": "now"}}, "invalid literal"),
    "a shard that is a number": ({"shard": {"N": "5"}}, "S is missing"),
    "a truth that is none": ({"conclusive": {"BOOL": "yes"}}, "str in the place of a truth value"),
    "found is not there": ({"found": None}, ""),
    "the form is a text": ({"form": "2"}, ""),
}


@pytest.mark.parametrize("name", TORN)
def test_what_is_torn_is_named_by_its_key(name: str) -> None:
    spoilt, message = TORN[name]
    with pytest.raises(ItemError) as raised:
        read_sweep({**GOOD, **spoilt})
    text = str(raised.value)
    assert text.startswith("Sweep item (shard=")
    assert message in text


@given(st.sampled_from(sorted(GOOD)), st.none() | st.sampled_from([{"S": ""}, {"B": "AAAA"}, {"N": "x"}, {"M": 5}, {}]))
def test_an_item_of_any_content_is_read_or_refused(name: str, value: dict[str, Any] | None) -> None:
    spoilt = {**GOOD, name: value} if value is not None else {key: GOOD[key] for key in GOOD if key != name}
    with suppress(ItemError, EventError):
        assert Record("1", spoilt).sweep().metrics[HEALTH]
