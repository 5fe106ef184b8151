"""A parser that names the near one where a command, an option or a choice is not known."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from icwatch_cli.arguments.ending import HelpFormatter
from icwatch_cli.terminal.near import near


class SuggestingParser(argparse.ArgumentParser):
    """Like its base, with this project's form of help, and with hints where something is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": HelpFormatter, **options})

    prefix: str | None = None
    """What usage begins with, in place of argparse's own."""

    def format_usage(self) -> str:
        """The usage, with its prefix."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, self.prefix)
        return formatter.format_help()

    def format_help(self) -> str:
        """The help, with the prefix of its usage."""
        own = super().format_help()
        if self.prefix is None:
            return own
        for group in self._action_groups:
            own = own.replace(f"\n{group.title}:\n", f"\n{group.title}：\n")
        return self.prefix + own.removeprefix("usage: ")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """The value of a word. Raises ArgumentError, which names the choices where there are some."""
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError:
            self._check_value(action, arg_string)
            raise

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse what is no choice of an action. Raises ArgumentError, which argparse reports."""
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        what = "there is no such command" if isinstance(action, argparse._SubParsersAction) else "is none of them"
        raise argparse.ArgumentError(action, f"{value}: {what}{near(str(value), known) or f'; {self._listed(known)}'}")

    def _listed(self, known: Sequence[str]) -> str:
        return f"{self.prog} --help lists them" if len(known) > 10 else f"write {' or '.join(known)}"


def refuse_unknown_options(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """End with a sentence where an option is not known, before argparse asks for those that are missing."""
    values = iter(words)
    for word in values:
        if word == "--":
            return
        actions = subparsers_of(parser)
        if actions and not word.startswith("-"):
            if word not in actions:
                return  # of which argparse says more
            parser = actions[word]
        name, sign, _ = word.partition("=")
        options = {option: action for action in parser._actions for option in action.option_strings}
        if name.startswith("--") and not any(option.startswith(name) for option in options):
            hint = near(name, options) or f"; {parser.prog} --help lists what there is"
            parser.error(f"{name}: there is no such option{hint}")
        if name in options and options[name].nargs is None and not sign:
            next(values, None)  # its value


def subparsers_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands or actions of a parser, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}
