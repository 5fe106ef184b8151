"""What of a stack has to be looked after: messages in its dead-letter queues, and how its robots do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.errors import ItemError
from icwatch.model import Inventory
from icwatch_cli.deployed.tables import Tables
from icwatch_cli.page.data import RobotState

QUEUES = {
    "prober": "ScheduleFailuresUrl",
    "evaluator": "EvaluatorFailuresUrl",
    "notifier": "NotifierFailuresUrl",
    "messenger": "MessengerFailuresUrl",
}
"""The dead-letter queues by whose they are, and the outputs that name them."""


FRESH_SECONDS = 30.0
"""For so long what was read is not read again: queues and robots change less than alarms."""


class Upkeep:
    """The queues and robots of a stack, read now and then."""

    def __init__(self, stack: Tables) -> None:
        self._stack = stack
        self._read_at = -FRESH_SECONDS
        self._found: tuple[Mapping[str, int], Sequence[RobotState]] = ({}, ())

    def look(
        self, inventory: Inventory, note: Callable[[Exception], object]
    ) -> tuple[Mapping[str, int], Sequence[RobotState]]:
        """How they are; where AWS does not say, that is noted, and they are as they were."""
        moment = time.monotonic()
        if moment - self._read_at > FRESH_SECONDS:
            self._read_at = moment
            try:
                self._found = dead_letters_of(self._stack), robots_of(self._stack, inventory)
            except (BotoCoreError, ClientError) as error:
                note(error)
        return self._found


def dead_letters_of(stack: Tables) -> Mapping[str, int]:
    """How many messages each dead-letter queue of the stack holds, about."""
    found = {}
    for name, output in QUEUES.items():
        if output in stack.outputs:
            answer = stack.queues.get_queue_attributes(
                QueueUrl=stack.outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
            )
            found[name] = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    return found


def robots_of(stack: Tables, inventory: Inventory) -> list[RobotState]:
    """How it goes with each robot of the fleet; none where the stack sends to none, or its state cannot be read."""
    if "OutboxesTable" not in stack.outputs:
        return []
    table = DynamoOutboxes(stack.database, stack.output("OutboxesTable"), stack.output("ReceiptsTable"))
    found = []
    for name, robot in inventory.robots.items():
        try:
            box = table.load(name)
        except ItemError:
            continue
        found.append(RobotState(name, str(robot.vendor), box.succeeded_at, box.failed_at, len(box.waiting)))
    return found
