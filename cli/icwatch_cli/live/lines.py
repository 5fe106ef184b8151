"""The plain lines of `icwatch run`, in the words of one language. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from icwatch.model import Failure, Inventory, Language
from icwatch.notices.names import said
from icwatch_cli.live.line_texts import LINE_TEXTS, LineTexts
from icwatch_cli.live.state import Change
from icwatch_cli.live.texts import VIEW_TEXTS
from icwatch_cli.local.watcher import Received
from icwatch_cli.page.words import tidy
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.speech import Speech, counted

MONITORING = "monitoring"
"""The kind of a message to operations."""


@dataclass(frozen=True, slots=True)
class LineWords:
    """A language of lines. In English, causes and kinds are called as notices for programs call them."""

    language: Language = Language.EN_US

    @property
    def texts(self) -> LineTexts:
        """The texts of the lines."""
        return LINE_TEXTS[self.language]

    @property
    def _speech(self) -> Speech:
        return Speech(self.language)

    def starting(self, step: str) -> str:
        """What is being started."""
        return tidy(self.texts.starting.format(step=VIEW_TEXTS[self.language].steps.get(step, step)))

    def became(self, change: Change) -> str:
        """What became of a target."""
        if isinstance(change, Failure):
            cause, detail = self._speech.cause(change), said(change.detail, self.language)
            more = "" if detail == cause else self.texts.detail.format(detail=detail)
            return self.texts.failing.format(cause=cause, detail=more)
        return self.texts.healthy if change is None else self.texts.unseen.format(why=said(change, self.language))

    def changed(self, target: str, change: Change) -> str:
        """The same, of the target that is named."""
        return self.texts.target.format(target=target, what=self.became(change))

    def watched(self, name: str, inventory: Inventory) -> str:
        """What is watched, by which name, and how often."""
        targets = counted(len(inventory.targets), self.texts.targets)
        every = self._speech.spell(inventory.every)
        return tidy(self.texts.watching.format(name=name, targets=targets, every=every))

    def notice(self, received: Received) -> str:
        """That a notice came."""
        kind = str(received.attributes.get("kind"))
        called = self.texts.monitoring if kind == MONITORING else self._speech.kind(kind)
        return self.texts.notice.format(kind=called, subject=received.subject)

    def trouble(self, text: str) -> str:
        """What went wrong while all else goes on."""
        return self.texts.trouble.format(text=spoken(text, self.language))

    def ended(self, error: Exception) -> str:
        """Why the run is over."""
        return self.texts.ended.format(why=spoken(str(error), self.language))
