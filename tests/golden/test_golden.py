"""What a person reads, kept as files: `ICWATCH_WRITE_GOLDEN=1 pytest tests/golden` writes them anew.

Read a changed file as somebody would at three in the morning before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.model import Cause, Failure, Kind, Language, Transition
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
    value=0,
    reason="value 0 == 0 (connection_refused), held 0s of 0s",
    failure=Failure(Cause.CONNECTION_REFUSED, "Connection refused"),
    labels={"vpc": "vpc-1", "region": "cn-shanghai", "ocp_address": "10.0.0.2"},
)
TRANSITIONS = {
    "raised": RAISED,
    "repeated": replace(
        RAISED,
        kind=Kind.REPEATED,
        at=AT + 5460,
        reports=92,
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
}


def show(notice: Notice) -> str:
    """A notice as one readable text."""
    attributes = [f"    {name}: {value}" for name, value in notice.attributes.items()]
    parts = ["Subject:", f"    {notice.subject}", "SMS:", f"    {notice.sms}", "Attributes:", *attributes, "Text:"]
    return "\n".join([*parts, "", notice.text])


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_notice_reads_as_it_did(name: str, language: Language) -> None:
    golden = HERE / f"{name}.{language}.txt"
    text = show(write_notice(TRANSITIONS[name], RULE, language))
    if WRITE:
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


def test_every_kind_has_its_file_and_no_file_is_left_over() -> None:
    assert TRANSITIONS.keys() == set(Kind)
    expected = {f"{kind}.{language}.txt" for kind in Kind for language in Language}
    assert {path.name for path in HERE.glob("*.txt")} == expected
