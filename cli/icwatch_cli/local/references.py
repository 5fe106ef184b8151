"""What robots refer to that a run on this machine cannot read. Pure but for a look whether a file is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from icwatch.delivery.secrets import STORES
from icwatch.model import Robot


def out_of_reach(robots: Iterable[Robot], environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each address or secret that is not here, so that its robot is told nothing."""
    for robot in robots:
        for reference in filter(None, (robot.url, robot.secret)):
            if why := _lack(reference, environment):
                yield f"robot {robot.name} is told nothing: {reference} {why}"


def _lack(reference: str, environment: Mapping[str, str]) -> str:
    """Why a reference leads nowhere here; an empty text where it does not."""
    store, _, name = reference.partition(":")
    if store in STORES:
        return "is kept in AWS, which icwatch run does not ask; write env:NAME or file:PATH"
    if store == "env" and not environment.get(name):
        return f"is not set; export {name} before icwatch run is started"
    if store == "file" and not Path(name).expanduser().is_file():
        return "is no file here; write where it is kept"
    return ""
