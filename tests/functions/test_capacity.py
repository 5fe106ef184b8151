"""What is more than an item can hold: the alarm is stored and told of, and texts are left out in its place."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from functions.evaluator import app
from icwatch.announcements.decision import decide
from icwatch.announcements.grouping import announcements_of
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    HEALTH,
    Cause,
    Decision,
    Failure,
    Inventory,
    Kind,
    Language,
    ShardAlarms,
    Sweep,
)
from icwatch.notices import Style, write_notice
from icwatch.storage.capacity import (
    MAX_SQUEEZED_BYTES,
    REDUCTIONS,
    forms_of_alarms,
    forms_of_decision,
    forms_of_sweep,
    stored_size,
)
from icwatch.storage.items import write_item
from icwatch.storage.tables import DynamoAlarms, DynamoSamples, DynamoTransitions
from icwatch_cli.fleet import parse_fleet
from tests.conftest import Cloud
from tests.functions.support import ALL_WELL, Context, stream_event
from tests.memory import MemoryInventory

AT = 1_772_438_400
SHARD = "shard-0001"
CHANCE = random.Random(20261126)


def noise(length: int) -> str:
    return "".join(CHANCE.choices(string.ascii_letters + string.digits, k=length))


@pytest.fixture(scope="module")
def heavy() -> Inventory:
    """A fleet that `check` refuses: 200 targets with 18 labels of 256 random characters, and one that it routes by."""
    targets = [
        {
            "address": f"10.1.0.{number}",
            "labels": {"vpc": f"vpc-{number % 3}", **{f"note_{index}": noise(256) for index in range(18)}},
        }
        for number in range(200)
    ]
    rule = {"name": "ic_server_connect_failed", "clear_cycle": "60s"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("icwatch_cli.fleet.too_heavy", lambda fleet: [])
        fleet = parse_fleet({"language": "en-US", "route_by": ["vpc"], "targets": targets, "rules": [rule]})
    shards = dict.fromkeys(fleet.targets, SHARD)
    return replace(fleet.as_inventory(), version=2, shards=shards, all_shards=(SHARD,))


def sweep(inventory: Inventory, minute: int, value: int, detail: str = "no connection") -> Sweep:
    failures = {} if value else {name: Failure(Cause.CONNECT_TIMEOUT, detail) for name in inventory.targets}
    return Sweep(SHARD, AT + 60 * minute, {HEALTH: dict.fromkeys(inventory.targets, value)}, failures)


@dataclass(frozen=True)
class Tables:
    alarms: DynamoAlarms
    transitions: DynamoTransitions
    samples: DynamoSamples

    def decision(self, minute: int) -> Decision:
        at = AT + 60 * minute
        (found,) = self.transitions.history(SHARD, at, at)
        assert isinstance(found, Decision)
        return found


@pytest.fixture
def tables(cloud: Cloud, heavy: Inventory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    alarms, transitions, samples = (uuid.uuid4().hex for _ in range(3))
    keys = {"shard": "S", "at": "N"}
    for name, attributes in ((alarms, ["shard"]), (transitions, ["shard", "at"]), (samples, ["shard", "at"])):
        cloud.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": each, "KeyType": "RANGE" if each == "at" else "HASH"} for each in attributes],
            AttributeDefinitions=[
                {"AttributeName": each, "AttributeType": "N" if keys[each] == "N" else "S"} for each in attributes
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    store = DynamoAlarms(cloud.dynamodb, alarms, transitions, 90)
    monkeypatch.setattr(
        app, "wire", lambda: app.Wiring(MemoryInventory(heavy), store, lambda letter: pytest.fail(str(letter)))
    )
    yield Tables(store, DynamoTransitions(cloud.dynamodb, transitions), DynamoSamples(cloud.dynamodb, samples, 7))
    for name in (alarms, transitions, samples):
        cloud.dynamodb.delete_table(TableName=name)


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_shard_too_large_for_its_items_is_told_of_and_of_its_end(tables: Tables, heavy: Inventory) -> None:
    failing = sweep(heavy, 0, 0)
    whole = evaluate(heavy, ShardAlarms(SHARD), failing)
    assert stored_size(write_item(whole[0])) > MAX_SQUEEZED_BYTES
    assert app.lambda_handler(stream_event(failing), Context()) == ALL_WELL
    current, raised = tables.alarms.load(SHARD), tables.decision(0)
    assert current.alarms.keys() == whole[0].alarms.keys()
    assert {each.target for each in raised.transitions if each.announce} == heavy.targets.keys()
    assert raised.left_out == ("labels",)
    assert all(each.labels.keys() == {"vpc"} for each in raised.transitions)
    assert all(each.labels.keys() == {"vpc"} for each in current.alarms.values())
    assert app.lambda_handler(stream_event(failing), Context()) == ALL_WELL
    assert tables.decision(0) == raised, "delivered again it decides nothing"
    for minute in (1, 2):
        assert app.lambda_handler(stream_event(sweep(heavy, minute, 1)), Context()) == ALL_WELL
    cleared = tables.decision(2)
    assert {each.target for each in cleared.transitions if each.kind is Kind.CLEARED} == heavy.targets.keys()
    assert tables.alarms.load(SHARD).alarms == {}
    begun, ended = (
        {each.route["vpc"]: len(each.transitions) for each in announcements_of(d)} for d in (raised, cleared)
    )
    assert begun == ended == {("vpc-0",): 67, ("vpc-1",): 67, ("vpc-2",): 66}, "who hears of it is who would"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.EN_US, "Left out, because all of it is more than can be stored: labels, details. See icwatch check."),
        (Language.ZH_CN, "以下部分已省略：labels, details。"),
        (Language.ZH_TW, "以下部分已省略：labels, details。"),
    ],
)
def test_a_notice_says_what_was_left_out(heavy: Inventory, language: Language, text: str) -> None:
    current, transitions = evaluate(heavy, ShardAlarms(SHARD), sweep(heavy, 0, 0))
    decision = replace(decide(heavy, current, transitions), left_out=("labels", "details"))
    for announcement in announcements_of(decision):
        assert text in write_notice(announcement, Style(language)).text
    for announcement in announcements_of(replace(decision, left_out=())):
        assert "icwatch check" not in write_notice(announcement, Style(language)).text


def test_every_form_is_smaller_and_loses_no_alarm(heavy: Inventory) -> None:
    current, transitions = evaluate(heavy, ShardAlarms(SHARD), sweep(heavy, 0, 0, detail=noise(160)))
    decision = decide(heavy, current, transitions)
    alarms, decisions = [*forms_of_alarms(current)], [*forms_of_decision(decision)]
    assert (alarms[0], decisions[0]) == (current, decision)
    assert (alarms, decisions) == ([*forms_of_alarms(current)], [*forms_of_decision(decision)]), "the same again"
    for forms in (alarms, decisions):
        sizes = [len(str({**write_item(form), "left_out": ""})) for form in forms]
        assert len(sizes) == len(REDUCTIONS) + 1
        assert all(later <= earlier for earlier, later in pairwise(sizes))
    assert all(form.alarms.keys() == current.alarms.keys() for form in alarms)
    for form in decisions:
        assert [each.id for each in form.transitions] == [each.id for each in transitions]
        assert [each.notice_kind for each in form.transitions] == [each.notice_kind for each in transitions]
        for announcement in announcements_of(form):
            write_notice(announcement, Style(Language.ZH_CN))


def test_a_sweep_with_more_details_than_an_item_holds_is_saved_without_them(tables: Tables, heavy: Inventory) -> None:
    probes = [f"probe_{number}" for number in range(20)]
    failures = {
        metric: {name: Failure(Cause.BAD_RESPONSE, noise(160), 200) for name in heavy.targets} for metric in probes
    }
    found = replace(sweep(heavy, 0, 0), probe_failures=failures, unseen={"10.9.0.1": noise(160)})
    assert stored_size(write_item(found)) > MAX_SQUEEZED_BYTES
    assert tables.samples.save(found)
    assert not tables.samples.save(found), "it comes twice"
    for form in forms_of_sweep(found):
        assert (form.metrics, form.failures.keys(), form.unseen.keys()) == (
            found.metrics,
            found.failures.keys(),
            found.unseen.keys(),
        )
        assert form.probe_failures["probe_7"]["10.1.0.7"].cause is Cause.BAD_RESPONSE
