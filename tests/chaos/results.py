"""What a run came to beside an undisturbed one: what was lost, what came twice, and what is not as it should be."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from icwatch.model import ENDS
from icwatch.storage.packing import unpack
from tests.chaos.scenario import Run, dead_letters, play, rebuild_totals


@dataclass(slots=True)
class Differences:
    """Counts of what was lost, doubled and wrong, and a line for each that is a fault of icwatch.

    Lost are also the sweeps of a tick that failed, which says so. Uncertain are messages that came twice where nobody
    could know whether they had been taken.
    """

    sweeps_lost: int = 0
    transitions_lost: int = 0
    transitions_doubled: int = 0
    notices_lost: int = 0
    notices_doubled: int = 0
    robots_lost: int = 0
    robots_doubled: int = 0
    uncertain: int = 0
    wrong: int = 0
    said: list[str] = field(default_factory=list)

    def add(self, other: Differences, of: str) -> None:
        """Add those of another run."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.said += [f"{of}: {each}" for each in other.said]


COUNTS = tuple(name for name in Differences.__slots__ if name != "said")


@functools.cache
def snapshots() -> tuple[Run, ...]:
    """An undisturbed run as it was before each cycle."""
    found: list[Run] = []
    play(begins=lambda run: found.append(run.copy(None, None)))
    return tuple(found)


@functools.cache
def undisturbed(
    begin: int, ticks: frozenset[int], lost: frozenset[tuple[str, int]] = frozenset(), *, rebuilt: bool = False
) -> Run:
    """A run without faults from a cycle on, in which only these sweeps were never saved."""
    run = play(start=snapshots()[begin], ticks=ticks, lost=lost)
    if rebuilt:
        rebuild_totals(run)
    return run


def differences(begin: int, run: Run, *, rebuilt: bool = False) -> Differences:
    """Compare a run that began with a cycle with an undisturbed one that lost the same sweeps.

    `rebuilt` first makes totals again, as a person does who is told that some are missing.
    """
    lost = frozenset(undisturbed(begin, run.ticks).sweeps - run.sweeps)
    calm, found = undisturbed(begin, run.ticks, lost, rebuilt=rebuilt), Differences(sweeps_lost=len(lost))
    if rebuilt:
        rebuild_totals(run)
    if lost and not run.functions.failures:
        _wrong(found, f"{len(lost)} sweeps are missing, and no invocation failed")
    _decisions(found, calm, run)
    _published(found, calm, run)
    _robots(found, calm, run)
    for table in ("Samples", "Alarms", "Totals"):
        for key in _unequal(calm.aws.tables.items[table], run.aws.tables.items[table]):
            _wrong(found, f"{table} {key}")
    for letter in dead_letters(run):
        _wrong(found, f"dead letter {letter[:200]}")
    for url, queue in run.aws.queues.items():
        if queue and not url.endswith("failures"):
            _wrong(found, f"{len(queue)} messages left in {url}")
    return found


def _decisions(found: Differences, calm: Run, run: Run) -> None:
    expected, had = calm.aws.tables.items["Transitions"], run.aws.tables.items["Transitions"]
    for key in _unequal(expected, had):
        if key in had and key in expected:
            _wrong(found, f"transition {key} is another")
        else:
            found.transitions_lost += 1
            found.said.append(f"transition lost or invented: {key}")
    for key, times in run.aws.tables.decided.items():
        if times > 1:
            found.transitions_doubled += times - 1
            found.said.append(f"transition doubled: {key}")


def _published(found: Differences, calm: Run, run: Run) -> None:
    expected, had = Counter(calm.aws.published), Counter(run.aws.published)
    for topic, name in sorted((expected - had).elements()):
        found.notices_lost += 1
        found.said.append(f"notice lost: {name} of {topic}")
    for (_, name), times in (had - expected).items():
        certain = times - min(times, run.machine.uncertain[f"notice {name}"])
        found.uncertain += times - certain
        found.notices_doubled += certain
        if certain:
            found.said.append(f"notice doubled: {name}")


def _robots(found: Differences, calm: Run, run: Run) -> None:
    """Each robot was told each alarm, and its end last. Of one that is over, what comes late is told no more."""
    had = [*_told(run)]
    last = {(robot, alarm): kind for robot, kind, alarm, _ in had}
    began = {(robot, alarm) for robot, kind, alarm, _ in had if kind not in ENDS}
    for robot, kind, alarm, at in {*_told(calm)} - {*had}:
        if kind in ENDS or (robot, alarm) not in began or last[robot, alarm] not in ENDS:
            found.robots_lost += 1
            found.said.append(f"robot {robot} was not told: {kind} {alarm} {at}")
    for (robot, alarm), kind in {(robot, alarm): kind for robot, kind, alarm, _ in _told(calm)}.items():
        if kind in ENDS and last.get((robot, alarm)) not in ENDS:
            _wrong(found, f"robot {robot} was told the end of {alarm} and then {last.get((robot, alarm))}")
    messages = Counter((each.robot, each.id) for each in run.aws.posted)
    for (robot, name), times in messages.items():
        extra = times - 1
        certain = extra - min(extra, run.machine.uncertain[f"robot {robot} {name}"])
        found.uncertain += extra - certain
        found.robots_doubled += certain
        if certain:
            found.said.append(f"robot {robot} was sent twice: {name}")


def _told(run: Run) -> Iterator[tuple[str, str, str, int]]:
    """The robot, the kind, the alarm and the moment of all that robots were told."""
    for each in run.aws.posted:
        for notice in each.body.get("notices", [each.body]):
            for alarm in notice["alarms"]:
                yield each.robot, notice["kind"], alarm["id"], notice["at"]


def _unequal(calm: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    return [key for key in sorted({*calm, *other}) if unpacked(calm.get(key)) != unpacked(other.get(key))]


def unpacked(item: dict[str, Any] | None) -> Any:
    """An item in plain values."""
    return None if item is None else unpack(item)


def _wrong(found: Differences, text: str) -> None:
    found.wrong += 1
    found.said.append(text)
