"""Options that several commands have."""

from __future__ import annotations

import argparse


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Declare `--stack` and `--local`, of which one has to be given, `--region` and `--profile`."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stack", metavar="NAME", help="the deployed stack, such as icwatch")
    where.add_argument("--local", action="store_true", help="what icwatch run runs on this machine")
    add_account(parser)


def add_account(parser: argparse.ArgumentParser) -> None:
    """Declare `--region` and `--profile`."""
    parser.add_argument(
        "--region", metavar="REGION", help="the stack's AWS region (default: AWS_REGION, the profile's)"
    )
    parser.add_argument("--profile", metavar="NAME", help="the profile of the AWS settings (default: AWS_PROFILE)")


def add_alarm(parser: argparse.ArgumentParser) -> None:
    """Declare the alarm that is meant, and its stack."""
    parser.add_argument("alarm", metavar="ALARM", help="its target, rule:target, or its id: rule:target:raised_at")
    add_stack(parser)


def add_writer(parser: argparse.ArgumentParser) -> None:
    """Declare `--by`."""
    parser.add_argument("--by", metavar="NAME", help="who you are (default: the login name)")


def add_json(parser: argparse.ArgumentParser, what: str = "a JSON object a line") -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help=what)


def port(text: str) -> int:
    """A port of this machine; 0 is any that is free."""
    if not text.isascii() or not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number up to 65535")
    return int(text)
