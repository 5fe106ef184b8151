"""The JSON Schema of what programs receive of a notice, `icwatch schema --notice`. Pure.

Objects are open: within a version fields may come, and none goes or changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from icwatch.model import MAX_RECENT_NOTICES, Cause, Kind, Language, Level
from icwatch.notices.payload import BRIEF, KNOWN_BY, SCHEMA
from icwatch.notices.steps import Step
from icwatch_cli.fleet.rules import SCOPES
from icwatch_cli.schemas.shapes import Schema, listing, ref

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
MOMENT: Schema = {"type": "integer", "minimum": 0}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER_OR_NONE: Schema = {"type": ["number", "null"]}
STATUS: Schema = {"enum": ["Active", "Inactive"]}
ISO_8601: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT}
LEVELS: Schema = listing(ref("level"), least=1, unique=True)


def notice_schema() -> Schema:
    """The schema of the JSON of a notice."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "icwatch notice, version 1",
        "description": "What subscriptions by http, https, lambda, sqs and firehose are sent of alarms of IC-Servers.",
        "$comment": "Printed by `icwatch schema --notice`.",
        **_open(_notice()),
        "if": {"properties": {"shortened": {"const": 0}}},
        "then": {"properties": {"alarms": {"items": {"required": [*_alarm()]}}}},
        "$defs": {
            "kind": {"enum": [*Kind]},
            "level": {"enum": [*Level]},
            "cause": {"enum": [*Cause, None]},
            "alarm": {
                "description": f"One alarm; a shortened one has {', '.join(BRIEF)}, or the two ids only.",
                **_open(_alarm(), KNOWN_BY),
                "dependentRequired": {"target": [*BRIEF], "event": [*_alarm()]},
            },
            "event": {"description": "The fields of an alarm event in OCP's API.", **_open(_event())},
            "recent_notice": {"description": "A notice that was sent before.", **_open(_told())},
            "share": {"description": "How much of a part of the fleet is in alarm.", **_open(_share())},
        },
    }


def _notice() -> Mapping[str, Schema]:
    return {
        "schema": _said("The form of this JSON and its version.", {"const": SCHEMA}),
        "notice": _said("The id of the notice, the same whenever it is sent again.", NAME),
        "kind": _said("What the notice reports of all its alarms.", ref("kind")),
        "status": _said("Whether its alarms are active (Active) or are over (Inactive).", STATUS),
        "level": _said("The level of its alarms, of several the worst.", ref("level")),
        "levels": _said(
            "All levels that it concerns, its own first, then those at which it was notified before.", LEVELS
        ),
        "rule": _said("The name of the rule.", NAME),
        "rule_name": _said("The rule's name for people, in the language of the notice.", TEXT),
        "scope": _said("What the rule's alarms are of, in OCP's words.", {"enum": [*SCOPES]}),
        "target": _said("The target or group; of several alarms, a text that says how many and where.", NAME),
        "labels": _said("The labels that all its alarms have in common.", LABELS),
        "cause": _said("Why the probes failed, of several causes the most frequent, or null.", ref("cause")),
        "first_step": _said("Where OCP's procedure starts, or null where it is over.", {"enum": [*Step, None]}),
        "at": _said("When it was decided, in Unix seconds.", MOMENT),
        "shard": _said("The shard of the fleet that was probed.", NAME),
        "source": _said("The place that was probed from, empty where it is not known.", TEXT),
        "language": _said("The language of its texts.", {"enum": [*Language]}),
        "count": _said("How many alarms it reports, those that are left out counted.", {**COUNT, "minimum": 1}),
        "shares": _said("Of several alarms, how much of the shard and of label values fails.", listing(ref("share"))),
        "subject": _said("The subject of the mail, on one line.", NAME),
        "text": _said("The text of the mail, or a line that says that there was no room for it.", NAME),
        "shortened": _said("How many of the alarms, from the end, are without their details.", COUNT),
        "omitted": _said("How many further alarms are left out for want of room.", COUNT),
        "alarms": _said("The alarms, worst first.", listing(ref("alarm"))),
    }


