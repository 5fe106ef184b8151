"""The entry point: commands, help and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import NoReturn

from icwatch import __version__
from icwatch.errors import IcwatchError
from icwatch.text import quotable, quotable_words
from icwatch_cli.terminal.output import prepare_streams

COMMANDS = {
    "run": "the whole pipeline on this machine, until stopped",
    "check": "every problem of a fleet file at once",
    "test": "the tests beside a fleet file: what its rules decide over given samples",
    "schema": "the JSON Schema of the fleet file, for editors, or that of notices",
    "preview": "a notice as it would look, without waiting for an outage",
    "probe": "ask one IC-Server once",
    "replay": "stored sweeps through the rules as they are now",
    "export": "the stored sweeps of a deployed stack, for replay",
    "apply": "make a deployed inventory match a fleet file",
    "page": "the status page of a stack, for a browser on this machine or as files",
    "alarms": "the current alarms of a deployed stack",
    "history": "what was decided in a deployed stack, and why",
    "silence": "keep alarms from being announced for a while",
    "ack": "say that an alarm is known, so that it is not repeated",
    "unack": "take that back",
    "drill": "an artificial alarm that goes the whole way, hop by hop",
    "robot": "send a chat robot a test message, and list how it goes with each",
    "redrive": "publish the notices that a deployed stack gave up",
}
"""Each command is the module of its name, with `add_arguments` and `run`."""

EXIT_CODES = "Exit status: 0 all is well, 1 the answer is no, 2 the call or a file is wrong, 130 stopped by Ctrl-C."


def main(arguments: list[str] | None = None) -> int:
    """Run the command that is named first; only its module is loaded."""
    prepare_streams()
    words = sys.argv[1:] if arguments is None else arguments

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            super().error(_without_passwords(message, words))

    parser = Parser(
        prog="icwatch",
        description="Tells people, with the cause, when OCP cannot reach an IC-Server, and when it is over.",
    )
    parser.add_argument("--version", action="version", version=f"icwatch {__version__}")
    parser.epilog = EXIT_CODES
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        if words[:1] == [name]:
            importlib.import_module(f"icwatch_cli.commands.{name}").add_arguments(command)
    parsed = parser.parse_args(words)
    try:
        return int(importlib.import_module(f"icwatch_cli.commands.{parsed.command}").run(parsed))
    except IcwatchError as error:
        print(_without_passwords(str(error), words), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever read our output has read enough
        return 0


def _without_passwords(message: str, words: list[str]) -> str:
    """What is said of a call or a file, whatever it repeats of them, also of a word that was taken for a path."""
    for word in words:
        shown = quotable(word)
        if shown != word:
            message = message.replace(word, shown).replace(str(Path(word)), shown)
    return quotable_words(message)


if __name__ == "__main__":
    sys.exit(main())
