"""What a robot was told, what waits to be told, and when: the state of one robot, and what events do to it. Pure.

Whatever a robot is told goes through here: a notice is accepted once, and waits until it is sent. So a vendor that is
down, a limit, or hours in which nobody is to be disturbed lose nothing; they only make one message of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from icwatch.model import ENDS, Hours, Kind, Level
from icwatch.robots.filters import opens_in
from icwatch.robots.vendors import Answer, Limit, Verdict

LATE_SECONDS = 300
"""After so long a notice is no news any more: several that waited are told in one message."""

RETRY_SECONDS, MAX_RETRY_SECONDS = 5, 300
"""Between two attempts: the first pause, which doubles each time, and the longest."""

OVER_SECONDS = 15 * 86_400
"""How long it is remembered that an alarm is over: longer than a dead letter lies that may bring its problem back."""

MAX_OVER = 5000
"""Alarms of which that is remembered, the latest: an outbox is one item of a table."""

MAX_EARLY = 1000
"""Ends that wait for their problem, the latest."""

FULL = 1000
"""Of a token: they are counted in thousandths, because tables hold no binary fractions."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that a robot is to be told, with those of its alarms that concern it, by their ids.

    It is that of `notice` in the decision of `shard` at `at`. `where` is the VPC that all its alarms are in.
    """

    shard: str
    at: int
    notice: str
    kind: Kind
    level: Level
    alarms: tuple[str, ...]
    where: str = ""

    @property
    def over(self) -> bool:
        """Whether it tells an end."""
        return self.kind in ENDS


@dataclass(frozen=True, slots=True)
class Outbox:
    """The state of one robot. Every change of it makes its `version` one more.

    `known` are the alarms that it was told a problem of and not yet the end, each with the moment of that; `over` those
    that ended lately and whose end it is told: what comes late of them is no problem any more. `early` are ends that
    came before their problem, and wait for it. Nothing is sent before `not_before`.
    `claimed_until` is set while somebody sends, `wake_at` is when a message will come that makes somebody look again.
    """

    robot: str
    version: int = 0
    known: Mapping[str, int] = field(default_factory=dict)
    over: Mapping[str, int] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    early: tuple[Waiting, ...] = ()
    tokens: int = -1
    tokens_at: int = 0
    failures: int = 0
    not_before: int = 0
    claimed_until: int = 0
    wake_at: int = 0
    succeeded_at: int = 0
    failed_at: int = 0
    failure: str = ""

    @property
    def expected(self) -> set[str]:
        """The alarms whose end it has to be told, once it was told them."""
        return {*self.known, *(name for each in self.waiting if not each.over for name in each.alarms)}


def accept(outbox: Outbox, new: Waiting, now: int) -> Outbox:
    """Let a notice wait. Of an alarm whose end it is told already it is told no more; an end that comes before its
    problem waits for that, and both are told then.

    Whoever accepts keeps a receipt in the same step, so that no notice is accepted twice.
    """
    if new.over:
        return _accept_end(outbox, new, now)
    left = tuple(name for name in new.alarms if name not in outbox.over)
    outbox = _with(outbox, new, left)
    for end in outbox.early:  # one at a time, in the order in which they came
        if met := tuple(name for name in end.alarms if name in left):
            outbox = _accept_end(replace(outbox, early=_less(outbox.early, end, met)), replace(end, alarms=met), now)
    return outbox


def _accept_end(outbox: Outbox, end: Waiting, now: int) -> Outbox:
    """Let an end wait to be told as far as it is expected, and for its problem otherwise."""
    expected = outbox.expected
    told = tuple(name for name in end.alarms if name in expected)
    early = tuple(name for name in end.alarms if name not in expected and name not in outbox.over)
    over = {name: at for name, at in outbox.over.items() if now - at < OVER_SECONDS}
    over = dict([*over.items(), *((name, now) for name in told)][-MAX_OVER:])
    kept = [each for each in outbox.early if now - each.at < OVER_SECONDS]
    kept += [replace(end, alarms=early)] if early else []
    return replace(_with(outbox, end, told), over=over, early=tuple(kept[-MAX_EARLY:]))


def _with(outbox: Outbox, new: Waiting, alarms: tuple[str, ...]) -> Outbox:
    return replace(outbox, waiting=(*outbox.waiting, replace(new, alarms=alarms))) if alarms else outbox


def _less(ends: tuple[Waiting, ...], end: Waiting, alarms: tuple[str, ...]) -> tuple[Waiting, ...]:
    """The ends without these alarms of one of them."""
    left = replace(end, alarms=tuple(name for name in end.alarms if name not in alarms))
    return tuple(left if each is end else each for each in ends if each is not end or left.alarms)


def due(outbox: Outbox, hours: Hours | None, now: int) -> tuple[Waiting, ...]:
    """What may be told at this time of day, in the order in which it was decided.

    An end comes at any time where the problem was told. Where that waits for the hours to begin, its end waits with it.
    """
    held = {name for each in outbox.waiting if not _may_come(each, hours, now) for name in each.alarms}
    held -= outbox.known.keys()
    found = []
    for each in sorted(outbox.waiting, key=lambda each: each.at):
        if not each.over:
            found += [each] if _may_come(each, hours, now) else []
        elif free := tuple(name for name in each.alarms if name not in held):
            found.append(replace(each, alarms=free))
    return tuple(found)


def next_message(outbox: Outbox, hours: Hours | None, limit: Limit, now: int) -> tuple[Waiting, ...]:
    """The notices of the next message: one, or several as a digest; none where nothing may be sent now.

    Notices go out one by one while there are tokens for it; the last token carries all that is left. What has waited
    for long goes out together.
    """
    found = due(outbox, hours, now)
    tokens = tokens_at(outbox, limit, now)
    if not found or now < outbox.not_before or tokens < FULL:
        return ()
    late = now - found[0].at > LATE_SECONDS
    return found if late or tokens < 2 * FULL else found[:1]


def tokens_at(outbox: Outbox, limit: Limit, now: int) -> int:
    """The thousandths of tokens that there are."""
    full = limit.burst * FULL
    if outbox.tokens < 0:
        return full
    return min(full, outbox.tokens + int(max(0, now - outbox.tokens_at) * limit.a_minute * FULL / 60))


def wakes_in(outbox: Outbox, hours: Hours | None, limit: Limit, now: int) -> int | None:
    """In how many seconds somebody has to look again; None where nothing waits."""
    if not outbox.waiting:
        return None
    seconds = max(0, outbox.not_before - now)
    missing = FULL - tokens_at(outbox, limit, now)
    if missing > 0:
        seconds = max(seconds, -(-missing * 60 // int(limit.a_minute * FULL)))
    if hours is not None and not due(outbox, hours, now):
        seconds = max(seconds, opens_in(hours, now))
    return seconds


def after(outbox: Outbox, message: Sequence[Waiting], answer: Answer, limit: Limit, now: int) -> Outbox:
    """The state after a message was answered. Where it was refused for good, it waits no more."""
    outbox = replace(outbox, tokens=tokens_at(outbox, limit, now) - FULL, tokens_at=now)
    if answer.verdict is Verdict.TAKEN:
        return replace(_told(outbox, message, now), failures=0, not_before=0, succeeded_at=now)
    outbox = replace(outbox, failed_at=now, failure=answer.words)
    if answer.verdict is Verdict.PERMANENT:
        return _without_lone_ends(_refused(outbox, message))
    if answer.verdict is Verdict.TOO_MANY:
        return replace(outbox, not_before=now + answer.mute_seconds)
    pause = min(RETRY_SECONDS * 2 ** min(outbox.failures, 10), MAX_RETRY_SECONDS)
    return replace(outbox, failures=outbox.failures + 1, not_before=now + pause)


def _told(outbox: Outbox, message: Sequence[Waiting], now: int) -> Outbox:
    known = dict(outbox.known)
    known |= {name: now for each in message if not each.over for name in each.alarms}
    for each in message:
        if each.over:
            for name in each.alarms:
                known.pop(name, None)
    return replace(_without(outbox, message), known=known)


def _without(outbox: Outbox, message: Sequence[Waiting]) -> Outbox:
    """Without what is in a message, of which others may have accepted more meanwhile."""
    gone: dict[str, set[str]] = {}
    for each in message:
        gone.setdefault(each.notice, set()).update(each.alarms)
    left: Iterable[Waiting] = (
        replace(each, alarms=tuple(name for name in each.alarms if name not in gone.get(each.notice, ())))
        for each in outbox.waiting
    )
    return replace(outbox, waiting=tuple(each for each in left if each.alarms))


def _refused(outbox: Outbox, message: Sequence[Waiting]) -> Outbox:
    """Without what was refused for good. Its ends were not told, so what comes back of these alarms is told."""
    untold = {name for each in message if each.over for name in each.alarms}
    over = {name: at for name, at in outbox.over.items() if name not in untold}
    return replace(_without(outbox, message), over=over)


def _without_lone_ends(outbox: Outbox) -> Outbox:
    """With the ends of alarms whose problem was refused waiting for it, as if they had come before it."""
    expected = outbox.expected
    waiting: list[Waiting] = []
    early: list[Waiting] = [*outbox.early]
    for each in outbox.waiting:
        lone = tuple(name for name in each.alarms if each.over and name not in expected)
        early += [replace(each, alarms=lone)] if lone else []
        left = tuple(name for name in each.alarms if name not in lone)
        waiting += [replace(each, alarms=left)] if left else []
    gone = {name for each in early for name in each.alarms}
    over = {name: at for name, at in outbox.over.items() if name not in gone}
    return replace(outbox, waiting=tuple(waiting), early=tuple(early[-MAX_EARLY:]), over=over)


def _may_come(waiting: Waiting, hours: Hours | None, now: int) -> bool:
    if hours is None or waiting.over or waiting.level in hours.always:
        return True
    return opens_in(hours, now) == 0
