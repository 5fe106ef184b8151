"""The whole pipeline beside torn items, a broken rule, a shard that cannot be read and a sweep of tomorrow."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from icwatch.model import HEALTH, Sweep
from icwatch.storage.inventory import HEAD
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Received, Watcher
from tests.servers import OK, Servers, read_request

PATIENCE_SECONDS = 120.0
BROKEN = "shard-0099"
TOMORROW = 86_400
ERROR = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"


class Spoiler:
    """Puts into the tables of a running cloud what nobody can read."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud, self._database = cloud, client("dynamodb", cloud.endpoint)

    def raw(self, table: str, item: dict[str, Any]) -> None:
        self._database.put_item(TableName=self._cloud.stack.outputs[table], Item=item)

    def plain(self, table: str, item: dict[str, Any]) -> None:
        self.raw(table, pack(item))

    def spoil(self, now: int) -> None:
        """Each kind once; and the inventory moves on, so that everybody loads it anew."""
        torn = {"squeezed": {"B": b"torn"}}
        self.raw("InventoryTable", {"kind": {"S": "target"}, "id": {"S": "x"}, "shard": {"S": "shard-0001"}, **torn})
        self.raw("InventoryTable", {"kind": {"S": "rule"}, "id": {"S": "torn"}, **torn})
        self.raw("AlarmsTable", {"shard": {"S": BROKEN}, "at": {"N": "1"}, **torn})
        for earlier in range(3):
            self.plain("SamplesTable", write_item(Sweep(BROKEN, now - earlier, {HEALTH: {}})))
        self.plain("SamplesTable", write_item(Sweep("shard-0001", now + TOMORROW, {HEALTH: {}})))
        self.plain("SamplesTable", {"shard": "shard-0001", "at": now - 3600, "metrics": 5})
        self._database.update_item(
            TableName=self._cloud.stack.outputs["InventoryTable"],
            Key=pack(HEAD),
            UpdateExpression="ADD #version :one SET #language = :language",
            ExpressionAttributeNames={"#version": "version", "#language": "language"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":language": {"S": "fr-FR"}},
        )

    def letters(self) -> list[dict[str, Any]]:
        """What was set aside; it is taken out."""
        queues, url = client("sqs", self._cloud.endpoint), self._cloud.stack.outputs["EvaluatorFailuresUrl"]
        page = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300).get("Messages", [])
        return [json.loads(message["Body"]) for message in page]


def wait_for(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.1)


class Server:
    """Answers well until it is `down`."""

    down = False

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(ERROR if self.down else OK)
        await writer.drain()


def test_a_server_that_goes_down_is_told_of_beside_all_that_cannot_be_read() -> None:
    received: list[Received] = []
    letters: list[dict[str, Any]] = []
    server = Server()
    with Servers() as servers:
        port = servers.serve(server)
        fleet = parse_fleet({"every": "1s", "targets": [f"127.0.0.1:{port}"], "probe": {"timeout": "300ms"}})
        with LocalCloud(Watcher(lambda sweep: None, received.append, lambda trouble: None)) as cloud:
            spoiler = Spoiler(cloud)
            cloud.watch(fleet)
            spoiler.spoil(int(time.time()))
            server.down = True

            def told() -> bool:
                letters.extend(spoiler.letters())
                notices = json.dumps([notice.body for notice in received])
                return len(letters) >= 5 and all(word in notices for word in (f"127.0.0.1:{port}", "head.language"))

            wait_for(told)
    found = sorted((each["shard"], each["reason"].split(":")[0]) for each in letters)
    assert found == [("shard-0001", "FutureError"), ("shard-0001", "ItemError"), *[(BROKEN, "ItemError")] * 3]
