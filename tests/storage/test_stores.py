"""One suite for the stores in memory and the stores on a real DynamoDB API, so that the twins stay twins."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import pytest
from boto3.dynamodb.types import TypeSerializer

from icwatch.errors import ConflictError, ItemError
from icwatch.evaluation.monitoring import MAX_REASON_CHARACTERS
from icwatch.model import (
    DAY_SECONDS,
    HEALTH,
    HOUR_SECONDS,
    MERGE_ABOVE,
    UNSEEN,
    Acknowledgement,
    Alarm,
    Bound,
    Cause,
    Daily,
    Decision,
    Drill,
    Failure,
    Fleet,
    Inventory,
    Kind,
    Language,
    Level,
    MonitoringProblem,
    MonitoringReport,
    Phase,
    ProbeSpec,
    ShardAlarms,
    Silence,
    Sweep,
    TargetTotals,
    Totals,
    Transition,
    Weekly,
)
from icwatch.model.standing import StandingAlarms
from icwatch.notices.language import in_language
from icwatch.storage import AlarmStore, SampleStore, SweepReader, TotalsStore, TransitionReader
from icwatch.storage.inventory import HEAD
from icwatch.storage.items import read_item, write_item
from icwatch.storage.packing import pack, unpack
from icwatch.storage.stream import Record
from icwatch.storage.sweeps import read_sweep
from icwatch.storage.tables import DynamoAlarms, DynamoSamples, DynamoTransitions
from icwatch.storage.totals import FIELDS, TOTALS_DAYS, DynamoTotals
from icwatch_cli.fleet import builtin, parse_fleet, parse_rule
from icwatch_cli.fleet.inventory_writer import InventoryWriter, Note
from icwatch_cli.fleet.plan import Plan, make_plan
from tests.conftest import Cloud
from tests.memory import MemoryAlarms, MemoryInventory, MemorySamples, MemoryTotals

EPOCH = 1_795_316_400
RULE = parse_rule(builtin.RULE)
FAILURE = Failure(Cause.HTTP_STATUS, "HTTP 503 '忙'", 503)


class InventoryStore(Protocol):
    """What both inventories can do."""

    def load(self) -> Inventory: ...
    def apply(self, plan: Plan, progress: Callable[[int], None] = ...) -> None: ...
    def note(self, inventory: Inventory, put: Sequence[Note] = ..., delete: Sequence[Note] = ...) -> None: ...


@dataclass
class Stores:
    """One kind of stores, and ways to see what they keep."""

    inventory: InventoryStore
    another: Callable[[], InventoryStore]
    samples: SampleStore
    sweeps: SweepReader
    totals: TotalsStore
    alarms: AlarmStore
    transitions: TransitionReader
    sweep: Callable[[str, int], Sweep | None]
    decision: Callable[[str, int], Decision | None]


@dataclass
class Tables:
    """The tables of one test on ministack."""

    cloud: Cloud
    prefix: str = field(default_factory=lambda: uuid.uuid4().hex)
    names: list[str] = field(default_factory=list)

    def create(self, name: str, **key: str) -> str:
        table = f"{self.prefix}-{name}"
        schema: Any = [
            {"AttributeName": attribute, "KeyType": kind}
            for attribute, kind in zip(key, ("HASH", "RANGE"), strict=False)
        ]
        self.cloud.dynamodb.create_table(
            TableName=table,
            KeySchema=schema,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in key.items()],  # type: ignore[typeddict-item]
            BillingMode="PAY_PER_REQUEST",
        )
        self.names.append(table)
        return table

    def get(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        item = self.cloud.dynamodb.get_item(TableName=table, Key=pack(key), ConsistentRead=True).get("Item")
        return None if item is None else unpack(item)

    def put(self, table: str, item: dict[str, Any]) -> None:
        self.cloud.dynamodb.put_item(TableName=table, Item=pack(item))

    def drop(self) -> None:
        for name in self.names:
            self.cloud.dynamodb.delete_table(TableName=name)


@pytest.fixture
def tables(cloud: Cloud) -> Iterator[Tables]:
    tables = Tables(cloud)
    yield tables
    tables.drop()


def in_memory() -> Stores:
    inventory, samples, alarms = MemoryInventory(), MemorySamples(), MemoryAlarms()
    return Stores(
        inventory,
        lambda: inventory,
        samples,
        samples,
        MemoryTotals(),
        alarms,
        alarms,
        lambda shard, at: samples.sweeps.get((shard, at)),
        lambda shard, at: alarms.decisions.get((shard, at)),
    )


class ReadByAnother(DynamoAlarms):
    """Alarms that another process reads, which remembers nothing of those that were saved."""

    def load(self, shard: str) -> ShardAlarms:
        return DynamoAlarms(self._client, self._alarms).load(shard)


def on_dynamodb(tables: Tables) -> Stores:
    client = tables.cloud.dynamodb
    inventory = tables.create("inventory", kind="S", id="S")
    samples = tables.create("samples", shard="S", at="N")
    alarms = tables.create("alarms", shard="S")
    totals = tables.create("totals", shard="S", at="N")
    transitions = tables.create("transitions", shard="S", at="N")

    def sweep(shard: str, at: int) -> Sweep | None:
        item = tables.get(samples, {"shard": shard, "at": at})
        return None if item is None else read_sweep(pack(item))

    def decision(shard: str, at: int) -> Decision | None:
        item = tables.get(transitions, {"shard": shard, "at": at})
        return None if item is None else read_item(Decision, item)

    return Stores(
        InventoryWriter(client, inventory),
        lambda: InventoryWriter(client, inventory),
        DynamoSamples(client, samples, 7),
        DynamoSamples(client, samples),
        DynamoTotals(client, totals),
        ReadByAnother(client, alarms, transitions, 90),
        DynamoTransitions(client, transitions),
        sweep,
        decision,
    )


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        return in_memory()
    return on_dynamodb(request.getfixturevalue("tables"))


def fleet(*addresses: str, **fields: object) -> Fleet:
    targets = [{"address": address, "labels": {"vpc": "vpc-1"}} for address in addresses]
    return parse_fleet({"targets": targets, **fields})


def apply(inventory: InventoryStore, wanted: Fleet) -> Inventory:
    inventory.apply(make_plan(inventory.load(), wanted))
    return inventory.load()


FULL_SWEEP = Sweep(
    shard="shard-0001",
    at=EPOCH,
    metrics={HEALTH: {"192.168.0.1": 0, "2001:db8::1": 1, "[2001:db8::1]:80": Decimal("0.5")}, "empty": {}},
    failures={"192.168.0.1": FAILURE, "ic.example.com": Failure(Cause.DNS)},
    probe_ms={"192.168.0.1": 3000},
    conclusive=False,
    probe_failures={"disk": {"192.168.0.1": FAILURE}},
    source="icwatch (us-east-1)",
    unseen={"192.168.0.7": "Cannot assign requested address", "ic-7.example.com": "名"},
)
PROBLEM = MonitoringProblem(UNSEEN, "192.168.0.7", EPOCH - 900, EPOCH, "Cannot assign requested address", 900, True)
REPORT = MonitoringReport(UNSEEN, "192.168.0.7", EPOCH - 900, "Cannot assign requested address")
ALARM = Alarm(
    rule=RULE.name,
    target="192.168.0.1",
    phase=Phase.CLEARING,
    since=EPOCH + 60,
    seen=EPOCH + 60,
    level=Level.CRITICAL,
    value=Decimal("0.125"),
    failure=FAILURE,
    began_at=EPOCH - 60,
    raised_at=EPOCH,
    reported_at=EPOCH,
    reports=3,
    notified_levels=(Level.CRITICAL, Level.ALERT),
    labels={"vpc": "vpc-1", "名": "值"},
)
TRANSITION = Transition(
    rule=RULE.name,
    target="192.168.0.1",
    kind=Kind.CLEARED,
    at=EPOCH + 360,
    raised_at=EPOCH,
    began_at=EPOCH - 60,
    since=EPOCH + 60,
    level=Level.CRITICAL,
    value=1,
    reason="good samples held 300s of 300s",
    reports=3,
    announce=False,
    silenced=True,
    failure=FAILURE,
    labels={"vpc": "vpc-1"},
)


def current(at: int | None, *alarms: Alarm) -> ShardAlarms:
    return ShardAlarms("shard-0001", at, {alarm.key: alarm for alarm in alarms})


def decision_at(at: int, reason: str = "") -> Decision:
    transition = replace(TRANSITION, at=at, reason=reason)
    return Decision("shard-0001", at, (transition,), {RULE.name: RULE}, Language.ZH_CN)


# Samples


def test_a_sweep_that_saw_everything_says_nothing_of_what_it_did_not(tables: Tables) -> None:
    samples = tables.create("samples", shard="S", at="N")
    DynamoSamples(tables.cloud.dynamodb, samples, 7).save(replace(FULL_SWEEP, unseen={}))
    assert "unseen" not in stored(tables, samples, {"shard": "shard-0001", "at": EPOCH})


def test_a_sweep_comes_back_as_it_was_saved(stores: Stores) -> None:
    assert stores.samples.save(FULL_SWEEP)
    assert stores.sweep("shard-0001", EPOCH) == FULL_SWEEP


def test_a_sweep_is_kept_once(stores: Stores) -> None:
    assert stores.samples.save(FULL_SWEEP)
    assert not stores.samples.save(replace(FULL_SWEEP, conclusive=True))
    assert stores.sweep("shard-0001", EPOCH) == FULL_SWEEP


def test_the_sweeps_between_two_moments_are_found_in_order(stores: Stores) -> None:
    sweeps = [replace(FULL_SWEEP, at=EPOCH + 60 * minute) for minute in range(4)]
    for sweep in reversed(sweeps):
        stores.samples.save(sweep)
    stores.samples.save(replace(FULL_SWEEP, shard="shard-0002", at=EPOCH + 60))
    assert [*stores.sweeps.between("shard-0001", EPOCH + 1, EPOCH + 180)] == sweeps[1:]
    assert [*stores.sweeps.between("shard-0003", EPOCH, EPOCH + 180)] == []


def test_a_sweep_that_cannot_be_read_is_passed_over(tables: Tables) -> None:
    samples = tables.create("samples", shard="S", at="N")
    store = DynamoSamples(tables.cloud.dynamodb, samples, 7)
    store.save(FULL_SWEEP)
    tables.put(samples, {"shard": "shard-0001", "at": EPOCH + 60, "metrics": "torn"})
    assert [*store.between("shard-0001", EPOCH, EPOCH + 60)] == [FULL_SWEEP]


# Totals

HOUR = Totals(
    "shard-0001",
    EPOCH,
    HOUR_SECONDS,
    60,
    {
        "192.168.0.1": TargetTotals(3000, 400, 200, 2, 7, 90, 3000),
        "[2001:db8::1]:80": TargetTotals(unseen=3600),
        "名": TargetTotals(3600, p50_ms=0, p95_ms=0, worst_ms=0),
    },
)
DAY = replace(HOUR, at=EPOCH // DAY_SECONDS * DAY_SECONDS, seconds=DAY_SECONDS)


def test_totals_come_back_as_they_were_saved(stores: Stores) -> None:
    later = replace(HOUR, at=EPOCH + HOUR_SECONDS, targets={})
    for total in (later, DAY, HOUR, replace(HOUR, shard="shard-0002")):
        assert stores.totals.save(total)
    assert [*stores.totals.hours("shard-0001", EPOCH, EPOCH + HOUR_SECONDS + 1)] == [HOUR, later]
    assert [*stores.totals.hours("shard-0001", EPOCH, EPOCH + HOUR_SECONDS)] == [HOUR]
    assert [*stores.totals.hours("shard-0001", EPOCH, EPOCH)] == []
    assert [*stores.totals.days("shard-0001", DAY.at, EPOCH)] == [DAY]
    assert [*stores.totals.days("shard-0002", DAY.at, EPOCH)] == []


def test_totals_are_kept_once_unless_they_are_made_again(stores: Stores) -> None:
    other = replace(HOUR, targets={})
    assert stores.totals.save(HOUR)
    assert not stores.totals.save(other)
    assert [*stores.totals.hours("shard-0001", EPOCH, EPOCH + 1)] == [HOUR]
    stores.totals.replace(other)
    assert [*stores.totals.hours("shard-0001", EPOCH, EPOCH + 1)] == [other]


def test_totals_of_a_full_shard_are_small_and_expire(tables: Tables) -> None:
    table = tables.create("totals", shard="S", at="N")
    store = DynamoTotals(tables.cloud.dynamodb, table)
    dice = random.Random(1)
    rows = {f"10.{n // 250}.0.{n % 250}": TargetTotals(3600, 0, 0, 0, 5, 9, dice.randrange(9, 40)) for n in range(200)}
    store.save(replace(HOUR, targets=rows))
    key = {"shard": {"S": "shard-0001"}, "at": {"N": str(EPOCH)}}
    (item,) = [tables.cloud.dynamodb.get_item(TableName=table, Key=key)["Item"]]
    assert len(item["squeezed"]["B"]) < 1024
    assert int(item["expires_at"]["N"]) == EPOCH + TOTALS_DAYS * DAY_SECONDS
    tables.put(table, {"shard": "shard-0001", "at": EPOCH, "every": 60, "targets": ["a"], **dict.fromkeys(FIELDS, ())})
    tables.put(table, {"shard": "shard-0001", "at": EPOCH + 60, "every": "torn"})
    row = {"targets": ["a"], **dict.fromkeys(FIELDS, (1,))}
    tables.put(table, {"shard": "shard-0001", "at": EPOCH + 120, "every": 60, **row, "good": ["torn"]})
    tables.put(table, {"shard": "shard-0001", "at": EPOCH + 180, "every": 60, **row, "bad": 7})
    store.save(later := replace(HOUR, at=EPOCH + HOUR_SECONDS))
    assert [*store.hours("shard-0001", EPOCH, EPOCH + HOUR_SECONDS + 1)] == [later]


def test_sweeps_of_other_moments_and_shards_are_others(stores: Stores) -> None:
    sweeps = [
        FULL_SWEEP,
        replace(FULL_SWEEP, at=EPOCH + 60, conclusive=True),
        replace(FULL_SWEEP, shard="shard-0002", failures={}),
    ]
    assert [stores.samples.save(sweep) for sweep in sweeps] == [True, True, True]
    assert [stores.sweep(sweep.shard, sweep.at) for sweep in sweeps] == sweeps


# Alarms and transitions


def test_alarms_that_nobody_else_changed_are_not_read_anew(tables: Tables) -> None:
    """An alarm that stays as it is costs no new object from one cycle to the next."""
    name = tables.create("alarms", shard="S")
    mine, other = (DynamoAlarms(tables.cloud.dynamodb, name) for _ in range(2))
    mine.save(None, current(EPOCH, ALARM), None)
    held = StandingAlarms({ALARM.key: ALARM}, {ALARM.key}, EPOCH + 60)
    mine.save(EPOCH, saved := ShardAlarms("shard-0001", EPOCH + 60, held), None)
    assert mine.load("shard-0001") is saved
    assert (other.load("shard-0001"), other.load("shard-0002")) == (saved, ShardAlarms("shard-0002"))
    other.save(EPOCH + 60, current(EPOCH + 120, replace(ALARM, reports=9)), None)
    with pytest.raises(ConflictError):
        mine.save(EPOCH + 60, current(EPOCH + 180), None)
    assert mine.load("shard-0001") == current(EPOCH + 120, replace(ALARM, reports=9))
    many = [replace(ALARM, target=f"10.0.0.{number}") for number in range(51)]
    mine.save(EPOCH + 120, large := current(EPOCH + 180, *many), None)
    assert mine.load("shard-0001") == large
    assert mine.load("shard-0001") is not large
    tables.cloud.dynamodb.delete_item(TableName=name, Key={"shard": {"S": "shard-0001"}})
    assert mine.load("shard-0001").at is None


def test_a_shard_without_alarms_is_at_no_moment(stores: Stores) -> None:
    assert stores.alarms.load("shard-0001") == ShardAlarms("shard-0001", None, {})


def test_alarms_and_decision_come_back_as_they_were_saved(stores: Stores) -> None:
    pending = Alarm(RULE.name, "192.168.0.2", Phase.PENDING, EPOCH, EPOCH, Level.CRITICAL, 0)
    stores.alarms.save(None, current(EPOCH, ALARM, pending), decision_at(EPOCH, "why"))
    assert stores.alarms.load("shard-0001") == current(EPOCH, ALARM, pending)
    assert stores.decision("shard-0001", EPOCH) == decision_at(EPOCH, "why")
    assert stores.alarms.load("shard-0002").at is None


def test_problems_of_the_monitoring_come_back_as_they_were_saved(stores: Stores) -> None:
    over = replace(REPORT, ended="seen")
    state = replace(current(EPOCH), monitoring={PROBLEM.key: PROBLEM})
    decision = Decision("shard-0001", EPOCH, (), {}, Language.ZH_CN, monitoring=(REPORT, over))
    stores.alarms.save(None, state, decision)
    assert stores.alarms.load("shard-0001") == state
    assert stores.decision("shard-0001", EPOCH) == decision


def test_saving_on_what_was_read_replaces_it(stores: Stores) -> None:
    stores.alarms.save(None, current(EPOCH, ALARM), None)
    stores.alarms.save(EPOCH, current(EPOCH + 60), decision_at(EPOCH + 60))
    assert stores.alarms.load("shard-0001") == current(EPOCH + 60)
    assert stores.decision("shard-0001", EPOCH) is None
    assert stores.decision("shard-0001", EPOCH + 60) is not None


@pytest.mark.parametrize("expected", [None, EPOCH - 60, EPOCH + 60, EPOCH + 120])
@pytest.mark.parametrize("decided", [False, True])
def test_saving_on_anything_else_changes_nothing(stores: Stores, expected: int | None, decided: bool) -> None:
    stores.alarms.save(None, current(EPOCH, ALARM), decision_at(EPOCH, "first"))
    with pytest.raises(ConflictError, match="shard-0001"):
        stores.alarms.save(expected, current(EPOCH + 120), decision_at(EPOCH + 120) if decided else None)
    assert stores.alarms.load("shard-0001") == current(EPOCH, ALARM)
    assert stores.decision("shard-0001", EPOCH) == decision_at(EPOCH, "first")
    assert stores.decision("shard-0001", EPOCH + 120) is None


@pytest.mark.parametrize("decided", [False, True])
def test_a_shard_that_was_saved_never_cannot_be_of_a_moment(stores: Stores, decided: bool) -> None:
    with pytest.raises(ConflictError):
        stores.alarms.save(EPOCH, current(EPOCH + 60), decision_at(EPOCH + 60) if decided else None)
    assert stores.alarms.load("shard-0001").at is None
    assert stores.decision("shard-0001", EPOCH + 60) is None


def full_shard() -> tuple[ShardAlarms, Decision]:
    """Every alarm that a shard can have: 20 rules for each of 200 targets, with as many labels as one may carry."""
    chance = random.Random(20261122)
    word = partial(chance.choices, string.ascii_lowercase + string.digits)
    targets = {
        f"ic-server-{number:04d}.some-quite-long-domain.example.com": {
            f"label_{index:02d}": "".join(word(k=12)) for index in range(20)
        }
        for number in range(200)
    }
    rules = {f"rule_{number:02d}": replace(RULE, name=f"rule_{number:02d}") for number in range(20)}
    alarms = [
        replace(
            ALARM,
            rule=rule,
            target=target,
            value=Decimal(chance.randrange(100_000)) / 1000,
            failure=replace(FAILURE, detail="忙" * 140 + "".join(word(k=20))),
            labels=labels,
        )
        for rule in rules
        for target, labels in targets.items()
    ]
    transitions = tuple(
        replace(TRANSITION, rule=each.rule, target=each.target, failure=each.failure, labels=each.labels)
        for each in alarms
    )
    problems = [
        replace(PROBLEM, subject=target, reason="".join(word(k=20)) + "忙" * (MAX_REASON_CHARACTERS - 20))
        for target in targets
    ]
    full = replace(current(EPOCH, *alarms), monitoring={problem.key: problem for problem in problems})
    return full, Decision("shard-0001", EPOCH, transitions, rules, Language.ZH_CN)


def test_a_sweep_that_has_much_to_say_fits(stores: Stores) -> None:
    names = [f"ic-server-{number:04d}.some-quite-long-domain.example.com" for number in range(200)]
    failures = {name: replace(FAILURE, detail=f"{index:03d} " + "忙" * 156) for index, name in enumerate(names)}
    metrics = {f"metric_{number:02d}": {name: Decimal(f"{number}.125") for name in names} for number in range(20)}
    sweep = replace(
        FULL_SWEEP,
        metrics=metrics,
        failures=failures,
        probe_ms=dict.fromkeys(names, 3000),
        probe_failures=dict.fromkeys(list(metrics)[:10], failures),
    )
    assert stores.samples.save(sweep)
    assert not stores.samples.save(sweep)
    assert stores.sweep(sweep.shard, sweep.at) == sweep


# Inventory


def test_an_inventory_is_empty_at_first(stores: Stores) -> None:
    assert stores.inventory.load() == Inventory()


def test_a_fleet_comes_back_as_it_was_applied(stores: Stores) -> None:
    wanted = fleet(
        "192.168.0.1",
        "[2001:db8::1]:8089",
        language="en-US",
        every="30s",
        route_by=["vpc", "region"],
        merge_above=20,
        probe={"path": "/health?q=1", "timeout": "1500ms", "expect_status": [200, 204]},
        probes={"vpc_network_health": {"path": "/agents", "port": 9000, "body_pattern": '"up": [1-9]'}, "disk": {}},
        rules=[{"name": RULE.name, "threshold": 0.5, "resend_interval": "10m", "enabled": False}],
    )
    loaded = apply(stores.inventory, wanted)
    assert loaded.targets == wanted.targets
    assert loaded.rules == wanted.rules
    assert loaded.rules[RULE.name].bounds == (Bound(Level.CRITICAL, Decimal("0.5")),)
    assert (loaded.language, loaded.every) == (Language.EN_US, 30)
    assert (loaded.route_by, loaded.merge_above) == (("vpc", "region"), 20)
    assert loaded.probe == ProbeSpec("/health?q=1", Decimal("1.5"), (200, 204))
    assert loaded.probes == {
        "vpc_network_health": ProbeSpec("/agents", port=9000, body_pattern='"up": [1-9]'),
        "disk": ProbeSpec(),
    }
    assert loaded.shards == dict.fromkeys(wanted.targets, "shard-0001")
    assert loaded.all_shards == ("shard-0001",)
    assert loaded.unreadable == {}
    assert make_plan(loaded, wanted).empty


def test_what_a_target_has_of_its_own_comes_back(stores: Stores) -> None:
    wanted = parse_fleet(
        {
            "probes": {"disk": {"path": "/disk"}, "load": {}},
            "targets": [
                {"address": "192.168.0.1", "probe": {"port": 9000}, "probes": ["load"]},
                {"address": "192.168.0.2", "probes": {"disk": {"body": "free"}}},
                {"address": "192.168.0.3", "probes": []},
            ],
        }
    )
    loaded = apply(stores.inventory, wanted)
    assert loaded.targets == wanted.targets
    assert loaded.targets["192.168.0.1"].probe == ProbeSpec(port=9000)
    assert loaded.targets["192.168.0.3"].probes == {}
    assert make_plan(loaded, wanted).empty


def test_a_change_of_the_further_probes_is_a_change_of_the_settings(stores: Stores) -> None:
    have = apply(stores.inventory, fleet("192.168.0.1", probes={"disk": {}}))
    plan = make_plan(have, fleet("192.168.0.1"))
    assert (plan.settings, plan.changed) == (("probes",), {})
    stores.inventory.apply(plan)
    assert stores.inventory.load().probes == {}


def test_a_change_of_how_notices_are_sent_is_a_change_of_the_settings(stores: Stores) -> None:
    have = apply(stores.inventory, fleet("192.168.0.1", route_by=["vpc"]))
    plan = make_plan(have, fleet("192.168.0.1", merge_above=1))
    assert (plan.settings, plan.changed) == (("route_by", "merge_above"), {})
    stores.inventory.apply(plan)
    assert (stores.inventory.load().route_by, stores.inventory.load().merge_above) == ((), 1)


def test_a_change_is_applied_and_what_left_is_gone(stores: Stores) -> None:
    apply(stores.inventory, fleet("192.168.0.1", "192.168.0.2"))
    wanted = parse_fleet({"targets": [{"address": "192.168.0.2", "labels": {"vpc": "vpc-9"}}, "192.168.0.3"]})
    loaded = apply(stores.inventory, wanted)
    assert loaded.targets == wanted.targets
    assert loaded.shards.keys() == wanted.targets.keys()


def test_a_shard_that_lost_its_targets_is_still_known(stores: Stores) -> None:
    apply(stores.inventory, fleet(*(f"10.0.0.{number}" for number in range(201))))
    loaded = apply(stores.inventory, fleet("10.0.0.1"))
    assert set(loaded.shards.values()) == {"shard-0001"}
    assert loaded.all_shards == ("shard-0001", "shard-0002")


def test_every_change_moves_the_version(stores: Stores) -> None:
    first = apply(stores.inventory, fleet("192.168.0.1")).version
    second = apply(stores.inventory, fleet("192.168.0.2")).version
    assert 0 < first < second


def test_a_plan_made_on_another_version_changes_nothing(stores: Stores) -> None:
    stale = make_plan(stores.inventory.load(), fleet("192.168.0.2"))
    before = apply(stores.inventory, fleet("192.168.0.1"))
    stale_again = replace(stale, version=before.version + 1)
    for plan in (stale, stale_again):
        with pytest.raises(ConflictError, match="look at the plan again"):
            stores.inventory.apply(plan)
        assert stores.another().load() == before


class StoppedError(Exception):
    """The writer was stopped."""


def test_an_interrupted_apply_is_finished_by_the_next(stores: Stores) -> None:
    wanted = fleet(*(f"10.0.0.{number}" for number in range(60)))

    def stop(written: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        stores.inventory.apply(make_plan(stores.inventory.load(), wanted), stop)
    halfway = stores.inventory.load()
    assert 0 < len(halfway.targets) < 60
    left = make_plan(halfway, wanted)
    assert len(left.added) == 60 - len(halfway.targets)
    stores.inventory.apply(left)
    loaded = stores.inventory.load()
    assert loaded.targets == wanted.targets
    assert make_plan(loaded, wanted).empty


def test_a_reader_that_came_in_the_middle_of_an_interrupted_apply_sees_the_rest(stores: Stores) -> None:
    """The writer is stopped after its last item, so nothing but the version is left to be written."""
    wanted = fleet(*(f"10.0.0.{number}" for number in range(30)))
    reader = stores.another()
    seen: list[int] = []

    def look(written: int) -> None:
        seen.append(len(reader.load().targets))
        if len(reader.load().rules) == 1:
            raise StoppedError

    with pytest.raises(StoppedError):
        stores.inventory.apply(make_plan(stores.inventory.load(), wanted), look)
    assert seen == [25, 30]
    assert reader.load().targets == wanted.targets
    left = make_plan(reader.load(), wanted)
    assert (left.added, left.changed, left.settings) == ({}, {}, ("what an interrupted apply left",))
    stores.inventory.apply(left)
    assert make_plan(reader.load(), wanted).empty


def test_a_thousand_targets(stores: Stores) -> None:
    wanted = fleet(*(f"10.0.{number // 250}.{number % 250}" for number in range(1000)))
    told: list[int] = []
    stores.inventory.apply(make_plan(stores.inventory.load(), wanted), told.append)
    loaded = stores.another().load()
    assert loaded.targets == wanted.targets
    assert sorted(set(loaded.shards.values())) == [f"shard-{number:04d}" for number in range(1, 6)]
    assert sum(told) == 1001, "a thousand targets and a rule"


# Silences and acknowledgements


SILENCE = Silence(
    "k3m9xz", {"vpc": "vpc-1"}, EPOCH, EPOCH + 7200, Daily(1020, 60), "Li 丽", "机架搬迁", EPOCH - 5,
    {"vpc": ("vpc-2", "vpc 3")}, Weekly((0, 6), 0, 1440),
)  # fmt: skip
KNOWN = Acknowledgement(ALARM.id, "Li 丽", "on it", EPOCH)
DRILL = Drill(str(EPOCH), EPOCH, "Wu", "dba-on-duty")


def test_notes_come_back_as_they_were_written_and_every_write_moves_the_version(stores: Stores) -> None:
    first = apply(stores.inventory, fleet("192.168.0.1"))
    stores.inventory.note(first, [SILENCE, KNOWN])
    second = stores.another().load()
    assert second == replace(first, version=first.version + 1, silences=(SILENCE,), acknowledged={KNOWN.id: KNOWN}), (
        "and nothing else has changed"
    )
    other = replace(SILENCE, id="other")
    stores.inventory.note(second, [replace(SILENCE, ends_at=EPOCH + 1), other], [KNOWN])
    third = stores.inventory.load()
    assert third.version > second.version
    assert (third.silences, third.acknowledged) == ((replace(SILENCE, ends_at=EPOCH + 1), other), {})
    stores.inventory.note(third, [DRILL], [SILENCE])
    fourth = stores.another().load()
    assert (fourth.silences, fourth.drills) == ((other,), {DRILL.id: DRILL})
    stores.inventory.note(fourth, [replace(DRILL, confirmed_at=EPOCH, confirmed_by="Li")], [other])
    assert stores.another().load().drills[DRILL.id].confirmed_by == "Li"
    stores.inventory.note(stores.inventory.load(), delete=[DRILL])
    assert stores.another().load().drills == {}


def test_a_note_on_another_version_changes_nothing(stores: Stores) -> None:
    stale = stores.inventory.load()
    stores.inventory.note(stale, [SILENCE])
    before = stores.another().load()
    assert before.silences == (SILENCE,), "although nothing was applied yet"
    for inventory in (stale, replace(before, version=before.version + 1), replace(stale, complete=False)):
        with pytest.raises(ConflictError, match="try again"):
            stores.inventory.note(inventory, [KNOWN], [SILENCE])
        assert stores.another().load() == before


def test_a_reader_sees_a_note_at_once(stores: Stores) -> None:
    reader = stores.another()
    apply(stores.inventory, fleet("192.168.0.1"))
    assert reader.load().silences == ()
    stores.inventory.note(stores.inventory.load(), [SILENCE])
    assert reader.load().silences == (SILENCE,)


def test_a_fleet_is_applied_after_a_note_that_came_first(stores: Stores) -> None:
    wanted = fleet("192.168.0.1", language="en-US")
    stores.inventory.note(stores.inventory.load(), [SILENCE])
    loaded = apply(stores.inventory, wanted)
    assert (loaded.targets, loaded.language, loaded.silences) == (wanted.targets, Language.EN_US, (SILENCE,))
    assert make_plan(loaded, wanted).empty


def test_a_plan_made_before_a_note_is_refused(stores: Stores) -> None:
    plan = make_plan(stores.inventory.load(), fleet("192.168.0.1"))
    stores.inventory.note(stores.inventory.load(), [SILENCE])
    with pytest.raises(ConflictError, match="look at the plan again"):
        stores.inventory.apply(plan)
    assert stores.another().load().targets == {}


def test_a_note_in_the_middle_of_an_apply_is_seen_and_does_not_disturb_it(stores: Stores) -> None:
    reader = stores.another()
    seen: list[tuple[Silence, ...]] = []

    def silence(written: int) -> None:
        if not seen:
            stores.another().note(reader.load(), [SILENCE])
        seen.append(reader.load().silences)

    wanted = fleet(*(f"10.0.0.{number}" for number in range(30)))
    stores.inventory.apply(make_plan(stores.inventory.load(), wanted), silence)
    assert seen == [(SILENCE,), (SILENCE,)]
    loaded = reader.load()
    assert (loaded.targets, loaded.silences, loaded.complete) == (wanted.targets, (SILENCE,), True)


def test_an_interrupted_apply_hinders_no_note(stores: Stores) -> None:
    def stop(written: int) -> None:
        raise StoppedError

    wanted = fleet("192.168.0.1")
    with pytest.raises(StoppedError):
        stores.inventory.apply(make_plan(stores.inventory.load(), wanted), stop)
    stores.inventory.note(stores.inventory.load(), [SILENCE])
    assert stores.another().load().silences == (SILENCE,)
    assert apply(stores.inventory, wanted).silences == (SILENCE,)


# History


def test_the_history_of_a_shard_is_in_order_and_in_the_window(stores: Stores) -> None:
    moments = [EPOCH + 60 * minute for minute in range(5)]
    before = None
    for at in moments:
        stores.alarms.save(before, current(at), decision_at(at, f"at {at}"))
        before = at
    stores.alarms.save(None, ShardAlarms("shard-0002", EPOCH), replace(decision_at(EPOCH), shard="shard-0002"))
    everything = [decision_at(at, f"at {at}") for at in moments]
    assert [*stores.transitions.history("shard-0001", 0, 10**10)] == everything
    assert [*stores.transitions.history("shard-0001", moments[1], moments[3])] == everything[1:4]
    assert [*stores.transitions.history("shard-0001", moments[1] + 1, moments[2] - 1)] == []
    assert [*stores.transitions.history("shard-0003", 0, 10**10)] == []


# What only a table can show


MOST_BYTES = 400 * 1024
"""What DynamoDB takes."""


def size_of(attribute: Any) -> int:
    """What an attribute's value counts towards that (DynamoDB's developer guide, item sizes and formats)."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(str(value).encode())
        case "B":
            return len(bytes(value))
        case "N":
            return (len(str(value).strip("-0.").replace(".", "")) + 1) // 2 + 1 + str(value).startswith("-")
        case "M":
            return 3 + sum(1 + len(name.encode()) + size_of(each) for name, each in value.items())
        case "L":
            return 3 + sum(1 + size_of(each) for each in value)
    return 1


