"""The pages of a stack of the template: read from its tables, served on this machine, written as files."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from icwatch.evaluation.batch import evaluate_batch
from icwatch.model import HEALTH, Cause, Drill, Failure, Language, Sweep, TargetTotals, Totals
from icwatch.storage.tables import DynamoAlarms, DynamoSamples
from icwatch.storage.totals import DynamoTotals
from icwatch_cli.deployed.stack import Stack as DeployedStack
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.running import Running
from icwatch_cli.local.stack import STACK, Stack
from icwatch_cli.main import main
from icwatch_cli.page.samples import Seconds
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.following import Following
from icwatch_cli.serving.manifest import MANIFEST
from icwatch_cli.serving.reader import StackReader
from icwatch_cli.serving.server import PageServer, ServerError, host_of, served
from tests.cli.page.world import CONNECT_RULE, VPC_RULE, fleet_of

REFUSED = Failure(Cause.CONNECTION_REFUSED, "Connection refused")


class Deployed:
    """A stack that watches a small fleet, and whose sweeps are stored and evaluated as by its functions."""

    def __init__(self, stack: Stack) -> None:
        database: Any = boto3.client("dynamodb")
        outputs: Mapping[str, str] = stack.outputs
        self.outputs = outputs
        self.inventory = InventoryWriter(database, outputs["InventoryTable"])
        self.alarms = DynamoAlarms(database, outputs["AlarmsTable"], outputs["TransitionsTable"], 90)
        self.samples = DynamoSamples(database, outputs["SamplesTable"], 14)
        fleet = parse_fleet(fleet_of({"vpc-1": 2, "vpc-2": 2}, [VPC_RULE, CONNECT_RULE], language="zh-CN"))
        self.inventory.apply(make_plan(self.inventory.load(), fleet))
        self.start = int(time.time()) // 60 * 60 - 600

    def shrink(self) -> None:
        """Targets leave the fleet: all of a VPC."""
        fleet = parse_fleet(fleet_of({"vpc-1": 2}, [VPC_RULE, CONNECT_RULE], language="zh-CN"))
        self.inventory.apply(make_plan(self.inventory.load(), fleet))

    def sweep(self, minute: int, *down: str) -> None:
        """One cycle."""
        inventory = self.inventory.load()
        health = {name: int(name not in down) for name in inventory.targets}
        at = self.start + 60 * minute
        sweep = Sweep("shard-0001", at, {HEALTH: health}, dict.fromkeys(down, REFUSED), dict.fromkeys(health, 7))
        assert self.samples.save(sweep)
        assert evaluate_batch(self.alarms, inventory, [sweep]).error is None


@pytest.fixture
def deployed(stack: Stack) -> Deployed:
    found = Deployed(stack)
    for minute in range(9):
        found.sweep(minute, *(["10.1.0.1"] if minute in (2, 3) else []))
    return found


@contextmanager
def serving(reader: StackReader) -> Iterator[PageServer]:
    """The server of a reader, on a free port."""
    troubles: list[str] = []
    with served(Content(reader), 0, troubles.append) as server:
        yield server
    assert troubles == []


def ask(
    server: PageServer, path: str, host: str = "localhost", method: str = "GET", accept: str = ""
) -> tuple[int, dict[str, str], str]:
    """What the server answers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host)
    if accept:
        connection.putheader("Accept", accept)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_a_stack_is_read_and_read_on(deployed: Deployed) -> None:
    reader = StackReader(DeployedStack(STACK))
    reader.refresh()
    data = reader.data
    assert data.samples.last == deployed.start + 480
    assert [(each.targets, each.seconds) for each in data.outages] == []
    assert dict(data.dead_letters) == {"prober": 0, "evaluator": 0, "notifier": 0}
    deployed.sweep(9, "10.2.0.1", "10.2.0.2")
    reader.refresh(60)
    assert reader.data is data  # of a moment ago
    reader.refresh(0)
    again = reader.data
    assert again.samples.last == deployed.start + 540
    assert [(each.targets, each.seconds) for each in again.outages] == [(("10.1.0.1",), 120)]
    assert len(again.samples.shards["shard-0001"].at) == 10
    assert again.problems == []
    assert again.longer == {}  # nothing is known of more than a day
    month_ago = deployed.start // 3600 * 3600 - 20 * 86_400
    targets = dict.fromkeys(again.inventory.targets, TargetTotals(3000, 600))
    DynamoTotals(boto3.client("dynamodb"), deployed.outputs["TotalsTable"]).save(
        Totals("shard-0001", month_ago, 3600, 60, targets)
    )
    reader = StackReader(DeployedStack(STACK))
    reader.refresh()
    assert {days: found["10.1.0.2"].bad for days, found in reader.data.longer.items()} == {30: 600}
    assert reader.seconds(month_ago, month_ago + 1)["10.1.0.1"] == Seconds(3000, 600, 0)
    assert again.drill is None
    deployed.inventory.note(deployed.inventory.load(), [Drill(str(deployed.start), deployed.start, "Wu")])
    reader.refresh(0)
    assert reader.data.drill == Drill(str(deployed.start), deployed.start, "Wu")
    assert {each.kind for each in reader.events(0, int(time.time()))} == {"raised", "cleared"}


