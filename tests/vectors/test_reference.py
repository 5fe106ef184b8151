"""The state machine beside a model without states: every decision looked up anew in the whole history.

The model knows neither phases nor what was stored. It looks back from each observation over the unbroken run that ends
there, which is what the definition of "held" says, and is as slow as that sounds.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.evaluation import evaluate
from icwatch.model import HEALTH, Inventory, Rule, ShardAlarms, Sweep, Target

NAME = "192.168.0.1"
History = list[tuple[int, bool]]
"""Observations: when, and whether the sample was bad."""

Told = list[tuple[str, int, int]]
"""What is told: kind, when, and since when the breach lasts that raised the alarm."""


def began(history: History, rule: Rule) -> int:
    """Where the unbroken run began that ends with the last observation."""
    at, bad = history[-1]
    for earlier, was_bad in reversed(history[:-1]):
        if was_bad != bad or at - earlier > 1.5 * rule.cycle:
            break
        at = earlier
    return at


def told_by_model(history: History, rule: Rule) -> Told:
    """All that is to be told of one target."""
    told: Told = []
    breach = None
    for index, (at, bad) in enumerate(history):
        since = began(history[: index + 1], rule)
        if bad and breach is None and at - since >= rule.duration:
            breach = since
            told.append(("raised", at, breach))
        elif bad and breach is not None and at - told[-1][1] >= rule.resend_interval:
            told.append(("repeated", at, breach))
        elif not bad and breach is not None and at - since >= rule.clear_cycle:
            told.append(("cleared", at, breach))
            breach = None
    return told


def told_by_us(sweeps: list[tuple[int, bool | None]], rule: Rule) -> Told:
    """The same from `evaluate`, which sees one sweep at a time; None is a sweep in which the target goes unseen."""
    inventory = Inventory(targets={NAME: Target(NAME)}, rules={rule.name: rule})
    stands, told = ShardAlarms("shard"), []
    for at, bad in sweeps:
        samples = {} if bad is None else {NAME: int(not bad)}
        stands, transitions = evaluate(inventory, stands, Sweep("shard", at, {HEALTH: samples}))
        told += [(str(one.kind), one.at, one.began_at) for one in transitions]
    return told


rules = st.builds(
    lambda cycle, duration, clear_cycle, resend_interval: replace(
        parse_rule(builtin.RULE),
        cycle=cycle,
        duration=duration,
        clear_cycle=clear_cycle,
        resend_interval=resend_interval,
    ),
    st.sampled_from([60, 61, 120, 300]),
    st.sampled_from([0, 1, 60, 119, 120, 600]),
    st.sampled_from([0, 1, 60, 119, 300]),
    st.sampled_from([1, 60, 150, 600]),
)
steps = st.sampled_from([60] * 6 + [1, 59, 89, 90, 91, 92, 120, 180, 181, 3600])
marks = st.sampled_from([True, True, False, False, None])


@settings(max_examples=500)
@given(rules, st.lists(st.tuples(steps, marks), min_size=1, max_size=60))
def test_the_state_machine_tells_what_the_history_says(rule: Rule, timeline: list[tuple[int, bool | None]]) -> None:
    at, sweeps = 0, []
    for step, bad in timeline:
        at += step
        sweeps.append((at, bad))
    history = [(at, bad) for at, bad in sweeps if bad is not None]
    assert told_by_us(sweeps, rule) == told_by_model(history, rule)
