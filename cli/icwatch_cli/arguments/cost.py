"""The options of `icwatch cost`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments. Parameters of the stack are None where they are not given."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file")
    parser.add_argument(
        "--region",
        metavar="REGION",
        help="whose prices count (default: that of the stack, AWS_REGION, us-east-1)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stack", metavar="NAME", help="take the parameters of this deployed stack")
    where.add_argument("--local", action="store_true", help="take those of what icwatch run runs on this machine")
    parser.add_argument("--profile", metavar="NAME", help="the profile of the AWS settings (default: AWS_PROFILE)")
    _add_parameters(parser)
    add_language(parser)
    add_json(parser, "one JSON object, with the source of each price")
    end(
        parser,
        "icwatch cost my.yaml",
        "icwatch cost my.yaml --region cn-northwest-1 --architecture x86_64",
        "icwatch cost my.yaml --stack icwatch --samples-days 90 --notices 200 --json",
        notes="A healthy fleet at AWS's list prices, and what Route 53 health checks, CloudWatch Synthetics and "
        "Prometheus would cost. Options take the place of the stack's parameters; without a stack, the others are "
        "the template's defaults.",
        status="0 it is said, 2 an error",
    )


def _add_parameters(parser: argparse.ArgumentParser) -> None:
    for name, what in (
        ("samples", "sweeps"),
        ("transitions", "decisions"),
        ("log", "logs"),
    ):
        parser.add_argument(f"--{name}-days", type=_days, metavar="N", help=f"how long {what} are kept")
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), help="the processor of the functions")
    for name, what in (
        ("robots", "chat robots are told"),
        ("dashboard", "there is a CloudWatch dashboard"),
        ("tracing", "X-Ray records the calls"),
        ("status-page", "the status page is written into a bucket"),
        ("kms", "a KMS key of your own is used"),
        ("heartbeat", "there is a heartbeat to the outside"),
        ("email", "an address gets the notices"),
    ):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=f"whether {what}")
    parser.add_argument("--notices", type=_count, metavar="N", help="notices published in a month (default: 0)")


def _count(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number; write one such as 30")
    return int(text)


def _days(text: str) -> int:
    """A whole number of days, 1 or more."""
    days = _count(text)
    if days < 1:
        raise argparse.ArgumentTypeError(f"{text} days are none; write a whole number such as 30")
    return days
