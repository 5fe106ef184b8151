"""The language in which a command speaks: of `--language`, `ICWATCH_LANGUAGE` or the machine's settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from icwatch.errors import IcwatchError
from icwatch.model import Language

VARIABLE = "ICWATCH_LANGUAGE"

MACHINES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where POSIX keeps the language of messages; the first that is set counts."""

TRADITIONAL = ("tw", "hk", "mo", "hant")


class LanguageError(IcwatchError):
    """The language that was asked for is none."""


def add_language(parser: argparse.ArgumentParser, destination: str = "language") -> None:
    """Declare `--language`: of a command, or before it (`spoken`), where the command's own is about something else."""
    parser.add_argument(
        "--language",
        type=Language,
        choices=[*Language],
        dest=destination,
        help=f"of what the command says (default: {VARIABLE}, else that of the machine)",
    )


def language_of(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Language:
    """The language of what a command says; en-US where nothing names one that there is. Raises LanguageError."""
    chosen: Language | None = getattr(arguments, "language", None) or getattr(arguments, "spoken", None)
    if chosen is not None:
        return chosen
    named = environment.get(VARIABLE, "")
    if named:
        found = _known(named)
        if found is None:
            raise LanguageError(f"{VARIABLE}={named}: is not known; write one of {', '.join(Language)}")
        return found
    machine = next((environment[name] for name in MACHINES if environment.get(name)), "")
    return _known(machine) or Language.EN_US


def spoken_before(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Language:
    """That of a command whose own `--language` is about something else. Raises LanguageError."""
    return language_of(argparse.Namespace(spoken=arguments.spoken), environment)


def spoken_language(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> Language:
    """That of a call as it is written, which need not be a whole one; en-US where what names one is wrong."""
    texts = [*words, ""]
    given = [texts[place + 1] for place, word in enumerate(words) if word == "--language"]
    given += [word.partition("=")[2] for word in words if word.startswith("--language=")]
    found = next((language for text in given if (language := _known(text)) is not None), None)
    try:
        return found or language_of(argparse.Namespace(), environment)
    except LanguageError:
        return Language.EN_US


def _known(text: str) -> Language | None:
    """The language of a tag or of a locale: `zh-CN`, `zh_TW.UTF-8`, `en`."""
    name, *rest = text.partition(".")[0].partition("@")[0].replace("_", "-").lower().split("-")
    if name == "zh":
        return Language.ZH_TW if any(part in TRADITIONAL for part in rest) else Language.ZH_CN
    return Language.EN_US if name == "en" else None
