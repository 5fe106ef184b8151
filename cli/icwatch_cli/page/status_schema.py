"""The JSON Schema of `status.json`, `icwatch schema --status`: of the types of its fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import Cause, Level
from icwatch_cli.page.now import State
from icwatch_cli.page.status_fields import (
    AvailabilityFields,
    CardFields,
    MonitoringStatus,
    OutageFields,
    PlaceFields,
    StatusFields,
    WatchedFields,
)
from icwatch_cli.schemas.shapes import Schema
from icwatch_cli.schemas.typed import TypedShapes

OBJECTS: Mapping[type, tuple[str, str]] = {
    CardFields: ("alarm", "What stands: an alarm, or those of several targets of a place."),
    PlaceFields: ("place", "A VPC, or whatever the fleet is told apart by."),
    AvailabilityFields: ("availability", "The seconds of all targets of a place within some days."),
    WatchedFields: ("watched", "The seconds of all targets within some days, each from its first sample on."),
    OutageFields: ("outage", "An outage that ended."),
    MonitoringStatus: ("monitoring", "The monitoring itself."),
}
"""What is described once, by its name there and in a sentence."""

SHAPES = TypedShapes(
    {Level: "level", Cause | None: "cause", State: "state", **{fields: name for fields, (name, _) in OBJECTS.items()}}
)


def status_schema() -> Schema:
    """The schema of `status.json`."""
    return {
        **SHAPES.document(
            StatusFields,
            "icwatch status, version 1",
            "What the status page shows, for programs; beside every page as status.json.",
            "Printed by `icwatch schema --status`.",
        ),
        "$defs": {
            "level": {"enum": [*Level]},
            "cause": {"enum": [*Cause, None]},
            "state": {"enum": [*State]},
            **{
                name: {"description": sentence, **SHAPES.mapping(fields)}
                for fields, (name, sentence) in OBJECTS.items()
            },
        },
    }
