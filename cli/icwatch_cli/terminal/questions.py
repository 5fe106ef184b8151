"""Questions at a terminal, each with the answer that is taken where nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from icwatch.errors import IcwatchError
from icwatch_cli.terminal.output import warn

T = TypeVar("T")


def can_ask() -> bool:
    """Whether somebody sits there."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str, read: Callable[[str], T]) -> T:
    """What is answered, read by a function that raises IcwatchError for what it cannot take; it is then asked again."""
    print(f"{question}{f' [{default}]' if default else ''}")
    while True:
        try:
            return read(input("> ").strip() or default)
        except EOFError:
            print()
            raise KeyboardInterrupt from None
        except IcwatchError as error:
            warn(str(error))
