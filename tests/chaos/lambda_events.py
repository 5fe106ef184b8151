"""How functions are started: by the schedule, by streams and by a queue, and again where they failed, as Lambda does.

What is to be tried again of a stream is decided by `icwatch_cli.local.mapping`, which is tested against Lambda's guide.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from icwatch_cli.local.function import Result
from icwatch_cli.local.mapping import Batch, StreamMapping, failure_record, give_up, settle
from tests.chaos.aws import ROBOT_QUEUE, Aws
from tests.chaos.environment import APPS, FAILURES
from tests.chaos.machine import Killed, Machine, Process
from tests.chaos.workers import side_by_side
from tests.functions.support import Context

TIMEOUTS = {"prober": 63.0, "evaluator": 60.0, "notifier": 20.0, "messenger": 60.0}
VISIBILITY_SECONDS, MAX_RECEIVES = 360.0, 100
LONGEST_PAUSE_SECONDS = 60.0


def stream(function: str, size: int, retries: int, age: int) -> StreamMapping:
    """A mapping of the template."""
    pattern = ({"eventName": ["INSERT"]},)
    return StreamMapping(f"stream/{function}", function, size, retries, age, True, True, FAILURES[function], pattern)


MAPPINGS = {
    "Samples": stream("evaluator", 100, 8, 3600),
    "Transitions": stream("notifier", 10, 10_000, 10_800),
}


class Remaining(Context):
    """The context of an invocation on a machine."""

    def __init__(self, machine: Machine, deadline: float) -> None:
        super().__init__()
        self._machine, self._deadline = machine, deadline

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]
        return int((self._deadline - self._machine.now) * 1000)


@dataclass(slots=True)
class Lambda:
    """The functions' processes and how far each source has been read.

    `pairs` has, by the number of an invocation, after how many calls of each the two take turns that work on the same
    event side by side. Each function has its own time: it is free again at `free_at`.
    """

    machine: Machine
    aws: Aws
    pairs: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    free_at: dict[str, float] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def tick(self, at: int) -> None:
        """The schedule's, which is not tried again once the function has begun."""
        self._from(at + 1, "prober")
        result = self.invoke("prober", {"time": datetime.fromtimestamp(at, UTC).isoformat()})
        if result.error is not None:
            self.failures.append(result.error)

    def drain(self, table: str, at: float) -> None:
        """Deliver what a stream holds, until all of it is handled or given up."""
        mapping, taken = MAPPINGS[table], self.read.get(table, 0)
        function = mapping.function_arn
        self._from(at, function)
        records = [each for each in self.aws.tables.streams[table][taken:] if each["eventName"] == "INSERT"]
        self.read[table] = len(self.aws.tables.streams[table])
        waiting = [
            Batch(tuple(records[n : n + mapping.batch_size])) for n in range(0, len(records), mapping.batch_size)
        ]
        while waiting:
            batch = waiting.pop(0)
            given, rest = give_up(mapping, batch, self.machine.now)
            if given is not None:
                letter = failure_record(mapping, given, table, f"{self.machine.now}")
                self.aws.send(FAILURES[function], json.dumps(letter))
            if rest is None:
                continue
            result = self.invoke(function, {"Records": list(rest.records)})
            left = settle(mapping, rest, result)
            if left:
                self._pause(function, min(2.0 ** left[0].attempts, LONGEST_PAUSE_SECONDS))
            waiting = [*left, *waiting]

    def take(self, at: float, until: float) -> None:
        """Deliver what the robots' queue holds and what comes into it until a moment."""
        self._from(at, "messenger")
        while True:
            queue = self.aws.queues[ROBOT_QUEUE]
            due = min((each.visible_at for each in queue), default=math.inf)
            if due > until and due > self.machine.now:
                return
            self.machine.now = max(self.machine.now, due)
            batch = [each for each in queue if each.visible_at <= self.machine.now][:10]
            for message in batch:
                message.receives += 1
                message.visible_at = self.machine.now + VISIBILITY_SECONDS
            records = [{"messageId": each.id, "body": each.body} for each in batch]
            result = self.invoke("messenger", {"Records": records})
            failed = {each["itemIdentifier"] for each in (result.payload or {}).get("batchItemFailures", ())}
            for message in batch:
                if result.error is None and message.id not in failed:
                    queue.remove(message)
                elif message.receives >= MAX_RECEIVES:
                    queue.remove(message)
                    self.aws.send(FAILURES["messenger"], message.body)

    def invoke(self, function: str, event: Any) -> Result:
        """Call a handler, in a process that lives until it is killed; or in two at once, of which the first counts."""
        number = len(self.machine.invocations)
        began = len(self.machine.calls)
        self.machine.invocations.append((function, 0))
        process = self.processes.setdefault(function, Process(function))
        if number in self.pairs:
            another = Process(function)
            jobs: list[tuple[Process, Callable[[], Result]]] = [
                (process, lambda: self._run(process, event)),
                (another, lambda: self._run(another, json.loads(json.dumps(event)))),
            ]
            result = side_by_side(self.machine, jobs, self.pairs[number])
            self.machine.buried(another)
        else:
            result = self._run(process, event)
        self.machine.invocations[number] = function, len(self.machine.calls) - began
        self.free_at[function] = self.machine.now
        return result

    def _run(self, process: Process, event: Any) -> Result:
        machine = self.machine
        machine.process = process
        deadline = process.deadline = machine.now + TIMEOUTS[process.function]
        try:
            return Result(APPS[process.function].lambda_handler(event, Remaining(machine, deadline)))
        except Killed:
            machine.buried(process)
            self.processes.pop(process.function, None)
            return Result(error="killed")
        except Exception as error:
            return Result(error=f"{type(error).__name__}: {error}")
        finally:
            machine.process = None

    def _from(self, at: float, function: str) -> None:
        self.machine.now = max(at, self.free_at.get(function, 0))

    def _pause(self, function: str, seconds: float) -> None:
        self.machine.now += seconds
        self.free_at[function] = self.machine.now
