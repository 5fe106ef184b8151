"""DynamoDB's condition and update expressions, as far as icwatch writes them. What it does not know, it refuses."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Item = Mapping[str, Any]
"""An item with its types, as DynamoDB's API has it."""

_TOKEN = re.compile(r"attribute_\w+|AND|OR|NOT|<=|>=|<>|[=<>(),]|[#:]?\w+|\s+")
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "=": "==", "<>": "!="}


class Value:
    """An attribute's value; a comparison with one that is missing, or of another type, does not hold."""

    def __init__(self, typed: Mapping[str, Any] | None) -> None:
        self.typed = typed
        if typed is not None:
            (self.kind, self.value), *_ = typed.items()
            if self.kind == "N":
                self.value = Decimal(self.value)

    def _compare(self, other: Value, compare: Callable[[Any, Any], bool]) -> bool:
        if self.typed is None or other.typed is None or self.kind != other.kind:
            return False
        return compare(self.value, other.value)

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Value)
        return self._compare(other, lambda a, b: bool(a == b))

    def __lt__(self, other: Value) -> bool:
        return self._compare(other, lambda a, b: bool(a < b))

    __hash__ = None  # type: ignore[assignment]


def holds(item: Item | None, request: Mapping[str, Any]) -> bool:
    """Whether the condition of a request holds for the item that is there, or None."""
    text = request.get("ConditionExpression")
    if text is None:
        return True
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})

    def value(word: str) -> Value:
        return Value(values[word] if word.startswith(":") else (item or {}).get(names.get(word, word)))

    return bool(eval(_compiled(text), {"v": value, **_FUNCTIONS}))


_FUNCTIONS: Mapping[str, Any] = {
    "attribute_exists": lambda value: value.typed is not None,
    "attribute_not_exists": lambda value: value.typed is None,
    "attribute_type": lambda value, kind: value.typed is not None and value.kind == kind.value,
}


@functools.cache
def _compiled(text: str) -> Any:
    words = _TOKEN.findall(text)
    assert "".join(words) == text, text
    python = [
        _WORDS.get(word) or (word if not re.match(r"[#:\w]", word) or word in _FUNCTIONS else f"v({word!r})")
        for word in words
        if not word.isspace()
    ]
    return compile(" ".join(python), "condition", "eval")


def updated(item: Item | None, request: Mapping[str, Any]) -> dict[str, Any]:
    """The item after an update: `SET a = :a, b = :b` and `ADD set :values`."""
    names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
    new = {**(item or {}), **request["Key"]}
    clauses = re.split(r"\b(SET|ADD)\b", request["UpdateExpression"])[1:]
    for action, text in zip(clauses[::2], clauses[1::2], strict=True):
        for each in text.split(","):
            name, given = each.replace("=", " ").split()
            name = names.get(name, name)
            if action == "SET":
                new[name] = values[given]
            else:
                new[name] = {"SS": sorted({*new.get(name, {"SS": []})["SS"], *values[given]["SS"]})}
    return new
