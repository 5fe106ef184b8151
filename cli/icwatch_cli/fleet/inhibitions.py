"""Which rules inhibit a rule, as a fleet file writes it, and that no circle comes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from icwatch.model import Inhibition, Rule
from icwatch.rules.coverage import inhibitors_of
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.selections import read_labels

INHIBITION_FIELDS = ("rule", "same")
INHIBITION = "{rule: vpc_connect_failed, same: [vpc]}"


def read_inhibitions(at: Cursor, labels: Collection[str] | None) -> tuple[Inhibition, ...]:
    """The inhibitions of a rule; whether its inhibitors exist is known once all rules are read."""
    return tuple(_inhibition(entry, labels) for entry in at.items(f"rules, such as {INHIBITION}"))


def _inhibition(at: Cursor, labels: Collection[str] | None) -> Inhibition:
    fields = at.mapping(INHIBITION_FIELDS)
    if not at.is_mapping:
        return Inhibition("", ())
    fields.need(dict.fromkeys(INHIBITION_FIELDS, f"write {INHIBITION}"))
    rule = fields["rule"].text() if "rule" in fields else ""
    return Inhibition(rule, read_labels(fields["same"], labels) if "same" in fields else ())


def check_inhibitions(places: Mapping[str, Cursor], rules: Mapping[str, Rule], *, complete: bool) -> None:
    """Report inhibitors that are no rules, and circles, each where it closes. `complete`: every rule could be named."""
    accepted = {name: replace(rule, inhibited_by=()) for name, rule in rules.items()}
    for name, place in places.items():
        for index, inhibition in enumerate(rules[name].inhibited_by):
            at = Cursor(inhibition.rule, f"{place.place}.inhibited_by[{index}].rule", place.problems)
            if inhibition.rule not in rules:
                if inhibition.rule and complete:
                    at.choice([each for each in rules if each != name] or rules)
            elif name in inhibitors_of(inhibition.rule, accepted):
                wrong = "itself" if inhibition.rule == name else f"{inhibition.rule}, which it inhibits in turn"
                at.wrong(f"{name} is inhibited by {wrong}", "take one of the two out")
            else:
                known = accepted[name]
                accepted[name] = replace(known, inhibited_by=(*known.inhibited_by, inhibition))
