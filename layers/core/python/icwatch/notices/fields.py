"""The fields of what programs receive, each once: the JSON of a notice and of a message about the monitoring itself.

`payload.py` and `operations.py` write these, and a type checker holds them to it; `icwatch schema --notice` and
`--monitoring` print them as JSON Schemas, with the sentence that each field has here. A name or a type is never changed
within a version of the form; fields may come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypedDict

from icwatch.model import CUT_OFF, SCOPES, UNCONFIRMED, UNREADABLE, UNSEEN, Cause, Kind, Language, Level, Number
from icwatch.notices.steps import Step

Name = Annotated[str, ("minLength", 1)]
"""A text that is not empty. What stands beside a type is what a JSON Schema says of it beyond the type."""

Moment = Annotated[int, ("minimum", 0)]
"""Unix seconds."""

Count = Annotated[int, ("minimum", 0)]
"""How many."""

Iso8601 = Annotated[str, ("pattern", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$")]
"""A moment with its offset from UTC."""

Scope = Annotated[str, ("enum", SCOPES)]
"""OCP's scopes of rules."""

Status = Annotated[str, ("enum", ("Active", "Inactive"))]
"""OCP's words for an alarm that is there, and for one that is over."""

Levels = Annotated[Sequence[Level], ("minItems", 1), ("uniqueItems", True)]
"""Levels, the notice's or alarm's own first."""

Labels = Mapping[str, str]
"""Labels with their values."""

NOTICE: Final = "icwatch.notice/1"
"""The form of the JSON of a notice, and its version."""

MONITORING: Final = "icwatch.monitoring/1"
"""The form of the JSON of a message about the monitoring itself, and its version."""

KNOWN_BY = ("id", "transition")
"""What a program keeps an alarm by."""

BRIEF = (*KNOWN_BY, "target", "level", "value", "cause")
"""What is left of an alarm that is shortened."""


class NoticeFields(TypedDict):
    """The JSON of a notice."""

    schema: Annotated[Literal["icwatch.notice/1"], "The form of this JSON and its version."]
    notice: Annotated[Name, "The id of the notice, the same whenever it is sent again."]
    kind: Annotated[Kind, "What the notice reports of all its alarms."]
    status: Annotated[Status, "Whether its alarms are active (Active) or are over (Inactive)."]
    drill: Annotated[bool, "Whether it is a drill, behind which there is no problem."]
    stage: Annotated[Count, "Of an unattended notice its stage, of others how many stages there were, or 0."]
    level: Annotated[Level, "The level of its alarms, of several the worst."]
    levels: Annotated[Levels, "All levels that it concerns, its own first, then those at which it was notified before."]
    rule: Annotated[Name, "The name of the rule."]
    rule_name: Annotated[str, "The rule's name for people, in the language of the notice."]
    scope: Annotated[Scope, "What the rule's alarms are of, in OCP's words."]
    target: Annotated[Name, "The target or group; of several alarms, a text that says how many and where."]
    labels: Annotated[Labels, "The labels that all its alarms have in common."]
    cause: Annotated[Cause | None, "Why the probes failed, of several causes the most frequent, or null."]
    first_step: Annotated[Step | None, "Where OCP's procedure starts, or null where it is over."]
    at: Annotated[Moment, "When it was decided, in Unix seconds."]
    shard: Annotated[Name, "The shard of the fleet that was probed."]
    source: Annotated[str, "The place that was probed from, empty where it is not known."]
    language: Annotated[Language, "The language of its texts."]
    count: Annotated[Count, ("minimum", 1), "How many alarms it reports, those that are left out counted."]
    shares: Annotated[Sequence[ShareFields], "Of several alarms, how much of the shard and of label values fails."]
    subject: Annotated[Name, "The subject of the mail, on one line."]
    text: Annotated[Name, "The text of the mail, or a line that says that there was no room for it."]
    shortened: Annotated[Count, "How many of the alarms, from the end, are without their details."]
    omitted: Annotated[Count, "How many further alarms are left out for want of room."]
    alarms: Annotated[Sequence[AlarmFields], "The alarms, worst first."]


class Written(TypedDict):
    """The texts of a notice, as its other forms show them."""

    notice: str
    subject: str
    text: str


class ShareFields(TypedDict):
    """How much of a part of the fleet is in alarm."""

    label: Annotated[Name | None, "The label that the targets share, or null for the whole shard."]
    value: Annotated[Name | None, "The value of the label, or null for the whole shard."]
    name: Annotated[Name, "What notices call this part of the fleet."]
    failing: Annotated[Count, "How many alarms of the rule are active in it after the sweep."]
    of: Annotated[Count, "How many there could be."]
    elsewhere: Annotated[Count, "How many targets with the label value are in other shards."]
    suspect_path: Annotated[bool, "Whether all fail in a way that the network explains."]


