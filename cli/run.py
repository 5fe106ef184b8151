"""`icwatch run`: the deployed system on this machine, watching a fleet until it is stopped."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live

from cli.fleetfile import load_fleet
from cli.state import State
from cli.view import draw
from icwatch.config.timeouts import too_long
from icwatch.duration import parse_duration, spell
from icwatch.errors import IcwatchError, Problem
from icwatch.model import Fleet, Sweep
from local.backend import private_environment
from local.cloud import LocalCloud, Watcher
from local.function import ROOT
from local.running import announced
from local.standins import StandIns
from local.subscriber import Received

DEMONSTRATION = ROOT / "examples" / "fleet.yaml"
REFRESH_SECONDS = 0.25


class RunError(IcwatchError):
    """The call cannot be carried out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "fleet",
        type=Path,
        nargs="?",
        metavar="FLEET.yaml",
        help="the fleet to watch; without it the demonstration, with stand-in servers on this machine",
    )
    parser.add_argument("--every", metavar="60s", help="the collection cycle, in place of the fleet file's")
    parser.add_argument("--for", dest="duration", metavar="10m", help="stop after this time (default: at Ctrl-C)")
    parser.add_argument("--json", action="store_true", help="each notice as one JSON line on standard output")
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="serve the AWS APIs here (default: any free port)"
    )
    parser.epilog = "Everything runs on 127.0.0.1 and is gone when it ends."


def run(arguments: argparse.Namespace) -> int:
    """Watch until stopped; exit 0."""
    environment = private_environment()
    os.environ.clear()
    os.environ.update(environment)
    fleet = _fleet(arguments)
    seconds = None if arguments.duration is None else _seconds("--for", arguments.duration)
    name = str(arguments.fleet or "the demonstration")
    display = _Json() if arguments.json else _Screen() if Console().is_terminal else _Lines()
    with _until_stopped(), ExitStack() as stack:
        if arguments.fleet is None:
            stand_ins = StandIns(list(fleet.targets.values()))
            stand_ins.start()
            stack.callback(stand_ins.stop)
        state = State(fleet, name, "")
        cloud = stack.enter_context(LocalCloud(display.watcher(state), arguments.port))
        state.endpoint = cloud.endpoint
        stack.enter_context(announced(cloud.endpoint, name, cloud.log))
        cloud.watch(fleet)
        display.show(state, cloud, time.monotonic() + (seconds or math.inf))
    return 0


def _fleet(arguments: argparse.Namespace) -> Fleet:
    fleet = load_fleet(arguments.fleet or DEMONSTRATION)
    if arguments.every is None:
        return fleet
    every = _seconds("--every", arguments.every)
    for rule in fleet.rules.values():
        if rule.cycle < every:
            raise RunError(
                f"--every {arguments.every}: is longer than the {spell(rule.cycle)} cycle of {rule.name}; "
                f"write {rule.cycle}s or less, or a longer cycle for the rule"
            )
    fleet = replace(fleet, every=every)
    if problems := too_long(fleet):
        raise RunError("\n".join(f"--every {arguments.every}: {_in_words(problem)}" for problem in problems))
    return fleet


def _in_words(problem: Problem) -> str:
    """A problem of the fleet under the cycle of the command line."""
    return f"{problem.place}: {problem.wrong}; {problem.right.replace('every: ', '--every ')}"


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


def _say(line: str, stream: TextIO) -> None:
    """Write a line; where nobody reads any more, as after `| head`, the run ends."""
    try:
        print(line, file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        os.kill(os.getpid(), signal.SIGTERM)


class _Lines:
    """Plain lines: what changed, and every notice."""

    def watcher(self, state: State) -> Watcher:
        def sweep(taken: Sweep) -> None:
            for target, failure in state.take(taken).items():
                self.line(f"{target} is " + (f"failing: {failure.cause} ({failure.detail})" if failure else "healthy"))

        return Watcher(sweep, self.notice, lambda text: self.line(f"trouble: {text}"))

    def show(self, state: State, cloud: LocalCloud, ends: float) -> None:
        fleet = state.fleet
        self.line(f"watching {state.name}: {len(fleet.targets)} targets every {spell(fleet.every)}")
        self.line(f"AWS APIs at {cloud.endpoint}, log in {cloud.log}")
        while time.monotonic() < ends:
            time.sleep(REFRESH_SECONDS)

    def notice(self, received: Received) -> None:
        self.line(f"notice {received.attributes.get('kind')}: {received.subject}")

    def line(self, text: str) -> None:
        _say(f"{time.strftime('%H:%M:%S')} {text}", sys.stdout)


class _Json(_Lines):
    """Each notice as a JSON line on standard output; everything else on standard error."""

    def notice(self, received: Received) -> None:
        _say(json.dumps(received.as_json(), ensure_ascii=False), sys.stdout)

    def line(self, text: str) -> None:
        _say(f"{time.strftime('%H:%M:%S')} {text}", sys.stderr)


class _Screen(_Lines):
    """A live view."""

    def watcher(self, state: State) -> Watcher:
        return Watcher(state.take, state.receive, state.tell)

    def show(self, state: State, cloud: LocalCloud, ends: float) -> None:
        console = Console()
        try:
            with Live(console=console, screen=True, auto_refresh=False) as live:
                while time.monotonic() < ends:
                    state.alarms = cloud.alarms()
                    live.update(draw(state, console.width, console.height), refresh=True)
                    time.sleep(REFRESH_SECONDS)
        finally:
            console.print(f"Stopped after {state.sweeps} sweeps. The functions' log is {cloud.log}")
