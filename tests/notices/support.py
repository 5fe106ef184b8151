"""Transitions, rules and words that the tests of notices share."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from icwatch.model import (
    Cause,
    Failure,
    Kind,
    Language,
    Level,
    RecentNotice,
    Transition,
)
from icwatch.notices.placeholders import VARIABLES
from icwatch.notices.sanitize import MAX_VALUE
from icwatch.text import MAX_LINE
from icwatch_cli.fleet import builtin, parse_rule

AT = 1_795_316_400

RULE = parse_rule(builtin.RULE)

RAISED = Transition(
    rule=RULE.name,
    target="192.168.0.1",
    kind=Kind.RAISED,
    at=AT,
    raised_at=AT,
    began_at=AT,
    since=AT,
    level=Level.CRITICAL,
    value=0,
    reason="value 0 == 0 (connection_refused), held 0s of 0s",
    failure=Failure(Cause.CONNECTION_REFUSED, "Connection refused"),
    labels={"vpc": "vpc-1", "region": "cn-shanghai"},
)

TOLD = (RecentNotice(AT, Kind.RAISED, Level.CRITICAL, Cause.CONNECTION_REFUSED),)

CLEARED = replace(RAISED, kind=Kind.CLEARED, at=AT + 900, since=AT + 600, value=1, reports=3, recent_notices=TOLD)

SEVERAL = 6

levels = st.sampled_from(Level)

printable = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
"""What `check` lets into a fleet."""

line = st.text(printable, min_size=1, max_size=256)

anything = st.text(st.characters(exclude_categories=[]), max_size=60) | st.just("\ud800\n\U000e0001 " * 99)
"""Also what it would not: control characters, lone surrogates."""

label_names = st.from_regex(r"\A[a-z_][a-z0-9_]{0,63}\Z").filter(lambda name: name not in VARIABLES)

labels = st.dictionaries(label_names, line, max_size=20)


def texts(text: str) -> dict[str, str]:
    return dict.fromkeys(map(str, Language), text)


def is_printable(text: str) -> bool:
    """Whether a person sees all of a text; the wide space of Chinese is such."""
    return text.replace("\u3000", "").isprintable()


def crowd_of(count: int, value: str, target: str, *, own_labels: bool) -> list[Transition]:
    return [
        replace(
            RAISED,
            target=f"{target}{number:03}",
            labels={
                f"label_{name:02}": f"{number:03}{value}"[:MAX_VALUE] if own_labels else value for name in range(20)
            },
            failure=Failure(Cause.CONNECT_TIMEOUT, value[:MAX_LINE]),
        )
        for number in range(count)
    ]
