"""What the evaluator's dead-letter queue stands for: sweeps that were given up, and can only be looked at."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from icwatch.text import counted
from icwatch_cli.deployed.dead_letters import AsideSweep, Batch, Unclear, read_letter
from icwatch_cli.deployed.effect import Effect, Effects
from icwatch_cli.deployed.queues import HeldQueue, Position, positions_in
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.times import spell_moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

CLOCK_SLACK_SECONDS = 300
"""Seconds by which clocks differ."""

EARLIER_SECONDS = 3 * 3600
"""Seconds of sweeps before those that were given up, so that a replay knows the alarms that stood."""

LABEL_CHARACTERS = 13
"""Characters of the word that a line begins with."""


def show_sweeps(queue: HeldQueue, stack: Stack, progress: Progress, *, discard: bool) -> None:
    """Say what became of the sweeps. Newer ones were evaluated since, so evaluating one now would decide nothing."""
    showing = _Showing(stack.streams, Effects(stack))
    for message in list(queue.messages.values()):
        letter = read_letter(message.body)
        if isinstance(letter, Batch | AsideSweep):
            for label, text in showing.lines(letter):
                progress.line(f"{label:<{LABEL_CHARACTERS}}  {text}")
            if discard:
                queue.delete(message.id)
        else:
            reason = letter.reason if isinstance(letter, Unclear) else "it is about a notice, not about sweeps"
            progress.line(f"{'stays':<{LABEL_CHARACTERS}}  message {message.id}: {reason}")
    for line in showing.explanation(stack.name):
        progress.line(f"  {line}")
    if queue.messages and not discard:
        progress.line("  --discard-sweeps deletes the messages about sweeps.")


class _Showing:
    """The lines about messages, and what was met in them."""

    def __init__(self, streams: DynamoDBStreamsClient, effects: Effects) -> None:
        self._streams, self._effects = streams, effects
        self._met: set[Effect] = set()
        self._moments: list[int] = []

    def lines(self, letter: Batch | AsideSweep) -> Iterator[tuple[str, str]]:
        """What a message means, by what became of it."""
        if isinstance(letter, AsideSweep):
            yield self._aside(letter)
            return
        positions = positions_in(self._streams, letter)
        if not positions:
            span = f"{spell_moment(letter.starts)} to {spell_moment(letter.ends)}"
            self._met.add(Effect.UNKNOWN)
            self._moments += [letter.starts - CLOCK_SLACK_SECONDS, letter.ends]
            yield Effect.UNKNOWN, f"{_count(letter.size)} that arrived from {span} ({letter.condition})"
            return
        found: dict[Effect, list[Position]] = defaultdict(list)
        for position in positions:
            found[self._effect(position)].append(position)
        for effect in Effect:
            if effect in found:
                yield effect, f"{_described(found[effect])} ({letter.condition})"

    def _aside(self, letter: AsideSweep) -> tuple[str, str]:
        """A sweep that the evaluator set aside, with the reason."""
        if not letter.shard:
            return "set aside", f"the record {letter.number}: {letter.reason}"
        position = Position(letter.at, letter.shard)
        label = Effect.TOOK if self._effect(position) is Effect.TOOK else "set aside"
        return label, f"{_described([position])}: {letter.reason}"

    def _effect(self, position: Position) -> Effect:
        effect = self._effects.of(position)
        self._met.add(effect)
        if effect is not Effect.TOOK and position.at <= time.time() + CLOCK_SLACK_SECONDS:
            self._moments.append(position.at)
        return effect

    def explanation(self, stack: str) -> Iterator[str]:
        """What follows from all of them, and how to look at them."""
        if Effect.UNKNOWN in self._met:
            yield (
                "Not known: nothing was decided at that moment, and newer sweeps of the shard were evaluated since, "
                "or it cannot be looked up any more."
            )
        if self._moments:
            first, last = min(self._moments), max(self._moments)
            begins, starts, ends = (spell_moment(at) for at in (first - EARLIER_SECONDS, first, last + 1))
            yield "A sweep that was not evaluated counts as unseen, which neither raises nor clears anything."
            yield "The evaluator's log says why. What your rules would have decided over them:"
            yield (
                f"icwatch export --stack {stack} --from {begins} --to {ends} | "
                f"icwatch replay FLEET.yaml - --from {starts}"
            )


def _count(size: int) -> str:
    return counted(size, "sweep")


def _described(positions: Sequence[Position]) -> str:
    """How many sweeps of which shards, from when to when."""
    shards = ", ".join(sorted({position.shard for position in positions}))
    first, last = (spell_moment(each.at) for each in (min(positions), max(positions)))
    return f"{_count(len(positions))} of {shards} {f'at {first}' if first == last else f'from {first} to {last}'}"