def stored(tables: Tables, table: str, key: dict[str, Any]) -> dict[str, Any]:
    """The item as the API gives it."""
    return dict(tables.cloud.dynamodb.get_item(TableName=table, Key=pack(key), ConsistentRead=True)["Item"])


def test_a_shard_full_of_alarms_is_squeezed_and_still_found_by_what_is_not(tables: Tables) -> None:
    client = tables.cloud.dynamodb
    alarms, transitions = tables.create("alarms", shard="S"), tables.create("transitions", shard="S", at="N")
    store = DynamoAlarms(client, alarms, transitions, 90)
    full, decision = full_shard()
    plain = size_of(TypeSerializer().serialize(write_item(full)))
    assert plain > 10 * MOST_BYTES, "so this is about something"
    store.save(None, full, decision)
    items = [
        stored(tables, alarms, {"shard": "shard-0001"}),
        stored(tables, transitions, {"shard": "shard-0001", "at": EPOCH}),
    ]
    assert [item.keys() for item in items] == [
        {"shard", "at", "squeezed"},
        {"shard", "at", "language", "source", "merge_above", "expires_at", "squeezed"},
    ]
    for item in items:
        assert size_of({"M": item}) < MOST_BYTES
    # A stream's event is JSON, in which bytes are written in base64.
    event = json.loads(json.dumps(items[1], default=lambda data: base64.b64encode(data).decode()))
    assert read_item(Decision, Record("1", event).item()) == decision
    assert store.load("shard-0001") == full
    store.save(EPOCH, current(EPOCH + 60), None)
    assert store.load("shard-0001") == current(EPOCH + 60)


