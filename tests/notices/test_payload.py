"""The JSON: levels, OCP's event, how long and how often."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from icwatch.model import (
    Kind,
    Language,
    Level,
)
from tests.notices.support import AT, CLEARED, RAISED, RULE, TOLD, crowd_of
from tests.writing import write, write_all


@pytest.mark.large
def test_alarms_are_shortened_before_one_is_left_out() -> None:
    """From the end of the list: the worst, which come first, keep most."""
    bodies = {}
    for count in (12, 24, 48, 192, 1536):
        crowd = crowd_of(count, "忙" * 60, "ic.example.com-", own_labels=True)
        bodies[count] = json.loads(write_all(crowd, RULE).body)
    assert [count for count, body in bodies.items() if body["shortened"]] == [48, 192, 1536]
    assert [count for count, body in bodies.items() if body["omitted"]] == [1536]
    for count, body in bodies.items():
        assert len(body["alarms"]) == count - body["omitted"]
        whole = len(body["alarms"]) - body["shortened"]
        assert all("labels" in alarm for alarm in body["alarms"][:whole])
        assert all("labels" not in alarm for alarm in body["alarms"][whole:])
        assert all(alarm.keys() >= {"id", "transition"} for alarm in body["alarms"])


def test_the_event_is_ocp_s() -> None:
    zone = timezone(timedelta(hours=8))
    labels = {**RAISED.labels, "app_type": "IC"}
    for transition, resolved in ((RAISED, None), (CLEARED, "2026-11-22T11:15:00+08:00")):
        body = json.loads(write(replace(transition, labels=labels), RULE, Language.ZH_CN, zone).body)
        (alarm,) = body["alarms"]
        assert alarm["event"] == {
            "id": f"{RULE.name}:192.168.0.1:{AT}",
            "appType": "IC",
            "alarmType": RULE.name,
            "scope": "Host",
            "level": "Critical",
            "status": "Inactive" if resolved else "Active",
            "target": "192.168.0.1",
            "summary": "192.168.0.1 Inter-Connector 服务端连接失败",
            "description": "192.168.0.1 Inter-Connector 服务端连接失败",
            "activeAt": "2026-11-22T11:00:00+08:00",
            "updatedAt": resolved or "2026-11-22T11:00:00+08:00",
            "resolvedAt": resolved,
            "labels": labels,
        }
        assert body["schema"] == "icwatch.notice/1"


def test_how_long_and_how_often() -> None:
    repeated = replace(
        RAISED, kind=Kind.REPEATED, at=AT + 5460, reports=92, recent_notices=TOLD, notified_levels=(Level.CRITICAL,)
    )
    text = write(repeated, RULE).text
    assert "still fails its health check, since 2026-11-22 03:00:00 UTC (1h 31m so far)" in text
    assert "This is notice number 92." in text
    assert "LAST NOTICES OF THIS ALARM:\n2026-11-22 03:00:00 UTC  raised  Critical: connection refused\n" in text
