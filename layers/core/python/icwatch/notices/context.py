"""What a notice is written of, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from icwatch.announcements.grouping import Announcement
from icwatch.notices.language import in_language
from icwatch.notices.locales import Locale
from icwatch.notices.style import Style

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """An announcement, and the language, clock and forms in which its notice is written."""

    announcement: Announcement
    style: Style

    @property
    def locale(self) -> Locale:
        """The texts of the reader's language."""
        return self.style.locale

    def text(self, texts: Mapping[str, T]) -> T:
        """Of a rule's texts by language, that for the reader."""
        return in_language(texts, self.style.language)
