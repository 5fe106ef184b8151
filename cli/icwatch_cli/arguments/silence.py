"""The options of `icwatch silence`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json, add_stack, add_writer
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset

STATUS = "0 done, 2 an error"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the three subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add(actions.add_parser("add", help="begin one", description="Keep alarms from being announced for a while."))
    show = actions.add_parser("list", help="which there are", description="The silences, active and coming.")
    add_stack(show)
    add_language(show)
    show.add_argument("--all", action="store_true", help="also those that are over")
    add_json(show, "a JSON object a line, as stored: times are in UTC")
    add_utc_offset(show)
    end(show, "icwatch silence list --stack icwatch --all", status=STATUS)
    expire = actions.add_parser("expire", help="end one now", description="End a silence now.")
    add_stack(expire)
    add_language(expire)
    expire.add_argument("id", metavar="ID", help="as list shows it")
    add_utc_offset(expire)
    end(expire, "icwatch silence expire k3m9xz --stack icwatch", status=STATUS)
    end(
        parser,
        "icwatch silence add --stack icwatch --label vpc=vpc-2 --for 2h --comment 'rack move'",
        "icwatch silence list --stack icwatch",
        notes="icwatch silence add --help says more of silences.",
        status=STATUS,
    )


def _add(add: argparse.ArgumentParser) -> None:
    add_stack(add)
    add_language(add)
    add.add_argument(
        "--label",
        action="append",
        required=True,
        metavar="NAME=VALUE",
        help="of the alarms, matched exactly. All labels have to match; of several values of one label, any one. "
        "rule and target count as labels: target=vpc=vpc-2",
    )
    written = "Unix seconds or ISO 8601, by the clock of --utc-offset where it names no offset"
    add.add_argument("--from", dest="starts", metavar="T", help=f"when it starts (default: now): {written}")
    until = add.add_mutually_exclusive_group(required=True)
    until.add_argument("--for", dest="lasts", metavar="2h", help="how long it lasts")
    until.add_argument("--until", metavar="T", help=f"when it ends: {written}")
    add.add_argument("--daily", metavar="01:00-03:00", help="only in this part of a day, by the clock of --utc-offset")
    add.add_argument(
        "--days",
        metavar="Mon-Fri",
        help="only on these days of the week, by the same clock; also Sat,Sun or Fri-Mon. With --daily, the days on "
        "which that part begins",
    )
    add.add_argument("--comment", required=True, metavar="TEXT", help="why")
    add_writer(add)
    add_utc_offset(add, "what is written and shown")
    end(
        add,
        "icwatch silence add --stack icwatch --label vpc=vpc-2 --for 2h --comment 'rack move'",
        "icwatch silence add --local --label target=10.1.0.7 --until 2030-01-31 --daily 01:00-03:00 --comment backup",
        status=STATUS,
    )
