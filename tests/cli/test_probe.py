"""`icwatch probe` against real servers."""

from __future__ import annotations

import json

import pytest

from cli.main import main
from tests.servers import OK, Servers, answer


def test_a_healthy_server(capsys: pytest.CaptureFixture[str]) -> None:
    with Servers() as servers:
        url = f"http://127.0.0.1:{servers.serve(answer(OK))}/ok"
        assert main(["probe", url, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert main(["probe", url]) == 0
    assert 0 <= told.pop("elapsed_ms") < 3000
    assert told == {"url": url, "value": 1, "cause": None, "status": 200, "detail": ""}
    assert capsys.readouterr().out.startswith(f"{url}: healthy (HTTP 200 in ")


def test_an_address_is_asked_at_its_health_interface(capsys: pytest.CaptureFixture[str]) -> None:
    with Servers() as servers:
        port = servers.refuse()
        assert main(["probe", f"127.0.0.1:{port}", "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert main(["probe", f"127.0.0.1:{port}"]) == 1
    assert told["url"] == f"http://127.0.0.1:{port}/ok"
    assert (told["value"], told["cause"], told["status"]) == (0, "connection_refused", None)
    words = capsys.readouterr().out
    assert "supervisord restart ic-server" in words


def test_the_deadline_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with Servers() as servers:
        assert main(["probe", f"127.0.0.1:{servers.hang()}", "--json", "--timeout", "200ms"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["cause"] == "read_timeout"
    assert 200 <= told["elapsed_ms"] < 1200


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["ftp://192.168.0.1/"], "ftp://192.168.0.1/: only http and https can be probed; write http://"),
        (["192.168.0.300"], "'192.168.0.300' is no IPv4 or IPv6 address and no host name; write http://"),
        (["http://[::1"], "http://[::1: "),
        (["http://127.0.0.1:99999/"], "http://127.0.0.1:99999/: port 99999 is out of range; write http://"),
        (["http:///ok"], "http:///ok: names no host; write http://"),
        (["192.168.0.1", "--timeout", "3"], "--timeout 3: is no duration; write a number and its unit"),
        (["192.168.0.1", "--timeout", "0s"], "--timeout 0s: is no duration"),
    ],
)
def test_a_wrong_call_is_told(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *arguments]) == 2
    assert capsys.readouterr().err.startswith(problem)


def test_a_body_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with Servers() as servers:
        url = f"http://127.0.0.1:{servers.serve(answer(OK))}/ok"
        assert main(["probe", url, "--body", "ok"]) == 0
        capsys.readouterr()
        assert main(["probe", url, "--body", "ready", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["cause"], told["status"]) == ("bad_response", 200)
    assert told["detail"] == "the body does not hold 'ready'"
