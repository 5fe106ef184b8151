"""Rules as a fleet file writes them: the built-in one, of which any field can be changed, and the user's own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from icwatch.model import COMPARATORS, TARGET, Bound, Inhibition, Level, Rule
from icwatch.rules.coverage import inhibitors_of
from icwatch_cli.fleet import builtin
from icwatch_cli.fleet.conditions import read_bounds, read_overrides
from icwatch_cli.fleet.expressions import Compiled, ExpressionError, compile_expression
from icwatch_cli.fleet.reader import MAX_TEMPLATE, Reader, said, shown
from icwatch_cli.fleet.selections import check_known, read_filter, read_labels, read_selections
from icwatch_cli.fleet.texts import check_templates, read_steps, read_texts

RULE_FIELDS = (
    "name", "enabled", "expression", "filter", "group_by", "exclude", "comparator", "threshold", "level", "levels",
    "duration", "cycle", "clear_cycle", "resend_interval", "scope", "display_name", "summary", "description", "runbook",
    "overrides", "inhibited_by",
)  # fmt: skip
INHIBITION_FIELDS = ("rule", "same")
INHIBITION = "{rule: vpc_connect_failed, same: [vpc]}"
CONDITION = ("comparator", "threshold", "levels")

SCOPES = ("Service", "Host", "Cluster", "Tenant")
"""The scopes of OCP's alarms."""

NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")
MAX_RULES = 20
"""With 200 targets in a shard, what stands when every rule fires for every target still fits one item."""

DEFAULTS: Mapping[str, Any] = {
    "comparator": "==",
    "duration": "0s",
    "clear_cycle": "5m",
    "summary": "${alarm_target} ${alarm_name}",
    "description": "${alarm_target} ${alarm_name}",
}
"""Of a rule of the user's own: OCP's, as far as it has any. The cycle is the collection cycle."""


def read_rules(reader: Reader, value: object, every: int | None, labels: Collection[str] | None) -> dict[str, Rule]:
    """The rules in force by name. `every` and `labels` are the fleet's collection cycle and its targets' labels.

    Either is None where it could not be read: what hangs on it is then not looked at.
    """
    rules: dict[str, Rule] = {}
    places: dict[str, str] = {}
    entries = reader.items("rules", value, "rules")
    if len(entries) > MAX_RULES:
        reader.wrong("rules", f"has {len(entries)} rules", f"keep at most {MAX_RULES}")
    for place, entry in entries[:MAX_RULES]:
        rule = read_rule(reader, place, entry, every, labels)
        if rule.name in rules:
            reader.wrong(f"{place}.name", f"{rule.name} is defined already as {places[rule.name]}", "merge the two")
        elif rule.name:
            rules[rule.name], places[rule.name] = rule, place
    complete = isinstance(value, list) and len(entries) == len(rules)
    if builtin.NAME not in rules:
        sound = complete and all(rule.program for rule in rules.values())  # else one may be meant for the built-in one
        rule = rules[builtin.NAME] = read_rule(reader, "rule", builtin.RULE, None, labels)
        if every is not None and rule.cycle < every and sound:
            wrong = f"{every}s is longer than the {rule.cycle}s cycle of {rule.name}"
            reader.wrong("every", wrong, f"write {rule.cycle}s, or a rule {rule.name} with cycle: {every}s")
    _check_inhibitions(reader, places, rules, complete=complete)
    return rules


def read_rule(reader: Reader, place: str, value: object, every: int | None, labels: Collection[str] | None) -> Rule:
    """One rule. Fields that are left out are the built-in rule's, for it, and the defaults for any other."""
    given = reader.mapping(place, value, RULE_FIELDS)
    name = _name(reader, place, given) if isinstance(value, Mapping) else ""
    fields = _laid_over(builtin.RULE if name == builtin.NAME else {**DEFAULTS, "cycle": f"{every or 60}s"}, given)
    compiled = _expression(reader, place, name, fields, labels)
    comparator, bounds = _condition(reader, place, fields, given, compiled)
    compiled = compiled or Compiled((), (TARGET,))
    check_templates(reader, place, given, labels)
    cycle = _cycle(reader, f"{place}.cycle", fields["cycle"], every)
    resend = fields.get("resend_interval")
    scope = fields.get("scope", "Host" if compiled.group_by == (TARGET,) else "Service")
    return Rule(
        name=name,
        expression=" ".join(str(fields.get("expression", "")).split()),
        program=compiled.program,
        comparator=comparator,
        bounds=bounds,
        duration=reader.seconds(f"{place}.duration", fields["duration"]),
        cycle=cycle,
        clear_cycle=reader.seconds(f"{place}.clear_cycle", fields["clear_cycle"]),
        resend_interval=cycle if resend is None else reader.seconds(f"{place}.resend_interval", resend, least=1),
        scope=reader.choice(f"{place}.scope", scope, SCOPES),
        display_name=read_texts(reader, f"{place}.display_name", fields.get("display_name", name or "-")),
        summary=read_texts(reader, f"{place}.summary", fields["summary"], MAX_TEMPLATE),
        description=read_texts(reader, f"{place}.description", fields["description"], MAX_TEMPLATE),
        group_by=compiled.group_by,
        runbook=read_steps(reader, f"{place}.runbook", fields["runbook"]) if "runbook" in fields else {},
        exclude=read_selections(reader, f"{place}.exclude", fields["exclude"]) if "exclude" in fields else (),
        overrides=read_overrides(reader, f"{place}.overrides", fields.get("overrides", []), comparator, bounds),
        inhibited_by=_inhibitions(reader, f"{place}.inhibited_by", fields.get("inhibited_by", []), labels),
        enabled=_truth(reader, f"{place}.enabled", fields.get("enabled", True)),
    )