def _share() -> Mapping[str, Schema]:
    text_or_none: Schema = {"type": ["string", "null"], "minLength": 1}
    return {
        "label": _said("The label that the targets share, or null for the whole shard.", text_or_none),
        "value": _said("The value of the label, or null for the whole shard.", text_or_none),
        "name": _said("What notices call this part of the fleet.", NAME),
        "failing": _said("How many alarms of the rule are active in it after the sweep.", COUNT),
        "of": _said("How many there could be.", COUNT),
        "elsewhere": _said("How many targets with the label value are in other shards.", COUNT),
        "suspect_path": _said("Whether all fail in a way that the network explains.", {"type": "boolean"}),
    }


def _alarm() -> Mapping[str, Schema]:
    return {
        "id": _said("The id of the alarm, the same in all its notices until it is over: a key of an incident.", NAME),
        "transition": _said("The id of what was decided of the alarm.", NAME),
        "target": _said("The target, or the group by its labels.", NAME),
        "level": _said("The level now, at an end the last one.", ref("level")),
        "levels": _said("All levels that are concerned, its own first.", LEVELS),
        "value": _said("The value that was seen, or null where the expression filtered it out.", NUMBER_OR_NONE),
        "comparator": _said("How the value is held against the threshold, empty where the rule is gone.", TEXT),
        "threshold": _said("The threshold of the level, or null where the rule has none any more.", NUMBER_OR_NONE),
        "cause": _said("Why the last probe that failed did, or null.", ref("cause")),
        "detail": _said("What that probe said of it, on one line, or null.", {"type": ["string", "null"]}),
        "http_status": _said("The HTTP status that it got, or null.", {"type": ["integer", "null"]}),
        "reason": _said("Why it was decided.", TEXT),
        "began_at": _said("When the condition began to hold, in Unix seconds.", MOMENT),
        "raised_at": _said("When the alarm was raised, in Unix seconds.", MOMENT),
        "since": _said(
            "When the run began that was decided on, of good values where it cleared, in Unix seconds.", MOMENT
        ),
        "seconds": _said("How long the condition has held, or did hold, in seconds.", COUNT),
        "reports": _said("How often the alarm was reported so far.", COUNT),
        "labels": _said("The labels of the target, or those that all targets of the group have in common.", LABELS),
        "recent_notices": _said(
            "The last notices before this one, oldest first.", listing(ref("recent_notice"), most=MAX_RECENT_NOTICES)
        ),
        "event": _said("The same as OCP has it.", ref("event")),
    }


def _told() -> Mapping[str, Schema]:
    return {
        "at": _said("When it was decided, in Unix seconds.", MOMENT),
        "kind": _said("What it reported.", ref("kind")),
        "level": _said("At which level.", ref("level")),
        "cause": _said("Why the probe had failed, or null.", ref("cause")),
    }


def _event() -> Mapping[str, Schema]:
    return {
        "id": _said("The id of the alarm.", NAME),
        "appType": _said("The label app_type, empty where there is none.", TEXT),
        "alarmType": _said("The name of the rule.", NAME),
        "scope": _said("What the rule's alarms are of.", {"enum": [*SCOPES]}),
        "level": _said("The level.", ref("level")),
        "status": _said("Whether the alarm is active (Active) or is over (Inactive).", STATUS),
        "target": _said("The target or group.", NAME),
        "summary": _said("The rule's summary, filled in.", TEXT),
        "description": _said("The rule's description, filled in.", TEXT),
        "activeAt": _said("When the alarm was raised, in ISO 8601 with the offset from UTC.", ISO_8601),
        "updatedAt": _said("When this was decided, in ISO 8601 with the offset from UTC.", ISO_8601),
        "resolvedAt": _said(
            "When it was over, in ISO 8601 with the offset, or null.", {"anyOf": [ISO_8601, {"type": "null"}]}
        ),
        "labels": _said("The labels of the alarm.", LABELS),
    }


def _said(description: str, shape: Schema) -> Schema:
    return {"description": description, **shape}


def _open(fields: Mapping[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """An object with these fields and any others."""
    needed = [*(fields if required is None else required)]
    return {"type": "object", "properties": {**fields}, "required": needed, "additionalProperties": True}
