"""When each page is written into a bucket: what is looked at each minute, the others in turn. Pure."""

from __future__ import annotations

from icwatch_cli.page.site import HISTORY, INDEX, PLACES, REPORTS

HOUR, DAY = 60, 24 * 60
"""Minutes."""

BESIDE = 2
"""Objects that are written every minute beside the pages: `status.json`, and what leads to the first page."""

RECENT_REPORTS = 2
"""Reports that are written every hour: of this month, and of the one before, of which outages may still end. The others
are once a day.
"""


def turn_of(path: str, months: list[str], turn: int) -> tuple[int, int]:
    """Every how many minutes a page is written, and which of them it is; `turn` is the minute of an hour that a page of
    a target has. The `months` that have a report are newest first.
    """
    if path == INDEX or path.startswith(f"{PLACES}/"):
        return 1, 0
    if path == HISTORY:
        return HOUR, 0
    if path.startswith(f"{REPORTS}/"):
        age = months.index(path.removeprefix(f"{REPORTS}/").removesuffix(".html"))
        return (HOUR, 0) if age < RECENT_REPORTS else (DAY, HOUR * age % DAY)
    return HOUR, turn % HOUR


def objects_a_day(targets: int, places: int, months: int) -> int:
    """How many objects are written in a day of the pages of so many targets, places and months."""
    recent = min(months, RECENT_REPORTS)
    return DAY * (1 + BESIDE + places) + DAY // HOUR * (1 + recent + targets) + months - recent
