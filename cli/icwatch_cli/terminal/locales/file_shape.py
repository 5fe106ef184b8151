"""What a language has to say in the commands about files and about one IC-Server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckWords:
    """Of `icwatch check`: what a fleet comes to. Fields are called as in the fleet file. What is counted has a text for
    one and a text for several.
    """

    good: str
    warnings: tuple[str, str]
    size: str
    targets: tuple[str, str]
    shards: tuple[str, str]
    labels: str
    label: str
    routed: str
    control: str
    merged: str
    notices: str
    probe: str
    asked: str
    port: str
    attempts: str
    body: str
    pattern: str
    ocp: str
    ocp_lacks: str
    rule: str
    disabled: str
    grouped: str
    whole_fleet: str
    duration: str
    breaches: str
    unattended: str
    robot: str
    only: str
    no_repeats: str
    in_hours: str
    rarely: str
    cycle_of: str
    night: str


@dataclass(frozen=True, slots=True)
class ProbeWords:
    """Of `icwatch probe`, beside the causes and steps of notices."""

    healthy: str
    unknown: str
    unhealthy: str
    why: str
    warning: str


@dataclass(frozen=True, slots=True)
class TestWords:
    """Of `icwatch test`. `whats` are the differences, as JSON calls them."""

    passed: str
    failed: str
    sums: str
    whats: Mapping[str, str]
    no_alarm: str
    state: str
    unannounced: str


@dataclass(frozen=True, slots=True)
class ReplayWords:
    """Of `icwatch replay`, with `--summary` and with `--compare`."""

    head: tuple[str, str, str, str, str, str]
    stage: str
    since: str
    total: str
    targets: tuple[str, str]
    compared: str
    compared_head: tuple[str, str, str, str, str]
    active: str
    sums: tuple[str, str, str, str, str]
    unattended: str


@dataclass(frozen=True, slots=True)
class PreviewWords:
    """Of `icwatch preview`: what a notice does not say of itself."""

    note: str
    disabled: str
    apart: str
    routed: str
    several: str
    untold: str


@dataclass(frozen=True, slots=True)
class PageServingWords:
    """Of `icwatch page` and `open`, beside the page itself."""

    served: str
    taken: str
    reading: str
    writing: str
    written: tuple[str, str]
    no_browser: str


@dataclass(frozen=True, slots=True)
class FileWords:
    """The words of one language."""

    check: CheckWords
    probe: ProbeWords
    test: TestWords
    replay: ReplayWords
    preview: PreviewWords
    page: PageServingWords
