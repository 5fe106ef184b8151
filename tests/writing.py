"""Notices of single transitions and of storms, written as the notifier writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timezone

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.model import Decision, HttpsForm, Language, Rule, Share, Transition
from icwatch.notices import Notice, Style, write_notice

SHARD = "shard-0001"


def announce(
    transitions: Sequence[Transition],
    rule: Rule,
    *,
    route_by: tuple[str, ...] = (),
    shares: tuple[Share, ...] = (),
    source: str = "icwatch (cn-shanghai)",
    shard: str = SHARD,
) -> list[Announcement]:
    """What the decision of a sweep with these transitions of one rule announces."""
    at = transitions[0].at
    decision = Decision(
        shard, at, tuple(transitions), {rule.name: rule}, source=source, route_by=route_by, shares=shares
    )
    return announcements_of(decision)


def write(
    transition: Transition, rule: Rule, language: Language = Language.EN_US, zone: timezone = UTC, **more: object
) -> Notice:
    """The notice of one transition; `more` is what a decision has beside it, such as `route_by`."""
    return write_all([transition], rule, language, zone, **more)


def write_all(
    transitions: Sequence[Transition],
    rule: Rule,
    language: Language = Language.EN_US,
    zone: timezone = UTC,
    **more: object,
) -> Notice:
    """The one notice of these transitions, with a card for https."""
    (announcement,) = announce(transitions, rule, **more)  # type: ignore[arg-type]
    return write_notice(announcement, Style(language, zone, HttpsForm.CHATBOT))
