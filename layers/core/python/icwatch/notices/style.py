"""How notices are written, whatever they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timezone

from icwatch.model import HttpsForm, Language
from icwatch.notices.locales import LOCALES, Locale


@dataclass(frozen=True, slots=True)
class Style:
    """The language, the clock of the reader, and what subscriptions by https are sent."""

    language: Language
    zone: timezone = UTC
    https: HttpsForm = HttpsForm.JSON

    @property
    def locale(self) -> Locale:
        """Those of the language."""
        return LOCALES[self.language]
