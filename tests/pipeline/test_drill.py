"""A drill in a whole run: to one robot alone, followed hop by hop, and lost where a robot is down."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from unittest import mock

import pytest

from icwatch.model import RobotKind, Sweep
from icwatch_cli.commands import drill
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.watcher import Received, Watcher
from icwatch_cli.main import main
from tests.pipeline.waiting import wait_until
from tests.servers import OK, Servers, answer
from tests.vendors import Vendor, Vendors


def test_a_drill_goes_the_whole_way_or_says_where_it_was_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = Vendor(RobotKind.WECOM), Vendor(RobotKind.SLACK)
    received: list[Received] = []
    swept: list[Sweep] = []
    with (
        Vendors(here=here, there=there) as vendors,
        Servers() as servers,
        mock.patch.dict(os.environ, private_environment(), clear=True),
        LocalCloud(Watcher(swept.append, received.append, lambda trouble: None), robots=True) as cloud,
    ):
        robots = []
        for name, kind in (("here", "wecom"), ("there", "slack")):
            (tmp_path / name).write_text(vendors.url(name))
            robots.append({"name": name, "kind": kind, "url": f"file:{tmp_path}/{name}", "language": "en-US"})
        targets = [f"127.0.0.1:{servers.serve(answer(OK))}"]
        rules = [{"name": "ic_server_connect_failed", "cycle": "1s"}]
        document = {"every": "1s", "probe": {"timeout": "500ms"}, "language": "en-US"}
        cloud.watch(parse_fleet({**document, "targets": targets, "robots": robots, "rules": rules}))
        os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint

        wait_until(lambda: bool(swept), "nothing is swept")

        # To one robot alone, which a person confirms.
        exits: list[int] = []
        follow = ["drill", "--stack", "icwatch", "--robot", "here", "--by", "Wu"]
        following = threading.Thread(target=lambda: exits.append(main(follow)), daemon=True)
        following.start()
        wait_until(lambda: bool(here.messages), "the robot is told nothing")
        assert main(["drill", "confirm", "--stack", "icwatch", "--by", "Li"]) == 0
        following.join(timeout=60)
        assert exits == [0]
        out = capsys.readouterr().out
        hops = ["tick", "sweep", "decision", "published", "delivered", "confirmed", "cleared"]
        assert sorted(hops) == sorted(word for line in out.splitlines() if (word := line.split(" ")[0]) in hops)
        wait_until(lambda: len(here.messages) >= 2, "the end is not told")
        titles = [each["markdown"]["content"].splitlines()[0] for each in here.messages]
        assert ["[DRILL] [Critical]" in titles[0], "[DRILL] [Cleared" in titles[1]] == [True, True]
        assert (there.messages, received) == ([], []), "nobody else is told"

        # To all, one of which is down.
        there.down = True
        monkeypatch.setattr(drill, "HOP_CYCLES", 1)
        monkeypatch.setattr(drill, "HOP_SECONDS", 4)
        assert main(["drill", "--stack", "icwatch", "--by", "Wu"]) == 1
        out = capsys.readouterr().out
        assert "lost at delivered, for there; look at icwatch robot list" in out
        wait_until(lambda: len(received) >= 1, "the subscriber of the topic is not told")
        assert received[0].attributes["drill"] == "true"

        assert main(["drill", "list", "--stack", "icwatch"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[-1] == "no" for line in lines[1:]] == [True, False], "the last one first"
        assert main(["history", "--stack", "icwatch", "--rule", "icwatch_drill"]) == 0
        assert [line.split()[1] for line in capsys.readouterr().out.splitlines()][:2] == ["raised", "cleared"]
        assert main(["drill", "--stack", "icwatch", "--robot", "heer"]) == 2
        assert "--robot heer: is no robot of the fleet; did you mean here?" in capsys.readouterr().err
