"""Rules as a fleet file writes them: fields of the built-in rule that it overrides."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from icwatch import builtin
from icwatch.config.reader import MAX_TEMPLATE, MAX_TEXT, Reader, join, kind, shown
from icwatch.evaluation import COMPARATORS
from icwatch.model import Language, Level, Number, Rule
from icwatch.template import VARIABLES, problem_of

RULE_FIELDS = (*builtin.RULE, "resend_interval", "enabled")
SCOPES = ("Service", "Host", "Cluster", "Tenant")
"""The scopes of OCP's alarms."""

NUMBER_LIMIT = 10**15
"""A threshold is nearer to 0 than this, and has at most 15 digits after the point: a table holds it whole."""


def read_rules(reader: Reader, value: object, every: int, labels: frozenset[str]) -> dict[str, Rule]:
    """The rules in force by name. `every` and `labels` are the fleet's collection cycle and its targets' labels."""
    rules: dict[str, Rule] = {}
    first: dict[str, str] = {}
    for place, entry in reader.items("rules", value, "rules"):
        rule = read_rule(reader, place, entry)
        _check_templates(reader, place, rule, labels)
        if rule.cycle < every:
            right = f"write a cycle of {every}s or more"
            reader.wrong(f"{place}.cycle", f"{rule.cycle}s is shorter than the collection cycle {every}s", right)
        if rule.name in rules:
            reader.wrong(f"{place}.name", f"{rule.name} is defined already as {first[rule.name]}", "merge the two")
        else:
            rules[rule.name], first[rule.name] = rule, place
    if builtin.NAME not in rules:
        rule = rules[builtin.NAME] = read_rule(reader, "rule", builtin.RULE)
        if rule.cycle < every:
            wrong = f"{every}s is longer than the {rule.cycle}s cycle of {rule.name}"
            reader.wrong("every", wrong, f"write {rule.cycle}s, or a rule {rule.name} with cycle: {every}s")
    return rules


def read_rule(reader: Reader, place: str, value: object) -> Rule:
    """One rule: what `value` gives over what is built in."""
    given = reader.mapping(place, value, RULE_FIELDS)
    if "name" not in given and isinstance(value, Mapping):
        reader.wrong(f"{place}.name", "is missing", f"write {builtin.NAME}")
    elif given and given["name"] != builtin.NAME:
        reader.wrong(f"{place}.name", f"{shown(given['name'])} is no rule", f"the rule is {builtin.NAME}")
    fields = {**builtin.RULE, **given}
    if fields["expression"] != builtin.RULE["expression"]:
        reader.wrong(f"{place}.expression", "differs from the built-in rule's", "leave it out")
    cycle = reader.seconds(f"{place}.cycle", fields["cycle"], least=1)
    resend = given.get("resend_interval")
    enabled = fields.get("enabled", True)
    if not isinstance(enabled, bool):
        reader.wrong(f"{place}.enabled", f"is {kind(enabled)}", "write true or false")
    return Rule(
        name=builtin.NAME,
        expression=str(builtin.RULE["expression"]),
        comparator=reader.choice(f"{place}.comparator", fields["comparator"], COMPARATORS),
        threshold=_number(reader, f"{place}.threshold", fields["threshold"]),
        duration=reader.seconds(f"{place}.duration", fields["duration"]),
        cycle=cycle,
        clear_cycle=reader.seconds(f"{place}.clear_cycle", fields["clear_cycle"]),
        resend_interval=cycle if resend is None else reader.seconds(f"{place}.resend_interval", resend, least=1),
        level=Level(reader.choice(f"{place}.level", fields["level"], Level)),
        scope=reader.choice(f"{place}.scope", fields["scope"], SCOPES),
        display_name=_texts(reader, f"{place}.display_name", fields["display_name"]),
        summary=_texts(reader, f"{place}.summary", fields["summary"], MAX_TEMPLATE),
        description=_texts(reader, f"{place}.description", fields["description"], MAX_TEMPLATE),
        enabled=enabled is True,
    )


def _number(reader: Reader, place: str, value: object) -> Number:
    number = Decimal(str(value)) if isinstance(value, float) else value
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and _can_be_kept(Decimal(number)):
        return number
    reader.wrong(place, f"is {kind(value)} {shown(value)}", "write a number, such as 0")
    return 0


def _can_be_kept(number: Decimal) -> bool:
    """Whether a table holds the number whole."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -15 and abs(number) < NUMBER_LIMIT


def _texts(reader: Reader, place: str, value: object, most: int = MAX_TEXT) -> dict[str, str]:
    """A text for every language: one text serves all, a missing language takes the first that is given."""
    if isinstance(value, Mapping):
        given = reader.mapping(place, value, Language)
        texts = {name: reader.text(join(place, name), text, most) for name, text in given.items()}
        if not given:
            reader.wrong(place, "is empty", f"write a text, or one for each of {', '.join(Language)}")
    else:
        texts = dict.fromkeys(map(str, Language), reader.text(place, value, most))
    fallback = next(iter(texts.values()), "")
    return {str(language): texts.get(language, fallback) for language in Language}


def _check_templates(reader: Reader, place: str, rule: Rule, labels: frozenset[str]) -> None:
    known = (VARIABLES | labels) - {"alarm_description"}
    for field, texts, names in (
        ("summary", rule.summary, known - {"alarm_summary"}),
        ("description", rule.description, known),
    ):
        problems = {problem_of(text, names) for text in texts.values()}
        for wrong, right in sorted(problem for problem in problems if problem is not None):
            reader.wrong(f"{place}.{field}", wrong, right)
