"""Rules as a fleet file writes them: the built-in one, of which any field can be changed, and the user's own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from icwatch.model import COMPARATORS, DRILL_RULE, SCOPES, TARGET, Bound, Level, Rule
from icwatch_cli.fleet import builtin
from icwatch_cli.fleet.conditions import read_bounds, read_breaches, read_overrides, read_pauses, read_stages
from icwatch_cli.fleet.cursor import MAX_TEMPLATE, Cursor
from icwatch_cli.fleet.expressions import Compiled, ExpressionError, compile_expression
from icwatch_cli.fleet.inhibitions import check_inhibitions, read_inhibitions
from icwatch_cli.fleet.quoting import shown
from icwatch_cli.fleet.selections import check_known, read_filter, read_labels, read_selections
from icwatch_cli.fleet.texts import check_templates, read_steps, read_texts

RULE_FIELDS = (
    "name", "enabled", "expression", "filter", "group_by", "exclude", "comparator", "threshold", "level", "levels",
    "duration", "breaches", "cycle", "clear_cycle", "resend_interval", "unattended_after", "scope", "display_name",
    "summary", "description", "recovery", "runbook", "overrides", "inhibited_by",
)  # fmt: skip
CONDITION = ("comparator", "threshold", "levels")

NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")
MAX_RULES = 20
"""With 200 targets in a shard, what is stored when every rule fires for every target still fits one item."""

DEFAULTS: Mapping[str, Any] = {
    "comparator": "==",
    "duration": "0s",
    "clear_cycle": "5m",
    "summary": "${alarm_target} ${alarm_name}",
    "description": "${alarm_target} ${alarm_name}",
}
"""Of a rule of the user's own: OCP's, as far as it has any. The cycle is the collection cycle."""


V3_3 = builtin.Profile()


def read_rules(
    at: Cursor, every: int | None, labels: Collection[str] | None, profile: builtin.Profile = V3_3
) -> dict[str, Rule]:
    """The rules in force by name. `every` and `labels` are the fleet's collection cycle and its targets' labels.

    Either is None where it could not be read: what depends on it is then not looked at. `profile` is what the built-in
    rule is where nothing is given.
    """
    rules: dict[str, Rule] = {}
    places: dict[str, Cursor] = {}
    entries = at.items("rules")
    if len(entries) > MAX_RULES:
        at.wrong(f"has {len(entries)} rules", f"keep at most {MAX_RULES}")
    for entry in entries[:MAX_RULES]:
        rule = read_rule(entry, every, labels, profile)
        if rule.name in rules:
            entry["name"].wrong(f"{rule.name} is defined already as {places[rule.name].place}", "merge the two")
        elif rule.name:
            rules[rule.name], places[rule.name] = rule, entry
    complete = isinstance(at.value, list) and len(entries) == len(rules)
    if builtin.NAME not in rules:
        rules[builtin.NAME] = read_rule(Cursor(profile.rule(()), "rule", at.problems), every, labels, profile)
    check_inhibitions(places, rules, complete=complete)
    return rules


def read_rule(at: Cursor, every: int | None, labels: Collection[str] | None, profile: builtin.Profile = V3_3) -> Rule:
    """One rule. Fields that are left out are the built-in rule's, for it, and the defaults for any other."""
    given = at.mapping(RULE_FIELDS)
    name = _name(given) if at.is_mapping else ""
    base = profile.rule(given.value) if name == builtin.NAME else {**DEFAULTS, "cycle": f"{every or 60}s"}
    fields = _laid_over(base, given)
    compiled = _expression(name, fields, labels)
    comparator, bounds = _condition(fields, given, compiled)
    compiled = compiled or Compiled((), (TARGET,))
    check_templates(given, labels)
    cycle = fields["cycle"].seconds(least=1)
    resent = fields.get("resend_interval", None)
    pauses = (cycle,) if resent.value is None else read_pauses(resent)
    scope = fields.get("scope", "Host" if compiled.group_by == (TARGET,) else "Service")
    rule = Rule(
        name=name,
        expression=" ".join(str(fields.value.get("expression", "")).split()),
        program=compiled.program,
        comparator=comparator,
        bounds=bounds,
        duration=0 if "breaches" in given else fields["duration"].seconds(),
        breaches=read_breaches(given) if "breaches" in given else None,
        cycle=cycle,
        clear_cycle=fields["clear_cycle"].seconds(),
        resend_interval=pauses[0],
        resend_pauses=pauses if len(pauses) > 1 else (),
        unattended_after=read_stages(fields["unattended_after"]) if "unattended_after" in fields else (),
        scope=scope.choice(SCOPES),
        display_name=read_texts(fields.get("display_name", name or "-")),
        summary=read_texts(fields["summary"], MAX_TEMPLATE),
        description=read_texts(fields["description"], MAX_TEMPLATE),
        recovery=read_texts(fields["recovery"], MAX_TEMPLATE) if "recovery" in fields else {},
        group_by=compiled.group_by,
        runbook=read_steps(fields["runbook"]) if "runbook" in fields else {},
        exclude=read_selections(fields["exclude"]) if "exclude" in fields else (),
        overrides=read_overrides(fields.get("overrides", []), comparator, bounds),
        inhibited_by=read_inhibitions(fields.get("inhibited_by", []), labels),
        enabled=fields.get("enabled", True).truth(),
    )
    return rule if every is None else rule.collected(every)


