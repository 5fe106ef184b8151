"""The text of a mail, of one alarm and of several."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

import icwatch.notices.email
from icwatch.model import (
    Cause,
    Failure,
    Kind,
    Language,
    Level,
    Share,
)
from icwatch.notices import Style, write_notice
from icwatch.notices.email import MAX_TEXT
from icwatch.notices.locales import LOCALES
from icwatch.notices.variables import MAX_TEMPLATED
from icwatch_cli.fleet import parse_rule
from icwatch_cli.fleet.texts import MAX_STEPS
from tests.notices.support import AT, CLEARED, RAISED, RULE, TOLD, crowd_of, texts
from tests.writing import announce, write, write_all

SLOW = parse_rule(
    {
        "name": "ic_server_slow",
        "expression": "max(ic_server_probe_seconds) by (target)",
        "comparator": ">",
        "threshold": 0.5,
        "level": "Alert",
        "display_name": {"en-US": "IC-Server answers slowly"},
        "runbook": {"en-US": ["See ${vpc}.\nThen see it again.", "Call."]},
    }
)


def test_a_text_that_is_too_long_ends_at_a_line_with_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = crowd_of(300, "x", "a" * 249, own_labels=False)
    cut = write_all(crowd, RULE, Language.ZH_CN).text
    monkeypatch.setattr(icwatch.notices.email, "MAX_TEXT", 10**9)
    whole = write_all(crowd, RULE, Language.ZH_CN).text
    mark = f"{LOCALES[Language.ZH_CN].cut}\n"
    assert cut.endswith(f"\n{mark}")
    kept = cut.removesuffix(mark)
    assert whole.startswith(kept)
    assert kept.endswith("\n")
    assert MAX_TEXT - 400 < len(cut.encode()) <= MAX_TEXT
    assert mark not in whole


def test_templates_and_steps_are_bounded() -> None:
    """A label may be long, and a template may name it often."""
    rule = replace(
        RULE,
        summary=texts("${vpc}" * 100),
        description=texts("${region}" * 100),
        runbook={"en-US": ("${vpc}" * 40,) * MAX_STEPS},
    )
    notice = write(replace(RAISED, labels={"vpc": "v" * 256, "region": "r" * 256}), rule)
    lines = notice.text.splitlines()
    assert [len(lines[0]), len(lines[1])] == [MAX_TEMPLATED, MAX_TEMPLATED]
    assert lines[0].endswith("v...")
    steps = lines[lines.index("STEPS OF THIS RULE:") + 1 : lines.index("WHAT TO DO:") - 1]
    assert len("\n".join(steps)) == MAX_TEMPLATED
    assert steps[-1].endswith("...")


def test_a_template_that_says_nothing_leaves_no_gap() -> None:
    empty = replace(RULE, summary=texts(""), description=texts("${service}"))
    assert write(RAISED, empty).text.startswith("IC-Server 192.168.0.1 has failed")
    assert "\n\n\n" not in write(CLEARED, empty).text


def test_a_cleared_notice_says_how_long_it_lasted_and_what_was_seen() -> None:
    text = write(CLEARED, RULE).text
    assert text.startswith("IC-Server 192.168.0.1 has recovered: its health check has been good since ")
    assert "began at 2026-11-22 03:00:00 UTC and lasted 10m." in text
    assert "Value: 1 (the alarm condition == 0 is over)" in text
    assert "WHAT TO DO" not in text


def test_a_closed_notice_does_not_say_that_the_trouble_is_over() -> None:
    text = write(replace(CLEARED, kind=Kind.CLOSED, value=0, reason="rule_disabled"), RULE).text
    assert "was closed: the alarm rule was disabled." in text
    assert "closing does not mean that the IC-Server has recovered" in text
    assert "Value: 0 (alarm condition: == 0)" in text
    assert "is over" not in text


def test_a_rule_that_is_gone_is_written_under_its_name() -> None:
    closed = replace(CLEARED, rule="gone", kind=Kind.CLOSED, reason="rule_removed", failure=None)
    notice = write_notice(announce([closed], RULE)[0], Style(Language.EN_US))
    assert notice.subject == "[Closed] 192.168.0.1 gone"
    assert "\n192.168.0.1 gone\n" in notice.text
    assert "Value" not in notice.text
    assert "Expression" not in notice.text


def test_several_are_told_together() -> None:
    refused = [replace(RAISED, target=f"192.168.0.{number}") for number in range(1, 5)]
    busy = [
        replace(RAISED, target=f"192.168.0.{number}", failure=Failure(Cause.HTTP_STATUS, "503", 503))
        for number in range(5, 7)
    ]
    shares = (Share(RULE.name, 7, 20), Share(RULE.name, 6, 9, "vpc", "vpc-1"))
    notice = write_all([*busy, *refused], RULE, shares=shares)
    assert notice.subject == (
        "[Critical] 6 of 9 IC-Servers in vpc-1: Inter-Connector server connection failed: connection refused"
    )
    lines = notice.text.splitlines()
    assert lines[0] == "6 of 9 IC-Servers in vpc-1: Inter-Connector server connection failed"
    assert "7 of the 20 IC-Servers of shard-0001 are in alarm now." in lines
    assert "Labels in common: region=cn-shanghai, vpc=vpc-1" in lines
    assert [line.split(":")[0] for line in lines if line.startswith("Cause")] == ["Cause of 4", "Cause of 2"]
    listed = lines[lines.index("The 6 IC-Servers:") + 1 :][:6]
    assert [line.split()[0] for line in listed] == [each.target for each in (*busy, *refused)]
    assert "suspect" not in notice.text
    assert json.loads(notice.body)["first_step"] == "process"


def test_where_all_fail_on_the_way_the_path_is_suspected() -> None:
    crowd = [
        replace(RAISED, target=f"192.168.0.{number}", failure=Failure(Cause.CONNECT_TIMEOUT)) for number in range(1, 7)
    ]
    vpc = Share(RULE.name, 6, 6, "vpc", "vpc-1", elsewhere=4, path=True)
    other = Share(RULE.name, 9, 9, "vpc", "vpc-8", path=True)
    region = Share(RULE.name, 6, 8, "region", "cn-shanghai")
    whole = Share(RULE.name, 6, 6, path=True)
    notice = write_all(crowd, RULE, shares=(whole, vpc, other, region))
    lines = notice.text.splitlines()
    suspect = [number for number, line in enumerate(lines) if "suspect" in line]
    assert lines[suspect[0]] == (
        "6 of 6 IC-Servers in vpc-1 (this is about shard-0001; 4 more are in other shards): suspect the path between "
        "OCP and vpc-1. All of them fail in a way that the network explains."
    )
    assert lines[suspect[1]].startswith("6 of 6 IC-Servers of shard-0001: suspect the network that they are probed")
    assert len(suspect) == 2, "of vpc-8 its own notice tells"
    assert suspect[0] == 2, "before anything else"
    assert json.loads(notice.body)["first_step"] == "network"
    assert lines[lines.index("Start here:") + 1].startswith("1. Check the network")
    over = write_all(
        [replace(each, kind=Kind.CLEARED, value=1, recent_notices=TOLD) for each in crowd],
        RULE,
        shares=(whole, vpc, region),
    )
    assert "suspect" not in over.text


def test_several_of_another_rule_say_what_each_measured() -> None:
    slow = [
        replace(
            RAISED,
            rule=SLOW.name,
            target=f"192.168.0.{number}",
            level=Level.ALERT,
            value=Decimal(number),
            failure=None,
            at=AT + 90 * number,
        )
        for number in range(1, 7)
    ]
    notice = write_all(slow, SLOW)
    assert notice.subject == "[Warning] 6 IC-Servers in vpc-1: IC-Server answers slowly: > 0.5 s"
    assert "Alarm condition: > 0.5 s\n" in notice.text
    assert "\n192.168.0.1  1 s  for 1m 30s\n" in notice.text
    card = json.loads(notice.messages["https"])
    assert card["content"]["nextSteps"] == ["See vpc-1. Then see it again.", "Call."]
    assert "1. See vpc-1.\n   Then see it again.\n2. Call.\n" in notice.text
