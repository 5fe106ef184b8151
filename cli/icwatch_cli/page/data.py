"""What pages are made of, as `serving.reader` reads it of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from icwatch.model import Drill, Inventory, ShardAlarms
from icwatch_cli.page.outages import Outage
from icwatch_cli.page.samples import Samples, Seconds


@dataclass(frozen=True, slots=True)
class RobotState:
    """How it goes with a chat robot: when it last took a message and when it failed (0: never), and what waits."""

    name: str
    vendor: str
    succeeded_at: int = 0
    failed_at: int = 0
    waiting: int = 0

    @property
    def failing(self) -> bool:
        """Whether its last message was not taken."""
        return self.failed_at > self.succeeded_at


@dataclass(frozen=True, slots=True)
class PageData:
    """All of a stack that is shown, as it was at `now`.

    `option` is what names the stack to a command. `outages` are those that ended within the last 30 days, newest
    first. `longer` says how long each target was good, bad and unseen over so many days, for spans beyond the day that
    `samples` hold, and `since` from when on totals are known. `dead_letters` counts the messages in each dead-letter
    queue. `drill` is the last one, `problems` are what could not be read.
    """

    stack: str
    option: str
    now: int
    inventory: Inventory
    shards: Sequence[ShardAlarms]
    samples: Samples
    outages: Sequence[Outage] = ()
    longer: Mapping[int, Mapping[str, Seconds]] = field(default_factory=dict)
    since: int | None = None
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    robots: Sequence[RobotState] = ()
    drill: Drill | None = None
    problems: Sequence[str] = ()
