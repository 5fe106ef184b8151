"""The monitoring itself: whether it sees, decides and tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from icwatch.evaluation.silences import holds
from icwatch.model import CONFIRM_SECONDS, CUT_OFF, DAY_SECONDS, Drill, MonitoringProblem, Silence
from icwatch_cli.deployed.monitoring_problems import problems_of
from icwatch_cli.page.data import PageData, RobotState
from icwatch_cli.page.now import LATE_CYCLES


@dataclass(frozen=True, slots=True)
class Monitoring:
    """How the monitoring is. `swept_at` is the last sweep, `evaluated_at` the last one that all shards decided on.

    Of `due` cycles of the last day, or since the first one that is known, `swept` came. `unreadable` are items of the
    inventory by kind and name, `problems` what else could not be read. Since `cut_off_since` nothing can be reached.
    """

    swept_at: int | None
    evaluated_at: int | None
    every: int
    swept: int
    due: int
    dead_letters: Mapping[str, int]
    robots: Sequence[RobotState]
    known_problems: Sequence[MonitoringProblem]
    unreadable: Mapping[tuple[str, str], str]
    problems: Sequence[str]
    silences: Sequence[Silence]
    drill: Drill | None
    cut_off_since: int | None
    version: int
    complete: bool
    targets: int
    shards: int
    source: str
    is_late: bool
    is_behind: bool
    is_unconfirmed: bool

    @property
    def well(self) -> bool:
        """Whether there is nothing to look after."""
        wrong = (self.is_late, self.is_behind, self.is_unconfirmed, self.known_problems, self.unreadable, self.problems)
        return (
            self.cut_off_since is None
            and not any(wrong)
            and not any(self.dead_letters.values())
            and not any(r.failing for r in self.robots)
        )


def monitoring_of(data: PageData) -> Monitoring:
    """What there is to say of it now."""
    inventory, samples = data.inventory, data.samples
    swept_at = samples.last
    moments = samples.moments(data.now - DAY_SECONDS)
    first = min(moments, default=data.now)
    ended = max(swept_at or first, data.now - inventory.every)  # one that is under way is not missing
    late = LATE_CYCLES * samples.cycle(inventory.every)
    known = [each.problem for each in problems_of(data.shards) if each.problem.reported]
    evaluated = [current.at for current in data.shards if current.at is not None]
    evaluated_at = min(evaluated, default=None)
    return Monitoring(
        swept_at=swept_at,
        evaluated_at=evaluated_at,
        every=inventory.every,
        swept=len(moments),
        due=max(len(moments), (ended - first) // inventory.every + 1 if moments else 0),
        dead_letters=data.dead_letters,
        robots=data.robots,
        known_problems=[each for each in known if each.kind != CUT_OFF],
        unreadable=inventory.unreadable,
        problems=data.problems,
        silences=[each for each in inventory.silences if holds(each, data.now)],
        drill=data.drill,
        cut_off_since=min((each.since for each in known if each.kind == CUT_OFF), default=None),
        version=inventory.version,
        complete=inventory.complete,
        targets=len(inventory.targets),
        shards=len({*inventory.shards.values()}),
        source=samples.source,
        is_late=bool(inventory.targets) and (swept_at is None or data.now - swept_at > late),
        is_behind=swept_at is not None and (evaluated_at is None or swept_at - evaluated_at > late),
        is_unconfirmed=_is_unconfirmed(data.drill, data.now),
    )


def _is_unconfirmed(drill: Drill | None, now: int) -> bool:
    """Whether somebody should have said by now that the last drill arrived."""
    return drill is not None and drill.confirmed_at is None and now - drill.starts_at >= CONFIRM_SECONDS
