"""JSON Schemas of typed fields, with the sentence that each has. Objects are open: fields may come. Pure."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from enum import EnumType

from icwatch.model import Number
from icwatch_cli.schemas.shapes import Schema, listing, ref

PLAIN: Mapping[object, str] = {str: "string", int: "integer", bool: "boolean"}
"""The types of JSON."""


class TypedShapes:
    """Writes the schemas of typed dictionaries. What is `named` is described once, under `$defs`, and referred to;
    `most` are how many of something a list has at the most.
    """

    def __init__(self, named: Mapping[object, str], most: Mapping[object, int] | None = None) -> None:
        self._named, self._most = named, most or {}

    def document(self, fields: type, title: str, description: str, comment: str) -> Schema:
        """A whole document."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "description": description,
            "$comment": comment,
            **self.mapping(fields),
        }

    def mapping(self, fields: type, required: Iterable[str] | None = None) -> Schema:
        """An object with these fields, all of which it needs where nothing else is said, and any others."""
        properties = self.fields(fields)
        needed = [*(properties if required is None else required)]
        return {"type": "object", "properties": properties, "required": needed, "additionalProperties": True}

    def fields(self, fields: type) -> Schema:
        """The shapes of the fields."""
        return {name: self._field(hint) for name, hint in typing.get_type_hints(fields, include_extras=True).items()}

    def _field(self, hint: object) -> Schema:
        """The shape of a field, with the sentence about it first."""
        shape = self._shape(hint)
        return {"description": shape.pop("description"), **shape}

    def _shape(self, hint: object) -> Schema:
        """The shape of a type: what JSON Schema says of it, and what stands beside it."""
        origin = typing.get_origin(hint)
        if origin is typing.Annotated:
            return self._annotated(*typing.get_args(hint))
        if hint in self._named:
            return ref(self._named[hint])
        if hint in PLAIN:
            return {"type": PLAIN[hint]}
        if hint == Number | None:
            return {"type": ["number", "null"]}
        return self._of_parts(origin, *typing.get_args(hint)) if origin else {"enum": [*typing.cast(EnumType, hint)]}

    def _of_parts(self, origin: object, *parts: object) -> Schema:
        """The shape of a type of several parts."""
        if origin is typing.Literal:
            return {"const": parts[0]}
        if origin is Mapping:
            return {"type": "object", "additionalProperties": self._shape(parts[1])}
        if origin is Sequence:
            return listing(self._shape(parts[0]), most=self._most.get(parts[0]))
        assert origin in (typing.Union, types.UnionType), origin
        return self._or_null(parts[0])

    def _annotated(self, hint: object, *extras: object) -> Schema:
        shape = self._shape(hint)
        for extra in extras:
            name, value = ("description", extra) if isinstance(extra, str) else typing.cast("tuple[str, object]", extra)
            shape[name] = [*value] if isinstance(value, tuple) else value
        if "enum" in shape:  # says all that the type says
            shape.pop("type", None)
        return shape

    def _or_null(self, hint: object) -> Schema:
        shape = self._shape(hint)
        if "enum" in shape:
            return {"enum": [*typing.cast("list[object]", shape["enum"]), None]}
        if "pattern" in shape:
            return {"anyOf": [shape, {"type": "null"}]}
        return {**shape, "type": [shape["type"], "null"]}
