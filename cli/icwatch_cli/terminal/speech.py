"""What commands say, in the words of one language; the texts are in `locales/`. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone

from icwatch.duration import spell
from icwatch.model import Acknowledgement, Failure, Kind, Language, Level
from icwatch.notices.locales import LOCALES, Locale
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.locales import COMMAND_LOCALES, CommandLocale
from icwatch_cli.terminal.times import day_and_time


@dataclass(frozen=True, slots=True)
class Speech:
    """A language of commands. In English, levels and causes are called as fleet files and notices for programs call
    them; in the others as notices for people do.
    """

    language: Language = Language.EN_US

    @property
    def texts(self) -> CommandLocale:
        """The texts of the commands."""
        return COMMAND_LOCALES[self.language]

    @property
    def _notices(self) -> Locale:
        return LOCALES[self.language]

    @property
    def _plain(self) -> bool:
        return self.language is Language.EN_US

    def level(self, level: Level) -> str:
        """What a level is called."""
        return str(level) if self._plain else self._notices.levels[level]

    def cause(self, failure: Failure | None) -> str:
        """Why a probe failed; an empty text where it did not."""
        if failure is None:
            return ""
        return str(failure.cause) if self._plain else self._notices.causes[failure.cause][0]

    def kind(self, kind: str) -> str:
        """What was decided, or reported of the monitoring itself."""
        if self._plain:
            return kind
        return self._notices.kinds[Kind(kind)] if kind in {*Kind} else self.texts.history.kinds.get(kind, kind)

    def spell(self, seconds: int) -> str:
        """A duration."""
        return spell(seconds, self.texts.units)

    def note(self, by: str, comment: str) -> str:
        """` by NAME: COMMENT`, as far as these are known."""
        notes = self.texts.notes
        return (notes.by.format(name=by) if by else "") + (notes.comment.format(text=comment) if comment else "")

    def until(self, known: Acknowledgement, zone: timezone) -> str:
        """` until TIME`, where an acknowledgement ends before its alarm."""
        if known.ends_at is None:
            return ""
        return self.texts.notes.until.format(at=day_and_time(known.ends_at, zone))

    def days(self, text: str) -> str:
        """A text with days of the week as they are called."""
        for name, word in zip(COMMAND_LOCALES[Language.EN_US].days, self.texts.days, strict=True):
            text = text.replace(name, word)
        return text

    @property
    def styles(self) -> Mapping[str, Level]:
        """The levels by what they are called."""
        return {self.level(level): level for level in Level}


ENGLISH = Speech()


def counted(count: int, texts: tuple[str, str], **more: object) -> str:
    """A text about one or about several."""
    return texts[count != 1].format(count=count, **more)


def speech_of(arguments: argparse.Namespace) -> Speech:
    """The language that is asked for."""
    return Speech(language_of(arguments))
