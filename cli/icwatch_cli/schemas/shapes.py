"""Pieces of a JSON Schema, made from the constants that the readers use. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from re import Pattern

from icwatch.model import Language

Schema = dict[str, object]


def said(title: str, description: str, **shape: object) -> Schema:
    """A shape with what an editor shows of it."""
    return {"title": title, "description": description, **shape}


def ref(name: str) -> Schema:
    """A shape of `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


def mapping(fields: Iterable[str], shapes: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A mapping of these fields and no others. A field without a shape is a KeyError, so that none is forgotten."""
    properties = {str(name): shapes[name] for name in fields}
    needed = {"required": [*required]} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def listing(items: Schema, *, least: int = 0, most: int | None = None, unique: bool = False) -> Schema:
    """A list of shapes."""
    limits: Schema = {"minItems": least} if least else {}
    limits |= {} if most is None else {"maxItems": most}
    return {"type": "array", **limits, "items": items, **({"uniqueItems": True} if unique else {})}


def text(most: int) -> Schema:
    """A text that is not blank."""
    return {"type": "string", "maxLength": most, "pattern": r"\S"}


def by_language(shape: Schema) -> Schema:
    """One shape for all languages, or one a language."""
    each = mapping(Language, dict.fromkeys(map(str, Language), shape))
    return {"anyOf": [shape, {**each, "minProperties": 1}]}


def number_within(limits: tuple[int, int]) -> Schema:
    """A whole number from one limit to the other."""
    return {"type": "integer", "minimum": limits[0], "maximum": limits[1]}


def whole(pattern: Pattern[str]) -> str:
    """A pattern for the whole text: JSON Schema searches."""
    return f"^(?:{pattern.pattern})$"
