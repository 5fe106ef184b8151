"""The one line that says what happened."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from icwatch.model import (
    Kind,
    Language,
    Level,
    RecentNotice,
)
from icwatch.notices.subject import MAX_SUBJECT
from tests.notices.support import AT, RAISED, RULE, texts
from tests.writing import write


@pytest.mark.parametrize("kind", [Kind.REPEATED, Kind.ESCALATED, Kind.EASED])
def test_the_first_that_anybody_is_told_is_that_it_was_raised(kind: Kind) -> None:
    """Whatever was kept back before: who filters repeats out must not hear of the end alone."""
    later = replace(RAISED, kind=kind, at=AT + 900, former_level=Level.ALERT, reports=9)
    first = write(later, RULE)
    assert first.attributes["kind"] == json.loads(first.body)["kind"] == "raised"
    assert first.attributes["level"] == "Critical"
    assert first.id == later.id == first.attributes["notice_id"]
    assert first.subject.startswith("[Critical] ")
    assert "since 2026-11-22 03:00:00 UTC (15m so far)" in first.text


@pytest.mark.parametrize(
    ("before", "kind", "subject"),
    [
        (Level.CRITICAL, Kind.REPEATED, "[Critical for 15m] "),
        (Level.ALERT, Kind.ESCALATED, "[Critical, was Warning] "),
        (Level.DOWN, Kind.EASED, "[Critical, was Stopped] "),
    ],
)
@pytest.mark.parametrize("decided", [Kind.RAISED, Kind.REPEATED, Kind.ESCALATED, Kind.EASED])
def test_what_is_said_is_new_to_who_was_told_before(before: Level, kind: Kind, subject: str, decided: Kind) -> None:
    """However often the level changed while nothing was announced."""
    later = replace(
        RAISED,
        kind=decided,
        at=AT + 900,
        recent_notices=(RecentNotice(AT, Kind.RAISED, before),),
        notified_levels=(before,),
    )
    notice = write(later, RULE)
    assert notice.attributes["kind"] == json.loads(notice.body)["kind"] == kind
    assert notice.subject.startswith(subject)


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    long = replace(RULE, display_name=dict.fromkeys(Language, "忙" * 200))
    notice = write(RAISED, long, Language.ZH_CN)
    assert notice.subject == "[严重] 192.168.0.1 " + "忙" * (MAX_SUBJECT - 18) + "…"
    assert len(notice.sms) == 70
    assert notice.sms.endswith("…")


@pytest.mark.parametrize("before", ["", "x"])
def test_no_cut_goes_through_a_character(before: str) -> None:
    """Also where one takes two units of UTF-16."""
    notice = write(RAISED, replace(RULE, display_name=texts(before + "🚨" * 99)))
    for cut, units, why in ((notice.subject, MAX_SUBJECT, ""), (notice.sms, 70, "connection refused, ")):
        assert cut.startswith(f"[Critical] 192.168.0.1 {why}{before}🚨")
        assert cut.endswith("🚨…")
        assert units - 1 <= len(cut.encode("utf-16-le")) // 2 <= units


def test_a_subject_of_ascii_stays_ascii() -> None:
    """One character beyond it halves what an SMS holds."""
    notice = write(RAISED, replace(RULE, display_name=texts("x" * 200)))
    assert notice.sms == "[Critical] 192.168.0.1 connection refused, " + "x" * (140 - 46) + "..."
    assert len(notice.subject) == MAX_SUBJECT
