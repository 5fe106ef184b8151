"""`icwatch init`: a first fleet file with comments, and its tests."""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from icwatch.errors import IcwatchError
from icwatch.model import Language, RobotKind
from icwatch_cli.arguments.init import NONE, RESEND, ROBOTS
from icwatch_cli.commands.test import differences
from icwatch_cli.fleet.fleet_file import load_with_warnings
from icwatch_cli.fleet.starter import (
    ROBOT,
    Answers,
    StarterError,
    fleet_text,
    read_pauses,
    read_targets,
    tests_text,
)
from icwatch_cli.simulation.test_file import load_tests
from icwatch_cli.terminal.columns import columns
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.locales import COMMAND_LOCALES, InitWords
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.questions import ask, can_ask

T = TypeVar("T")


class InitError(IcwatchError):
    """The files cannot be written."""


def run(arguments: argparse.Namespace) -> int:
    """Ask, write both files, and say what to do next. Exit 0."""
    language = language_of(arguments)
    words = COMMAND_LOCALES[language].init
    fleet = arguments.fleet
    if not fleet.name:
        raise InitError(f"{fleet}: is no name of a file; write one such as fleet.yaml")
    tests = fleet.with_name(f"{fleet.stem}.test{fleet.suffix}")
    for path in (fleet, tests):
        if path.exists():
            raise InitError(f"{path}: is there already, and is not written over; name another file")
    answers = _answers(arguments, words)
    count = _written(fleet, tests, answers, language)
    say(words.written.format(fleet=fleet, test=tests, targets=len(answers.targets), tests=count))
    say(words.next)
    for line in columns([*_next(fleet, tests, answers, words)]):
        say(f"  {line}")
    return 0


def _answers(arguments: argparse.Namespace, words: InitWords) -> Answers:
    """What the options say; what they leave open is asked where somebody can answer. Raises StarterError."""
    asking, language = can_ask(), language_of(arguments)

    def answer(given: str | None, question: str, default: str, read: Callable[[str], T]) -> T:
        return ask(question, default, read, language) if given is None and asking else read(given or default)

    if arguments.targets is None and not asking:
        raise InitError("--targets: is missing, and there is nobody to ask; write --targets '10.1.0.1 10.1.0.2'")
    return Answers(
        targets=answer(arguments.targets, words.ask_targets, "", read_targets),
        language=answer(
            arguments.language,
            words.ask_language.format(choices=", ".join(Language)),
            language,
            lambda text: Language(_one_of(text, tuple(Language))),
        ),
        pauses=answer(arguments.resend, words.ask_resend, RESEND, read_pauses),
        robot=answer(arguments.robot, words.ask_robot.format(choices=", ".join(ROBOTS)), NONE, _robot),
    )


def _robot(text: str) -> RobotKind | None:
    name = _one_of(text, ROBOTS)
    return None if name == NONE else RobotKind(name)


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise StarterError(f"{text}: is not known; write one of {', '.join(choices)}")
    return text


def _written(fleet: Path, tests: Path, answers: Answers, language: Language) -> int:
    """Write both files, and try them as `check` and `test` do. How many tests there are. Nothing stays of what is not
    good.
    """
    words = COMMAND_LOCALES[language].init
    with _whole(fleet, tests):
        fleet.write_text(fleet_text(answers, words), encoding="utf-8")
        tests.write_text(tests_text(answers, words, fleet.name), encoding="utf-8")
        file = load_with_warnings(fleet)
        for line in file.warn(file.warnings):
            warn(line.said(language))
        read, cases = load_tests(tests)
        failed = [case.name for case in cases if differences(read, case)]
        if failed:
            raise InitError(f"the tests do not pass: {', '.join(failed)}")
    return len(cases)


@contextlib.contextmanager
def _whole(*paths: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, IcwatchError) as error:
        for path in paths:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InitError(f"{error.filename}: cannot be written: {error.strerror}; name another file") from error
        raise


def _next(fleet: Path, tests: Path, answers: Answers, words: InitWords) -> Iterator[tuple[str, str]]:
    name = shlex.quote(str(fleet))
    yield f"icwatch check {name}", words.next_check
    yield f"icwatch test {shlex.quote(str(tests))}", words.next_test
    yield f"icwatch run {name}", words.next_run
    yield f"icwatch apply {name} --stack icwatch", words.next_apply
    if answers.robot is not None:
        yield f"icwatch robot test {ROBOT} --stack icwatch", words.next_robot
