"""`icwatch redrive`: publish what lies in the dead-letter queue of a deployed stack, unless it was published already.

The messages there say where a decision lies; what is published is made anew from the Transitions table, by the code and
with the receipts of the notifier. So it can be run twice, beside the notifier, and again after it was interrupted.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.delivery.idempotency import (
    RecentNotice,
    has_receipt,
    messages_of,
    new_receipts,
    notice_of,
    publish_by,
    publish_once,
)
from icwatch.delivery.receipts import Receipts
from icwatch.delivery.sns import CONFIG as PUBLISH_CONFIG
from icwatch.delivery.sns import SnsPublisher, is_permanent
from icwatch.errors import ItemError
from icwatch.model import Decision
from icwatch.notices import Notice, Style
from icwatch.settings import NotifierSettings
from icwatch.storage.inventory import DynamoInventory
from icwatch.storage.items import read_item
from icwatch.storage.tables import CONFIG, unpack
from icwatch_cli.deployed.dead_letters import Aside, AsideSweep, Batch, Unclear, one_line, read_letter
from icwatch_cli.deployed.lost_sweeps import show_sweeps
from icwatch_cli.deployed.queues import HOLD_SECONDS, HeldQueue, Position, positions_in
from icwatch_cli.deployed.stack import Outputs, StackError, aws_errors, stack_outputs
from icwatch_cli.terminal.moments import spell_moment
from icwatch_cli.terminal.screen import Screen

CLAIM_SECONDS = 120
"""How long our claim on a notice stands: longer than publishing it takes with all that boto3 tries again."""

PATIENCE = CLAIM_SECONDS + 30.0
"""Seconds to wait for somebody else's claim on a notice; all of them end by themselves before."""

BEFORE = 2 * 3600
"""How much older than its arrival in the stream a decision can be: the evaluator gives up sweeps after an hour."""

