"""The JSON Schemas of what programs receive, `icwatch schema --notice` and `--monitoring`: of the types of its fields.

Objects are open: within a version fields may come, and none goes or changes. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import MAX_RECENT_NOTICES, Cause, Kind, Level
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
from icwatch_cli.schemas.shapes import Schema
from icwatch_cli.schemas.typed import TypedShapes

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

SHAPES = TypedShapes(NAMED, {RecentNoticeFields: MAX_RECENT_NOTICES})


def notice_schema() -> Schema:
    """The schema of the JSON of a notice."""
    schema = SHAPES.document(
        NoticeFields,
        "icwatch notice, version 1",
        "What subscriptions by http, https, lambda, sqs and firehose are sent of alarms of IC-Servers.",
        "Printed by `icwatch schema --notice`.",
    )
    alarm = [*SHAPES.fields(AlarmFields)]
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
                **SHAPES.mapping(AlarmFields, KNOWN_BY),
                "dependentRequired": {"target": [*BRIEF], "event": alarm},
            },
            "event": {"description": "The fields of an alarm event in OCP's API.", **SHAPES.mapping(EventFields)},
            "recent_notice": {"description": "A notice that was sent before.", **SHAPES.mapping(RecentNoticeFields)},
            "share": {"description": "How much of a part of the fleet is in alarm.", **SHAPES.mapping(ShareFields)},
        },
    }


def monitoring_schema() -> Schema:
    """The schema of the JSON of a message about the monitoring itself."""
    return {
        **SHAPES.document(
            MonitoringFields,
            "icwatch monitoring message, version 1",
            "What programs that subscribe to the operations topic are sent of problems of the monitoring itself.",
            "Printed by `icwatch schema --monitoring`.",
        ),
        "$defs": {"report": {"description": "A problem, or that it is over.", **SHAPES.mapping(ReportFields)}},
    }
