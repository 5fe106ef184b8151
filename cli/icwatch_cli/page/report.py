"""The report of a month: what was down, for how long and why, by place. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from icwatch.model import Cause
from icwatch.text import natural
from icwatch_cli.page.outages import Outage, together
from icwatch_cli.page.samples import Seconds


@dataclass(frozen=True, slots=True)
class Month:
    """A month by a reader's clock: `2026-11`, from its first second until before that of the next one."""

    name: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """A month of a place: how many outages, how many of them by the network, how long in all and at the longest.

    `time` is how long its servers were good, bad and unseen together, None where that is not known.
    """

    name: str
    servers: int
    outages: int
    network: int
    seconds: int
    longest: int
    time: Seconds | None


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a month. `outages` go no further than its end, and those that go on are among them."""

    month: Month
    complete: bool
    outages: tuple[Outage, ...]
    places: tuple[PlaceReport, ...]
    causes: tuple[tuple[Cause | None, int, int], ...]

    @property
    def seconds(self) -> int:
        """How long all of them lasted together."""
        return sum(each.seconds for each in self.outages)

    @property
    def time(self) -> Seconds | None:
        """How long all servers were good, bad and unseen together; None where that is not known of any."""
        known = [each.time for each in self.places if each.time is not None]
        return sum(known, Seconds()) if known else None

    @property
    def network(self) -> int:
        """How many of them the network explains."""
        return sum(each.network for each in self.outages)


def month_of(name: str, zone: timezone) -> Month:
    """The month of a name such as `2026-11`. Raises ValueError."""
    starts = datetime.strptime(name, "%Y-%m").replace(tzinfo=zone)
    ends = starts.replace(year=starts.year + starts.month // 12, month=starts.month % 12 + 1)
    return Month(f"{starts:%Y-%m}", int(starts.timestamp()), int(ends.timestamp()))


def months_until(now: int, zone: timezone, since: int, least: int) -> list[str]:
    """The names of the months from that of `since` on, and of so many at the least; the current one first."""
    first, last = (datetime.fromtimestamp(each, zone) for each in (since, now))
    place = last.year * 12 + last.month - 1
    count = max(least, place - (first.year * 12 + first.month - 1) + 1)
    return [f"{(place - back) // 12}-{(place - back) % 12 + 1:02}" for back in range(count)]


def report_of(
    month: Month,
    found: Iterable[Outage],
    sizes: Mapping[str, int],
    times: Mapping[str, Seconds],
    now: int,
) -> Report:
    """A month of the outages that are found, those that go on until now among them, and of how long the servers of
    each place were good, bad and unseen in it.
    """
    known = [each for each in found if each.began_at < month.ends_at and each.ended_at > month.starts_at]
    outages = tuple(
        replace(each, began_at=max(each.began_at, month.starts_at), ended_at=min(each.ended_at, month.ends_at))
        for each in together(known)
    )
    return Report(
        month=month,
        complete=now >= month.ends_at,
        outages=tuple(sorted(outages, key=lambda each: (each.began_at, natural(each.targets[0])))),
        places=_places(outages, sizes, times),
        causes=_causes(outages),
    )


def _places(
    outages: Sequence[Outage], sizes: Mapping[str, int], times: Mapping[str, Seconds]
) -> tuple[PlaceReport, ...]:
    names = sorted({*sizes, *(each.place for each in outages)}, key=natural)
    found = []
    for name in names:
        mine = [each for each in outages if each.place == name]
        found.append(
            PlaceReport(
                name=name,
                servers=sizes.get(name, 0),
                outages=len(mine),
                network=sum(each.network for each in mine),
                seconds=sum(each.seconds for each in mine),
                longest=max((each.seconds for each in mine), default=0),
                time=times.get(name),
            )
        )
    return tuple(sorted(found, key=lambda each: -each.seconds))


def _causes(outages: Sequence[Outage]) -> tuple[tuple[Cause | None, int, int], ...]:
    """The causes with how many outages they had and how long these lasted, the longest first."""
    counts: Counter[Cause | None] = Counter()
    seconds: Counter[Cause | None] = Counter()
    for each in outages:
        cause = each.failure.cause if each.failure else None
        counts[cause] += 1
        seconds[cause] += each.seconds
    return tuple((cause, counts[cause], lasted) for cause, lasted in seconds.most_common())
