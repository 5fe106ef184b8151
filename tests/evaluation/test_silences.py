"""When a silence holds and over what, beside a reference that looks at every minute by the clock that was written for.

What an older version makes of a stored silence is tried as well: it may silence less than was meant, never more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.evaluation.silences import covers, holds, holds_until, next_start, silence_over
from icwatch.model import Alarm, Daily, Level, Phase, Silence, Weekly
from icwatch.storage.codec import decode, encode
from icwatch_cli.deployed.silences import read_parts, spell_days, spell_parts

MINUTE, HOUR, DAY = 60, 3600, 86_400
AT = 1_772_438_400
"""Monday, 2026-03-02 08:00:00 UTC."""

MINUTES = st.one_of(st.integers(0, 1439), st.sampled_from([0, 1, 720, 1439]))
OFFSETS = st.one_of(st.integers(-14 * 60, 14 * 60), st.sampled_from([0, 480, -300, 330, 14 * 60, -14 * 60]))


@dataclass(frozen=True)
class Written:
    """What a person wrote: a part of the day (None: all of it), days (None: all), and whose clock that is by."""

    part: tuple[int, int] | None
    days: frozenset[int] | None
    ahead: int

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(minutes=self.ahead))

    def silence(self, starts_at: int, ends_at: int) -> Silence:
        text = None if self.part is None else "-".join(f"{each // 60:02}:{each % 60:02}" for each in self.part)
        days = None if self.days is None else spell_days(self.days)
        daily, weekly = read_parts(text, days, self.zone)
        return Silence("s", {}, starts_at, ends_at, daily, weekly=weekly)

    def holds(self, at: int) -> bool:
        """By the clock on the wall: whether a part of today or of yesterday goes on, that began on one of the days."""
        now = datetime.fromtimestamp(at, self.zone)
        starts, ends = self.part or (0, 1440)
        for back in (0, 1):
            midnight = (now - timedelta(days=back)).replace(hour=0, minute=0, second=0)
            begins = midnight + timedelta(minutes=starts)
            over = midnight + timedelta(minutes=ends if ends > starts else ends + 1440)
            if begins <= now < over and midnight.weekday() in (self.days or range(7)):
                return True
        return False


written = st.builds(
    Written,
    st.one_of(st.none(), st.tuples(MINUTES, MINUTES).filter(lambda part: part[0] != part[1])),
    st.one_of(st.none(), st.frozensets(st.integers(0, 6), min_size=1)),
    OFFSETS,
)


@given(written, st.integers(0, 14 * DAY))
def test_a_silence_holds_by_the_clock_that_it_was_written_by(wanted: Written, later: int) -> None:
    silence = wanted.silence(0, 2**40)
    for at in (AT + later, AT + later // MINUTE * MINUTE, AT + later // MINUTE * MINUTE - 1):
        assert holds(silence, at) == wanted.holds(at)


@given(written, st.integers(0, 200), st.integers(0, 200), st.integers(1, 240))
def test_its_next_start_and_end_are_those_that_every_minute_shows(
    wanted: Written, now: int, begins: int, lasts: int
) -> None:
    """Looked at in steps of an hour, to which what was written is rounded."""
    part = wanted.part
    if part is not None:
        starts, hours = part[0] // 60 * 60, max(1, (part[1] - part[0]) % 1440 // 60)
        part = starts, (starts + hours * 60) % 1440
    hourly = Written(part, wanted.days, wanted.ahead // 60 * 60)
    silence = hourly.silence(AT + begins * HOUR, AT + (begins + lasts) * HOUR)
    moments = range(AT + now * HOUR, silence.ends_at + HOUR, HOUR)
    inside = {at for at in moments if silence.starts_at <= at < silence.ends_at and hourly.holds(at)}
    start = next_start(silence, AT + now * HOUR)
    assert start == min(inside, default=None)
    if start is not None:
        assert holds_until(silence, start) == next(at for at in moments if at > start and at not in inside)


@given(written, OFFSETS)
def test_it_reads_back_as_what_it_is(wanted: Written, ahead: int) -> None:
    """Shown by any clock and written again by that one, it is the same silence."""
    silence = wanted.silence(0, 1)
    shown = spell_parts(silence, zone := timezone(timedelta(minutes=ahead)))
    days, _, part = shown.rpartition(" ") if shown[-1:].isdigit() else (shown, "", "")
    if not part or part.split("-")[0] != part.split("-")[1]:  # a day that begins in its middle cannot be written
        assert read_parts(part or None, days or None, zone) == (silence.daily, silence.weekly)


@pytest.mark.parametrize(("hour", "start"), [(0, 22), (22, 22), (23, 7 * 24 + 22), (7 * 24 - 1, 7 * 24 + 22)])
def test_after_the_part_of_its_day_comes_that_of_a_week_later(hour: int, start: int) -> None:
    monday = AT - 8 * HOUR
    silence = Written((22 * 60, 23 * 60), frozenset({0}), 0).silence(0, 2**40)
    assert next_start(silence, monday + hour * HOUR) == monday + start * HOUR


def test_a_part_belongs_to_the_day_on_which_it_begins() -> None:
    """Friday's night goes on into Saturday, and Thursday's into Friday is not meant: by China's clock."""
    friday = Written((22 * 60, 6 * 60), frozenset({4}), 480).silence(0, 2**40)
    midnight = AT + 3 * DAY + 8 * 3600  # Friday 00:00 in China is Thursday 16:00 UTC
    hours = [hour for hour in range(72) if holds(friday, midnight + hour * 3600)]
    assert hours == [*range(22, 30)]


