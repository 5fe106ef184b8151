"""The part of the fleet file's JSON Schema that is about robots. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.announcements.grouping import STAGE
from icwatch.model import Language, Level, RobotKind
from icwatch_cli.fleet import robots
from icwatch_cli.fleet.conditions import MAX_STAGES
from icwatch_cli.fleet.targets import LABEL_NAME
from icwatch_cli.schemas.shapes import Schema, listing, mapping, number_within, ref, said, whole


def robot_definitions() -> Mapping[str, Schema]:
    """What `$defs` holds of robots."""
    return {
        "robot": mapping(robots.ROBOT_FIELDS, _robot(), ["name", "kind", "url"]),
        "hours": mapping(robots.HOURS_FIELDS, _hours(), ["from", "until"]),
        "secret_reference": {"type": "string", "pattern": whole(robots.REFERENCE)},
    }


def _robot() -> Mapping[str, Schema]:
    values: Schema = {"anyOf": [ref("text"), listing(ref("text"), least=1, most=robots.MAX_VALUES)]}
    stage = number_within((1, MAX_STAGES))
    stages: Schema = {"anyOf": [stage, listing(stage, least=1, most=robots.MAX_VALUES)]}
    return {
        "name": said("Name", "What commands and logs call it.", type="string", pattern=whole(robots.NAME)),
        "kind": said("Kind", "Whose robot it is.", enum=[*RobotKind]),
        "url": said("Address", f"Where it is kept: {robots.HOW_TO_REFER}.", **ref("secret_reference")),
        "secret": said("Secret", "Where the secret is kept that signs messages.", **ref("secret_reference")),
        "language": said("Language", "Left out: the fleet's.", enum=[*Language, None]),
        "only": said(
            "Only",
            "Values of level, kind, rule, scope, stage, target or of labels, of which an alarm must have one each.",
            type="object",
            propertyNames={"type": "string", "pattern": whole(LABEL_NAME)},
            properties={STAGE: said("Stage", "Stages of a rule's unattended_after.", **stages)},
            additionalProperties=values,
        ),
        "repeats": said("Repeats", "Whether it is told again what it was told before.", type="boolean", default=True),
        "hours": said("Hours", "When it is told; at other times notices wait, and ends come.", **ref("hours")),
        "mention": said(
            "Mention",
            "Who is mentioned where something begins, by the vendor's ids.",
            **listing({"type": "string"}, most=robots.MAX_MENTIONED),
        ),
    }


def _hours() -> Mapping[str, Schema]:
    clock: Schema = {"type": "string", "pattern": whole(robots.CLOCK)}
    return {
        "from": said("From", 'A time of day in quotes, such as "09:00".', **clock),
        "until": said("Until", 'A time of day in quotes, such as "21:00".', **clock),
        "utc_offset": said("Offset", "Of the clock.", type="string", pattern=whole(robots.OFFSET), default="+00:00"),
        "except": said("Except", "Levels that come at any time.", **listing({"enum": [*Level]})),
    }