def test_what_is_small_stays_readable(tables: Tables) -> None:
    alarms = tables.create("alarms", shard="S")
    many = [replace(ALARM, target=f"10.0.0.{number}", failure=None) for number in range(100)]
    DynamoAlarms(tables.cloud.dynamodb, alarms).save(None, current(EPOCH, *many), None)
    assert stored(tables, alarms, {"shard": "shard-0001"}).keys() == {"shard", "at", "alarms", "monitoring"}


def test_what_is_too_large_even_so_is_refused_by_name_and_changes_nothing(tables: Tables) -> None:
    alarms, transitions = tables.create("alarms", shard="S"), tables.create("transitions", shard="S", at="N")
    store = DynamoAlarms(tables.cloud.dynamodb, alarms, transitions, 90)
    store.save(None, current(EPOCH, ALARM), None)
    chance = random.Random(20261122)
    noise = ["".join(chance.choices(string.ascii_letters, k=4000)) for _ in range(150)]
    hopeless = [replace(ALARM, target=target) for target in noise]  # which is what an alarm is known by
    with pytest.raises(
        ItemError, match=r"^item \(shard=shard-0001, at=\d+\): \d+ bytes even when squeezed, .*; shorten"
    ):
        store.save(EPOCH, current(EPOCH + 60, *hopeless), decision_at(EPOCH + 60))
    assert store.load("shard-0001") == current(EPOCH, ALARM)
    assert tables.get(transitions, {"shard": "shard-0001", "at": EPOCH + 60}) is None


