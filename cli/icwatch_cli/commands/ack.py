"""`icwatch ack`: say that an alarm is known, so that it is neither repeated nor escalated to others, for good or for a
while. `icwatch unack` takes that back."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC

from icwatch.model import Acknowledgement, Alarm, Inventory, Phase
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.current_alarms import read_shards
from icwatch_cli.deployed.notes import (
    KEPT_SECONDS,
    MOST_AT_ONCE,
    Change,
    NoteError,
    end_after,
    one_line,
    update,
    writer,
)
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.terminal.near import near
from icwatch_cli.terminal.speech import speech_of
from icwatch_cli.terminal.times import day_and_time

Decide = Callable[[Inventory, Alarm], tuple[Change, str]]
"""What to write about an alarm, and what to say of it."""


def run(arguments: argparse.Namespace) -> int:
    """Acknowledge it; who acknowledged it before is replaced, and named."""
    comment = one_line("--comment", arguments.comment) if arguments.comment else ""
    by, now, texts = writer(arguments), int(time.time()), speech_of(arguments).texts
    ends_at = None if arguments.lasts is None else end_after("--for", arguments.lasts, now)
    if ends_at == now:
        raise NoteError(f"--for {arguments.lasts}: ends at once; write a longer one, such as 4h")

    def decide(inventory: Inventory, alarm: Alarm) -> tuple[Change, str]:
        before = inventory.acknowledged.get(alarm.id)
        message = texts.ack.acknowledged.format(
            until="" if ends_at is None else texts.notes.until.format(at=f"{day_and_time(ends_at, UTC)} UTC"),
            by=by,
            before=texts.ack.before.format(name=before.by) if before is not None and before.by else "",
            rule=alarm.rule,
            target=alarm.target,
            id=alarm.id,
        )
        return Change([Acknowledgement(alarm.id, by, comment, now, ends_at)]), message

    return carry_out(arguments, now, decide)


def carry_out(arguments: argparse.Namespace, now: int, decide: Decide) -> int:
    """Find the alarm, write what is decided about it, and delete what nobody needs any more."""
    with aws_errors():
        stack = stack_of(arguments)

        def look_and_decide(inventory: Inventory) -> tuple[Change, str]:
            shards, errors = read_shards(stack.alarms(), inventory.all_shards)
            known = {alarm.id: alarm for current in shards for alarm in current.alarms.values()}
            change, message = decide(inventory, find(arguments.alarm, known.values()))
            # Where a shard cannot be read, nobody knows which of its alarms are current.
            past = () if errors else outdated(inventory.acknowledged, known, now)
            return Change(change.put, [*change.delete, *past]), message

        print(update(stack.inventory(), look_and_decide))
    return 0


def find(name: str, alarms: Collection[Alarm]) -> Alarm:
    """The raised alarm that is meant. Raises NoteError where there is none, or more than one."""
    raised = [alarm for alarm in alarms if alarm.phase is not Phase.PENDING]
    names = (name, name.replace("[:]", ":").replace("[.]", "."))  # a mail breaks what would be taken for a link
    found = [alarm for alarm in raised if {alarm.id, alarm.key, alarm.target}.intersection(names)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = "".join(f"\n  {alarm.id}" for alarm in sorted(found, key=lambda alarm: alarm.id))
        raise NoteError(f"{name}: {len(found)} current alarms; write the id of one:{ids}")
    if any(name in (alarm.key, alarm.target) for alarm in alarms):
        raise NoteError(f"{name}: its alarm is pending; it can be acknowledged once it is raised")
    known = [text for alarm in raised for text in (alarm.target, alarm.key, alarm.id)]
    raise NoteError(
        f"{name}: there is no such current alarm{near(name, known) or '; icwatch alarms lists those that do'}"
    )


def outdated(acknowledged: Mapping[str, Acknowledgement], known: Collection[str], now: int) -> list[Acknowledgement]:
    """Those of alarms that are over, and so old that nobody looks back at them."""
    return [each for each in acknowledged.values() if each.at < now - KEPT_SECONDS and each.id not in known][
        :MOST_AT_ONCE
    ]
