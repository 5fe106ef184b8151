"""A notice, and one of a storm of 200: from the stream's record of a decision to what SNS is given.

Alertmanager is told of as many alerts and calls a webhook; its CPU is that of the whole process. Of us only the calls
to AWS are not made: receipts and SNS.
"""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Mapping

from icwatch.delivery import idempotency
from icwatch.model import Decision, Language
from icwatch.notices import Style
from icwatch.storage.items import read_item, write_item
from icwatch.storage.packing import pack
from icwatch.storage.stream import read_records
from scripts.bench.bench import Bench
from scripts.bench.figures.cycles import AT, Store, cycle, event_of, fleet_of
from scripts.bench.figures.evaluation import decided
from scripts.bench.peers import alertmanager
from scripts.bench.processes import BenchError
from scripts.bench.rows import OURS, Measured, Row

ONE, STORM = "one alarm", "a storm of 200"
SIZES: Mapping[str, int] = {ONE: 1, STORM: 200}
TARGETS = 200
ROUNDS, TIMES = 5, 40
STYLE = Style(Language.EN_US)


def measure(bench: Bench) -> Measured:
    """Both in turn."""
    measured, arrived = Measured(), threading.Semaphore(0)
    events = {subject: _event(size) for subject, size in SIZES.items()}
    with alertmanager.started(lambda _: arrived.release()) as found:
        peer = None if found is None else alertmanager.Notifying(*found, arrived)
        if peer is None:
            measured.missing.append(alertmanager.NAME)
        for subject, size in SIZES.items():
            bench.say(f"{subject}: {OURS} and {alertmanager.NAME}")
            mine, theirs = [], []
            for _ in range(bench.rounds(ROUNDS)):
                mine.append(_milliseconds(events[subject]))
                theirs += [] if peer is None else [peer.milliseconds(size, TIMES)]
            measured.rows.append(Row(subject, OURS, size, "cpu", "ms", tuple(mine)))
            if theirs:
                measured.rows.append(Row(subject, alertmanager.NAME, size, "cpu", "ms", tuple(theirs)))
            size_kb = len("".join(_written(events[subject])).encode()) / 1024
            measured.rows.append(Row(subject, OURS, size, "notice", "KB", (size_kb,)))
    return measured


def _event(bad: int) -> object:
    """The record of the decision that raises so many alarms."""
    inventory, store = fleet_of(TARGETS), Store()
    decided(store, inventory, event_of(cycle(inventory, AT, set())))
    decided(store, inventory, event_of(cycle(inventory, AT + 60, {*[*inventory.targets][:bad]})))
    (decision,) = store.decisions
    return event_of([pack(write_item(decision))])


def _milliseconds(event: object) -> float:
    gc.collect()
    began = time.process_time()
    for _ in range(TIMES):
        if len(_written(event)) != 1:
            raise BenchError("it is not one notice")
    return (time.process_time() - began) * 1000 / TIMES


def _written(event: object) -> list[str]:
    """What SNS would be given for each notice."""
    (record,) = read_records(event)
    decision = read_item(Decision, record.item())
    messages = idempotency.messages_of(decision)
    notices = [idempotency.notice_of(decision, message, STYLE) for message in messages]
    return [json.dumps(notice.messages, ensure_ascii=False) for notice in notices]
