"""`icwatch schema`: the JSON Schema of the fleet file, from what its reader uses, or of what programs receive.

It says what can be said of one value at a time. What hangs on several (a target listed twice, a cycle shorter than
`every`, a variable that no label has) is left to `icwatch check`, and so is what an expression means.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping

from icwatch import address, duration
from icwatch.announcements.grouping import MAX_ROUTES, RESERVED
from icwatch.model import DEFAULT_PORT, MERGE_ABOVE, Language, ProbeSpec
from icwatch_cli import fleet
from icwatch_cli.arguments.schema import FLEET, MONITORING, NOTICE, STATUS
from icwatch_cli.fleet import builtin, control, cursor, notices, probes, robots, rules, targets
from icwatch_cli.page.status_schema import status_schema
from icwatch_cli.schemas.notice import monitoring_schema, notice_schema
from icwatch_cli.schemas.robots import robot_definitions
from icwatch_cli.schemas.rules import rule_definitions
from icwatch_cli.schemas.shapes import Schema, listing, mapping, number_within, ref, said, text, whole


def run(arguments: argparse.Namespace) -> int:
    """Print a schema. Exit 0."""
    print(json.dumps(SCHEMAS[arguments.schema](), ensure_ascii=False, indent=2))
    return 0


def fleet_schema() -> Schema:
    """The schema of a fleet file. Pure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "icwatch fleet file",
        "description": "Which IC-Servers are watched, how they are asked, and when an alarm is raised and cleared.",
        "$comment": "Printed by `icwatch schema`; icwatch check finds more.",
        **mapping(fleet.FLEET_FIELDS, _fleet(), ["targets"]),
        "$defs": {
            "duration": {"type": "string", "maxLength": duration.MAX_LENGTH, "pattern": whole(duration.WHOLE)},
            "address": {"type": "string", "pattern": address.SHAPE},
            "text": text(cursor.MAX_TEXT),
            "metric": {
                "type": "string",
                "pattern": whole(probes.METRIC_NAME),
                "not": {"enum": [*probes.BUILT_IN]},
            },
            "probe": mapping(probes.PROBE_FIELDS, _probe()),
            "target": mapping(targets.TARGET_FIELDS, _target(), ["address"]),
            "control": mapping(control.CONTROL_FIELDS, _control(), ["address"]),
            **rule_definitions(),
            **robot_definitions(),
        },
    }


def _fleet() -> Mapping[str, Schema]:
    target: Schema = {"anyOf": [ref("address"), ref("target")]}
    routed: Schema = {**ref("label"), "not": {"enum": sorted({*RESERVED} | targets.RESERVED_LABELS)}}
    return {
        "language": said("Language", "Of notices. Left out: the language of the stack.", enum=[*Language, None]),
        "ocp": said(
            "Version of OCP",
            "The built-in rule is as in this version: its texts, its cycle and what it says of an alarm that is over.",
            default=builtin.DEFAULT_VERSION,
            enum=[*builtin.VERSIONS],
        ),
        "every": said("Collection cycle", "采集周期, whole seconds.", default=fleet.EVERY, **ref("duration")),
        "route_by": said(
            "Route by",
            "Labels whose values become message attributes of their own, which subscribers can filter by.",
            **listing(routed, most=MAX_ROUTES, unique=True),
        ),
        "merge_above": said(
            "Merge above",
            "Where one sweep has more to report of one rule and kind than this, it becomes one notice.",
            default=MERGE_ABOVE,
            **number_within(notices.MERGES),
        ),
        "targets": said("Targets", "Addresses, or mappings with more.", **listing(target, least=1)),
        "probe": said(
            "Probe",
            "How the health of a target is asked for; its metric is ic_server_health.",
            default=_defaults(),
            **ref("probe"),
        ),
        "probes": said(
            "Further probes",
            "Metrics of your own: each is 1 where the answer is as expected, and 0 where it is not.",
            type="object",
            maxProperties=probes.MAX_PROBES,
            propertyNames=ref("metric"),
            additionalProperties=ref("probe"),
        ),
        "rules": said(
            "Rules",
            "What differs from the built-in rule, and rules of your own.",
            **listing(ref("rule"), most=rules.MAX_RULES),
        ),
        "control": said(
            "Control endpoints",
            "What of your own network answers as long as it works. Where neither a target nor one of them can be "
            "reached, nothing is known of any target, and operations hear of it.",
            **listing({"anyOf": [ref("address"), ref("control")]}, most=control.MAX_CONTROLS),
        ),
        "robots": said(
            "Robots",
            "Chat robots and programs that are told, beside the topic.",
            **listing(ref("robot"), most=robots.MAX_ROBOTS),
        ),
    }


