"""A storm and all else that people meet, in one run: what an HTTP endpoint and an SQS queue receive, to the message.

Of 60 servers, one VPC's 12 fail at once, as unreachable as a network makes them; one comes and goes within its clear
cycle; one is silenced; one is acknowledged. What each server does is fixed sweep by sweep, and the messages are worked
out from that by hand. Meanwhile the notifier is killed with SIGKILL at random moments, some of them while it publishes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from icwatch.model import HEALTH, Cause, Decision, Fleet, Kind
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch.storage.sweeps import read_sweep
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.function import Function, Result
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Watcher
from icwatch_cli.main import main
from tests.servers import OK, Behaviour, Endpoint, Line, Servers, read_request

RULE = "ic_server_connect_failed"
SHARD = "shard-0001"
SIZES = {"vpc-1": 24, "vpc-2": 12, "vpc-3": 24}
CLEAR = 4
"""Sweeps of the clear cycle."""

RESEND = 2
"""Sweeps between two notices of the loud servers; others are not repeated."""

PACES = (1, 2, 4)
"""Seconds between two sweeps: where this machine is too busy to see what is played, it is played again more slowly."""

CLAIM = 5
"""Seconds that the notifier may take: as long stands its claim on a notice where it was killed while publishing."""

PATIENCE = 240.0
"""Seconds within which anything that is waited for has to come."""

ERROR = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays what, by the names of the targets."""

    storm: tuple[str, ...]
    flapping: str
    loud: str
    acknowledged: str
    silenced: str


@dataclass(slots=True)
class Play:
    """The script: what every server does in each sweep, and what operators do before it.

    A sweep counts once it was taken: a tick that came so late that it was skipped is played again.
    """

    cloud: LocalCloud
    servers: Servers
    cast: Cast
    lines: list[Line]
    bad: set[str]
    probe: Callable[[object], Result]
    pace: int
    ats: list[int] = field(default_factory=list)
    spoilt: str = ""
    broken: BaseException | None = None
    mended: int = 0
    entered: int = -1
    over: threading.Event = field(default_factory=threading.Event)

    def tick(self, event: dict[str, str]) -> Result:
        """What the schedule calls in place of the prober: set the scene, let it sweep, look at what it saw."""
        try:
            return self._tick(event)
        except BaseException as error:
            self.broken = error
            self.over.set()
            return Result(error=repr(error))

    def _tick(self, event: dict[str, str]) -> Result:
        number = len(self.ats)
        if self.entered < number:
            self.entered = number
            self._enter(number)
        result = self.probe(event)
        if not self.over.is_set() and result.error is None and result.payload["targets"]:
            self.ats.append(int(datetime.fromisoformat(event["time"]).timestamp()))
            self._look(number)
        return result

    def _enter(self, number: int) -> None:
        """What changes before a sweep."""
        cast, bad = self.cast, self.bad
        match number:
            case 0:
                operate("silence", "add", "--label", f"target={cast.silenced}", "--for", "1h", "--comment", "planned")
            case 1:
                bad.update((cast.flapping, cast.loud, cast.acknowledged, cast.silenced))
            case 2:
                self._wait_until_evaluated()
                operate("ack", cast.acknowledged)
                bad.discard(cast.flapping)
            case 4:
                bad.add(cast.flapping)
            case 5:
                bad.discard(cast.flapping)
                self.servers.run(*(line.cut() for line in self.lines))
            case 6:
                bad.clear()
        if not self.mended and number > 6 and self.ats[-1] >= self.ats[6] + CLEAR * self.pace:
            self.mended = number
            self.servers.run(*(line.mend() for line in self.lines))
        if self.mended and number > self.mended and self.ats[-1] >= self.ats[self.mended] + CLEAR * self.pace:
            self.over.set()

    def _wait_until_evaluated(self) -> None:
        table = DynamoAlarms(client("dynamodb", self.cloud.endpoint), self.cloud.stack.outputs["AlarmsTable"])
        ends = time.monotonic() + PATIENCE
        while table.load(SHARD).at != self.ats[-1]:
            assert time.monotonic() < ends, "the last sweep was not evaluated"
            time.sleep(0.05)

    def _look(self, number: int) -> None:
        """Hold what the sweep saw against the script: this machine may have been too busy to see it."""
        key = {"shard": {"S": SHARD}, "at": {"N": str(self.ats[-1])}}
        table = self.cloud.stack.outputs["SamplesTable"]
        sweep = read_sweep(client("dynamodb", self.cloud.endpoint).get_item(TableName=table, Key=key)["Item"])
        causes = dict.fromkeys(self.bad, Cause.HTTP_STATUS)
        if number >= 5 and not self.mended:
            causes |= dict.fromkeys(self.cast.storm, Cause.CONNECT_TIMEOUT)
        seen = {name: failure.cause for name, failure in sweep.failures.items()}
        if seen != causes or len(sweep.metrics[HEALTH]) != sum(SIZES.values()):
            self.spoilt = f"sweep {number} saw {seen} and {len(sweep.metrics[HEALTH])} servers"
        if number == 3 and self.ats[3] - self.ats[2] >= CLEAR * self.pace:
            self.spoilt = "the flapping server was healthy for longer than its clear cycle"
        if self.spoilt:
            self.over.set()


