"""Receipts of published notices in DynamoDB: Powertools' idempotency, made to never cost a notice nor the next one.

Powertools claims a notice (PutItem), publishes it and writes its receipt (UpdateItem); its own layer lets the record
fail where any of the three fails, so that the stream delivers it again and again. Here:

- A receipt that cannot be written fails nothing, because SNS has taken the notice. It is tried again at once, by
  PutItem as well, and remembered: this process publishes the notice no more, and writes the receipt once it can.
- A notice that cannot be claimed is looked up. Where that shows no receipt, or fails as well, it is published without a
  claim: people must be notified. It can come twice only if its record is delivered again, for another reason, to a
  process that does not remember it.
- Where SNS's answer was lost, the claim stays for a while, longer with every time. So a notice that SNS takes without
  answering comes some forty times in the three hours for which a record is tried, not thousands of times; one that it
  did not take is delayed by no more than five minutes after an outage.
- A claim that cannot be taken back after a failure ends by itself, and the failure itself is what the caller sees.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import STATUS_CONSTANTS, DataRecord
from botocore.config import Config

from icwatch.delivery.sns import is_answer_lost

T = TypeVar("T")
Report = Callable[[str, Exception], object]
"""Is given what could not be done, in words, and why."""

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
"""For a receipts table's client: one that hangs must leave the invocation the time to publish."""

PAUSES_SECONDS = (0.0, 0.2, 0.8)
"""Seconds before each attempt to write a receipt."""

SLOW_AFTER_SECONDS = 1.5
"""Seconds after which a failure is one of a table that hangs, and not one that refuses."""

REST_SECONDS = 30.0
"""Seconds for which a table that hangs is not asked again."""

HOLD_SECONDS, MAX_HOLD_SECONDS = 5, 300
"""Seconds for which a claim stays after SNS's answer was lost: the first time, doubled each time, and at the most."""

COMPLETED, IN_PROGRESS = STATUS_CONSTANTS["COMPLETED"], STATUS_CONSTANTS["INPROGRESS"]


class ReceiptsError(Exception):
    """The table was not asked, because it hung a moment ago."""


class Receipts(DynamoDBPersistenceLayer):
    """A table of receipts. `report` is called with each that could not be written.

    With `must_claim` a notice is never published without a claim: for whoever can simply be started again.
    """

    def __init__(self, table: str, client: Any, report: Report, *, must_claim: bool = False) -> None:
        super().__init__(table, boto3_client=client)
        self._report = report
        self._must_claim = must_claim
        self._unwritten: dict[str, DataRecord] = {}
        self._lost: Counter[str] = Counter()
        self._rests_until = 0.0

    def settle(self) -> None:
        """Write the receipts that could not be written, as many as the table takes."""
        for record in [*self._unwritten.values()]:
            if self._write(record) is not None:
                return

    def delete_record(self, data: dict[str, Any], exception: Exception) -> None:
        """Take a claim back after `exception`, or hold it where SNS may have taken the notice."""
        try:
            if is_answer_lost(exception):
                self._ask(lambda: self._hold(str(self._get_hashed_idempotency_key(data))))
            else:
                self._ask(lambda: super(Receipts, self).delete_record(data, exception))
        except Exception as error:
            self._report("a claim was not taken back and ends by itself", error)

    def _put_record(self, data_record: DataRecord) -> None:
        """Claim a notice. Returning without a claim means that it is published all the same."""
        key = data_record.idempotency_key
        if key in self._unwritten:
            raise IdempotencyItemAlreadyExistsError(old_data_record=self._unwritten[key])
        try:
            self._ask(lambda: super(Receipts, self)._put_record(data_record))
        except IdempotencyItemAlreadyExistsError:
            raise
        except Exception as error:
            if self._must_claim:
                raise
            known = self._look_up(key)
            if known is not None:
                raise IdempotencyItemAlreadyExistsError(old_data_record=known) from error
            self._report("a notice was not claimed and is published without a claim", error)

    def _update_record(self, data_record: DataRecord) -> None:
        """Write a receipt; never raises, since the notice is out."""
        pauses = (
            PAUSES_SECONDS[:1] if self._unwritten else PAUSES_SECONDS
        )  # in lasting trouble, the notices behind need the time
        self._unwritten[data_record.idempotency_key] = data_record
        self._lost.pop(data_record.idempotency_key, None)
        problem: Exception | None = None
        for pause in pauses:
            time.sleep(pause)
            problem = self._write(data_record)
            if problem is None:
                return
        assert problem is not None
        self._report("a receipt was not written and is tried again later", problem)

    def _write(self, record: DataRecord) -> Exception | None:
        """Write one receipt by either of two operations, of which one may be refused; the error where both fail."""
        for write in (super()._update_record, self._replace):
            try:
                self._ask(lambda write=write: write(record))  # type: ignore[misc]
            except Exception as error:
                problem = error
            else:
                self._unwritten.pop(record.idempotency_key, None)
                return None
        return problem

    def _replace(self, record: DataRecord) -> None:
        """Put a receipt in place of whatever is there: that the notice is out is true for good."""
        self.client.put_item(
            TableName=self.table_name,
            Item={
                **self._get_key(record.idempotency_key),
                self.expiry_attr: {"N": str(record.expiry_timestamp)},
                self.status_attr: {"S": COMPLETED},
                self.data_attr: {"S": record.response_data},
            },
        )

    def _look_up(self, key: str) -> DataRecord | None:
        """A receipt, or a claim that holds; None where there is none or nobody can know."""
        try:
            record = self._ask(lambda: self._get_record(key))
        except IdempotencyItemNotFoundError:
            return None
        except Exception as error:
            self._report("a receipt was not read", error)
            return None
        claimed = record.status == IN_PROGRESS and (record.in_progress_expiry_timestamp or 0) > time.time() * 1000
        return record if record.status == COMPLETED or claimed else None

    def _hold(self, key: str) -> None:
        """Keep our claim for a while from now."""
        seconds = hold_seconds(self._lost[key])
        self._lost[key] += 1
        self.client.update_item(
            TableName=self.table_name,
            Key=self._get_key(key),
            UpdateExpression="SET #until = :until",
            ConditionExpression="#status = :claimed",
            ExpressionAttributeNames={"#until": self.in_progress_expiry_attr, "#status": self.status_attr},
            ExpressionAttributeValues={
                ":until": {"N": str(int((time.time() + seconds) * 1000))},
                ":claimed": {"S": IN_PROGRESS},
            },
        )

    def _ask(self, ask: Callable[[], T]) -> T:
        """Ask the table, unless it hung a moment ago: waiting for it again would take the time of the next notices."""
        began = time.monotonic()
        if began < self._rests_until:
            raise ReceiptsError(f"the table {self.table_name} did not answer a moment ago")
        try:
            return ask()
        except Exception:
            if time.monotonic() - began > SLOW_AFTER_SECONDS:
                self._rests_until = time.monotonic() + REST_SECONDS
            raise


def hold_seconds(lost: int) -> int:
    """How long a claim stays where `lost` answers about its notice were lost before this one."""
    return int(min(HOLD_SECONDS * 2 ** min(lost, 16), MAX_HOLD_SECONDS))