class AlarmFields(TypedDict):
    """One alarm, with the ids by which a program keeps it. One that is shortened has those of `BRIEF` or `KNOWN_BY`."""

    id: Annotated[Name, "The id of the alarm, the same in all its notices until it is over: a key of an incident."]
    transition: Annotated[Name, "The id of what was decided of the alarm."]
    target: Annotated[Name, "The target, or the group by its labels."]
    level: Annotated[Level, "The level now, at an end the last one."]
    levels: Annotated[Levels, "All levels that are concerned, its own first."]
    value: Annotated[Number | None, "The value that was seen, or null where the expression filtered it out."]
    comparator: Annotated[str, "How the value is held against the threshold, empty where the rule is gone."]
    threshold: Annotated[Number | None, "The threshold of the level, or null where the rule has none any more."]
    cause: Annotated[Cause | None, "Why the last probe that failed did, or null."]
    detail: Annotated[str | None, "What that probe said of it, on one line, or null."]
    http_status: Annotated[int | None, "The HTTP status that it got, or null."]
    reason: Annotated[str, "Why it was decided."]
    began_at: Annotated[Moment, "When the condition began to hold, in Unix seconds."]
    raised_at: Annotated[Moment, "When the alarm was raised, in Unix seconds."]
    since: Annotated[
        Moment, "When the run began that was decided on, of good values where it cleared, in Unix seconds."
    ]
    seconds: Annotated[Count, "How long the condition has held, or did hold, in seconds."]
    reports: Annotated[Count, "How often the alarm was reported so far."]
    stage: Annotated[Count, "How many stages it has been unattended, this one included."]
    labels: Annotated[Labels, "The labels of the target, or those that all targets of the group have in common."]
    recent_notices: Annotated[Sequence[RecentNoticeFields], "The last notices before this one, oldest first."]
    event: Annotated[EventFields, "The same as OCP has it."]


class RecentNoticeFields(TypedDict):
    """A notice that was sent before."""

    at: Annotated[Moment, "When it was decided, in Unix seconds."]
    kind: Annotated[Kind, "What it reported."]
    level: Annotated[Level, "At which level."]
    cause: Annotated[Cause | None, "Why the probe had failed, or null."]


class EventFields(TypedDict):
    """The fields of an alarm event in OCP's API."""

    id: Annotated[Name, "The id of the alarm."]
    appType: Annotated[str, "The label app_type, empty where there is none."]
    alarmType: Annotated[Name, "The name of the rule."]
    scope: Annotated[Scope, "What the rule's alarms are of."]
    level: Annotated[Level, "The level."]
    status: Annotated[Status, "Whether the alarm is active (Active) or is over (Inactive)."]
    target: Annotated[Name, "The target or group."]
    summary: Annotated[str, "The rule's summary, filled in; once cleared, its recovery, where it has one."]
    description: Annotated[str, "The rule's description, filled in; once cleared, its recovery, where it has one."]
    activeAt: Annotated[Iso8601, "When the alarm was raised, in ISO 8601 with the offset from UTC."]
    updatedAt: Annotated[Iso8601, "When this was decided, in ISO 8601 with the offset from UTC."]
    resolvedAt: Annotated[Iso8601 | None, "When it was over, in ISO 8601 with the offset, or null."]
    labels: Annotated[Labels, "The labels of the alarm."]


class MonitoringFields(TypedDict):
    """The JSON of a message to operations about the monitoring itself."""

    schema: Annotated[Literal["icwatch.monitoring/1"], "The form of this JSON and its version."]
    kind: Annotated[Literal["monitoring"], "What it is about, as in the message attribute of this name."]
    at: Annotated[Moment, "When it was decided, in Unix seconds."]
    shard: Annotated[Name, "The shard of the fleet that it is about."]
    source: Annotated[str, "The place that was probed from, empty where it is not known."]
    reports: Annotated[Sequence[ReportFields], "What is wrong, or is over."]
    omitted: Annotated[Count, "How many further reports are left out for want of room."]
    status: Annotated[Status, "Active, or Inactive where all that it reports is over."]
    notice: Annotated[Name, "The id of the message, the same whenever it is sent again."]
    subject: Annotated[Name, "The subject of the mail, on one line."]
    text: Annotated[Name, "The text of the mail."]


class ReportFields(TypedDict):
    """A problem of the monitoring itself, or that it is over."""

    kind: Annotated[
        str,
        ("enum", (UNSEEN, UNREADABLE, CUT_OFF, UNCONFIRMED)),
        "Whether a target is not seen, an item of the inventory cannot be read, nothing can be reached, or nobody "
        "confirmed a drill.",
    ]
    subject: Annotated[Name, "The target, the kind and id of the item, or that it is the whole fleet."]
    since: Annotated[Moment, "The first sweep that met the problem, in Unix seconds."]
    reason: Annotated[str, "Why, on one line, empty where it is not known."]
    ended: Annotated[
        str,
        ("enum", ("", "seen", "removed", "readable", "reached", "confirmed")),
        "How it ended, or an empty text where the problem goes on.",
    ]
