"""Which targets share a shard. Pure.

A shard is what one sweep takes in and one evaluation decides. So the targets of a rule's group have to share one, and
so have those over which one rule may inhibit another. What is bound together by several rules is bound as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from icwatch.errors import ConfigError
from icwatch.model import Fleet
from icwatch_cli.fleet.bindings import SHARD_TARGETS, bindings_of, components, too_large


def assign(fleet: Fleet, kept: Mapping[str, str], all_shards: Sequence[str]) -> dict[str, str]:
    """The shard of every target. `kept` is where targets are, `all_shards` the shards there are.

    A target stays, unless it is bound to one elsewhere: then all that are bound together go where most of them are,
    or where there is room. Raises ConfigError where no shard can hold them.
    """
    bound = list(bindings_of(fleet))
    if problems := too_large(bound):
        raise ConfigError(problems)
    together = components(bound)
    taken = {name for members in together for name in members}
    units = [*together, *((name,) for name in fleet.targets if name not in taken)]
    shards = _Shards(all_shards)
    waiting = []
    for members in units:
        homes = {kept.get(name) for name in members}
        home = homes.pop()
        if home is None or homes:
            waiting.append(members)
        else:
            shards.put(members, home)  # first of all, so that nothing moves which need not
    # Those with most to move choose first, and then large ones, since small ones fit into what they leave.
    for members in sorted(waiting, key=lambda members: (-_most(members, kept)[1], -len(members))):
        shards.put(members, shards.with_room(len(members), _most(members, kept)[0]))
    return {name: shards.of[name] for name in fleet.targets}


class _Shards:
    """Shards being filled, in order: those there are, and then new ones."""

    def __init__(self, names: Sequence[str]) -> None:
        self.of: dict[str, str] = {}
        self._names = list(names)
        self._count: Counter[str] = Counter()
        self._full = 0

    def put(self, members: Sequence[str], shard: str) -> None:
        self._count[shard] += len(members)
        self.of.update(dict.fromkeys(members, shard))

    def with_room(self, size: int, preferred: str | None) -> str:
        """The preferred shard or else the first that has room for so many."""
        if preferred is not None and self._room(preferred) >= size:
            return preferred
        while self._full < len(self._names) and self._room(self._names[self._full]) <= 0:
            self._full += 1  # passed over for good, so that thousands of targets are placed in one go
        for shard in self._names[self._full :]:
            if self._room(shard) >= size:
                return shard
        return self._open()

    def _room(self, shard: str) -> int:
        return SHARD_TARGETS - self._count[shard]

    def _open(self) -> str:
        known = {*self._names, *self._count}
        number = 1
        while (shard := f"shard-{number:04d}") in known:
            number += 1
        self._names.append(shard)
        return shard


def _most(members: Iterable[str], kept: Mapping[str, str]) -> tuple[str | None, int]:
    """The shard where most of the members are, the first by name of several, and how many are there."""
    homes = Counter(kept[name] for name in members if name in kept)
    if not homes:
        return None, 0
    shard = min(homes, key=lambda shard: (-homes[shard], shard))
    return shard, homes[shard]
