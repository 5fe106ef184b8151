"""What happened, as pages list it: what was decided of alarms, who took them, what monitoring reported. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from icwatch.model import ENDS, Failure, Level, Number
from icwatch.text import natural
from icwatch_cli.deployed.events import Event
from icwatch_cli.page.outages import place_of


@dataclass(frozen=True, slots=True)
class Happening:
    """One row. `lasted` is how long the outage had lasted by then, `told` whether a notice of it went out.

    `silenced` and `inhibited_by` are why none did; `note` is what somebody wrote, or what monitoring gave as a reason.
    """

    at: int
    kind: str
    target: str
    rule: str
    place: str = ""
    level: Level | None = None
    failure: Failure | None = None
    value: Number | None = None
    lasted: int = 0
    told: bool = False
    silenced: bool = False
    inhibited_by: str = ""
    stage: int = 0
    by: str = ""
    note: str = ""


def happening_of(event: Event) -> Happening:
    """An event as a row."""
    if event.acknowledgement is not None:
        known = event.acknowledgement
        return Happening(event.at, event.kind, event.target, event.rule, by=known.by, note=known.comment, told=True)
    if event.report is not None:
        lasted = event.at - event.report.since
        return Happening(event.at, event.kind, event.target, "", lasted=lasted, note=event.report.reason, told=True)
    transition = event.transition
    assert transition is not None
    return Happening(
        at=event.at,
        kind=event.kind,
        target=event.target,
        rule=event.rule,
        place=place_of(transition.labels),
        level=transition.level,
        failure=None if transition.kind in ENDS else transition.failure,
        value=transition.value,
        lasted=transition.lasted,
        told=transition.announce,
        silenced=transition.silenced,
        inhibited_by=transition.inhibited_by,
        stage=transition.stage,
    )


SPANS = (1, 7, 30, 90)
"""Days that the history can be asked for."""

DEFAULT_DAYS = 7

MOST_ROWS = 300
"""Rows of one page of history."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the history is asked for: the last `days`, a kind, a rule, and a piece of the name of a target or place.

    With `told`, only what somebody was notified of, or did.
    """

    days: int = DEFAULT_DAYS
    kind: str = ""
    rule: str = ""
    text: str = ""
    told: bool = True

    def takes(self, row: Happening) -> bool:
        """Whether a row is what was asked for."""
        if (self.told and not row.told) or self.kind not in ("", row.kind) or self.rule not in ("", row.rule):
            return False
        return not self.text or self.text in row.target or self.text in row.place


def filtered(rows: Iterable[Happening], wanted: Filter) -> list[Happening]:
    """Those that are asked for, newest first."""
    return sorted((row for row in rows if wanted.takes(row)), key=lambda row: (-row.at, row.rule, natural(row.target)))
