"""How a container reaches the local cloud: by what engines say of themselves, and through a relay."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from icwatch_cli.local.container import Engine, Listener, Way, processor, template_of, variables_of, way_of
from icwatch_cli.local.engine import find_engine, own_address
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.relay import Relay
from icwatch_cli.local.running import announced, find
from tests.servers import OK, Servers, answer

OWN = "10.9.8.7"
OWN_ONLY = Listener(OWN, f"{OWN}/32")

DOCKER = {"OperatingSystem": "Ubuntu 24.04", "SecurityOptions": ["name=apparmor", "name=cgroupns"]}
BRIDGE = [{"IPAM": {"Config": [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}]}}]
PODMAN: dict[str, Any] = {
    "host": {
        "serviceIsRemote": False,
        "security": {"rootless": False},
        "remoteSocket": {"path": "unix:///run/podman/podman.sock"},
    }
}
NETWORK = [{"subnets": [{"subnet": "10.88.0.0/16", "gateway": "10.88.0.1"}]}]


def podman(**changes: Any) -> dict[str, Any]:
    return {"host": PODMAN["host"] | changes}


ENGINES: Mapping[str, tuple[dict[str, Any], str, Engine | None, Way | None]] = {
    "none": ({}, "linux", None, None),
    "docker": (
        {"docker info": DOCKER, "docker network": BRIDGE},
        "linux",
        Engine("docker", gateway="172.18.0.1", subnet="172.18.0.0/16"),
        Way("172.18.0.1", Listener("172.18.0.1", "172.18.0.0/16")),
    ),
    "docker that does not describe its bridge": (
        {"docker info": DOCKER},
        "linux",
        Engine("docker", gateway="172.17.0.1", subnet="172.17.0.0/16"),
        Way("172.17.0.1", Listener("172.17.0.1", "172.17.0.0/16")),
    ),
    "docker without root": (
        {"docker info": DOCKER | {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]}},
        "linux",
        Engine("docker", rootless=True, gateway="172.17.0.1", subnet="172.17.0.0/16"),
        Way(OWN, OWN_ONLY),
    ),
    "docker desktop on linux": (
        {"docker info": DOCKER | {"OperatingSystem": "Docker Desktop"}},
        "linux",
        Engine("docker", remote=True, gateway="172.17.0.1", subnet="172.17.0.0/16"),
        Way("host.docker.internal"),
    ),
    "colima, and whatever else macOS has": (
        {"docker info": DOCKER},
        "darwin",
        Engine("docker", remote=True, gateway="172.17.0.1", subnet="172.17.0.0/16"),
        Way("host.docker.internal"),
    ),
    "podman": (
        {"podman info": PODMAN, "podman network": NETWORK},
        "linux",
        Engine("podman", gateway="10.88.0.1", subnet="10.88.0.0/16", host="unix:///run/podman/podman.sock"),
        Way("10.88.0.1", Listener("10.88.0.1", "10.88.0.0/16")),
    ),
    "podman that is called docker": (
        {"docker info": PODMAN, "podman info": PODMAN},
        "linux",
        Engine("podman", gateway="10.88.0.1", subnet="10.88.0.0/16", host="unix:///run/podman/podman.sock"),
        Way("10.88.0.1", Listener("10.88.0.1", "10.88.0.0/16")),
    ),
    "podman without root": (
        {"podman info": podman(security={"rootless": True}, remoteSocket={"path": "/run/user/7/podman/podman.sock"})},
        "linux",
        Engine("podman", False, True, "10.88.0.1", "10.88.0.0/16", "unix:///run/user/7/podman/podman.sock"),
        Way("host.containers.internal", OWN_ONLY),
    ),
    "podman machine": (
        {"podman info": podman(serviceIsRemote=True, security={"rootless": True}, remoteSocket={})},
        "darwin",
        Engine("podman", True, True, "10.88.0.1", "10.88.0.0/16"),
        Way("host.containers.internal"),
    ),
}


@pytest.mark.parametrize("name", ENGINES)
def test_each_engine_has_its_way(name: str) -> None:
    says, platform, engine, way = ENGINES[name]

    def run(command: Sequence[str]) -> str | None:
        found = says.get(" ".join(command[:2]))
        return None if found is None else json.dumps(found)

    assert find_engine(run, platform, {}) == engine
    assert (None if engine is None else way_of(engine, OWN)) == way


def test_what_is_no_json_is_no_engine() -> None:
    assert find_engine(lambda command: "Cannot connect to the Docker daemon", "linux", {}) is None


def test_a_podman_that_was_named_is_the_one_that_sam_gets() -> None:
    says = {"podman info": json.dumps(PODMAN)}
    engine = find_engine(lambda command: says.get(" ".join(command[:2])), "linux", {"DOCKER_HOST": "tcp://x:1"})
    assert engine is not None
    assert engine.host == "tcp://x:1"


def test_this_machine_has_an_address() -> None:
    assert socket.inet_aton(own_address())


@pytest.mark.parametrize(
    ("machine", "name"), [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")]
)
def test_lambda_s_name_of_a_processor(machine: str, name: str) -> None:
    assert processor(machine) == name


def test_variables_lead_to_where_the_container_sees_the_cloud() -> None:
    endpoint, seen = "http://127.0.0.1:4566", "http://172.17.0.1:39000"
    given = {"QUEUE": f"{endpoint}/0/queue", "AWS_ENDPOINT_URL": endpoint, "AWS_LAMBDA_FUNCTION_NAME": "x", "A": "b"}
    given["ALLOW_LOOPBACK"] = "true"
    expected = {"A": "b", "AWS_ENDPOINT_URL": seen, "QUEUE": f"{seen}/0/queue"}
    assert variables_of(given, endpoint, seen) == expected


def test_the_template_is_one_function_as_it_was_built() -> None:
    everywhere = {"Runtime": "python3.13", "Handler": "h", "Layers": [{"Ref": "L"}], "Tracing": "Active"}
    own = {
        "CodeUri": "F",
        "MemorySize": 512,
        "Timeout": 9,
        "VpcConfig": {"Fn::If": []},
        "Role": {"Fn::GetAtt": "R.Arn"},
    }
    layer = {"LayerName": {"Fn::Sub": "x"}, "ContentUri": "L", "CompatibleRuntimes": ["python3.13"]}
    built = {
        "Globals": {"Function": everywhere},
        "Resources": {"F": {"Properties": own}, "G": {}, "L": {"Properties": layer}},
    }
    template = template_of(built, "F", "arm64", {"A": "b"})
    assert template["Resources"].keys() == {"F", "L"}
    assert template["Resources"]["F"]["Properties"] == {
        "Runtime": "python3.13",
        "Handler": "h",
        "Layers": [{"Ref": "L"}],
        "CodeUri": "F",
        "MemorySize": 512,
        "Timeout": 9,
        "Architectures": ["arm64"],
        "Environment": {"Variables": {"A": "b"}},
    }
    assert template["Resources"]["L"]["Properties"]["ContentUri"] == "L"


@pytest.fixture
def server() -> Iterator[int]:
    with Servers() as servers:
        yield servers.serve(answer(OK))


def ask(address: str, port: int) -> bytes:
    """What answers there; nothing where the connection is closed without an answer."""
    with socket.create_connection((address, port), timeout=10) as connection:
        connection.sendall(b"GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered = b""
        try:
            while data := connection.recv(4096):
                answered += data
        except ConnectionResetError:
            pass
        return answered


def test_a_relay_passes_on_whom_it_may_and_ends(server: int) -> None:
    with Relay(Listener("127.0.0.5", "127.0.0.0/8"), server) as relay:
        for _ in range(3):
            assert ask("127.0.0.5", relay.port).startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError, match=r"refused"):
            ask("127.0.0.1", relay.port)  # it listens on that one address only
    with pytest.raises(OSError, match=r"refused"):
        ask("127.0.0.5", relay.port)


def test_a_relay_lets_nobody_else_in(server: int) -> None:
    with Relay(Listener("127.0.0.5", "172.17.0.0/16"), server) as relay:
        assert ask("127.0.0.5", relay.port) == b""


def test_a_relay_says_where_it_cannot_listen() -> None:
    with pytest.raises(LocalCloudError, match="no relay for the container can listen on ::1"):
        Relay(Listener("::1", "127.0.0.0/8"), 1)


def test_a_running_cloud_is_found_until_it_ends(tmp_path: Path) -> None:
    assert find(tmp_path / "missing") is None
    with announced("http://127.0.0.1:4566", "my.yaml", Path("run.log"), tmp_path):
        found = find(tmp_path)
        assert found is not None
        assert (found.endpoint, found.fleet, found.log) == ("http://127.0.0.1:4566", "my.yaml", "run.log")
    assert find(tmp_path) is None


def test_what_a_killed_cloud_left_behind_is_passed_over_and_removed(tmp_path: Path) -> None:
    left = tmp_path / "999999999.json"
    left.write_text(json.dumps({"pid": 999_999_999, "endpoint": "http://127.0.0.1:1", "fleet": "", "log": ""}))
    (tmp_path / "torn.json").write_text("{")
    (tmp_path / "other.json").write_text('{"pid": 1}')
    assert find(tmp_path) is None
    assert not left.exists()
    with announced("http://127.0.0.1:4566", "my.yaml", Path("run.log"), tmp_path):
        assert find(tmp_path) is not None