def test_the_pages_are_served(deployed: Deployed) -> None:
    deployed.sweep(9, "10.2.0.1", "10.2.0.2")
    with serving(StackReader(DeployedStack(STACK))) as server:
        status, headers, body = ask(server, "/")
        assert (status, headers["location"], body) == (302, "/zh-CN/index.html", "")
        status, headers, body = ask(server, "/en-US/index.html", f"127.0.0.1:{server.server_port}")
        assert status == 200
        assert '<h1 id="h">vpc-2: all 2 IC-Servers unreachable for ' in body
        assert headers["content-security-policy"].endswith("; frame-ancestors 'none'")
        assert headers["cache-control"] == "no-store"
        assert json.loads(ask(server, "/status.json")[2])["down"] == 2
        for path in ("zh-CN/", "zh-TW/history.html", "en-US/targets/10.2.0.1.html", "en-US/places/vpc-2.html"):
            assert ask(server, f"/{path}")[0] == 200, path
        assert "10.1.0.1" not in ask(server, "/en-US/history.html?text=vpc-2")[2].partition("<tbody>")[2]
        assert ask(server, "/en-US/history.html?days=x&kind=%3Cscript%3E&all=1")[0] == 200
        for path in ("nothing", "fr/index.html", "en-US/targets/10.9.9.9.html", "en-US/../../etc/passwd", "en-US/%00"):
            assert ask(server, f"/{path}")[0] == 404, path
        for host in ("evil.test", "localhost.evil.test", "", "[::2]", "127.0.0.1@evil.test", "10.0.0.1:80"):
            assert ask(server, "/en-US/index.html", host)[0] == 421, host
        status, headers, body = ask(server, "/status.json", method="HEAD")
        assert (status, body, headers["content-type"]) == (200, "", "application/json")
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert ask(server, "/", method=method)[0] == 501, method
        assert ask(server, "/" + "x" * 3000)[0] == 414
        with pytest.raises(ServerError, match=r"--port \d+: cannot be used \(another program listens there\)"):
            served(Content(StackReader(DeployedStack(STACK))), server.server_port, print).__enter__()


def test_metrics_are_served_in_the_form_that_is_asked_for(deployed: Deployed) -> None:
    deployed.sweep(9, "10.2.0.1", "10.2.0.2")
    with serving(StackReader(DeployedStack(STACK))) as server:
        status, headers, body = ask(server, "/metrics")
        assert status == 200
        assert headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert 'ic_server_health{target="10.2.0.1",vpc="vpc-2",region="cn-shanghai"} 0\n' in body
        assert body.endswith("\n# EOF\n")
        _, headers, plain = ask(server, "/metrics", accept="text/plain;version=0.0.4")
        assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "# EOF" not in plain
        assert ask(server, "/metrics", "evil.test")[0] == 421


def test_for_who_comes_for_metrics_nothing_is_read_meanwhile(deployed: Deployed) -> None:
    following = Following(StackReader(DeployedStack(STACK)))
    following.look(again=False)
    assert following.reader.data.inventory.targets
    assert not following.is_followed
    following.look()
    assert following.is_followed


