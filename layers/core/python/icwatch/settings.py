"""What the functions read from their environment: one frozen dataclass a function, whose fields are variables.

A field `samples_table` is the variable `SAMPLES_TABLE`; one with a default need not be set. Everything missing or wrong
is named at once.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any, Self, get_type_hints

from icwatch.errors import SettingsError
from icwatch.model import HttpsForm, Language


@dataclass(frozen=True, slots=True)
class _Settings:
    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read every field. Raises SettingsError, which names what is missing and what is wrong."""
        problems: list[str] = []
        values: dict[str, Any] = {}
        types = get_type_hints(cls)
        for field in dataclasses.fields(cls):
            reader, expected = _READERS[types[field.name]]
            name = field.name.upper()
            text = environment.get(name, "").strip()
            if not text and field.default is not dataclasses.MISSING:
                continue
            if not text:
                problems.append(f"{name} is missing; set it in the function's environment (template.yaml does)")
                continue
            try:
                values[field.name] = reader(text)
            except (ValueError, KeyError):
                problems.append(f"{name}={text!r} cannot be used; {expected}")
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class ProberSettings(_Settings):
    """Tables, how many days a sweep is kept, and what notices call the place that is probed from.

    `allow_loopback` lets targets be on the prober's own machine. The local cloud sets it; in a deployed function the
    loopback interface has Lambda's runtime interface, so that nothing but a missing variable is right there.
    `drill_time` is when a drill begins by itself each week, counted from Monday 0:00 UTC; None for never.
    `sweeps_per_minute` is how often one invocation sweeps, one of `probing.cycle.SWEEPS_PER_MINUTE`. `dashboard` says
    that somebody looks at metrics which no alarm needs.
    """

    inventory_table: str
    samples_table: str
    alarms_table: str
    samples_days: int
    probed_from: str
    allow_loopback: bool = False
    drill_time: timedelta | None = None
    sweeps_per_minute: int = 1
    dashboard: bool = False


@dataclass(frozen=True, slots=True)
class EvaluatorSettings(_Settings):
    """Tables, how many days a transition is kept, and where a sweep goes that no retry can help.

    Of `samples_table` and into `totals_table` hours are summed up.

    `heartbeat_url` refers to the secret that says whom a complete cycle is reported to, `receipts_table` to the table
    that keeps this to once a cycle; empty for nobody. `local_secrets` lets it be a variable or file of this machine;
    the local cloud sets it.
    """

    inventory_table: str
    alarms_table: str
    transitions_table: str
    transitions_days: int
    failures_queue_url: str
    samples_table: str
    totals_table: str
    heartbeat_url: str = ""
    receipts_table: str = ""
    local_secrets: bool = False


@dataclass(frozen=True, slots=True)
class NotifierSettings(_Settings):
    """Where notices go, of alarms and of the monitoring itself, their receipts and hopeless ones; how they are written.

    The latter is their language if the fleet names none, their clock, what https is sent, and the option that names the
    stack to the commands in them. `robot_queue_url` is where a notice goes that is for a single robot; empty where the
    stack sends to none.
    """

    receipts_table: str
    alarm_topic_arn: str
    operations_topic_arn: str
    failures_queue_url: str
    language: Language
    utc_offset: timezone
    https_form: HttpsForm
    robot_queue_url: str = ""
    stack_option: str = ""


@dataclass(frozen=True, slots=True)
class MessengerSettings(_Settings):
    """Tables, the queue that wakes the messenger, where messages go that no retry can help, and how they are written.

    `local_secrets` lets the addresses of robots be variables or files of this machine; the local cloud sets it.
    """

    inventory_table: str
    transitions_table: str
    outboxes_table: str
    receipts_table: str
    queue_url: str
    failures_queue_url: str
    language: Language
    utc_offset: timezone
    stack_option: str = ""
    local_secrets: bool = False


@dataclass(frozen=True, slots=True)
class PageSettings(_Settings):
    """The stack's name, what it is made of (its outputs, as a JSON object), the bucket, and how the pages are written.

    The latter is their language where the fleet names none, and their clock.
    """

    stack: str
    outputs: str
    bucket: str
    language: Language
    utc_offset: timezone


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise ValueError(text)
    return days


def _offset(text: str) -> timezone:
    match = re.fullmatch(r"([+-])(0\d|1[0-4]):([0-5]\d)", text, re.ASCII)
    if match is None:
        raise ValueError(text)
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-ahead if match[1] == "-" else ahead)


def _week_time(text: str) -> timedelta:
    match = re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d) (\S+)", text, re.ASCII)
    if match is None:
        raise ValueError(text)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(match[1])
    ahead = _offset(match[4]).utcoffset(None)
    return timedelta(days=day, hours=int(match[2]), minutes=int(match[3])) - ahead


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text]


_READERS: Mapping[object, tuple[Callable[[str], object], str]] = {
    str: (str, "write a text"),
    int: (_days, "write a whole number of 1 or more"),
    bool: (_truth, "write true or false"),
    Language: (Language, f"write one of {', '.join(Language)}"),
    HttpsForm: (HttpsForm, f"write one of {', '.join(HttpsForm)}"),
    timezone: (_offset, "write hours and minutes, such as +08:00"),
    timedelta | None: (_week_time, "write a day, a time and its offset from UTC, such as Mon 10:00 +08:00"),
}
"""By the type of a field: what reads its variable, and what to write there instead where that raises."""
