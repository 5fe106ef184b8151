"""The pages in a real browser: read, followed and refreshed, on a telephone and a desk, also without scripts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from icwatch.model import Language
from icwatch_cli.page.overview import MOST_PLACES
from icwatch_cli.page.site import INDEX, Site
from tests.cli.page.browser import CHROMIUM, WITHOUT, chromium
from tests.cli.page.rendering import all_pages, pages_of
from tests.cli.page.test_hostile import ATTACKS, MARK, hostile
from tests.cli.page.world import NOW, TIMED_OUT, World, an_outage, fleet_of

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT)

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The outage in three languages, and fleets of other sizes, as files that a web server serves."""
    folder = tmp_path_factory.mktemp("site")
    world = an_outage()
    for language in Language:
        for path, html in all_pages(world, world.data(), "10.3.0.4", "vpc-3", language).items():
            (folder / language / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / language / path).write_text(html, encoding="utf-8")
    for name, places, every in (("3", 1, 3), ("5000", 40, 125)):
        big = World.of(fleet_of({f"vpc-{number}": every for number in range(1, places + 1)}))
        big.sweep(NOW // 60 * 60, dict.fromkeys([*big.inventory.targets][::9], TIMED_OUT))
        html = pages_of(big.data()).overview(Site(INDEX, Language.EN_US))
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    world, data, target = hostile(ATTACKS[1])
    html = all_pages(world, data, target, ATTACKS[1], Language.EN_US)[INDEX]
    (folder / "hostile.html").write_text(html, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


def opened(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    """A page, with what the browser complains of; its clock stands where the world's does."""
    page = browser.new_page(viewport=options.pop("viewport", DESK), **options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    if options.get("java_script_enabled", True):
        page.clock.set_fixed_time(NOW)  # however long the machine takes
    page.goto(address)
    return page, complaints


def is_wider_than_its_window(page: Page) -> bool:
    """Whether one would have to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


VIEWS: dict[str, dict[str, Any]] = {
    "en-US": {"color_scheme": "light", "viewport": DESK},
    "zh-CN": {"color_scheme": "dark", "viewport": PHONE},
}
"""How each language is looked at."""


@pytest.mark.parametrize("language", VIEWS)
@pytest.mark.parametrize("path", ["index", "history", "reports/2026-11", "targets/10.3.0.4", "places/vpc-3"])
def test_every_page_is_accessible_and_fits(browser: Browser, site: tuple[str, Path], path: str, language: str) -> None:
    page, complaints = opened(browser, f"{site[0]}/{language}/{path}.html", **VIEWS[language])
    assert not is_wider_than_its_window(page)
    found = Axe().run(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    assert complaints == []
    page.close()


def test_what_was_announced_is_seen_first_and_leads_on(browser: Browser, site: tuple[str, Path]) -> None:
    page, complaints = opened(browser, f"{site[0]}/en-US/index.html")
    assert page.title() == "● 11/40 Status · icwatch"
    assert page.locator("h1").inner_text() == "vpc-2: all 10 IC-Servers unreachable for 18 min"
    names = page.locator(".card h3").all_inner_texts()
    assert names == ["vpc-2: all 10 IC-Servers unreachable", "10.3.0.4 unreachable", "10.4.0.2 unhealthy"]
    assert page.locator("[data-age]").inner_text() == "· 12 s ago"
    child = page.get_by_role("link", name="10.2.0.7")
    assert not child.first.is_visible()
    page.get_by_text("10 alarms are inhibited by it").click()
    assert child.first.is_visible()
    page.get_by_role("link", name="10.3.0.4").first.click()
    assert page.locator("h1").inner_text() == "10.3.0.4 down"
    page.get_by_role("link", name="简体").click()
    assert page.locator("h1").inner_text() == "10.3.0.4 异常"
    assert complaints == []
    page.close()


def test_a_history_that_is_a_file_filters_itself(browser: Browser, site: tuple[str, Path]) -> None:
    page, complaints = opened(browser, f"{site[0]}/en-US/history.html")
    shown = page.locator("tbody tr:not([hidden])")
    page.locator("input[name=text]").fill("")
    page.locator("input[name=all]").uncheck()
    told = shown.count()
    page.locator("input[name=all]").check()
    assert shown.count() > told > 10
    page.locator("select[name=kind]").select_option("raised")
    page.locator("input[name=text]").fill("vpc-4")
    assert shown.count() == 1
    assert "10.4.0.2" in shown.inner_text()
    assert complaints == []
    page.close()


def test_a_telephone_shows_why_and_the_newest_without_scrolling_sideways(
    browser: Browser, site: tuple[str, Path]
) -> None:
    page, complaints = opened(browser, f"{site[0]}/en-US/history.html", viewport=PHONE)
    box = page.locator("tbody tr:not([hidden]) td").nth(3).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    page.goto(f"{site[0]}/zh-CN/reports/2026-11.html")
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(box => box.scrollWidth <= box.clientWidth)")
    page.goto(f"{site[0]}/en-US/targets/10.3.0.4.html")
    box = page.locator("svg.chart").bounding_box()
    assert box is not None
    assert box["width"] > PHONE["width"] >= box["x"] + box["width"]
    assert complaints == []
    page.close()


def test_a_reader_chooses_light_or_dark_for_good(browser: Browser, site: tuple[str, Path]) -> None:
    page, _ = opened(browser, f"{site[0]}/en-US/index.html", color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Light or dark").click()
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    assert page.evaluate(colour) == dark
    page.close()


def test_a_page_refreshes_itself_and_stays_as_it_was_opened(browser: Browser, site: tuple[str, Path]) -> None:
    address, folder = site
    world = an_outage(hours=1)
    path = folder / "live.html"
    path.write_text(pages_of(world.data(), refresh=5).overview(Site(INDEX, Language.EN_US)), encoding="utf-8")
    page, complaints = opened(browser, f"{address}/live.html")
    page.get_by_text("10 alarms are inhibited by it").click()
    for minute in range(1, 7):
        world.sweep(NOW // 60 * 60 + 60 * minute, {})
    page.evaluate("document.body.dataset.same = 'yes'")
    html = pages_of(world.data(NOW + 360), refresh=5).overview(Site(INDEX, Language.EN_US))
    path.write_text(html, encoding="utf-8")
    page.clock.fast_forward(6_000)
    page.get_by_role("heading", name="All 40 IC-Servers answer").wait_for()
    assert page.evaluate("document.body.dataset.same") == "yes"  # the page was not loaded anew
    assert page.title() == "Status · icwatch"
    assert page.locator("#said").inner_text() == "All 40 IC-Servers answer"
    path.unlink()
    page.clock.fast_forward(6_000)
    page.get_by_text("no connection; shown is").wait_for()
    assert [each for each in complaints if "404" not in each] == []
    page.close()


def test_what_was_opened_stays_open_wherever_it_comes_to_stand(browser: Browser, site: tuple[str, Path]) -> None:
    address, folder = site
    world = World.of(fleet_of({"vpc-1": 5, "vpc-2": 5}))
    path = folder / "moved.html"

    def swept(minute: int, *vpcs: str) -> None:
        at = NOW // 60 * 60 + 60 * minute
        targets = world.inventory.targets.values()
        world.sweep(at, {target.id: TIMED_OUT for target in targets if target.labels["vpc"] in vpcs})
        html = pages_of(world.data(at + 12), refresh=5).overview(Site(INDEX, Language.EN_US))
        path.write_text(html, encoding="utf-8")

    swept(0, "vpc-1", "vpc-2")
    page, complaints = opened(browser, f"{address}/moved.html")
    folds = page.locator(".place details")
    assert page.locator(".place h3").all_inner_texts() == ["vpc-1", "vpc-2"]
    folds.first.locator("summary").click()
    assert [fold.evaluate("fold => fold.open") for fold in folds.all()] == [True, False]
    swept(1, "vpc-2")
    page.clock.fast_forward(6_000)
    page.locator(".place h3").first.get_by_text("vpc-2").wait_for()
    assert [fold.evaluate("fold => fold.open") for fold in folds.all()] == [False, True]
    assert complaints == []
    page.close()


def test_all_can_be_read_without_scripts(browser: Browser, site: tuple[str, Path]) -> None:
    page, _ = opened(browser, f"{site[0]}/zh-CN/index.html", java_script_enabled=False, viewport=PHONE)
    assert page.locator("h1").inner_text() == "vpc-2 全部 10 台 IC-Server 连接失败，已持续 18 分钟"
    page.get_by_text("抑制了 10 条告警").click()
    assert page.get_by_role("link", name="10.2.0.7").first.is_visible()
    page.get_by_role("link", name="历史").first.click()
    assert page.locator("tbody tr").count() > 10
    assert page.get_by_role("button", name="浅色或深色").count() == 0
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(("name", "places"), [("3", 1), ("5000", MOST_PLACES)])
def test_fleets_of_every_size_fit(
    browser: Browser, site: tuple[str, Path], name: str, places: int, size: dict[str, int]
) -> None:
    page, complaints = opened(browser, f"{site[0]}/{name}.html", viewport=size)
    assert page.locator(".place").count() == places
    assert not is_wider_than_its_window(page)
    assert complaints == []
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_hostile_texts_do_nothing(browser: Browser, site: tuple[str, Path], size: dict[str, int]) -> None:
    """And what is silenced, and long names beside links, can be read."""
    page, complaints = opened(browser, f"{site[0]}/hostile.html", viewport=size, color_scheme="light")
    assert not is_wider_than_its_window(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]] == []
    assert MARK in page.locator("main").inner_text()
    assert page.evaluate(f"typeof {MARK}") == "undefined"
    assert page.locator("main img, main script").count() == 0
    assert complaints == []
    page.close()
