"""Alarms that stay as they are: they cost no new object until somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from icwatch.model.alarms import Alarm
from icwatch.model.columns import Late


class StandingAlarms(Late[Alarm]):
    """A shard's alarms, of which those in `again` were seen at `at`, and stayed as they are in `kept` but for that.

    Most of what stands in an outage is seen to breach again, minute by minute, and nothing is due. Whoever reads such
    an alarm here finds it with `seen` as it is now.
    """

    def __init__(self, kept: Mapping[str, Alarm], again: Set[str] = frozenset(), at: int = 0) -> None:
        self.kept, self.again, self.at = kept, again, at

    @classmethod
    def of(cls, alarms: Mapping[str, Alarm]) -> StandingAlarms:
        """A shard's alarms in this form."""
        return alarms if isinstance(alarms, cls) else cls(alarms)

    def after(self, kept: dict[str, Alarm], again: Set[str], at: int) -> Mapping[str, Alarm]:
        """The alarms after the sweep at `at`, which left `kept`, and saw those in `again` stay. Those of which it saw
        nothing are as they were seen last.
        """
        for key in self.again - again:
            if (alarm := kept.get(key)) is self.kept[key] and alarm is not None:
                kept[key] = replace(alarm, seen=self.at)
        return StandingAlarms(kept, again, at) if again else kept

    def _written_out(self) -> dict[str, Alarm]:
        return {key: replace(alarm, seen=self.at) if key in self.again else alarm for key, alarm in self.kept.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)

    def __contains__(self, key: object) -> bool:
        return key in self.kept
