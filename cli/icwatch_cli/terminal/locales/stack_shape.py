"""What a language has to say in the commands that mend or read what a stack keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RedriveWords:
    """Of `icwatch redrive`. `labels` are what its lines begin with, by their English words; `about` what the messages
    of each queue are about.
    """

    labels: Mapping[str, str]
    about: Mapping[str, str]
    read: str
    done: str
    nothing: str
    sums: str
    sums_dry: str
    left: str
    left_about: str
    elsewhere: str
    named: str
    message: str
    decision: str
    sweeps: tuple[str, str]
    arrived: str
    moment: str
    span: str
    given_up: str
    record: str
    explained: Mapping[str, str]
    robot_notices: tuple[str, str]
    robot_look: str
    notice: str


@dataclass(frozen=True, slots=True)
class RebuildWords:
    """Of `icwatch rebuild-totals`. What is counted has a text for one and a text for several."""

    hours: tuple[str, str]
    days: tuple[str, str]
    sums: str
    left: str


@dataclass(frozen=True, slots=True)
class StackWords:
    """The words of one language. `left_out` is of what cannot be read, `exported` how far `icwatch export` is."""

    redrive: RedriveWords
    rebuild: RebuildWords
    left_out: str
    exported: str
