"""The options of `icwatch robot`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json, add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the two subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    test = actions.add_parser(
        "test",
        help="send one test message",
        description="Send one clearly marked test message, and show what the vendor answers.",
    )
    test.add_argument("name", metavar="NAME", help="the robot, as the fleet file calls it")
    add_stack(test)
    add_language(test)
    end(
        test,
        "icwatch robot test dba-on-duty --stack icwatch",
        "DBA_URL='https://oapi.dingtalk.com/robot/send?access_token=...' icwatch robot test dba-on-duty --local",
        notes="With --stack the deployed messenger sends it, which reads address and secret where they are kept. With "
        "--local this command sends it by itself: a reference such as env:DBA_URL is read in the environment of the "
        "shell that calls it, and not in that of icwatch run.",
        status="0 it was taken, 1 it was not, 2 an error",
    )
    show = actions.add_parser(
        "list", help="how it goes with each", description="When each robot last took a message, and what it refused."
    )
    add_stack(show)
    add_language(show)
    add_json(show)
    add_utc_offset(show)
    end(
        show,
        "icwatch robot list --stack icwatch",
        "icwatch robot list --local --json",
        status="0 they are listed, 2 an error",
    )
    end(
        parser,
        "icwatch robot test dba-on-duty --stack icwatch",
        "icwatch robot list --stack icwatch",
        status="0 all is well, 1 a test message was not taken, 2 an error",
    )
