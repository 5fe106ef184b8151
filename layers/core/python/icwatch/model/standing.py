"""Alarms that stay as they are: they cost no new object until somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from operator import is_

from icwatch.model.alarms import Alarm
from icwatch.model.columns import Late


@dataclass(frozen=True, slots=True)
class Calm:
    """That a sweep which finds the same objects as the last one leaves all alarms as they are, until before `until`.

    `found` is all that a decision depends on, the inventory's part among it. None of it is ever changed.
    """

    found: tuple[object, ...]
    until: float

    def holds(self, found: tuple[object, ...], at: int) -> bool:
        """Whether a sweep at `at` that found this decides nothing."""
        return at < self.until and len(found) == len(self.found) and all(map(is_, found, self.found))


class StandingAlarms(Late[Alarm]):
    """A shard's alarms, of which those in `again` were seen at `at`, and stayed as they are in `kept` but for that.

    Most of what stands in an outage is seen to breach again, minute by minute, and nothing is due. Whoever reads such
    an alarm here finds it with `seen` as it is now. Where all of them stayed, `calm` says for how long they will.
    """

    def __init__(
        self, kept: Mapping[str, Alarm], again: Set[str] = frozenset(), at: int = 0, calm: Calm | None = None
    ) -> None:
        self.kept, self.again, self.at, self.calm = kept, again, at, calm

    @classmethod
    def of(cls, alarms: Mapping[str, Alarm]) -> StandingAlarms:
        """A shard's alarms in this form."""
        return alarms if isinstance(alarms, cls) else cls(alarms)

    def after(self, kept: dict[str, Alarm], again: Set[str], at: int, calm: Calm | None = None) -> Mapping[str, Alarm]:
        """The alarms after the sweep at `at`, which left `kept`, and saw those in `again` stay. Those of which it saw
        nothing are as they were seen last.
        """
        for key in self.again - again:
            if (alarm := kept.get(key)) is self.kept[key] and alarm is not None:
                kept[key] = replace(alarm, seen=self.at)
        return StandingAlarms(kept, again, at, calm) if again else kept

    def seen(self, at: int) -> StandingAlarms:
        """The same, all seen again at `at`."""
        return StandingAlarms(self.kept, self.again, at, self.calm)

    def _written_out(self) -> dict[str, Alarm]:
        return {key: replace(alarm, seen=self.at) if key in self.again else alarm for key, alarm in self.kept.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)

    def __contains__(self, key: object) -> bool:
        return key in self.kept
