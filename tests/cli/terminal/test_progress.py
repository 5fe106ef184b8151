"""The line of progress: on a terminal only, gone in the end, and never in the way of what a command writes."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

WORK = """
from icwatch_cli.terminal.progress import Progress
with Progress(streams={streams}) as progress:
    progress.show("1 of 2 done", 1, 2)
    progress.line("[bold]written[/bold] https://user:secret@host/")
    progress.show("2 of 2 done", 2, 2)
print("the end")
"""


def work(*, streams: bool, output: bool) -> tuple[str, str]:
    """What a terminal is sent by the work, and what a pipe gets where the output goes there."""
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-c", WORK.format(streams=streams)]
    done = subprocess.run(command, stdout=subprocess.PIPE if output else theirs, stderr=theirs, check=True, text=True)
    os.close(theirs)
    seen = os.read(terminal, 65_536).decode()
    os.close(terminal)
    return seen, done.stdout or ""


@pytest.mark.parametrize("streams", [False, True])
def test_output_that_goes_elsewhere_is_as_it_is_without(streams: bool) -> None:
    seen, written = work(streams=streams, output=True)
    assert written == "[bold]written[/bold] https://***@host/\nthe end\n"
    assert seen.index("1 of 2 done") < seen.index("2 of 2 done")
    assert "written" not in seen


def test_a_line_takes_the_place_of_the_line_of_progress() -> None:
    seen, _ = work(streams=False, output=False)
    before, _, after = seen.partition("[bold]written[/bold]")
    assert "1 of 2 done" in before
    assert before.endswith("\x1b[2K"), "taken away before it is written"
    assert "2 of 2 done" in after
    assert after.endswith("\x1b[2Kthe end\r\n")


def test_a_terminal_that_shows_the_output_needs_no_more() -> None:
    seen, _ = work(streams=True, output=False)
    assert seen == "[bold]written[/bold] https://***@host/\r\nthe end\r\n"


def test_nothing_of_it_is_in_a_log() -> None:
    command = [sys.executable, "-c", WORK.format(streams=False)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "the end")
