"""Alarms as periods: pure. What is kept is one entry a current alarm, and the sums.

An alarm stands from raised to ended. The outage behind it lasted from the first bad sample to the first of the good run
that ended it, as its notice says; that is what is summed up. An alarm that was never announced, because another
inhibited it, disturbed nobody and is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import ENDS, Fleet, Phase, ShardAlarms, Sweep, Transition
from icwatch.rules.coverage import inhibitors_of

Key = tuple[str, str, str]
"""Shard, rule and target: what there is one alarm of at a time."""


@dataclass(frozen=True, slots=True)
class Period:
    """One alarm in time. `until` is its end or, where it has none yet, the last sweep of its shard.

    `began_at` and `over_at` are those of the outage: the first bad sample, and the first of the good run that ended it
    or, where it has not ended, may do so; without one, `until`. `stage` is how many stages it was unattended.
    """

    rule: str
    target: str
    began_at: int
    raised_at: int
    over_at: int
    until: int
    current: bool = False
    stage: int = 0

    def seconds(self, starts: float) -> int:
        """How long the outage lasted, of the time from `starts` on."""
        return max(0, self.over_at - int(max(self.began_at, starts)))

    def reaches(self, moment: float) -> bool:
        """Whether the outage went on at `moment` or afterwards."""
        return self.over_at > moment or (self.current and self.until >= moment)


class Version:
    """One version of the rules, and the state of its alarms while sweeps go by.

    Where only `rule` is asked for, the rules that inhibit it are applied, too, and not reported.
    """

    def __init__(self, fleet: Fleet, rule: str | None = None) -> None:
        self._rules = {name for name in fleet.rules if rule in (None, name)}
        needed = {each for name in self._rules for each in inhibitors_of(name, fleet.rules)}
        rules = {name: each for name, each in fleet.rules.items() if name in needed}
        self._inventory = replace(fleet.as_inventory(), rules=rules)
        self._shards: dict[str, ShardAlarms] = {}

    @property
    def rules(self) -> Iterable[str]:
        """The names of the rules that it reports on."""
        return self._rules

    def take(self, sweep: Sweep) -> Sequence[Transition]:
        """Decide a sweep."""
        current = self._shards.get(sweep.shard) or ShardAlarms(sweep.shard)
        self._shards[sweep.shard], transitions = evaluate(self._inventory, current, sweep)
        return [one for one in transitions if one.rule in self._rules]

    def current(self, key: Key) -> bool:
        """Whether an alarm was announced and is not over."""
        shard, rule, target = key
        current = self._shards.get(shard)
        alarm = None if current is None else current.alarms.get(f"{rule}:{target}")
        return alarm is not None and alarm.announced

    def active(self) -> Iterator[tuple[Key, Period]]:
        """The announced alarms that are active now."""
        for shard, current in self._shards.items():
            for alarm in current.alarms.values():
                if alarm.announced and alarm.rule in self._rules:
                    until = alarm.seen if current.at is None else current.at
                    yield (
                        (shard, alarm.rule, alarm.target),
                        Period(
                            rule=alarm.rule,
                            target=alarm.target,
                            began_at=alarm.began_at,
                            raised_at=alarm.raised_at,
                            over_at=alarm.since if alarm.phase is Phase.CLEARING else until,
                            until=until,
                            current=True,
                            stage=alarm.stage,
                        ),
                    )


def ended(shard: str, transitions: Iterable[Transition]) -> dict[Key, Period]:
    """The announced alarms that a sweep ended."""
    return {
        (shard, one.rule, one.target): Period(
            one.rule, one.target, one.began_at, one.raised_at, one.over_at, one.at, stage=one.stage
        )
        for one in transitions
        if one.kind in ENDS and one.announce
    }


def periods(version: Version, sweeps: Iterable[Sweep]) -> Iterator[Period]:
    """All alarms of a series of sweeps, each when it ends; at last those that are not over."""
    for sweep in sweeps:
        yield from ended(sweep.shard, version.take(sweep)).values()
    for _, period in version.active():
        yield period


@dataclass(slots=True)
class Sums:
    """Of one rule and target: how often raised, seconds in all and of the longest, and since when it is active.

    `unattended` is how many alarms came to each stage, the first one first.
    """

    raised: int = 0
    seconds: int = 0
    longest: int = 0
    active_since: int | None = None
    unattended: tuple[int, ...] = ()


def summarize(found: Iterable[Period], starts: float) -> dict[tuple[str, str], Sums]:
    """By rule and target, most frequent first. Of an outage that began before `starts`, the time since counts."""
    rows: dict[tuple[str, str], Sums] = {}
    for period in found:
        if not period.reaches(starts):
            continue
        row = rows.setdefault((period.rule, period.target), Sums())
        seconds = period.seconds(starts)
        row.raised += period.raised_at >= starts
        row.seconds += seconds
        row.longest = max(row.longest, seconds)
        row.unattended = stages_with(row.unattended, period.stage)
        if period.current:
            row.active_since = period.raised_at
    return dict(sorted(rows.items(), key=lambda entry: (-entry[1].raised, -entry[1].seconds, entry[0])))


def stages_with(counts: tuple[int, ...], stage: int) -> tuple[int, ...]:
    """How many alarms came to each stage, with one more that came to `stage`."""
    longest = max(len(counts), stage)
    return tuple((counts[index] if index < len(counts) else 0) + (index < stage) for index in range(longest))


@dataclass(slots=True)
class Tally:
    """What a comparison counts of one version's alarms. `alone`: the other version had none meanwhile."""

    alarms: int = 0
    alone: int = 0
    same: int = 0
    seconds: int = 0
    unattended: tuple[int, ...] = ()

    @property
    def shifted(self) -> int:
        """Those that the other version had, too, but with another beginning or end."""
        return self.alarms - self.alone - self.same


