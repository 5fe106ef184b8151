"""`icwatch page`: the status page of a stack, served on this machine or written as files."""

from __future__ import annotations

import argparse
import threading
from datetime import timezone
from pathlib import Path

from icwatch.errors import IcwatchError
from icwatch.model import Language
from icwatch_cli.arguments.page import PORT
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.stack import Stack, aws_errors
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.files import write_site
from icwatch_cli.serving.reader import StackReader
from icwatch_cli.serving.server import served
from icwatch_cli.terminal.browser import browse
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.language import spoken_before
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import Speech, counted
from icwatch_cli.terminal.times import zone_of


class PageError(IcwatchError):
    """The pages cannot be written."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped, or write and exit 0."""
    zone, speech = zone_of(arguments), Speech(spoken_before(arguments))
    with aws_errors():
        stack = stack_of(arguments)
        reader = reading(stack, speech)
        language = (arguments.language or [_language(stack)])[0]
    if arguments.write is not None:
        return _write(reader, zone, tuple(arguments.language or [language]), arguments.write, speech)
    serve(Content(reader, zone, language), arguments.port, "" if arguments.open else None, speech)
    return 0


def reading(stack: Stack, speech: Speech) -> StackReader:
    """The reader of a stack that has read it. What AWS refuses is left to `aws_errors`."""
    reader = StackReader(stack)
    with Progress() as progress:
        progress.show(speech.texts.files.page.reading.format(stack=stack.name))
        reader.refresh()
    return reader


def serve(content: Content, port: int | None, opened: str | None, speech: Speech) -> None:
    """Serve the pages until stopped, and say where; open the one at this path in the browser, unless it is None."""
    with served(content, port, lambda text: warn(spoken(text, speech.language))) as server:
        texts = speech.texts.files.page
        text = texts.taken if port is None and server.server_port != PORT else texts.served
        say(text.format(address=server.address, port=PORT))
        if opened is not None:
            browse(f"{server.address}{opened}", speech)
        threading.Event().wait()


def _language(stack: Stack) -> Language:
    """That of the fleet's notices, or of the stack's."""
    return stack.inventory().load().language or Language(stack.output("Language"))


def _write(reader: StackReader, zone: timezone, languages: tuple[Language, ...], folder: Path, speech: Speech) -> int:
    content = Content(reader, zone, languages[0], languages, live=False)
    try:
        with Progress() as progress, aws_errors():
            texts = speech.texts.files.page
            count = write_site(content, folder, languages, lambda path: progress.show(texts.writing.format(path=path)))
    except OSError as error:
        raise PageError(f"--write {folder}: cannot be written: {error.strerror}; name another folder") from error
    say(counted(count, texts.written, folder=folder))
    return 0
