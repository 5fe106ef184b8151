"""How notices are written, whatever they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timezone

from icwatch.model import HttpsForm, Language
from icwatch.notices.locales import LOCALES, Locale


@dataclass(frozen=True, slots=True)
class Style:
    """The language, the clock of the reader, what subscriptions by https are sent, and how commands name the stack.

    `stack_option` is `--stack NAME` or `--local`; empty where there is no stack.
    """

    language: Language
    zone: timezone = UTC
    https: HttpsForm = HttpsForm.JSON
    stack_option: str = ""

    @property
    def locale(self) -> Locale:
        """Those of the language."""
        return LOCALES[self.language]

    def command(self, words: str) -> str:
        """A command as it is typed, of its words without the stack: `ack 10.0.0.1`."""
        return " ".join(filter(None, ("icwatch", words, self.stack_option)))
