"""A made-up month: what is known of it comes out to the second, on the page, in the report and in `status.json`.

Its sweeps come every four minutes as an evaluator sees them; what its totals are made of is forgotten but for a day.
What is expected is added up here by hand, of when outages and gaps began and ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from icwatch.evaluation.hours import HourEnds
from icwatch.evaluation.totals import hour_of
from icwatch.model import HEALTH, Inventory, Language, ShardAlarms, Sweep, Target
from icwatch_cli.page.data import PageData
from icwatch_cli.page.longer import Seen
from icwatch_cli.page.pages import Pages, months_known
from icwatch_cli.page.report import month_of
from icwatch_cli.page.samples import KEPT_SECONDS, Samples, Seconds
from icwatch_cli.page.site import INDEX, Site, place_path, target_path
from icwatch_cli.serving.longer import LongerSpans
from tests.cli.page.rendering import Parsed, pages_of
from tests.memory import MemorySamples, MemoryTotals

CHINA = timezone(timedelta(hours=8))
MONTH = month_of("2026-10", CHINA)
DAY, HOUR, CYCLE = 86_400, 3600, 240
NAMES = ("10.1.0.1", "10.1.0.2", "10.2.0.1", "10.2.0.2")
MOVED = NAMES[3]

Spell = tuple[int, int]
"""From one sweep until before another."""


def at(text: str) -> int:
    """A moment of the autumn of 2026, by China's clock: `10-03 12:00:17`."""
    return int(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp())


STARTS, ENDS = at("09-28 08:00:17"), at("11-04 15:20:54")
MOVES = at("10-20 10:29:34")

RESTARTS = (
    (at("10-05 09:56:17"), at("10-05 10:01:34")),  # 317 s: no gap, across a full hour
    (at("10-25 11:09:34"), at("10-25 11:17:54")),  # 500 s: the sample stands for a cycle, 260 s are nobody's
)
"""The last sweep of a prober, and the first of the next one, at other seconds of the minute."""

GAPS = (
    (at("10-03 11:56:17"), at("10-03 18:08:17")),  # begins across a full hour
    (at("10-11 07:57:34"), at("10-13 08:01:34")),  # more than a day of UTC
    (at("10-30 23:01:54"), at("11-02 01:01:54")),  # the end of the month in it
)
"""The last sweep before and the first one after."""

OUTAGES: Mapping[str, Sequence[Spell]] = {
    NAMES[0]: [
        (at("09-30 23:52:17"), at("10-01 00:12:17")),  # as the month begins
        (at("10-03 11:48:17"), at("10-03 18:12:17")),  # through a gap
        (at("10-05 09:48:17"), at("10-05 10:13:34")),  # through a restart
    ],
    NAMES[1]: [(at("10-02 00:00:17"), at("10-04 00:00:17")), (at("11-04 15:01:54"), at("11-04 15:13:54"))],
    NAMES[2]: [],
    MOVED: [(at("10-20 10:21:34"), at("10-20 10:41:34")), (at("10-25 11:09:34"), at("10-25 11:17:54"))],
}
"""From the first bad sweep to the first good one."""


def ticks() -> Iterator[int]:
    """When sweeps come."""
    moment, jumps = STARTS, dict((*RESTARTS, *GAPS))
    while moment < ENDS:
        yield moment
        moment = jumps.get(moment, moment + CYCLE)


def unseen_spells() -> list[Spell]:
    """When nobody saw anything: a cycle after the last sweep until the next one."""
    return [(last + CYCLE, following) for last, following in (*GAPS, RESTARTS[1])]


def overlap(spells: Sequence[Spell], first: int, last: int) -> int:
    return sum(max(0, min(ends, last) - max(begins, first)) for begins, ends in spells)


def expected(name: str, first: int, last: int) -> Seconds:
    """What is known by hand of a target from one moment until before another."""
    lost = overlap(unseen_spells(), first, last)
    bad = overlap(OUTAGES[name], first, last) - sum(
        overlap([spell], max(first, begins), min(last, ends))
        for spell in unseen_spells()
        for begins, ends in OUTAGES[name]
    )
    return Seconds(last - first - bad - lost, bad, lost)


