"""`icwatch open`: a page of a stack in the browser."""

from __future__ import annotations

import argparse

from icwatch_cli.commands.page import reading, serve
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.console import console_of
from icwatch_cli.deployed.notes import known_target
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.local.running import find
from icwatch_cli.page.site import INDEX, target_path
from icwatch_cli.serving.content import Content
from icwatch_cli.terminal.browser import browse
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.speech import Speech, speech_of
from icwatch_cli.terminal.times import zone_of


def run(arguments: argparse.Namespace) -> int:
    """Open it: exit 0, and 1 where there is no browser. A page of a stack in AWS is served until stopped."""
    speech, zone = speech_of(arguments), zone_of(arguments)
    with aws_errors():
        if arguments.console:
            return _shown(_console(arguments), speech)
        stack = stack_of(arguments)
        path = f"{speech.language}/{_path(arguments.target, stack)}"
        if arguments.local:
            return _shown(f"{_served_here()}{path}", speech)
        reader = reading(stack, speech)
    serve(Content(reader, zone, speech.language), None, path, speech)
    return 0


def _shown(address: str, speech: Speech) -> int:
    say(address)
    return 0 if browse(address, speech) else 1


def _console(arguments: argparse.Namespace) -> str:
    if arguments.local or arguments.target:
        option = "--local" if arguments.local else arguments.target
        raise StackError(f"--console: is the AWS console of a stack, without {option}; leave one of them out")
    stack = stack_of(arguments)
    stack.output("InventoryTable")  # so that a stack that is none is said here
    return console_of(stack.name, stack.database.meta.region_name)


def _served_here() -> str:
    """Where `icwatch run` serves the page. Raises StackError."""
    running = find()
    if running is None or not running.page:
        raise StackError("--local: icwatch run serves no page yet; try again in a moment")
    return running.page


def _path(target: str | None, stack: Stack) -> str:
    return INDEX if target is None else target_path(known_target(target, stack.inventory().load().targets))
