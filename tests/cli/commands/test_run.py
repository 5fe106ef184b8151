"""`icwatch run` where it is refused before anything is started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from icwatch_cli.main import main

FLEET = "language: en-US\ntargets: [192.168.0.1]\n"


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """That of this process is as it was afterwards."""
    with mock.patch.dict(os.environ):
        yield


def test_the_state_of_the_demonstration_is_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--state", str(tmp_path / "state")]) == 2
    assert capsys.readouterr().err == (
        "--state: keeps what is watched by a fleet file; name one, since the demonstration's is not kept\n"
    )
    assert not (tmp_path / "state").exists()


def test_what_another_fleet_left_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet, state = tmp_path / "fleet.yaml", tmp_path / "state"
    fleet.write_text(FLEET)
    state.mkdir()
    (state / "fleet").write_text("/etc/icwatch/other.yaml\n")
    assert main(["run", str(fleet), "--state", str(state)]) == 2
    assert f"the state in {state} is that of /etc/icwatch/other.yaml, not of {fleet}" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", f"--port={port}"])
    assert ended.value.code == 2
    assert f"'{port}' is no port; write a number up to 65535" in capsys.readouterr().err


def test_the_first_frame_waits_for_no_library_of_aws() -> None:
    code = (
        "import sys, icwatch_cli.commands.run; print([name for name in ('boto3', 'botocore') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
