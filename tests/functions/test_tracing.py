"""Handlers are traced where tracing is on, and left as they are where it is off."""

from __future__ import annotations

import subprocess
import sys

import pytest

from icwatch.tracing import traced
from tests.test_architecture import LAYER, ROOT


def handler(event: object, context: object) -> str:
    return f"{event}"


@pytest.mark.parametrize("text", ["true", "1", "TRUE"])
def test_off_it_is_the_handler_itself(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", text)
    assert traced("x")(handler) is handler


def test_on_it_is_the_sdk_s() -> None:
    code = "import sys, functions.notifier.app; print('aws_xray_sdk.core' in sys.modules)"
    environment = {
        "PYTHONPATH": f"{ROOT}:{LAYER}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_NAMESPACE": "x",
    }
    for disabled, loaded in (("false", "True"), ("true", "False")):
        environment["POWERTOOLS_TRACE_DISABLED"] = disabled
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [loaded]
