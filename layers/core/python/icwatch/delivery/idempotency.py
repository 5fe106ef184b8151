"""Delivering a notice once. The notifier and `icwatch redrive` both do it here: a receipt of either counts for both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyItemNotFoundError,
)

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.delivery.receipts import COMPLETED, Receipts
from icwatch.model import Decision
from icwatch.notices import MonitoringMessage, Notice, Style, monitoring_message, write_monitoring, write_notice

RECEIPT_DAYS = 15
"""How long a receipt is kept: longer than the dead-letter queue keeps what may publish the notice again (14 days)."""

KEY_PREFIX = "notice"
"""What a receipt's key begins with. Without it, Powertools would take the name of the function that publishes."""

PAUSE_SECONDS = 0.5
"""Seconds between two looks at somebody else's claim."""


def new_receipts() -> IdempotencyConfig:
    """How receipts are kept. It must be given the invocation, which decides how long a claim on a notice is valid."""
    return IdempotencyConfig(expires_after_seconds=RECEIPT_DAYS * 86_400)


Message = Announcement | MonitoringMessage
"""What one message reports: alarms to whom they concern, or to operations what is wrong with the monitoring itself."""


def messages_of(decision: Decision) -> list[Message]:
    """All that a decision reports, in the order in which it is published."""
    about_itself = monitoring_message(decision)
    return [*announcements_of(decision), *([] if about_itself is None else [about_itself])]


def notice_of(decision: Decision, message: Message, style: Style) -> Notice:
    """The notice of what `decision` reports, in the language of its fleet if that names one."""
    style = replace(style, language=decision.language or style.language)
    return write_monitoring(message, style) if isinstance(message, MonitoringMessage) else write_notice(message, style)


def publish_once(
    publish: Callable[[Notice], object], table: Receipts, receipts: IdempotencyConfig
) -> Callable[[Notice], object]:
    """`publish` with a receipt: a notice that has one is not sent again."""

    def send(*, notice_id: str, notice: Notice) -> object:
        return publish(notice)

    guarded = idempotent_function(
        send, data_keyword_argument="notice_id", persistence_store=table, config=receipts, key_prefix=KEY_PREFIX
    )
    return lambda notice: guarded(notice_id=notice.id, notice=notice)


def has_receipt(table: Receipts, receipts: IdempotencyConfig, notice_id: str) -> bool:
    """Whether the notice was published. A claim alone is no receipt."""
    table.configure(config=receipts, key_prefix=KEY_PREFIX)
    try:
        record = table.get_record(cast("dict[str, Any]", notice_id))  # which is typed for events, and hashes anything
    except IdempotencyItemNotFoundError:
        return False
    return record is not None and record.status == COMPLETED


def publish_by(publish: Callable[[Notice], object], notice: Notice, ends: float) -> None:
    """Publish before the monotonic time `ends`. Raises TimeoutError where that cannot be.

    A claim that a killed process left behind is waited for: it ends by itself.
    """
    while time.monotonic() < ends:
        try:
            publish(notice)
            return
        except IdempotencyAlreadyInProgressError:
            time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"no time left to publish {notice.id}; it comes again")
