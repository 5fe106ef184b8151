"""What of a stack has to be looked after: messages in its dead-letter queues, and how its robots do."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.errors import ItemError
from icwatch.model import Inventory
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.page.data import RobotState

QUEUES = {
    "prober": "ScheduleFailuresUrl",
    "evaluator": "EvaluatorFailuresUrl",
    "notifier": "NotifierFailuresUrl",
    "messenger": "MessengerFailuresUrl",
}
"""The dead-letter queues by whose they are, and the outputs that name them."""


def dead_letters_of(stack: Stack) -> Mapping[str, int]:
    """How many messages each dead-letter queue of the stack holds, about."""
    found = {}
    for name, output in QUEUES.items():
        if output in stack.outputs:
            answer = stack.queues.get_queue_attributes(
                QueueUrl=stack.outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
            )
            found[name] = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    return found


def robots_of(stack: Stack, inventory: Inventory) -> list[RobotState]:
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
