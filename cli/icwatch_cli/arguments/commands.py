"""All commands, and the parser of what is written behind `icwatch`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Container, Iterable

from icwatch import __version__
from icwatch_cli.arguments.suggesting import SuggestingParser
from icwatch_cli.terminal.language import add_language

COMMANDS = {
    "run": "the whole pipeline on this machine, until stopped",
    "init": "a first fleet file with comments, and its tests",
    "check": "every problem of a fleet file at once",
    "test": "the tests beside a fleet file: what its rules decide over given samples",
    "schema": "the JSON Schema of the fleet file, for editors, or that of notices",
    "preview": "a notice as it would look, without waiting for an outage",
    "probe": "ask one IC-Server once",
    "replay": "stored sweeps through the rules as they are now",
    "export": "the stored sweeps of a deployed stack, for replay",
    "apply": "make a deployed inventory match a fleet file",
    "cost": "what a fleet would cost a month in AWS, part by part, and what others would",
    "status": "how a stack is, on one screen: what stands, since when, what to suspect",
    "targets": "every IC-Server of a stack: how it is and why, and how available it was",
    "page": "the status page of a stack, for a browser on this machine or as files",
    "open": "the status page of a stack or of one IC-Server in the browser, or the stack in the AWS console",
    "alarms": "the current alarms of a deployed stack",
    "history": "what was decided in a deployed stack, and why",
    "silence": "keep alarms from being announced for a while",
    "ack": "say that an alarm is known, so that it is not repeated",
    "unack": "take that back",
    "drill": "an artificial alarm that goes the whole way, hop by hop",
    "robot": "send a chat robot a test message, and list how it goes with each",
    "redrive": "publish the notices that a deployed stack gave up",
    "rebuild-totals": "the hourly totals of a stack, made again of its stored sweeps",
    "completion": "a script by which bash or zsh completes commands, options and their values",
}
"""What each command is for. `arguments` has a module of its name with `add_arguments`, `commands` one with `run`."""


def module_of(command: str) -> str:
    """The name of a command's modules: `rebuild_totals`."""
    return command.replace("-", "_")


EXIT_CODES = "Exit status: 0 all is well, 1 the answer is no, 2 the call or a file is wrong, 130 stopped by Ctrl-C."


def parser_with(
    declared: Container[str],
    parser_class: type[SuggestingParser] = SuggestingParser,
    known: Iterable[str] = COMMANDS,
) -> argparse.ArgumentParser:
    """The parser of the commands that are `known`; of those that are `declared`, with their options."""
    parser = parser_class(
        prog="icwatch",
        description="Tells people, with the cause, when OCP cannot reach an IC-Server, and when it is over.",
    )
    parser.add_argument("--version", action="version", version=f"icwatch {__version__}")
    add_language(parser, "spoken")
    parser.epilog = f"icwatch COMMAND --help says more of a command, with examples.\n\n{EXIT_CODES}"
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in known:
        purpose = COMMANDS[name]
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        if name in declared:
            importlib.import_module(f"icwatch_cli.arguments.{module_of(name)}").add_arguments(command)
    return parser
