"""A run with `--state` that ends at the worst moments, and the next one, which goes on: no loss, nothing doubled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from icwatch.model import Decision, Fleet, Inventory, Kind, Transition
from icwatch.storage.items import read_item
from icwatch.storage.packing import pack
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.state.directory import opened
from icwatch_cli.local.watcher import Received, Watcher
from tests.pipeline.outages import ERROR, announced, documents, evaluated, told
from tests.pipeline.waiting import wait_until
from tests.servers import OK, Servers, read_request

CLAIM_SECONDS = 3
"""What a notifier that was killed while it published has claimed is waited for by the next one."""

DECIDED = '["put","icwatch-TransitionsTable-'
PUBLISHED = '["message","icwatch-run",'
RECEIPTED = '"COMPLETED"'
"""How a line of the journal is known by which the notice was decided, published, and had its receipt."""


class Broken:
    """A server that fails until it is repaired."""

    def __init__(self) -> None:
        self.repaired = threading.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK if self.repaired.is_set() else ERROR)
        await writer.drain()


def fleet_of(port: int, every: str) -> Fleet:
    """A fleet of one server."""
    rule = {"name": "ic_server_connect_failed", "resend_interval": "1h", "clear_cycle": "1s"}
    return parse_fleet(
        {"every": every, "probe": {"timeout": "300ms"}, "targets": [f"127.0.0.1:{port}"], "rules": [rule]}
    )


@contextmanager
def run(folder: Path, received: list[Received], troubles: list[str]) -> Iterator[LocalCloud]:
    """A run that goes on with what is in the folder. At its end all of its processes are killed."""
    with opened(folder, folder / "fleet.yaml") as state:
        watcher = Watcher(lambda sweep: None, received.append, troubles.append)
        with LocalCloud(watcher, state=state) as cloud:
            notifier = cloud.functions["NotifierFunction"]
            notifier._configuration = replace(cloud.stack.functions["NotifierFunction"], timeout=CLAIM_SECONDS)
            yield cloud


def decided(cloud: LocalCloud) -> list[Transition]:
    """All that was decided, in its order."""
    decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
    return [one for decision in decisions for one in decision.transitions]


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broken, int, list[str], str]]:
    """An outage of which a run was told: its server, the lines of the journal up to the end, and the notice's id."""
    folder = tmp_path_factory.mktemp("outage")
    received: list[Received] = []
    with Servers() as servers:
        server = Broken()
        port = servers.serve(server)
        with run(folder, received, []) as cloud:
            cloud.watch(fleet_of(port, "1h"))
            journal = folder / "journal"
            wait_until(lambda: '["taken","icwatch-run",' in journal.read_text(), "the notice was shown")
        (notice,) = received
        server.repaired.set()
        yield server, port, journal.read_text().splitlines(keepends=True), notice.attributes["notice_id"]


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (PUBLISHED, 0),
        pytest.param(DECIDED, 0, marks=pytest.mark.long),
        pytest.param(RECEIPTED, 0, marks=pytest.mark.long),
        pytest.param(RECEIPTED, 1, marks=pytest.mark.long),
    ],
)
def test_the_next_run_tells_what_was_not_told_and_its_end_once(
    outage: tuple[Broken, int, list[str], str], step: str, shown: int, tmp_path: Path
) -> None:
    """The first run is killed right after the step was acknowledged; the server recovers while nothing runs."""
    _, port, lines, notice_id = outage
    (end, *_) = [number for number, line in enumerate(lines) if step in line]
    (tmp_path / "journal").write_text("".join(lines[: end + 1]) + lines[end + 1][:20])
    (tmp_path / "shown").write_text(f"{notice_id}\n" * shown)
    fleet = fleet_of(port, "1s")
    received: list[Received] = []
    troubles: list[str] = []
    with run(tmp_path, received, troubles) as cloud:
        assert [alarm.target for alarm in cloud.alarms()] == [f"127.0.0.1:{port}"], "it stands from the start"
        cloud.watch(fleet)
        wait_until(lambda: len(decided(cloud)) == 2, "the end is decided")
        already = {notice_id} if shown else set()
        wait_until(lambda: announced(cloud) <= told(received).keys() | already, "it is told")
        transitions = decided(cloud)
        sweeps = [read_sweep(pack(item)) for item in documents(cloud, "SamplesTable")]
        cloud.pause()
    last = max(one.at for one in transitions)
    inventory = Inventory(targets=fleet.targets, rules=fleet.rules)
    assert transitions == evaluated(inventory, [sweep for sweep in sweeps if sweep.at <= last])
    of_outage = {one.id for one in transitions}  # a busy machine may see another one before it pauses
    heard = [notice.attributes for notice in received if notice.attributes["notice_id"] in of_outage]
    assert [attributes["kind"] for attributes in heard] == [Kind.RAISED, Kind.CLEARED][shown:]
    assert of_outage == {notice_id, heard[-1]["notice_id"]}
    assert troubles == []
