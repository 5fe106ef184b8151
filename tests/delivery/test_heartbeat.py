"""The heartbeat: once for each complete cycle, on a real DynamoDB API, to a real HTTP server."""

from __future__ import annotations

import itertools
import re
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from icwatch.delivery import heartbeat
from icwatch.delivery.heartbeat import Heartbeat, is_present
from icwatch.delivery.secrets import SecretError, Secrets
from tests.conftest import Cloud

AT = 1_772_438_400
BOTH = ("shard-0001", "shard-0002")


class Outside(ThreadingHTTPServer):
    """Somebody who is called: the paths, in order. Answers with `status`, or not before `release` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[str] = []
        self.status = 200
        self.release = threading.Event()
        self.release.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/0f5c-secret"


class _Handler(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.server.release.wait(30)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> str:
    name = f"receipts-{uuid.uuid4()}"
    cloud.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    return name


_cycles = itertools.count(AT, 60)


@pytest.fixture
def at() -> int:
    """A cycle of the test's own."""
    return next(_cycles)


@pytest.fixture
def beats(cloud: Cloud, table: str, outside: Outside, tmp_path: Path) -> Heartbeat:
    secret = tmp_path / "url"
    secret.write_text(outside.url + "\n", encoding="utf-8")
    return Heartbeat(cloud.dynamodb, table, f"file:{secret}", Secrets(local=True))


CALL, FAIL = "/ping/0f5c-secret", "/ping/0f5c-secret/fail"


def test_one_shard_alone_is_a_complete_cycle(beats: Heartbeat, outside: Outside, at: int) -> None:
    assert beats.beat(at, BOTH[:1], BOTH[:1])
    assert outside.calls == [CALL]


def test_a_cycle_is_complete_with_its_last_shard(beats: Heartbeat, outside: Outside, at: int) -> None:
    assert not beats.beat(at, BOTH[:1], BOTH)
    assert outside.calls == []
    assert beats.beat(at, BOTH[1:], BOTH)
    assert outside.calls == [CALL]


@pytest.mark.parametrize("shards", [BOTH, BOTH[:1], BOTH[1:]])
def test_what_comes_again_calls_nothing_again(
    beats: Heartbeat, outside: Outside, at: int, shards: tuple[str, ...]
) -> None:
    assert beats.beat(at, BOTH, BOTH)
    assert not beats.beat(at, shards, BOTH)
    assert outside.calls == [CALL]


def test_a_shard_that_comes_twice_is_one(beats: Heartbeat, outside: Outside, at: int) -> None:
    assert not beats.beat(at, BOTH[:1], BOTH)
    assert not beats.beat(at, BOTH[:1], BOTH)
    assert outside.calls == []


@pytest.mark.parametrize(("shards", "expected"), [((), BOTH), (BOTH, ()), ((), ())])
def test_nothing_is_no_cycle(
    beats: Heartbeat, outside: Outside, at: int, shards: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert not beats.beat(at, shards, expected)
    assert outside.calls == []


def test_a_shard_that_lost_its_targets_is_not_waited_for(beats: Heartbeat, outside: Outside, at: int) -> None:
    assert beats.beat(at, BOTH, BOTH[:1])
    assert outside.calls == [CALL]


def test_a_failed_sweep_is_said_once_and_hides_no_complete_cycle(beats: Heartbeat, outside: Outside, at: int) -> None:
    assert beats.fail(at)
    assert not beats.fail(at)
    assert beats.beat(at, BOTH, BOTH)
    assert outside.calls == [FAIL, CALL]


def test_many_invocations_at_once_call_once(beats: Heartbeat, outside: Outside, at: int) -> None:
    threads = [threading.Thread(target=beats.beat, args=(at, BOTH, BOTH)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outside.calls == [CALL]


def test_an_address_that_does_not_answer_holds_nothing_up(
    beats: Heartbeat, outside: Outside, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "LIMIT_SECONDS", 0.05)
    outside.release.clear()
    with pytest.raises(TimeoutError, match="did not answer"):
        beats.beat(at, BOTH, BOTH)


@pytest.mark.parametrize("status", [302, 404, 503])
def test_a_failure_never_names_the_address(beats: Heartbeat, outside: Outside, at: int, status: int) -> None:
    outside.status = status
    with pytest.raises(OSError, match=str(status)) as failure:
        beats.beat(at, BOTH, BOTH)
    assert "secret" not in re.sub("file:.*?/url", "", str(failure.value))


def test_an_address_that_is_not_there_is_an_error(cloud: Cloud, table: str, at: int, tmp_path: Path) -> None:
    beats = Heartbeat(cloud.dynamodb, table, f"file:{tmp_path}/none", Secrets(local=True))
    with pytest.raises(SecretError, match="cannot be read"):
        beats.beat(at, BOTH, BOTH)


@pytest.mark.parametrize(("age", "expected"), [(0, True), (300, True), (301, False), (86_400, False), (-60, True)])
def test_a_backlog_is_no_sign_of_the_present(age: int, expected: bool) -> None:
    assert is_present(AT, AT + age, 60) is expected
