"""A bad hour of all robots in one run: a storm, an escalation, every trouble of vendors, and kills of the messenger.

What every robot received, to the alarm: nothing is lost, and nothing comes twice but where a kill took the note that it
was sent.

The vendors check signatures, limit and mute, answer 200 with an error inside, are slow, answer twice, and one of them
is down for two minutes.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from icwatch.model import Fleet, RobotKind
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import MESSENGER, LocalCloud
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Watcher
from icwatch_cli.main import main
from tests.pipeline.test_robots import INVOCATION_SECONDS
from tests.pipeline.test_storm import moody, name_of
from tests.pipeline.waiting import wait_until
from tests.servers import Servers
from tests.vendors import SECRET, Vendor, Vendors

pytestmark = pytest.mark.long

DOWN_SECONDS = 120
KILLS = 6
PATIENCE_SECONDS = 600.0

ROBOTS: dict[str, dict[str, Any]] = {
    "duty": {"kind": "dingtalk", "repeats": False},
    "near": {"kind": "feishu", "only": {"vpc": "vpc-1"}, "repeats": False},
    "group": {"kind": "wecom", "repeats": False},
    "second": {"kind": "slack", "only": {"stage": [1, 2]}},
    "program": {"kind": "webhook", "repeats": False},
}
SIGNED = {"duty", "near", "program"}


@dataclass(frozen=True, slots=True)
class Cast:
    """The servers by what they play."""

    storm: list[str]
    near: list[str]
    lonely: str

    @property
    def all(self) -> set[str]:
        return {*self.storm, *self.near, self.lonely}


def fleet_of(cast: Cast, vendors: Vendors, folder: Path) -> Fleet:
    (folder / "secret").write_text(SECRET)
    robots = []
    for name, robot in ROBOTS.items():
        (folder / name).write_text(vendors.url(name))
        secret = {"secret": f"file:{folder}/secret"} if name in SIGNED else {}
        robots.append({"name": name, "url": f"file:{folder}/{name}", **robot, **secret})
    vpcs = {"vpc-2": cast.storm, "vpc-1": cast.near, "vpc-3": [cast.lonely]}
    targets = [{"address": name, "labels": {"vpc": vpc}} for vpc, names in vpcs.items() for name in names]
    rule = {
        "name": "ic_server_connect_failed",
        "cycle": "1s",
        "clear_cycle": "2s",
        "resend_interval": "1h",
        "overrides": [{"match": cast.lonely, "unattended_after": ["3s", "6s", "12s"]}],
    }
    document = {"language": "en-US", "every": "1s", "probe": {"timeout": "500ms"}, "robots": robots}
    return parse_fleet({**document, "targets": targets, "rules": [rule]})


def killing(pids: Iterable[int], rest: threading.Event) -> None:
    """Kill the messenger now and then, with a process in between that may finish something."""
    chance = random.Random(7)
    for pid in pids:
        if rest.wait(chance.uniform(2, 25)):
            return
        with suppress(ProcessLookupError):  # it ended by itself just now
            os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says: problems and ends, by target."""

    problems: frozenset[str]
    ends: frozenset[str]
    title: str


ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


def said(vendor: Vendor, message: Any) -> Said:
    """What people read in a chat, or a program in its JSON."""
    if vendor.kind is RobotKind.WEBHOOK:
        notices = message.get("notices", [message])
        told = {over: {alarm["target"] for each in notices if (each["kind"] in ("cleared", "closed")) is over
                       for alarm in each["alarms"]} for over in (False, True)}  # fmt: skip
        return Said(frozenset(told[False] - told[True]), frozenset(told[True]), str(message.get("notice")))
    title, text = text_of(vendor, message)
    if "notices in one" in title:
        over, _, standing = text.partition("IN ALARM:")
        over = over.partition("OVER:")[2]
        return Said(frozenset(ADDRESS.findall(standing)), frozenset(ADDRESS.findall(over)), title)
    names = frozenset(ADDRESS.findall(text))
    return Said(frozenset(), names, title) if "[Cleared" in title else Said(names, frozenset(), title)


