"""Probes as a fleet file writes them: the fleet's, and what single targets narrow or replace."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from icwatch.model import ProbeSpec, Target
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.probes import MAX_BODY_CHARACTERS, MAX_PROBES, PROBE_FIELDS, read_probe, read_probes
from icwatch_cli.fleet.targets import read_targets

NETWORK = "vpc_network_health"
AGENTS = "/api/v1/clusters/all/agents"


def read(document: Mapping[str, Any]) -> tuple[ProbeSpec, dict[str, ProbeSpec], dict[str, Target], list[str]]:
    """The probes and targets of a document, and what is wrong with it."""
    root = Cursor({"targets": ["192.168.0.1"], **document})
    probe = read_probe(root.get("probe", {}), ProbeSpec())
    probes = read_probes(root.get("probes", {}))
    targets = read_targets(root, probe, probes)
    return probe, probes, targets, [str(problem) for problem in root.problems]


def one(fields: Mapping[str, Any], **fleet: Any) -> Target:
    """A single target with these fields in a fleet that is good."""
    _, _, targets, problems = read({**fleet, "targets": [{"address": "192.168.0.1", **fields}]})
    assert problems == []
    return targets["192.168.0.1"]


def test_without_a_word_the_health_is_asked_for_and_nothing_else() -> None:
    probe, probes, targets, problems = read({})
    assert (probe, probes, problems) == (ProbeSpec(), {}, [])
    assert targets == {"192.168.0.1": Target("192.168.0.1")}


FULL = {
    "path": AGENTS,
    "port": 9000,
    "scheme": "https",
    "timeout": "1500ms",
    "expect_status": [200, 204],
    "body": '"state": "up"',
    "body_pattern": r'"agents": [1-9]\d*',
    "attempts": 3,
}
READ = ProbeSpec(AGENTS, Decimal("1.5"), (200, 204), 9000, "https", '"state": "up"', r'"agents": [1-9]\d*', attempts=3)


def test_a_probe_with_everything() -> None:
    assert FULL.keys() == set(PROBE_FIELDS)
    probe, probes, _, problems = read({"probe": FULL, "probes": {NETWORK: FULL, "Agents:up_1": {}}})
    assert problems == []
    assert probe == READ
    assert probes == {NETWORK: READ, "Agents:up_1": ProbeSpec()}


def test_a_further_probe_takes_nothing_from_the_probe_of_the_health() -> None:
    _, probes, _, _ = read({"probe": FULL, "probes": {NETWORK: {"path": AGENTS}}})
    assert probes == {NETWORK: ProbeSpec(AGENTS)}


# What a target has of its own

HEALTH_OF_ALL = {"path": "/health", "timeout": "2s"}
FLEET: Mapping[str, Any] = {
    "probe": HEALTH_OF_ALL,
    "probes": {NETWORK: {"path": AGENTS, "body": "up"}, "disk": {"path": "/disk"}},
}
OF_FLEET = {NETWORK: ProbeSpec(AGENTS, body="up"), "disk": ProbeSpec("/disk")}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"port": 9000}, ProbeSpec("/health", Decimal(2), port=9000)),
        ({"timeout": "9s", "body": "ok"}, ProbeSpec("/health", Decimal(9), body="ok")),
        ({"path": "/own"}, ProbeSpec("/own", Decimal(2))),
        ({}, None),
        (HEALTH_OF_ALL, None),
    ],
)
def test_the_fields_of_a_target_replace_those_of_the_fleets_probe(
    own: Mapping[str, Any], expected: ProbeSpec | None
) -> None:
    target = one({"probe": own}, **FLEET)
    assert (target.probe, target.probes) == (expected, None)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        # a list narrows
        ([], {}),
        (["disk"], {"disk": OF_FLEET["disk"]}),
        (["disk", NETWORK], None),
        # a mapping changes what it names
        ({}, None),
        ({"disk": {}}, None),
        ({"disk": {"path": "/disk"}}, None),
        ({"disk": {"port": 1}}, {**OF_FLEET, "disk": ProbeSpec("/disk", port=1)}),
        ({NETWORK: {"body": "ready"}}, {**OF_FLEET, NETWORK: ProbeSpec(AGENTS, body="ready")}),
        ({NETWORK: False}, {"disk": OF_FLEET["disk"]}),
        ({NETWORK: False, "disk": False}, {}),
        ({"load": {"path": "/load"}}, {**OF_FLEET, "load": ProbeSpec("/load")}),
        ({"load": {}, "disk": False}, {NETWORK: OF_FLEET[NETWORK], "load": ProbeSpec()}),
    ],
)
def test_a_target_narrows_or_replaces_the_further_probes(own: Any, expected: Mapping[str, ProbeSpec] | None) -> None:
    target = one({"probes": own}, **FLEET)
    assert (target.probe, target.probes) == (None, expected)


def test_a_target_keeps_its_address_and_labels_beside() -> None:
    target = one({"scheme": "https", "labels": {"vpc": "v"}, "probe": {"port": 82}, "probes": []}, **FLEET)
    own = ProbeSpec("/health", Decimal(2), port=82)
    assert target == Target("192.168.0.1", 8088, "https", {"vpc": "v"}, own, {})


# What is refused

LEAVE = "leave it out; the probe of ic_server_health is `probe`"
NAME = "write letters, digits, _ and :, such as vpc_network_health"
SYNTAX = "write one in RE2's syntax, or the text itself as body"
FIELDS = "write a mapping with path, port, scheme, timeout, expect_status, body, body_pattern, attempts"

WRONG: list[tuple[Mapping[str, Any], str]] = [
    ({"probe": None}, f"probe: is empty; {FIELDS}"),
    ({"probe": {"boddy": "x"}}, "probe.boddy: unknown field; did you mean body?"),
    ({"probe": {"path": "ok"}}, "probe.path: 'ok' is no path; write a path that begins with /, such as /ok"),
    ({"probe": {"port": 0}}, "probe.port: is the number 0; write a whole number from 1 to 65535"),
    ({"probe": {"scheme": "htps"}}, "probe.scheme: 'htps' is not known; did you mean https? write one of http, https"),
    ({"probe": {"timeout": "31s"}}, "probe.timeout: 31s is out of range; write 1ms to 30s"),
    ({"probe": {"expect_status": []}}, "probe.expect_status: is empty; list at least one status, such as [200]"),
    ({"probe": {"body": ""}}, f"probe.body: has 0 characters; write a text of 1 to {MAX_BODY_CHARACTERS} characters"),
    ({"probe": {"body": None}}, "probe.body: is empty; write a text"),
    ({"probe": {"body": 1}}, 'probe.body: is the number 1; write a text, such as "1"'),
    ({"probe": {"body": "\0"}}, "probe.body: holds control or invisible characters; write printable characters"),
    (
        {"probe": {"body": "x" * (MAX_BODY_CHARACTERS + 1)}},
        "probe.body: has 1001 characters; write a text of 1 to 1000 characters",
    ),
    ({"probe": {"body_pattern": ""}}, "probe.body_pattern: has 0 characters; write a text of 1 to 1000 characters"),
    (
        {"probe": {"body_pattern": "x" * (MAX_BODY_CHARACTERS + 1)}},
        "probe.body_pattern: has 1001 characters; write a text of 1 to 1000 characters",
    ),
    (
        {"probe": {"body_pattern": "(up"}},
        f"probe.body_pattern: is no regular expression ('missing ): (up'); {SYNTAX}",
    ),
    (
        {"probe": {"body_pattern": "up(?=!)"}},
        f"probe.body_pattern: is no regular expression ('invalid perl operator: (?='); {SYNTAX}",
    ),
    (
        {"probe": {"body_pattern": "(a{1000}){1000}"}},
        f"probe.body_pattern: is no regular expression ('invalid repetition size: {{1000}}'); {SYNTAX}",
    ),
    # probes of the fleet
    (
        {"probes": [NETWORK]},
        "probes: is a list; write a mapping of metrics and probes, such as {vpc_network_health: {path: /health}}",
    ),
    ({"probes": {NETWORK: None}}, f"probes.{NETWORK}: is empty; {FIELDS}"),
    ({"probes": {NETWORK: False}}, f"probes.{NETWORK}: is a truth value false; {FIELDS}"),
    (
        {"probes": {NETWORK: {"body": ""}}},
        f"probes.{NETWORK}.body: has 0 characters; write a text of 1 to 1000 characters",
    ),
    ({"probes": {"vpc-health": {}}}, f"probes.vpc-health: is no name of a metric; {NAME}"),
    ({"probes": {"1st": {}}}, f"probes.1st: is no name of a metric; {NAME}"),
    ({"probes": {"健康": {}}}, f"probes.健康: is no name of a metric; {NAME}"),
    ({"probes": {5: {}}}, f"probes.5: is no name of a metric; {NAME}"),
    ({"probes": {"m" * 129: {}}}, f"probes.{'m' * 129}: is no name of a metric; {NAME}"),
    ({"probes": {"ic_server_health": {}}}, f"probes.ic_server_health: is a metric of icwatch itself; {LEAVE}"),
    (
        {"probes": {"ic_server_probe_seconds": {}}},
        f"probes.ic_server_probe_seconds: is a metric of icwatch itself; {LEAVE}",
    ),
    (
        {"probes": {"ic_server_tls_days_left": {}}},
        f"probes.ic_server_tls_days_left: is a metric of icwatch itself; {LEAVE}",
    ),
    (
        {"probes": {f"m{number}": {} for number in range(MAX_PROBES + 1)}},
        "probes: holds 21 probes; keep at most 20",
    ),
]

WRONG_OF_A_TARGET: list[tuple[Mapping[str, Any], str]] = [
    ({"probe": []}, f"probe: is a list; {FIELDS}"),
    ({"probe": {"port": "80"}}, "probe.port: is the text '80'; write a whole number from 1 to 65535"),
    (
        {"probes": None},
        "probes: is empty; list metrics of the fleet's probes, or map each metric to what differs, or to false",
    ),
    ({"probes": ["dsk"]}, "probes[0]: 'dsk' is no probe of the fleet; did you mean disk?"),
    ({"probes": ["disk", "memory"]}, f"probes[1]: 'memory' is no probe of the fleet; known are {NETWORK}, disk"),
    ({"probes": ["ic_server_health"]}, f"probes[0]: is a metric of icwatch itself; {LEAVE}"),
    ({"probes": [5]}, "probes[0]: is the number; write the name of a metric that `probes` of the fleet has"),
    ({"probes": [["disk"]]}, "probes[0]: is a list; write the name of a metric that `probes` of the fleet has"),
    ({"probes": {"dsk": False}}, "probes.dsk: 'dsk' is no probe of the fleet; did you mean disk?"),
    ({"probes": {"disk": None}}, f"probes.disk: is empty; {FIELDS}"),
    ({"probes": {"disk": True}}, f"probes.disk: is a truth value true; {FIELDS}"),
    ({"probes": {"disk": {"paht": "/"}}}, "probes.disk.paht: unknown field; did you mean path?"),
    ({"probes": {"a-b": {}}}, f"probes.a-b: is no name of a metric; {NAME}"),
    ({"probes": {"ic_server_health": False}}, f"probes.ic_server_health: is a metric of icwatch itself; {LEAVE}"),
    ({"probes": {f"m{number}": {} for number in range(19)}}, "probes: holds 21 probes; keep at most 20"),
]


@pytest.mark.parametrize(("document", "problem"), WRONG, ids=[problem[:60] for _, problem in WRONG])
def test_what_is_wrong_is_told_with_its_place(document: Mapping[str, Any], problem: str) -> None:
    assert read(document)[-1] == [problem]


@pytest.mark.parametrize(
    ("fields", "problem"), WRONG_OF_A_TARGET, ids=[problem[:60] for _, problem in WRONG_OF_A_TARGET]
)
def test_what_is_wrong_in_a_target_is_told_with_its_place(fields: Mapping[str, Any], problem: str) -> None:
    document = {**FLEET, "targets": ["192.168.0.2", {"address": "192.168.0.1", **fields}]}
    assert read(document)[-1] == [f"targets[1].{problem}"]


def test_where_the_fleet_has_no_probes_this_is_said() -> None:
    document = {"targets": [{"address": "192.168.0.1", "probes": [NETWORK]}]}
    told = f"targets[0].probes[0]: '{NETWORK}' is no probe of the fleet; the fleet has no `probes`"
    assert read(document)[-1] == [told]
