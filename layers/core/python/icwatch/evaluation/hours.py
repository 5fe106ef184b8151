"""Summing up an hour when the first sweep of a later one comes: of what Samples holds, and not of what was counted.

It is done before that sweep is evaluated, and written only where it is not there. So what a record that comes again,
a crash, or another evaluator does to it is nothing: the sum of the same sweeps is the same. Summed up is the hour of
the shard's last evaluated sweep. After a gap that is still the last one that anybody saw; hours of a gap have no
totals, and are unseen to whoever reads. A sweep that is stored only after its hour was summed up is not in it, as it is
not evaluated, either; `icwatch rebuild-totals` takes it in. The end of a day sums it up of its hours, and makes those
that are missing, because a table did not answer, say.

An emptied shard has no further sweep that could end its last hour. The first of the shards that have targets does it,
so that what moved to another shard within an hour is known of both parts of it.
"""

from __future__ import annotations

from functools import partial

from icwatch.evaluation.totals import around, day_of, hour_of, hours_between, total_of_day, total_of_hour
from icwatch.model import DAY_SECONDS, DRILL_SHARD, HOUR_SECONDS, Inventory, Totals
from icwatch.storage import SweepReader, TotalsStore


class HourEnds:
    """Writes the totals of hours and days that sweeps end."""

    def __init__(self, sweeps: SweepReader, totals: TotalsStore) -> None:
        self._sweeps, self._totals = sweeps, totals

    def close(self, inventory: Inventory, shard: str, last: int | None, at: int) -> None:
        """Sum up the hour of the sweep at `last`, where the one at `at` is the first after it. Drills have none."""
        if last is None or hour_of(at) <= hour_of(last) or shard == DRILL_SHARD:
            return
        for each in (shard, *_emptied(inventory, shard)):
            for hour in _ended(last, at):
                self._sum_hour(each, hour, inventory.every)
            if day_of(at) > day_of(last):
                self._sum_day(each, day_of(last), inventory.every)
            elif hour_of(last) == day_of(last):
                self._make_up(each, day_of(last) - DAY_SECONDS, inventory.every)

    def _make_up(self, shard: str, day: int, every: int) -> None:
        """Sum up a day of which nothing is there an hour after its end: a table did not answer then, say."""
        if not any(self._totals.days(shard, day, day + DAY_SECONDS)):
            self._sum_day(shard, day, every)

    def _sum_hour(self, shard: str, hour: int, every: int) -> Totals | None:
        found = around(partial(self._sweeps.between, shard), lambda sweep: sweep.at, hour, every)
        total = total_of_hour(shard, hour, every, found)
        if total is not None:
            self._totals.save(total)
        return total

    def _sum_day(self, shard: str, day: int, every: int) -> None:
        known = {each.at: each for each in self._totals.hours(shard, day, day + DAY_SECONDS)}
        hours = [
            known.get(hour) or self._sum_hour(shard, hour, every) for hour in hours_between(day, day + DAY_SECONDS)
        ]
        total = total_of_day(shard, day, [each for each in hours if each is not None])
        if total is not None:
            self._totals.save(total)


def _ended(last: int, at: int) -> range:
    """The hours that are over at `at` and of which the sweep at `last` says something: its own and, where a gap begins
    with it, the next one that it may reach into.
    """
    return hours_between(hour_of(last), min(hour_of(at), hour_of(last) + 2 * HOUR_SECONDS))


def _emptied(inventory: Inventory, shard: str) -> list[str]:
    """The shards without targets, for the first of those that have some; none for any other."""
    swept = {*inventory.shards.values()}
    return sorted({*inventory.all_shards} - swept) if shard == min(swept, default="") else []
