"""`icwatch replay`: stored sweeps through the rules as they are now. Memory does not grow with the input."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from icwatch.model import Fleet, Kind, Language, Rule, Sweep, Transition
from icwatch.storage.codec import encode
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.simulation.alarm_periods import Comparison, Version, periods, summarize
from icwatch_cli.simulation.period_lines import compared_json, summary_json
from icwatch_cli.simulation.period_tables import compared, summary
from icwatch_cli.simulation.replay_summary import Account
from icwatch_cli.simulation.sweep_file import ReplayError, open_sweeps, read_sweeps
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.output import warn
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import speech_of
from icwatch_cli.terminal.times import Window, spell_moment, window_of

STEP = 500
"""Sweeps between two words of progress."""


def run(arguments: argparse.Namespace) -> int:
    """Write what was asked for, and on standard error what else there is to know of the sweeps.

    Exit 0, and 2 where a fleet has none of their targets; raises ReplayError at the first line that is no sweep.
    """
    window, language = window_of(arguments), language_of(arguments)
    paths = [arguments.fleet] if arguments.compare is None else [arguments.fleet, arguments.compare]
    fleets = [load_fleet(path) for path in paths]
    _check_rule(arguments.rule, paths, fleets)
    name = "standard input" if arguments.sweeps == "-" else arguments.sweeps
    account = Account(name, dict(zip(map(str, paths), fleets, strict=True)))
    as_they_come = not arguments.summary and len(fleets) == 1
    with Progress(streams=as_they_come) as progress, open_sweeps(arguments.sweeps) as file:
        read = ((line, sweep) for line, sweep in read_sweeps(file, name) if sweep.at < window.ends)
        for line in _written(arguments, window, fleets, _counted(account.follow(read), progress, language)):
            progress.line(line)
    for note in account.notes():
        warn(spoken(f"note: {note}", language))
    problems = [*account.problems()]
    for problem in problems:
        warn(spoken(problem, language))
    return 2 if problems else 0


def _written(
    arguments: argparse.Namespace, window: Window, fleets: Sequence[Fleet], sweeps: Iterable[Sweep]
) -> Iterator[str]:
    """The lines that are asked for."""
    ours, *others = (Version(fleet, arguments.rule) for fleet in fleets)
    if others:
        names = [str(arguments.fleet), str(arguments.compare)]
        comparison = Comparison((ours, others[0]), window.starts)
        if arguments.json:
            return compared_json(comparison, sweeps, names)
        return compared(comparison, sweeps, names, speech_of(arguments))
    if arguments.summary:
        sums = summarize(periods(ours, sweeps), window.starts)
        return summary_json(sums) if arguments.json else summary(sums, speech_of(arguments))
    levelled = {name for name, rule in fleets[0].rules.items() if _has_levels(rule)}
    decided = (one for sweep in sweeps for one in ours.take(sweep) if one.at >= window.starts)
    return (_line(one, one.rule in levelled) for one in decided)


def _counted(sweeps: Iterable[Sweep], progress: Progress, language: Language) -> Iterator[Sweep]:
    for number, sweep in enumerate(sweeps, 1):
        yield sweep
        if not number % STEP:
            progress.show(spoken(f"{number} sweeps evaluated, up to {spell_moment(sweep.at)}", language))


def _check_rule(rule: str | None, paths: Sequence[Path], fleets: Sequence[Fleet]) -> None:
    """Refuse a rule that no fleet file has."""
    known = dict.fromkeys(name for fleet in fleets for name in fleet.rules)
    if rule is not None and rule not in known:
        files = " or ".join(map(str, paths))
        raise ReplayError(f"--rule {rule}: is no rule of {files}; write one of: {', '.join(known)}")


def _has_levels(rule: Rule) -> bool:
    """Whether its alarms can be of several levels."""
    bounds = [rule.bounds, *(override.bounds or () for override in rule.overrides)]
    return len({bound.level for each in bounds for bound in each}) > 1


def _line(transition: Transition, has_levels: bool) -> str:
    line: dict[str, object] = {
        "at": transition.at,
        "rule": transition.rule,
        "target": transition.target,
        "kind": transition.kind,
        "value": encode(transition.value),
        "reason": transition.reason,
    }
    if has_levels:
        line["level"] = transition.level
    if transition.kind is Kind.UNATTENDED:
        line["stage"] = transition.stage
    if not transition.announce:
        line["announced"] = False
    if transition.inhibited_by:
        line["inhibited_by"] = transition.inhibited_by
    return json.dumps(line, ensure_ascii=False, default=float)
