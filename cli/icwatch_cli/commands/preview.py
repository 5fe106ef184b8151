"""`icwatch preview`: a notice as it would look, without waiting for an outage."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from icwatch.announcements.grouping import Announcement
from icwatch.model import Fleet, HttpsForm, Kind, Language, Robot, RobotKind
from icwatch.notices import Notice, Style, write_notice
from icwatch.notices.context import NoticeContext
from icwatch.notices.robot_forms import form_of
from icwatch.notices.robot_message import write_message
from icwatch.robots.filters import concerning
from icwatch.robots.messages import notice_form
from icwatch_cli.arguments.preview import ATTRIBUTES, CHATBOT, MAX_COUNT, ROBOTS
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.simulation.rehearsal import PreviewError, Wish, rehearse
from icwatch_cli.terminal.language import spoken_before
from icwatch_cli.terminal.locales.file_shape import PreviewWords
from icwatch_cli.terminal.speech import Speech
from icwatch_cli.terminal.times import zone_of


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
    zone, texts = zone_of(arguments), Speech(spoken_before(arguments)).texts.files.preview
    fleet = load_fleet(arguments.fleet)
    announcements = rehearse(fleet, wish, int(time.time()) // 60 * 60)
    form = HttpsForm.CHATBOT if arguments.protocol == CHATBOT else HttpsForm.JSON
    robot = None if arguments.robot is None else _robot(fleet, arguments.robot)
    language = arguments.language or (robot and robot.language) or fleet.language or Language.EN_US
    style = Style(language, zone, form, "--stack NAME")
    if robot is not None:
        sys.stdout.write(_as_json(notice_form(robot, announcements[0], style)))
    elif arguments.protocol in ROBOTS:
        message = write_message(NoticeContext(announcements[0], style))
        sys.stdout.write(_as_json(form_of(RobotKind(arguments.protocol), message, ())))
    else:
        sys.stdout.write(show(write_notice(announcements[0], style), arguments.protocol))
    for note in [*notes(fleet, wish.count, announcements, texts), *_untold(robot, announcements[0], texts)]:
        print(texts.note.format(text=note), file=sys.stderr)
    return 0


def _robot(fleet: Fleet, name: str) -> Robot:
    """The robot of the fleet. Raises PreviewError."""
    if name not in fleet.robots:
        known = f"write one of: {', '.join(fleet.robots)}" if fleet.robots else "the fleet file has none"
        raise PreviewError(f"--robot {name}: is no robot of the fleet file; {known}")
    return fleet.robots[name]


def _untold(robot: Robot | None, announcement: Announcement, texts: PreviewWords) -> Iterator[str]:
    """That a robot would not be told it, unless it is an end, which whoever was told the problem is told."""
    if robot is not None and not announcement.over and concerning(robot, announcement, ()) is None:
        why = "repeats: false" if announcement.kind is Kind.REPEATED and not robot.repeats else "only"
        yield texts.untold.format(robot=robot.name, why=why)


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_COUNT:
        raise PreviewError(f"--count {text}: is no number of alarms; write 1 to {MAX_COUNT}")
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


def notes(fleet: Fleet, count: int, announcements: Sequence[Announcement], texts: PreviewWords) -> Iterator[str]:
    """What the notice does not say of itself. Pure."""
    rule, number = announcements[0].rule, len(announcements)
    if not rule.enabled:
        yield texts.disabled.format(rule=rule.name)
    if 1 < count <= fleet.merge_above:
        yield texts.apart.format(count=count, most=fleet.merge_above, notices=number)
    elif number > 1:
        routes = [each.route for each in announcements]
        names = [name for name in routes[0] if any(route.get(name) != routes[0][name] for route in routes)]
        yield texts.routed.format(names=texts.several.join(names), notices=number)
