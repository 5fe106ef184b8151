"""What functions read from their environment."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from icwatch.errors import SettingsError
from icwatch.model import HttpsForm, Language
from icwatch.settings import EvaluatorSettings, NotifierSettings, ProberSettings

PROBER = {
    "INVENTORY_TABLE": "inventory",
    "SAMPLES_TABLE": "samples",
    "ALARMS_TABLE": "alarms",
    "SAMPLES_DAYS": "7",
    "PROBED_FROM": "rack 7",
}
NOTIFIER = {
    "RECEIPTS_TABLE": "r",
    "ALARM_TOPIC_ARN": "arn:aws:sns:::t",
    "OPERATIONS_TOPIC_ARN": "arn:aws:sns:::o",
    "FAILURES_QUEUE_URL": "q",
    "LANGUAGE": "zh-CN",
    "UTC_OFFSET": "+08:00",
    "HTTPS_FORM": "chatbot",
}


def test_fields_are_variables() -> None:
    assert ProberSettings.from_env({**PROBER, "OTHER": "x"}) == ProberSettings(
        "inventory", "samples", "alarms", 7, "rack 7"
    )
    assert EvaluatorSettings.from_env(
        {
            "INVENTORY_TABLE": " i ",
            "ALARMS_TABLE": "a",
            "TRANSITIONS_TABLE": "t",
            "TRANSITIONS_DAYS": "90",
            "FAILURES_QUEUE_URL": "q",
            "SAMPLES_TABLE": "s",
            "TOTALS_TABLE": "h",
        }
    ) == EvaluatorSettings("i", "a", "t", 90, "q", "s", "h")
    assert NotifierSettings.from_env(NOTIFIER) == NotifierSettings(
        "r", "arn:aws:sns:::t", "arn:aws:sns:::o", "q", Language.ZH_CN, timezone(timedelta(hours=8)), HttpsForm.CHATBOT
    )


def test_the_environment_is_the_process_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PROBER.items():
        monkeypatch.setenv(name, value)
    assert ProberSettings.from_env().samples_table == "samples"


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        ProberSettings.from_env({"SAMPLES_TABLE": "samples", "ALARMS_TABLE": "  "})
    mend = "set it in the function's environment (template.yaml does)"
    assert str(raised.value).splitlines() == [
        f"INVENTORY_TABLE is missing; {mend}",
        f"ALARMS_TABLE is missing; {mend}",
        f"SAMPLES_DAYS is missing; {mend}",
        f"PROBED_FROM is missing; {mend}",
    ]


@pytest.mark.parametrize(("text", "allowed"), [(None, False), ("", False), ("false", False), ("true", True)])
def test_loopback_is_allowed_only_where_that_is_said(text: str | None, allowed: bool) -> None:
    environment = PROBER if text is None else {**PROBER, "ALLOW_LOOPBACK": text}
    assert ProberSettings.from_env(environment).allow_loopback is allowed


@pytest.mark.parametrize("text", ["1", "yes", "True"])
def test_what_is_neither_true_nor_false(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        ProberSettings.from_env({**PROBER, "ALLOW_LOOPBACK": text})
    assert str(raised.value) == f"ALLOW_LOOPBACK={text!r} cannot be used; write true or false"


@pytest.mark.parametrize("days", ["0", "-1", "week", "1.5"])
def test_days_that_cannot_be_used(days: str) -> None:
    with pytest.raises(SettingsError) as raised:
        ProberSettings.from_env({**PROBER, "SAMPLES_DAYS": days})
    assert str(raised.value) == f"SAMPLES_DAYS='{days}' cannot be used; write a whole number of 1 or more"


@pytest.mark.parametrize("language", Language)
def test_every_language_can_be_set(language: Language) -> None:
    assert NotifierSettings.from_env({**NOTIFIER, "LANGUAGE": str(language)}).language is language


def test_a_language_that_is_not_known() -> None:
    with pytest.raises(SettingsError) as raised:
        NotifierSettings.from_env({**NOTIFIER, "LANGUAGE": "zh"})
    assert str(raised.value) == "LANGUAGE='zh' cannot be used; write one of zh-CN, en-US, zh-TW"


def test_a_form_that_is_not_known() -> None:
    with pytest.raises(SettingsError) as raised:
        NotifierSettings.from_env({**NOTIFIER, "HTTPS_FORM": "slack"})
    assert str(raised.value) == "HTTPS_FORM='slack' cannot be used; write one of json, chatbot"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("+00:00", UTC),
        ("-00:00", UTC),
        ("+05:30", timezone(timedelta(hours=5, minutes=30))),
        ("-03:30", timezone(-timedelta(hours=3, minutes=30))),
    ],
)
def test_offsets(text: str, zone: timezone) -> None:
    assert NotifierSettings.from_env({**NOTIFIER, "UTC_OFFSET": text}).utc_offset == zone


@pytest.mark.parametrize("text", ["8", "+8:00", "08:00", "+15:00", "+08:60", "Asia/Shanghai", "+٠٨:٠٠"])
def test_an_offset_that_is_none(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        NotifierSettings.from_env({**NOTIFIER, "UTC_OFFSET": text})
    assert str(raised.value) == f"UTC_OFFSET={text!r} cannot be used; write hours and minutes, such as +08:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("", None),
        ("Mon 10:00 +00:00", timedelta(hours=10)),
        ("Mon 06:00 +08:00", timedelta(hours=-2)),
        ("Sun 23:59 -05:30", timedelta(days=7, hours=5, minutes=29)),
    ],
)
def test_when_a_drill_begins_each_week(text: str | None, moment: timedelta | None) -> None:
    environment = PROBER if text is None else {**PROBER, "DRILL_TIME": text}
    assert ProberSettings.from_env(environment).drill_time == moment


@pytest.mark.parametrize("text", ["weekly", "Mon", "mon 10:00 +08:00", "Mon 24:00 +08:00", "Mon 10:00 8"])
def test_a_week_s_moment_that_is_none(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        ProberSettings.from_env({**PROBER, "DRILL_TIME": text})
    assert str(raised.value) == (
        f"DRILL_TIME={text!r} cannot be used; write a day, a time and its offset from UTC, such as Mon 10:00 +08:00"
    )
