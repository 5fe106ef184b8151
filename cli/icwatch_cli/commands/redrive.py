"""`icwatch redrive`: publish what lies in the dead-letter queue of a deployed stack, unless it was published already.

The messages there say where a decision lies; what is published is made anew from the Transitions table, by the code and
with the receipts of the notifier. So it can be run twice, beside the notifier, and again after it was interrupted.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack

from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.dead_letters import Unclear
from icwatch_cli.deployed.lost_sweeps import show_sweeps
from icwatch_cli.deployed.meaning import Meaning, Meant
from icwatch_cli.deployed.queues import HOLD_SECONDS, HeldQueue
from icwatch_cli.deployed.republishing import Republisher
from icwatch_cli.deployed.robot_messages import send_back
from icwatch_cli.deployed.stack import Stack, aws_errors
from icwatch_cli.terminal.progress import Progress

NOTICES, SWEEPS, ROBOTS = "notices", "sweeps", "robots"

QUEUES = {NOTICES: "NotifierFailuresUrl", SWEEPS: "EvaluatorFailuresUrl", ROBOTS: "MessengerFailuresUrl"}
"""What the messages of each dead-letter queue are about, and the output that names it."""


def run(arguments: argparse.Namespace) -> int:
    """Publish, then show what nobody can publish. What is not done goes back into its queue."""
    with Progress() as progress, aws_errors():
        return _redrive(arguments, progress)


def _redrive(arguments: argparse.Namespace, progress: Progress) -> int:
    stack, dry = stack_of(arguments), arguments.dry_run
    with ExitStack() as held:
        queues = {
            what: held.enter_context(
                HeldQueue(stack.queues, stack.output(output), progress.counter(f"messages about {what} read"))
            )
            for what, output in QUEUES.items()
            if what != ROBOTS or output in stack.outputs  # a stack without robots has no such queue
        }
        if not any(queue.left for queue in queues.values()):
            progress.line(f"nothing to redrive: {stack.title} gave up no notice and no sweep")
            return 0
        _publish(queues[NOTICES], stack, progress, dry=dry)
        if ROBOTS in queues:
            send_back(queues[ROBOTS], stack, progress, dry=dry)
        show_sweeps(queues[SWEEPS], stack, progress, discard=arguments.discard_sweeps and not dry)
        left = ", ".join(_left(queue, what) for what, queue in queues.items())
        progress.line(f"left in the queues: {left}")
        return 1 if any(queue.left for queue in queues.values()) else 0


def _publish(queue: HeldQueue, stack: Stack, progress: Progress, *, dry: bool) -> None:
    """Publish in the order of time. A message goes when all that it meant has its receipt."""
    work, republisher = _Work(queue, dry=dry), Republisher(stack, progress, dry=dry)
    askers = _askers(work, Meaning(stack), progress)
    counts = republisher.counts
    groups = itertools.groupby(sorted(askers), key=lambda meant: meant.position)
    total = len({meant.position for meant in askers})
    try:
        for number, (position, members) in enumerate(groups):
            progress.show(f"{number} of {total} decisions, {counts['published']} notices published", number, total)
            wanted = list(members)
            failed = republisher.publish(position, {meant.notice_id for meant in wanted})
            for meant in wanted:
                if not (failed if not meant.notice_id else failed & {meant.notice_id, ""}):
                    for message_id in askers[meant]:
                        work.settle(message_id, 1)
    finally:
        done = "would be published" if dry else "published"
        progress.line(
            f"{counts['published']} {done}, {counts['had']} had a receipt, {counts['failed']} cannot be published"
        )


def _askers(work: _Work, meaning: Meaning, progress: Progress) -> Mapping[Meant, list[str]]:
    """Which messages ask for a notice. What a message means that cannot be found stays in the queue."""
    askers: dict[Meant, list[str]] = defaultdict(list)
    for message in list(work.queue.messages.values()):
        wanted = meaning.of(message.body)
        if isinstance(wanted, Unclear):
            progress.line(f"stays          message {message.id}: {wanted.reason}")
            continue
        for meant in wanted:
            askers[meant].append(message.id)
        work.begin(message.id, len(wanted))
    return askers


class _Work:
    """How much of what each message meant is still to be done."""

    def __init__(self, queue: HeldQueue, *, dry: bool) -> None:
        self.queue, self._dry = queue, dry
        self._waiting: dict[str, int] = {}

    def begin(self, message_id: str, notices: int) -> None:
        """Note what a message means; one that means nothing is done."""
        self._waiting[message_id] = notices
        self.settle(message_id, 0)

    def settle(self, message_id: str, done: int) -> None:
        """Note that so much of what a message meant is done; one of which nothing is left to do is deleted."""
        self._waiting[message_id] -= done
        if not self._waiting[message_id] and not self._dry:
            self.queue.delete(message_id)


def _left(queue: HeldQueue, what: str) -> str:
    if queue.elsewhere:
        return f"{queue.elsewhere} about {what}, which another redrive holds for up to {HOLD_SECONDS // 60} minutes"
    return f"{queue.left} about {what}"
