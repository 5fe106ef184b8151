"""The keyboard of a terminal, heard key by key, while `icwatch run` shows its view."""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

LOOK_SECONDS = 0.25
"""How often it is looked whether this program has the terminal, and whether it still listens."""


@contextmanager
def heard(press: Callable[[str], object]) -> Iterator[bool]:
    """Hand over each key as it is pressed, from a thread, for as long as the block lasts; whether there is a keyboard.

    Ctrl-C stays what it is. In the end the terminal is as it was.
    """
    before = _taken()
    if before is None:
        yield False
        return
    ended = threading.Event()
    thread = threading.Thread(target=_listen, args=(press, ended), name="the keyboard", daemon=True)
    thread.start()
    try:
        yield True
    finally:
        ended.set()
        thread.join()
        with suppress(OSError, termios.error):  # the terminal may be gone
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _taken() -> list[Any] | None:
    """Have keys come one by one; how the terminal was before, None where standard input is none of ours."""
    try:
        if not _is_ours():
            return None
        before: list[Any] = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
    except (OSError, ValueError, termios.error):
        return None
    return before


def _is_ours() -> bool:
    """Whether what is typed is for this program: to read as one in the background would stop it."""
    return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()


def _listen(press: Callable[[str], object], ended: threading.Event) -> None:
    number = sys.stdin.fileno()
    while not ended.is_set():
        try:
            ready, _, _ = select.select([number], [], [], LOOK_SECONDS)
            if not ready:
                continue
            if not _is_ours():
                ended.wait(LOOK_SECONDS)
                continue
            pressed = os.read(number, 64)
        except (OSError, ValueError):
            return
        if not pressed:
            return
        for key in pressed.decode(errors="ignore"):
            press(key)
