"""How large what is stored of a fleet is: made documents, packed as the functions pack them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from icwatch.model import (
    DAY_SECONDS,
    HEALTH,
    HOUR_SECONDS,
    TLS_DAYS_LEFT,
    Inventory,
    Number,
    ShardAlarms,
    Sweep,
    Target,
    TargetTotals,
    Totals,
    collects,
)
from icwatch.storage.items import write_alarms, write_item
from icwatch.storage.packing import pack
from icwatch.storage.sweep_packing import pack_sweep
from icwatch.storage.totals import packed
from icwatch_cli.cost.item_sizes import item_bytes
from icwatch_cli.fleet.inventory_writer import head_item
from icwatch_cli.fleet.sizes import AT, documents

PROBE_MS = 20
DAYS_LEFT = Decimal("389.52")
SOURCE = "icwatch (ap-northeast-1)"
"""What a healthy probe finds, days of certificates a day apart among it, and what a sweep says of where it comes from.
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the items of a fleet as DynamoDB counts them: of each shard a healthy sweep, its alarms, and the totals
    of an hour and of a day; the head of the inventory; and of one alarm the decision and the shard's alarms with it.
    `probes` are those of one cycle, and `places` the VPCs, or else regions, that targets are in.
    """

    sweeps: tuple[int, ...]
    alarms: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    head: int
    decision: int
    alarms_with_one: int
    targets: int
    probes: int
    places: int

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return len(self.sweeps)


def sizes_of(inventory: Inventory) -> Sizes:
    """The sizes of an inventory, whose targets have their shards."""
    members: dict[str, list[Target]] = defaultdict(list)
    for name, target in inventory.targets.items():
        members[inventory.shards[name]].append(target)
    sweeps = [healthy_sweep(inventory, shard, targets) for shard, targets in sorted(members.items())]
    totals = _totals_sizes(inventory, members)
    decision, with_one = _of_one_alarm(inventory)
    return Sizes(
        sweeps=tuple(item_bytes(pack_sweep(sweep, expires_at=AT)) for sweep in sweeps),
        alarms=tuple(item_bytes(pack(write_alarms(ShardAlarms(shard, AT)))) for shard in sorted(members)),
        hours=tuple(hour for hour, _ in totals),
        days=tuple(day for _, day in totals),
        head=item_bytes(pack({**head_item(inventory, members), "version": 1, "complete": True})),
        decision=decision,
        alarms_with_one=with_one,
        targets=len(inventory.targets),
        probes=sum(map(_probes, sweeps)),
        places=len({target.labels.get("vpc") or target.labels.get("region") for target in inventory.targets.values()}),
    )


def healthy_sweep(inventory: Inventory, shard: str, targets: Sequence[Target]) -> Sweep:
    """The sweep of a shard in which every probe is good."""
    metrics: dict[str, dict[str, Number]] = {HEALTH: {target.id: 1 for target in targets}}
    for number, target in enumerate(targets):
        for metric in inventory.probes if target.probes is None else target.probes:
            metrics.setdefault(metric, {})[target.id] = 1
        if collects(inventory, target, TLS_DAYS_LEFT):
            metrics.setdefault(TLS_DAYS_LEFT, {})[target.id] = DAYS_LEFT - number
    return Sweep(
        shard, AT, metrics, probe_ms={target.id: PROBE_MS for target in targets}, source=SOURCE, every=inventory.every
    )


def _totals_sizes(inventory: Inventory, members: Mapping[str, Sequence[Target]]) -> list[tuple[int, int]]:
    """Of each shard, what the totals of an hour and of a day take. To pack them takes long, so it is done once for all
    shards of as many targets: names that count up pack alike.
    """
    known: dict[int, tuple[int, int]] = {}
    for shard, targets in sorted(members.items()):
        if len(targets) not in known:
            hour, day = (_totals_bytes(inventory, length, shard, targets) for length in (HOUR_SECONDS, DAY_SECONDS))
            known[len(targets)] = hour, day
    return [known[len(targets)] for _, targets in sorted(members.items())]


def _totals_bytes(inventory: Inventory, seconds: int, shard: str, targets: Sequence[Target]) -> int:
    """Of the totals of a shard in which all was good. Times to answer differ by some milliseconds."""
    rows = {}
    for number, target in enumerate(targets):
        p50, p95 = PROBE_MS + number * 3 % 11, PROBE_MS + 15 + number * 5 % 17
        times = {"p50_ms": p50, "p95_ms": p95} if seconds == HOUR_SECONDS else {}
        rows[target.id] = TargetTotals(seconds, worst_ms=p95 + number * 7 % 50, **times)
    return item_bytes(packed(Totals(shard, AT, seconds, inventory.every, rows)))


def _probes(sweep: Sweep) -> int:
    """The days of a certificate come with the answer to the health probe."""
    return sum(len(values) for metric, values in sweep.metrics.items() if metric != TLS_DAYS_LEFT)


def _of_one_alarm(inventory: Inventory) -> tuple[int, int]:
    """The sizes of a decision about one alarm, and of a shard's alarms with it; none where nothing can be raised."""
    rules = [rule for rule in inventory.rules.values() if rule.enabled][:1]
    targets = list(inventory.targets.values())[:1]
    if not rules or not targets:
        return 0, 0
    current, decision = documents(inventory, rules, targets)
    return item_bytes(pack(write_item(decision, expires_at=AT))), item_bytes(pack(write_alarms(current)))
