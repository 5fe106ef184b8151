"""ministack with weeks of sweeps: its queries by a range answer the same, page by page, and parts are shared."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch_cli.local import backend_scale
from icwatch_cli.local.backend_scale import MAX_SHARED_DIGITS, share
from tests.conftest import Cloud

ITEMS = 24
SIZES = (30_000, 200_000, 350_000)
"""Bytes of the items, in turn: a page of 1 MB ends in the middle of the range, wherever that begins."""


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> Iterator[str]:
    """A table of two shards."""
    name = uuid.uuid4().hex
    cloud.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "shard", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "shard", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for at in range(ITEMS):
        for shard in ("one", "two"):
            text = {"B": bytes(SIZES[at % len(SIZES)] if shard == "one" else 1)}
            cloud.dynamodb.put_item(
                TableName=name, Item={"shard": {"S": shard}, "at": {"N": str(at * 7)}, "text": text}
            )
    yield name
    cloud.dynamodb.delete_table(TableName=name)


def found(cloud: Cloud, table: str, first: int, last: int, **options: Any) -> list[int]:
    """The sort keys of the first shard in a range, of all pages."""
    pages = cloud.dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#shard = :shard AND #at BETWEEN :first AND :last",
        ExpressionAttributeNames={"#shard": "shard", "#at": "at"},
        ExpressionAttributeValues={
            ":shard": {"S": "one"},
            ":first": {"N": str(first)},
            ":last": {"N": str(last)},
        },
        **options,
    )
    return [int(item["at"]["N"]) for page in pages for item in page["Items"]]


@pytest.mark.parametrize(("first", "last"), [(0, 1000), (8, 13), (14, 14), (13, 140), (-5, 30)])
def test_a_range_is_answered_whole_and_in_order(cloud: Cloud, table: str, first: int, last: int) -> None:
    expected = [at for at in range(0, ITEMS * 7, 7) if first <= at <= last]
    assert found(cloud, table, first, last) == expected
    assert found(cloud, table, first, last, ScanIndexForward=False) == expected[::-1]
    assert found(cloud, table, first, last, Limit=5) == expected
    assert found(cloud, table, first, last, ProjectionExpression="#at") == expected


def test_what_is_no_range_is_left_to_the_backend(cloud: Cloud, table: str) -> None:
    answer = cloud.dynamodb.query(
        TableName=table,
        KeyConditionExpression="#shard = :shard AND #at > :first",
        ExpressionAttributeNames={"#shard": "shard", "#at": "at"},
        ExpressionAttributeValues={":shard": {"S": "two"}, ":first": {"N": "100"}},
    )
    assert [int(item["at"]["N"]) for item in answer["Items"]] == [at for at in range(0, ITEMS * 7, 7) if at > 100]


TREES = st.recursive(
    st.fixed_dictionaries({"N": st.integers().map(str)}) | st.fixed_dictionaries({"S": st.text()}),
    lambda inner: st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=3), inner, max_size=12)}),
    max_leaves=12,
)


@given(st.lists(TREES, max_size=4))
def test_what_is_shared_is_equal(trees: list[Any]) -> None:
    text = json.dumps(trees)
    assert json.loads(text, object_hook=share) == trees


def test_equal_numbers_and_keys_are_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend_scale, "MAX_SHARED", 3)
    text = json.dumps({f"target {number}": {"N": "17"} for number in range(20)})
    one, other = (json.loads(text, object_hook=share) for _ in range(2))
    assert len({id(value) for each in (one, other) for value in each.values()}) == 1
    assert {id(name) for name in one} == {id(name) for name in other}
    long = json.dumps({"N": "1" * (MAX_SHARED_DIGITS + 1)})
    assert json.loads(long, object_hook=share) is not json.loads(long, object_hook=share)
    for number in range(10):
        share({"N": str(number)})
    assert len(backend_scale._shared) <= 3
