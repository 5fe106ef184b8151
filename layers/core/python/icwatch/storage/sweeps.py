"""Sweeps as they are stored: the targets named once, what is not healthy spelled out, and numbers packed.

An item has, beside its key and `expires_at`:

- `form`: the number of this form, so that a version that does not know a later one says so;
- `targets`: the names, sorted, as JSON packed by zlib: the same bytes every minute, so that reading them is remembered;
- `found`: what is not usual, as JSON, packed by zlib where it is long. It speaks of targets by their places, `3 5-7`.
  Of a metric it says which value is at which places, "" for none; all others have 1. Why something failed or was not
  seen is there once for all places that have it in common. Reading it is remembered, too: an outage lasts for minutes;
- `times`: how long each health probe took, and in `numbers`, by metric, other values that differ from target to target,
  packed by `storage/numbers.py`;
- `every`, `source`, `conclusive` and, where it holds, `cut_off` as they are.

So 200 healthy targets take one write unit or two, and a healthy target is no object until somebody asks for it
(`model/columns.py`). The item is self-contained: nothing else is needed to read it.

Items without a `form` are of the versions before: a sweep's fields by their names, most of them mappings by target.
They are read as they are. `storage/sweep_packing.py` writes.
"""

from __future__ import annotations

import binascii
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from icwatch.errors import ItemError
from icwatch.model import Cause, Failure, Sweep
from icwatch.model.columns import Column, Names
from icwatch.storage.codec import read_number
from icwatch.storage.items import read_item
from icwatch.storage.numbers import read_numbers
from icwatch.storage.packing import unpack
from icwatch.text import one_line

Image = Mapping[str, Any]
"""An item with DynamoDB's types written out, from a table or from a stream's event."""

FORM = "2"
"""The number of the form that is written. The first one had none."""

REMEMBERED = 512
"""Shards whose names and findings are remembered, at the most: those of 100,000 targets."""

_TORN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, zlib.error, struct.error)
"""What reading an item raises that is not as it was written."""

T = TypeVar("T")


def read_sweep(image: Image) -> Sweep:
    """The sweep that an item holds, of whichever form. Raises ItemError."""
    if "form" not in image:
        return read_item(Sweep, unpack(image))
    try:
        if image["form"]["N"] != FORM:
            raise ValueError(f"it is of form {image['form']['N']}, which this version does not know")
        return _read(image)
    except KeyError as error:
        raise ItemError(f"Sweep item ({_key(image)}): {error.args[0]} is missing") from error
    except _TORN as error:
        raise ItemError(f"Sweep item ({_key(image)}): {error or repr(error)}") from error


def _key(image: Image) -> str:
    """What can be said of an item's key, whatever it holds."""
    held = ((name, image[name]) for name in ("shard", "at") if isinstance(image.get(name), Mapping))
    return ", ".join(f"{name}={one_line(str(next(iter(each.values()), '')))}" for name, each in held) or "no key"


def _read(image: Image) -> Sweep:
    written = image["found"]
    names, metrics, found = _remembered(image["targets"]["B"], written["S"] if "S" in written else written["B"])
    if "numbers" in image:
        packed = image["numbers"]["M"]
        metrics = {**metrics, **{metric: read_numbers(names, _bytes(each["B"])) for metric, each in packed.items()}}
    times = image.get("times")
    return Sweep(
        _text(image["shard"]["S"]),
        int(image["at"]["N"]),
        metrics,
        found["failures"],
        found["probe_ms"] if times is None else read_numbers(names, _bytes(times["B"])),
        _truth(image["conclusive"]["BOOL"]),
        found["probe_failures"],
        _text(image["source"]["S"]),
        found["unseen"],
        found["attempts"],
        int(image["every"]["N"]),
        "cut_off" in image and _truth(image["cut_off"]["BOOL"]),
    )


@lru_cache(REMEMBERED)
def _names(attribute: str | bytes) -> Names:
    return Names(map(_text, json.loads(zlib.decompress(_bytes(attribute)))))


@lru_cache(REMEMBERED)
def _remembered(
    targets: str | bytes, found: str | bytes
) -> tuple[Names, Mapping[str, Mapping[str, Any]], Mapping[str, Any]]:
    """The names, the metrics, and all else that was found. Nobody changes any of it."""
    names = _names(targets)
    plain = json.loads(found if isinstance(found, str) and found.startswith("{") else zlib.decompress(_bytes(found)))
    metrics = {metric: _column(names, each) for metric, each in plain["metrics"].items()}
    return (
        names,
        metrics,
        {
            "failures": _failures(names, plain.get("failures", ())),
            "probe_failures": {m: _failures(names, each) for m, each in plain.get("probe_failures", {}).items()},
            "unseen": _spread(names, ((_text(why), at) for why, at in plain.get("unseen", ()))),
            "attempts": {
                metric: _spread(names, ((_whole(count), at) for count, at in each))
                for metric, each in plain.get("attempts", {}).items()
            },
            "probe_ms": _spread(names, ((int(took), at) for took, at in plain.get("probe_ms", {}).items())),
        },
    )


def _column(names: Names, places: Mapping[str, str]) -> Column:
    other = _spread(names, ((read_number(Decimal(text), "a value"), at) for text, at in places.items() if text))
    return Column(names, other, frozenset(_at(names, places.get("", ""))))


def _failures(names: Names, written: Iterable[Sequence[Any]]) -> dict[str, Failure]:
    """Targets that failed in the same way share what is said of it."""
    each = (
        (Failure(Cause(cause), _text(detail), None if status is None else _whole(status)), at)
        for cause, detail, status, at in written
    )
    return _spread(names, each)


def _spread(names: Names, values: Iterable[tuple[T, str]]) -> dict[str, T]:
    """Values by name, of those that are there once for several places."""
    found: dict[str, T] = {}
    for value, places in values:
        found.update(dict.fromkeys(_at(names, places), value))
    return found


def _at(names: Names, places: str) -> Iterator[str]:
    for part in places.split():
        first, to, last = part.partition("-")
        yield from map(names.__getitem__, range(int(first), int(last) + 1)) if to else (names[int(first)],)


def _bytes(attribute: object) -> bytes:
    """Bytes of an item: Lambda delivers them in base64, and boto3 decodes them by itself."""
    if isinstance(attribute, str):
        return binascii.a2b_base64(attribute, strict_mode=True)
    if not isinstance(attribute, bytes):
        raise TypeError(f"{type(attribute).__name__} in the place of bytes")
    return attribute


def _text(attribute: object) -> str:
    if not isinstance(attribute, str):
        raise TypeError(f"{type(attribute).__name__} in the place of a text")
    return attribute


def _truth(attribute: object) -> bool:
    if not isinstance(attribute, bool):
        raise TypeError(f"{type(attribute).__name__} in the place of a truth value")
    return attribute


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} in the place of a whole number")
    return value
