"""Sizes of items as DynamoDB counts them, by the rules of its developer guide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from icwatch.model import HEALTH, Sweep
from icwatch.storage.packing import pack
from icwatch.storage.sweep_packing import pack_sweep
from icwatch_cli.cost.item_sizes import item_bytes, read_units, write_units

SIZES: dict[str, tuple[dict[str, Any], int]] = {
    "a text, and its name": ({"ab": "xyz"}, 2 + 3),
    "a Chinese text": ({"a": "停服"}, 1 + 6),
    "a number: two digits a byte, and one": ({"a": 123}, 1 + 2 + 1),
    "zeros at its end do not count": ({"a": 1_000}, 1 + 1 + 1),
    "a fraction": ({"a": Decimal("89.52")}, 1 + 2 + 1),
    "a truth value": ({"a": True}, 1 + 1),
    "nothing": ({"a": None}, 1 + 1),
    "bytes": ({"a": b"1234"}, 1 + 4),
    "an empty list": ({"a": []}, 1 + 3),
    "a list": ({"a": ["x", "yz"]}, 1 + 3 + (1 + 1) + (1 + 2)),
    "a mapping": ({"a": {"bc": "d"}}, 1 + 3 + (1 + 2 + 1)),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str) -> None:
    item, size = SIZES[name]
    assert item_bytes(pack(item)) == size


def test_a_sweep() -> None:
    sweep = Sweep("shard-0001", 1_772_438_400, {HEALTH: {"10.1.0.7": 1}}, probe_ms={"10.1.0.7": 20}, source="here")
    item = pack_sweep(sweep, expires_at=1_772_438_400)
    names = ("shard", "at", "expires_at", "form", "every", "source", "conclusive", "targets", "found", "times")
    assert item.keys() == {*names}
    values = 10 + (4 + 1) + (4 + 1) + 2 + 2 + 4 + 1  # 17724384 has eight digits
    packed = len(item["targets"]["B"]) + len('{"metrics":{"ic_server_health":{}}}') + 10 + 1
    assert item_bytes(item) == sum(map(len, names)) + values + packed


def test_units() -> None:
    assert [write_units(size) for size in (0, 1, 1024, 1025, 5128)] == [1, 1, 1, 2, 6]
    assert [read_units(size) for size in (0, 4096, 4097)] == [1, 1, 2]
