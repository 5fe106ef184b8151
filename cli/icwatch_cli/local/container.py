"""How a function in Lambda's container is given what it needs, and how it reaches the local cloud. Pure.

The local cloud listens on 127.0.0.1 only, and inside a container that is the container. Where the engine runs in a
machine of its own (Docker Desktop, Podman Machine, all of macOS), it has a name that leads to 127.0.0.1 out here.
Elsewhere a relay listens on an address of this machine that containers reach, and lets containers in and nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEFT_OUT = frozenset({"AWS_LAMBDA_FUNCTION_NAME", "ALLOW_LOOPBACK", "LOCAL_SECRETS"})
"""Variables that are not passed on: the container sets the first itself, and its loopback is not this machine's.

Without the second, targets on loopback are unseen. With it they would be down, although they are not.
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine that answers.

    `remote`: it runs in a machine of its own, from which a name leads back. `gateway` and `subnet` are those of the
    network that containers are in. `host` is the DOCKER_HOST at which sam finds it; empty for sam's own default.
    """

    name: str
    remote: bool = False
    rootless: bool = False
    gateway: str = ""
    subnet: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a relay listens, and the network of those that it lets in."""

    address: str
    peers: str


@dataclass(frozen=True, slots=True)
class Way:
    """How the container calls this machine, and the relay that it needs there, if any."""

    host: str
    listener: Listener | None = None


def way_of(engine: Engine, own_address: str) -> Way:
    """The way from a container to this machine, whose address among others is `own_address`.

    A rootless engine passes what its containers send on as this machine itself, so its bridge is not an address here.
    """
    named = "host.containers.internal" if engine.name == "podman" else "host.docker.internal"
    if engine.remote:
        return Way(named)
    if not engine.rootless:
        return Way(engine.gateway, Listener(engine.gateway, engine.subnet))
    return Way(named if engine.name == "podman" else own_address, Listener(own_address, f"{own_address}/32"))


def processor(machine: str) -> str:
    """Lambda's name for what `platform.machine()` says."""
    return "arm64" if machine.lower() in ("arm64", "aarch64") else "x86_64"


def variables_of(environment: Mapping[str, str], endpoint: str, seen: str) -> dict[str, str]:
    """The function's variables, in which the local cloud is where the container sees it."""
    return {name: value.replace(endpoint, seen) for name, value in sorted(environment.items()) if name not in LEFT_OUT}


def template_of(
    built: Mapping[str, Any], function: str, architecture: str, variables: Mapping[str, str]
) -> dict[str, Any]:
    """A template of one function and its layers as they were built.

    Its variables are written out, because sam passes only those on that a template declares.
    """
    everywhere = built["Globals"]["Function"]
    own = built["Resources"][function]["Properties"]
    layers = [layer["Ref"] for layer in everywhere["Layers"]]
    properties = {
        **{name: everywhere[name] for name in ("Runtime", "Handler", "Layers")},
        **{name: own[name] for name in ("CodeUri", "MemorySize", "Timeout")},
        "Architectures": [architecture],
        "Environment": {"Variables": dict(variables)},
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            function: {"Type": "AWS::Serverless::Function", "Properties": properties},
            **{name: _layer(built["Resources"][name]["Properties"], name) for name in layers},
        },
    }


def _layer(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    kept = {key: properties[key] for key in ("ContentUri", "CompatibleRuntimes")}
    return {"Type": "AWS::Serverless::LayerVersion", "Properties": {"LayerName": f"icwatch-{name}", **kept}}


def sam_command(sam: Path, template: Path, port: int) -> list[str]:
    """Keeps the container running and serves Lambda's API of it, so that an event is made once all is ready."""
    return [
        *(str(sam), "local", "start-lambda", "--template-file", str(template)),
        *("--host", "127.0.0.1", "--port", str(port), "--warm-containers", "EAGER", "--no-watch"),
    ]
