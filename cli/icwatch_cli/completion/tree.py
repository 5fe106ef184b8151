"""What can be written behind `icwatch`, read off its parser. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from icwatch_cli.arguments.suggesting import subparsers_of


@dataclass(frozen=True, slots=True)
class Argument:
    """An option by its names, or a positional argument, which has none.

    `value` is what stands for its value, empty where it takes none; `choices` are all that it may be. `rivals` are the
    options beside which it cannot stand.
    """

    names: tuple[str, ...]
    help: str
    value: str
    choices: tuple[str, ...]
    is_file: bool
    repeats: bool
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A command, by its words (`silence add`; none for `icwatch` itself): its arguments and what may follow it."""

    words: tuple[str, ...]
    help: str
    arguments: tuple[Argument, ...]
    children: tuple[Node, ...]

    @property
    def options(self) -> list[Argument]:
        """Those that have a name."""
        return [each for each in self.arguments if each.names]

    @property
    def positionals(self) -> list[Argument]:
        """Those that have none."""
        return [each for each in self.arguments if not each.names]

    def all(self) -> Iterator[Node]:
        """It and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


def tree_of(parser: argparse.ArgumentParser, words: tuple[str, ...] = (), purpose: str = "") -> Node:
    """The commands of a parser."""
    rivals = [
        tuple(name for action in group._group_actions for name in action.option_strings)
        for group in parser._mutually_exclusive_groups
    ]
    actions = [each for each in parser._actions if not isinstance(each, argparse._SubParsersAction)]
    purposes = {
        choice.dest: choice.help or ""
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action._choices_actions
    }
    return Node(
        words,
        purpose,
        tuple(_argument(each, rivals) for each in actions),
        tuple(tree_of(inner, (*words, name), purposes[name]) for name, inner in subparsers_of(parser).items()),
    )


def _argument(action: argparse.Action, rivals: list[tuple[str, ...]]) -> Argument:
    names = tuple(action.option_strings)
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest
    return Argument(
        names=names,
        help=(action.help or "").replace("%%", "%"),
        value="" if action.nargs == 0 else metavar,
        choices=tuple(map(str, action.choices or ())),
        is_file=action.type is Path or metavar.endswith((".yaml", ".jsonl")),
        repeats=isinstance(action, argparse._AppendAction) or action.nargs == "*",
        rivals=tuple(name for group in rivals if {*names} & {*group} for name in group if name not in names),
    )
