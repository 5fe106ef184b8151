"""What lets ministack hold weeks of sweeps: without it, it needs gigabytes for them, and reads each to find a few.

Runs in ministack's process, and changes nothing of what it answers.
"""

from __future__ import annotations

import functools
import json
import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

MAX_SHARED = 200_000
"""Numbers that are kept to be shared; beyond, it begins anew."""

MAX_SHARED_DIGITS = 12

PAGE_BYTES = 1_048_576
"""What DynamoDB reads for a page."""

MANY = 8
"""Keys of a map from which on they are worth sharing."""

_BETWEEN = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)\s+AND\s+(#?\w+)\s+BETWEEN\s+(:\w+)\s+AND\s+(:\w+)\s*", re.IGNORECASE)
_shared: dict[str, dict[str, Any]] = {}


def share(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object as it is, made of parts that others have, too: equal numbers are one object, and so are the keys.

    A sweep says the same three numbers of the same targets every minute.
    """
    if len(value) == 1:
        number = value.get("N")
        if type(number) is str and len(number) <= MAX_SHARED_DIGITS:
            if len(_shared) >= MAX_SHARED:
                _shared.clear()
            return _shared.setdefault(number, value)
    elif len(value) > MANY:
        return {sys.intern(name): each for name, each in value.items()}
    return value


def scale(dynamodb: Any) -> None:
    """Make ministack's `dynamodb` module read requests with shared parts, and narrow its queries."""
    reading = types.SimpleNamespace(**vars(json))
    reading.loads = functools.partial(json.loads, object_hook=share)
    dynamodb.json = reading
    dynamodb._number_size_bytes = functools.lru_cache(MAX_SHARED)(dynamodb._number_size_bytes)
    dynamodb._query = _narrowing(dynamodb, dynamodb._query)


def _narrowing(dynamodb: Any, query: Any) -> Any:
    """`query`, which is shown only what it can answer with.

    By itself it looks at every item of the partition, for each of them parses the condition anew, and does so again for
    every page of the answer.
    """

    def narrowed(data: Mapping[str, Any]) -> Any:
        table = dynamodb._tables.get(data.get("TableName"))
        wanted = _wanted(data, table) if table else None
        if wanted is None:
            return query(data)
        partition, first, last = wanted
        with dynamodb._lock:  # which the thread that removes expired items has, too
            items = table["items"]
            found = _page(dynamodb, items.get(partition, {}), first, last, data)
            table["items"] = {partition: found}
            try:
                return query(data)
            finally:
                table["items"] = items

    return narrowed


def _wanted(data: Mapping[str, Any], table: Mapping[str, Any]) -> tuple[str, int, int] | None:
    """The partition, and the first and the last sort key, of a query by a range of integers; None for any other."""
    match = _BETWEEN.fullmatch(data.get("KeyConditionExpression") or "")
    if match is None or data.get("IndexName"):
        return None
    names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
    keys = [names.get(match[each], match[each]) for each in (1, 3)]
    try:
        if keys != [table["pk_name"], table["sk_name"]]:
            return None
        first, last = (int(values[match[each]]["N"]) for each in (4, 5))
        after = data.get("ExclusiveStartKey")
        if after and data.get("ScanIndexForward", True):
            first = max(first, int(after[keys[1]]["N"]) + 1)
        return values[match[2]]["S"], first, last
    except (KeyError, TypeError, ValueError):
        return None


def _page(
    dynamodb: Any, partition: Mapping[str, Any], first: int, last: int, data: Mapping[str, Any]
) -> dict[str, Any]:
    """The items of the range, by their sort keys: of more than a page, one more, so that it is seen that there are."""
    inside = sorted((at, key) for key in partition if first <= (at := int(key)) <= last)
    if not data.get("ScanIndexForward", True):
        return {key: partition[key] for _, key in inside}
    return dict(_until_full(dynamodb, ((key, partition[key]) for _, key in inside)))


def _until_full(dynamodb: Any, items: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    size = 0
    for key, item in items:
        yield key, item
        size += dynamodb._item_size_bytes(item)
        if size > PAGE_BYTES:
            return
