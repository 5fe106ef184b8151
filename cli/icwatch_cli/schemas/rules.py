"""The part of the fleet file's JSON Schema that is about rules, from the constants that their readers use. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import COMPARATORS, SCOPES, TARGET, Level
from icwatch_cli.fleet import builtin, conditions, cursor, expressions, inhibitions, rules, selections, targets, texts
from icwatch_cli.schemas.shapes import Schema, by_language, listing, mapping, ref, said, text, whole

TEMPLATE = "With OCP's variables and the targets' labels, such as ${alarm_target} or ${vpc}."
ONE_CONDITION = "Left out where the expression ends in a comparison."


def rule_definitions() -> Schema:
    """What the schema of a rule refers to, and the rule itself."""
    step = text(texts.MAX_STEP_CHARACTERS)
    return {
        "label": {"type": "string", "pattern": whole(targets.LABEL_NAME)},
        "labels": listing(ref("label"), least=1, unique=True),
        "rule_name": {"type": "string", "pattern": whole(rules.NAME)},
        "threshold": {
            "type": "number",
            "exclusiveMinimum": -conditions.NUMBER_LIMIT,
            "exclusiveMaximum": conditions.NUMBER_LIMIT,
        },
        "name": by_language(ref("text")),
        "template": by_language(text(cursor.MAX_TEMPLATE)),
        "steps": by_language(listing(step, most=texts.MAX_STEPS)),
        "selection": _selection(),
        "level": mapping(conditions.LEVEL_FIELDS, _condition(), conditions.LEVEL_FIELDS),
        "override": {
            **mapping(conditions.OVERRIDE_FIELDS, {**_condition(), **_times(), **_override()}, ["match"]),
            "minProperties": 2,
            "not": _levels_beside_others(),
        },
        "inhibition": mapping(inhibitions.INHIBITION_FIELDS, _inhibition(), inhibitions.INHIBITION_FIELDS),
        "rule": {
            **mapping(rules.RULE_FIELDS, _rule(), ["name"]),
            "not": _levels_beside_others(),
            "if": {"properties": {"name": {"const": builtin.NAME}}},
            "else": {"required": ["expression"]},
        },
    }


def _rule() -> Mapping[str, Schema]:
    shapes = {**_condition(), **_times(), **_selecting(), **_words()}
    shapes |= {
        "name": said(
            "Name", f"{builtin.NAME} changes the built-in rule; any other is a rule of your own.",
            examples=[builtin.NAME, "vpc_connect_failed"], **ref("rule_name"),
        ),
        "enabled": said("Enabled", "false closes its alarms.", default=True, type="boolean"),
        "comparator": said("Comparator", f"How a value is held against the threshold. {ONE_CONDITION}",
                           enum=[*COMPARATORS]),
        "overrides": said(
            "Overrides", "What differs for some of its alarms; the first that matches holds.",
            **listing(ref("override"), most=conditions.MAX_OVERRIDES),
        ),
        "inhibited_by": said(
            "Inhibited by", "Rules whose current alarms keep those of this one from being announced.",
            **listing(ref("inhibition")),
        ),
    }  # fmt: skip
    shapes["level"]["default"] = str(Level.CRITICAL)
    for name, value in rules.DEFAULTS.items():
        shapes[name]["default"] = value
    return shapes


def _selecting() -> dict[str, Schema]:
    """What is measured, and of which targets."""
    values: Schema = {"anyOf": [ref("text"), listing(ref("text"), least=1)]}
    return {
        "expression": said(
            "Expression",
            "PromQL over one sweep, such as max(ic_server_health) by (vpc) == 0, or in OCP's form, in which @LABELS "
            "stands for filter and @GBLABELS for group_by. The built-in rule has one.",
            examples=[builtin.RULE["expression"], "max(ic_server_health) by (vpc) == 0"],
            **text(expressions.MAX_EXPRESSION),
        ),
        "filter": said(
            "Filter",
            "What @LABELS stands for: labels, each with a value or a list of values of which one fits.",
            type="object",
            minProperties=1,
            propertyNames=ref("label"),
            additionalProperties=values,
        ),
        "group_by": said(
            "Group by", "What @GBLABELS stands for; left out, every target is by itself.", **ref("labels")
        ),
        "exclude": said(
            "Exclude",
            "Targets that it is not about: addresses, or labels that all have to match.",
            **listing(ref("selection"), most=selections.MAX_SELECTIONS),
        ),
    }


def _condition() -> dict[str, Schema]:
    """At which values it is how bad."""
    return {
        "threshold": said("Threshold", f"What a value is held against. {ONE_CONDITION}", **ref("threshold")),
        "level": said("Level", "How bad it is, worst first: 停服, 严重, 警告, 注意, 提醒.", enum=[*Level]),
        "levels": said(
            "Levels", "Several levels, each with its threshold, in place of level and threshold.",
            **listing(ref("level"), least=1),
        ),
    }  # fmt: skip


def _times() -> dict[str, Schema]:
    return {
        "duration": said(
            "Duration", "持续时间: how long it holds before the alarm is raised; 0s at once.", **ref("duration")
        ),
        "breaches": said(
            "Breaches",
            "In place of duration: how many of the last values of a group must breach, such as 3 of 5.",
            type="string",
            pattern=whole(conditions.BREACHES),
            examples=["3 of 5"],
        ),
        "cycle": said(
            "Cycle", "告警周期. Shorter than `every`: decided at every sweep. Left out: `every`.", **ref("duration")
        ),
        "clear_cycle": said(
            "Clear cycle", "消除周期: how long values are good before it clears.", **ref("duration")
        ),
        "resend_interval": said(
            "Resend interval",
            "The pause before a current alarm is sent again, or several that grow. Left out: every cycle.",
            anyOf=[ref("duration"), _pauses(), {"type": "null"}],
        ),
        "unattended_after": said(
            "Unattended after",
            "How long after it was raised an alarm that nobody acknowledged is escalated, one duration or a list of "
            "stages; each notice of it has the attribute stage.",
            anyOf=[ref("duration"), listing(ref("duration"), most=conditions.MAX_STAGES)],
            examples=[["15m", "45m"]],
        ),
    }  # fmt: skip


def _pauses() -> Schema:
    return listing(ref("duration"), least=1, most=conditions.MAX_PAUSES)


def _words() -> dict[str, Schema]:
    return {
        "scope": said("Scope", "What it concerns: 服务, 服务器, 集群 or 租户.", enum=[*SCOPES]),
        "display_name": said("Display name", "One text, or one a language. Left out: the name.", **ref("name")),
        "summary": said("Summary", f"The first line of a notice. {TEMPLATE}", **ref("template")),
        "description": said("Description", f"The lines below it. {TEMPLATE}", **ref("template")),
        "recovery": said(
            "Recovery", f"What a notice says in their place once it is cleared. {TEMPLATE}", **ref("template")
        ),
        "runbook": said("Runbook", f"What to do, step by step. {TEMPLATE}", **ref("steps")),
    }


def _override() -> dict[str, Schema]:
    return {
        "match": said(
            "Match", "An address, a group such as vpc=vpc-1, or labels that all have to match.", **ref("selection")
        ),
        "resend_interval": said(
            "Resend interval",
            "The pause before a current alarm is sent again, or several that grow.",
            anyOf=[ref("duration"), _pauses()],
        ),
    }


def _inhibition() -> Mapping[str, Schema]:
    same = f"Labels of which the alarms of both have to carry the same values; {TARGET} is one."
    return {
        "rule": said("Rule", "The rule that inhibits.", **ref("rule_name")),
        "same": said("Same", same, **ref("labels")),
    }


def _selection() -> Schema:
    """An address, a group's name, or labels and their values."""
    named: Schema = {"anyOf": [ref("address"), {"type": "string", "pattern": "="}]}
    labels: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": ref("label"),
        "properties": {TARGET: said("Target", "An address.", allOf=[ref("text"), named])},
        "additionalProperties": ref("text"),
    }
    return {"anyOf": [*named["anyOf"], labels]}  # type: ignore[misc]


def _levels_beside_others() -> Schema:
    return {"anyOf": [{"required": ["levels", name]} for name in conditions.LEVEL_FIELDS]}
