"""`icwatch preview`: a notice as it would look, without waiting for an outage."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from icwatch.announcements.grouping import Announcement
from icwatch.model import Cause, Fleet, HttpsForm, Kind, Language, Level, RobotKind
from icwatch.notices import Notice, Style, write_notice
from icwatch.notices.context import NoticeContext
from icwatch.notices.robot_forms import form_of
from icwatch.notices.robot_message import write_message
from icwatch_cli.fleet import builtin
from icwatch_cli.fleet.bindings import SHARD_TARGETS
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.simulation.rehearsal import NONE, PreviewError, Wish, rehearse
from icwatch_cli.terminal.times import add_utc_offset, zone_of

CHATBOT, ATTRIBUTES = "chatbot", "attributes"

ROBOTS = tuple(str(kind) for kind in RobotKind if kind is not RobotKind.WEBHOOK)
"""Chat robots; a webhook is sent the same as `default`."""

PROTOCOLS = ("email", "sms", "default", "http", "https", "lambda", "sqs", "firehose", *ROBOTS, CHATBOT, ATTRIBUTES)
"""What can be printed: what SNS or a robot sends, the card for chats, and what subscribers filter by."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file")
    rule = f"of which rule (default: {builtin.NAME} where it is enabled, else the first that is)"
    parser.add_argument("--rule", metavar="NAME", help=rule)
    parser.add_argument("--target", metavar="TARGET", help="of which target or group (default: the rule's first)")
    parser.add_argument(
        "--kind", type=Kind, choices=[*Kind], default=Kind.RAISED, help="what it reports (default: raised)"
    )
    cause = "why the probe failed (default: connect_timeout where the rule is about answers, else none)"
    parser.add_argument("--cause", choices=[*map(str, Cause), NONE], help=cause)
    parser.add_argument("--level", type=Level, choices=[*Level], help="its level (default: the worst it can be of)")
    count = f"a storm: so many alarms in one sweep, from --target on, up to {SHARD_TARGETS} (default: 1)"
    parser.add_argument("--count", default="1", metavar="N", help=count)
    language = "default: the fleet file's, else en-US as with icwatch run; a stack has a parameter for it"
    parser.add_argument("--language", type=Language, choices=[*Language], help=language)
    protocol = (
        "what is sent by it (default: email); chatbot is the card that https is sent where the stack's parameter "
        "HttpsForm is chatbot, attributes is what subscribers filter by, and the others are chat robots"
    )
    parser.add_argument("--protocol", choices=PROTOCOLS, default="email", help=protocol)
    add_utc_offset(parser)
    parser.epilog = (
        "To receive notices, subscribe to the topic AlarmTopicArn of the stack's outputs: aws sns subscribe "
        "--topic-arn ALARM_TOPIC_ARN --protocol email --notification-endpoint you@example.com"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one notice, and on standard error what else there is to know. Exit 0."""
    wish = Wish(
        rule=arguments.rule,
        target=arguments.target,
        kind=arguments.kind,
        cause=arguments.cause,
        level=arguments.level,
        count=_count(arguments.count),
    )
    zone = zone_of(arguments)
    fleet = load_fleet(arguments.fleet)
    announcements = rehearse(fleet, wish, int(time.time()) // 60 * 60)
    form = HttpsForm.CHATBOT if arguments.protocol == CHATBOT else HttpsForm.JSON
    style = Style(arguments.language or fleet.language or Language.EN_US, zone, form, "--stack NAME")
    if arguments.protocol in ROBOTS:
        message = write_message(NoticeContext(announcements[0], style))
        sys.stdout.write(_as_json(form_of(RobotKind(arguments.protocol), message, ())))
    else:
        sys.stdout.write(show(write_notice(announcements[0], style), arguments.protocol))
    for note in notes(fleet, wish.count, announcements):
        print(f"note: {note}", file=sys.stderr)
    return 0


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= SHARD_TARGETS:
        raise PreviewError(f"--count {text}: is no number of alarms; write 1 to {SHARD_TARGETS}")
    return int(text)


def show(notice: Notice, protocol: str) -> str:
    """What a protocol is sent, as people read it. Pure."""
    if protocol == "email":
        return f"Subject: {notice.subject}\n\n{notice.text}"
    if protocol == "sms":
        return f"{notice.sms}\n"
    value: Any = notice.attributes
    if protocol != ATTRIBUTES:
        value = json.loads(notice.messages["https"] if protocol == CHATBOT else notice.body)
    return _as_json(value)


def _as_json(value: Any) -> str:
    return f"{json.dumps(value, ensure_ascii=False, indent=2)}\n"


def notes(fleet: Fleet, count: int, announcements: Sequence[Announcement]) -> Iterator[str]:
    """What the notice does not say of itself. Pure."""
    rule, number = announcements[0].rule, len(announcements)
    if not rule.enabled:
        yield f"{rule.name} is disabled, so that nobody would be sent this"
    if 1 < count <= fleet.merge_above:
        yield f"{count} alarms are not above merge_above ({fleet.merge_above}): {number} notices, this is the first"
    elif number > 1:
        routes = [each.route for each in announcements]
        names = [name for name in routes[0] if any(route.get(name) != routes[0][name] for route in routes)]
        yield f"subscribers can filter by {' and '.join(names)}: {number} notices, this is the first"