def _cycle(reader: Reader, place: str, value: object, every: int | None) -> int:
    before = len(reader.problems)
    cycle = reader.seconds(place, value, least=1)
    if every is not None and cycle < every and len(reader.problems) == before:
        wrong = f"{cycle}s is shorter than the collection cycle {every}s"
        reader.wrong(place, wrong, f"write a cycle of {every}s or more")
    return cycle


def _name(reader: Reader, place: str, given: Mapping[str, Any]) -> str:
    if not reader.need(place, given, {"name": f"write {builtin.NAME}, or a name of your own"}):
        return ""
    name = given["name"]
    if isinstance(name, str) and NAME.fullmatch(name):
        return name
    wrong = "is empty" if name is None else f"{shown(name)} is no name of a rule"
    reader.wrong(f"{place}.name", wrong, "write small letters, digits and _, such as vpc_connect_failed")
    return ""


def _laid_over(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given over what is not; levels take the place of the one level, and the other way round."""
    hidden = {"level", "threshold"} if "levels" in given else set()
    return {**{name: value for name, value in base.items() if name not in hidden}, **given}


def _expression(
    reader: Reader, place: str, name: str, fields: Mapping[str, Any], labels: Collection[str] | None
) -> Compiled | None:
    """The expression, checked and compiled; None where it is wrong or missing."""
    before = len(reader.problems)
    matchers = read_filter(reader, f"{place}.filter", fields["filter"]) if "filter" in fields else ()
    group_by = read_labels(reader, f"{place}.group_by", fields["group_by"], labels) if "group_by" in fields else None
    sound = len(reader.problems) == before
    at = f"{place}.expression"
    if "expression" not in fields:
        if name:  # a rule without a name of its own may be meant for the built-in one
            reader.need(place, fields, {"expression": _missing(name)})
        return None
    text = reader.text(at, fields["expression"], MAX_TEMPLATE)
    if not text:
        return None
    try:
        compiled = compile_expression(
            text, matchers=matchers, group_by=group_by if sound else None, labels=labels or ()
        )
    except ExpressionError as error:
        reader.wrong(at, *error.args)
        return None
    for label in compiled.group_by:
        if label not in (group_by or ()):
            check_known(reader, at, label, labels)
    return compiled


def _missing(name: str) -> str:
    """What to write where a rule has no expression: maybe it is meant for the built-in one."""
    meant = (
        f"did you mean the name {builtin.NAME}? " if difflib.get_close_matches(name, [builtin.NAME], 1, 0.85) else ""
    )
    return f"{meant}write one such as min(ic_server_health{{@LABELS}}) by (@GBLABELS)"


def _condition(
    reader: Reader, place: str, fields: Mapping[str, Any], given: Mapping[str, Any], compiled: Compiled | None
) -> tuple[str, tuple[Bound, ...]]:
    """The comparator and the levels: those of the fields, or the comparison that the expression ends in."""
    if compiled is None or compiled.comparator is None or compiled.threshold is None:
        comparator = reader.choice(f"{place}.comparator", fields["comparator"], COMPARATORS)
        unknown = (Bound(Level.CRITICAL, 0),) if compiled is None else ()  # it may end in a comparison once it is right
        return comparator, read_bounds(reader, place, fields, comparator, unknown)
    twice = next((name for name in CONDITION if name in given), None)
    if twice is not None:
        wrong = f"is written beside the expression's own condition {compiled.comparator} {compiled.threshold}"
        reader.wrong(f"{place}.{twice}", wrong, "write the condition in one place")
    level = Level(reader.choice(f"{place}.level", fields.get("level", Level.CRITICAL), Level))
    return compiled.comparator, (Bound(level, compiled.threshold),)


def _inhibitions(reader: Reader, place: str, value: object, labels: Collection[str] | None) -> tuple[Inhibition, ...]:
    found = []
    for at, entry in reader.items(place, value, f"rules, such as {INHIBITION}"):
        fields = reader.mapping(at, entry, INHIBITION_FIELDS)
        if isinstance(entry, Mapping):
            reader.need(at, fields, dict.fromkeys(INHIBITION_FIELDS, f"write {INHIBITION}"))
            rule = reader.text(f"{at}.rule", fields["rule"]) if "rule" in fields else ""
            same = read_labels(reader, f"{at}.same", fields["same"], labels) if "same" in fields else ()
            found.append(Inhibition(rule, same))
        else:
            found.append(Inhibition("", ()))
    return tuple(found)


def _check_inhibitions(reader: Reader, places: Mapping[str, str], rules: Mapping[str, Rule], *, complete: bool) -> None:
    """Tell inhibitors that are no rules, and circles, each where it closes. `complete`: every rule could be named."""
    accepted = {name: replace(rule, inhibited_by=()) for name, rule in rules.items()}
    for name, place in places.items():
        for index, inhibition in enumerate(rules[name].inhibited_by):
            at = f"{place}.inhibited_by[{index}].rule"
            if inhibition.rule not in rules:
                if inhibition.rule and complete:
                    reader.choice(at, inhibition.rule, [each for each in rules if each != name] or rules)
            elif name in inhibitors_of(inhibition.rule, accepted):
                wrong = "itself" if inhibition.rule == name else f"{inhibition.rule}, which it inhibits in turn"
                reader.wrong(at, f"{name} is inhibited by {wrong}", "take one of the two out")
            else:
                known = accepted[name]
                accepted[name] = replace(known, inhibited_by=(*known.inhibited_by, inhibition))


def _truth(reader: Reader, place: str, value: object) -> bool:
    if not isinstance(value, bool):
        reader.wrong(place, f"is {said(value)}", "write true or false")
    return value is True
