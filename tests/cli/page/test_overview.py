"""What the first page says of an outage, decided by the evaluator itself: what was announced comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from icwatch.model import CUT_OFF, WHOLE_FLEET, Cause, Drill, Failure, Language, MonitoringProblem, Silence
from icwatch.notices.steps import Step
from icwatch_cli.page.now import State
from icwatch_cli.page.overview import Mood, Overview, overview_of
from icwatch_cli.page.row_words import RowWords
from tests.cli.page.world import ANSWERED_500, NOW, REFUSED, TIMED_OUT, World, an_outage, fleet_of

CHINA = timezone(timedelta(hours=8))
EN, ZH = (RowWords(language, CHINA) for language in (Language.EN_US, Language.ZH_CN))
LAST = NOW // 60 * 60


@pytest.fixture(scope="module")
def page() -> Overview:
    return overview_of(an_outage().data())


def small(minutes: int = 3, rules: Sequence[Mapping[str, Any]] = (), **failing: Failure) -> World:
    """Six servers in two VPCs, of which those that are named have failed for some minutes."""
    world = World.of(fleet_of({"vpc-1": 3, "vpc-2": 3}, rules))
    names = dict(zip("abcdef", world.inventory.targets, strict=True))
    for minute in range(10):
        down = {names[key]: failure for key, failure in failing.items()} if minute >= 10 - minutes else {}
        world.sweep(LAST - 60 * (9 - minute), down)
    return world


def test_the_three_that_were_announced_come_first(page: Overview) -> None:
    assert [EN.title(card) for card in page.cards] == [
        "vpc-2: all 10 IC-Servers unreachable",
        "10.3.0.4 unreachable",
        "10.4.0.2 unhealthy",
    ]
    assert [len(card.children) for card in page.cards] == [10, 0, 0]
    assert all(card.announced for card in page.cards)
    assert (page.counts.down, page.counts.recovering, page.counts.alarms, page.counts.inhibited) == (11, 1, 3, 10)


def test_what_is_inhibited_is_in_the_order_of_its_numbers(page: Overview) -> None:
    assert [child.target for child in page.cards[0].children] == [f"10.2.0.{number}" for number in range(1, 11)]


@pytest.mark.parametrize(
    ("now", "last", "lost", "swept", "due"),
    [
        (0, 0, (), 10, 10),
        (30, 0, (), 10, 10),
        (63, 0, (), 10, 10),  # the next one is under way
        (59, 0, (4,), 9, 10),
        (63, 60, (4,), 10, 11),
        (121, 0, (), 10, 11),
        (300, 0, (4,), 9, 14),
    ],
)
def test_a_sweep_that_is_under_way_is_not_missing(
    now: int, last: int, lost: tuple[int, ...], swept: int, due: int
) -> None:
    world = World.of(fleet_of({"vpc-1": 1}))
    for minute in range(10 + last // 60):
        if minute not in lost:
            world.sweep(LAST - 60 * (9 - minute), {})
    found = overview_of(world.data(LAST + now)).monitoring
    assert (found.swept, found.due) == (swept, due)


def test_the_one_sentence(page: Overview) -> None:
    assert page.mood is Mood.ALARM
    assert EN.headline(page) == "vpc-2: all 10 IC-Servers unreachable for 18 min"
    assert EN.lead(page) == "Cause: connect timeout; suspect the path between OCP and vpc-2."
    assert EN.beside(page) == "Also 10.3.0.4 (vpc-3): connection refused; 10.4.0.2 (vpc-4) recovering."
    assert ZH.headline(page) == "vpc-2 全部 10 台 IC-Server 连接失败，已持续 18 分钟"
    assert ZH.lead(page) == "原因：连接超时。请优先排查 OCP 与 vpc-2 之间的网络。"


def test_who_has_it_and_how_it_goes_on(page: Overview) -> None:
    vpc, refused, recovering = page.cards
    assert ZH.owner(vpc, NOW) == "吴 已于 14:17 认领，至 15:32：已联系网络组"
    assert vpc.next_notice is None  # somebody has it
    assert EN.owner(refused, NOW) == "Nobody has it yet"
    assert EN.told(refused, NOW) == "notified 4 times, next 14:42"
    assert (recovering.held, recovering.clears_after) == (180, 300)
    assert (vpc.step, refused.step, recovering.step) == (Step.NETWORK, Step.PROCESS, Step.LOG)
    assert EN.first_step(vpc)[0] == "Check the path between OCP and vpc-2: routes, peering, security groups."
    assert EN.first_step(refused)[1] == "ps -ef|grep ic-server"


def test_places_come_worst_first(page: Overview) -> None:
    assert [each.place.name for each in page.places] == ["vpc-2", "vpc-3", "vpc-4", "vpc-1"]
    assert [server.name for server in page.places[1].servers] == ["10.3.0.4", "10.3.0.7"]
    assert page.places[0].place.count(State.DOWN) == 10


def test_availability_is_exact(page: Overview) -> None:
    """vpc-4: one of ten was down from the 19th to the 4th minute before the last sweep."""
    (vpc4,) = [each.place for each in page.places if each.place.name == "vpc-4"]
    seconds = vpc4.spans[0].seconds
    assert seconds.bad == 16 * 60
    lost = 7 * 60 * 10  # seven cycles that did not come
    assert seconds.unseen == lost
    assert seconds.good + seconds.bad + seconds.unseen == 10 * (NOW - (LAST - 24 * 3600 + 60))


def test_outages_that_ended_say_network_or_host(page: Overview) -> None:
    found = [(each.targets, each.seconds, each.network) for each in page.outages]
    assert found == [
        (("10.3.0.7",), 240, False),
        (("10.3.0.4",), 420, False),
        (("vpc=vpc-2",), 2640, True),
        (("10.3.0.4",), 1740, False),
    ]


def test_a_storm_without_a_rule_for_it_is_one_card() -> None:
    page = overview_of(an_outage(rules=False).data())
    assert EN.title(page.cards[0]) == "vpc-2: all 10 IC-Servers unreachable"
    assert len(page.cards[0].alarms) == 10
    assert page.cards[0].suspects_path
    assert [len(each.targets) for each in page.outages] == [1, 1, 10, 1]


def test_a_part_of_a_place_is_named_as_one() -> None:
    world = small(a=TIMED_OUT, b=TIMED_OUT)
    world.inventory = replace(world.inventory, merge_above=1)
    (card,) = overview_of(world.data()).cards
    assert (EN.title(card), card.suspects_path) == ("vpc-1: 2 of 3 IC-Servers unreachable", False)
    assert ZH.title(card) == "vpc-1 的 3 台 IC-Server 中有 2 台连接失败"
    assert EN.why(card) == "connect timeout"


def test_causes_are_counted_where_they_differ() -> None:
    world = small(a=TIMED_OUT, b=TIMED_OUT, c=REFUSED)
    world.inventory = replace(world.inventory, merge_above=1)
    (card,) = overview_of(world.data()).cards
    assert EN.why(card) == "connect timeout (2), connection refused (1)"
    assert ZH.why(card) == "连接超时 2 台、连接被拒绝 1 台"


def test_what_is_down_all_over_is_said_of_the_fleet() -> None:
    world = small(a=TIMED_OUT, d=TIMED_OUT, e=REFUSED)
    page = overview_of(world.data())
    assert EN.headline(page) == "3 of 6 IC-Servers down for 2 min"
    assert EN.lead(page) == "In vpc-1, vpc-2."
    everything = overview_of(small(3, (), **dict.fromkeys("abcdef", TIMED_OUT)).data())
    assert ZH.headline(everything) == "全部 6 台 IC-Server 异常，已持续 2 分钟"


@pytest.mark.parametrize(
    ("now", "failing", "mood", "headline"),
    [
        (NOW, {}, Mood.GOOD, "All 6 IC-Servers answer"),
        (NOW + 600, {"a": REFUSED}, Mood.BLIND, "Nothing was seen for 10 min"),
        (NOW, {"a": REFUSED}, Mood.ALARM, "10.1.0.1 unreachable for 2 min"),
        (NOW, {"a": ANSWERED_500}, Mood.ALARM, "10.1.0.1 unhealthy for 2 min"),
    ],
)
def test_moods(now: int, failing: dict[str, Failure], mood: Mood, headline: str) -> None:
    page = overview_of(small(3, (), **failing).data(now))
    assert (page.mood, EN.headline(page)) == (mood, headline)


def test_where_nothing_can_be_reached_that_comes_first() -> None:
    world = small(a=REFUSED)
    problem = MonitoringProblem(CUT_OFF, WHOLE_FLEET, LAST - 60, LAST, "no control endpoint", reported=True)
    shard = world.shards["shard-0001"]
    world.shards["shard-0001"] = replace(shard, monitoring={problem.key: problem})
    page = overview_of(world.data())
    assert (page.mood, page.monitoring.well) == (Mood.CUT_OFF, False)
    assert EN.headline(page).startswith("Monitoring has not been able to reach anything for 1 min")
    assert EN.page_title(page).startswith("? ")
    assert ("network", "nothing can be reached since 14:31", True) in list(EN.monitoring(page.monitoring, NOW))


@pytest.mark.parametrize(("cycle", "age", "mood"), [(60, 17, Mood.GOOD), (60, 181, Mood.BLIND), (5, 17, Mood.BLIND)])
def test_a_shorter_cycle_is_not_late_before_its_first_sweep(cycle: int, age: int, mood: Mood) -> None:
    """Another `every` was applied; the last sweep was taken in a cycle of its own."""
    world = World.of(fleet_of({"vpc-1": 2}, every=f"{cycle}s"))
    world.sweep(LAST, {})
    world.inventory = replace(world.inventory, every=5)
    assert overview_of(world.data(LAST + age)).mood is mood


def test_another_fleet_starts_before_its_first_sweep() -> None:
    world = small()
    another = World.of(fleet_of({"vpc-1": 3, "vpc-2": 3, "vpc-3": 3})).inventory
    targets = {name: target for name, target in another.targets.items() if target.labels["vpc"] == "vpc-3"}
    world.inventory = replace(another, targets=targets, shards=dict.fromkeys(targets, "shard-0001"))
    assert overview_of(world.data()).mood is Mood.STARTING


def test_nothing_watched_and_nothing_swept() -> None:
    world = World.of(fleet_of({"vpc-1": 2}))
    assert overview_of(world.data()).mood is Mood.STARTING
    nothing = replace(world.inventory, targets={}, shards={}, all_shards=())
    assert overview_of(World(nothing).data()).mood is Mood.EMPTY


def test_what_is_silenced_stands_behind_what_was_announced() -> None:
    world = small(a=REFUSED, d=ANSWERED_500)
    world.silence(Silence("quiet", {"vpc": "vpc-1"}, LAST - 3600, LAST + 3600, by="Li", comment="rack move"))
    page = overview_of(world.data())
    assert [card.worst.target for card in page.cards] == ["10.2.0.1", "10.1.0.1"]
    assert EN.told(page.cards[1], NOW) == "silenced until 15:32, by Li: rack move"
    assert page.counts.alarms == 1
    assert page.places[0].place.name == "vpc-1"
    assert page.places[0].place.silence is not None


def test_what_waits_for_its_duration_is_counted_and_not_listed() -> None:
    page = overview_of(small(rules=({"name": "ic_server_connect_failed", "duration": "10m"},), a=REFUSED).data())
    assert (page.mood, page.cards, len(page.pending)) == (Mood.DOWN, (), 1)
    assert EN.headline(page) == "1 IC-Server down, and nobody was notified"


def test_other_rules_show_their_value() -> None:
    rule = {"name": "few", "expression": "count(ic_server_probe_seconds) by (vpc) < 4", "level": "Alert"}
    (*_, card) = overview_of(small(rules=(rule,)).data()).cards
    assert (card.about_health, EN.title(card), EN.why(card), card.step) == (False, "vpc-2: few", "3 < 4", None)


def test_unattended_stages_are_told(page: Overview) -> None:
    rule = {"name": "ic_server_connect_failed", "unattended_after": ["2m", "30m"], "resend_interval": "1h"}
    (card,) = overview_of(small(rules=(rule,), minutes=5, a=REFUSED).data()).cards
    assert card.cause is Cause.CONNECTION_REFUSED
    said = "notified 2 times, unattended, stage 1 of 2, next 15:30, goes to others (stage 2) at 14:58"
    assert EN.told(card, NOW) == said


def test_what_was_not_seen_for_long_is_not_said_to_fail_still() -> None:
    (card,) = overview_of(small(a=REFUSED).data(NOW + 600)).cards
    assert (card.lost_since, card.next_notice, card.next_stage) == (LAST, None, None)


def test_a_drill_has_to_be_confirmed() -> None:
    data = small().data()
    drill = Drill(str(NOW - 1800), NOW - 1800)
    confirmed = replace(drill, confirmed_at=NOW - 60, confirmed_by="Wu")
    for given, said, well in (
        (replace(drill, starts_at=NOW - 1799), "14:02, not confirmed", True),
        (drill, "14:02, not confirmed", False),
        (confirmed, "14:02, confirmed by Wu", True),
    ):
        found = overview_of(replace(data, drill=given)).monitoring
        assert ("last drill", said, not well) in [*EN.monitoring(found, NOW)]
        assert found.well is well
