"""Who is notified of what happens in the local cloud, and the notices as they come. Without AWS's library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from icwatch.model import Sweep

LINE = ("kind", "rule", "target", "at", "level", "status")
"""What a line of `icwatch run --json` takes from a notice's JSON as it is."""


@dataclass(frozen=True, slots=True)
class Received:
    """A notice as a subscriber gets it. An attribute is a text, or a list of texts where it has several values."""

    subject: str
    body: Mapping[str, Any]
    attributes: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What a person reads."""
        return str(self.body.get("text", ""))

    def as_json(self) -> dict[str, Any]:
        """The documented form of a line of `icwatch run --json`."""
        known = {name: self.body.get(name) for name in LINE}
        if "reports" in self.body:  # on the monitoring itself
            known["reports"] = self.body["reports"]
        return {**known, "subject": self.subject, "message": self.text, "attributes": dict(self.attributes)}


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is notified of what happens: sweeps as they enter the stream, notices as they reach a subscriber, troubles.

    Each is called from a thread of the cloud's, and what it raises ends nothing. `step` is told by a word what of the
    cloud is being started, by whoever starts it: backend, stack, restore, functions, fleet.
    """

    sweep: Callable[[Sweep], object]
    notice: Callable[[Received], object]
    trouble: Callable[[str], object]
    step: Callable[[str], object] = lambda step: None