def _name(given: Cursor) -> str:
    if not given.need({"name": f"write {builtin.NAME}, or a name of your own"}):
        return ""
    at = given["name"]
    if at.value == DRILL_RULE:
        at.wrong("is the rule of drills", "write another name")
        return ""
    if isinstance(at.value, str) and NAME.fullmatch(at.value):
        return at.value
    wrong = "is empty" if at.value is None else f"{shown(at.value)} is no name of a rule"
    at.wrong(wrong, "write small letters, digits and _, such as vpc_connect_failed")
    return ""


def _laid_over(base: Mapping[str, Any], given: Cursor) -> Cursor:
    """What is given over what is not; levels take the place of the one level, and the other way round."""
    hidden = {"level", "threshold"} if "levels" in given else set()
    return given.laid_over({name: value for name, value in base.items() if name not in hidden})


def _expression(name: str, fields: Cursor, labels: Collection[str] | None) -> Compiled | None:
    """The expression, checked and compiled; None where it is wrong or missing."""
    before = len(fields.problems)
    matchers = read_filter(fields["filter"]) if "filter" in fields else ()
    group_by = read_labels(fields["group_by"], labels) if "group_by" in fields else None
    sound = len(fields.problems) == before
    if "expression" not in fields:
        if name:  # a rule without a name of its own may be meant for the built-in one
            fields.need({"expression": _missing(name)})
        return None
    at = fields["expression"]
    text = at.text(MAX_TEMPLATE)
    if not text:
        return None
    try:
        compiled = compile_expression(
            text, matchers=matchers, group_by=group_by if sound else None, labels=labels or ()
        )
    except ExpressionError as error:
        at.wrong(*error.args)
        return None
    for label in compiled.group_by:
        if label not in (group_by or ()):
            check_known(at, label, labels)
    return compiled


def _missing(name: str) -> str:
    """What to write where a rule has no expression: maybe it is meant for the built-in one."""
    meant = (
        f"did you mean the name {builtin.NAME}? " if difflib.get_close_matches(name, [builtin.NAME], 1, 0.85) else ""
    )
    return f"{meant}write one such as min(ic_server_health{{@LABELS}}) by (@GBLABELS)"


def _condition(fields: Cursor, given: Cursor, compiled: Compiled | None) -> tuple[str, tuple[Bound, ...]]:
    """The comparator and the levels: those of the fields, or the comparison that the expression ends in."""
    if compiled is None or compiled.comparator is None or compiled.threshold is None:
        comparator = fields["comparator"].choice(COMPARATORS)
        unknown = (Bound(Level.CRITICAL, 0),) if compiled is None else ()  # it may end in a comparison once it is right
        return comparator, read_bounds(fields, comparator, unknown)
    twice = next((name for name in CONDITION if name in given), None)
    if twice is not None:
        wrong = f"is written beside the expression's own condition {compiled.comparator} {compiled.threshold}"
        given[twice].wrong(wrong, "write the condition in one place")
    level = Level(fields.get("level", Level.CRITICAL).choice(Level))
    return compiled.comparator, (Bound(level, compiled.threshold),)
