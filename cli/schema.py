"""`icwatch schema`: the JSON Schema of the fleet file, from the constants that its reader uses.

It says what can be said of one value at a time. What hangs on several (a target listed twice, a cycle shorter than
`every`, a variable that no label has) is left to `icwatch check`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from re import Pattern

from icwatch import address, builtin, config, duration
from icwatch.config import reader, rules, targets
from icwatch.evaluation import COMPARATORS
from icwatch.model import DEFAULT_PORT, Language, Level, ProbeSpec

Schema = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to declare but the help."""
    parser.description = (
        "Prints the JSON Schema of the fleet file, which is also in docs/fleet.schema.json. An editor that knows it "
        "completes and checks: begin the file with # yaml-language-server: $schema=PATH or URL."
    )


def run(_: argparse.Namespace) -> int:
    """Print the schema. Exit 0."""
    print(json.dumps(fleet_schema(), ensure_ascii=False, indent=2))
    return 0


def fleet_schema() -> Schema:
    """The schema of a fleet file. A field without a shape here is a KeyError, so that none is forgotten. Pure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "icwatch fleet file",
        "description": "Which IC-Servers are watched, how they are asked, and when an alarm is raised and cleared.",
        "$comment": "Printed by `icwatch schema`; icwatch check finds more.",
        **_mapping(config.FLEET_FIELDS, _fleet(), ["targets"]),
        "$defs": {
            "duration": {"type": "string", "maxLength": duration.MAX_LENGTH, "pattern": _whole(duration.WHOLE)},
            "address": {"type": "string", "pattern": address.SHAPE},
            "text": _text(reader.MAX_TEXT),
            "name": _texts(_ref("text")),
            "template": _texts(_text(reader.MAX_TEMPLATE)),
            "target": _mapping(targets.TARGET_FIELDS, _target(), ["address"]),
            "rule": _mapping(rules.RULE_FIELDS, _rule(), ["name"]),
        },
    }


def _fleet() -> Mapping[str, Schema]:
    target: Schema = {"anyOf": [_ref("address"), _ref("target")]}
    return {
        "language": _said("Language", "Of notices. Left out: the language of the stack.", enum=[*Language, None]),
        "every": _said("Collection cycle", "采集周期, whole seconds.", default=config.EVERY, **_ref("duration")),
        "targets": _said("Targets", "Addresses, or mappings with more.", type="array", minItems=1, items=target),
        "probe": _said("Probe", "How a target is asked.", **_mapping(targets.PROBE_FIELDS, _probe())),
        "rules": _said("Rules", "What differs from the built-in rule.", type="array", items=_ref("rule")),
    }


def _target() -> Mapping[str, Schema]:
    names = {"pattern": _whole(targets.LABEL_NAME), "not": {"enum": sorted(targets.RESERVED_LABELS)}}
    return {
        "address": _said("Address", "IPv4, IPv6 or a host name, also with the port.", **_ref("address")),
        "port": _said("Port", "Where the IC-Server listens.", default=DEFAULT_PORT, **_whole_number(targets.PORTS)),
        "scheme": _said("Scheme", "Certificates are verified.", default=targets.SCHEMES[0], enum=[*targets.SCHEMES]),
        "labels": _said(
            "Labels",
            "Shown in notices, message attributes, and variables of the templates.",
            type="object",
            maxProperties=targets.MAX_LABELS,
            propertyNames=names,
            additionalProperties=_ref("text"),
        ),
    }


def _probe() -> Mapping[str, Schema]:
    default = ProbeSpec()
    status = {"type": "array", "minItems": 1, "items": _whole_number(targets.STATUSES)}
    path = {"type": "string", "pattern": _whole(targets.PATH)}
    return {
        "path": _said("Path", "What is asked for.", default=default.path, **path),
        "timeout": _said(
            "Timeout",
            f"One deadline from the name to the last byte, 1ms to {targets.MAX_TIMEOUT}s.",
            default=f"{default.timeout}s",
            **_ref("duration"),
        ),
        "expect_status": _said("Healthy statuses", "Of HTTP.", default=[*default.expect_status], **status),
    }


def _rule() -> Mapping[str, Schema]:
    limit = rules.NUMBER_LIMIT
    number = {"type": "number", "exclusiveMinimum": -limit, "exclusiveMaximum": limit}
    template = "With OCP's variables and the targets' labels, such as ${alarm_target}."
    shapes = {
        "name": _said("Name", "The rule to change.", const=builtin.NAME),
        "expression": _said("Expression", "Fixed; best left out.", const=builtin.RULE["expression"]),
        "comparator": _said("Comparator", "How a sample is held against the threshold.", enum=[*COMPARATORS]),
        "threshold": _said("Threshold", "A sample is 1 (healthy) or 0.", **number),
        "duration": _said("Duration", "持续时间: how long it fails before the alarm is raised.", **_ref("duration")),
        "cycle": _said("Cycle", "告警周期; not shorter than `every`.", **_ref("duration")),
        "clear_cycle": _said(
            "Clear cycle", "消除周期: how long samples are good before it clears.", **_ref("duration")
        ),
        "level": _said("Level", "How bad it is.", enum=[*Level]),
        "scope": _said("Scope", "What it concerns.", enum=[*rules.SCOPES]),
        "display_name": _said("Display name", "One text, or one a language.", **_ref("name")),
        "summary": _said("Summary", template, **_ref("template")),
        "description": _said("Description", template, **_ref("template")),
        "resend_interval": _said(
            "Resend interval",
            "How often a standing alarm is sent again. Left out: every cycle.",
            anyOf=[_ref("duration"), {"type": "null"}],
        ),
        "enabled": _said("Enabled", "false closes its alarms.", default=True, type="boolean"),
    }
    for name, value in builtin.RULE.items():
        shapes[name].setdefault("default", value)
    return shapes


def _texts(text: Schema) -> Schema:
    """One text for all languages, or one a language."""
    return {"anyOf": [text, {**_mapping(Language, dict.fromkeys(map(str, Language), text)), "minProperties": 1}]}


def _text(most: int) -> Schema:
    return {"type": "string", "maxLength": most, "pattern": r"\S"}


def _mapping(fields: Iterable[str], shapes: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A mapping of these fields and no others."""
    properties = {str(name): shapes[name] for name in fields}
    needed = {"required": [*required]} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _whole_number(limits: tuple[int, int]) -> Schema:
    return {"type": "integer", "minimum": limits[0], "maximum": limits[1]}


def _whole(pattern: Pattern[str]) -> str:
    """A pattern for the whole text: JSON Schema searches."""
    return f"^(?:{pattern.pattern})$"


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(title: str, description: str, **shape: object) -> Schema:
    return {"title": title, "description": description, **shape}
