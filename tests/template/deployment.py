"""Building the stack with `sam build`, and deploying it with `sam deploy` into a ministack of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import s3transfer
import samtranslator
from samtranslator.yaml_helper import yaml_parse

from tests.conftest import free_port

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

ROOT = Path(__file__).parents[2]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
START_SECONDS = 30.0
SAM_WITHIN = 240.0

LAUNCH = "import runpy, sys; sys.path.append(sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
"""ministack with SAM's translator at the end of its own path: the functions it starts do not inherit that."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The stack in ministack: its session, its endpoint and its outputs."""

    session: boto3.Session
    endpoint: str
    outputs: Mapping[str, str]


def build(python: Path, home: Path) -> Path:
    """The folder that `sam build` fills, without a network. `python` is the folder of a Python 3.13."""
    built = home / "build"
    template = ROOT / "template.yaml"
    variables = {
        "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(Path(sys.prefix, "wheels")),
    }
    _sam(home, variables, "build", "--no-cached", "--template-file", template, "--build-dir", built)
    return built


@contextmanager
def deployed(built: Path, home: Path) -> Iterator[Deployed]:
    """Deploy what was built; the cloud ends with the block, or with this process if that ends first.

    The cloud checks every call of a function against the function's role (AUTH), so that a permission that is missing
    in the template is missing here.
    """
    endpoint = f"http://127.0.0.1:{free_port()}"
    with _ministack(endpoint, home):
        options = ("--no-confirm-changeset", "--no-progressbar", "--template-file", _deployable(built))
        _sam(home, {"AWS_ENDPOINT_URL": endpoint}, "deploy", *options, "--parameter-overrides", "Robots=true")
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
        )
        yield Deployed(session, endpoint, _outputs(session.client("cloudformation", endpoint_url=endpoint)))


def _deployable(built: Path) -> Path:
    """The built template without alarms over metric maths, which ministack does not know; test_alarms.py tries them."""
    template = yaml_parse((built / "template.yaml").read_text(encoding="utf-8"))
    template["Resources"] = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] != "AWS::CloudWatch::Alarm" or "Metrics" not in resource["Properties"]
    }
    deployable = built / "deployable.json"
    deployable.write_text(json.dumps(template), encoding="utf-8")
    return deployable


def _outputs(formation: CloudFormationClient) -> dict[str, str]:
    (stack,) = formation.describe_stacks(StackName="icwatch")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _sam(home: Path, variables: Mapping[str, str], command: str, *options: str | Path) -> None:
    """Run sam with a home of its own, so that it neither reads nor writes that of the person."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "SAM_CLI_TELEMETRY": "0",
        **CREDENTIALS,
        **variables,
    }
    config = ROOT / "samconfig.toml"
    done = subprocess.run(
        [Path(sys.prefix, "bin", "sam"), command, "--config-file", config, *options],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SAM_WITHIN,
        check=False,
    )
    assert done.returncode == 0, f"sam {command} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@contextmanager
def _ministack(endpoint: str, home: Path) -> Iterator[None]:
    """ministack, whose functions find boto3 as they would in Lambda's runtime, and nothing else of this environment."""
    runtime, temporary = home / "runtime", home / "tmp"
    for folder in (runtime, temporary):
        folder.mkdir()
    for package in (boto3, s3transfer):
        folder = Path(str(package.__file__)).parent
        (runtime / folder.name).symlink_to(folder)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(runtime),
        "GATEWAY_PORT": endpoint.rpartition(":")[2],
        "BIND_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "AUTH": "true",
    }
    site = Path(samtranslator.__file__).parents[1]
    python, main = (
        Path(sys.prefix, "cloud", "bin", "python"),
        ROOT / "cli" / "icwatch_cli" / "local" / "backend_main.py",
    )
    command: list[str | Path] = [python, "-B", "-c", LAUNCH, site, main]
    log = home / "ministack.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output) as process,
    ):
        try:
            _wait_until_healthy(process, endpoint, log)
            yield
        finally:
            process.kill()  # its functions end when their standard input closes


def _wait_until_healthy(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"ministack did not start: {log.read_text(errors='replace')[-2000:]}")
