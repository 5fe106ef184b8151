"""What a sweep says of many targets at once, without an object for each: mappings that are written out when read.

A stored sweep names its targets once, and says of a metric only where it is not 1. So does `Column`: whoever reads it
as a mapping finds a value for each target, and whoever asks for what is unusual touches no other target.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import cached_property
from typing import TypeVar, overload

from icwatch.model.terms import Number

T = TypeVar("T")
V = TypeVar("V")

USUAL = 1
"""What a metric of 0 and 1 is of a target that answers as expected."""


class Names(tuple[str, ...]):
    """The targets that a sweep is about, in its order."""

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each of them is."""
        return {name: position for position, name in enumerate(self)}


class Late(ABC, Mapping[str, V]):
    """A mapping that is written out when somebody reads it, and then kept."""

    @abstractmethod
    def _written_out(self) -> dict[str, V]:
        """It as a dictionary, made anew."""

    @cached_property
    def plain(self) -> dict[str, V]:
        """It as a dictionary."""
        return self._written_out()

    def __getitem__(self, name: str) -> V:
        return self.plain[name]

    def __contains__(self, name: object) -> bool:
        return name in self.plain

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)

    @overload
    def get(self, name: str, default: None = None, /) -> V | None: ...
    @overload
    def get(self, name: str, default: V | T, /) -> V | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """The value of a name."""
        return self.plain.get(name, default)

    def keys(self) -> KeysView[str]:
        """The names, as those of a dictionary: Mapping's own views ask for each item anew."""
        return self.plain.keys()

    def values(self) -> ValuesView[V]:
        """The values, likewise."""
        return self.plain.values()

    def items(self) -> ItemsView[str, V]:
        """Both, likewise."""
        return self.plain.items()

    def __repr__(self) -> str:
        return repr(self.plain)


class Column(Late[Number]):
    """The values of a metric by target: 1 for each of `names` but for `other` values, and those that are `absent`.

    `unusual` are the targets of which it is not 1.
    """

    def __init__(self, names: Names, other: Mapping[str, Number], absent: frozenset[str]) -> None:
        self.names, self.other, self.absent = names, other, absent
        self.unusual = absent.union(other) if absent or other else absent

    def _written_out(self) -> dict[str, Number]:
        plain: dict[str, Number] = dict.fromkeys(self.names, USUAL)
        plain.update(self.other)
        for name in self.absent:
            del plain[name]
        return plain
