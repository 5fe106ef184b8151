"""Finds the container engine of this machine: Docker, or else Podman, by what their own commands say."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from icwatch_cli.local.container import Engine

ANSWER_SECONDS = 20.0

NONE = (
    "no container engine answers; start Docker (https://docs.docker.com/engine/install/) or, for Podman, its socket: "
    "systemctl --user start podman.socket"
)

Run = Callable[[Sequence[str]], str | None]
"""Runs a command and returns what it printed; None where it is missing or fails."""


def run(command: Sequence[str]) -> str | None:
    """See `Run`."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def find_engine(
    run: Run = run, platform: str = sys.platform, environment: Mapping[str, str] = os.environ
) -> Engine | None:
    """The engine that answers, or None. `docker` may be Podman under another name."""
    info = _read(run(["docker", "info", "--format", "{{json .}}"]))
    if info is not None and "host" not in info:
        return _docker(info, run, platform)
    info = _read(run(["podman", "info", "--format", "json"]))
    return None if info is None else _podman(info, run, platform, environment)


def own_address() -> str:
    """The address of this machine from which it would reach others. Connecting UDP sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:  # no network at all
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def _docker(info: Mapping[str, Any], run: Run, platform: str) -> Engine:
    remote = platform != "linux" or "Docker Desktop" in str(info.get("OperatingSystem", ""))
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
    network = _first(run(["docker", "network", "inspect", "bridge"]))
    configured = (network.get("IPAM", {}).get("Config") or [{}])[0]
    subnet = configured.get("Subnet", "172.17.0.0/16")
    return Engine("docker", remote, rootless, configured.get("Gateway", "172.17.0.1"), subnet)


def _podman(info: Mapping[str, Any], run: Run, platform: str, environment: Mapping[str, str]) -> Engine:
    host = info["host"]
    remote = platform != "linux" or bool(host.get("serviceIsRemote"))
    network = _first(run(["podman", "network", "inspect", "podman"]))
    configured = (network.get("subnets") or [{}])[0]
    path = host.get("remoteSocket", {}).get("path", "").removeprefix("unix://")
    at = environment.get("DOCKER_HOST") or (f"unix://{path}" if path else "")
    rootless = bool(host.get("security", {}).get("rootless"))
    subnet = configured.get("subnet", "10.88.0.0/16")
    return Engine("podman", remote, rootless, configured.get("gateway", "10.88.0.1"), subnet, at)


def _read(text: str | None) -> Mapping[str, Any] | None:
    try:
        read = json.loads(text or "")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _first(text: str | None) -> Mapping[str, Any]:
    try:
        read = json.loads(text or "")
    except ValueError:
        return {}
    return read[0] if isinstance(read, list) and read and isinstance(read[0], dict) else {}