def test_what_was_squeezed_and_cannot_be_read_says_which(tables: Tables) -> None:
    name = tables.create("alarms", shard="S")
    tables.put(name, {"shard": "shard-0001", "at": EPOCH, "squeezed": b"torn"})
    with pytest.raises(ItemError, match=r"^item \(shard=shard-0001, at=\d+\): squeezed cannot be read: LZMAError"):
        DynamoAlarms(tables.cloud.dynamodb, name).load("shard-0001")


def test_targets_that_move_are_written_anew(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    inventory = InventoryWriter(tables.cloud.dynamodb, name)
    far = [f"10.0.{number // 100}.{number % 100}" for number in range(201)]
    targets = [
        {"address": each, "labels": {"vpc": "both" if each in (far[0], far[200]) else f"vpc-{each}"}} for each in far
    ]
    first = apply(inventory, parse_fleet({"targets": targets}))
    assert first.shards[far[0]] != first.shards[far[200]]
    by_vpc = {"name": "by_vpc", "expression": "max(ic_server_health) by (vpc)", "threshold": 0, "level": "Critical"}
    wanted = parse_fleet({"targets": targets, "rules": [by_vpc]})
    loaded = apply(inventory, wanted)
    assert loaded.targets == wanted.targets
    assert loaded.shards[far[0]] == loaded.shards[far[200]] == "shard-0002"
    assert make_plan(loaded, wanted).empty


class CountingClient:
    """A client that counts its queries."""

    def __init__(self, client: Any) -> None:
        self._client, self.queries = client, 0

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            self.queries += 1
        return getattr(self._client, name)


def test_what_was_loaded_is_kept_while_its_version_stands(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    client: Any = CountingClient(tables.cloud.dynamodb)
    reader, writer = InventoryWriter(client, name), InventoryWriter(tables.cloud.dynamodb, name)
    apply(writer, fleet("192.168.0.1"))
    first = reader.load()
    queries = client.queries
    assert reader.load() is first
    assert client.queries == queries
    apply(writer, fleet("192.168.0.2"))
    assert reader.load().targets.keys() == {"192.168.0.2"}
    assert client.queries == 2 * queries


def test_silences_and_acknowledgements_are_read(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    silence = Silence("night", {"vpc": "vpc-1"}, EPOCH, EPOCH + 60)
    tables.put(name, write_item(silence, kind="silence"))
    tables.put(name, {"kind": "acknowledgement", "id": ALARM.id})
    loaded = InventoryWriter(tables.cloud.dynamodb, name).load()
    assert loaded.silences == (silence,)
    assert loaded.acknowledged == {ALARM.id: Acknowledgement(ALARM.id)}


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ({"host": 5}, "Target item (kind=target, id=192.168.0.1, shard=shard-0001): host: "),
        ({"host": None}, "host: None is not a text"),
        ({"port": "http"}, "port: 'http' is not a number"),
        ({"labels": ["vpc-1"]}, "labels: ['vpc-1'] is not a mapping"),
    ],
)
def test_a_target_that_cannot_be_read_is_named_and_keeps_its_shard(
    tables: Tables, spoilt: dict[str, object], message: str
) -> None:
    name = tables.create("inventory", kind="S", id="S")
    inventory = InventoryWriter(tables.cloud.dynamodb, name)
    wanted = fleet("192.168.0.1", "192.168.0.2")
    apply(inventory, wanted)
    item = tables.get(name, {"kind": "target", "id": "192.168.0.1"})
    assert item is not None
    tables.put(name, {**item, **spoilt})
    loaded = InventoryWriter(tables.cloud.dynamodb, name).load()
    assert loaded.targets.keys() == {"192.168.0.2"}
    assert message in loaded.unreadable["target", "192.168.0.1"]
    assert loaded.shards["192.168.0.1"] == "shard-0001"
    plan = make_plan(loaded, wanted)
    assert (set(plan.added), set(plan.changed), plan.removed) == (set(), {"192.168.0.1"}, ())
    assert plan.shards["192.168.0.1"] == "shard-0001"
    inventory.apply(plan)
    mended = inventory.load()
    assert (mended.targets, mended.unreadable) == (wanted.targets, {})


def test_documents_expire(tables: Tables) -> None:
    client = tables.cloud.dynamodb
    samples = tables.create("samples", shard="S", at="N")
    alarms, transitions = tables.create("alarms", shard="S"), tables.create("transitions", shard="S", at="N")
    DynamoSamples(client, samples, 7).save(FULL_SWEEP)
    DynamoAlarms(client, alarms, transitions, 90).save(None, current(EPOCH, ALARM), decision_at(EPOCH))
    key = {"shard": "shard-0001", "at": EPOCH}
    assert (tables.get(samples, key) or {})["expires_at"] == EPOCH + 7 * DAY_SECONDS
    assert (tables.get(transitions, key) or {})["expires_at"] == EPOCH + 90 * DAY_SECONDS
    assert "expires_at" not in (tables.get(alarms, {"shard": "shard-0001"}) or {})


TORN_ALARMS: list[tuple[Any, str]] = [
    ({"phase": "snoozed"}, "phase: 'snoozed' is not one of pending, active, clearing"),
    ({"level": "Apocalypse"}, "level: 'Apocalypse' is not one of Down"),
    ({"failure": {"cause": "forbidden_by_law"}}, "failure.cause: 'forbidden_by_law' is not one of dns"),
    (
        {"recent_notices": [{"at": 1, "kind": "whispered", "level": "Critical"}]},
        "recent_notices[0].kind: 'whispered' is not one of",
    ),
    ({"since": "yesterday"}, "since: 'yesterday' is not a number"),
    ({"target": "another"}, "it is that of ic_server_connect_failed:another"),
    (5, "is not a mapping"),
]


@pytest.mark.parametrize(("spoilt", "message"), TORN_ALARMS)
def test_an_alarm_that_cannot_be_read_is_kept_as_it_was_stored(tables: Tables, spoilt: Any, message: str) -> None:
    """As one of a newer version is after a rollback: saving the shard does not take it from those who can read it."""
    name = tables.create("alarms", shard="S")
    store = DynamoAlarms(tables.cloud.dynamodb, name)
    good, key = replace(ALARM, target="192.168.0.2"), ALARM.key
    store.save(None, current(EPOCH, ALARM, good), None)
    item = dict(tables.get(name, {"shard": "shard-0001"}) or {})
    torn = (
        {**item["alarms"][key], **spoilt, "of_later": [1, {"x": None}, b"x", {"a"}]}
        if isinstance(spoilt, dict)
        else spoilt
    )
    tables.put(name, {**item, "alarms": {**item["alarms"], key: torn}})
    loaded = store.load("shard-0001")
    assert loaded.alarms == {good.key: good}
    assert loaded.unreadable.keys() == {key}
    assert message in loaded.unreadable[key].problem
    store.save(EPOCH, replace(loaded, at=EPOCH + 60, alarms={}), None)
    assert (tables.get(name, {"shard": "shard-0001"}) or {})["alarms"] == {key: torn}
    assert store.load("shard-0001").unreadable == loaded.unreadable


@pytest.mark.parametrize("torn", [5, {"unseen:x": 5}, {"unseen:x": {"kind": "unseen"}}])
def test_a_problem_of_the_monitoring_that_cannot_be_read_costs_no_alarm(tables: Tables, torn: Any) -> None:
    """The next sweep finds it anew."""
    name = tables.create("alarms", shard="S")
    store = DynamoAlarms(tables.cloud.dynamodb, name)
    problem = MonitoringProblem("unseen", "t", EPOCH, EPOCH)
    store.save(None, replace(current(EPOCH, ALARM), monitoring={problem.key: problem}), None)
    item = dict(tables.get(name, {"shard": "shard-0001"}) or {})
    good = item["monitoring"] if isinstance(torn, dict) else {}
    tables.put(name, {**item, "monitoring": {**good, **torn} if isinstance(torn, dict) else torn})
    loaded = store.load("shard-0001")
    assert loaded.alarms == {ALARM.key: ALARM}
    assert loaded.monitoring == ({problem.key: problem} if good else {})


@pytest.mark.parametrize(
    "torn", [{"alarms": [1]}, {"at": "now"}, {"squeezed": b"torn"}], ids=["no mapping", "no moment", "not packed"]
)
def test_alarms_that_cannot_be_read_at_all_say_which(tables: Tables, torn: dict[str, Any]) -> None:
    name = tables.create("alarms", shard="S")
    tables.put(name, {"shard": "shard-0001", "at": EPOCH, **torn})
    with pytest.raises(ItemError, match=r"tem \(shard=shard-0001, at=\w+\): "):
        DynamoAlarms(tables.cloud.dynamodb, name).load("shard-0001")


TORN_DECISIONS: list[tuple[dict[str, Any], str]] = [
    ({"language": "fr-FR"}, "language: 'fr-FR' is not one of zh-CN"),
    ({"rules": {RULE.name: {"name": "x"}}}, f"rules.{RULE.name}.expression is missing"),
    ({"shares": [5]}, "shares[0]: 5 is not a mapping"),
]


@pytest.mark.parametrize(("spoilt", "message"), TORN_DECISIONS)
def test_history_shows_what_of_a_decision_can_be_read(tables: Tables, spoilt: dict[str, Any], message: str) -> None:
    alarms, transitions = tables.create("alarms", shard="S"), tables.create("transitions", shard="S", at="N")
    client = tables.cloud.dynamodb
    DynamoAlarms(client, alarms, transitions, 90).save(None, current(EPOCH), decision_at(EPOCH))
    item = dict(tables.get(transitions, {"shard": "shard-0001", "at": EPOCH}) or {})
    of_later = {**item["transitions"][0], "kind": "postponed"}
    tables.put(transitions, {**item, **spoilt, "transitions": [of_later, *item["transitions"]]})
    decision, *errors = DynamoTransitions(client, transitions).history("shard-0001", 0, 10**10)
    assert isinstance(decision, Decision)
    assert decision.transitions == decision_at(EPOCH).transitions
    told = [str(error) for error in errors]
    assert f"Decision item (shard=shard-0001, at={EPOCH}): transitions[0].kind: 'postponed' is not one of" in told[0]
    assert message in told[1]


def test_a_table_that_is_missing_is_no_conflict(tables: Tables) -> None:
    client = tables.cloud.dynamodb
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        DynamoAlarms(client, "nowhere").save(None, current(EPOCH), None)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        DynamoSamples(client, "nowhere", 1).save(FULL_SWEEP)


def test_a_head_of_a_version_that_knew_no_further_probes_is_read(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    inventory = InventoryWriter(tables.cloud.dynamodb, name)
    have = apply(inventory, fleet("192.168.0.1", probes={"disk": {}}))
    head = dict(tables.get(name, HEAD) or {})
    del head["probes"]
    tables.put(name, {**head, "version": have.version + 1})
    assert inventory.load().probes == {}


def test_a_head_of_a_version_that_knew_less_of_notices_is_read(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    inventory = InventoryWriter(tables.cloud.dynamodb, name)
    have = apply(inventory, fleet("192.168.0.1", route_by=["vpc"], merge_above=20))
    head = dict(tables.get(name, HEAD) or {})
    del head["route_by"], head["merge_above"]
    tables.put(name, {**head, "version": have.version + 1})
    loaded = inventory.load()
    assert (loaded.route_by, loaded.merge_above) == ((), MERGE_ABOVE)
    assert make_plan(loaded, fleet("192.168.0.1")).empty, "defaults need not be written"
    assert apply(inventory, fleet("192.168.0.1", route_by=["vpc"])).route_by == ("vpc",)


def test_a_rule_of_a_version_that_knew_fewer_languages_is_read(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    inventory = InventoryWriter(tables.cloud.dynamodb, name)
    apply(inventory, fleet("192.168.0.1"))
    item = dict(tables.get(name, {"kind": "rule", "id": RULE.name}) or {})
    item["display_name"] = {"zh-CN": "断了", "en-US": "down"}
    tables.put(name, item)
    rule = InventoryWriter(tables.cloud.dynamodb, name).load().rules[RULE.name]
    assert [in_language(rule.display_name, language) for language in Language] == ["断了", "down", "断了"]


def test_the_head_is_where_the_operator_commands_look_for_it(tables: Tables) -> None:
    name = tables.create("inventory", kind="S", id="S")
    apply(InventoryWriter(tables.cloud.dynamodb, name), fleet("192.168.0.1"))
    head = tables.get(name, HEAD)
    assert head is not None
    assert head["complete"] is True
    assert head["version"] == 2


def test_a_decision_that_cannot_be_read_is_named_and_those_after_it_are_there(tables: Tables) -> None:
    alarms, transitions = tables.create("alarms", shard="S"), tables.create("transitions", shard="S", at="N")
    client = tables.cloud.dynamodb
    tables.put(transitions, {"shard": "shard-0001", "at": EPOCH, "transitions": 5})
    DynamoAlarms(client, alarms, transitions, 90).save(None, current(EPOCH + 60), decision_at(EPOCH + 60))
    broken, whole = DynamoTransitions(client, transitions).history("shard-0001", 0, 10**10)
    assert isinstance(broken, ItemError)
    assert f"Decision item (shard=shard-0001, at={EPOCH}): transitions: " in str(broken)
    assert whole == decision_at(EPOCH + 60)


def test_a_history_of_several_pages_is_whole(tables: Tables) -> None:
    """DynamoDB gives 1 MB a page."""
    alarms, transitions = tables.create("alarms", shard="S"), tables.create("transitions", shard="S", at="N")
    store = DynamoAlarms(tables.cloud.dynamodb, alarms, transitions, 90)
    reason = "x" * 90_000
    for minute in range(30):
        before = EPOCH + 60 * (minute - 1) if minute else None
        store.save(before, current(EPOCH + 60 * minute), decision_at(EPOCH + 60 * minute, reason))
    found = DynamoTransitions(tables.cloud.dynamodb, transitions).history("shard-0001", 0, 10**10)
    assert [each.at for each in found if isinstance(each, Decision)] == [EPOCH + 60 * minute for minute in range(30)]


def test_a_missing_table_is_no_conflict_for_a_note(tables: Tables) -> None:
    client = tables.cloud.dynamodb
    with pytest.raises(client.exceptions.ClientError, match="ResourceNotFound"):
        InventoryWriter(client, "nowhere").note(Inventory(), [SILENCE])
