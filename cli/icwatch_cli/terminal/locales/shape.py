"""What a language has to say in the commands. Braces stand for what is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch.model import Phase
from icwatch_cli.terminal.locales.file_shape import FileWords
from icwatch_cli.terminal.locales.stack_shape import StackWords


@dataclass(frozen=True, slots=True)
class NoteWords:
    """Of silences and acknowledgements, wherever they are named: by whom, until when and why."""

    by: str
    comment: str
    until: str
    at: str


@dataclass(frozen=True, slots=True)
class AlarmsWords:
    """Of `icwatch alarms`: the heads of its columns, and what keeps people from being notified."""

    head: tuple[str, ...]
    problem_head: tuple[str, ...]
    phases: Mapping[Phase, str]
    none: str
    announced: str
    not_announced: str
    unattended: str
    silence: str
    parts: str
    inhibited: str
    acknowledged: str
    was_acknowledged: str
    reported: str
    not_reported: str
    never_evaluated: str
    behind: str
    left_out: str


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """Of `icwatch history`, beside the reasons of decisions, which are stored as they are."""

    since: str
    kinds: Mapping[str, str]
    not_announced: str
    nobody: str
    silence: str


@dataclass(frozen=True, slots=True)
class AckWords:
    """Of `icwatch ack` and `unack`."""

    acknowledged: str
    before: str
    taken_back: str


@dataclass(frozen=True, slots=True)
class SilenceWords:
    """Of `icwatch silence`."""

    head: tuple[str, ...]
    states: Mapping[str, str]
    none: str
    added: str
    daily: str
    weekly: str
    over: str
    over_already: str
    deleted: str
    warning: str
    no_label: str
    no_value: str
    not_together: str
    meant: str


@dataclass(frozen=True, slots=True)
class RobotWords:
    """Of `icwatch robot`."""

    head: tuple[str, ...]
    none: str
    never: str
    works: str
    new: str
    waits: str
    failed: str
    again: str
    verdicts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DrillWords:
    """Of `icwatch drill`. `hops` are its hops by name, `look_at` what to look at where it is lost there."""

    head: tuple[str, ...]
    none: str
    everybody: str
    confirmed: str
    not_confirmed: str
    begins: str
    waits: str
    hops: Mapping[str, str]
    look_at: Mapping[str, str]
    lost: str
    lost_for: str
    swept: str
    drill_swept: str
    raised: str
    published: str
    to_sns: str
    to_robots: str
    later: str
    confirmed_by: str
    cleared: str
    confirms: str
    confirmed_before: str


@dataclass(frozen=True, slots=True)
class ApplyWords:
    """Of `icwatch apply`; the fields of a rule are called as in the fleet file."""

    head: str
    head_local: str
    nothing_to_do: str
    moves: str
    rule: str
    robot: str
    torn: str
    closes: str
    more: str
    sums: str
    nothing: str
    decided: str
    inhibitor: str
    interrupted: str
    unclosed: str
    ask: str
    unchanged: str
    applied: str
    written: str


@dataclass(frozen=True, slots=True)
class InitWords:
    """Of `icwatch init`: its questions, and the comments of the files that it writes."""

    ask_targets: str
    ask_language: str
    ask_resend: str
    ask_robot: str
    none: str
    file: str
    language: str
    every: str
    vpc_rule: str
    connect_rule: str
    inhibited: str
    resend: str
    robot: str
    robot_local: str
    test_file: str
    test_alone: str
    test_vpc: str
    written: str
    next: str
    next_check: str
    next_test: str
    next_run: str
    next_robot: str
    next_apply: str


@dataclass(frozen=True, slots=True)
class CommandLocale:
    """The words of one language, by command. `units` are those of durations, a day's first; `days` those of the week,
    from Monday on.
    """

    units: tuple[str, str, str, str]
    days: tuple[str, ...]
    either: str
    listing: str
    clauses: str
    files: FileWords
    stacks: StackWords
    notes: NoteWords
    alarms: AlarmsWords
    history: HistoryWords
    ack: AckWords
    silence: SilenceWords
    robot: RobotWords
    drill: DrillWords
    apply: ApplyWords
    init: InitWords
