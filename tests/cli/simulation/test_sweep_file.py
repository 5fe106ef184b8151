"""Whatever is in a file of sweeps: it is read, or its line is named; and what decided nothing is said."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from icwatch_cli.main import main
from icwatch_cli.simulation.sweep_file import MAX_DIGITS, MAX_LINE

BAD = b'{"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": 0}}}\n'
BOM = b"\xef\xbb\xbf"
RANGE = "is not a number of 38 digits from 1e-130 to below 1e126"
NOT_UTF8 = "is not UTF-8; save it as UTF-8"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet of one target."""
    path = tmp_path / "fleet.yaml"
    path.write_text("targets: [192.168.0.1]\n")
    return path


Replay = Callable[[bytes, bool], tuple[int, str, str, str]]


@pytest.fixture
def replay(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Replays some bytes, from a file or from standard input: exit status, output, errors and what they call them."""

    def run(content: bytes, standard_input: bool) -> tuple[int, str, str, str]:
        path = tmp_path / "sweeps.jsonl"
        path.write_bytes(content)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))
        status = main(["replay", str(fleet), "-" if standard_input else str(path)])
        told = capsys.readouterr()
        return status, told.out, told.err, "standard input" if standard_input else str(path)

    return run


def sample(number: str, at: str = "60") -> bytes:
    """A sweep with one value, as it is written."""
    return f'{{"at": {at}, "metrics": {{"ic_server_health": {{"192.168.0.1": {number}}}}}}}\n'.encode()


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (BAD, 0),
        (BOM + BAD, 0),
        (BOM + b"\r\n" + BOM + BAD.replace(b"\n", b"\r\n"), 0),
        (BAD.rstrip(), 0),
        (sample("-0"), 0),
        (sample("-0.0"), 0),
        (sample("0e1000000"), 0),
        (sample("0.0", at="60.0"), 0),
        (sample("0", at="6e1"), 0),
    ],
)
@pytest.mark.parametrize("standard_input", [False, True])
def test_what_is_a_sweep_is_read(replay: Replay, content: bytes, value: object, standard_input: bool) -> None:
    status, out, err, _ = replay(content, standard_input)
    line = json.loads(out)
    assert (line["at"], line["kind"], line["value"]) == (60, "raised", value)
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (sample("1e1000000"), f"1E+1000000 {RANGE}; write"),
        (sample("-1e4400"), f"-1E+4400 {RANGE}; write"),
        (sample("1e126"), f"1E+126 {RANGE}; write"),
        (sample("1e-131"), f"1E-131 {RANGE}; write"),
        (sample("1e-1000000"), f"1E-1000000 {RANGE}; write"),
        (sample("9" * 39), f"{'9' * 39} {RANGE}; write"),
        (sample(f"0.{'3' * 400}"), RANGE),
        (sample("1e99999999999999999999"), "1e99999999999999999999 is no plain number; write"),
        (sample("1." + "0" * MAX_DIGITS), "is no plain number; write"),
        (sample("9" * 5000), "holds a number of thousands of digits; write"),
        (sample("NaN"), "NaN is no plain number; write"),
        (sample("-Infinity"), "-Infinity is no plain number; write"),
        (sample("true"), "True is not a number; write"),
        (sample("null"), "None is not a number; write"),
        (sample('"0"'), "'0' is not a number; write"),
        (sample("0", at="-60"), "at: -60 is before 1970; write"),
        (sample("0", at="1772438400000"), "at: 1772438400000 is after the year 9999; write whole seconds"),
        (sample("0", at="1e15"), "is after the year 9999; write whole seconds"),
        (sample("0", at="1e400"), RANGE),
        (sample("0", at="60.5"), "at: 60.5 is not a whole number"),
        (sample("0", at="true"), "at: True is not a number"),
        (sample("0", at="null"), "at: None is not a number"),
        (b'{"at": 60, "metrics": {}, "at": 120}\n', '"at" is written twice; keep one of the two'),
        (
            b'{"at": 60, "metrics": {"ic_server_health": {"a": 0, "b": 1, "a": 1}}}\n',
            '"a" is written twice; keep one of the two',
        ),
        (b'{"at": 60, "metrics": {}, "probe_ms": {"a": 1e400}}\n', RANGE),
        (b'{"at": 60, "metrics": ' + b"[" * 100_000, "is nested too deep; write"),
        (b'{"a":' * 100_000, "is nested too deep; write"),
        (b'{"at": 60, "shard": "\xff", "metrics": {}}\n', NOT_UTF8),
        (b'{"at": 60, "shard": "\xed\xa0\x80", "metrics": {}}\n', NOT_UTF8),
        (BAD.decode().encode("utf-16"), NOT_UTF8),
        (BAD.decode().encode("utf-16-le"), NOT_UTF8),
        (BAD.decode().encode("utf-16-be"), NOT_UTF8),
        (BAD.decode().encode("utf-32"), NOT_UTF8),
        (b" " * (MAX_LINE + 1), "is longer than 8 MiB; write one sweep a line"),
        (b"x" * (MAX_LINE + 1), "is longer than 8 MiB; write one sweep a line"),
        (b"\x00\n", NOT_UTF8),
        (b"[]\n", "it is no JSON object; write"),
        (b"{\n", "Expecting property name"),
    ],
)
@pytest.mark.parametrize("standard_input", [False, True])
def test_what_is_no_sweep_is_named_with_its_line(
    replay: Replay, content: bytes, problem: str, standard_input: bool
) -> None:
    status, out, err, name = replay(b'\n{"at": 0, "metrics": {}}\n' + content, standard_input)
    assert (status, out) == (2, "")
    assert err.startswith(f"{name}:3: ")
    assert problem in err
    assert len(err) < 1000


@pytest.mark.parametrize("number", ["1e125", "-9.99e125", "1e-130", f"{'9' * 38}", "0.1", "1e3", "12345678901234567.5"])
@pytest.mark.parametrize("options", [[], ["--summary"]])
def test_a_number_that_a_table_holds_goes_through_every_rule(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: str, options: list[str]
) -> None:
    fleet.write_text(
        "targets: [192.168.0.1]\nrules: [{name: ic_server_connect_failed, comparator: '!=', threshold: 0}, "
        "{name: other, expression: 'ic_server_health * ic_server_health ^ 9 != 7', level: Alert}]\n"
    )
    (tmp_path / "sweeps.jsonl").write_bytes(sample(number) + sample(number, at="120"))
    assert main(["replay", str(fleet), str(tmp_path / "sweeps.jsonl"), *options]) == 0
    assert "ic_server_connect_failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ats", "notes"),
    [
        ([60, 120, 180], []),
        (
            [60, 7200, 120, 180, 240],
            ["3 sweeps decided nothing, because a later one of the same shard came before: {}:2"],
        ),
        (
            [600, 540, 7200, 660, 720],
            [
                "3 sweeps decided nothing, because a later one of the same shard came before, 2 of them after the one "
                "of {}:3"
            ],
        ),
        ([60, 60, 60, 120], ["2 sweeps came again, with the `at` of their shard's last one"]),
        ([], ["no sweep was replayed"]),
    ],
)
def test_sweeps_that_decide_nothing_are_said(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ats: Sequence[int], notes: Sequence[str]
) -> None:
    """A sweep from the future silences all that come after it, but not without a word. Other shards go on."""
    path = tmp_path / "sweeps.jsonl"
    path.write_bytes(b"".join(sample("0", at=str(at)) for at in ats))
    assert main(["replay", str(fleet), str(path), "--summary"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(notes)
    for line, note in zip(told, notes, strict=True):
        assert line.startswith(f"note: {path}: {note.format(path)}")
    if 7200 in ats:
        assert told[0].endswith("(shard shard-0001, at 7200, 1970-01-01T02:00:00Z)")


def test_only_the_shard_of_a_late_sweep_is_concerned(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sweeps.jsonl"
    other = sample("1").replace(b'"at"', b'"shard": "other", "at"')
    path.write_bytes(sample("0", at="7200") + other + sample("0", at="7260"))
    assert main(["replay", str(fleet), str(path)]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert len(told.out.splitlines()) == 2


def test_sweeps_of_another_fleet_are_a_wrong_call(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, both = tmp_path / "sweeps.jsonl", tmp_path / "both.yaml"
    both.write_text("targets: [192.168.0.1, 10.0.0.1]\n")
    path.write_text('{"at": 60, "metrics": {"ic_server_health": {"10.0.0.1": 0, "10.0.0.2\\u0007": 1}}}\n')
    wrong = (
        f"{path}: none of its targets (10.0.0.1, 10.0.0.2\\x07, ...) is in {fleet}; "
        "name the fleet file of these sweeps\n"
    )
    assert main(["replay", str(fleet), str(path)]) == 2
    assert capsys.readouterr().err == wrong
    assert main(["replay", str(both), str(path)]) == 0
    assert capsys.readouterr().err == ""
    assert main(["replay", str(both), str(path), "--compare", str(fleet)]) == 2
    assert capsys.readouterr().err == wrong
    path.write_text('{"at": 60, "metrics": {}}\n')
    assert main(["replay", str(fleet), str(path)]) == 0
    assert capsys.readouterr().err == "", "a sweep that saw nothing is of any fleet"


def test_what_cannot_be_read_is_no_traceback(fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (str(tmp_path), str(tmp_path / "none"), "a\0b"):
        assert main(["replay", str(fleet), name]) == 2
        assert "cannot be read" in capsys.readouterr().err


def test_a_closed_standard_input_is_named(fleet: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "icwatch_cli.main", "replay", str(fleet), "-"],
        preexec_fn=lambda: os.close(0),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "-: standard input is closed; name a file, or pipe sweeps into the command\n"
