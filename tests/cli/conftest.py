"""Fixtures for commands that talk to a deployed stack."""

from __future__ import annotations

import os

import pytest

from icwatch_cli.local.backend import Backend, private_environment
from icwatch_cli.local.stack import Stack, create
from icwatch_cli.local.translation import translate


@pytest.fixture
def stack(empty_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack called icwatch, in the account that the environment names, and nobody's real one."""
    environment = private_environment()
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name, value in {**environment, "AWS_ENDPOINT_URL": empty_backend.endpoint}.items():
        monkeypatch.setenv(name, value)
    return create(empty_backend.endpoint, translate(), {})
