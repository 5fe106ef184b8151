"""What the page says, in the words of one language and by one clock. Pure; the texts are in `locales/`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timezone

from icwatch.duration import spell
from icwatch.model import Cause, Failure, Kind, Language, Level, Rule
from icwatch.notices.language import in_language
from icwatch.notices.locales import LOCALES, Locale
from icwatch.notices.locales.monitoring import MONITORING_TEXTS
from icwatch.notices.names import said, shown_target
from icwatch.text import one_line
from icwatch_cli.page.locales import PAGE_LOCALES, PageLocale
from icwatch_cli.page.outages import Outage

MOST_NAMES = 3
"""Targets that are named where there are several; the others are counted."""


_NEEDLESS = re.compile("(?<=[\u4e00-\u9fff）]) (?=[\u4e00-\u9fff])")
"""A blank between two Chinese characters, where a text was put together of others."""


def tidy(text: str) -> str:
    """A text without the blanks that Chinese does not have; between it and Latin letters they stay."""
    return _NEEDLESS.sub("", text)


@dataclass(frozen=True, slots=True)
class Words:
    """A language, and the clock of the reader."""

    language: Language
    zone: timezone = UTC

    @property
    def texts(self) -> PageLocale:
        """The page's own texts."""
        return PAGE_LOCALES[self.language]

    @property
    def notices(self) -> Locale:
        """The texts of notices, whose names of causes, levels and steps the page shares."""
        return LOCALES[self.language]

    def clock(self, at: int, now: int) -> str:
        """`14:32`, with its day where that is not today: `11-26 14:32`."""
        moment, today = self._local(at), self._local(now)
        if moment.date() == today.date():
            return f"{moment:%H:%M}"
        return f"{moment:%m-%d %H:%M}" if moment.year == today.year else f"{moment:%Y-%m-%d %H:%M}"

    def moment(self, at: int) -> str:
        """`2026-11-26 14:32:00`; which clock it is stands in the page's head."""
        return f"{self._local(at):%Y-%m-%d %H:%M:%S}"

    def machine(self, at: int) -> str:
        """The same for programs: `2026-11-26T14:32:00+08:00`."""
        return self._local(at).isoformat()

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone)

    def lasted(self, seconds: int) -> str:
        """`18 min`, `1 h 5 min`; from a minute on without seconds."""
        return spell(seconds // 60 * 60 if seconds >= 60 else seconds, self.texts.units)

    def servers(self, count: int) -> str:
        """`1 IC-Server`, `2 IC-Servers`."""
        return (self.texts.server if count == 1 else self.texts.servers).format(count=f"{count:,}")

    def percent(self, share: float | None) -> str:
        """`99.95`, cut and not rounded, so that 100 means all of it; a dash for none."""
        if share is None:
            return "–"
        return "100" if share >= 1 else f"{int(share * 10_000) / 100:.2f}"

    def times(self, times: tuple[int | None, int | None]) -> str:
        """`8 / 19`, in milliseconds."""
        return " / ".join("–" if each is None else str(each) for each in times)

    def level(self, level: Level) -> str:
        """OCP's name of a level."""
        return self.notices.levels[level]

    def kind(self, kind: str) -> str:
        """What was decided: `raised`."""
        return self.notices.kinds.get(Kind(kind), kind) if kind in {*Kind} else self.texts.kinds.get(kind, kind)

    def cause(self, failure: Failure | None) -> str:
        """Why a probe failed, in short: `connection refused`, `HTTP 500`."""
        if failure is None:
            return ""
        if failure.cause is Cause.HTTP_STATUS and failure.status is not None:
            return f"HTTP {failure.status}"
        return self.notices.causes[failure.cause][0]

    def place(self, name: str) -> str:
        """What a place is called."""
        return one_line(name, 64) if name else self.texts.nowhere

    def rule(self, rule: Rule) -> str:
        """What a rule is called."""
        return one_line(in_language(rule.display_name, self.language))

    def said(self, detail: str) -> str:
        """What a probe or the prober said, on one line."""
        return one_line(said(detail, self.language), 120)

    def item(self, kind: str) -> str:
        """What a kind of item of the inventory is called."""
        return MONITORING_TEXTS[self.language].items.get(kind, kind)

    def group(self, name: str) -> str:
        """What a group is called: `vpc=vpc-2` is `vpc-2`."""
        return self.texts.fleet if name == "all" else shown_target(name, self.notices)

    def names(self, names: Sequence[str]) -> str:
        """The first few targets, and how many more there are."""
        more = len(names) - MOST_NAMES
        text = self.texts.listing.join(names[:MOST_NAMES])
        return self.texts.and_more.format(names=text, more=more) if more > 0 else text

    def some(self, names: Sequence[str]) -> str:
        """The first few of anything, and how many more there are."""
        more = len(names) - MOST_NAMES
        text = self.texts.listing.join(names[:MOST_NAMES])
        return self.texts.some_more.format(names=text, more=more) if more > 0 else text

    def outage(self, outage: Outage, sizes: Mapping[str, int]) -> str:
        """Whom an outage was about: targets, or how many of a place."""
        if outage.group:
            return self.group(outage.targets[0])
        if len(outage.targets) <= MOST_NAMES:
            return self.names(outage.targets)
        whole = sizes.get(outage.place, 0) == len(outage.targets)
        return (self.texts.all_targets if whole else self.texts.some_targets).format(
            servers=self.servers(len(outage.targets))
        )
