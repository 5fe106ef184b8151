"""A function makes its clients while Lambda prepares its environment, and says at the first event what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from icwatch.errors import SettingsError
from icwatch.init import connect_at_init
from tests.template.resolved import resolve
from tests.test_architecture import LAYER, ROOT

CODE = """
import importlib, sys
for name in sys.argv[1:]:
    app = importlib.import_module(f"functions.{name}.app")
    print(name, app.wire.cache_info().currsize)
"""
TABLES = [
    f"{name}Table" for name in ("Inventory", "Samples", "Totals", "Alarms", "Transitions", "Receipts", "Outboxes")
]
FUNCTIONS = ("prober", "evaluator", "notifier", "messenger", "page")


def connected(**more: str) -> dict[str, int]:
    """Which functions have their clients once they are loaded, with the variables of the template."""
    resources = resolve(Robots="true", StatusBucket="b")["Resources"]
    variables: dict[str, str] = {}
    for name in FUNCTIONS:
        given = resources[f"{name.capitalize()}Function"]["Properties"]["Environment"]["Variables"]
        variables |= {each: value if isinstance(value, str) else "arn:x" for each, value in given.items()}
    environment = {
        **variables,
        "OUTPUTS": json.dumps(dict.fromkeys(TABLES, "x")),
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, LAYER, ROOT / "cli"))),
        "POWERTOOLS_TRACE_DISABLED": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
        **more,
    }
    command = [sys.executable, "-c", CODE, *FUNCTIONS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {name: int(count) for name, count in map(str.split, done.stdout.splitlines())}


def test_clients_are_made_in_init_and_elsewhere_at_the_first_event() -> None:
    assert connected(AWS_LAMBDA_INITIALIZATION_TYPE="on-demand") == dict.fromkeys(FUNCTIONS, 1)
    assert connected() == dict.fromkeys(FUNCTIONS, 0)


def test_what_is_missing_is_said_at_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def wire() -> None:
        asked.append(1)
        raise SettingsError("SAMPLES_TABLE is missing")

    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    connect_at_init(wire)
    assert asked == [1]
