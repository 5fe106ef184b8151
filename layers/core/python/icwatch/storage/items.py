"""The documents of the tables: what an item holds, and reading it back.

Readers raise ItemError, which names the document, the item's key and the place in it.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from icwatch.errors import ItemError
from icwatch.model import Alarm, Decision, MonitoringProblem, Rule, ShardAlarms, Transition, UnreadableAlarm
from icwatch.storage.codec import decode, encode
from icwatch.text import one_line

T = TypeVar("T")
Item = dict[str, Any]
"""One item in plain Python values."""

_WRONG = (ValueError, TypeError, RecursionError)
"""What decoding raises where a value is not of its type."""


def write_item(document: object, **attributes: object) -> Item:
    """A document as an item, with further attributes such as `expires_at` or a key."""
    return {**encode(document), **attributes}


def read_item(kind: type[T], item: Mapping[str, Any]) -> T:
    """The document of type `kind` that an item holds."""
    try:
        return decode(kind, item)
    except _WRONG as error:
        raise ItemError(f"{_named(kind, item)}: {error}") from error


def write_alarms(current: ShardAlarms) -> Item:
    """A shard's alarms as an item, those that cannot be read as they were stored."""
    item = write_item(dataclasses.replace(current, unreadable={}))
    del item["unreadable"]
    item["alarms"] |= {key: each.plain for key, each in current.unreadable.items()}
    return item


def read_alarms(item: Mapping[str, Any]) -> ShardAlarms:
    """A shard's alarms, each read by itself: one that cannot be read is kept as it is."""
    stored = item.get("alarms", {})
    if not isinstance(stored, Mapping):
        return read_item(ShardAlarms, item)  # which says what is wrong
    alarms: dict[str, Alarm] = {}
    unreadable: dict[str, UnreadableAlarm] = {}
    for key, plain in stored.items():
        try:
            alarm = decode(Alarm, plain)
            if alarm.key != key:
                raise ValueError(f"it is that of {alarm.key}")
            alarms[key] = alarm
        except _WRONG as error:
            unreadable[key] = UnreadableAlarm(str(error), plain)
    kept = {**item, "alarms": {}, "unreadable": {}, "monitoring": _monitoring(item.get("monitoring", {}))}
    current = read_item(ShardAlarms, kept)
    return dataclasses.replace(current, alarms=alarms, unreadable=unreadable)


def _monitoring(stored: object) -> Item:
    """Those of its problems that can be read. Another is found anew by the next sweep, and reported once more."""
    if not isinstance(stored, Mapping):
        return {}
    return {key: plain for key, plain in stored.items() if _is(MonitoringProblem, plain, key, [])}


def read_history(item: Mapping[str, Any]) -> tuple[Decision, list[ItemError]]:
    """A decision as far as it can be read, for those who look back, and what is wrong with the rest.

    Raises ItemError where not even its key or none of its parts can be read. What is published is read by `read_item`:
    there a part that is missing would change what the notices of the others say.
    """
    problems: list[str] = []
    parts: dict[str, Any] = {"shard": item.get("shard"), "at": item.get("at")}
    transitions, rules = item.get("transitions"), item.get("rules", {})
    if not isinstance(transitions, list | tuple) or not isinstance(rules, Mapping):
        return read_item(Decision, item), []
    parts["transitions"] = [
        each for number, each in enumerate(transitions) if _is(Transition, each, f"transitions[{number}]", problems)
    ]
    parts["rules"] = {name: each for name, each in rules.items() if _is(Rule, each, f"rules.{name}", problems)}
    hints = typing.get_type_hints(Decision)
    for name in hints.keys() & item.keys() - parts.keys():
        if _is(hints[name], item[name], name, problems):
            parts[name] = item[name]
    errors = [ItemError(f"{_named(Decision, item)}: {problem}") for problem in problems]
    return read_item(Decision, parts), errors


def _is(kind: Any, plain: object, place: str, problems: list[str]) -> bool:
    """Whether a part can be read; what is wrong is added to `problems`."""
    try:
        decode(kind, plain, place)
    except _WRONG as error:
        problems.append(str(error))
        return False
    return True


def _named(kind: type, item: Mapping[str, Any]) -> str:
    key = [f"{name}={one_line(str(item[name]))}" for name in ("kind", "id", "shard", "at") if name in item]
    return f"{kind.__name__} item ({', '.join(key) or 'no key'})"
