"""The JSON Schemas of what programs receive, `icwatch schema --notice` and `--monitoring`: of the types of its fields.

Objects are open: within a version fields may come, and none goes or changes. Pure.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import EnumType

from icwatch.model import MAX_RECENT_NOTICES, Cause, Kind, Level, Number
from icwatch.notices.fields import (
    BRIEF,
    KNOWN_BY,
    AlarmFields,
    EventFields,
    MonitoringFields,
    NoticeFields,
    RecentNoticeFields,
    ReportFields,
    ShareFields,
)
from icwatch_cli.schemas.shapes import Schema, listing, ref

NAMED: Mapping[object, str] = {
    Kind: "kind",
    Level: "level",
    Cause | None: "cause",
    AlarmFields: "alarm",
    EventFields: "event",
    RecentNoticeFields: "recent_notice",
    ShareFields: "share",
    ReportFields: "report",
}
"""What is described once, under `$defs`, and referred to."""

PLAIN: Mapping[object, str] = {str: "string", int: "integer", bool: "boolean"}
"""The types of JSON."""


def notice_schema() -> Schema:
    """The schema of the JSON of a notice."""
    schema = _document(
        NoticeFields,
        "icwatch notice, version 1",
        "What subscriptions by http, https, lambda, sqs and firehose are sent of alarms of IC-Servers.",
        "Printed by `icwatch schema --notice`.",
    )
    alarm = [*_fields(AlarmFields)]
    return {
        **schema,
        "if": {"properties": {"shortened": {"const": 0}}},
        "then": {"properties": {"alarms": {"items": {"required": alarm}}}},
        "$defs": {
            "kind": {"enum": [*Kind]},
            "level": {"enum": [*Level]},
            "cause": {"enum": [*Cause, None]},
            "alarm": {
                "description": f"One alarm; a shortened one has {', '.join(BRIEF)}, or the two ids only.",
                **_object(AlarmFields, KNOWN_BY),
                "dependentRequired": {"target": [*BRIEF], "event": alarm},
            },
            "event": {"description": "The fields of an alarm event in OCP's API.", **_object(EventFields)},
            "recent_notice": {"description": "A notice that was sent before.", **_object(RecentNoticeFields)},
            "share": {"description": "How much of a part of the fleet is in alarm.", **_object(ShareFields)},
        },
    }


def monitoring_schema() -> Schema:
    """The schema of the JSON of a message about the monitoring itself."""
    return {
        **_document(
            MonitoringFields,
            "icwatch monitoring message, version 1",
            "What programs that subscribe to the operations topic are sent of problems of the monitoring itself.",
            "Printed by `icwatch schema --monitoring`.",
        ),
        "$defs": {"report": {"description": "A problem, or that it is over.", **_object(ReportFields)}},
    }


def _document(fields: type, title: str, description: str, comment: str) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
        "$comment": comment,
        **_object(fields),
    }


def _object(fields: type, required: Iterable[str] | None = None) -> Schema:
    """An object with these fields, all of which it needs where nothing else is said, and any others."""
    properties = _fields(fields)
    needed = [*(properties if required is None else required)]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": True}


def _fields(fields: type) -> Schema:
    return {name: _field(hint) for name, hint in typing.get_type_hints(fields, include_extras=True).items()}


def _field(hint: object) -> Schema:
    """The shape of a field, with the sentence about it first."""
    shape = _shape(hint)
    return {"description": shape.pop("description"), **shape}


def _shape(hint: object) -> Schema:
    """The shape of a type: what JSON Schema says of it, and what stands beside it."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _annotated(*typing.get_args(hint))
    if hint in NAMED:
        return ref(NAMED[hint])
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if hint == Number | None:
        return {"type": ["number", "null"]}
    return SHAPERS[origin](*typing.get_args(hint)) if origin else {"enum": [*typing.cast(EnumType, hint)]}


def _annotated(hint: object, *extras: object) -> Schema:
    shape = _shape(hint)
    for extra in extras:
        name, value = ("description", extra) if isinstance(extra, str) else typing.cast("tuple[str, object]", extra)
        shape[name] = [*value] if isinstance(value, tuple) else value
    if "enum" in shape:  # says all that the type says
        shape.pop("type", None)
    return shape


def _constant(value: object) -> Schema:
    return {"const": value}


def _mapping(_: object, values: object) -> Schema:
    return {"type": "object", "additionalProperties": _shape(values)}


def _list(of: object) -> Schema:
    return listing(_shape(of), most=MAX_RECENT_NOTICES if of is RecentNoticeFields else None)


def _or_null(*hints: object) -> Schema:
    shape = _shape(hints[0])
    if "enum" in shape:
        return {"enum": [*typing.cast("list[object]", shape["enum"]), None]}
    if "pattern" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    return {**shape, "type": [shape["type"], "null"]}


SHAPERS: Mapping[object, Callable[..., Schema]] = {
    typing.Literal: _constant,
    typing.Union: _or_null,
    types.UnionType: _or_null,
    Mapping: _mapping,
    Sequence: _list,
}
"""How a type of several parts is written."""
