"""Pages of fleets of every size: whole, small, in every language, and the same for programs."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from icwatch.model import Language
from icwatch_cli.main import main
from icwatch_cli.page.happenings import Filter, filtered, happening_of
from icwatch_cli.page.locales import PAGE_LOCALES
from icwatch_cli.page.overview import Mood
from icwatch_cli.page.site import HISTORY, INDEX, Site, place_path, target_path
from icwatch_cli.page.status_schema import status_schema
from tests.cli.page.rendering import Parsed, all_pages, pages_of
from tests.cli.page.world import NOW, TIMED_OUT, World, an_outage, fleet_of
from tests.cli.schemas.test_fleet import validator_of

ROOT = Path(__file__).parents[3]
MOST_BYTES = 150_000
LAST = NOW // 60 * 60


@pytest.fixture(scope="module")
def world() -> World:
    return an_outage()


@pytest.mark.parametrize("language", Language)
def test_every_page_is_whole_and_leads_to_pages_that_there_are(world: World, language: Language) -> None:
    data = world.data()
    pages = all_pages(world, data, "10.3.0.4", "vpc-3", language)
    known = {*pages, *map(target_path, data.inventory.targets), *(place_path(f"vpc-{n}") for n in range(1, 5))}
    known |= {f"reports/2026-{month:02}.html" for month in (8, 9, 10, 11)}
    for path, html in pages.items():
        page = Parsed(html)
        assert (page.wrong, page.open) == ([], []), path
        assert page.elements[0] == ("html", {"lang": str(language)})
        for tag, attributes in page.elements:
            link = attributes.get("href") or ""
            if tag == "a" and not link.startswith("#"):
                parts: list[str] = [str(language), *path.split("/")[:-1]]
                for part in link.split("/"):
                    parts = parts[:-1] if part == ".." else [*parts, part]
                folder, _, rest = "/".join(parts).partition("/")
                assert rest in known or folder == "status.json", (path, link)
                assert folder in {*Language, "status.json"}


def test_a_chinese_page_has_no_english_sentences(world: World) -> None:
    shown = Parsed(all_pages(world, world.data(), "10.3.0.4", "vpc-3", Language.ZH_CN)[INDEX]).text
    for word in ("since", "notified", "down", "unseen", "server", "connection", "first", "swept"):
        assert f" {word}" not in shown.lower().replace("ic-server", "")


@pytest.mark.parametrize(
    ("places", "storm"), [(12, False), (12, True), (30, True), (40, True), (1, True), (2500, True)], ids=str
)
def test_the_first_page_stays_small(places: int, storm: bool) -> None:
    count = 500 if places == 12 else 5000
    world = World.of(fleet_of({f"vpc-{number}": count // places for number in range(1, places + 1)}))
    names = [*world.inventory.targets]
    world.sweep(LAST, dict.fromkeys(names if storm else names[::7], TIMED_OUT))
    html = pages_of(world.data(), Language.ZH_CN).overview(Site(INDEX, Language.ZH_CN))
    assert len(html.encode()) < MOST_BYTES
    page = Parsed(html)
    assert (page.wrong, page.open) == ([], [])


def test_the_first_page_stays_small_on_the_worst_day() -> None:
    """Servers of many places that come and go all day, and are all down at its end."""
    world = World.of(fleet_of({f"vpc-{number}": 13 for number in range(1, 13)}, every="15m"))
    names = [*world.inventory.targets]
    for slot in range(96):
        shown = names if slot == 95 else names[slot % 2 :: 2]
        world.sweep(LAST - 900 * (95 - slot), dict.fromkeys(shown, TIMED_OUT), unseen=names[slot % 3 :: 24])
    html = pages_of(world.data(), Language.ZH_CN).overview(Site(INDEX, Language.ZH_CN))
    assert len(html.encode()) < MOST_BYTES


def test_history_calls_a_group_as_people_do(world: World) -> None:
    shown = Parsed(all_pages(world, world.data(), "10.2.0.1", "vpc-2", Language.ZH_CN)[HISTORY]).text
    assert "vpc-2" in shown
    assert "vpc=" not in shown
    assert "vpc-2 vpc-2" not in shown


def test_the_history_is_filtered(world: World) -> None:
    rows = [*map(happening_of, world.events())]
    assert {row.kind for row in filtered(rows, Filter(kind="cleared"))} == {"cleared"}
    assert {row.target for row in filtered(rows, Filter(text="10.3.0.4"))} == {"10.3.0.4"}
    assert {row.place for row in filtered(rows, Filter(text="vpc-4"))} == {"vpc-4"}
    assert all(row.told for row in filtered(rows, Filter()))
    assert len(filtered(rows, Filter(told=False))) == len(rows) > len(filtered(rows, Filter()))
    times = [row.at for row in filtered(rows, Filter(told=False))]
    assert times == sorted(times, reverse=True)


VALIDATOR = validator_of(status_schema())


def statuses() -> Iterator[object]:
    """The status of several worlds."""
    yield pages_of(an_outage().data(notifier=2)).status()
    yield pages_of(an_outage(rules=False, hours=1).data(NOW + 3600)).status()
    yield pages_of(World.of(fleet_of({"vpc-1": 1})).data()).status()


def test_the_status_is_as_its_schema_says() -> None:
    for status in statuses():
        document = json.loads(json.dumps(status))
        assert [*VALIDATOR.iter_errors(document)] == []
        for name in document:
            rest = {key: value for key, value in document.items() if key != name}
            assert [*VALIDATOR.iter_errors(rest)] != []


def test_the_status_says_what_the_page_says(world: World) -> None:
    status = pages_of(world.data()).status()
    assert (status["mood"], status["down"], status["targets"]) == (Mood.ALARM, 11, 40)
    assert [card["targets"] for card in status["alarms"]] == [["vpc=vpc-2"], ["10.3.0.4"], ["10.4.0.2"]]
    assert status["alarms"][0]["acknowledged_by"] == "吴"
    (vpc4,) = [place for place in status["places"] if place["name"] == "vpc-4"]
    assert vpc4["availability"][0]["down_seconds"] == 16 * 60


def test_the_shipped_schema_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--status"]) == 0
    assert (ROOT / "docs/status.schema.json").read_text(encoding="utf-8") == capsys.readouterr().out


def texts(value: object) -> list[str]:
    """The texts of a field of a locale."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [*value.values()]
    assert isinstance(value, tuple)
    return [*value]


def placeholders(text: str) -> set[str]:
    """What a text is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", Language)
def test_every_language_is_filled_with_what_english_is(language: Language) -> None:
    english, other = PAGE_LOCALES[Language.EN_US], PAGE_LOCALES[language]
    for name in english._fields:
        ours, theirs = texts(getattr(english, name)), texts(getattr(other, name))
        assert len(ours) == len(theirs), name
        for one, two in zip(ours, theirs, strict=True):
            assert placeholders(two) <= placeholders(one) | {"servers", "failing", "of"}, name
            assert two.strip() or not one.strip(), name