def operate(*words: str) -> None:
    """Do what an operator does at the command line."""
    assert main([*words, "--stack", "icwatch", "--by", "ann"]) == 0


def messages_of(play: Play) -> list[tuple[int, str, str, tuple[str, ...]]]:
    """What has to be told, by hand: when, the id, as what and of whom."""
    ats, cast = play.ats, play.cast

    def held(good: int) -> int:
        """The sweep in which servers that are healthy from sweep `good` on have been so for the clear cycle."""
        return next(number for number in range(good, len(ats)) if ats[number] >= ats[good] + CLEAR * play.pace)

    def message(number: int, kind: str, raised: int, *targets: str) -> tuple[int, str, str, tuple[str, ...]]:
        more = f"+{len(targets) - 1}" if len(targets) > 1 else ""
        return (ats[number], f"{RULE}:{targets[0]}:{ats[raised]}:{kind}:{ats[number]}{more}", kind, targets)

    repeats, reported = [], 1
    for number in range(2, 6):  # bad from 1 to 5
        if ats[number] >= ats[reported] + RESEND * play.pace:
            repeats.append(message(number, "repeated", 1, cast.loud))
            reported = number
    return sorted(
        [
            message(1, "raised", 1, cast.flapping),
            message(1, "raised", 1, cast.loud),
            message(1, "raised", 1, cast.acknowledged),
            *repeats,
            message(5, "raised", 5, *cast.storm),
            message(held(5), "cleared", 1, cast.flapping),
            message(held(6), "cleared", 1, cast.loud),
            message(held(6), "cleared", 1, cast.acknowledged),
            message(held(play.mended), "cleared", 5, *cast.storm),
        ]
    )


class Killer:
    """Kills a function with SIGKILL: now and then, shortly after it was called, and when its notice has just arrived.

    What has just arrived may have no receipt yet: then it comes once more.
    """

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._function: Function | None = None
        self._invoke: Callable[[object], Result]
        self.kills = 0

    def watch(self, function: Function) -> None:
        """Begin with a function, whose `invoke` is to be replaced by this one's."""
        self._function, self._invoke = function, function.invoke

    def invoke(self, event: object) -> Result:
        """What its mapping calls in place of the function."""
        timer = threading.Timer(self._dice.uniform(0, 0.1), self._kill)
        if self._dice.random() < 0.3:
            timer.start()
        result = self._invoke(event)
        timer.cancel()
        return result

    def notified(self) -> None:
        """What a subscriber calls as soon as a notice arrives."""
        if self._dice.random() < 0.3:
            self._kill()

    def kill_until(self, over: threading.Event) -> None:
        """Kill it at random moments, until the end of the play; after that it is left alone."""
        ends = time.monotonic() + PATIENCE
        while not over.wait(self._dice.uniform(0.2, 4.0)):
            assert time.monotonic() < ends, "the play does not end"
            self._kill()
        self._function = None

    def _kill(self) -> None:
        if self._function is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._function.pid, signal.SIGKILL)
                self.kills += 1


