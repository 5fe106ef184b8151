"""The pages as objects of a bucket, for a screen on a wall: what is looked at each minute, and the others in turn.

An object is replaced as a whole, so whoever reads it sees the old page or the new one. What is written twice, or by two
that run at once, is at most a minute older than it could be; the page itself says how old it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from icwatch_cli.page.site import HISTORY, INDEX, PLACES, REPORTS, target_path
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.writing import Put, write_pages

TURNS = 60
"""The pages of the targets of a shard, the history and the reports are written once in so many minutes."""


def write_objects(content: Content, minute: int, put: Put) -> int:
    """Write what is due in a minute, counted from anywhere, in the pages' language; how many objects that were."""
    return write_pages(content, due_paths(content, minute % TURNS), (content.language(),), put)


def due_paths(content: Content, turn: int) -> Iterator[str]:
    """The pages below a language that are due: the overview and the places always, each other one in its turn."""
    inventory = content.reader.data.inventory
    turns = {shard: number % TURNS for number, shard in enumerate(inventory.all_shards)}
    targets = {target_path(name): turns.get(shard, 0) for name, shard in inventory.shards.items()}
    for path in content.paths():
        always = path == INDEX or path.startswith(f"{PLACES}/")
        hourly = path == HISTORY or path.startswith(f"{REPORTS}/")
        if always or turn == (0 if hourly else targets.get(path, 0)):
            yield path
