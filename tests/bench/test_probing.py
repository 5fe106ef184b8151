"""The measuring itself: servers of all kinds are probed by us and by the floor, each in a process of its own."""

from __future__ import annotations

import pytest

from scripts.bench.peers import blackbox
from scripts.bench.probing import turns
from scripts.bench.probing.case import Address, Case, result_of
from scripts.bench.probing.floor import _body
from scripts.bench.probing.servers import FALLBACK, world
from scripts.bench.rows import OURS


@pytest.mark.large
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_healthy_and_dead_servers_are_told_apart() -> None:
    with world() as (servers, _):
        case = Case(servers.fleet(4, refused=2, silent=2, black_hole=2), timeout=1.0)
        peers = [OURS, turns.FLOOR, *([blackbox.NAME] if blackbox.program() else [])]
        for peer in peers:
            result = turns.one(peer, case)
            assert (result.false_failures, result.false_health) == (0, 0), peer
            assert result.wall >= 1.0
            assert result.memory > 5


@pytest.mark.large
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_without_nginx_something_else_answers_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.probing.servers.shutil.which", lambda *words, **options: None)
    with world() as (servers, missing):
        result = turns.one(turns.FLOOR, Case(servers.fleet(4)))
    assert (result.false_failures, missing) == (0, [FALLBACK])


def test_a_result_counts_what_was_taken_for_something_else() -> None:
    servers = (Address("a", 1, True), Address("b", 1, True), Address("c", 1, False), Address("d", 1, False))
    result = result_of(Case(servers), [(0.01, None, 0.02, None), (0.03, 0.05, None, None)], 0.8, 4.0, 30.0)
    assert (result.false_failures, result.false_health) == (1, 1)
    assert (result.cpu, result.wall, result.p50) == (100.0, 2.0, 30.0)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", b"abcd"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", b"abcde"),
    ],
)
def test_the_exporter_answers_are_read_whole(answer: bytes, body: bytes | None) -> None:
    assert _body(answer) == body
