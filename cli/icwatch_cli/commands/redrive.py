"""`icwatch redrive`: publish what lies in the dead-letter queue of a deployed stack, unless it was published already.

The messages there say where a decision lies; what is published is made anew from the Transitions table, by the code and
with the receipts of the notifier. So it can be run twice, beside the notifier, and again after it was interrupted.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.dead_letters import Unclear
from icwatch_cli.deployed.lost_sweeps import show_sweeps
from icwatch_cli.deployed.meaning import Meaning, Meant
from icwatch_cli.deployed.queues import HOLD_SECONDS, HeldQueue
from icwatch_cli.deployed.redrive_lines import Lines
from icwatch_cli.deployed.republishing import Republisher
from icwatch_cli.deployed.robot_messages import send_back
from icwatch_cli.deployed.stack import Stack, aws_errors
from icwatch_cli.terminal.locales.stack_shape import RedriveWords
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import speech_of

NOTICES, SWEEPS, ROBOTS = "notices", "sweeps", "robots"

QUEUES = {NOTICES: "NotifierFailuresUrl", SWEEPS: "EvaluatorFailuresUrl", ROBOTS: "MessengerFailuresUrl"}
"""What the messages of each dead-letter queue are about, and the output that names it."""


def run(arguments: argparse.Namespace) -> int:
    """Publish, then show what nobody can publish. What is not done goes back into its queue."""
    with Progress() as progress, aws_errors():
        return _redrive(arguments, Lines(progress, speech_of(arguments)))


def _redrive(arguments: argparse.Namespace, lines: Lines) -> int:
    stack, dry, texts = stack_of(arguments), arguments.dry_run, lines.texts
    with ExitStack() as held:
        queues = {
            what: held.enter_context(HeldQueue(stack.queues, stack.output(output), _reading(lines, what)))
            for what, output in QUEUES.items()
            if what != ROBOTS or output in stack.outputs  # a stack without robots has no such queue
        }
        if not any(queue.left for queue in queues.values()):
            lines.progress.line(texts.nothing.format(stack=lines.spoken(stack.title)))
            return 0
        _publish(queues[NOTICES], stack, lines, dry=dry)
        if ROBOTS in queues:
            send_back(queues[ROBOTS], stack, lines, dry=dry)
        show_sweeps(queues[SWEEPS], stack, lines, discard=arguments.discard_sweeps and not dry)
        left = lines.speech.texts.listing.join(_left(queue, what, texts) for what, queue in queues.items())
        lines.progress.line(texts.left.format(left=left))
        return 1 if any(queue.left for queue in queues.values()) else 0


def _reading(lines: Lines, what: str) -> Callable[[int], None]:
    """A function of how many messages were read that shows it."""
    read, about = lines.texts.read, lines.texts.about[what]
    return lambda count: lines.progress.show(read.format(count=count, what=about))


def _publish(queue: HeldQueue, stack: Stack, lines: Lines, *, dry: bool) -> None:
    """Publish in the order of time. A message goes when all that it meant has its receipt."""
    work, republisher = _Work(queue, dry=dry), Republisher(stack, lines, dry=dry)
    askers = _askers(work, Meaning(stack), lines)
    counts = republisher.counts
    groups = itertools.groupby(sorted(askers), key=lambda meant: meant.position)
    total = len({meant.position for meant in askers})
    try:
        for number, (position, members) in enumerate(groups):
            text = lines.texts.done.format(number=number, total=total, published=counts["published"])
            lines.progress.show(text, number, total)
            wanted = list(members)
            failed = republisher.publish(position, {meant.notice_id for meant in wanted})
            for meant in wanted:
                if not (failed if not meant.notice_id else failed & {meant.notice_id, ""}):
                    for message_id in askers[meant]:
                        work.settle(message_id, 1)
    finally:
        sums = lines.texts.sums_dry if dry else lines.texts.sums
        told = {name: counts[name] for name in ("published", "had", "failed")}
        lines.progress.line(sums.format(**told))


def _askers(work: _Work, meaning: Meaning, lines: Lines) -> Mapping[Meant, list[str]]:
    """Which messages ask for a notice. What a message means that cannot be found stays in the queue."""
    askers: dict[Meant, list[str]] = defaultdict(list)
    for message in list(work.queue.messages.values()):
        wanted = meaning.of(message.body)
        if isinstance(wanted, Unclear):
            lines.message_stays(message.id, wanted.reason)
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


def _left(queue: HeldQueue, what: str, texts: RedriveWords) -> str:
    if queue.elsewhere:
        minutes = HOLD_SECONDS // 60
        return texts.elsewhere.format(count=queue.elsewhere, what=texts.about[what], minutes=minutes)
    return texts.left_about.format(count=queue.left, what=texts.about[what])
