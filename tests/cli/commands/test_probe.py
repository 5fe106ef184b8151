"""`icwatch probe` against real servers."""

from __future__ import annotations

import json
import socket

import pytest

from icwatch_cli.main import main
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
        (["http://[::1"], "http://[::1: '[::1' is no IPv4 or IPv6 address and no host name; write http://"),
        (
            ["http://192.168.O.1/"],
            "http://192.168.O.1/: '192.168.O.1' is no IPv4 or IPv6 address and no host name; did",
        ),
        (["0x7f.1"], "'0x7f.1' is no IPv4 or IPv6 address and no host name; write an IPv4 address as four decimal"),
        (["http://0x7f000001:8088/ok"], "http://0x7f000001:8088/ok: '0x7f000001:8088' is no IPv4 or IPv6 address and"),
        (
            ["xn--a"],
            "'xn--a' holds xn--a, which is no valid internationalized label; write the name as your DNS has it",
        ),
        (["http://xn--0/"], "http://xn--0/: 'xn--0' holds xn--0, which is no valid internationalized label; write the"),
        (
            ["xn--ls8h:8089"],
            "'xn--ls8h:8089' holds xn--ls8h, which is no valid internationalized label; write the name",
        ),
        (
            ["http://b\u00fccher.example/"],
            "http://b\u00fccher.example/: 'b\u00fccher.example' holds '\u00fc' (U+00FC), which",
        ),
        (
            ["169.254.169.254"],
            "'169.254.169.254' is the metadata service of a cloud, which is never asked; write http://",
        ),
        (["http://[fe80::1]:8088/ok"], "http://[fe80::1]:8088/ok: '[fe80::1]:8088' is a link-local address, which is"),
        (["http://:80/"], "http://:80/: names no host; write http://"),
        (["http:// ic/"], "http:// ic/: names no host; write http://"),
        (
            ["http://root:geheim@192.168.0.1/"],
            "the URL has a user name or password before an @, which no probe sends; ",
        ),
        (["root@192.168.0.1"], "the address has a user name or password before an @, which no probe sends; write the"),
        (["http://127.0.0.1:99999/"], "http://127.0.0.1:99999/: port 99999 is out of range; write http://"),
        (["http:///ok"], "http:///ok: names no host; write http://"),
        (["192.168.0.1", "--timeout", "3"], "--timeout 3: is no duration; write a number and its unit"),
        (["192.168.0.1", "--timeout", "0s"], "--timeout 0s: is no duration"),
    ],
)
def test_a_wrong_call_is_told(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *arguments]) == 2
    assert capsys.readouterr().err.startswith(problem)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the resolver, which finds nothing."""
    asked: list[str] = []

    def find_none(host: bytes, *_: object, **__: object) -> list[object]:
        asked.append(host.decode("ascii"))
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_none)
    return asked


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ic.example.com", "ic.example.com"),
        ("IC.example.com.", "ic.example.com."),
        ("http://ic.example.com.:8088/ok", "ic.example.com."),
        ("xn--strae-oqa.test", "xn--strae-oqa.test"),
        ("https://xn--strae-oqa.test./", "xn--strae-oqa.test."),
        ("XN--NXASMM1C", "xn--nxasmm1c"),
        ("HTTP://web.compose_default:80/", "web.compose_default"),
        ("10.0.0.l", "10.0.0.l"),
    ],
)
def test_a_name_is_asked_as_it_is_written(
    written: str, asked: str, looked_up: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", written, "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["cause"] == "dns"
    assert set(looked_up) == {asked}
    nearly = "warning: 10.0.0.l is nearly an IPv4 address, and is looked up as a host name; did you mean 10.0.0.1?\n"
    assert told.err == (nearly if asked == "10.0.0.l" else "")


def test_a_body_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with Servers() as servers:
        url = f"http://127.0.0.1:{servers.serve(answer(OK))}/ok"
        assert main(["probe", url, "--body", "ok"]) == 0
        capsys.readouterr()
        assert main(["probe", url, "--body", "ready", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["cause"], told["status"]) == ("bad_response", 200)
    assert told["detail"] == "the body does not hold 'ready'"
