"""Questions at a terminal, each with the answer that is taken where nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from icwatch.errors import IcwatchError
from icwatch.model import Language
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.output import warn

T = TypeVar("T")


def can_ask() -> bool:
    """Whether somebody sits there."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str, read: Callable[[str], T], language: Language = Language.EN_US) -> T:
    """What is answered, read by a function that raises IcwatchError for what it cannot take.

    Why not is then said in the language, and it is asked again.
    """
    print(f"{question}{f' [{default}]' if default else ''}")
    while True:
        try:
            return read(input("> ").strip() or default)
        except EOFError:
            print()
            raise KeyboardInterrupt from None
        except IcwatchError as error:
            warn(spoken(str(error), language))
