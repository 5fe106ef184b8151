"""Every call by which the evaluator loads and saves alarms, once with each fault: no decision is lost, none is doubled.

The stores are the real ones; below them is a small DynamoDB, at the calls of boto3's client that they make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from icwatch.evaluation.batch import evaluate_batch
from icwatch.model import HEALTH, Inventory, Sweep, Target
from icwatch.storage import tables
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.fleet import builtin, parse_rule

AT = 1_795_316_400
RULE = parse_rule(builtin.RULE)
TARGET = Target("192.168.0.1")
INVENTORY = Inventory(targets={TARGET.id: TARGET}, rules={RULE.name: RULE})
HEALTHY = (1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1)
BATCH = [Sweep(shard, AT + 60 * i, {HEALTH: {TARGET.id: up}}) for i, up in enumerate(HEALTHY) for shard in ("a", "b")]

Item = Mapping[str, Any]
evaluate_batch_of: Callable[..., Any] = evaluate_batch

Fault = Callable[["Tables", Callable[[], Any]], Any]


class Killed(BaseException):
    """The process is gone."""


class Tables:
    """Alarms and Transitions. The call numbered `point` meets `fault`; `put` is the log of decisions written."""

    def __init__(self, point: int = 0, fault: Fault | None = None) -> None:
        self.alarms: dict[str, Item] = {}
        self.put: list[tuple[str, str]] = []
        self.calls, self.point, self.fault = 0, point, fault

    def get_item(self, **get: Any) -> Any:
        return self._call(lambda: {"Item": item} if (item := self.alarms.get(get["Key"]["shard"]["S"])) else {})

    def put_item(self, **put: Any) -> Any:
        return self._call(lambda: self._write([put], "ConditionalCheckFailedException"))

    def transact_write_items(self, **transaction: Any) -> Any:
        puts = [each["Put"] for each in transaction["TransactItems"]]
        return self._call(lambda: self._write(puts, "TransactionCanceledException"))

    def _call(self, effect: Callable[[], Any]) -> Any:
        self.calls += 1
        return self.fault(self, effect) if self.fault and self.calls == self.point else effect()

    def _write(self, puts: list[Any], code: str) -> None:
        if not all(map(self._holds, puts)):
            reasons = [{"Code": "ConditionalCheckFailed"}]
            answer: Any = {"Error": {"Code": code}, "CancellationReasons": reasons}
            raise ClientError(answer, "Write")
        for put in puts:
            item = put["Item"]
            if put["TableName"] == "Alarms":
                self.alarms[item["shard"]["S"]] = item
            else:
                self.put.append((item["shard"]["S"], item["at"]["N"]))

    def _holds(self, put: Any) -> bool:
        stored = self.alarms.get(put["Item"]["shard"]["S"], {}).get("at")
        match put.get("ConditionExpression"):
            case None:
                return True
            case "attribute_not_exists(#at)":
                return stored is None
            case "#at = :at":
                return bool(stored == put["ExpressionAttributeValues"][":at"])
            case other:
                raise AssertionError(other)


class TwoPuts(Tables):
    """What a store would do that writes alarms and decision one after the other."""

    def transact_write_items(self, **transaction: Any) -> Any:
        for each in transaction["TransactItems"]:
            self.put_item(**each["Put"])


def error_before(_: Tables, effect: Callable[[], Any]) -> Any:
    raise ClientError({"Error": {"Code": "InternalServerError"}}, "Write")


def error_after(_: Tables, effect: Callable[[], Any]) -> Any:
    effect()
    raise ClientError({"Error": {"Code": "InternalServerError"}}, "Write")


def killed_before(_: Tables, effect: Callable[[], Any]) -> Any:
    raise Killed


def killed_after(_: Tables, effect: Callable[[], Any]) -> Any:
    effect()
    raise Killed


def second_worker(stored: Tables, effect: Callable[[], Any]) -> Any:
    work(stored, BATCH)
    return effect()


FAULTS = (error_before, error_after, killed_before, killed_after, second_worker)


def work(stored: Tables, batch: list[Sweep]) -> int | None:
    """One invocation in a fresh process: the position from which the batch must come again."""
    store = DynamoAlarms(stored, "Alarms", "Transitions")  # type: ignore[arg-type]
    try:
        failed_at: int | None = evaluate_batch_of(store, INVENTORY, batch).failed_at
    except Killed:
        return 0
    return failed_at


def deliver(stored: Tables) -> Tables:
    """Deliver the batch as Lambda does, from the record that failed; then most of it once more, for nothing."""
    rest, failed_at = BATCH, work(stored, BATCH)
    for _ in range(5):
        if failed_at is None:
            break
        rest = rest[failed_at:]
        failed_at = work(stored, rest)
    assert failed_at is None
    work(stored, BATCH[:-4])
    return stored


def wrong(make: type[Tables]) -> Iterator[str]:
    """The points at which a fault lost or doubled a decision, or left other alarms."""
    calm = deliver(Tables())
    for fault in FAULTS:
        for point in range(1, calm.calls + 1):
            after = deliver(make(point, fault))
            if sorted(after.put) != sorted(calm.put) or after.alarms != calm.alarms:
                yield f"{fault.__name__} at call {point}"


def test_something_is_decided_in_each_shard() -> None:
    assert {shard for shard, _ in deliver(Tables()).put} == {"a", "b"}


def test_no_fault_at_any_call_loses_or_doubles_a_decision() -> None:
    assert list(wrong(Tables)) == []


def test_two_puts_in_place_of_the_transaction_are_caught() -> None:
    assert any(each.startswith("killed") for each in wrong(TwoPuts))


def test_a_save_without_compare_and_swap_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_unchanged", lambda expected_at: {})
    assert any(each.startswith("second_worker") for each in wrong(Tables))


@pytest.mark.parametrize("answer", [lambda position: None, lambda position: position + 1], ids=["all", "one too far"])
def test_an_answer_that_says_too_much_is_caught(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(*batch: Any) -> Any:
        failed_at = evaluate_batch(*batch).failed_at
        return SimpleNamespace(failed_at=None if failed_at is None else answer(failed_at))

    monkeypatch.setitem(globals(), "evaluate_batch_of", evaluate)
    assert any(each.startswith("error") for each in wrong(Tables))
