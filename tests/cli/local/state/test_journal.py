"""The journal: cut off anywhere, on a full disk, damaged, of another version."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch_cli.local.state import journal as journal_module
from icwatch_cli.local.state.contents import Change, Contents
from icwatch_cli.local.state.journal import Journal, JournalError

NAMES = st.sampled_from(["a", "b"])
KEYS = st.sampled_from(["1", "2", "3"])
TEXTS = st.text(max_size=5)


def record(table: str, number: int) -> Change:
    """A record of the table's stream."""
    return ["record", table, {"dynamodb": {"SequenceNumber": str(number)}}]


CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.tuples(st.just("put"), NAMES, KEYS, KEYS, st.fixed_dictionaries({"text": st.fixed_dictionaries({"S": TEXTS})})),
    st.tuples(st.just("delete"), NAMES, KEYS, KEYS),
    st.builds(record, NAMES, st.integers(0, 9)),
    st.tuples(st.just("consumed"), NAMES, st.integers(0, 9).map(str)),
    st.builds(lambda queue, number: ["message", queue, {"id": number}], NAMES, KEYS),
    st.tuples(st.just("taken"), NAMES, KEYS),
).map(list)
STEPS = st.lists(st.lists(CHANGES, min_size=1, max_size=3), max_size=6)


def seen(contents: Contents) -> Any:
    """The contents, so that two can be compared: what is empty is as if it were not there."""
    each = (contents.items, contents.records, contents.messages)
    return [{name: value for name, value in kept.items() if value} for kept in each]


@contextmanager
def folder() -> Iterator[Path]:
    """The path of a journal that is not there yet."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name, "journal")


@given(STEPS, st.data())
def test_what_was_acknowledged_is_there_wherever_the_file_is_cut_off(steps: list[list[Change]], data: Any) -> None:
    with folder() as path:
        journal = Journal(path)
        sizes, states = [path.stat().st_size], [seen(journal.contents)]
        for step in steps:
            journal.add(step)
            sizes.append(path.stat().st_size)
            states.append(seen(Contents(change for each in steps[: len(sizes) - 1] for change in each)))
        journal.close()
        cut = data.draw(st.integers(sizes[0], sizes[-1]), "cut")
        path.write_bytes(path.read_bytes()[:cut] + data.draw(st.sampled_from([b"", b"\0\0\n\0", b"12345678 []\n"])))

        whole = max(number for number, size in enumerate(sizes) if size <= cut)
        again = Journal(path)
        assert seen(again.contents) == states[whole], "every whole step, and nothing of a torn one"
        again.add([record("c", 1)])
        again.close()
        last = Journal(path)
        assert seen(last.contents) == seen(again.contents)
        last.close()


@given(STEPS, st.lists(st.booleans(), min_size=6, max_size=6), st.integers(0, 30))
def test_what_a_full_disk_did_not_take_comes_with_the_first_write_that_succeeds(
    steps: list[list[Change]], full: list[bool], taken: int
) -> None:
    write = os.pwrite

    def stop(file: int, data: bytes, at: int) -> int:
        write(file, bytes(data)[:taken], at)
        raise OSError(errno.ENOSPC, "No space left on device")

    with folder() as path:
        journal = Journal(path)
        for step, is_full in zip(steps, full, strict=False):
            with pytest.MonkeyPatch.context() as patch:
                if is_full:
                    patch.setattr(os, "pwrite", stop)
                    with pytest.raises(OSError, match="No space left"):
                        journal.add(step)
                else:
                    journal.add(step)
            if not is_full:
                there = Journal(path)
                assert seen(there.contents) == seen(journal.contents)
                there.close()
        journal.add([])
        there = Journal(path)
        assert seen(there.contents) == seen(journal.contents)
        for each in (journal, there):
            each.close()


@given(STEPS)
def test_a_file_that_has_grown_is_made_anew_with_the_same_contents(steps: list[list[Change]]) -> None:
    with folder() as path, pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_module, "SLACK_BYTES", -10_000)
        patch.setattr(journal_module, "STEP_CHANGES", 2)
        journal = Journal(path)
        for step in steps:
            journal.add(step)
            there = Journal(path)
            assert seen(there.contents) == seen(journal.contents)
            there.close()
        journal.close()
        assert [each.name for each in path.parent.iterdir()] == ["journal"]


def test_a_file_that_has_grown_over_many_short_runs_is_made_anew_at_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SLACK_BYTES", 1000)
    path = tmp_path / "journal"
    for run in range(50):
        journal = Journal(path)
        journal.add([["put", "a", "key", "", {"text": {"S": f"{run:100}"}}]])
        journal.close()
    assert path.stat().st_size < 2000
    assert len(Journal(path).contents) == 1


def test_it_grows_on_where_there_is_no_room_for_a_second_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SLACK_BYTES", -10_000)
    path = tmp_path / "journal"
    journal = Journal(path)

    def refuse(file: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal, "_write_all", refuse)
    journal.add([record("a", 1)])
    journal.add([record("a", 2)])
    journal.close()
    monkeypatch.undo()
    assert len(Journal(path).contents.records["a"]) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["journal"]


def test_a_stream_is_done_with_by_the_place_of_a_record_and_not_by_its_number() -> None:
    contents = Contents([record("a", 5), record("a", 3), record("a", 4), ["consumed", "a", "3"]])
    assert contents.records["a"] == [record("a", 4)[2]]
    contents.apply(["consumed", "a", "3"])
    assert contents.records["a"] == [record("a", 4)[2]], "what is gone already takes nothing with it"


def test_a_run_begins_on_a_full_disk_with_what_a_crash_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    lines = kept(path)
    path.write_bytes(b"".join(lines)[:-5])

    def refuse(file: int, data: bytes, at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", refuse)
        journal = Journal(path)
        assert len(journal.contents.records["a"]) == 2
        with pytest.raises(OSError, match="No space left"):
            journal.add([record("a", 7)])
    journal.add([])
    journal.close()
    there = Journal(path)
    assert len(there.contents.records["a"]) == 3
    there.close()


def kept(path: Path) -> list[bytes]:
    """The lines of a journal of three steps."""
    journal = Journal(path)
    for number in range(3):
        journal.add([record("a", number)])
    journal.close()
    return path.read_bytes().splitlines(keepends=True)


def test_damage_in_the_middle_is_no_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    lines = kept(path)
    path.write_bytes(b"".join([*lines[:2], lines[2][:-5] + b"x" + lines[2][-4:], lines[3]]))
    with pytest.raises(JournalError, match=r"journal is damaged before its line 4; put a copy of it in its place"):
        Journal(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"something else\n", "is no state of icwatch run; write another --state"),
        (b"", "is no state of icwatch run"),
        (journal_module._line({"icwatch state": 99}), r"another version of icwatch \(form 99, and this one reads 1\)"),
        (journal_module._line({"icwatch state": 1}) + journal_module._line([["new", 1]]), "line 2, cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_and_left_as_it_is(tmp_path: Path, text: bytes, words: str) -> None:
    path = tmp_path / "journal"
    path.write_bytes(text)
    with pytest.raises(JournalError, match=words):
        Journal(path)
    assert path.read_bytes() == text
