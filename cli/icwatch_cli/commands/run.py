"""`icwatch run`: the deployed system on this machine, watching a fleet until it is stopped."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from rich.console import Console

from icwatch.duration import parse_duration
from icwatch.errors import IcwatchError, Problem
from icwatch.model import Fleet, Inventory, Language
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.fleet.timeouts import too_long
from icwatch_cli.live.display import JsonDisplay, LineDisplay, LiveDisplay
from icwatch_cli.live.lines import LineWords
from icwatch_cli.live.state import State
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.chat_group import GROUP, ChatGroup
from icwatch_cli.local.errors import EndedError
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.retention import days_of
from icwatch_cli.local.running import announced
from icwatch_cli.local.standins import StandIns
from icwatch_cli.local.state.directory import StateDirectory, opened
from icwatch_cli.local.watcher import Watcher
from icwatch_cli.page.overview import Overview, overview_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.problems import said

if TYPE_CHECKING:
    from icwatch_cli.local.cloud import LocalCloud
    from icwatch_cli.serving.reader import StackReader
    from icwatch_cli.serving.server import PageServer

DEMONSTRATION = ROOT / "examples" / "fleet.yaml"
REFRESH_SECONDS = 0.25


class RunError(IcwatchError):
    """The call cannot be carried out."""


def run(arguments: argparse.Namespace) -> int:
    """Watch until stopped: exit 0. Exit 1 with a sentence where a part of it has ended for good."""
    lines = LineWords(language_of(arguments))
    environment = private_environment()
    os.environ.clear()
    os.environ.update(environment)
    if arguments.state is not None and arguments.fleet is None:
        raise RunError(
            "--state: keeps what is watched by a fleet file; name one, since the demonstration's is not kept"
        )
    fleet = _fleet(arguments)
    seconds = None if arguments.duration is None else _seconds("--for", arguments.duration)
    display = _display(arguments, lines.language)
    try:
        with _until_stopped(), ExitStack() as stack:
            state = State(fleet, str(arguments.fleet or lines.texts.demonstration), "")
            stack.enter_context(display.opened(state))
            checks = [display.check]
            kept = stack.enter_context(opened(arguments.state, arguments.fleet)) if arguments.state else None
            if arguments.fleet is None:
                display.begin(state, "servers")
                checks.append(_demonstrate(stack, fleet, lambda title: display.heard(state, title)))
            cloud = _cloud(arguments, display.watcher(state), fleet, kept)
            checks.append(stack.enter_context(cloud).check)
            state.endpoint = cloud.endpoint
            say_page = stack.enter_context(announced(cloud.endpoint, state.name, cloud.log))
            cloud.watch(fleet)
            display.begin(state, "page")
            page = stack.enter_context(_status_page(cloud, lambda text: display.line(spoken(text, lines.language))))
            state.page = page.address
            say_page(state.page)
            reader = page.content.reader
            looks = _looks(checks, time.monotonic() + (seconds or math.inf))
            display.show(state, cloud, lambda: _what_stands(reader), looks)
    except EndedError as error:
        print(lines.ended(error), file=sys.stderr)
        return 1
    return 0


def _display(arguments: argparse.Namespace, language: Language) -> LineDisplay:
    """What shows what happens: JSON, the view, or lines where there is no screen for it."""
    if arguments.json:
        return JsonDisplay(language)
    return LiveDisplay(RowWords(language, _zone())) if _has_screen() else LineDisplay(language)


def _cloud(arguments: argparse.Namespace, watcher: Watcher, fleet: Fleet, kept: StateDirectory | None) -> LocalCloud:
    """The local cloud for a fleet, not started yet. What robots lack on this machine is said."""
    # AWS's library takes longer than all else that is loaded, so the first frame comes before it.
    from icwatch_cli.local.cloud import LocalCloud  # noqa: PLC0415
    from icwatch_cli.local.references import out_of_reach  # noqa: PLC0415

    for text in out_of_reach(fleet.robots.values(), os.environ):
        watcher.trouble(text)
    robots, days = bool(fleet.robots), days_of(fleet)
    return LocalCloud(watcher, arguments.port, robots=robots, samples_days=days, state=kept)


def _demonstrate(stack: ExitStack, fleet: Fleet, said: Callable[[str], object]) -> Callable[[], None]:
    """Start the demonstration's servers and chat group until the stack's end; what looks at the servers."""
    stand_ins = StandIns(list(fleet.targets.values()))
    stand_ins.start()
    stack.callback(stand_ins.stop)
    group = ChatGroup(said)
    group.start()
    stack.callback(group.stop)
    os.environ[GROUP] = group.url
    return stand_ins.check


@contextmanager
def _status_page(cloud: LocalCloud, report: Callable[[str], object]) -> Iterator[PageServer]:
    """The status page of the cloud, at its usual port or, where that is taken, at the next free one."""
    from icwatch_cli.deployed.stack import Stack as DeployedStack  # noqa: PLC0415 - as for the cloud
    from icwatch_cli.local.stack import STACK  # noqa: PLC0415
    from icwatch_cli.serving.content import Content  # noqa: PLC0415
    from icwatch_cli.serving.reader import StackReader  # noqa: PLC0415
    from icwatch_cli.serving.server import served  # noqa: PLC0415

    os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint  # for all that looks at the stack from within this process
    content = Content(StackReader(DeployedStack(STACK, local=True)), _zone())
    with served(content, None, report) as server:
        yield server


def _what_stands(reader: StackReader) -> tuple[Inventory, Overview]:
    """What is watched now, and what stands of it, read anew."""
    reader.refresh()
    with reader.lock:
        return reader.data.inventory, overview_of(reader.data)


def _zone() -> timezone:
    """This machine's clock."""
    return timezone(datetime.now().astimezone().utcoffset() or timedelta(0))


def _has_screen() -> bool:
    """Whether standard output is a terminal that a view can be drawn on; one that is dumb gets lines."""
    console = Console()
    return console.is_terminal and not console.is_dumb_terminal


def _looks(checks: list[Callable[[], None]], ends: float) -> Iterator[None]:
    """A moment now and then until the monotonic time `ends`, at each of which all that runs is looked at."""
    while time.monotonic() < ends:
        for check in checks:
            check()
        yield
        time.sleep(REFRESH_SECONDS)


def _fleet(arguments: argparse.Namespace) -> Fleet:
    fleet = load_fleet(arguments.fleet or DEMONSTRATION)
    if arguments.every is None:
        return fleet
    every = _seconds("--every", arguments.every)
    rules = {name: rule.collected(every) for name, rule in fleet.rules.items()}
    fleet = replace(fleet, every=every, rules=rules)
    if problems := too_long(fleet):
        language = language_of(arguments)
        raise RunError("\n".join(f"--every {arguments.every}: {_in_words(each, language)}" for each in problems))
    return fleet


def _in_words(problem: Problem, language: Language) -> str:
    """A problem of the fleet under the cycle of the command line."""
    return said(problem, language).replace("every: ", "--every ")


def _seconds(option: str, text: str) -> int:
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = parse_duration("0s")
    if seconds < 1 or seconds != int(seconds):
        raise RunError(f"{option} {text}: is no duration; write whole seconds or more, such as 60s or 10m")
    return int(seconds)


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Ctrl-C, a closed terminal or `kill` end the block, wherever it is; what follows them does not disturb the end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
