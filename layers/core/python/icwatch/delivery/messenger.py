"""From a notice to the robots: it is accepted once for each, and what waits is sent when it may be.

Accepting is one transaction of the robot's outbox and a receipt, so a record that comes again accepts nothing twice.
Whoever sends claims the outbox first, so that nobody else sends the same; a claim ends by itself. Between a robot's
answer and the outbox that says so lies the one moment in which a crash makes a message come once more, with its id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.errors import ConflictError, ItemError
from icwatch.model import Decision, Robot
from icwatch.notices import MAX_ID, Style
from icwatch.robots.filters import concerning
from icwatch.robots.messages import message_of
from icwatch.robots.outbox import Outbox, Waiting, accept, after, next_message, wakes_in
from icwatch.robots.vendors import LIMITS, Answer, Verdict
from icwatch.storage.dead_letters import DETERMINISTIC
from icwatch.text import one_line

SEND_SECONDS = 12.0
"""Of an invocation that are left when a message is begun: a POST with its limit, and saving what came of it."""

MAX_DELAY_SECONDS = 900
"""The longest that SQS delays a message."""

TRIES = 20
"""Of saving an outbox that others change, too."""

PAUSES_SECONDS = (0.2, 1.0)
"""Before what a robot answered is noted again, where the table failed."""


T = TypeVar("T")


class MissingError(ItemError):
    """A notice whose decision is not there (any more)."""


class Sender(Protocol):
    """Sends a robot a message."""

    def send(self, robot: Robot, message: Mapping[str, Any], notice_id: str) -> Answer:
        """Send it once; every failure is an answer."""


@dataclass(frozen=True, slots=True)
class Messenger:
    """What it works with. `decision_of` reads a decision, None where it is not there. `wake` lets a message about a
    robot come after so many seconds; `set_aside` puts what was refused for good into the dead-letter queue."""

    outboxes: DynamoOutboxes
    decision_of: Callable[[str, int], Decision | None]
    sender: Sender
    wake: Callable[[str, int], object]
    set_aside: Callable[[dict[str, Any]], object]
    style: Style
    count: Callable[[Answer], object]
    clock: Callable[[], float] = time.time

    def accept(self, notice: str, shard: str, at: int, robots: Iterable[Robot]) -> set[str]:
        """Let every robot that a notice concerns have it waiting. The names of the robots to be looked at.

        Raises MissingError where there is no such notice.
        """
        decision = self.decision_of(shard, at)
        announced = [] if decision is None else announcements_of(decision)
        found = [each for each in announced if one_line(each.id, MAX_ID) == notice]
        if not found:
            raise MissingError(f"notice {notice}: the decision of {shard} at {at} has none of this id")
        return {robot.name for robot in robots if self._accept(robot, found[0], shard, at)}

    def _accept(self, robot: Robot, announcement: Announcement, shard: str, at: int) -> bool:
        now = int(self.clock())

        def attempt(outbox: Outbox) -> bool:
            if self.outboxes.has_receipt(robot.name, announcement.id):
                return bool(outbox.waiting)  # accepted before; perhaps nobody got to sending it
            told = concerning(robot, announcement, outbox.expected)
            if told is None:
                return False
            new = Waiting(
                shard=shard,
                at=at,
                notice=announcement.id,
                kind=announcement.kind,
                level=told.worst.level,
                alarms=tuple(each.alarm_id for each in told.transitions),
                where=told.labels.get("vpc", ""),
            )
            self.outboxes.save(outbox, accept(outbox, new, now), [announcement.id], now)
            return True

        return self._attempt(robot.name, attempt)

    def put_back(self, robot: str, waiting: Sequence[Waiting]) -> None:
        """Let what was refused before wait again; what waits already or is over by now does not."""

        def change(outbox: Outbox) -> Outbox:
            for each in waiting:
                if all(one.notice != each.notice for one in outbox.waiting):
                    outbox = accept(outbox, each, int(self.clock()))
            return replace(outbox, not_before=0)

        self._change(robot, change)

    def deliver(self, robot: Robot, ends: float) -> None:
        """Send what waits for a robot and may be sent now; let a message come for the rest.

        `ends` is when the invocation does, by the monotonic clock; a claim that is not given back ends with it.
        """
        limit = LIMITS[robot.vendor]
        outbox = self.outboxes.load(robot.name)
        if not outbox.waiting:
            return
        if (left := outbox.claimed_until - int(self.clock())) > 0:
            self.wake(robot.name, left + 1)  # who has the claim looks once more before giving it back, if he is there
            return
        try:
            claimed_until = int(self.clock() + ends - time.monotonic()) + 1
            outbox = self.outboxes.save(outbox, replace(outbox, claimed_until=claimed_until))
        except ConflictError:
            self.wake(robot.name, 1)  # somebody else has it, or has just accepted something
            return
        while True:
            now = int(self.clock())
            message = next_message(outbox, robot.hours, limit, now)
            if not message or time.monotonic() > ends - SEND_SECONDS:
                released = self._release(outbox, robot, now)
                if released is None:
                    return
                outbox = released
                continue
            outbox = self._send(robot, message)

    def _send(self, robot: Robot, message: Sequence[Waiting]) -> Outbox:
        answer = self._answer(robot, message)
        self.count(answer)
        if answer.verdict is Verdict.PERMANENT:
            # Before it is taken out of the outbox: twice is harmless, since redrive puts back what is not there.
            waiting = [asdict(each) for each in message]
            self.set_aside({"robot": robot.name, "reason": answer.words, "waiting": waiting})
        limit, now = LIMITS[robot.vendor], int(self.clock())
        return self._note(robot.name, lambda outbox: after(outbox, message, answer, limit, now))

    def _answer(self, robot: Robot, message: Sequence[Waiting]) -> Answer:
        try:
            name, body = message_of(robot, message, self.style, self.decision_of)
        except DETERMINISTIC as error:  # what a table answers with is raised, and the record comes again
            return Answer(Verdict.PERMANENT, f"cannot be written: {type(error).__name__}: {error}")
        return self.sender.send(robot, body, name)

    def _release(self, outbox: Outbox, robot: Robot, now: int) -> Outbox | None:
        """Give the claim back. Where something came meanwhile, the outbox with it, which is to be looked at first."""
        seconds = wakes_in(outbox, robot.hours, LIMITS[robot.vendor], now)
        wake_at = outbox.wake_at
        if seconds is not None and not now < wake_at <= now + max(seconds, 1) + 5:
            delay = max(1, min(seconds, MAX_DELAY_SECONDS))
            self.wake(robot.name, delay)
            wake_at = now + delay
        try:
            self.outboxes.save(outbox, replace(outbox, claimed_until=0, wake_at=wake_at))
        except ConflictError:
            return self.outboxes.load(robot.name)
        return None

    def _note(self, robot: str, change: Callable[[Outbox], Outbox]) -> Outbox:
        """Save what became of a message. A table that fails is asked again: else the message would be sent again."""
        for pause in PAUSES_SECONDS:
            try:
                return self._change(robot, change)
            except (ClientError, BotoCoreError):
                time.sleep(pause)
        return self._change(robot, change)

    def _change(self, robot: str, change: Callable[[Outbox], Outbox]) -> Outbox:
        return self._attempt(robot, lambda outbox: self.outboxes.save(outbox, change(outbox)))

    def _attempt(self, robot: str, attempt: Callable[[Outbox], T]) -> T:
        """Try on the outbox as it is, and on the next one where somebody else changed it meanwhile."""
        for _ in range(TRIES - 1):
            with suppress(ConflictError):
                return attempt(self.outboxes.load(robot))
        return attempt(self.outboxes.load(robot))
