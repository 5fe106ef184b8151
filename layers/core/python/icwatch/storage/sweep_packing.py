"""Writing a sweep as the item that is stored. `storage/sweeps.py` says what it holds, and reads it. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

from icwatch.errors import ItemError
from icwatch.model import Failure, Number, Sweep
from icwatch.model.columns import USUAL, Names
from icwatch.storage.capacity import MAX_SQUEEZED_BYTES
from icwatch.storage.codec import read_number
from icwatch.storage.numbers import pack_numbers
from icwatch.storage.sweeps import FORM, REMEMBERED

LONGEST_PLAIN = 1024
"""Bytes of `found` that are kept as they are, for people who look at items."""

MOST_NAMED = 8
"""Different values of a metric that are named one by one; more are packed, where they can be."""

T = TypeVar("T")
Places = list[int]


def pack_sweep(sweep: Sweep, expires_at: int) -> dict[str, Any]:
    """A sweep as an item with DynamoDB's types written out, which is kept until then.

    Raises ItemError where DynamoDB would refuse it.
    """
    names = Names(sorted(_named(sweep)))
    numbers: dict[str, bytes] = {}
    found = _json(_found(sweep, names, numbers)).encode()
    times = None if not sweep.probe_ms else pack_numbers(names, sweep.probe_ms)
    item: dict[str, Any] = {
        "shard": {"S": sweep.shard},
        "at": {"N": str(sweep.at)},
        "expires_at": {"N": str(expires_at)},
        "form": {"N": FORM},
        "every": {"N": str(sweep.every)},
        "source": {"S": sweep.source},
        "conclusive": {"BOOL": sweep.conclusive},
        "targets": {"B": _packed_names(names)},
        "found": {"S": found.decode()} if len(found) <= LONGEST_PLAIN else {"B": zlib.compress(found, 9)},
    }
    if sweep.cut_off:
        item["cut_off"] = {"BOOL": True}
    if times is not None:
        item["times"] = {"B": times}
    if numbers:
        item["numbers"] = {"M": {metric: {"B": packed} for metric, packed in numbers.items()}}
    parts = (*numbers.values(), times or b"", *item["found"].values(), *item["targets"].values())
    if (size := sum(map(len, parts))) > MAX_SQUEEZED_BYTES:
        raise ItemError(f"Sweep item (shard={sweep.shard}, at={sweep.at}): {size} bytes, and DynamoDB takes 400 KB")
    return item


def _named(sweep: Sweep) -> set[str]:
    """Every target of which a sweep says anything."""
    named = {*sweep.probe_ms, *sweep.failures, *sweep.unseen}
    for part in (sweep.metrics, sweep.probe_failures, sweep.attempts):
        named.update(*part.values())
    return named


@lru_cache(REMEMBERED)
def _packed_names(names: Names) -> bytes:
    return zlib.compress(_json(names).encode(), 9)


def _found(sweep: Sweep, names: Names, numbers: dict[str, bytes]) -> dict[str, Any]:
    """What is not usual; the metrics whose values are packed are added to `numbers`."""
    found: dict[str, Any] = {"metrics": {}}
    for metric, values in sweep.metrics.items():
        places = _places(names, values)
        packed = pack_numbers(names, values) if len(places) > MOST_NAMED else None
        if packed is None:
            found["metrics"][metric] = {text: _spans(at) for text, at in places.items() if text != str(USUAL)}
        else:
            numbers[metric] = packed
    if sweep.probe_ms and pack_numbers(names, sweep.probe_ms) is None:
        found["probe_ms"] = {text: _spans(at) for text, at in _places(names, sweep.probe_ms).items() if text}
    positions = names.positions
    if sweep.failures:
        found["failures"] = _failures(positions, sweep.failures)
    if sweep.probe_failures:
        found["probe_failures"] = {metric: _failures(positions, each) for metric, each in sweep.probe_failures.items()}
    if sweep.unseen:
        found["unseen"] = [[why, _spans(at)] for why, at in _in_common(positions, sweep.unseen).items()]
    if sweep.attempts:
        found["attempts"] = {
            metric: [[count, _spans(at)] for count, at in _in_common(positions, each).items()]
            for metric, each in sweep.attempts.items()
        }
    return found


def _places(names: Names, values: Mapping[str, Number]) -> dict[str, Places]:
    """The places of each value, as text; "" for those that have none."""
    places: dict[str, Places] = {}
    for place, name in enumerate(names):
        value = values.get(name)
        places.setdefault("" if value is None else str(read_number(value, name)), []).append(place)
    return places


def _failures(positions: Mapping[str, int], failures: Mapping[str, Failure]) -> list[list[Any]]:
    common = _in_common(positions, failures)
    return [[str(each.cause), each.detail, each.status, _spans(at)] for each, at in common.items()]


def _in_common(positions: Mapping[str, int], values: Mapping[str, T]) -> dict[T, Places]:
    """The places of each value."""
    places: dict[T, Places] = {}
    for name, value in values.items():
        places.setdefault(value, []).append(positions[name])
    return places


def _spans(places: Places) -> str:
    """Places as text: `3 5-7`."""
    runs = ([at for _, at in run] for _, run in groupby(enumerate(sorted(places)), lambda each: each[1] - each[0]))
    return " ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
