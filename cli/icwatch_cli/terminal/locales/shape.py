"""What a language has to say in the commands. Braces stand for what is filled in."""

from __future__ import annotations

from dataclasses import dataclass


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
    """The words of one language, by command."""

    init: InitWords
