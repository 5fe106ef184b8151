"""What is kept of problems of the monitoring is bounded, and one shard speaks for what concerns all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from icwatch.evaluation.monitoring import MAX_REASON_CHARACTERS, MAX_UNREADABLE, MORE, monitor
from icwatch.model import HEALTH, Inventory, MonitoringReport, ShardAlarms, Sweep, Target

AT = 1_795_316_400
TARGETS = [Target(f"10.1.0.{number}") for number in range(3)]
INVENTORY = Inventory(
    targets={target.id: target for target in TARGETS},
    shards={target.id: f"shard-{number}" for number, target in enumerate(TARGETS, 1)},
    all_shards=("shard-0", "shard-1", "shard-2", "shard-3"),
)


def unreadable(count: int) -> dict[tuple[str, str], str]:
    return {("rule", f"rule_{number:03d}"): "program is empty\n" * 99 for number in range(count)}


def look(inventory: Inventory, current: ShardAlarms, minute: int) -> tuple[ShardAlarms, tuple[MonitoringReport, ...]]:
    health = {name: 1 for name, shard in inventory.shards.items() if shard == current.shard}
    return monitor(inventory, current, Sweep(current.shard, AT + 60 * minute, {HEALTH: health}))


@pytest.mark.parametrize("count", [1, MAX_UNREADABLE, MAX_UNREADABLE + 1, 10_000])
def test_so_many_items_are_named_and_the_others_counted(count: int) -> None:
    current, reports = look(replace(INVENTORY, unreadable=unreadable(count)), ShardAlarms("shard-1"), 0)
    named = [report.subject for report in reports if report.subject != MORE]
    assert named == [f"rule rule_{number:03d}" for number in range(min(count, MAX_UNREADABLE))]
    assert [report.reason for report in reports if report.subject == MORE] == (
        [f"{count - MAX_UNREADABLE} of them"] if count > MAX_UNREADABLE else []
    )
    assert len(current.monitoring) == len(reports)
    assert all(len(report.reason) <= MAX_REASON_CHARACTERS and report.reason.isprintable() for report in reports)
    assert look(replace(INVENTORY, unreadable=unreadable(count)), current, 1)[1] == (), "once"
    over = look(INVENTORY, current, 2)[1]
    assert {report.ended for report in over} == {"readable"}
    assert len(over) == len(reports)


def test_only_the_first_shard_that_is_swept_speaks_of_them() -> None:
    broken = replace(INVENTORY, unreadable=unreadable(2))
    told = {shard: look(broken, ShardAlarms(shard), 0)[1] for shard in INVENTORY.all_shards}
    assert {shard for shard, reports in told.items() if reports} == {"shard-1"}, "shard-0 has no targets any more"
