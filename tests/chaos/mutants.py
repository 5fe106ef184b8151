"""Mistakes that the product does not have, each with the points at which the suite has to find it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from icwatch.delivery.messenger import Messenger
from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.delivery.receipts import COMPLETED, Receipts
from icwatch.robots.outbox import after
from icwatch.robots.vendors import LIMITS, Answer, Verdict
from icwatch.storage import tables
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch.storage.stream import answer
from icwatch.storage.tables import DynamoAlarms
from tests.chaos import tables as fake_tables
from tests.chaos.conditions import holds
from tests.chaos.environment import APPS
from tests.chaos.points import Point, faults, pairs, second_workers

Patch = AbstractContextManager[Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: `made` makes it, `points` are where it shows."""

    name: str
    made: Callable[[], Patch]
    points: Callable[[], Iterator[Point]]

    def found(self, step: int = 1) -> str:
        """What the suite says of it first, looking at every so manieth point; empty where it says nothing."""
        points = [*self.points()]
        for point in (*points[::step], *points):
            with self.made():
                said = point.play().said
            if said:
                return f"{point.name}, call {point.number} of cycle {point.cycle}: {said[0]}"
        return ""


def _without_transaction(self: Any, expected_at: int | None, current: Any, decision: Any) -> None:
    _save(self, expected_at, current, None)
    if decision is not None:
        item = pack(write_item(decision, expires_at=decision.at + 90 * 86_400))
        self._client.put_item(TableName=self._transitions, Item=item)


def _one_too_far(records: Any, failed_at: int | None = None) -> Any:
    last = failed_at is None or failed_at + 1 >= len(records)
    return answer(records, None if last or failed_at is None else failed_at + 1)


def _receipt_first(self: Any, record: Any) -> None:
    _put_record(self, record)
    record.status, record.response_data = COMPLETED, '"id"'
    self._replace(record)


def _noted_first(self: Any, robot: Any, message: Any) -> Any:
    taken, now = Answer(Verdict.TAKEN), int(self.clock())
    noted = self._change(robot.name, lambda outbox: after(outbox, message, taken, LIMITS[robot.vendor], now))
    self._answer(robot, message)
    return noted


def _without_claim(self: Any, outbox: Any, *more: Any) -> Any:
    return _save_outbox(self, outbox, replace(more[0], claimed_until=0), *more[1:])


_save, _put_record, _save_outbox = DynamoAlarms.save, Receipts._put_record, DynamoOutboxes.save


def _patched(target: Any, name: str, new: Any) -> Callable[[], Patch]:
    return lambda: mock.patch.object(target, name, new)


def _killed(at: str) -> Callable[[], Iterator[Point]]:
    return lambda: itertools.chain(faults("killed before", at), faults("killed after", at))


def _failed(at: str) -> Callable[[], Iterator[Point]]:
    return lambda: faults("error before the effect", at)


MUTANTS = (
    Mutant(
        "a save of alarms without compare-and-swap",
        _patched(tables, "_unchanged", lambda expected_at: {}),
        lambda: second_workers("evaluator"),
    ),
    Mutant(
        "two puts in the place of the transaction",
        _patched(DynamoAlarms, "save", _without_transaction),
        _killed("evaluator dynamodb.Put"),
    ),
    Mutant(
        "an answer one record too far",
        _patched(APPS["evaluator"], "answer", _one_too_far),
        _failed("evaluator dynamodb.TransactWriteItems"),
    ),
    Mutant(
        "all sweeps handled though one failed",
        _patched(APPS["evaluator"], "answer", lambda records, failed_at=None: answer(records)),
        _failed("evaluator dynamodb.TransactWriteItems"),
    ),
    Mutant(
        "all decisions handled though one failed",
        _patched(APPS["notifier"], "answer", lambda records, failed_at=None: answer(records)),
        _failed("notifier sns.Publish"),
    ),
    Mutant(
        "a receipt before the publication",
        _patched(Receipts, "_put_record", _receipt_first),
        _failed("notifier sns.Publish"),
    ),
    Mutant(
        "no claim of a notice",
        _patched(Receipts, "_put_record", lambda self, record: None),
        lambda: pairs("notifier"),
    ),
    Mutant(
        "an outbox without its version",
        _patched(
            fake_tables,
            "holds",
            lambda item, request: request["TableName"] == "Outboxes" or holds(item, request),
        ),
        lambda: pairs("messenger"),
    ),
    Mutant("no claim of an outbox", _patched(DynamoOutboxes, "save", _without_claim), lambda: pairs("messenger")),
    Mutant("a message noted before it is sent", _patched(Messenger, "_send", _noted_first), _killed("messenger http")),
    Mutant(
        "no receipt of what a robot accepted",
        _patched(DynamoOutboxes, "has_receipt", lambda self, robot, notice: False),
        _killed("messenger dynamodb.PutItem Outboxes"),
    ),
)
