"""The options of `icwatch preview`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch.model import Cause, Kind, Language, Level, RobotKind
from icwatch_cli.arguments.ending import end
from icwatch_cli.terminal.times import add_utc_offset

CHATBOT, ATTRIBUTES = "chatbot", "attributes"

ROBOTS = tuple(str(kind) for kind in RobotKind if kind is not RobotKind.WEBHOOK)
"""Chat robots; a webhook is sent the same as `default`."""

PROTOCOLS = ("email", "sms", "default", "http", "https", "lambda", "sqs", "firehose", *ROBOTS, CHATBOT, ATTRIBUTES)
"""What can be printed: what SNS or a robot sends, the card for chats, and what subscribers filter by."""

NONE = "none"
"""In place of a cause: the probe did not fail."""

MAX_COUNT = 200
"""Alarms of one sweep at the most: as many targets as a shard has."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file")
    rule = "of which rule (default: ic_server_connect_failed where it is enabled, else the first that is)"
    parser.add_argument("--rule", metavar="NAME", help=rule)
    parser.add_argument("--target", metavar="TARGET", help="of which target or group (default: the rule's first)")
    parser.add_argument(
        "--kind", type=Kind, choices=[*Kind], default=Kind.RAISED, help="what it reports (default: raised)"
    )
    cause = "why the probe failed (default: connect_timeout where the rule is about answers, else none)"
    parser.add_argument("--cause", choices=[*map(str, Cause), NONE], help=cause)
    parser.add_argument("--level", type=Level, choices=[*Level], help="its level (default: the worst it can be of)")
    count = f"a storm: so many alarms in one sweep, from --target on, up to {MAX_COUNT} (default: 1)"
    parser.add_argument("--count", default="1", metavar="N", help=count)
    language = "default: the robot's, the fleet file's, else en-US as with icwatch run; a stack has a parameter for it"
    parser.add_argument("--language", type=Language, choices=[*Language], help=language)
    protocol = (
        "what is sent by it (default: email); chatbot is the card that https is sent where the stack's parameter "
        "HttpsForm is chatbot, attributes is what subscribers filter by, and the others are chat robots, in the form "
        "of their kind: in the fleet's language and mentioning nobody"
    )
    sent = parser.add_mutually_exclusive_group()
    sent.add_argument("--protocol", choices=PROTOCOLS, default="email", help=protocol)
    robot = "what this robot of the fleet file is sent, in its language and with those it mentions"
    sent.add_argument("--robot", metavar="NAME", help=robot)
    add_utc_offset(parser)
    end(
        parser,
        "icwatch preview my.yaml",
        "icwatch preview my.yaml --kind repeated --cause connection_refused --protocol sms",
        "icwatch preview my.yaml --robot dba-on-duty --language zh-CN",
        notes="To receive notices, subscribe to the topic AlarmTopicArn of the stack's outputs: aws sns subscribe "
        "--topic-arn ALARM_TOPIC_ARN --protocol email --notification-endpoint you@example.com",
        status="0 it is printed, 2 the call or the fleet file is wrong",
    )
