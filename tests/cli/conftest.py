"""Fixtures for commands that talk to a deployed stack."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest

from local.backend import Backend, private_environment
from local.stack import Stack, create, translate


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack called icwatch, in the account that the environment names, and nobody's real one."""
    environment = private_environment()
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    with tempfile.TemporaryFile() as log:
        backend = Backend.start(log)
        try:
            backend.wait()
            for name, value in {**environment, "AWS_ENDPOINT_URL": backend.endpoint}.items():
                monkeypatch.setenv(name, value)
            yield create(backend.endpoint, translate(), {})
        finally:
            backend.stop()