AFTER = 300
"""How much younger: clocks differ."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--stack", required=True, metavar="NAME", help="the deployed stack, such as icwatch")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be published; change nothing")
    parser.add_argument(
        "--discard-sweeps",
        action="store_true",
        help="delete the messages about sweeps, once it is shown what became of them",
    )
    parser.epilog = (
        "Can be run again at any time: a notice that has a receipt is not published again. Account and region come "
        "from the usual AWS settings (AWS_PROFILE, AWS_REGION). Exit status: 0 nothing is left in the queues, 1 "
        "something is, 2 an error."
    )


def run(arguments: argparse.Namespace) -> int:
    """Publish, then show what nobody can publish. What is not done goes back into its queue."""
    screen = Screen()
    try:
        with aws_errors():
            return _redrive(arguments, screen)
    finally:
        screen.clear()


def _redrive(arguments: argparse.Namespace, screen: Screen) -> int:
    outputs = stack_outputs(arguments.stack)
    sqs = boto3.client("sqs")
    with (
        HeldQueue(sqs, outputs["NotifierFailuresUrl"], screen.counter("messages about notices read")) as notices,
        HeldQueue(sqs, outputs["EvaluatorFailuresUrl"], screen.counter("messages about sweeps read")) as sweeps,
    ):
        if not notices.left and not sweeps.left:
            screen.line(f"nothing to redrive: stack {arguments.stack} gave up no notice and no sweep")
            return 0
        _Redrive(outputs, notices, screen, dry=arguments.dry_run).run()
        discard = arguments.discard_sweeps and not arguments.dry_run
        show_sweeps(sweeps, outputs, arguments.stack, screen, discard=discard)
        screen.line(f"left in the queues: {_left(notices, 'notices')}, {_left(sweeps, 'sweeps')}")
        return 1 if notices.left or sweeps.left else 0


class Meant(NamedTuple):
    """A notice that a message means; without `notice_id`, all notices of the decision."""

    position: Position
    notice_id: str


class _Redrive:
    """The work on the notifier's queue."""

    def __init__(self, outputs: Outputs, queue: HeldQueue, screen: Screen, *, dry: bool) -> None:
        self._queue, self._screen, self._dry = queue, screen, dry
        self._database = boto3.client("dynamodb", config=CONFIG)
        self._streams = boto3.client("dynamodbstreams", config=CONFIG)
        self._transitions, self._inventory = outputs["TransitionsTable"], outputs["InventoryTable"]
        self._settings = notifier_settings(outputs)
        self._style = Style(self._settings.language, self._settings.utc_offset, self._settings.https_form)
        self._receipts = new_receipts()
        self._receipts.register_lambda_context(_Claim())
        # A notice that cannot be claimed waits here: its message stays in the queue, and this can be run again.
        self._table = Receipts(self._settings.receipts_table, self._database, self._warn, must_claim=True)
        self._publisher = SnsPublisher(
            boto3.client("sns", config=PUBLISH_CONFIG),
            self._settings.alarm_topic_arn,
            self._settings.operations_topic_arn,
        )
        self._guarded = publish_once(self._send, self._table, self._receipts)
        self._shards: tuple[str, ...] | None = None
        self._counts: Counter[str] = Counter()
        self._waiting: dict[str, int] = {}

    def run(self) -> None:
        """Publish in the order of time. A message goes when all that it meant has its receipt."""
        askers: dict[Meant, list[str]] = defaultdict(list)
        for message in list(self._queue.messages.values()):
            wanted = self._read(message.body)
            if isinstance(wanted, Unclear):
                self._screen.line(f"stays          message {message.id}: {wanted.reason}")
                continue
            for meant in wanted:
                askers[meant].append(message.id)
            self._waiting[message.id] = len(wanted)
            self._settle(message.id, 0)
        try:
            self._publish_all(askers)
        finally:
            counts, done = self._counts, "would be published" if self._dry else "published"
            self._screen.line(
                f"{counts['published']} {done}, {counts['had']} had a receipt, {counts['failed']} cannot be published"
            )

    def _publish_all(self, askers: Mapping[Meant, list[str]]) -> None:
        groups = itertools.groupby(sorted(askers), key=lambda meant: meant.position)
        total = len({meant.position for meant in askers})
        for number, (position, members) in enumerate(groups):
            self._screen.progress(f"{number} of {total} decisions, {self._counts['published']} notices published")
            wanted = list(members)
            problems = self._publish_decision(position, {meant.notice_id for meant in wanted})
            for meant in wanted:
                failed = problems if not meant.notice_id else problems & {meant.notice_id, ""}
                if not failed:
                    for message_id in askers[meant]:
                        self._settle(message_id, 1)

    def _settle(self, message_id: str, done: int) -> None:
        """Note that so much of what a message meant is done; one of which nothing is left to do is deleted."""
        self._waiting[message_id] -= done
        if not self._waiting[message_id] and not self._dry:
            self._queue.delete(message_id)

    def _read(self, body: str) -> set[Meant] | Unclear:
        """What a message means."""
        letter = read_letter(body)
        match letter:
            case Unclear():
                return letter
            case AsideSweep():
                return Unclear("it is about a sweep, not about notices")
            case Aside():
                return {Meant(Position(letter.at, letter.shard), letter.notice_id)}
        positions = positions_in(self._streams, letter)
        if positions is None:
            positions = list(self._positions_about(letter))
            if not positions:
                span = f"{spell_moment(letter.starts)} to {spell_moment(letter.ends)}"
                return Unclear(f"of its {letter.size} decisions from {span}, none is in stream or table any more")
        return {Meant(position, "") for position in positions}

    def _positions_about(self, batch: Batch) -> Iterator[Position]:
        """All decisions that may have arrived when the batch did. More than were meant, but those have receipts."""
        if self._shards is None:
            self._shards = DynamoInventory(self._database, self._inventory).load().all_shards
        for shard in self._shards:
            pages = self._database.get_paginator("query").paginate(
                TableName=self._transitions,
                KeyConditionExpression="#shard = :shard AND #at BETWEEN :first AND :last",
                ProjectionExpression="#shard, #at",
                ExpressionAttributeNames={"#shard": "shard", "#at": "at"},
                ExpressionAttributeValues={
                    ":shard": {"S": shard},
                    ":first": {"N": str(batch.starts - BEFORE)},
                    ":last": {"N": str(batch.ends + AFTER)},
                },
                ConsistentRead=True,
            )
            yield from (Position(int(item["at"]["N"]), shard) for page in pages for item in page["Items"])

    def _publish_decision(self, position: Position, wanted: set[str]) -> set[str]:
        """Publish the wanted notices of a decision, and return those that cannot be; "" stands for all of them."""
        decision = self._load(position)
        if isinstance(decision, str):
            return self._fail("", f"the decision of {position.shard} at {spell_moment(position.at)}", decision)
        failed: set[str] = set()
        told = {each.id: each for each in messages_of(decision)}
        for notice_id in sorted(wanted - told.keys() - {""}):
            failed |= self._fail(notice_id, notice_id, "the decision of that moment has no such notice")
        for each in told.values():
            if "" not in wanted and each.id not in wanted:
                continue
            try:
                self._publish(decision, each)
            except Exception as error:
                problem = one_line(f"{type(error).__name__}: {error}")
                if not is_permanent(error):
                    again = "what was published has its receipt, so run it again when this has passed"
                    raise StackError(f"stopped at {each.id}: {problem}; {again}") from error
                failed |= self._fail(each.id, each.id, problem)
        return failed

    def _warn(self, problem: str, error: Exception) -> None:
        self._screen.line(f"receipts       {problem}: {one_line(f'{type(error).__name__}: {error}')}")

    def _fail(self, notice_id: str, name: str, problem: str) -> set[str]:
        self._counts["failed"] += 1
        self._screen.line(f"stays          {name}: {problem}")
        return {notice_id}

    def _load(self, position: Position) -> Decision | str:
        """A decision from the table, or why it cannot be had."""
        key = {"shard": {"S": position.shard}, "at": {"N": str(position.at)}}
        answer = self._database.get_item(TableName=self._transitions, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return "it is not in the Transitions table (any more)"
        try:
            return read_item(Decision, unpack(answer["Item"]))
        except ItemError as error:
            return one_line(str(error))

    def _publish(self, decision: Decision, told: RecentNotice) -> None:
        """Publish one notice, or say that it would be."""
        notice = notice_of(decision, told, self._style)
        before = self._counts["published"]
        if not self._dry:
            publish_by(self._attempt, notice, time.monotonic() + PATIENCE)
        elif has_receipt(self._table, self._receipts, notice.id):
            self._screen.line(f"has a receipt  {notice.id}")
        else:
            self._counts["published"] += 1
            self._screen.line(f"would publish  {notice.id}  {notice.subject}")
        self._counts["had"] += self._counts["published"] == before

    def _attempt(self, notice: Notice) -> object:
        with uninterrupted():
            return self._guarded(notice)

    def _send(self, notice: Notice) -> str:
        """What happens to a notice without a receipt."""
        message_id = self._publisher.publish(notice)
        self._counts["published"] += 1
        self._screen.line(f"published      {notice.id}  {notice.subject}")
        return message_id


class _Claim(LambdaContext):
    """What Powertools asks for how long a claim on a notice stands."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Always the same: each notice has this time to itself."""
        return CLAIM_SECONDS * 1000


def notifier_settings(outputs: Outputs) -> NotifierSettings:
    """The settings that the notifier of this stack has."""
    return NotifierSettings.from_env(
        {
            "RECEIPTS_TABLE": outputs["ReceiptsTable"],
            "ALARM_TOPIC_ARN": outputs["AlarmTopicArn"],
            "OPERATIONS_TOPIC_ARN": outputs["OperationsTopicArn"],
            "FAILURES_QUEUE_URL": outputs["NotifierFailuresUrl"],
            "LANGUAGE": outputs["Language"],
            "UTC_OFFSET": outputs["UtcOffset"],
            "HTTPS_FORM": outputs["HttpsForm"],
        }
    )


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


def _left(queue: HeldQueue, what: str) -> str:
    if queue.elsewhere:
        return f"{queue.elsewhere} about {what}, which another redrive holds for up to {HOLD_SECONDS // 60} minutes"
    return f"{queue.left} about {what}"
