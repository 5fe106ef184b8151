"""The lines of `icwatch redrive`, in one language: each begins with what becomes of something."""

from __future__ import annotations

from icwatch_cli.terminal.columns import GAP, pad
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.locales.stack_shape import RedriveWords
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import ENGLISH, Speech

LABEL_WIDTH = len("would publish")


class Lines:
    """Says what becomes of messages, above a line of progress."""

    def __init__(self, progress: Progress, speech: Speech = ENGLISH) -> None:
        self.progress, self.speech = progress, speech

    @property
    def texts(self) -> RedriveWords:
        """The words for it."""
        return self.speech.texts.stacks.redrive

    def say(self, label: str, text: str) -> None:
        """Say a line that begins with a label."""
        self.progress.line(f"{pad(self.texts.labels[label], LABEL_WIDTH)}{GAP}{text}")

    def why(self, label: str, name: str, reason: str) -> None:
        """Say it of what is called so, with the reason."""
        self.say(label, self.texts.named.format(name=name, reason=self.spoken(reason)))

    def message_stays(self, message_id: str, reason: str) -> None:
        """Say that a message stays in its queue."""
        self.why("stays", self.texts.message.format(id=message_id), reason)

    def spoken(self, text: str) -> str:
        """A name or a reason that is written in English."""
        return spoken(text, self.speech.language)
