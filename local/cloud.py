"""The local cloud as a whole: backend, stack, workers, mappings, schedule and subscriber, started and ended as one."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from icwatch.items import read_item
from icwatch.model import Alarm, Fleet, Language, Sweep
from icwatch.plan import make_plan
from icwatch.store.dynamodb import DynamoAlarms, unpack
from icwatch.store.inventory import DynamoInventory
from local.backend import Backend
from local.function import ROOT, Function
from local.mapping import Record
from local.schedule import Schedule
from local.stack import Stack, client, create, translate
from local.stream import StreamConsumer
from local.subscriber import Received, Subscriber


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told what happens: sweeps as they enter the stream, notices as they reach a subscriber, troubles.

    Each is called from a thread of the cloud's.
    """

    sweep: Callable[[Sweep], object]
    notice: Callable[[Received], object]
    trouble: Callable[[str], object]


class LocalCloud:
    """A context: inside it the cloud runs, after it nothing of it is left but `log`."""

    def __init__(self, watcher: Watcher, port: int = 0) -> None:
        self._watcher = watcher
        self._port = port
        self._stop = ExitStack()
        self.log = Path(tempfile.mkdtemp(prefix="icwatch-"), "run.log")
        self.functions: dict[str, Function] = {}
        self.endpoint = ""
        self.stack: Stack
        self._shards: tuple[str, ...] = ()
        self._schedule: Schedule | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.close()

    def watch(self, fleet: Fleet) -> None:
        """Apply a fleet and begin to sweep it."""
        inventory = DynamoInventory(self._database, self.stack.outputs["InventoryTable"])
        inventory.apply(make_plan(inventory.load(), fleet))
        self._shards = inventory.load().all_shards
        self._schedule = Schedule(self.functions["ProberFunction"], fleet.every, self._watcher.trouble)
        self._stop.callback(self._schedule.stop)
        self._schedule.start()

    def pause(self) -> None:
        """Sweep no more; what was swept goes on to be evaluated and announced."""
        if self._schedule is not None:
            self._schedule.stop()

    def alarms(self) -> list[Alarm]:
        """The alarms that stand."""
        table = DynamoAlarms(self._database, self.stack.outputs["AlarmsTable"])
        return [alarm for shard in self._shards for alarm in table.load(shard).alarms.values()]

    def _start(self) -> None:
        log = self._stop.enter_context(self.log.open("ab", buffering=0))
        backend = Backend.start(log, self._port)
        self._stop.callback(backend.stop)
        self.endpoint = backend.endpoint
        self._database = client("dynamodb", self.endpoint)
        translated = translate()
        for name, folder in translated.folders.items():
            function = self.functions[name] = Function(ROOT / folder, log)
            self._stop.callback(function.stop)
        backend.wait()
        self.stack = create(
            self.endpoint,
            translated,
            {
                "Language": Language.EN_US,
                "UtcOffset": datetime.now().astimezone().isoformat()[-6:],
                "ProbedFrom": this_machine(socket.gethostname()),
            },
        )
        subscriber = Subscriber(self.endpoint, self._watcher.notice)
        subscriber.subscribe(self.stack.outputs["AlarmTopicArn"])
        for name, function in self.functions.items():
            function.configure(self.stack.functions[name])
        for consumer in self._consumers():
            self._stop.callback(consumer.stop)
            consumer.start()
        self._stop.callback(subscriber.stop)
        subscriber.start()

    def _consumers(self) -> list[StreamConsumer]:
        streams, queues = client("dynamodbstreams", self.endpoint), client("sqs", self.endpoint)
        samples = f":table/{self.stack.outputs['SamplesTable']}/"
        return [
            StreamConsumer(
                mapping,
                self.functions[name],
                streams,
                queues,
                report=self._watcher.trouble,
                observe=self._see if samples in mapping.stream_arn else None,
            )
            for name, mapping in self.stack.mappings
        ]

    def _see(self, record: Record) -> None:
        self._watcher.sweep(read_item(Sweep, unpack(record["dynamodb"]["NewImage"])))


def this_machine(host: str) -> str:
    """What notices call this machine: its name, as far as the template's parameter takes it."""
    printable = "".join([char for char in host if char.isascii() and char.isprintable()])
    return printable.strip()[:100].rstrip() or "this machine"
