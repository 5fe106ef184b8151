"""`icwatch apply --local` while `icwatch run` watches: the next sweeps, the schedule and the view follow it."""

from __future__ import annotations

import os
import queue
from pathlib import Path
from unittest import mock

import pytest

from icwatch.model import Language, Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.live.state import State
from icwatch_cli.live.view import draw
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.running import Running
from icwatch_cli.local.watcher import Received, Watcher
from icwatch_cli.main import main
from icwatch_cli.page.row_words import RowWords
from tests.pipeline.standing import what_stands
from tests.pipeline.waiting import WAIT_SECONDS
from tests.servers import OK, Servers, answer

NEW_RULE = "{name: seen, expression: count(ic_server_health) by (vpc) > 1, level: Info, resend_interval: 1h}"


def test_what_is_applied_is_watched_at_its_cycle_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps: queue.Queue[Sweep] = queue.Queue()
    notices: queue.Queue[Received] = queue.Queue()
    troubles: list[str] = []
    path = tmp_path / "fleet.yaml"
    with Servers() as servers, LocalCloud(Watcher(sweeps.put, notices.put, troubles.append)) as cloud:
        first, second = (servers.serve(answer(OK)) for _ in range(2))
        fleet = parse_fleet({"every": "1h", "targets": [f"127.0.0.1:{first}"]})
        state = State(fleet, "fleet.yaml", cloud.endpoint)
        running = Running(os.getpid(), cloud.endpoint, "fleet.yaml", str(cloud.log))
        monkeypatch.setattr("icwatch_cli.commands.where.find", lambda: running)

        def apply(text: str) -> None:
            path.write_text(f"language: en-US\nprobe: {{timeout: 500ms}}\n{text}")
            with mock.patch.dict(os.environ):
                assert main(["apply", str(path), "--local", "--yes"]) == 0
            state.follow(*what_stands(cloud))
            draw(state, RowWords(Language.EN_US), 80, 24)

        cloud.watch(fleet)
        assert sweeps.get(timeout=WAIT_SECONDS).metrics["ic_server_health"].keys() == {f"127.0.0.1:{first}"}
        targets = "".join(f"  - {{address: 127.0.0.1, port: {port}, labels: {{vpc: a}}}}\n" for port in (first, second))
        apply(f"every: 1s\ntargets:\n{targets}rules: [{NEW_RULE}]\n")
        assert len(sweeps.get(timeout=WAIT_SECONDS).metrics["ic_server_health"]) == 2
        assert notices.get(timeout=WAIT_SECONDS).attributes["rule"] == "seen"
        apply(f"every: 1s\ntargets: ['127.0.0.1:{second}']\n")
        assert notices.get(timeout=WAIT_SECONDS).attributes["kind"] == "closed"
        assert [each.rule for each in cloud.alarms()] == []
        cloud.check()
    assert troubles == []
