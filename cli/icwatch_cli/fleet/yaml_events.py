"""From the events of a YAML parser to a document. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import yaml

from icwatch.errors import Problem
from icwatch_cli.fleet.document import Document, FileError
from icwatch_cli.fleet.quoting import join, shown

MAX_DEPTH = 20
MAX_DIGITS = 1000
"""Characters of a number. Nobody means more, and Python does not print a number of many thousand."""

MAX_QUOTED = 60
"""Characters of a text that a message repeats as it is."""

_STANDARD = "tag:yaml.org,2002:"


class Events:
    """Builds a plain document from the parser's events, one after the other: nothing unfolds, however deep or often.

    An alias is refused, because a few of them could unfold to gigabytes; so are tags, which name types of Python.
    """

    def __init__(self, document: Document, loader: Any) -> None:
        self._document = document
        self._next: Callable[[], Any] = loader.get_event
        self._resolve: Callable[..., str] = loader.resolve
        self._aliases: dict[str, list[tuple[int, str]]] = {}

    def read(self) -> None:
        """Fill the document with the one in the stream. Raises yaml.YAMLError."""
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return
        self._document.root = self._value(self._next(), "", 0)
        for anchor, uses in self._aliases.items():
            others = f", as {len(uses) - 1} more do" if len(uses) > 1 else ""
            wrong = f"repeats another place by the alias *{anchor[:MAX_QUOTED]}{others}"
            self._tell(*uses[0], wrong, "write it out")
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            line = event.start_mark.line + 1
            self._tell(line, "file", "holds several documents", "write one fleet a file, without a second ---")

    def _value(self, event: Any, place: str, depth: int) -> object:
        line = event.start_mark.line + 1
        self._document.lines.setdefault(place, line)
        if isinstance(event, yaml.AliasEvent):
            self._aliases.setdefault(str(event.anchor), []).append((line, place))
            self._document.void.add(place)
            return None
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        kind = "seq" if isinstance(event, yaml.SequenceStartEvent) else "map"
        if depth > MAX_DEPTH:  # the parser itself takes long where it is very deep, so nothing after it is read
            self._tell(line, place, f"is nested more than {MAX_DEPTH} deep", "write it flatter")
            raise FileError(self._document.report(()))
        if event.tag not in (None, "!", _STANDARD + kind):
            self._skip()
            self._void(line, place, f"has the tag {_tag(event)}", "leave the tag out")
            return None
        return self._list(place, depth) if kind == "seq" else self._mapping(place, depth)

    def _list(self, place: str, depth: int) -> list[object]:
        values: list[object] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, f"{place}[{len(values)}]", depth + 1))
        return values

    def _mapping(self, place: str, depth: int) -> dict[object, object] | None:
        values: dict[object, object] = {}
        merges = False
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self._key(event)
            value = self._next()
            at = place or "file" if key is None else join(place, key)
            if key is None or key == "<<" or key in values:
                self._pass_over(value)
            if key is None:
                self._tell(line, at, "has a value without a name", "write name: value")
                self._document.void.add(at)
            elif key == "<<":
                self._tell(line, at, "merges another place into this one", "write its fields out")
                self._document.void.add(place or "file")
                merges = True
            elif key in values:
                self._tell(line, at, "is written twice", "keep one name: value")
            else:
                self._document.lines[at] = line
                values[key] = self._value(value, at, depth + 1)
        return None if merges else values

    def _key(self, event: Any) -> str | None:
        """The name of a field, always a text; None where there is none."""
        if not isinstance(event, yaml.ScalarEvent):
            self._pass_over(event)
            return None
        return str(event.value) if event.value or not event.implicit[0] else None

    def _pass_over(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            self._skip()

    def _skip(self) -> None:
        """Pass over what is left of a list or mapping that has begun."""
        depth = 1
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def _tell(self, line: int, place: str, wrong: str, right: str) -> None:
        self._document.problems.append((line, Problem(place, wrong, right)))

    def _void(self, line: int, place: str, wrong: str, right: str) -> None:
        self._tell(line, place or "file", wrong, right)
        self._document.void.add(place or "file")

    def _scalar(self, event: Any, place: str) -> object:
        """The value of a scalar. As in YAML 1.2, only true and false are truth values: `no` is a text."""
        tag = event.tag if event.tag not in (None, "!") else self._resolve(yaml.ScalarNode, event.value, event.implicit)
        kind, text = tag.removeprefix(_STANDARD), event.value
        line = event.start_mark.line + 1
        if event.tag not in (None, "!") and kind not in ("str", "int", "float", "bool", "null"):
            self._void(line, place, f"has the tag {_tag(event)}", "leave the tag out")
            return None
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind not in ("int", "float"):
            return text
        try:
            if len(text) <= MAX_DIGITS:
                plain = text.replace("_", "")
                return int(plain, 0) if kind == "int" else Decimal(plain)
        except (ValueError, ArithmeticError):
            pass
        right = "write a plain one" + (f', or "{text}" in quotes for a text' if len(text) < MAX_QUOTED else "")
        self._void(line, place, f"{shown(text)} is no plain number", right)
        return None


def _tag(event: Any) -> str:
    """A tag as people write it."""
    tag = str(event.tag)
    return "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else shown(tag)
