"""The hops of a drill through a deployed stack: which it has passed, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from icwatch.announcements.grouping import announcements_of
from icwatch.delivery.idempotency import has_receipt, new_receipts
from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.delivery.receipts import Receipts
from icwatch.errors import ItemError
from icwatch.model import DRILL_METRIC, DRILL_SECONDS, DRILL_SHARD, Decision, Drill, Inventory, Kind, Robot
from icwatch.robots.outbox import Outbox
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.deployed.drill_notes import wait_of
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.terminal.speech import ENGLISH, Speech

TICK, SWEEP, DECISION, PUBLISHED, DELIVERED, CONFIRMED, CLEARED = HOPS = (
    "tick", "sweep", "decision", "published", "delivered", "confirmed", "cleared",
)  # fmt: skip
"""In the order in which a drill passes them."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What is known of a drill: by hop, what there is to say of it. A hop that is not there was not passed yet.

    `missing` are the robots that should have it and do not.
    """

    hops: Mapping[str, str]
    missing: tuple[str, ...] = ()
    speech: Speech = ENGLISH

    @property
    def next(self) -> str | None:
        """The first hop that was not passed; None where all were."""
        return next((hop for hop in HOPS if hop not in self.hops), None)

    @property
    def lost(self) -> str:
        """A sentence: where it is lost, for whom, and what to look at."""
        hop = self.next
        if hop is None:
            return ""
        texts, names = self.speech.texts.drill, self.speech.texts.listing.join(self.missing)
        whom = texts.lost_for.format(names=names) if hop == DELIVERED and names else ""
        return texts.lost.format(hop=texts.hops[hop], whom=whom, what=texts.look_at[hop])


class DrillHops:
    """Looks at a stack for what became of a drill. What a hop shows is looked up until it is there."""

    def __init__(self, stack: Stack, drill: Drill, robots: Mapping[str, Robot], speech: Speech = ENGLISH) -> None:
        self._stack, self._drill = stack, drill
        self._speech, self._texts = speech, speech.texts.drill
        ours = {name: robot for name, robot in robots.items() if drill.robot in ("", name)}
        self._later = [name for name, robot in ours.items() if _waits(robot, drill)]
        self._robots = [name for name in ours if name not in self._later]
        self._missing: tuple[str, ...] = ()
        self._found: dict[str, str] = {}
        self._raised: Decision | None = None

    def look(self) -> Passed:
        """The hops that were passed by now."""
        looks: Mapping[str, Callable[[Inventory], str | None]] = {
            TICK: self._tick,
            SWEEP: self._sweep,
            DECISION: self._decision,
            PUBLISHED: self._published,
            DELIVERED: self._delivered,
            CONFIRMED: self._confirmed,
            CLEARED: self._cleared,
        }
        inventory = self._stack.inventory().load()
        for hop, look in looks.items():
            if hop not in self._found and (said := look(inventory)) is not None:
                self._found[hop] = said
        return Passed({hop: self._found[hop] for hop in HOPS if hop in self._found}, self._missing, self._speech)

    def _tick(self, inventory: Inventory) -> str | None:
        """That anything is swept at all: by a sweep of the fleet, or of the drill itself."""
        for shard in (*inventory.all_shards[:1], DRILL_SHARD):
            if next(self._sweeps(shard), None) is not None:
                return self._texts.swept
        return None

    def _sweep(self, inventory: Inventory) -> str | None:
        for item in self._sweeps(DRILL_SHARD):
            if self._drill.target in read_sweep(item).samples(DRILL_METRIC):
                return self._texts.drill_swept
        return None

    def _decision(self, inventory: Inventory) -> str | None:
        for decision, kinds in self._decisions():
            if Kind.RAISED in kinds:
                self._raised = decision
                return self._texts.raised
        return None

    def _published(self, inventory: Inventory) -> str | None:
        if self._raised is None:
            return None
        table = Receipts(self._stack.output("ReceiptsTable"), self._stack.database, lambda problem, error: None)
        wanted = [each.id for each in announcements_of(self._raised) if self._is_ours(each.worst.target)]
        if all(has_receipt(table, new_receipts(), name) for name in wanted):
            return self._texts.published.format(id=wanted[0])
        return None

    def _delivered(self, inventory: Inventory) -> str | None:
        if self._raised is None or PUBLISHED not in self._found:
            return None
        if not self._robots or "OutboxesTable" not in self._stack.outputs:
            return self._texts.to_sns
        boxes = DynamoOutboxes(
            self._stack.database, self._stack.output("OutboxesTable"), self._stack.output("ReceiptsTable")
        )
        alarms = {each.alarm_id for each in self._raised.transitions if self._is_ours(each.target)}
        self._missing = tuple(name for name in self._robots if not _has_it(boxes.load(name), alarms))
        listing = self._speech.texts.listing
        later = self._texts.later.format(names=listing.join(self._later)) if self._later else ""
        return None if self._missing else self._texts.to_robots.format(names=listing.join(self._robots), later=later)

    def _confirmed(self, inventory: Inventory) -> str | None:
        known = inventory.drills.get(self._drill.id)
        if known is None or known.confirmed_at is None:
            return None
        return self._texts.confirmed_by.format(name=known.confirmed_by)

    def _cleared(self, inventory: Inventory) -> str | None:
        ended = any(Kind.CLEARED in kinds for _, kinds in self._decisions())
        return self._texts.cleared if ended else None

    def _sweeps(self, shard: str) -> Iterator[dict[str, object]]:
        starts = self._drill.starts_at
        return self._stack.sweeps(shard, starts, starts + DRILL_SECONDS)

    def _decisions(self) -> Iterator[tuple[Decision, set[Kind]]]:
        """The decisions about the drill, with what they decided."""
        starts = self._drill.starts_at
        for each in self._stack.transitions().history(DRILL_SHARD, starts, starts + DRILL_SECONDS):
            if not isinstance(each, ItemError):
                yield each, {one.kind for one in each.transitions if self._is_ours(one.target)}

    def _is_ours(self, target: str) -> bool:
        return target == self._drill.target


def _waits(robot: Robot, drill: Drill) -> bool:
    """Whether a robot is told of a drill only once its hours begin, which is not waited for."""
    return wait_of(robot, drill.starts_at) > 0


def _has_it(box: Outbox, alarms: set[str]) -> bool:
    """Whether a robot was told of all of these, and perhaps of their ends since."""
    waiting = {name for each in box.waiting for name in each.alarms}
    return alarms <= {*box.known, *box.over} - waiting