@pytest.mark.parametrize(
    ("labels", "target", "covered"),
    [
        ({"vpc": "a", "rule": "r"}, "10.0.0.1", True),
        ({"vpc": "b", "rule": "r"}, "10.0.0.1", True),
        ({"vpc": "c", "rule": "r"}, "10.0.0.1", False),
        ({"rule": "r"}, "10.0.0.1", False),
        ({"vpc": "a", "rule": "other"}, "10.0.0.1", False),
        ({"vpc": "b", "rule": "r"}, "10.0.0.2", True),
        ({"vpc": "b", "rule": "r"}, "10.0.0.3", False),
    ],
)
def test_any_one_value_of_each_label_matches(labels: Mapping[str, str], target: str, covered: bool) -> None:
    values = {"vpc": "a", "rule": "r", "target": "10.0.0.1"}
    silence = Silence("s", values, 0, 1, others={"vpc": ("b",), "target": ("10.0.0.2",)})
    assert covers(silence, labels, target) is covered


def test_the_alarm_of_a_group_is_covered_by_its_name_and_rule() -> None:
    alarm = Alarm("r", "vpc=a", Phase.ACTIVE, 0, 0, Level.CRITICAL, 0, None, labels={"vpc": "a"})
    several = Silence("s", {"target": "10.0.0.1", "rule": "q"}, 0, 9, others={"target": ("vpc=a",), "rule": ("r",)})
    assert silence_over(alarm, [several], 5) == several
    assert silence_over(alarm, [several], 9) is None


@dataclass(frozen=True)
class OldSilence:
    """A silence as the version before knew it."""

    id: str
    labels: Mapping[str, str]
    starts_at: int
    ends_at: int
    daily: Daily | None = None
    by: str = ""
    comment: str = ""
    created_at: int = 0

    def silences(self, labels: Mapping[str, str], at: int) -> bool:
        """As that version did."""
        if not all(labels.get(name) == value for name, value in self.labels.items()):
            return False
        if self.daily is None:
            return self.starts_at <= at < self.ends_at
        minute, starts, ends = at % DAY // 60, self.daily.starts, self.daily.ends
        part = starts <= minute < ends if starts <= ends else minute >= starts or minute < ends
        return self.starts_at <= at < self.ends_at and part


@given(written, st.integers(0, 8 * DAY), st.sampled_from(["a", "b", "c"]), st.booleans())
def test_an_older_version_silences_nothing_that_is_not_meant(
    wanted: Written, later: int, vpc: str, several: bool
) -> None:
    meant = wanted.silence(AT, AT + 7 * DAY)
    silence = decode(Silence, {**encode(meant), "labels": {"vpc": "a"}, "others": {"vpc": ["b"]} if several else {}})
    old = decode(OldSilence, encode(silence))
    at, labels = AT + later, {"vpc": vpc}
    now = holds(silence, at) and covers(silence, labels, "10.0.0.1")
    assert now or not old.silences(labels, at)
    if silence.weekly is None and not several:
        assert now == old.silences(labels, at)


def test_a_silence_of_an_older_version_is_read() -> None:
    old = {"id": "s", "labels": {"vpc": "a"}, "starts_at": 0, "ends_at": 9, "daily": {"starts": 1, "ends": 2}}
    assert decode(Silence, old) == Silence("s", {"vpc": "a"}, 0, 9, Daily(1, 2))
    new = Silence("s", {"vpc": "a"}, 0, 9, Daily(0, 0), others={"vpc": ("b",)}, weekly=Weekly((0, 6), 1, 2))
    assert decode(Silence, encode(new)) == new
