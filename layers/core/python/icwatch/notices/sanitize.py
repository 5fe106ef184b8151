"""An announcement without anything that could do harm in a notice: bounded, printable, each text on one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from icwatch.announcements.grouping import Announcement
from icwatch.model import Failure, Share, Transition
from icwatch.text import one_line

MAX_VALUE = 256
"""Characters of a label or a name: as many as a fleet file takes."""

MAX_TARGET = 1024
"""Characters of a target. A group by three labels may be called by all that a fleet file takes of them."""

MAX_LABELS = 20
"""Labels of an alarm that are shown: as many as a fleet file takes."""


def clean(announcement: Announcement) -> Announcement:
    """The same announcement, made of what check lets into a fleet and of what a probe lets in from a server.

    Both have been refused or bounded before, where they came in. Here nothing relies on that.
    """
    rule = announcement.rule
    return replace(
        announcement,
        transitions=tuple(_transition(each) for each in announcement.transitions),
        rule=replace(
            rule,
            expression=_line(rule.expression),
            display_name={language: _line(text) for language, text in rule.display_name.items()},
        ),
        shard=_line(announcement.shard),
        source=_line(announcement.source),
        route={name: tuple(map(_line, values)) for name, values in announcement.route.items()},
        shares=tuple(_share(share) for share in announcement.shares),
    )


def _transition(transition: Transition) -> Transition:
    failure = transition.failure
    routed = transition.routed_labels
    return replace(
        transition,
        target=one_line(transition.target, MAX_TARGET) if transition.target.strip() else "-",
        reason=_line(transition.reason),
        failure=None if failure is None else Failure(failure.cause, one_line(failure.detail), failure.status),
        labels=_labels(transition.labels),
        routed_labels=None if routed is None else _labels(routed),
    )


def _share(share: Share) -> Share:
    return replace(share, label=_line(share.label), value=_line(share.value))


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {_line(name): _line(value) for name, value in sorted(labels.items())[:MAX_LABELS]}


def _line(text: str) -> str:
    return one_line(text, MAX_VALUE)
