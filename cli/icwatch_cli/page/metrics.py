"""`/metrics`: what the status page shows, for Prometheus. Pure.

What nobody knows has no sample, so that it looks neither good nor bad: the health of a target that is unseen, the last
sweep where there was none. How old all of it is, `icwatch_last_sweep_age_seconds` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from icwatch.model import Alarm, Phase
from icwatch_cli.page.card import Card
from icwatch_cli.page.data import PageData
from icwatch_cli.page.exposition import Gauge
from icwatch_cli.page.fleet import Place
from icwatch_cli.page.now import State
from icwatch_cli.page.outages import PLACES
from icwatch_cli.page.overview import Overview

HELPS: Final[Mapping[str, str]] = {
    "ic_server_health": "Whether the last probe found the IC-Server healthy (1) or not (0); none where it is unseen.",
    "ic_server_unseen": "Whether nobody could say how the IC-Server is (1): not probed, or no sweep for three cycles.",
    "ic_server_probe_seconds": "How long the last answer of the IC-Server took.",
    "icwatch_alarm_active": "A raised alarm that has not cleared, with its level and its phase: active or clearing.",
    "icwatch_alarm_announced": "Whether anybody was notified of the raised alarm and no silence covers it.",
    "icwatch_alarm_acknowledged": "Whether somebody has the raised alarm now.",
    "icwatch_alarm_began_timestamp_seconds": "When the outage of the raised alarm began, in Unix time.",
    "icwatch_alarms": "Alarms: announced, silenced, inhibited, unannounced (raised, nobody notified), pending.",
    "icwatch_targets": "IC-Servers by how they are: good, down, recovering, unseen.",
    "icwatch_place_availability_ratio": "Of the time of so many days that was seen, the share that was good.",
    "icwatch_place_probe_seconds": "Probe times of the IC-Servers there over a day, by percentile.",
    "icwatch_last_sweep_timestamp_seconds": "When the last sweep was, in Unix time.",
    "icwatch_last_sweep_age_seconds": "How old the last sweep is.",
    "icwatch_last_evaluated_timestamp_seconds": "The last sweep that all shards decided on, in Unix time.",
    "icwatch_cycle_seconds": "The collection cycle.",
    "icwatch_watched_ratio": "The share of the time of so many days in which targets were seen.",
    "icwatch_day_sweeps": "Cycles of the last day that were swept.",
    "icwatch_day_sweeps_due": "Cycles of the last day that should have been swept.",
    "icwatch_monitoring_well": "Whether the monitoring itself has nothing to be looked after (1).",
    "icwatch_monitoring_late": "Whether no sweep came for three cycles (1): nobody knows how the IC-Servers are.",
    "icwatch_dead_letters": "Messages in a dead-letter queue.",
    "icwatch_robot_working": "Whether a chat robot took its last message (1).",
    "icwatch_robot_waiting": "Messages that wait for a chat robot.",
    "icwatch_silences": "Silences in force.",
    "icwatch_drill_timestamp_seconds": "When the last drill began, in Unix time.",
    "icwatch_drill_confirmed": "Whether somebody said that the last drill arrived (1).",
    "icwatch_inventory_version": "The version of the inventory.",
}
"""Every metric there may be, in a sentence."""


def metrics_of(data: PageData, page: Overview) -> list[Gauge]:
    """All metrics, in the order of `HELPS`."""
    found = {name: Gauge(name, text) for name, text in HELPS.items()}
    _servers(found, data, page.states)
    _alarms(found, page)
    for place in (*(listed.place for listed in page.places), *page.others):
        _place(found, place)
    _monitoring(found, page)
    return [*found.values()]


def _servers(found: Mapping[str, Gauge], data: PageData, states: Mapping[str, State]) -> None:
    counts = dict.fromkeys(State, 0)
    for name, state in states.items():
        labels = {"target": name, **_where(data.inventory.targets[name].labels)}
        counts[state] += 1
        found["ic_server_unseen"].add(state is State.UNSEEN, labels)
        if state is State.UNSEEN:
            continue
        found["ic_server_health"].add(state is not State.DOWN, labels)
        columns = data.samples.newest(name)
        if columns is not None and (time := columns.times[name][-1]):
            found["ic_server_probe_seconds"].add((time - 1) / 1000, labels)
    for state, count in counts.items():
        found["icwatch_targets"].add(count, {"state": state})


def _where(labels: Mapping[str, str]) -> Mapping[str, str]:
    """Of the labels of a fleet those that say where something is; all others may be anything."""
    return {name: labels.get(name, "") for name in PLACES}


def _alarms(found: Mapping[str, Gauge], page: Overview) -> None:
    counts = dict.fromkeys(("announced", "silenced", "inhibited", "unannounced", "pending"), 0)
    counts["pending"] = len(page.pending)
    for alarm, card in _raised(page.cards):
        announced, taken = False, False
        if card is None:
            counts["inhibited"] += 1
        else:
            known = card.acknowledgement
            announced = alarm.announced and card.silence is None
            taken = known is not None and known.holds(page.at)
            counts["silenced" if card.silence else "announced" if announced else "unannounced"] += 1
        labels = {"rule": alarm.rule, "target": alarm.target, **_where(alarm.labels)}
        phase = "clearing" if alarm.phase is Phase.CLEARING else "active"
        found["icwatch_alarm_active"].add(1, {**labels, "level": alarm.level, "phase": phase})
        found["icwatch_alarm_announced"].add(announced, labels)
        found["icwatch_alarm_acknowledged"].add(taken, labels)
        found["icwatch_alarm_began_timestamp_seconds"].add(alarm.began_at, labels)
    for state, count in counts.items():
        found["icwatch_alarms"].add(count, {"state": state})


def _raised(cards: Sequence[Card]) -> Iterator[tuple[Alarm, Card | None]]:
    """All raised alarms, each with its card; None where another alarm inhibits it."""
    for card in cards:
        yield from ((alarm, card) for alarm in card.alarms)
        yield from ((alarm, None) for alarm in card.children)


def _place(found: Mapping[str, Gauge], place: Place) -> None:
    for span in place.spans:
        share = span.seconds.availability
        if share is not None:
            found["icwatch_place_availability_ratio"].add(share, {"place": place.name, "days": str(span.days)})
    for percentile, time in zip(("50", "95"), place.times, strict=True):
        if time is not None:
            labels = {"place": place.name, "percentile": percentile}
            found["icwatch_place_probe_seconds"].add(time / 1000, labels)


def _monitoring(found: Mapping[str, Gauge], page: Overview) -> None:
    known = page.monitoring
    if known.swept_at is not None:
        found["icwatch_last_sweep_timestamp_seconds"].add(known.swept_at)
        found["icwatch_last_sweep_age_seconds"].add(max(0, page.at - known.swept_at))
    if known.evaluated_at is not None:
        found["icwatch_last_evaluated_timestamp_seconds"].add(known.evaluated_at)
    for span in page.watched:
        if (share := span.seconds.watched) is not None:
            found["icwatch_watched_ratio"].add(share, {"days": str(span.days)})
    found["icwatch_cycle_seconds"].add(known.every)
    found["icwatch_day_sweeps"].add(known.swept)
    found["icwatch_day_sweeps_due"].add(known.due)
    found["icwatch_monitoring_well"].add(known.well)
    found["icwatch_monitoring_late"].add(known.is_late)
    for queue, count in known.dead_letters.items():
        found["icwatch_dead_letters"].add(count, {"queue": queue})
    for robot in known.robots:
        found["icwatch_robot_working"].add(not robot.failing, {"robot": robot.name})
        found["icwatch_robot_waiting"].add(robot.waiting, {"robot": robot.name})
    found["icwatch_silences"].add(len(known.silences))
    if known.drill is not None:
        found["icwatch_drill_timestamp_seconds"].add(known.drill.starts_at)
        found["icwatch_drill_confirmed"].add(known.drill.confirmed_at is not None)
    found["icwatch_inventory_version"].add(known.version)
