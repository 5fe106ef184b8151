"""All that is watched: as stored, and as a fleet file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from icwatch.model.drills import Drill
from icwatch.model.robots import Robot
from icwatch.model.rules import Rule
from icwatch.model.silences import Acknowledgement, Silence
from icwatch.model.targets import ProbeSpec, Target
from icwatch.model.terms import MERGE_ABOVE, TLS_DAYS_LEFT, Language

Index = TypeVar("Index")


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that is watched, and how. `version` changes with every write, and `complete` is False while one goes on.

    `probe` asks for the health, `probes` for further metrics. `targets` and `shards` map a target's id to the target
    and to its shard. `unreadable` holds, by kind and id, what is wrong with stored items that cannot be read: such a
    target is not probed, such a rule not applied, and their alarms are left as they are; a field of the fleet's head is
    named `("fleet", "head.<field>")` and has its default. `torn` are those of them that no version could read, because
    a part is gone and not only of a form that is not known here. `all_shards` includes shards
    that lost their last target. `acknowledged` is by the alarm's id. `route_by` are the labels that notices carry as
    message attributes, and transitions of one sweep, rule and kind become one notice where there are more than
    `merge_above`. `robots` are by name; only the messenger and commands load them. `control` are the endpoints that
    tell an outage of this side's own network from one of all targets.
    """

    version: int = 0
    complete: bool = True
    language: Language | None = None
    every: int = 60
    probe: ProbeSpec = field(default_factory=ProbeSpec)
    probes: Mapping[str, ProbeSpec] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    shards: Mapping[str, str] = field(default_factory=dict)
    all_shards: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    acknowledged: Mapping[str, Acknowledgement] = field(default_factory=dict)
    route_by: tuple[str, ...] = ()
    merge_above: int = MERGE_ABOVE
    robots: Mapping[str, Robot] = field(default_factory=dict)
    drills: Mapping[str, Drill] = field(default_factory=dict)
    unreadable: Mapping[tuple[str, str], str] = field(default_factory=dict)
    torn: frozenset[tuple[str, str]] = frozenset()
    control: tuple[Target, ...] = ()
    probe_metrics: frozenset[str] = field(init=False, repr=False, compare=False)
    """The metrics that further probes collect, the fleet's own or those of any target."""
    _indexes: dict[type[Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "probe_metrics", _probe_metrics(self.probes, self.targets))

    def index(self, kind: type[Index]) -> Index:
        """The index of a class that is made of an inventory alone, such as `rules.index.InventoryIndex`.

        It is made at the first call, and kept for as long as the inventory is: only once for many sweeps.
        """
        if kind not in self._indexes:
            self._indexes[kind] = kind(self)  # type: ignore[call-arg]  # a class that takes an inventory
        found: Index = self._indexes[kind]
        return found


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a fleet file says should be watched: targets by id, rules by name (the built-in one always among them).

    `ocp` is the version of OCP that the built-in rule is as in.
    """

    language: Language | None
    every: int
    probe: ProbeSpec
    targets: Mapping[str, Target]
    rules: Mapping[str, Rule]
    probes: Mapping[str, ProbeSpec] = field(default_factory=dict)
    route_by: tuple[str, ...] = ()
    merge_above: int = MERGE_ABOVE
    robots: Mapping[str, Robot] = field(default_factory=dict)
    ocp: str = "3.3"
    control: tuple[Target, ...] = ()
    probe_metrics: frozenset[str] = field(init=False, repr=False, compare=False)
    """The metrics that further probes collect, the fleet's own or those of any target."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "probe_metrics", _probe_metrics(self.probes, self.targets))

    def as_inventory(self) -> Inventory:
        """What a function would load of it if all targets were in one shard."""
        return Inventory(
            language=self.language,
            every=self.every,
            probe=self.probe,
            probes=self.probes,
            targets=self.targets,
            rules=self.rules,
            route_by=self.route_by,
            merge_above=self.merge_above,
            robots=self.robots,
            control=self.control,
        )


def collects(watched: Inventory | Fleet, target: Target, metric: str) -> bool:
    """Whether a metric can come from a target. One that no probe names may come from anywhere, as in a replay."""
    if metric == TLS_DAYS_LEFT:
        return ((target.probe or watched.probe).scheme or target.scheme) == "https"
    return metric in (watched.probes if target.probes is None else target.probes) or metric not in watched.probe_metrics


def _probe_metrics(probes: Mapping[str, ProbeSpec], targets: Mapping[str, Target]) -> frozenset[str]:
    own = (target.probes for target in targets.values() if target.probes is not None)
    return frozenset(metric for each in (probes, *own) for metric in each)