class Queue:
    """An SQS queue that is subscribed, and what came out of it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._sqs = client("sqs", cloud.endpoint)
        self._url = self._sqs.create_queue(QueueName="people")["QueueUrl"]
        names = ["QueueArn"]
        self.arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]["QueueArn"]
        self._kept: list[str] = []

    def received(self) -> list[str]:
        """The messages so far, in the order in which they came."""
        while page := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            for each in page:
                self._kept.append(json.loads(each["Body"])["Message"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
        return self._kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    play: Play
    http: list[str]
    queue: list[str]
    decisions: list[Decision]
    given_up: int
    kills: int


def name_of(port: int) -> str:
    """What the target of a server on this machine is called."""
    return f"127.0.0.1:{port}"


def moody(bad: set[str]) -> Behaviour:
    """A server that is broken while its name is among the bad."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(ERROR if name_of(writer.get_extra_info("sockname")[1]) in bad else OK)
        await writer.drain()

    return behave


def fleet_of(servers: Servers, bad: set[str], pace: int) -> tuple[Fleet, Cast, list[Line]]:
    """60 servers and what they play; the twelve that fail together in the order in which the inventory has them."""
    lines = [servers.line(moody(bad)) for _ in range(SIZES["vpc-2"])]
    storm = sorted(name_of(line.port) for line in lines)
    near, far = ([name_of(servers.serve(moody(bad))) for _ in range(SIZES[vpc])] for vpc in ("vpc-1", "vpc-3"))
    cast = Cast(tuple(storm), flapping=near[0], loud=near[1], acknowledged=far[0], silenced=far[1])
    manners = dict.fromkeys((cast.loud, cast.acknowledged), "loud")
    targets = [
        {"address": name, "labels": {"vpc": vpc, "manner": manners.get(name, "calm")}}
        for vpc, names in (("vpc-1", near), ("vpc-2", storm), ("vpc-3", far))
        for name in names
    ]
    override = {"match": {"manner": "loud"}, "resend_interval": f"{RESEND * pace}s"}
    rule = {"name": RULE, "clear_cycle": f"{CLEAR * pace}s", "resend_interval": "1h", "overrides": [override]}
    document = {"language": "en-US", "every": f"{pace}s", "route_by": ["vpc"], "probe": {"timeout": f"{600 * pace}ms"}}
    return parse_fleet({**document, "targets": targets, "rules": [rule]}), cast, lines


