"""`icwatch page`: the status page of a stack, served on this machine or written as files."""

from __future__ import annotations

import argparse
import threading
import webbrowser
from datetime import timezone
from pathlib import Path

from icwatch.errors import IcwatchError
from icwatch.model import Language
from icwatch.text import counted
from icwatch_cli.arguments.page import PORT
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.stack import Stack, aws_errors
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.files import write_site
from icwatch_cli.serving.reader import StackReader
from icwatch_cli.serving.server import served
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.times import zone_of


class PageError(IcwatchError):
    """The pages cannot be written."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped, or write and exit 0."""
    zone = zone_of(arguments)
    with aws_errors():
        stack = stack_of(arguments)
        reader = StackReader(stack, stack.option)
        language = (arguments.language or [_language(stack)])[0]
        with Progress() as progress:
            progress.show(f"reading the last day of {stack.name}")
            reader.refresh()
    if arguments.write is not None:
        return _write(reader, zone, tuple(arguments.language or [language]), arguments.write)
    with served(Content(reader, zone, language), arguments.port, warn) as server:
        taken = arguments.port is None and server.server_port != PORT
        say(f"{server.address}  ({f'port {PORT} is taken; ' if taken else ''}Ctrl-C ends it)")
        if arguments.open:
            webbrowser.open(server.address)
        threading.Event().wait()
    return 0


def _language(stack: Stack) -> Language:
    """That of the fleet's notices, or of the stack's."""
    return stack.inventory().load().language or Language(stack.output("Language"))


def _write(reader: StackReader, zone: timezone, languages: tuple[Language, ...], folder: Path) -> int:
    content = Content(reader, zone, languages[0], languages, live=False)
    try:
        with Progress() as progress, aws_errors():
            count = write_site(content, folder, languages, lambda path: progress.show(f"writing {path}"))
    except OSError as error:
        raise PageError(f"--write {folder}: cannot be written: {error.strerror}; name another folder") from error
    say(f"{counted(count, 'file')} in {folder}")
    return 0
