"""What operators write: the loser of a race looks again, and texts fit a line."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from icwatch.errors import ConflictError
from icwatch.model import Inventory, Silence
from icwatch_cli.deployed.notes import MAX_TEXT, TRIES, Change, NoteError, one_line, update
from icwatch_cli.fleet.inventory_writer import Note
from icwatch_cli.main import main
from icwatch_cli.terminal.speech import ENGLISH
from tests.memory import MemoryInventory


class Overtaken(MemoryInventory):
    """Somebody else writes between our load and our note, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def note(self, inventory: Inventory, put: Sequence[Note] = (), delete: Sequence[Note] = ()) -> None:
        if self.times:
            self.times -= 1
            super().note(self.inventory, [Silence(f"theirs{self.times}", {}, 0, 1)])
        super().note(inventory, put, delete)


def add_ours(inventory: Inventory) -> tuple[Change, int]:
    return Change([Silence("ours", {}, 0, 1)]), len(inventory.silences)


def test_the_loser_of_a_race_decides_again_on_what_it_finds() -> None:
    table = Overtaken(2)
    assert update(table, add_ours) == 2
    assert {each.id for each in table.inventory.silences} == {"ours", "theirs0", "theirs1"}


def test_who_always_loses_is_told_so() -> None:
    table = Overtaken(TRIES)
    with pytest.raises(ConflictError, match="try again"):
        update(table, add_ours)
    assert "ours" not in {each.id for each in table.inventory.silences}


def test_nothing_to_do_writes_nothing() -> None:
    table = Overtaken(0)
    assert update(table, lambda inventory: (Change(), "nothing")) == "nothing"
    assert table.inventory.version == 0


def test_a_text_fits_a_line() -> None:
    assert one_line("--comment", " 机架搬迁 ") == "机架搬迁"
    for text in ("", " ", "a\nb", "a\x1b[31m", "x" * (MAX_TEXT + 1)):
        with pytest.raises(NoteError, match="--comment: is empty, too long or no plain line"):
            one_line("--comment", text)


def test_who_and_why_as_far_as_they_are_known() -> None:
    assert [ENGLISH.note(*each) for each in (("Li", "why"), ("Li", ""), ("", "why"), ("", ""))] == [
        " by Li: why",
        " by Li",
        ": why",
        "",
    ]


def test_a_clock_behind_utc_and_a_stack_that_is_none(stack: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["silence", "list", "--stack", "icwatch", "--utc-offset=-05:00", "--all"]) == 0
    assert capsys.readouterr().out == "no silences\n"
    for command in (["silence", "list"], ["alarms"], ["history"], ["ack", "x"], ["unack", "x"]):
        assert main([*command, "--stack", "another"]) == 2
        assert capsys.readouterr().err.startswith("there is no stack another in us-east-1; ")
