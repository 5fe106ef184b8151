"""Draws `docs/run.svg`, the picture in the README: `.venv/bin/python -m scripts.picture`.

It is no mock-up: the demonstration of `icwatch run` runs for half a minute, until an alarm is active for the second
time and was repeated, and what the terminal would show at that moment is kept.
"""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from icwatch.model import Language
from icwatch_cli.commands.run import DEMONSTRATION
from icwatch_cli.deployed.stack import Stack as DeployedStack
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.live.state import State
from icwatch_cli.live.view import draw
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.chat_group import GROUP, ChatGroup
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.stack import STACK
from icwatch_cli.local.standins import StandIns
from icwatch_cli.local.watcher import Watcher
from icwatch_cli.page.overview import overview_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.serving.reader import StackReader

PICTURE = Path(__file__).parents[1] / "docs" / "run.svg"
WIDTH, HEIGHT = 118, 38
NOTICES = 5
"""Raised, repeated, cleared, raised, repeated."""

ASPECT = 0.6
"""Width of a character to its height, as in most fonts of fixed width: some viewers stretch no text to its place."""

WITHIN = 90.0
"""Seconds; the demonstration takes some 35 of them."""


def code_format() -> str:
    """rich's own format without the fonts that it would have a reader's browser fetch from elsewhere."""
    head, *fonts = CONSOLE_SVG_FORMAT.split("@font-face")
    _, style = fonts[-1].split("}}", maxsplit=1)
    return head.rstrip() + style


def watch() -> State:
    """Run the demonstration until there is something to see."""
    os.environ.update(private_environment())
    fleet = load_fleet(DEMONSTRATION)
    state = State(fleet, "the demonstration", "", "http://localhost:8080/", keys=True)

    stand_ins = StandIns(list(fleet.targets.values()))
    stand_ins.start()
    group = ChatGroup(state.hear)
    group.start()
    os.environ[GROUP] = group.url
    try:
        with LocalCloud(Watcher(state.take, state.receive, state.tell), robots=True) as cloud:
            state.endpoint = os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint
            cloud.watch(fleet)
            ends = time.monotonic() + WITHIN
            reader = StackReader(DeployedStack(STACK, local=True))
            while len(state.notices) < NOTICES or state.overview is None or not state.overview.cards:
                if time.monotonic() > ends:
                    raise TimeoutError(f"only {len(state.notices)} notices after {WITHIN:.0f}s; see {cloud.log}")
                time.sleep(0.25)
                reader.refresh(0)
                state.follow(reader.data.inventory, overview_of(reader.data))
    finally:
        group.stop()
        stand_ins.stop()
    return state


def main() -> None:
    """Watch, and save the picture."""
    console = Console(record=True, width=WIDTH, height=HEIGHT, file=io.StringIO(), force_terminal=True)
    console.print(draw(watch(), RowWords(Language.EN_US), WIDTH, HEIGHT))
    console.save_svg(
        str(PICTURE), title="make run", code_format=code_format(), font_aspect_ratio=ASPECT, unique_id="icwatch"
    )
    print(PICTURE)


if __name__ == "__main__":
    main()
