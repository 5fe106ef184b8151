"""The help of every command: examples that can be copied, and hints where something is misspelt."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from icwatch_cli.arguments.commands import COMMANDS, parser_with
from icwatch_cli.arguments.ending import EXAMPLES
from icwatch_cli.arguments.preview import MAX_COUNT
from icwatch_cli.arguments.suggesting import subparsers_of
from icwatch_cli.fleet.bindings import SHARD_TARGETS
from icwatch_cli.main import main


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Those of the commands and of their actions."""
    for inner in subparsers_of(parser).values():
        yield inner
        yield from parsers(inner)


ALL = {each.prog.removeprefix("icwatch "): each for each in parsers(parser_with(COMMANDS))}


def calls(example: str) -> list[list[str]]:
    """The calls of icwatch in a line of a shell, without what surrounds them there."""
    line = re.sub(r" {2,}\(.*\)$| > \S+$", "", example)
    words = [shlex.split(part) for part in line.split(" | ")]
    return [each[each.index("icwatch") + 1 :] for each in words]


@pytest.mark.parametrize("name", ALL)
def test_every_help_has_examples_that_can_be_called(name: str) -> None:
    _, _, rest = (ALL[name].epilog or "").partition(f"{EXAMPLES}\n")
    examples, _, status = rest.partition("\n\n")
    assert status.startswith("Exit status: 0")
    assert examples
    for example in examples.splitlines():
        for call in calls(example.strip()):
            assert parser_with(call[:1]).parse_args(call).command == call[0]


def test_examples_are_not_filled(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ack", "--help"])
    assert ended.value.code == 0
    example = "  icwatch ack 192.168.0.1 --for 4h --comment 'waiting for the carrier' --stack icwatch\n"
    assert example in capsys.readouterr().out


def test_alone_it_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert all(f"\n    {name}" in capsys.readouterr().out for name in [*COMMANDS][:1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("alamrs --stack icwatch", "alamrs: there is no such command; did you mean alarms?"),
        ("xyzzy", "xyzzy: there is no such command; icwatch --help lists them"),
        ("alarms --stak icwatch", "icwatch alarms: error: --stak: there is no such option; did you mean --stack?"),
        ("silence lits --local", "lits: there is no such command; did you mean list?"),
        ("silence list --loacl", "--loacl: there is no such option; did you mean --local?"),
        ("preview my.yaml --kind raisd", "raisd: is none of them; did you mean raised?"),
        ("preview my.yaml --zzz", "--zzz: there is no such option; icwatch preview --help lists what there is"),
        ("drill zzz --local", "zzz: is none of them; write confirm or list"),
        ("ack --zzz=http://me:secret@host --local", "--zzz: there is no such option"),
    ],
)
def test_what_is_misspelt_names_the_near_one(call: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(call.split())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert "secret" not in said


def test_what_begins_an_option_stands_for_it_as_ever() -> None:
    assert main(["probe", "127.0.0.1:1", "--time", "1s"]) == 1


def test_a_storm_is_as_large_as_a_shard() -> None:
    """The help does not load what says so."""
    assert MAX_COUNT == SHARD_TARGETS
