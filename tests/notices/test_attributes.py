"""What subscribers filter by."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from icwatch.model import (
    Kind,
    Language,
    Level,
    Transition,
)
from tests.notices.support import AT, CLEARED, RAISED, RULE
from tests.writing import write, write_all


@pytest.mark.parametrize(
    ("transition", "levels"),
    [
        (RAISED, "Critical"),
        (replace(RAISED, kind=Kind.REPEATED, notified_levels=(Level.CRITICAL,)), "Critical"),
        (replace(RAISED, kind=Kind.REPEATED, notified_levels=(Level.DOWN,)), ("Critical", "Down")),
        (replace(RAISED, kind=Kind.EASED, notified_levels=(Level.INFO, Level.DOWN)), ("Critical", "Down")),
        (replace(RAISED, kind=Kind.EASED, former_level=Level.DOWN, notified_levels=(Level.CRITICAL,)), "Critical"),
        (CLEARED, "Critical"),
        (replace(CLEARED, notified_levels=(Level.CRITICAL,)), "Critical"),
        (replace(CLEARED, notified_levels=(Level.INFO, Level.DOWN)), ("Down", "Info")),
        (replace(CLEARED, notified_levels=(Level.INFO, Level.CRITICAL, Level.DOWN)), ("Critical", "Down", "Info")),
    ],
)
def test_a_notice_carries_every_level_that_it_concerns(transition: Transition, levels: object) -> None:
    """A subscriber to one level hears when that level is left, and the end of all that it heard of, and no other."""
    notice = write(transition, RULE)
    assert notice.attributes["level"] == levels
    body = json.loads(notice.body)
    assert body["levels"] == body["alarms"][0]["levels"] == ([levels] if isinstance(levels, str) else list(levels))


def test_attributes_are_what_subscribers_filter_by() -> None:
    assert write(RAISED, RULE, Language.ZH_CN).attributes == {
        "notice_id": f"{RULE.name}:192.168.0.1:{AT}:raised:{AT}",
        "rule": "ic_server_connect_failed",
        "kind": "raised",
        "target": "192.168.0.1",
        "level": "Critical",
        "scope": "Host",
    }


@pytest.mark.parametrize(
    ("kind", "stage", "stages"),
    [
        (Kind.RAISED, 0, None),
        (Kind.REPEATED, 2, None),
        (Kind.UNATTENDED, 1, "1"),
        (Kind.UNATTENDED, 2, "2"),
        (Kind.ESCALATED, 0, None),
        (Kind.ESCALATED, 2, ("1", "2")),
        (Kind.EASED, 1, "1"),
        (Kind.CLEARED, 0, None),
        (Kind.CLEARED, 3, ("1", "2", "3")),
        (Kind.CLOSED, 1, "1"),
    ],
)
def test_who_was_called_at_a_stage_gets_what_changes_and_the_end(
    kind: Kind, stage: int, stages: str | tuple[str, ...] | None
) -> None:
    former = {Kind.RAISED: (), Kind.ESCALATED: (Level.ALERT,), Kind.EASED: (Level.DOWN,)}.get(kind, (RAISED.level,))
    one = replace(RAISED, kind=kind, stage=stage, notified_levels=former)
    assert write(one, RULE).attributes.get("stage") == stages


def test_the_labels_that_a_fleet_chose_are_attributes() -> None:
    """Three of them: with the six that every notice has and its stage, these are as many as SQS passes on."""
    labels = {name: f"{name}-1" for name in ("a", "b", "c", "d", "vpc")}
    chosen = ("vpc", "nothing", "a", "b", "c")
    attributes = write(replace(RAISED, labels=labels), RULE, route_by=chosen).attributes
    assert {name: attributes.get(name) for name in chosen} == {
        "vpc": "vpc-1",
        "nothing": None,
        "a": "a-1",
        "b": None,
        "c": None,
    }
    assert not {"labels", "at", "d"} & attributes.keys()
    unattended = replace(RAISED, labels=labels, kind=Kind.UNATTENDED, stage=1, notified_levels=(RAISED.level,))
    assert len(write(unattended, RULE, route_by=("vpc", "a", "b")).attributes) == 10


def test_an_empty_label_is_no_attribute() -> None:
    assert "vpc" not in write(replace(RAISED, labels={"vpc": ""}), RULE, route_by=("vpc",)).attributes
    assert "vpc" not in write(replace(RAISED, labels={}), RULE, route_by=("vpc",)).attributes


def test_a_notice_goes_where_the_first_one_went() -> None:
    """Whatever became of the labels and of the rule meanwhile."""
    moved = replace(CLEARED, scope="Cluster", routed_labels={"vpc": "vpc-9"})
    attributes = write(moved, RULE, route_by=("vpc", "region")).attributes
    assert (attributes["scope"], attributes["vpc"], attributes.get("region")) == ("Cluster", "vpc-9", None)
    assert "Labels: region=cn-shanghai, vpc=vpc-1" in write(moved, RULE).text


def test_several_targets_are_one_attribute() -> None:
    several = [replace(RAISED, target=f"192.168.0.{number}") for number in range(1, 7)]
    attributes = write_all(several, RULE, route_by=("vpc",)).attributes
    assert attributes["target"] == tuple(each.target for each in several)
    assert attributes["vpc"] == "vpc-1"
    assert attributes["notice_id"] == f"{several[0].id}+5"
