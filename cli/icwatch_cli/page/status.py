"""`status.json`: what the first page shows, for programs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from icwatch_cli.page.card import Card
from icwatch_cli.page.fleet import Place, Span
from icwatch_cli.page.monitoring import Monitoring
from icwatch_cli.page.outages import Outage
from icwatch_cli.page.overview import Overview
from icwatch_cli.page.status_fields import (
    STATUS,
    AvailabilityFields,
    CardFields,
    MonitoringStatus,
    OutageFields,
    PlaceFields,
    StatusFields,
)


def status_of(page: Overview) -> StatusFields:
    """What the first page shows."""
    return {
        "schema": STATUS,
        "stack": page.stack,
        "at": page.at,
        "mood": page.mood,
        "targets": page.counts.targets,
        "down": page.counts.down,
        "recovering": page.counts.recovering,
        "unseen": page.counts.unseen,
        "alarms": [_card(card, page.at) for card in page.cards],
        "pending": len(page.pending),
        "places": [_place(each) for each in (*(listed.place for listed in page.places), *page.others)],
        "outages": [_outage(each) for each in page.outages],
        "monitoring": _monitoring(page.monitoring, page.watched),
    }


def _card(card: Card, now: int) -> CardFields:
    known, silence = card.acknowledgement, card.silence
    return {
        "ids": [alarm.id for alarm in card.alarms],
        "rule": card.worst.rule,
        "targets": [alarm.target for alarm in card.alarms],
        "place": card.place,
        "level": card.level,
        "began_at": card.began_at,
        "failing": card.failing,
        "of": card.of,
        "causes": {str(cause): count for cause, count in card.causes.items()},
        "cause": card.cause,
        "suspect_path": card.suspects_path,
        "clearing": card.clearing,
        "good_seconds": card.held,
        "clears_after": card.clears_after,
        "announced": card.announced,
        "notices": card.notices,
        "next_notice_at": card.next_notice,
        "stage": card.stage,
        "acknowledged_by": known.by if known is not None and known.holds(now) else None,
        "silence": None if silence is None else silence.id,
        "inhibits": [child.id for child in card.children],
    }


def _place(place: Place) -> PlaceFields:
    return {
        "name": place.name,
        "targets": len(place.states),
        "states": place.states,
        "availability": availability_of(place.spans),
        "p50_ms": place.times[0],
        "p95_ms": place.times[1],
    }


def availability_of(spans: Sequence[Span]) -> list[AvailabilityFields]:
    """The seconds of each span, as programs are given them."""
    return [
        {
            "days": span.days,
            "good_seconds": span.seconds.good,
            "down_seconds": span.seconds.bad,
            "unseen_seconds": span.seconds.unseen,
        }
        for span in spans
    ]


def _outage(outage: Outage) -> OutageFields:
    return {
        "rule": outage.rule,
        "targets": outage.targets,
        "place": outage.place,
        "began_at": outage.began_at,
        "ended_at": outage.ended_at,
        "seconds": outage.seconds,
        "cause": outage.failure.cause if outage.failure else None,
        "network": outage.network,
        "announced": outage.told,
    }


def _monitoring(found: Monitoring, watched: Sequence[Span]) -> MonitoringStatus:
    return {
        "well": found.well,
        "watched": [
            {
                "days": span.days,
                "watched_seconds": span.seconds.good + span.seconds.bad,
                "unseen_seconds": span.seconds.unseen,
            }
            for span in watched
        ],
        "swept_at": found.swept_at,
        "evaluated_at": found.evaluated_at,
        "sweeps": found.swept,
        "sweeps_due": found.due,
        "dead_letters": found.dead_letters,
        "robots": {robot.name: not robot.failing for robot in found.robots},
        "drill_at": None if found.drill is None else found.drill.starts_at,
        "drill_confirmed": found.drill is not None and found.drill.confirmed_at is not None,
        "inventory_version": found.version,
        "source": found.source,
    }