class Month:
    """The month as a stack has it in the end: its totals, and the samples of the last day."""

    def __init__(self) -> None:
        self.totals, self.samples = MemoryTotals(), Samples()
        places = dict.fromkeys(NAMES[:2], "vpc-1") | dict.fromkeys(NAMES[2:], "vpc-2")
        shards = dict.fromkeys(NAMES[:3], "shard-0001") | {MOVED: "shard-0002"}
        self.inventory = Inventory(
            targets={name: Target(name, labels={"vpc": places[name]}) for name in NAMES},
            every=CYCLE,
            shards=shards,
            all_shards=("shard-0001", "shard-0002"),
        )
        self.live()
        self.longer = LongerSpans(
            self.totals, lambda shards, read: [read(shard) for shard in shards], lambda error: pytest.fail(str(error))
        )
        self.longer.read(self.inventory.all_shards, ENDS)

    def live(self) -> None:
        """Sweep by sweep, as an evaluator is given them; now and then a record comes again."""
        stored = MemorySamples()
        ends = HourEnds(stored, self.totals)
        last: dict[str, int] = {}
        for moment in ticks():
            if moment >= MOVES:
                self.inventory = replace(self.inventory, shards=dict.fromkeys(NAMES, "shard-0001"))
            for shard in {*self.inventory.shards.values()}:
                names = [name for name in NAMES if self.inventory.shards[name] == shard]
                health = {name: int(not overlap(OUTAGES[name], moment, moment + 1)) for name in names}
                sweep = Sweep(shard, moment, {HEALTH: health})
                stored.save(sweep)
                for _ in range(2 if moment % HOUR < CYCLE else 1):
                    ends.close(self.inventory, shard, last.get(shard), moment)
                last[shard] = moment
                if moment > ENDS - KEPT_SECONDS:
                    self.samples.add(sweep)

    def pages(self, now: int = ENDS) -> Pages:
        """The pages as they are in the end."""
        return pages_of(self.data(now))

    def data(self, now: int = ENDS) -> PageData:
        """What they are made of."""
        return PageData(
            stack="icwatch",
            option="--stack icwatch",
            now=now,
            inventory=self.inventory,
            shards=[ShardAlarms("shard-0001", self.samples.last)],
            samples=self.samples,
            longer=self.longer.of(self.samples, self.inventory, now),
        )


@pytest.fixture(scope="module")
def month() -> Month:
    return Month()


def test_what_is_made_up_begins_and_ends_with_sweeps() -> None:
    assert {moment for spells in (RESTARTS, GAPS, *OUTAGES.values()) for spell in spells for moment in spell} <= {
        *ticks()
    }


def test_every_target_is_exact_over_the_month(month: Month) -> None:
    found = month.longer.between(month.samples, month.inventory, ENDS, MONTH.starts_at, MONTH.ends_at)
    assert found == {name: expected(name, MONTH.starts_at, MONTH.ends_at) for name in NAMES}
    assert found[NAMES[0]].bad == 737 + (720 + 240) + 1517
    assert found[NAMES[2]].bad == 0
    assert {each.good + each.bad + each.unseen for each in found.values()} == {31 * DAY}


def test_every_hour_is_whole(month: Month) -> None:
    hours = [each for (_, seconds, _), each in month.totals.totals.items() if seconds == HOUR]
    assert {target.whole for each in hours for target in each.targets.values()} == {HOUR}
    assert len({each.at for each in hours}) > 700


def test_days_say_what_their_hours_do(month: Month) -> None:
    """Whether days are there or not decides how much is read, and nothing else."""
    without = LongerSpans(MemoryTotals(), lambda shards, read: [read(each) for each in shards], print)
    without._store = store = MemoryTotals()
    store.totals = {key: each for key, each in month.totals.totals.items() if key[1] == HOUR}
    assert len(store.totals) < len(month.totals.totals)
    asked = month.samples, month.inventory, ENDS, MONTH.starts_at, MONTH.ends_at
    assert without.between(*asked) == month.longer.between(*asked)


