"""What operators write into the inventory beside the fleet: silences and acknowledgements."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from icwatch.address import parse_address
from icwatch.duration import parse_duration
from icwatch.errors import ConflictError, IcwatchError
from icwatch.model import DAY_SECONDS, DEFAULT_PORT, Inventory, Target
from icwatch.text import has_password
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.fleet.inventory_writer import Note
from icwatch_cli.terminal.near import near
from icwatch_cli.terminal.times import LATEST

KEPT_SECONDS = 90 * DAY_SECONDS
"""How long what is over is kept, to look back; it goes when something of its kind is written."""

MOST_AT_ONCE = 50
"""Outdated notes that go with one write."""

MAX_TEXT = 200
"""Characters of a name or a comment."""

TRIES = 5

T = TypeVar("T")


class NoteError(IcwatchError):
    """What was given is no silence or no acknowledgement, or names none."""


class Notes(Protocol):
    """An inventory in which operators write."""

    def load(self) -> Inventory:
        """The current inventory."""

    def note(self, inventory: Inventory, put: Sequence[Note] = (), delete: Sequence[Note] = ()) -> None:
        """Write and delete notes in one step. Raises ConflictError if the inventory is another one by now."""


@dataclass(frozen=True, slots=True)
class Change:
    """Notes to write and to delete."""

    put: Sequence[Note] = ()
    delete: Sequence[Note] = ()


def writer(arguments: argparse.Namespace) -> str:
    """Who writes: `--by`, or the login name, which environment variables may set. Raises NoteError."""
    if arguments.by is not None:
        return one_line("--by", arguments.by)
    try:
        return one_line("--by (the login name)", getpass.getuser())
    except (OSError, KeyError) as error:
        raise NoteError("--by: is missing, and this machine knows no login name; write your name") from error


def one_line(option: str, text: str) -> str:
    """A text that fits a line of a list. Raises NoteError."""
    if has_password(text):
        raise NoteError(f"{option}: holds a URL with a password, which everybody could read; leave the password out")
    if not text.strip() or not text.isprintable() or len(text) > MAX_TEXT:
        raise NoteError(f"{option}: is empty, too long or no plain line; write up to {MAX_TEXT} characters on one line")
    return text.strip()


def end_after(option: str, text: str, starts: int) -> int:
    """The moment at which what starts then and lasts so long ends. Raises NoteError."""
    try:
        lasts = int(parse_duration(text))
    except ValueError as error:
        right = "write a number and its unit, such as 90m or 2h"
        raise NoteError(f"{option} {text}: is no duration; {right}") from error
    if starts + lasts > LATEST:
        raise NoteError(f"{option} {text}: ends after the year 9999; write a shorter one")
    return starts + lasts


def update(table: Notes, decide: Callable[[Inventory], tuple[Change, T]]) -> T:
    """Write what is decided on the current inventory; the loser of a race looks again and decides again."""
    for left in reversed(range(TRIES)):
        inventory = table.load()
        change, result = decide(inventory)
        try:
            if change.put or change.delete:
                table.note(inventory, change.put, change.delete)
        except ConflictError:
            if not left:
                raise
        else:
            break
    say_unreadable(inventory)
    return result


def target_id(text: str) -> str:
    """The id of a target as a fleet file makes it of an address, also of one that a mail has broken: `ic[.]test`.

    The name of a group is itself. Raises ValueError.
    """
    if "=" in text or text == "all":
        return text
    address = parse_address(text.replace("[:]", ":").replace("[.]", "."))
    return Target(address.host, address.port or DEFAULT_PORT).id


def known_target(text: str, known: Collection[str]) -> str:
    """The id of a target of a stack. Raises NoteError."""
    try:
        found = target_id(text)
    except ValueError:
        found = text
    if found not in known:
        hint = near(text, known) or "; icwatch targets lists them all"
        raise NoteError(f"{text}: is no target of the stack{hint}")
    return found
