"""What every language has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from icwatch.model import Cause, Kind, Level
from icwatch.notices.steps import Step


class Noun(NamedTuple):
    """What alarms are of, in the plural, what follows a number of them (台 of servers), and what stands around it."""

    name: str
    unit: str = ""
    apart: str = " "


@dataclass(frozen=True, slots=True)
class Locale:
    """One language. Texts in braces are format strings over the fields that `notice/` gives them.

    `of_a_server` are the sentences, in place of the general ones, of an alarm that says that one IC-Server fails,
    `of_several` those of a notice that reports several alarms, and `of_servers` in place of them where IC-Servers fail.
    `measures` are the units of metrics that have one. `named_in_the_name` are the words with which the name of an alarm
    begins where it says of itself that it is of IC-Servers, so that their number may take the place of these words.
    `take_over` follows those of an unattended alarm. `causes` are each in short and with what it says about the host;
    `steps` are lines, of which those that begin with blanks are commands.
    """

    levels: Mapping[Level, str]
    scopes: Mapping[str, str]
    active: str
    inactive: str
    units: tuple[str, str, str, str]

    tags: Mapping[Kind, str]
    kinds: Mapping[Kind, str]
    sentences: Mapping[Kind, str]
    of_a_server: Mapping[Kind, str]
    of_several: Mapping[Kind, str]
    of_servers: Mapping[Kind, str]
    take_over: str
    drill: str
    drill_begins: str
    drill_over: str
    so_far: str
    closed: Mapping[str, str]
    value: str
    last_value: str
    measures: Mapping[str, str]
    expression: str
    condition: str

    causes: Mapping[Cause, tuple[str, str]]
    why: str
    then: str
    cause: str
    last_cause: str
    code: str
    several_causes: str
    several_last_causes: str

    servers: Noun
    groups: Noun
    everything: str
    a_target: str
    count: str
    count_of: str
    count_all: str
    within: str
    all_within: str
    named: str
    named_in_the_name: tuple[str, ...]
    share: str
    elsewhere: str
    in_common: str
    suspect_path: str
    suspect_prober: str
    members: str
    member: str
    member_over: str

    heading: str
    impact: str
    impact_text: str
    possible: str
    possible_text: tuple[str, ...]
    handling: str
    start: str
    otherwise: str
    steps: Mapping[Step, str]
    own_steps: str
    recent_notices: str
    told_line: str

    footer: Mapping[str, str]
    none: str
    cut: str
