"""What an item of DynamoDB can hold, and ever smaller forms of what is too large for one. Pure.

Large items are stored as JSON packed by xz (`storage/packing.py`). `icwatch check` refuses a fleet of which that is too
much when everything fails. Should it happen all the same, texts are left out before an alarm is: what failed has to be
stored and announced. Every form is made of the document alone, so a sweep that is decided again gives the same one.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from icwatch.model import Alarm, Decision, Failure, Rule, ShardAlarms, Sweep, Transition
from icwatch.model.rules import unknown_rule
from icwatch.text import shorten

MAX_PLAIN_BYTES = 100 * 1024
"""Up to here an item is stored as it is."""

MAX_SQUEEZED_BYTES = 396 * 1024
"""Of what is squeezed; DynamoDB takes 400 KB, and the attributes beside it need a little."""

XZ_PRESET = 2
"""Of xz: its window of 2 MB still sees a target's labels when the next rule repeats them; zlib's 32 KB does not."""

DECIMAL = ""
"""The only name in a mapping that stands for a decimal number, which JSON cannot tell from others. No field has it."""

Member = TypeVar("Member", Alarm, Transition)


def large_part(item: Mapping[str, Any], write: Callable[[object], object] | None = None) -> bytes:
    """The mappings and lists of an item as JSON; `write` gives what stands for a decimal number."""
    large = {name: value for name, value in item.items() if isinstance(value, dict | list)}
    return json.dumps(large, ensure_ascii=False, separators=(",", ":"), default=write or _write).encode()


def squeeze(text: bytes) -> bytes:
    """The same text, packed."""
    return lzma.compress(text, preset=XZ_PRESET)


def stored_size(item: Mapping[str, Any]) -> int:
    """The bytes of an item that count against `MAX_SQUEEZED_BYTES`."""
    text = large_part(item)
    return len(text) if len(text) <= MAX_PLAIN_BYTES else len(squeeze(text))


def _write(value: object) -> dict[str, str]:
    assert isinstance(value, Decimal)
    return {DECIMAL: str(value)}


@dataclass(frozen=True, slots=True)
class Reduction:
    """What of the texts stays: label values up to so many characters (None: none), details, the rules' texts, all
    former notices, and the labels by which subscribers find a notice. `left_out` names what does not.
    """

    left_out: tuple[str, ...]
    label_characters: int | None = None
    details: bool = False
    texts: bool = False
    history: bool = False
    routes: bool = False


REDUCTIONS = (
    Reduction(("labels",), label_characters=64, details=True, texts=True, history=True, routes=True),
    Reduction(("labels",), label_characters=16, details=True, texts=True, history=True, routes=True),
    Reduction(("labels",), details=True, texts=True, history=True, routes=True),
    Reduction(("labels", "details"), texts=True, history=True, routes=True),
    Reduction(("labels", "details", "texts"), history=True, routes=True),
    Reduction(("labels", "details", "texts", "history"), routes=True),
    Reduction(("labels", "details", "texts", "history", "routes")),
)
"""From the least to the most that is left out. What subscribers filter by goes last: it decides who is notified."""


def forms_of_alarms(current: ShardAlarms) -> Iterator[ShardAlarms]:
    """A shard's alarms, whole and then ever smaller. The next sweep that sees a group gives it its labels back."""
    yield current
    for reduction in REDUCTIONS:
        kept = {key: _smaller(alarm, reduction, ()) for key, alarm in current.alarms.items()}
        yield replace(current, alarms=kept)


def forms_of_decision(decision: Decision) -> Iterator[Decision]:
    """A decision, whole and then ever smaller; what was left out is named in it and by its notices."""
    yield decision
    for reduction in REDUCTIONS:
        routes = decision.route_by if reduction.routes else ()
        yield replace(
            decision,
            transitions=tuple(_smaller(each, reduction, routes) for each in decision.transitions),
            rules=decision.rules if reduction.texts else {name: _plain(rule) for name, rule in decision.rules.items()},
            route_by=routes,
            left_out=reduction.left_out,
        )


def forms_of_sweep(sweep: Sweep) -> Iterator[Sweep]:
    """A sweep, whole and then with ever shorter details: what the probes said, and why targets were not seen."""
    yield sweep
    for most in (32, 0):
        yield replace(
            sweep,
            failures=_shortened(sweep.failures, most),
            probe_failures={metric: _shortened(each, most) for metric, each in sweep.probe_failures.items()},
            unseen={name: shorten(reason, max(most, 8)) for name, reason in sweep.unseen.items()},
        )


def _smaller(member: Member, reduction: Reduction, route_by: tuple[str, ...]) -> Member:
    routed: Mapping[str, str] | None = member.routed_labels
    names = {*(routed or ()), *route_by} if reduction.routes else set()
    most = reduction.label_characters
    labels = {
        name: value
        for name, value in member.labels.items()
        if name in names or (most is not None and len(value) <= most)
    }
    failure = member.failure
    return replace(
        member,
        labels=labels,
        failure=failure if failure is None or reduction.details else replace(failure, detail=""),
        recent_notices=member.recent_notices if reduction.history else member.recent_notices[-1:],
        routed_labels=routed if routed is None or reduction.routes else {},
    )


def _plain(rule: Rule) -> Rule:
    """A rule with the texts that say the least."""
    plain = unknown_rule(rule.name)
    rule = replace(rule, summary=plain.summary, description=plain.description, recovery={})
    return replace(rule, runbook={}, overrides=(), exclude=())


def _shortened(failures: Mapping[str, Failure], most: int) -> dict[str, Failure]:
    return {
        name: replace(failure, detail=shorten(failure.detail, most) if most else "")
        for name, failure in failures.items()
    }