def test_the_pages_and_the_status_say_it_for_every_span(month: Month) -> None:
    hour = ENDS // HOUR * HOUR
    pages = month.pages()
    places = {each["name"]: each for each in pages.status()["places"]}
    shown: dict[str, Seconds] = {}
    for days in (7, 30, 365):
        first = max(hour - days * DAY, STARTS // HOUR * HOUR)
        early = Seconds(unseen=max(0, STARTS - first)) if days == 365 else Seconds()  # of the very first hour
        each = {name: expected(name, max(first, STARTS), ENDS) + early for name in NAMES}
        for place, names in (("vpc-1", NAMES[:2]), ("vpc-2", NAMES[2:])):
            (found,) = [span for span in places[place]["availability"] if span["days"] == days]
            total = sum((each[name] for name in names), Seconds())
            assert found == {
                "days": days,
                "good_seconds": total.good,
                "down_seconds": total.bad,
                "unseen_seconds": total.unseen,
            }
            shown[place] = total
        target = Parsed(pages.target(Site(target_path(NAMES[0]), Language.EN_US), NAMES[0], {}))
        assert f"down {each[NAMES[0]].bad} s, unseen {each[NAMES[0]].unseen} s" in titles(target)
    for path, html in (
        (INDEX, pages.overview(Site(INDEX, Language.EN_US))),
        (place_path("vpc-1"), pages.place(Site(place_path("vpc-1"), Language.EN_US), "vpc-1")),
    ):
        assert f"down {shown['vpc-1'].bad} s, unseen {shown['vpc-1'].unseen} s" in titles(Parsed(html)), path


def test_the_report_says_it_of_the_month(month: Month) -> None:
    found = month.longer.between(month.samples, month.inventory, ENDS, MONTH.starts_at, MONTH.ends_at)
    report = Parsed(month.pages().report(Site("reports/2026-10.html", Language.EN_US), "2026-10", [], found))
    by_place = [
        sum((expected(name, MONTH.starts_at, MONTH.ends_at) for name in names), Seconds())
        for names in (NAMES[:2], NAMES[2:])
    ]
    assert {f"{each.bad} s" for each in by_place} | {f"{each.unseen} s" for each in by_place} <= titles(report)


def test_every_month_that_totals_hold_has_a_report(month: Month) -> None:
    """Where its decisions are gone, it says that, and not that nothing was down."""
    data = replace(month.data(), since=month_of("2025-10", CHINA).ends_at - 1)
    names = months_known(data, CHINA)
    assert (len(names), names[0], names[-1]) == (14, "2026-11", "2025-10")
    for name, listed in (("2026-08", True), ("2026-07", False), ("2025-10", False)):
        found = {NAMES[0]: Seconds(2_000_000, 600, 0)}
        html = pages_of(data).report(Site(f"reports/{name}.html", Language.EN_US), name, [], found)
        text = Parsed(html).text
        assert ("No outages." in text, "no longer listed" in text) == (listed, not listed), name
        assert "10 min" in text, "the times are known all the same"
        assert [each for each in names if each != name and f'"{each}.html"' not in html] == []


def test_totals_are_known_since_their_first_hour(month: Month) -> None:
    assert month.longer.since == hour_of(STARTS)


def test_the_month_that_goes_on_ends_now(month: Month) -> None:
    november = month_of("2026-11", CHINA)
    found = month.longer.between(month.samples, month.inventory, ENDS, november.starts_at, november.ends_at)
    first = at("11-02 01:01:54") // HOUR * HOUR  # the gap is over: what lies before it was in no hour of this month
    assert found == {name: expected(name, first, ENDS) for name in NAMES}


def test_a_span_is_shown_where_more_is_known_than_of_the_next_shorter_one(month: Month) -> None:
    young = LongerSpans(MemoryTotals(), lambda shards, read: [read(each) for each in shards], print)
    young.read(month.inventory.all_shards, ENDS)
    assert young.of(month.samples, month.inventory, ENDS) == {}
    assert [*month.longer.of(month.samples, month.inventory, ENDS)] == [7, 30, 365]
    assert LongerSpans(None, lambda shards, read: [], print).of(month.samples, month.inventory, ENDS) == {}


def test_totals_that_cannot_be_read_cost_longer_spans_only(month: Month) -> None:
    refused: list[Exception] = []

    def read_none(shards: Sequence[str], read: object) -> list[dict[str, Seen]]:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Query")

    blind = LongerSpans(month.totals, read_none, refused.append)
    blind.read(month.inventory.all_shards, ENDS)
    assert blind.of(month.samples, month.inventory, ENDS) == {}
    assert blind.between(month.samples, month.inventory, ENDS, MONTH.starts_at, MONTH.ends_at) == {}
    assert len(refused) >= 2


def test_what_is_seen_in_two_shards_is_known_since_the_first() -> None:
    assert Seen(HOUR, 10, 5) + Seen(0, 1, 2) == Seen(0, 11, 7)
    assert Seen(0, 11, 7).until(20) == Seconds(11, 7, 2)


def titles(page: Parsed) -> set[str]:
    """All titles of its elements."""
    return {title for _, attributes in page.elements if (title := attributes.get("title"))}
