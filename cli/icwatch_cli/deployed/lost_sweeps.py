"""What the evaluator's dead-letter queue stands for: sweeps that were given up, and can only be looked at."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from icwatch_cli.deployed.dead_letters import AsideSweep, Batch, Unclear, read_letter
from icwatch_cli.deployed.effect import Effect, Effects
from icwatch_cli.deployed.queues import HeldQueue, Position, positions_in
from icwatch_cli.deployed.redrive_lines import Lines
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.terminal.speech import Speech, counted
from icwatch_cli.terminal.times import spell_moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

CLOCK_SLACK_SECONDS = 300
"""Seconds by which clocks differ."""

EARLIER_SECONDS = 3 * 3600
"""Seconds of sweeps before those that were given up, so that a replay knows the alarms that stood."""


def show_sweeps(queue: HeldQueue, stack: Stack, lines: Lines, *, discard: bool) -> None:
    """Say what became of the sweeps. Newer ones were evaluated since, so evaluating one now would decide nothing."""
    showing = _Showing(stack.streams, Effects(stack), lines.speech)
    for message in list(queue.messages.values()):
        letter = read_letter(message.body)
        if isinstance(letter, Batch | AsideSweep):
            for label, text in showing.lines(letter):
                lines.say(label, text)
            if discard:
                queue.delete(message.id)
        else:
            reason = letter.reason if isinstance(letter, Unclear) else "it is about a notice, not about sweeps"
            lines.message_stays(message.id, reason)
    for line in showing.explanation(stack.name):
        lines.progress.line(f"  {line}")
    if queue.messages and not discard:
        lines.progress.line(f"  {lines.texts.explained['discard']}")


class _Showing:
    """The lines about messages, and what was met in them."""

    def __init__(self, streams: DynamoDBStreamsClient, effects: Effects, speech: Speech) -> None:
        self._streams, self._effects = streams, effects
        self._texts, self._listing = speech.texts.stacks.redrive, speech.texts.listing
        self._met: set[Effect] = set()
        self._moments: list[int] = []

    def lines(self, letter: Batch | AsideSweep) -> Iterator[tuple[str, str]]:
        """What a message means, by what became of it."""
        if isinstance(letter, AsideSweep):
            yield self._aside(letter)
            return
        positions = positions_in(self._streams, letter)
        if not positions:
            self._met.add(Effect.UNKNOWN)
            self._moments += [letter.starts - CLOCK_SLACK_SECONDS, letter.ends]
            starts, ends = spell_moment(letter.starts), spell_moment(letter.ends)
            text = self._texts.arrived.format(sweeps=self._count(letter.size), starts=starts, ends=ends)
            yield Effect.UNKNOWN, self._texts.given_up.format(what=text, condition=letter.condition)
            return
        found: dict[Effect, list[Position]] = defaultdict(list)
        for position in positions:
            found[self._effect(position)].append(position)
        for effect in Effect:
            if effect in found:
                what = self._described(found[effect])
                yield effect, self._texts.given_up.format(what=what, condition=letter.condition)

    def _aside(self, letter: AsideSweep) -> tuple[str, str]:
        """A sweep that the evaluator set aside, with the reason."""
        if not letter.shard:
            record = self._texts.record.format(number=letter.number)
            return "set aside", self._texts.named.format(name=record, reason=letter.reason)
        position = Position(letter.at, letter.shard)
        label = Effect.TOOK if self._effect(position) is Effect.TOOK else "set aside"
        return label, self._texts.named.format(name=self._described([position]), reason=letter.reason)

    def _effect(self, position: Position) -> Effect:
        effect = self._effects.of(position)
        self._met.add(effect)
        if effect is not Effect.TOOK and position.at <= time.time() + CLOCK_SLACK_SECONDS:
            self._moments.append(position.at)
        return effect

    def explanation(self, stack: str) -> Iterator[str]:
        """What follows from all of them, and how to look at them."""
        if Effect.UNKNOWN in self._met:
            yield self._texts.explained["not known"]
        if self._moments:
            first, last = min(self._moments), max(self._moments)
            begins, starts, ends = (spell_moment(at) for at in (first - EARLIER_SECONDS, first, last + 1))
            yield self._texts.explained["unseen"]
            yield self._texts.explained["replay"]
            yield (
                f"icwatch export --stack {stack} --from {begins} --to {ends} | "
                f"icwatch replay FLEET.yaml - --from {starts}"
            )

    def _count(self, size: int) -> str:
        return counted(size, self._texts.sweeps)

    def _described(self, positions: Sequence[Position]) -> str:
        """How many sweeps of which shards, from when to when."""
        shards = self._listing.join(sorted({position.shard for position in positions}))
        sweeps = self._count(len(positions))
        first, last = (spell_moment(each.at) for each in (min(positions), max(positions)))
        if first == last:
            return self._texts.moment.format(sweeps=sweeps, shards=shards, at=first)
        return self._texts.span.format(sweeps=sweeps, shards=shards, starts=first, ends=last)
