"""The functions as they are deployed, with time, AWS and the network of a machine in memory below them."""

from __future__ import annotations

import contextlib
import datetime as real_datetime
import functools
import importlib
import io
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
import httpx
from aws_lambda_powertools.utilities.idempotency import base as idempotency_base
from aws_lambda_powertools.utilities.idempotency.persistence import base as persistence_base
from aws_lambda_powertools.utilities.idempotency.persistence import datarecord, dynamodb
from aws_lambda_powertools.utilities.parameters import base as parameters_base
from botocore.client import BaseClient

from icwatch.delivery import heartbeat
from icwatch.delivery.messenger import Messenger
from icwatch.delivery.robots import RobotSender
from icwatch.probing import sweep
from tests.chaos import aws
from tests.chaos.machine import Machine
from tests.standin import StandIn
from tests.virtualtime import virtual_loop

FUNCTIONS = ("prober", "evaluator", "notifier", "messenger")

APPS: Mapping[str, Any] = {name: importlib.import_module(f"functions.{name}.app") for name in FUNCTIONS}

ENVIRONMENT = {
    "INVENTORY_TABLE": "Inventory",
    "SAMPLES_TABLE": "Samples",
    "ALARMS_TABLE": "Alarms",
    "TRANSITIONS_TABLE": "Transitions",
    "TOTALS_TABLE": "Totals",
    "RECEIPTS_TABLE": "Receipts",
    "OUTBOXES_TABLE": "Outboxes",
    "SAMPLES_DAYS": "14",
    "TRANSITIONS_DAYS": "90",
    "PROBED_FROM": "here",
    "ALARM_TOPIC_ARN": aws.ALARM_TOPIC,
    "OPERATIONS_TOPIC_ARN": aws.OPERATIONS_TOPIC,
    "ROBOT_QUEUE_URL": aws.ROBOT_QUEUE,
    "QUEUE_URL": aws.ROBOT_QUEUE,
    "HEARTBEAT_URL": "ssm:/icwatch/heartbeat",
    "LANGUAGE": "en-US",
    "UTC_OFFSET": "+00:00",
    "HTTPS_FORM": "json",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_METRICS_DISABLED": "true",
}
FAILURES = {
    "evaluator": aws.EVALUATOR_FAILURES,
    "notifier": aws.NOTIFIER_FAILURES,
    "messenger": aws.MESSENGER_FAILURES,
}

CLOCKED: tuple[Any, ...] = (*(app.Wiring for app in APPS.values()), Messenger, RobotSender)
"""What has a clock as the default of a parameter."""

_make_client: Callable[..., Any] = boto3.session.Session.client


@functools.cache
def shared_client(service: str) -> Any:
    """One client of a service for all processes: it remembers nothing, and making one takes long."""
    with mock.patch.dict("os.environ", ENVIRONMENT):
        return _make_client(boto3.session.Session(), service)


@contextmanager
def installed(machine: Machine, stack: aws.Aws, answer: Callable[[httpx.Request], httpx.Response]) -> Iterator[None]:
    """Within it, all functions run on this machine. `answer` is what the servers that are probed say."""
    with ExitStack() as held:
        held.enter_context(contextlib.redirect_stdout(io.StringIO()))
        held.enter_context(warnings.catch_warnings(action="ignore"))
        held.enter_context(mock.patch.dict("os.environ", ENVIRONMENT))
        for target, name, new in [
            *_clocks(machine),
            *_services(stack),
            *_probing(answer),
            *((app, "wire", functools.partial(_wired, machine, app.wire)) for app in APPS.values()),
            *((heartbeat, "threading", threads) for threads in (_Inline,)),
        ]:
            held.enter_context(mock.patch.object(target, name, new))
        for app in APPS.values():
            held.enter_context(_quiet(app.logger))
        yield


def _wired(machine: Machine, wire: Any) -> Any:
    """What the process that runs is wired to; made at its first call."""
    process = machine.process
    assert process is not None
    if process.wiring is None:
        with mock.patch.dict("os.environ", FAILURES_QUEUE_URL=FAILURES.get(process.function, "")):
            process.wiring = wire.__wrapped__()
    return process.wiring


def _clocks(machine: Machine) -> Iterator[tuple[Any, str, Any]]:
    real = {time.time: lambda: machine.now, time.monotonic: lambda: machine.now, time.sleep: machine.sleep}
    for owner in CLOCKED:
        defaults = tuple(real.get(each, each) if callable(each) else each for each in owner.__init__.__defaults__ or ())
        yield owner.__init__, "__defaults__", defaults
        named = owner.__init__.__kwdefaults__ or {}
        new = {name: real.get(each, each) if callable(each) else each for name, each in named.items()}
        yield owner.__init__, "__kwdefaults__", new or None
    for clock, virtual in real.items():
        yield time, clock.__name__, virtual

    class Now(real_datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Now:
            return cls.fromtimestamp(machine.now, tz)

    module = SimpleNamespace(datetime=Now, timedelta=real_datetime.timedelta)
    for user in (idempotency_base, persistence_base, datarecord, dynamodb):
        yield user, "dt", module
    yield parameters_base, "datetime", Now


def _services(stack: aws.Aws) -> Iterator[tuple[Any, str, Any]]:
    def send(client: Any, operation: str, request: dict[str, Any]) -> Any:
        return stack.api(client, operation, request)

    yield BaseClient, "_make_api_call", send
    yield BaseClient, "close", lambda client: None
    yield boto3, "client", lambda service, **options: shared_client(service)
    yield boto3.session.Session, "client", lambda session, service_name, **options: shared_client(service_name)
    yield httpx.HTTPTransport, "__init__", lambda transport, *given, **options: None
    yield httpx.HTTPTransport, "__enter__", lambda transport: transport
    yield httpx.HTTPTransport, "__exit__", lambda transport, *error: None
    yield httpx.HTTPTransport, "close", lambda transport: None
    yield httpx.HTTPTransport, "handle_request", lambda transport, request: stack.web(request)


def _probing(answer: Callable[[httpx.Request], httpx.Response]) -> Iterator[tuple[Any, str, Any]]:
    yield APPS["prober"], "ProbeTransport", lambda **options: StandIn(answer)
    yield sweep, "Loop", virtual_loop
    yield sweep, "ThreadPoolExecutor", _InPlace


class _InPlace:
    """An executor that works at once: the calls of a process have an order then."""

    def __enter__(self) -> _InPlace:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*given))
        except Exception as error:
            future.set_exception(error)
        return future


class _Inline:
    """The threading that the heartbeat uses, whose one thread works at once."""

    Event = threading.Event

    class Thread:
        """A thread."""

        def __init__(self, target: Callable[[], None], **options: object) -> None:
            self.start = target


@contextmanager
def _quiet(logger: Any) -> Iterator[None]:
    level = logger.log_level
    logger.setLevel("CRITICAL")
    try:
        yield
    finally:
        logger.setLevel(level)