def text_of(vendor: Vendor, message: Any) -> tuple[str, str]:
    if vendor.kind is RobotKind.DINGTALK:
        return message["markdown"]["title"], message["markdown"]["text"]
    if vendor.kind is RobotKind.FEISHU:
        card = message["card"]
        content = card["body"]["elements"][0]["content"]
        return card["header"]["title"]["content"], card["header"]["title"]["content"] + content
    if vendor.kind is RobotKind.SLACK:
        return message["text"], json.dumps(message)
    content = message["markdown"]["content"]
    return content.partition("\n")[0], content


def open_problems(vendor: Vendor) -> tuple[set[str], set[str]]:
    """Who was told of as a problem, and who of these not yet as over, by all messages in their order."""
    begun: set[str] = set()
    still: set[str] = set()
    for message in vendor.messages:
        told = said(vendor, message)
        begun |= told.problems | told.ends
        still = (still | told.problems) - told.ends
    return begun, still


def settled(vendor: Vendor, names: set[str]) -> bool:
    return open_problems(vendor) == (names, set())


def test_a_bad_hour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vendors_by_name = {
        "duty": Vendor(RobotKind.DINGTALK),
        "near": Vendor(RobotKind.FEISHU, twice=True),
        "group": Vendor(RobotKind.WECOM, limit=1),
        "second": Vendor(RobotKind.SLACK, slow_seconds=1.0),
        "program": Vendor(RobotKind.WEBHOOK, down=True),
    }
    watcher = Watcher(lambda sweep: None, lambda notice: None, lambda trouble: None)
    rest = threading.Event()
    with (
        Vendors(**vendors_by_name) as vendors,
        Servers() as servers,
        mock.patch.dict(os.environ, private_environment(), clear=True),
        LocalCloud(watcher, robots=True) as cloud,
    ):
        bad: set[str] = set()
        names = [name_of(servers.serve(moody(bad))) for _ in range(16)]
        cast = Cast(names[:12], names[12:15], names[15])
        messenger = cloud.functions[MESSENGER]
        messenger._configuration = replace(cloud.stack.functions[MESSENGER], timeout=INVOCATION_SECONDS)
        queues = client("sqs", cloud.endpoint)
        url = cloud.stack.outputs["RobotQueueUrl"]
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
        os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint
        cloud.watch(fleet_of(cast, vendors, tmp_path))
        began = time.monotonic()
        bad |= cast.all
        killer = threading.Thread(target=killing, args=((messenger.pid for _ in range(KILLS)), rest), daemon=True)
        killer.start()
        second = vendors_by_name["second"]
        wait_until(lambda: len({each["text"] for each in second.messages}) >= 1, "nobody is called", PATIENCE_SECONDS)
        wait_until(lambda: stages(second) == {1, 2}, "the second stage is not called", PATIENCE_SECONDS)
        assert main(["ack", cast.lonely, "--stack", "icwatch", "--by", "Wu"]) == 0
        wait_until(lambda: time.monotonic() - began > DOWN_SECONDS, "", PATIENCE_SECONDS)
        vendors_by_name["program"].down = False
        bad.clear()
        told = {"duty": cast.all, "near": {*cast.near}, "group": cast.all, "second": {cast.lonely}, "program": cast.all}
        for name, concerned in told.items():
            vendor = vendors_by_name[name]
            wait_until(lambda: settled(vendor, concerned), f"{name} lacks something", PATIENCE_SECONDS)  # noqa: B023
        killer.join()
        rest.set()
    for name, vendor in vendors_by_name.items():
        again = Counter(json.dumps(said(vendor, each).__repr__()) for each in vendor.messages)
        assert sum(again.values()) - len(again) <= KILLS, f"{name} was told something twice without a kill"
    assert stages(second) <= {1, 2, 3}
    assert "130101" not in "".join(vendors_by_name["duty"].refusals), "a vendor's limit was run into"
    assert any("45009" in each for each in vendors_by_name["group"].refusals), "the strict one was never strict"
    assert vendors_by_name["program"].refusals, "nobody tried the one that is down"
    for vendor in vendors_by_name.values():
        assert settled(vendor, {name for each in vendor.messages for name in _names(vendor, each)})


def _names(vendor: Vendor, message: Any) -> frozenset[str]:
    told = said(vendor, message)
    return told.problems | told.ends


def stages(vendor: Vendor) -> set[int]:
    """The stages of which a chat was told."""
    return {int(number) for each in vendor.messages for number in re.findall(r"stage (\d)", json.dumps(each))}
