"""Robots in a whole run: servers fail and recover, and what each chat received, to the message.

One robot takes everything, one filters, one is down for a while, one refuses for good until redrive; and the messenger
is killed just when a message was taken. It may come twice only there, where the note that it was sent is lost.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path
from unittest import mock

from icwatch.model import Fleet, RobotKind
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import MESSENGER, LocalCloud
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Watcher
from icwatch_cli.main import main
from tests.pipeline.test_storm import moody, name_of
from tests.pipeline.waiting import wait_until
from tests.servers import Servers
from tests.vendors import SECRET, Vendor, Vendors

INVOCATION_SECONDS = 13
"""Of the messenger: as long stands its claim on a robot where it was killed while sending."""


def fleet_of(names: list[str], vendors: Vendors, folder: Path) -> Fleet:
    """Four servers in two VPCs, and a robot of each kind of trouble."""
    (folder / "secret").write_text(SECRET)
    for name in vendors.vendors:
        (folder / name).write_text(vendors.url(name))
    robots: list[dict[str, object]] = [
        {"name": "duty", "kind": "dingtalk", "language": "zh-CN", "mention": ["13800138000"]},
        {"name": "near", "kind": "feishu", "only": {"vpc": "vpc-1"}},
        {"name": "slow", "kind": "webhook"},
        {"name": "broken", "kind": "wecom"},
    ]
    for robot in robots:
        robot["url"] = f"file:{folder}/{robot['name']}"
        if robot["kind"] != "wecom":
            robot["secret"] = f"file:{folder}/secret"
    targets = [
        {"address": name, "labels": {"vpc": f"vpc-{number % 2 + 1}"}} for number, name in enumerate(sorted(names))
    ]
    rule = {"name": "ic_server_connect_failed", "cycle": "1s", "clear_cycle": "2s", "resend_interval": "1h"}
    document = {"language": "en-US", "every": "1s", "probe": {"timeout": "500ms"}, "robots": robots}
    return parse_fleet({**document, "targets": targets, "rules": [rule]})


def test_what_the_robots_of_a_run_receive(tmp_path: Path) -> None:
    duty, near, broken = Vendor(RobotKind.DINGTALK), Vendor(RobotKind.FEISHU), Vendor(RobotKind.WECOM, broken=True)
    slow = Vendor(RobotKind.WEBHOOK, down=True)
    watcher = Watcher(lambda sweep: None, lambda notice: None, lambda trouble: None)
    with (
        Vendors(duty=duty, near=near, slow=slow, broken=broken) as vendors,
        Servers() as servers,
        mock.patch.dict(os.environ, private_environment(), clear=True),
        LocalCloud(watcher, robots=True) as cloud,
    ):
        bad: set[str] = set()
        names = [name_of(servers.serve(moody(bad))) for _ in range(4)]
        messenger = cloud.functions[MESSENGER]
        messenger._configuration = replace(cloud.stack.functions[MESSENGER], timeout=INVOCATION_SECONDS)
        queues = client("sqs", cloud.endpoint)
        url = cloud.stack.outputs["RobotQueueUrl"]
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
        kills: list[int] = []

        def kill() -> None:
            """Once, when a message was taken and nobody has noted it yet."""
            if not kills:
                kills.append(messenger.pid)
                os.kill(messenger.pid, signal.SIGKILL)

        near.taken = kill
        cloud.watch(fleet_of(names, vendors, tmp_path))
        bad |= {*names}
        wait_until(lambda: len(titles(duty)) >= 4 and len({*titles(near)}) >= 2, "not all is told")
        wait_until(lambda: bool(slow.refusals), "nobody is sent the robot that is down")
        slow.down = False
        bad.clear()
        wait_until(lambda: len(titles(duty)) >= 8 and len({*titles(near)}) >= 4, "the ends are not told")
        wait_until(lambda: len({each["notice"] for each in slow.messages}) >= 8, "what waited is not told")
        os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint
        assert main(["robot", "list", "--stack", "icwatch"]) == 0
        broken.broken = False
        assert main(["redrive", "--stack", "icwatch"]) == 0
    assert len(titles(duty)) == 8
    begun, over = titles(duty)[:4], titles(duty)[4:]
    assert sum("连接失败" in each for each in begun) == 4
    assert all("已消除" in each for each in over)
    assert all(each["at"]["atMobiles"] == ["13800138000"] for each in duty.messages[:4])
    assert all("at" not in each for each in duty.messages[4:])
    again = Counter(titles(near))
    assert len(again) == 4
    assert sum(again.values()) - 4 <= len(kills), "a message comes again only where a kill took the note of it"
    assert Counter(each["kind"] for each in slow.messages) == {"raised": 4, "cleared": 4}


def titles(vendor: Vendor) -> list[str]:
    """What people read first of what a robot took."""
    if vendor.kind is RobotKind.DINGTALK:
        return [each["markdown"]["title"] for each in vendor.messages]
    return [each["card"]["header"]["title"]["content"] for each in vendor.messages]
