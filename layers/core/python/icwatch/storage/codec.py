"""Frozen dataclasses as plain values (texts, numbers, truth values, lists, mappings) and back, by their type hints.

What is written is what DynamoDB and JSON can hold. What is read is checked: a wrong value is a ValueError that names
its place. A field that is missing takes its default, one that is unknown is passed over, so that versions can read
each other.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from icwatch.text import quotable

T = TypeVar("T")
Decoder = Callable[[Any, str], Any]

MAX_DIGITS = 38
EXPONENTS = range(-130, 126)
"""Digits of a number that count, and the power of ten of the first one: what a table holds.

Nobody means another number, and Python takes minutes to write some of them out.
"""

_WHOLE = 10**MAX_DIGITS

_PLAIN = frozenset((str, int, bool, Decimal, types.NoneType))
"""What is its own plain form, and most of what there is."""


def encode(value: object) -> Any:
    """The plain form of a value."""
    if type(value) in _PLAIN:
        return value
    names = _fields(type(value))  # type: ignore[arg-type]  # a class is hashable
    if names is not None:
        return {name: encode(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(name): encode(item) for name, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [encode(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


@functools.cache
def _fields(kind: Any) -> tuple[str, ...] | None:
    """What is written of a dataclass; None for what is none. A full shard asks a million times."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)


def decode(kind: type[T], plain: object, place: str = "") -> T:
    """The value of type `kind` whose plain form is `plain`. Raises ValueError, which names the place below `place`."""
    decoder = _decoder(kind)  # type: ignore[arg-type]  # a class is hashable
    return typing.cast(T, decoder(plain, place))


@functools.cache
def _decoder(kind: Any) -> Decoder:
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return _union(arguments)
    if origin is tuple:
        return _tuple(arguments[0])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments[1])
    if issubclass(kind, StrEnum):
        return _enum(kind)
    return {int: _whole, str: _text, bool: _truth, Decimal: _decimal, Any: _as_it_is}[kind]


def _dataclass(kind: Any) -> Decoder:
    hints = typing.get_type_hints(kind)
    fields = [(field.name, _decoder(hints[field.name]), _required(field)) for field in dataclasses.fields(kind)]

    def read(plain: Any, place: str) -> Any:
        if not isinstance(plain, Mapping):
            raise _wrong(plain, place, "a mapping")
        values = {}
        for name, decoder, required in fields:
            if name in plain:
                values[name] = decoder(plain[name], f"{place}.{name}")
            elif required:
                raise ValueError(f"{place}.{name}".lstrip(".") + " is missing")
        return kind(**values)

    return read


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _union(arguments: tuple[Any, ...]) -> Decoder:
    given = [argument for argument in arguments if argument is not types.NoneType]
    decoder = read_number if set(given) == {int, Decimal} else _decoder(*given)
    if len(given) == len(arguments):
        return decoder
    return lambda plain, place: None if plain is None else decoder(plain, place)


def _mapping(inner: Any) -> Decoder:
    decoder = _decoder(inner)

    def read(plain: Any, place: str) -> dict[str, Any]:
        if not isinstance(plain, Mapping):
            raise _wrong(plain, place, "a mapping")
        return {name: decoder(item, place) for name, item in plain.items()}

    return read


def _tuple(inner: Any) -> Decoder:
    decoder = _decoder(inner)

    def read(plain: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(plain, list | tuple):
            raise _wrong(plain, place, "a list")
        return tuple(decoder(item, f"{place}[{index}]") for index, item in enumerate(plain))

    return read


def _enum(kind: type[StrEnum]) -> Decoder:
    members = {str(member): member for member in kind}

    def read(plain: Any, place: str) -> StrEnum:
        if not isinstance(plain, str) or plain not in members:
            raise _wrong(plain, place, f"one of {', '.join(members)}")
        return members[plain]

    return read


def _as_it_is(plain: Any, place: str) -> Any:
    return plain


def _whole(plain: Any, place: str) -> int:
    number = read_number(plain, place)
    if not isinstance(number, int):
        raise _wrong(plain, place, "a whole number")
    return number


def read_number(plain: Any, place: str) -> int | Decimal:
    """A number that a table holds, a whole one as such. Raises ValueError, as `decode` does."""
    if type(plain) is int and -_WHOLE < plain < _WHOLE:
        return plain
    if type(plain) is not int and not (isinstance(plain, Decimal) and plain.is_finite()):
        raise _wrong(plain, place, "a number")
    number = Decimal(plain)
    if number and (number.adjusted() not in EXPONENTS or any(number.as_tuple().digits[MAX_DIGITS:])):
        raise _wrong(number, place, f"a number of {MAX_DIGITS} digits from 1e-130 to below 1e126")
    return int(number) if number == number.to_integral_value() else number


def _decimal(plain: Any, place: str) -> Decimal:
    return Decimal(read_number(plain, place))


def _text(plain: Any, place: str) -> str:
    if not isinstance(plain, str):
        raise _wrong(plain, place, "a text")
    return plain


def _truth(plain: Any, place: str) -> bool:
    if not isinstance(plain, bool):
        raise _wrong(plain, place, "true or false")
    return plain


def _wrong(plain: Any, place: str, right: str) -> ValueError:
    shown = str(plain) if isinstance(plain, Decimal) else quotable(repr(plain))
    return ValueError(f"{place.lstrip('.') or 'the document'}: {shown[:60]} is not {right}")
