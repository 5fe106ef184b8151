"""The JSON Schema of messages about the monitoring itself takes whatever is published, and no less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from icwatch.delivery import idempotency
from icwatch.model import UNREADABLE, UNSEEN, Decision, Language, MonitoringReport
from icwatch.notices import Style
from icwatch_cli.main import main
from icwatch_cli.schemas.notice import monitoring_schema
from tests.cli.schemas.test_fleet import validator_of
from tests.golden.samples import MONITORING

ROOT = Path(__file__).parents[3]
VALIDATOR = validator_of(monitoring_schema())
HOSTILE = MonitoringReport(UNREADABLE, "x" * 1_000 + "\n\x00", 1, "<@here>\u202e" * 1_000)
MANY = tuple(MonitoringReport(UNSEEN, f"10.0.0.{number}", 1, "值" * 300) for number in range(200))


def documents(decision: Decision) -> Iterator[Any]:
    """The JSON that is sent of it, in every language."""
    for language in Language:
        (message,) = idempotency.messages_of(decision)
        yield json.loads(idempotency.notice_of(replace(decision, language=language), message, Style(language)).body)


def test_the_shipped_schema_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--monitoring"]) == 0
    printed = capsys.readouterr().out
    assert (ROOT / "docs/monitoring.schema.json").read_text(encoding="utf-8") == printed
    assert json.loads(printed) == monitoring_schema()


@pytest.mark.parametrize("name", MONITORING)
def test_every_message_fits(name: str) -> None:
    for document in documents(MONITORING[name]):
        VALIDATOR.validate(document)


@pytest.mark.parametrize("reports", [(HOSTILE,), MANY, (replace(HOSTILE, ended="readable"),)], ids=len)
def test_hostile_and_many_ones_fit(reports: tuple[MonitoringReport, ...]) -> None:
    for document in documents(Decision("shard-0001", 60, (), {}, monitoring=reports)):
        VALIDATOR.validate(document)
        assert len(document["reports"]) + document["omitted"] == len(reports)


def test_a_field_that_is_gone_or_of_another_type_is_refused() -> None:
    for document in documents(next(iter(MONITORING.values()))):
        for name in document:
            assert not VALIDATOR.is_valid({key: value for key, value in document.items() if key != name}), name
            assert not VALIDATOR.is_valid({**document, name: 1.5}), name
        (report, *_) = document["reports"]
        for name in report:
            lacking = {key: value for key, value in report.items() if key != name}
            assert not VALIDATOR.is_valid({**document, "reports": [lacking]}), name
            assert not VALIDATOR.is_valid({**document, "reports": [{**report, name: 1.5}]}), name
