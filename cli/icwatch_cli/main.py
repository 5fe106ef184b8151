"""The entry point: commands, help and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import NoReturn

from icwatch.errors import IcwatchError
from icwatch.text import quotable, quotable_words
from icwatch_cli.arguments.commands import COMMANDS, module_of, parser_with
from icwatch_cli.arguments.suggesting import SuggestingParser, refuse_unknown_options
from icwatch_cli.arguments.translating import USAGE, translate, words_of
from icwatch_cli.terminal.errors import ERROR, spoken, told
from icwatch_cli.terminal.language import spoken_language
from icwatch_cli.terminal.output import AskedForError, prepare_streams

__all__ = ["COMMANDS", "main"]

HELP = {"-h", "--help"}


def main(arguments: list[str] | None = None) -> int:
    """Run the command that is named first; only its module is loaded. Without one, print the help."""
    prepare_streams()
    words = sys.argv[1:] if arguments is None else arguments

    class Parser(SuggestingParser):
        def error(self, message: str) -> NoReturn:
            language = spoken_language(words)
            self.prefix = words_of(language).get(USAGE)
            self.print_usage(sys.stderr)
            self.exit(2, f"{self.prog}: {ERROR[language]}{_without_passwords(spoken(message, language), words)}\n")

    known = words[:1] if words and words[0] in COMMANDS else COMMANDS  # what is said of one command names no other
    parser = parser_with([word for word in words if word in COMMANDS][:1], Parser, known)
    try:
        if not words or HELP & {*words}:
            translate(parser, words_of(spoken_language(words)))
        if not words:
            parser.print_help()
            return 0
        refuse_unknown_options(parser, words)
        parsed = parser.parse_args(words)
        return int(importlib.import_module(f"icwatch_cli.commands.{module_of(parsed.command)}").run(parsed))
    except IcwatchError as error:
        stream = sys.stdout if isinstance(error, AskedForError) else sys.stderr
        print(_without_passwords(told(error, spoken_language(words)), words), file=stream)
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
