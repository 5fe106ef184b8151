"""The fields of `status.json`, each once, with its type and a sentence. Within a version none is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypedDict

from icwatch.model import Cause, Level
from icwatch.notices.fields import Count, Moment, Name
from icwatch_cli.page.now import State
from icwatch_cli.page.overview import Mood

STATUS: Final = "icwatch.status/1"
"""The form of the JSON and its version."""


class StatusFields(TypedDict):
    """The status of a stack."""

    schema: Annotated[Literal["icwatch.status/1"], "The form of this JSON and its version."]
    stack: Annotated[Name, "The name of the stack."]
    at: Annotated[Moment, "When it was read, in Unix seconds."]
    mood: Annotated[Mood, "What there is to say in a word; good where nothing is wrong."]
    targets: Annotated[Count, "How many IC-Servers are watched."]
    down: Annotated[Count, "How many of them failed their last probe."]
    recovering: Annotated[Count, "How many answer again while their alarm has not cleared."]
    unseen: Annotated[Count, "How many could not be asked last."]
    alarms: Annotated[Sequence[CardFields], "The raised alarms, announced first; one entry may stand for several."]
    pending: Annotated[Count, "How many alarms are not raised yet."]
    places: Annotated[Sequence[PlaceFields], "The VPCs, or what the fleet is told apart by, worst first."]
    outages: Annotated[Sequence[OutageFields], "The outages that ended within 7 days, newest first."]
    monitoring: Annotated[MonitoringStatus, "How the monitoring itself is."]


class CardFields(TypedDict):
    """What stands: an alarm, or those of several targets of a place."""

    ids: Annotated[Sequence[Name], "The ids of its alarms, worst first, as notices have them."]
    rule: Annotated[Name, "The name of the rule."]
    targets: Annotated[Sequence[Name], "Their targets or groups."]
    place: Annotated[str, "Where they are, empty where no label says."]
    level: Annotated[Level, "The worst of their levels."]
    began_at: Annotated[Moment, "When the first of them began, in Unix seconds."]
    failing: Annotated[Count, "How many IC-Servers of it fail now; 0 where it is not about health."]
    of: Annotated[Count, "How many IC-Servers it is about."]
    causes: Annotated[Mapping[str, int], "Why they fail, with how many each, most frequent first."]
    cause: Annotated[Cause | None, "The most frequent cause, or null."]
    suspect_path: Annotated[bool, "Whether the network explains all of it."]
    clearing: Annotated[bool, "Whether the values are good again, and the alarm has not cleared yet."]
    good_seconds: Annotated[Count, "For how long they have been good."]
    clears_after: Annotated[Count, "After how many good seconds it clears."]
    announced: Annotated[bool, "Whether anybody was notified and no silence covers it."]
    notices: Annotated[Count, "How many notices went out."]
    next_notice_at: Annotated[int | None, "When it would be announced again, in Unix seconds, or null."]
    stage: Annotated[Count, "How often it was escalated as unattended."]
    acknowledged_by: Annotated[str | None, "Who has it, or null."]
    silence: Annotated[str | None, "The id of the silence that covers it, or null."]
    inhibits: Annotated[Sequence[Name], "The ids of the alarms that it inhibits."]


class PlaceFields(TypedDict):
    """A VPC, or whatever the fleet is told apart by."""

    name: Annotated[str, "Its name, empty for targets that carry no such label."]
    targets: Annotated[Count, "How many IC-Servers are there."]
    states: Annotated[Mapping[str, State], "How each of its IC-Servers is."]
    availability: Annotated[Sequence[AvailabilityFields], "How available it was, by span."]
    p50_ms: Annotated[int | None, "The median probe time of 24 h, in milliseconds, or null."]
    p95_ms: Annotated[int | None, "What 95 of 100 probes of 24 h did not exceed, in milliseconds, or null."]


class AvailabilityFields(TypedDict):
    """The seconds of all its targets within some days."""

    days: Annotated[Count, "How many days."]
    good_seconds: Annotated[Count, "How long they were good."]
    down_seconds: Annotated[Count, "How long they were down."]
    unseen_seconds: Annotated[Count, "How long nobody saw them, which availability leaves out."]


class OutageFields(TypedDict):
    """An outage that ended."""

    rule: Annotated[Name, "The rule of its alarm."]
    targets: Annotated[Sequence[Name], "Its targets or groups."]
    place: Annotated[str, "Where they are, empty where no label says."]
    began_at: Annotated[Moment, "The first bad sample, in Unix seconds."]
    ended_at: Annotated[Moment, "The first good sample, in Unix seconds."]
    seconds: Annotated[Count, "How long it lasted."]
    cause: Annotated[Cause | None, "Why the last probe failed, or null."]
    network: Annotated[bool, "Whether the network is suspected rather than a host."]
    announced: Annotated[bool, "Whether anybody was notified."]


class WatchedFields(TypedDict):
    """The seconds of all targets within some days, each from its first sample on."""

    days: Annotated[Count, "How many days."]
    watched_seconds: Annotated[Count, "How long they were seen, good or down."]
    unseen_seconds: Annotated[Count, "How long nobody saw them."]


class MonitoringStatus(TypedDict):
    """The monitoring itself."""

    well: Annotated[bool, "Whether there is nothing to look after."]
    watched: Annotated[Sequence[WatchedFields], "How long the fleet was watched, by span."]
    swept_at: Annotated[int | None, "The last sweep, in Unix seconds, or null."]
    evaluated_at: Annotated[int | None, "The last sweep that all shards decided on, in Unix seconds, or null."]
    sweeps: Annotated[Count, "How many cycles of the last 24 h were swept."]
    sweeps_due: Annotated[Count, "How many should have been."]
    dead_letters: Annotated[Mapping[str, int], "Messages in the dead-letter queues, by what they are of."]
    robots: Annotated[Mapping[str, bool], "Whether each robot took its last message."]
    drill_at: Annotated[int | None, "When the last drill began, in Unix seconds, or null where none is known."]
    drill_confirmed: Annotated[bool, "Whether somebody said that it arrived."]
    inventory_version: Annotated[Count, "The version of the inventory."]
    source: Annotated[str, "Where it probes from, empty where that is not known."]
