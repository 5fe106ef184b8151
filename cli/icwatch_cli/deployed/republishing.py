"""Publishing the notices of stored decisions as the notifier does: the same texts, ids and receipts."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.delivery.idempotency import (
    Message,
    has_receipt,
    messages_of,
    new_receipts,
    notice_of,
    publish_by,
    publish_once,
)
from icwatch.delivery.publisher import Publisher
from icwatch.delivery.receipts import Receipts
from icwatch.delivery.sns import CONFIG as PUBLISH_CONFIG
from icwatch.delivery.sns import SnsPublisher, can_never_be_published
from icwatch.errors import ItemError
from icwatch.model import Decision
from icwatch.notices import Notice, Style
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch_cli.deployed.dead_letters import one_line
from icwatch_cli.deployed.queues import Position
from icwatch_cli.deployed.redrive_lines import Lines
from icwatch_cli.deployed.stack import Stack, StackError
from icwatch_cli.terminal.times import spell_moment

CLAIM_SECONDS = 120
"""How long our claim on a notice is valid: longer than publishing it takes with all that boto3 tries again."""

PATIENCE_SECONDS = CLAIM_SECONDS + 30.0
"""How long somebody else's claim on a notice is waited for; all of them end by themselves before."""


class Republisher:
    """Publishes what has no receipt. With `dry`, it only says what it would publish.

    `counts` has what was `published` (or would be), what `had` a receipt already, and what `failed` for good.
    """

    def __init__(self, stack: Stack, lines: Lines, *, dry: bool) -> None:
        self.counts: Counter[str] = Counter()
        self._stack, self._lines, self._dry = stack, lines, dry
        settings = stack.notifier_settings()
        self._style = Style(settings.language, settings.utc_offset, settings.https_form, settings.stack_option)
        self._receipts = _SavedReceipts(stack, settings.receipts_table, self._warn)
        client = stack.client("sns", PUBLISH_CONFIG)
        topics = SnsPublisher(client, settings.alarm_topic_arn, settings.operations_topic_arn)
        publisher = Publisher(topics, stack.queues, settings.robot_queue_url)
        self._publish_once = self._receipts.guard(lambda notice: self._send(publisher, notice))

    def publish(self, position: Position, wanted: set[str]) -> set[str]:
        """Publish the wanted notices of a decision, and return those that cannot be; "" means all of them."""
        decision = self._load(position)
        if isinstance(decision, str):
            name = self._lines.texts.decision.format(shard=position.shard, at=spell_moment(position.at))
            return self._fail("", name, decision)
        failed: set[str] = set()
        messages = {each.id: each for each in messages_of(decision)}
        for notice_id in sorted(wanted - messages.keys() - {""}):
            failed |= self._fail(notice_id, notice_id, "the decision of that moment has no such notice")
        for each in messages.values():
            if "" in wanted or each.id in wanted:
                failed |= self._try(decision, each)
        return failed

    def _try(self, decision: Decision, message: Message) -> set[str]:
        try:
            self._publish(decision, message)
        except Exception as error:
            problem = one_line(f"{type(error).__name__}: {error}")
            if not can_never_be_published(error):
                again = "what was published has its receipt, so run it again when this has passed"
                raise StackError(f"stopped at {message.id}: {problem}; {again}") from error
            return self._fail(message.id, message.id, problem)
        return set()

    def _publish(self, decision: Decision, message: Message) -> None:
        """Publish one notice, or say that it would be."""
        notice = notice_of(decision, message, self._style)
        before = self.counts["published"]
        if not self._dry:
            publish_by(self._attempt, notice, time.monotonic() + PATIENCE_SECONDS)
        elif self._receipts.has(notice.id):
            self._lines.say("has a receipt", notice.id)
        else:
            self.counts["published"] += 1
            self._lines.say("would publish", f"{notice.id}  {notice.subject}")
        self.counts["had"] += self.counts["published"] == before

    def _attempt(self, notice: Notice) -> object:
        with uninterrupted():
            return self._publish_once(notice)

    def _send(self, publisher: Publisher, notice: Notice) -> str:
        """What happens to a notice without a receipt."""
        message_id = publisher.publish(notice)
        self.counts["published"] += 1
        self._lines.say("published", f"{notice.id}  {notice.subject}")
        return message_id

    def _load(self, position: Position) -> Decision | str:
        """A decision from the table, or why it cannot be had."""
        key = {"shard": {"S": position.shard}, "at": {"N": str(position.at)}}
        table = self._stack.output("TransitionsTable")
        answer = self._stack.database.get_item(TableName=table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return "it is not in the Transitions table (any more)"
        try:
            return read_item(Decision, unpack(answer["Item"]))
        except ItemError as error:
            return one_line(str(error))

    def _warn(self, problem: str, error: Exception) -> None:
        self._lines.why("receipts", self._lines.spoken(problem), one_line(f"{type(error).__name__}: {error}"))

    def _fail(self, notice_id: str, name: str, problem: str) -> set[str]:
        self.counts["failed"] += 1
        self._lines.why("stays", name, problem)
        return {notice_id}


class _SavedReceipts:
    """The notifier's receipts. A notice that cannot be claimed waits: its message stays in the queue."""

    def __init__(self, stack: Stack, table: str, warn: Callable[[str, Exception], object]) -> None:
        self._settings = new_receipts()
        self._settings.register_lambda_context(_Claim())
        self._table = Receipts(table, stack.database, warn, must_claim=True)

    def has(self, notice_id: str) -> bool:
        """Whether a notice was published."""
        return has_receipt(self._table, self._settings, notice_id)

    def guard(self, publish: Callable[[Notice], object]) -> Callable[[Notice], object]:
        """`publish`, for notices that have no receipt."""
        return publish_once(publish, self._table, self._settings)


class _Claim(LambdaContext):
    """What Powertools asks for how long a claim on a notice is valid."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Always the same: each notice has this time to itself."""
        return CLAIM_SECONDS * 1000


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block: between SNS and the receipt it would mean to publish once more."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            raise KeyboardInterrupt
