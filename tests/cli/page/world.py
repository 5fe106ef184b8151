"""A made-up fleet over some time: sweeps of which everything is decided by the evaluator itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from icwatch.announcements.decision import decide
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    HEALTH,
    Acknowledgement,
    Cause,
    Decision,
    Failure,
    Inventory,
    Phase,
    ShardAlarms,
    Silence,
    Sweep,
)
from icwatch_cli.deployed.events import Event, events
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.page.data import PageData, RobotState
from icwatch_cli.page.outages import OutageLog
from icwatch_cli.page.samples import Samples

NOW = 1_795_329_132
"""2026-11-22 06:32:12 UTC, 14:32:12 in China."""

SHARD = "shard-0001"

REFUSED = Failure(Cause.CONNECTION_REFUSED, "Connection refused")
TIMED_OUT = Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")
ANSWERED_500 = Failure(Cause.HTTP_STATUS, "HTTP 500", 500)
NO_ANSWER = Failure(Cause.READ_TIMEOUT, "no complete answer within 3s")

VPC_RULE: Mapping[str, Any] = {
    "name": "vpc_connect_failed",
    "expression": "max(ic_server_health) by (vpc) == 0",
    "level": "Down",
    "resend_interval": ["10m", "30m"],
    "unattended_after": ["15m", "45m"],
    "display_name": {"zh-CN": "全部 IC-Server 连接失败", "en-US": "every IC-Server of the VPC is unreachable"},
    "runbook": {
        "zh-CN": ["检查 OCP 与 ${vpc} 之间的网络：路由、对等连接、安全组。"],
        "en-US": ["Check the path between OCP and ${vpc}: routes, peering, security groups."],
    },
}

CONNECT_RULE: Mapping[str, Any] = {
    "name": "ic_server_connect_failed",
    "resend_interval": "10m",
    "inhibited_by": [{"rule": "vpc_connect_failed", "same": ["vpc"]}],
}


def fleet_of(places: Mapping[str, int], rules: Sequence[Mapping[str, Any]] = (), **more: object) -> Mapping[str, Any]:
    """A fleet file: so many targets in each VPC."""
    regions = ("cn-shanghai", "cn-beijing")
    return {
        "targets": [
            {
                "address": f"{10 + number // 250}.{number % 250}.{host // 250}.{host % 250}",
                "labels": {"vpc": place, "region": regions[number % 2]},
            }
            for number, place in enumerate(places, 1)
            for host in range(1, places[place] + 1)
        ],
        "rules": list(rules),
        **more,
    }


@dataclass
class World:
    """A fleet in shards of 200, its alarms after the last sweep, and all that the page knows of it."""

    inventory: Inventory
    shards: dict[str, ShardAlarms] = field(default_factory=dict)
    samples: Samples = field(default_factory=Samples)
    log: OutageLog = field(default_factory=OutageLog)
    decisions: list[Decision] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> World:
        """The world of a fleet file."""
        inventory = parse_fleet(document).as_inventory()
        shards: dict[str, str] = {}
        members: dict[str, list[str]] = {}
        for place, target in enumerate(inventory.targets):
            shard = f"shard-{place // 200 + 1:04}"
            shards[target] = shard
            members.setdefault(shard, []).append(target)
        stored = replace(inventory, version=12, shards=shards, all_shards=tuple(members))
        return cls(stored, members=members)

    def sweep(self, at: int, failing: Mapping[str, Failure], unseen: Iterable[str] = (), took: int = 8) -> None:
        """One cycle over all shards, decided on."""
        lost = {*unseen}
        for shard, names in self.members.items():
            down = {name: failing[name] for name in names if name in failing and name not in lost}
            health = {name: int(name not in down) for name in names if name not in lost}
            times = {
                name: 3000 if name in down else took + (at // 60 * 7 + number * 13) % 17
                for number, name in enumerate(health)
            }
            sweep = Sweep(
                shard,
                at,
                {HEALTH: health},
                down,
                times,
                source="icwatch (cn-shanghai)",
                unseen=dict.fromkeys(lost, "no time"),
                every=self.inventory.every,
            )
            self.samples.add(sweep)
            before = self.shards.get(shard) or ShardAlarms(shard)
            after, transitions = evaluate(self.inventory, before, sweep)
            self.shards[shard] = after
            if transitions:
                self.decisions.append(decide(self.inventory, after, transitions, sweep.source))
                self.log.add(self.decisions[-1])

    def acknowledge(self, alarm_key: str, by: str, comment: str, at: int, ends_at: int | None = None) -> None:
        """Somebody takes an alarm."""
        (alarm,) = [each.alarms[alarm_key] for each in self.shards.values() if alarm_key in each.alarms]
        assert alarm.phase is not Phase.PENDING
        known = Acknowledgement(alarm.id, by, comment, at, ends_at)
        self.inventory = replace(self.inventory, acknowledged={**self.inventory.acknowledged, alarm.id: known})

    def silence(self, silence: Silence) -> None:
        """Somebody keeps alarms quiet."""
        self.inventory = replace(self.inventory, silences=(*self.inventory.silences, silence))

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision]:
        """What was decided, as a store of transitions has it."""
        return (each for each in self.decisions if each.shard == shard and first <= each.at <= last)

    def events(self) -> list[Event]:
        """All that happened, oldest first."""
        return [*events(self, self.inventory, 0, NOW, lambda error: None)]

    def data(self, now: int = NOW, robots: Sequence[RobotState] = (), **dead: int) -> PageData:
        """What the page is made of."""
        return PageData(
            stack="icwatch",
            option="--stack icwatch",
            now=now,
            inventory=self.inventory,
            shards=[*self.shards.values()],
            samples=self.samples,
            outages=tuple(self.log.ended),
            dead_letters=dead,
            robots=robots,
        )


def an_outage(*, rules: bool = True, hours: int = 24, by: str = "吴", comment: str = "已联系网络组") -> World:
    """40 servers in 4 VPCs: one VPC hangs for 18 minutes, one server refuses for 30, one answers 500 and recovers."""
    places = {f"vpc-{number}": 10 for number in range(1, 5)}
    world = World.of(fleet_of(places, [VPC_RULE, CONNECT_RULE] if rules else [], language="zh-CN"))
    by_vpc: dict[str, list[str]] = {}
    for target in world.inventory.targets.values():
        by_vpc.setdefault(target.labels["vpc"], []).append(target.id)
    last = NOW // 60 * 60
    first = last - hours * 3600 + 60
    hanging = dict.fromkeys(by_vpc["vpc-2"], TIMED_OUT)
    for at in range(first, last + 60, 60):
        left = (last - at) // 60
        failing: dict[str, Failure] = {}
        if left <= 18 or 900 <= left < 944:
            failing |= hanging
        if left <= 30 or 600 <= left < 607 or 1150 <= left < 1179:
            failing[by_vpc["vpc-3"][3]] = REFUSED
        if 3 < left <= 19:
            failing[by_vpc["vpc-4"][1]] = ANSWERED_500
        if 392 <= left < 396:
            failing[by_vpc["vpc-3"][6]] = NO_ANSWER
        if 640 <= left < 646 or left == 1000:
            continue  # no sweep came
        world.sweep(at, failing, unseen=by_vpc["vpc-1"][:2] if 300 <= left < 320 else ())
        if left == 15 and rules:
            world.acknowledge("vpc_connect_failed:vpc=vpc-2", by, comment, at, last + 3600)
    return world