def _target() -> Mapping[str, Schema]:
    names: Schema = {**ref("label"), "not": {"enum": sorted(targets.RESERVED_LABELS)}}
    some = listing(ref("metric"))
    own: Schema = {
        "type": "object",
        "maxProperties": probes.MAX_PROBES,
        "propertyNames": ref("metric"),
        "additionalProperties": {"anyOf": [ref("probe"), {"const": False}]},
    }
    return {
        "address": said("Address", "IPv4, IPv6 or a host name, also with the port.", **ref("address")),
        "port": said("Port", "Where the IC-Server listens.", default=DEFAULT_PORT, **number_within(probes.PORTS)),
        "scheme": said("Scheme", "Certificates are verified.", default=probes.SCHEMES[0], enum=[*probes.SCHEMES]),
        "labels": said(
            "Labels",
            "Shown in notices, message attributes, and variables of the templates; rules group and select by them.",
            type="object",
            maxProperties=targets.MAX_LABELS,
            propertyNames=names,
            additionalProperties=ref("text"),
        ),
        "probe": said("Probe", "What differs from the fleet's `probe`.", **ref("probe")),
        "probes": said(
            "Further probes",
            "A list of the fleet's that it takes part in, or a mapping of metrics and what differs; false for none.",
            anyOf=[some, own],
        ),
    }


def _control() -> Mapping[str, Schema]:
    return {
        "address": said("Address", "IPv4, IPv6 or a host name, also with the port.", **ref("address")),
        "port": said("Port", "Where it listens.", **number_within(probes.PORTS)),
        "scheme": said("Scheme", "It need not be an HTTP server.", default=probes.SCHEMES[0], enum=[*probes.SCHEMES]),
    }


def _probe() -> Mapping[str, Schema]:
    """No defaults here: of a target's own probe, what is left out is the fleet's."""
    path = {"type": "string", "pattern": whole(probes.PATH)}
    body = text(probes.MAX_BODY_CHARACTERS)
    return {
        "path": said("Path", "What is asked for.", **path),
        "port": said("Port", "Where it is asked. Left out: the target's.", **number_within(probes.PORTS)),
        "scheme": said("Scheme", "Left out: the target's.", enum=[*probes.SCHEMES]),
        "timeout": said(
            "Timeout",
            f"One deadline from the name to the last byte, 1ms to {probes.MAX_TIMEOUT_SECONDS}s.",
            **ref("duration"),
        ),
        "attempts": said(
            "Attempts",
            "How often a probe is made that fails, all within its timeout.",
            **number_within(probes.ATTEMPTS),
            default=1,
        ),
        "expect_status": said("Expected statuses", "Of HTTP.", **listing(number_within(probes.STATUSES), least=1)),
        "body": said("Body", "A text that the beginning of the answer has to hold.", **body),
        "body_pattern": said("Pattern", "A regular expression (RE2) that has to fit somewhere in it.", **body),
    }


def _defaults() -> Schema:
    """The fields of a probe as a fleet file would write the defaults."""
    spec = ProbeSpec()
    return {"path": spec.path, "timeout": f"{spec.timeout}s", "expect_status": [*spec.expect_status]}


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    FLEET: fleet_schema,
    NOTICE: notice_schema,
    MONITORING: monitoring_schema,
    STATUS: status_schema,
}
"""How each of them is made."""
