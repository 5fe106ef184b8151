"""The local cloud as a whole: backend, stack, workers, mappings, schedule and subscriber, started and ended as one.

All that runs here is a `Part` or a worker, and `check` looks at all of them in one place.
"""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from datetime import datetime
from typing import IO, Self

from botocore.exceptions import BotoCoreError, ClientError

from icwatch.model import Alarm, Fleet, Inventory, Language, Sweep
from icwatch.storage.sweeps import read_sweep
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.backend import Backend
from icwatch_cli.local.consumers import Observers, consumers_of
from icwatch_cli.local.errors import EndedError, LocalCloudError
from icwatch_cli.local.function import Function
from icwatch_cli.local.host import this_machine
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.logs import new_log, opened
from icwatch_cli.local.mapping import Record
from icwatch_cli.local.retention import DAYS
from icwatch_cli.local.schedule import Cycle, Schedule
from icwatch_cli.local.stack import Stack, client, create
from icwatch_cli.local.state.directory import StateDirectory
from icwatch_cli.local.state.keeping import Keeping
from icwatch_cli.local.subscriber import Subscriber
from icwatch_cli.local.supervision import Guard, Part
from icwatch_cli.local.translation import translate
from icwatch_cli.local.watcher import Watcher

MESSENGER = "MessengerFunction"
"""The function that only a fleet with robots needs."""


class LocalCloud:
    """A context: inside it the cloud runs, after it nothing of it is left but `log`.

    `robots` says whether the messenger runs, too, and `samples_days` how long sweeps are kept. With `state` it goes on
    with what an earlier one left there, and keeps what happens; without, nothing is kept.
    """

    def __init__(
        self,
        watcher: Watcher,
        port: int = 0,
        *,
        robots: bool = False,
        samples_days: int = DAYS,
        state: StateDirectory | None = None,
    ) -> None:
        self.guard = Guard(watcher.trouble, self._write_log)
        self._step = self.guard.around("showing what is started", watcher.step)
        self._notice = self.guard.around("showing a notice", watcher.notice)
        self.see = self.guard.around("showing a sweep", lambda record: watcher.sweep(_sweep_of(record)))
        self._log: IO[bytes] | None = None
        self._parts: list[Part] = []
        self._port = port
        self._robots, self._days = robots, samples_days
        self._state = state
        self._stop = ExitStack()
        self.log = new_log() if state is None else state.log
        self.functions: dict[str, Function] = {}
        self.endpoint = ""
        self.stack: Stack
        self._inventory: InventoryWriter
        self._schedule: Schedule | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except (OSError, BotoCoreError, ClientError) as error:
            self._stop.close()
            raise LocalCloudError(f"the local cloud cannot be started: {error}; the log is {self.log}") from error
        except BaseException:
            self._stop.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.close()

    def watch(self, fleet: Fleet) -> None:
        """Apply a fleet and begin to sweep it."""
        self._step("fleet")
        self._inventory.apply(make_plan(self._inventory.load(), fleet))
        read = self.guard.around("reading the collection cycle", lambda table: table.load().every)
        cycle = Cycle(fleet.every, lambda: read(self._inventory))
        self._schedule = Schedule(self.functions["ProberFunction"], cycle, self.guard.report)
        self._add(self._schedule.part)

    def pause(self) -> None:
        """Sweep no more; what was swept goes on to be evaluated and announced."""
        if self._schedule is not None:
            self._schedule.stop()

    def check(self) -> None:
        """Raise EndedError where something has ended for good, so that what runs only seems to."""
        ended = [reason for part in self._parts if (reason := part.ended)]
        ended += [reason for function in self.functions.values() if (reason := function.ended)]
        if ended:
            raise EndedError(f"{'; '.join(ended)}; the log is {self.log}")

    def inventory(self) -> Inventory:
        """What is watched now: somebody may have applied another fleet meanwhile."""
        return self._inventory.load()

    def alarms(self) -> list[Alarm]:
        """The current alarms. A shard whose alarms cannot be read is reported and left out."""
        table = DynamoAlarms(self._database, self.stack.outputs["AlarmsTable"])
        found: list[Alarm] = []
        for shard in self._inventory.load().all_shards:
            load = self.guard.around(f"reading the alarms of {shard}", table.load)
            current = load(shard)
            found += current.alarms.values() if current is not None else ()
        return found

    def _write_log(self, text: str) -> None:
        if self._log is not None:
            self._log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} icwatch run: {text}\n".encode())

    def _add(self, part: Part) -> None:
        """Start a part, and from now on look at it."""
        self._stop.callback(part.stop)
        self._parts.append(part)
        part.start()

    def _start(self) -> None:
        log = self._log = self._stop.enter_context(opened(self.log))
        self._stop.callback(setattr, self, "_log", None)
        self._step("backend")
        backend = Backend.start(log, self._port, self._state)
        self._stop.callback(backend.stop)
        self.endpoint = backend.endpoint
        self._database = client("dynamodb", self.endpoint)
        translated = translate()
        folders = {name: each for name, each in translated.folders.items() if self._robots or name != MESSENGER}
        for name, folder in folders.items():
            function = self.functions[name] = Function(ROOT / folder, log, self.guard.report)
            self._stop.callback(function.stop)
        backend.wait()
        self._step("stack")
        self.stack = create(self.endpoint, translated, self._parameters())
        self._inventory = InventoryWriter(self._database, self.stack.outputs["InventoryTable"])
        keeping = None
        if self._state is not None:
            keeping = self._stop.enter_context(Keeping(self._state, self.endpoint, self.guard))
        subscriber = Subscriber(self.endpoint, self._notice, self.guard.report, keeping.shown if keeping else None)
        subscriber.subscribe(self.stack.outputs["AlarmTopicArn"], self.stack.outputs["OperationsTopicArn"])
        if keeping is not None:
            self._step("restore")
            for part in keeping.restore():
                self._add(part)
        self._add(Part("the backend", backend.watch, self.guard.report))
        self._step("functions")
        for name, function in self.functions.items():
            function.configure(self.stack.functions[name])
        observers = Observers(self.guard.report, self.see, keeping.progress if keeping else None)
        for consumer in consumers_of(self.stack, self.endpoint, self.functions, observers):
            self._add(consumer.part)
        self._add(subscriber.part)

    def _parameters(self) -> dict[str, str]:
        """Those of the stack that are not the template's defaults."""
        return {
            "Language": Language.EN_US,
            "UtcOffset": datetime.now().astimezone().isoformat()[-6:],
            "ProbedFrom": this_machine(socket.gethostname()),
            "Robots": str(self._robots).lower(),
            "SamplesDays": str(self._days),
        }


def _sweep_of(record: Record) -> Sweep:
    return read_sweep(record["dynamodb"]["NewImage"])
