"""Fixtures for commands that talk to a deployed stack."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.stack import Stack, create, translate
from tests.conftest import running_backend


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack called icwatch, in the account that the environment names, and nobody's real one."""
    environment = private_environment()
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    with running_backend() as backend:
        for name, value in {**environment, "AWS_ENDPOINT_URL": backend.endpoint}.items():
            monkeypatch.setenv(name, value)
        yield create(backend.endpoint, translate(), {})
