"""Silences as a list shows them, and what to say of labels that no alarm carries. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timezone

from icwatch.evaluation.silences import RULE, holds, next_start
from icwatch.model import TARGET, Inventory, Silence
from icwatch.rules.coverage import common_labels, covers, groups_of
from icwatch_cli.deployed.notes import near
from icwatch_cli.deployed.silences import as_plain, spell_labels, spell_parts
from icwatch_cli.terminal.columns import columns, painter
from icwatch_cli.terminal.times import day_and_time


def in_order(silences: Sequence[Silence], now: int) -> list[Silence]:
    """Those in force first, then by their start."""
    return sorted(silences, key=lambda each: (_STATES.index(state(each, now)), each.starts_at, each.id))


def listed(silences: Sequence[Silence], now: int, zone: timezone) -> Iterator[str]:
    """The silences as columns."""
    head = ("id", "state", "labels", f"from, {zone}", f"until, {zone}", "only", "by", "comment")
    rows = [
        (
            each.id,
            state(each, now),
            spell_labels(each),
            day_and_time(each.starts_at, zone),
            day_and_time(each.ends_at, zone),
            spell_parts(each, zone),
            each.by,
            each.comment,
        )
        for each in silences
    ]
    return columns([head, *rows], painter()) if rows else iter(["no silences"])


def as_json(silence: Silence, now: int) -> str:
    """A silence as it is stored, with its state."""
    return json.dumps({"state": state(silence, now), **(as_plain(silence) or {})}, ensure_ascii=False, default=float)


_STATES = ("active", "coming", "over")


def state(silence: Silence, now: int) -> str:
    """`active` where it is in force now, `coming` where it will be, also on another day, and `over`."""
    if holds(silence, now):
        return "active"
    return "over" if next_start(silence, now) is None else "coming"


def doubts(inventory: Inventory, labels: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What to say of labels that no alarm would carry which the rules can raise at present."""
    known: dict[str, set[str]] = {RULE: set(inventory.rules), TARGET: set()}
    matched = False
    for rule in inventory.rules.values():
        covered = [each for each in inventory.targets.values() if covers(inventory, rule, each)]
        for group, members in groups_of(rule, covered).items():
            carried = {**common_labels(members), RULE: rule.name, TARGET: group}
            matched = matched or all(carried.get(name) in values for name, values in labels.items())
            for name, value in carried.items():
                known.setdefault(name, set()).add(value)
    strange = [(name, value) for name, values in labels.items() for value in values if value not in known.get(name, ())]
    for name, value in strange:
        if name not in known:
            yield f"no alarm carries a label {name}{near(name, known)}"
        else:
            yield f"no alarm carries {name}={value}{near(value, known[name])}"
    if not strange and not matched:
        yield "no alarm carries all of these labels together"