def run(seed: int, pace: int, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """The whole of it, until both subscribers have all that has to be told."""
    troubles: list[str] = []
    bad: set[str] = set()
    killer = Killer(seed)
    endpoint = Endpoint(killer.notified)
    with Servers() as servers:
        fleet, cast, lines = fleet_of(servers, bad, pace)
        with LocalCloud(Watcher(lambda sweep: None, lambda notice: None, troubles.append)) as cloud:
            for name, value in {**private_environment(), "AWS_ENDPOINT_URL": cloud.endpoint}.items():
                monkeypatch.setenv(name, value)
            queue = Queue(cloud)
            url = f"http://127.0.0.1:{servers.serve(endpoint)}/"
            for protocol, address in (("sqs", queue.arn), ("http", url)):
                client("sns", cloud.endpoint).subscribe(
                    TopicArn=cloud.stack.outputs["AlarmTopicArn"], Protocol=protocol, Endpoint=address
                )
            assert endpoint.confirmed.wait(PATIENCE)
            notifier, prober = cloud.functions["NotifierFunction"], cloud.functions["ProberFunction"]
            notifier._configuration = replace(cloud.stack.functions["NotifierFunction"], timeout=CLAIM)
            killer.watch(notifier)
            monkeypatch.setattr(notifier, "invoke", killer.invoke)
            play = Play(cloud, servers, cast, lines, bad, prober.invoke, pace)
            monkeypatch.setattr(prober, "invoke", play.tick)
            cloud.watch(fleet)
            killer.kill_until(play.over)
            cloud.pause()
            if play.broken is not None:
                raise play.broken
            if not play.spoilt:
                wanted = {name for _, name, _, _ in messages_of(play)}
                ends = time.monotonic() + PATIENCE
                while time.monotonic() < ends:
                    http = [each["Message"] for each in endpoint.notifications]
                    if Counter(http) == Counter(queue.received()) and wanted <= {notice_id(each) for each in http}:
                        break
                    time.sleep(0.1)
            decisions = decisions_of(cloud)
            given_up = letters_of(cloud)
    http = [each["Message"] for each in endpoint.notifications]
    return Outcome(play, http, queue._kept, decisions, given_up, killer.kills)


def decisions_of(cloud: LocalCloud) -> list[Decision]:
    """All that was decided, in order."""
    pages = client("dynamodb", cloud.endpoint).get_paginator("scan")
    items = [
        unpack(item)
        for page in pages.paginate(TableName=cloud.stack.outputs["TransitionsTable"])
        for item in page["Items"]
    ]
    return [read_item(Decision, item) for item in sorted(items, key=lambda item: int(item["at"]))]


def letters_of(cloud: LocalCloud) -> int:
    """How many messages lie in the notifier's dead-letter queue."""
    names = ["ApproximateNumberOfMessages"]
    answer = client("sqs", cloud.endpoint).get_queue_attributes(
        QueueUrl=cloud.stack.outputs["NotifierFailuresUrl"], AttributeNames=names
    )
    return int(answer["Attributes"][names[0]])


def notice_id(message: str) -> str:
    """The id of a notice."""
    return str(json.loads(message)["notice"])


def as_told(messages: Iterable[Mapping[str, Any]]) -> list[tuple[int, str, str, tuple[str, ...]]]:
    """Messages in the form of `messages_of`."""
    return [
        (each["at"], each["notice"], each["kind"], tuple(alarm["target"] for alarm in each["alarms"]))
        for each in messages
    ]


def distinct(messages: Iterable[str]) -> list[dict[str, Any]]:
    """Each notice once, in the order of their first arrival; one that came again says the same under the same id."""
    forms: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        forms[notice_id(message)].add(message)
    assert all(len(same) == 1 for same in forms.values())
    return [json.loads(form) for (form,) in forms.values()]


def test_what_an_endpoint_and_a_queue_receive(monkeypatch: pytest.MonkeyPatch) -> None:
    for attempt, pace in enumerate(PACES):
        with monkeypatch.context() as patch:
            outcome = run(20261122 + attempt, pace, patch)
        if not outcome.play.spoilt:
            break
    play, cast = outcome.play, outcome.play.cast
    assert not play.spoilt
    expected = messages_of(play)
    http, queue = distinct(outcome.http), distinct(outcome.queue)
    assert sorted(as_told(http)) == expected
    assert sorted(as_told(queue)) == expected
    assert [each["at"] for each in queue] == sorted(each["at"] for each in queue), "in order"
    assert {each["rule"] for each in queue} == {RULE}
    assert Counter(outcome.http) == Counter(outcome.queue)
    assert len(outcome.queue) - len(queue) <= outcome.kills, "a notice comes again only where a kill took its receipt"
    assert outcome.kills >= 3
    assert outcome.given_up == 0

    (storm,) = (each for each in queue if each["count"] == 12 and each["kind"] == "raised")
    assert (storm["cause"], storm["labels"]["vpc"], storm["status"]) == ("connect_timeout", "vpc-2", "Active")
    (share,) = (each for each in storm["shares"] if each["label"] == "vpc")
    assert share == {
        "label": "vpc",
        "value": "vpc-2",
        "name": "vpc-2",
        "failing": 12,
        "of": 12,
        "elsewhere": 0,
        "suspect_path": True,
    }
    silenced = [each for one in outcome.decisions for each in one.transitions if each.target == cast.silenced]
    assert [(each.kind, each.announce, each.silenced) for each in silenced] == [
        (Kind.RAISED, False, True),
        (Kind.CLEARED, False, True),
    ]
