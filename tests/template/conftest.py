"""What `sam build` makes of the checkout, once for all tests of it and all workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from icwatch_cli.local import python313
from tests.once import once
from tests.template.deployment import build


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sam")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    python = python313.find()
    if python is None:
        pytest.skip(python313.MISSING)
    return once(tmp_path_factory, "sam-build", lambda folder: build(python, folder)) / "build"
