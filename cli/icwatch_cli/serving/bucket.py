"""The pages as objects of a bucket, for a screen on a wall: what is looked at each minute, and the others in turn.

An object is replaced as a whole, so whoever reads it sees the old page or the new one. What is written twice, or by two
that run at once, is at most a minute older than it could be; the page itself says how old it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from icwatch_cli.page.site import target_path
from icwatch_cli.page.turns import turn_of
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.manifest import Manifest
from icwatch_cli.serving.writing import Put, belonging, write_pages


def write_objects(content: Content, minute: int, put: Put) -> int:
    """Write what is due in a minute of Unix time, in the pages' language; how many objects that were."""
    return write_pages(content, due_paths(content, minute), (content.language(),), put)


def known_objects(content: Content, manifest: Manifest) -> AbstractContextManager[None]:
    """Around the writing of what is due: the pages that no longer belong are removed once that is written."""
    return manifest.of(belonging(content, (content.language(),)))


def due_paths(content: Content, minute: int) -> Iterator[str]:
    """The pages below a language that are due. Those of the targets of a shard have the same turn."""
    inventory = content.reader.data.inventory
    turns = {shard: number for number, shard in enumerate(inventory.all_shards)}
    targets = {target_path(name): turns.get(shard, 0) for name, shard in inventory.shards.items()}
    months = content.months()
    for path in content.paths():
        period, turn = turn_of(path, months, targets.get(path, 0))
        if minute % period == turn:
            yield path
