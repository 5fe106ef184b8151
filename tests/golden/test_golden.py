"""What a person reads, kept as files: `ICWATCH_WRITE_GOLDEN=1 pytest tests/golden` writes them anew.

Read a changed file as somebody would at three in the morning before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.model import Cause, Failure, Kind, Language, Level, Transition
from icwatch.notice import Notice, write_notice

HERE = Path(__file__).parent
WRITE = os.environ.get("ICWATCH_WRITE_GOLDEN") == "1"

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
    labels={"vpc": "vpc-1", "region": "cn-shanghai", "ocp_address": "10.0.0.2"},
)
SLOW = parse_rule(
    {
        "name": "ic_server_slow",
        "expression": "max(ic_server_probe_seconds) by (target)",
        "comparator": ">",
        "levels": [{"level": "Critical", "threshold": 2}, {"level": "Alert", "threshold": 0.5}],
        "display_name": {"zh-CN": "IC-Server 响应缓慢", "en-US": "IC-Server answers slowly"},
    }
)
SLOWER = replace(
    RAISED,
    rule=SLOW.name,
    kind=Kind.ESCALATED,
    at=AT + 600,
    level=Level.CRITICAL,
    former_level=Level.ALERT,
    value=Decimal("2.104"),
    reason="value 2.104 > 2, level Critical, level Alert before",
    reports=3,
    told_levels=(Level.ALERT,),
    failure=None,
)
VPC = parse_rule(
    {
        "name": "vpc_connect_failed",
        "expression": "max(ic_server_health{@LABELS}) by (@GBLABELS)",
        "group_by": ["vpc"],
        "threshold": 0,
        "level": "Down",
        "display_name": {
            "zh-CN": "VPC 内所有 IC-Server 连接失败",
            "en-US": "every IC-Server of the VPC is unreachable",
        },
        "runbook": {
            "zh-CN": ["检查 OCP 与 ${vpc} 之间的网络。", "逐台登录 ${vpc} 的 IC-Server 主机检查进程。"],
            "en-US": ["Check the path between OCP and ${vpc}.", "Log in to the IC-Server hosts of ${vpc} one by one."],
        },
    }
)
VPC_RAISED = replace(
    RAISED,
    rule=VPC.name,
    target="vpc=vpc-1",
    level=Level.DOWN,
    reason="value 0 == 0 (connect_timeout), held 0s of 0s",
    failure=Failure(Cause.CONNECT_TIMEOUT, "12 of 12 targets"),
    labels={"vpc": "vpc-1", "region": "cn-shanghai"},
)
TRANSITIONS = {
    "raised": RAISED,
    "repeated": replace(
        RAISED,
        kind=Kind.REPEATED,
        at=AT + 5460,
        reports=92,
        told_levels=(Level.CRITICAL,),
        failure=Failure(Cause.HTTP_STATUS, "HTTP 503 'starting up'", 503),
    ),
    "cleared": replace(
        RAISED,
        kind=Kind.CLEARED,
        at=AT + 5760,
        since=AT + 5460,
        value=1,
        reason="good samples held 300s of 300s",
        reports=91,
    ),
    "closed": replace(RAISED, kind=Kind.CLOSED, at=AT + 600, reason="target_removed", reports=10),
    "escalated": SLOWER,
    "eased": replace(
        SLOWER,
        kind=Kind.EASED,
        at=AT + 660,
        level=Level.ALERT,
        former_level=Level.CRITICAL,
        value=Decimal("0.71"),
        reports=4,
    ),
    "group-raised": VPC_RAISED,
    "group-cleared": replace(VPC_RAISED, kind=Kind.CLEARED, at=AT + 900, since=AT + 600, value=1, reports=11),
}
RULES = {rule.name: rule for rule in (RULE, SLOW, VPC)}


def show(notice: Notice) -> str:
    """A notice as one readable text."""
    attributes = [f"    {name}: {value}" for name, value in notice.attributes.items()]
    parts = ["Subject:", f"    {notice.subject}", "SMS:", f"    {notice.sms}", "Attributes:", *attributes, "Text:"]
    return "\n".join([*parts, "", notice.text])


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_notice_reads_as_it_did(name: str, language: Language) -> None:
    golden = HERE / f"{name}.{language}.txt"
    text = show(write_notice(TRANSITIONS[name], RULES[TRANSITIONS[name].rule], language))
    if WRITE:
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


def test_every_kind_has_its_file_and_no_file_is_left_over() -> None:
    assert {transition.kind for transition in TRANSITIONS.values()} == set(Kind)
    expected = {f"{name}.{language}.txt" for name in TRANSITIONS for language in Language}
    assert {path.name for path in HERE.glob("*.txt")} == expected
