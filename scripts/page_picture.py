"""Draws `docs/page.png`, the picture of the status page: `.venv/bin/python -m scripts.page_picture`.

It is no mock-up: the outage of the tests is decided by the evaluator, and its page is shown by a real Chromium.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from icwatch.model import Language
from icwatch_cli.page.data import RobotState
from icwatch_cli.page.overview import overview_of
from icwatch_cli.page.pages import Pages
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.site import INDEX, Site
from tests.cli.page.browser import chromium
from tests.cli.page.world import NOW, an_outage

PICTURE = Path(__file__).parents[1] / "docs" / "page.png"
WIDTH, HEIGHT = 1280, 800


def main() -> None:
    """Show the page at the moment at which it was made, and keep what is seen."""
    world = an_outage(by="Wu", comment="called the network team")
    data = world.data(robots=[RobotState("dba-on-duty", "dingtalk", NOW - 300)], prober=0, evaluator=0, notifier=0)
    html = Pages(data, overview_of(data), RowWords(Language.EN_US, UTC)).overview(Site(INDEX, Language.EN_US))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.clock.install(time=NOW)
        page.set_content(html)
        page.locator("[data-age]").wait_for()
        page.screenshot(path=PICTURE, full_page=True)
    print(PICTURE)


if __name__ == "__main__":
    main()
