"""What a robot is told and when, event by event; and over random events, that every problem told ends exactly once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import Hours, Kind, Level
from icwatch.robots.filters import opens_in
from icwatch.robots.outbox import (
    FULL,
    MAX_EARLY,
    MAX_OVER,
    OVER_SECONDS,
    Outbox,
    Waiting,
    accept,
    after,
    due,
    next_message,
    tokens_at,
    wakes_in,
)
from icwatch.robots.vendors import LIMITS, Answer, Limit, Verdict
from tests.examples import examples

NOW = 1_795_316_400
LIMIT = Limit(3, 3)
TAKEN = Answer(Verdict.TAKEN)


def notice(kind: Kind, *alarms: str, at: int = NOW, level: Level = Level.CRITICAL) -> Waiting:
    return Waiting("shard-0001", at, f"{'+'.join(alarms)}:{kind}:{at}", kind, level, alarms)


def outbox(*accepted: Waiting, now: int = NOW) -> Outbox:
    box = Outbox("dba")
    for each in accepted:
        box = accept(box, each, now)
    return box


def test_one_after_the_other_and_the_last_token_carries_all_that_is_left() -> None:
    box = outbox(*(notice(Kind.RAISED, f"r:{number}:1") for number in range(10)))
    sizes = []
    while message := next_message(box, None, LIMIT, NOW):
        sizes.append(len(message))
        box = after(box, message, TAKEN, LIMIT, NOW)
    assert sizes == [1, 1, 8]
    assert len(box.known) == 10
    assert wakes_in(box, None, LIMIT, NOW) is None


def test_in_no_minute_more_than_the_vendor_takes() -> None:
    taken = {"dingtalk": 20, "feishu": 100, "wecom": 20, "slack": 60, "webhook": 10**6}
    assert all(limit.burst + limit.a_minute <= taken[kind] for kind, limit in LIMITS.items())


def test_what_waited_for_long_is_told_together() -> None:
    box = outbox(*(notice(Kind.RAISED, f"r:{number}:1", at=NOW - 400) for number in range(3)))
    assert len(next_message(box, None, LIMIT, NOW)) == 3


def test_an_end_that_overtakes_its_problem_waits_for_it() -> None:
    box = outbox(notice(Kind.CLEARED, "a", at=NOW + 60))
    assert box.waiting == ()
    box = accept(box, notice(Kind.RAISED, "a", "b"), NOW)
    assert [(each.kind, each.alarms) for each in due(box, None, NOW)] == [
        (Kind.RAISED, ("a", "b")),
        (Kind.CLEARED, ("a",)),
    ]
    assert accept(box, notice(Kind.REPEATED, "a"), NOW) == box, "its end is told already"
    box = after(box, box.waiting, TAKEN, LIMIT, NOW)
    assert ([*box.known], box.early) == (["b"], ())


def test_the_end_of_what_was_refused_for_good_waits_for_it_to_come_back() -> None:
    raised = notice(Kind.RAISED, "a", "b")
    box = outbox(raised, notice(Kind.CLEARED, "a", at=NOW + 60), notice(Kind.RAISED, "b", at=NOW + 1))
    box = after(box, box.waiting[:1], Answer(Verdict.PERMANENT, "no such token"), LIMIT, NOW)
    assert [(each.kind, each.alarms) for each in box.waiting] == [(Kind.RAISED, ("b",))]
    box = accept(box, raised, NOW)
    assert [(each.kind, each.alarms) for each in due(box, None, NOW)] == [
        (Kind.RAISED, ("a", "b")),
        (Kind.RAISED, ("b",)),
        (Kind.CLEARED, ("a",)),
    ]


def test_a_digest_that_was_refused_for_good_comes_back_whole() -> None:
    begun, over = notice(Kind.RAISED, "a"), notice(Kind.CLEARED, "a", at=NOW + 60)
    box = outbox(begun, over)
    box = after(box, box.waiting, Answer(Verdict.PERMANENT, "no such token"), LIMIT, NOW)
    assert (box.waiting, box.early, box.over) == ((), (), {})
    for order in ((begun, over), (over, begun)):
        again = box
        for each in order:
            again = accept(again, each, NOW)
        assert due(again, None, NOW) == (begun, over)


def test_an_outbox_forgets_the_oldest_ends_before_it_grows_too_large() -> None:
    box = Outbox("dba")
    for number in range(60):
        names = [f"r:{number}-{each}:1" for each in range(100)]
        box = accept(accept(box, notice(Kind.RAISED, *names), NOW), notice(Kind.CLEARED, *names), NOW)
    assert len(box.over) == MAX_OVER
    assert "r:59-99:1" in box.over
    assert "r:0-0:1" not in box.over
    for number in range(MAX_EARLY + 1):
        box = accept(box, notice(Kind.CLEARED, f"early:{number}:1"), NOW)
    assert len(box.early) == MAX_EARLY
    later = NOW + OVER_SECONDS + 1
    box = accept(box, notice(Kind.CLEARED, "new", at=later), later)
    assert (box.over, [each.alarms for each in box.early]) == ({}, [("new",)])


def test_a_repetition_that_is_overtaken_by_the_end_raises_nothing() -> None:
    box = outbox(notice(Kind.RAISED, "a"))
    box = after(box, box.waiting, TAKEN, LIMIT, NOW)
    box = accept(box, notice(Kind.CLEARED, "a"), NOW)
    box = after(box, box.waiting, TAKEN, LIMIT, NOW)
    box = accept(box, notice(Kind.REPEATED, "a"), NOW)
    assert (box.waiting, box.known) == ((), {})


@pytest.mark.parametrize(
    ("answer", "failures", "pause", "waits"),
    [
        (Answer(Verdict.TRANSIENT, "HTTP 503"), 1, 5, True),
        (Answer(Verdict.TOO_MANY, "mute", 600), 0, 600, True),
        (Answer(Verdict.PERMANENT, "no such token"), 0, None, False),
    ],
)
def test_what_is_not_taken(answer: Answer, failures: int, pause: int | None, *, waits: bool) -> None:
    box = outbox(notice(Kind.RAISED, "a"))
    box = after(box, box.waiting, answer, LIMIT, NOW)
    assert (box.failures, bool(box.waiting), box.failure) == (failures, waits, answer.words)
    assert next_message(box, None, LIMIT, NOW + (pause or 1) - 1) == ()
    assert wakes_in(box, None, LIMIT, NOW) == pause
    if pause:
        assert next_message(box, None, LIMIT, NOW + pause) == box.waiting


def test_pauses_grow_to_five_minutes_and_end_with_a_success() -> None:
    box, pauses = outbox(notice(Kind.RAISED, "a")), []
    for _ in range(9):
        box = after(box, box.waiting, Answer(Verdict.TRANSIENT), LIMIT, NOW)
        pauses.append(box.not_before - NOW)
        box = replace(box, tokens=9 * FULL)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    box = after(box, box.waiting, TAKEN, LIMIT, NOW)
    assert (box.failures, box.not_before) == (0, 0)


NIGHT = Hours(starts=60, ends=120, always=(Level.DOWN,))  # 01:00 to 02:00 UTC
MIDNIGHT = NOW - NOW % 86_400


@pytest.mark.parametrize(
    ("hours", "minute", "seconds"),
    [
        (NIGHT, 0, 3600),
        (NIGHT, 60, 0),
        (NIGHT, 119, 0),
        (NIGHT, 120, 23 * 3600),
        (Hours(22 * 60, 6 * 60), 23 * 60, 0),
        (Hours(22 * 60, 6 * 60), 5 * 60, 0),
        (Hours(22 * 60, 6 * 60), 6 * 60, 16 * 3600),
    ],
)
def test_when_hours_begin(hours: Hours, minute: int, seconds: int) -> None:
    assert opens_in(hours, MIDNIGHT + 60 * minute) == seconds


def test_outside_of_the_hours_a_problem_waits_with_its_end_but_a_known_end_comes() -> None:
    known = outbox(notice(Kind.RAISED, "told", level=Level.DOWN), now=MIDNIGHT)
    known = after(known, due(known, NIGHT, MIDNIGHT), TAKEN, LIMIT, MIDNIGHT)
    assert [*known.known] == ["told"], "what is Down comes at any time"
    box = accept(known, notice(Kind.RAISED, "held", at=MIDNIGHT), MIDNIGHT)
    box = accept(box, notice(Kind.CLEARED, "held", "told", at=MIDNIGHT + 60), MIDNIGHT + 60)
    (now,) = due(box, NIGHT, MIDNIGHT + 60)
    assert now.alarms == ("told",)
    box = after(box, (now,), TAKEN, LIMIT, MIDNIGHT + 60)
    assert wakes_in(box, NIGHT, LIMIT, MIDNIGHT + 60) == 3540
    later = due(box, NIGHT, MIDNIGHT + 3600)
    assert [(each.kind, each.alarms) for each in later] == [(Kind.RAISED, ("held",)), (Kind.CLEARED, ("held",))]
    assert after(box, later, TAKEN, LIMIT, MIDNIGHT + 3600).known == {}


VERDICTS = [TAKEN, Answer(Verdict.TRANSIENT, "x"), Answer(Verdict.TOO_MANY, "x", 30), Answer(Verdict.PERMANENT, "x")]
NAMES = ["r:a:1", "r:b:1", "r:c:1", "r:d:1"]

steps = st.lists(
    st.tuples(
        st.sampled_from(["raised", "repeated", "end", "late", "send", "put back"]),
        st.sets(st.sampled_from(range(4)), min_size=1),
        st.sampled_from([0, 0, 1, 20, 61, 3600, 7200]),
        st.sampled_from(range(4)),
    ),
    max_size=60,
)


class Story:
    """Alarms that come and go, and what one robot is told of them."""

    def __init__(self, hours: Hours | None, limit: Limit) -> None:
        self.hours, self.limit = hours, limit
        self.box, self.now = Outbox("dba"), NOW
        self.generation, self.running = [0] * 4, [False] * 4
        self.delayed: list[Waiting] = []
        self.refused: list[Waiting] = []
        self.begun: set[str] = set()
        self.problems: set[str] = set()
        self.ends: Counter[str] = Counter()

    def alarms(self, which: set[int]) -> list[str]:
        return [f"{NAMES[each]}{self.generation[each]}" for each in sorted(which)]

    def problem(self, kind: Kind, which: set[int], *, late: bool) -> None:
        """A notice of a problem; a late one is overtaken by what comes next."""
        for each in which:
            self.generation[each] += not self.running[each]
            self.running[each] = True
        new = notice(kind, *self.alarms(which), at=self.now)
        self.begun |= {*new.alarms}
        if late:
            self.delayed.append(new)
        else:
            self.accept(new)

    def end(self, which: set[int]) -> None:
        over = {each for each in which if self.running[each]}
        for each in over:
            self.running[each] = False
        if over:
            self.accept(notice(Kind.CLEARED, *self.alarms(over), at=self.now))

    def accept(self, new: Waiting) -> None:
        self.box = accept(self.box, new, self.now)

    def send(self, answer: Answer) -> None:
        message = next_message(self.box, self.hours, self.limit, self.now)
        if not message:
            return
        self.box = after(self.box, message, answer, self.limit, self.now)
        if answer.verdict is Verdict.PERMANENT:
            self.refused += message
        for each in message if answer.verdict is Verdict.TAKEN else ():
            assert each.over or not self.ends.keys() & {*each.alarms}, "nothing more of what was told to be over"
            if each.over:
                self.ends.update(each.alarms)
            else:
                self.problems |= {*each.alarms}

    def finish(self) -> None:
        """Everything arrives, everything ends, and the robot works again."""
        for late in self.delayed + self.refused:
            self.accept(late)
        for each in range(4):
            self.end({each})
        for _ in range(200):
            self.now += 3600
            self.send(TAKEN)


@examples(few=200, many=4000)
@given(steps, st.sampled_from([None, NIGHT]), st.sampled_from([Limit(1, 1), Limit(3, 3)]))
def test_whoever_was_told_a_problem_is_told_its_end_exactly_once(
    events: list[tuple[str, set[int], int, int]], hours: Hours | None, limit: Limit
) -> None:
    """Notices that overtake one another, robots that fail in every way, redrive, limits and hours."""
    story = Story(hours, limit)
    for what, which, passed, verdict in events:
        story.now += passed
        if what in ("raised", "repeated"):
            story.problem(Kind(what), which, late=verdict == 3)
        elif what == "end":
            story.end(which)
        elif what == "late" and story.delayed:
            story.accept(story.delayed.pop())
        elif what == "put back" and story.refused:
            story.accept(story.refused.pop())
        else:
            story.send(VERDICTS[verdict])
    story.finish()
    assert story.box.waiting == ()
    assert story.problems == story.ends.keys() == story.begun, "whatever began is told, however late"
    assert {*story.ends.values()} <= {1}
    assert tokens_at(story.box, limit, story.now) <= limit.burst * FULL
