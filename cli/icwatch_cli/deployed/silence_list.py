"""Silences as a list shows them, and what to say of labels that no alarm carries. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timezone

from icwatch.evaluation.silences import RULE, holds, next_start
from icwatch.model import TARGET, Inventory, Silence
from icwatch.rules.coverage import common_labels, covers, groups_of
from icwatch_cli.deployed.silences import as_plain, spell_labels, spell_parts
from icwatch_cli.terminal.columns import columns, painter
from icwatch_cli.terminal.locales import SilenceWords
from icwatch_cli.terminal.near import nearest
from icwatch_cli.terminal.speech import ENGLISH, Speech
from icwatch_cli.terminal.times import day_and_time


def in_order(silences: Sequence[Silence], now: int) -> list[Silence]:
    """Those in force first, then by their start."""
    return sorted(silences, key=lambda each: (_STATES.index(state(each, now)), each.starts_at, each.id))


def listed(silences: Sequence[Silence], now: int, zone: timezone, speech: Speech = ENGLISH) -> Iterator[str]:
    """The silences as columns."""
    texts = speech.texts.silence
    head = tuple(each.format(zone=zone) for each in texts.head)
    rows = [
        (
            each.id,
            texts.states[state(each, now)],
            spell_labels(each, speech),
            day_and_time(each.starts_at, zone),
            day_and_time(each.ends_at, zone),
            speech.days(spell_parts(each, zone)),
            each.by,
            each.comment,
        )
        for each in silences
    ]
    return columns([head, *rows], painter()) if rows else iter([texts.none])


def as_json(silence: Silence, now: int) -> str:
    """A silence as it is stored, with its state."""
    return json.dumps({"state": state(silence, now), **(as_plain(silence) or {})}, ensure_ascii=False, default=float)


_STATES = ("active", "coming", "over")


def state(silence: Silence, now: int) -> str:
    """`active` where it is in force now, `coming` where it will be, also on another day, and `over`."""
    if holds(silence, now):
        return "active"
    return "over" if next_start(silence, now) is None else "coming"


def doubts(inventory: Inventory, labels: Mapping[str, Sequence[str]], speech: Speech = ENGLISH) -> Iterator[str]:
    """What to say of labels that no alarm would carry which the rules can raise at present."""
    texts = speech.texts.silence
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
            yield texts.no_label.format(name=name) + _meant(name, known, texts)
        else:
            yield texts.no_value.format(name=name, value=value) + _meant(value, known[name], texts)
    if not strange and not matched:
        yield texts.not_together


def _meant(text: str, known: Iterable[str], texts: SilenceWords) -> str:
    """A hint at the known text that was probably meant, or nothing."""
    found = nearest(text, known)
    return texts.meant.format(name=found) if found else ""