def test_without_a_port_the_next_free_one_is_taken(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = StackReader(DeployedStack(STACK))
    with served(Content(reader), 0, print) as first:
        monkeypatch.setattr("icwatch_cli.serving.server.PORT", first.server_port)
        with served(Content(reader), None, print) as second:
            assert second.server_port != first.server_port
            assert ask(second, "/en-US/index.html")[0] == 200


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:8080", "localhost"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[::1]", "::1"),
        ("localhost/x", ""),
        ("a@localhost", ""),
        ("[", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_header(header: str, host: str) -> None:
    assert host_of(header) == host


def test_the_pages_are_written(deployed: Deployed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.sweep(9, "10.2.0.1")
    folder = tmp_path / "site"
    arguments = ["page", "--stack", STACK, "--write", str(folder), "--utc-offset", "+08:00"]
    assert main([*arguments, "--language", "zh-TW", "--language", "en-US"]) == 0
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert MANIFEST in files
    files.remove(MANIFEST)
    assert capsys.readouterr().out == f"{len(files)} files in {folder}\n"
    assert {"index.html", "status.json", "zh-TW/index.html", "en-US/targets/10.2.0.1.html"} <= files
    assert {path.partition("/")[0] for path in files} == {"index.html", "status.json", "zh-TW", "en-US"}
    assert 'url=zh-TW/index.html"' in (folder / "index.html").read_text()
    assert "UTC+08:00" in (folder / "en-US/index.html").read_text()
    assert main(arguments) == 0
    assert (folder / "zh-CN/index.html").exists()
    assert not (folder / "en-US/index.html").exists(), "a language that is not written any more"
    (tmp_path / "file").write_text("")
    assert main(["page", "--stack", STACK, "--write", str(tmp_path / "file" / "x")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_command_serves_until_it_is_stopped(deployed: Deployed) -> None:
    command = [sys.executable, "-m", "icwatch_cli.main", "page", "--stack", STACK, "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as run:
        assert run.stdout is not None
        address = run.stdout.readline().split()[0]
        connection = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=30)
        connection.request("GET", f"/{Language.ZH_CN}/index.html")
        assert connection.getresponse().status == 200
        connection.close()
        run.send_signal(2)
        assert run.wait(30) == 130


def test_a_stack_that_is_not_there(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["page", "--stack", "other"]) == 2
    assert capsys.readouterr().err


def test_the_status_and_the_targets_of_a_stack(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.sweep(9, "10.2.0.1")
    deployed.sweep(10, "10.2.0.1")
    assert main(["status", "--stack", STACK, "--language", "en-US"]) == 1
    assert "10.2.0.1 unreachable for " in capsys.readouterr().out
    assert main(["status", "--stack", STACK, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["down"] == 1
    assert main(["targets", "--stack", STACK, "--state", "down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == "10.2.0.1"
    assert main(["targets", "--stack", STACK, "--label", "vpc=vpc-1", "--state", "down"]) == 1
    assert main(["targets", "10.2.0[.]1", "10.1.0.2", "--stack", STACK, "--language", "zh-CN"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == ["目标", "10.2.0.1", "10.1.0.2"]
    assert main(["targets", "10.2.0.11", "--stack", STACK]) == 2
    assert "10.2.0.11: is no target of the stack; did you mean 10.2.0.1?" in capsys.readouterr().err


def test_the_pages_that_are_opened(
    deployed: Deployed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened: list[str] = []

    def open_first(address: str) -> bool:
        opened.append(address)
        return len(opened) == 1

    monkeypatch.setattr("webbrowser.open", open_first)
    running = Running(os.getpid(), os.environ["AWS_ENDPOINT_URL"], "my.yaml", "", "http://localhost:8080/")
    monkeypatch.setattr("icwatch_cli.commands.where.find", lambda: running)
    monkeypatch.setattr("icwatch_cli.commands.open.find", lambda: running)
    assert main(["open", "10.1.0.1", "--local", "--language", "zh-TW"]) == 0
    assert main(["open", "--console", "--stack", STACK]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == opened
    assert opened[0] == "http://localhost:8080/zh-TW/targets/10.1.0.1.html"
    assert opened[1].startswith("https://console.aws.amazon.com/cloudformation/home?region=")
    assert "there is no browser here; open it by hand" in said.err
    assert main(["open", "--console", "--local"]) == 2
    assert main(["open", "10.1.0.9", "--local"]) == 2
    assert deployed.inventory.load().targets