@dataclass(slots=True)
class Comparison:
    """Two versions of the rules over the same sweeps.

    An alarm of one version is matched where the other had one of the same rule and target that was active within it.
    Both are reported when they end, so only current alarms are kept.
    """

    versions: tuple[Version, Version]
    starts: float
    tallies: tuple[Tally, Tally] = field(default_factory=lambda: (Tally(), Tally()))
    _matched: tuple[set[Key], set[Key]] = field(default_factory=lambda: (set(), set()))

    @property
    def rules(self) -> set[str]:
        """The names of the rules of both."""
        return {rule for version in self.versions for rule in version.rules}

    def differences(self, sweeps: Iterable[Sweep]) -> Iterator[tuple[int, Period]]:
        """The alarms that one version had alone: its number, 0 or 1, and the alarm, each when it ends."""
        for sweep in sweeps:
            decided = [version.take(sweep) for version in self.versions]
            yield from self._settle([ended(sweep.shard, transitions) for transitions in decided])
            for transitions in decided:
                self._match(sweep.shard, transitions)
        yield from self._settle([dict(version.active()) for version in self.versions])

    def _match(self, shard: str, transitions: Sequence[Transition]) -> None:
        """Of the alarms just reported, mark those that are active in both versions."""
        for one in transitions:
            key = shard, one.rule, one.target
            if one.kind not in ENDS and all(version.current(key) for version in self.versions):
                for matched in self._matched:
                    matched.add(key)

    def _settle(self, over: Sequence[Mapping[Key, Period]]) -> Iterator[tuple[int, Period]]:
        """Count what is over."""
        for number, tally in enumerate(self.tallies):
            for key, period in over[number].items():
                matched = key in self._matched[number]
                self._matched[number].discard(key)
                if not period.reaches(self.starts):
                    continue
                tally.alarms += 1
                tally.seconds += period.seconds(self.starts)
                tally.unattended = stages_with(tally.unattended, period.stage)
                tally.same += _times(over[1 - number].get(key)) == _times(period)
                tally.alone += not matched
                if not matched:
                    yield number, period


def _times(period: Period | None) -> tuple[int, int, bool] | None:
    return None if period is None else (period.raised_at, period.until, period.current)
