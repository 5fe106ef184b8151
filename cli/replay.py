"""`icwatch replay`: stored sweeps through the rules as they are now. Memory does not grow with the input."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

from cli.fleetfile import load_fleet
from cli.moments import add_window, window_of
from cli.spans import Comparison, Version, spans, summarize
from cli.spantext import compared, summary
from icwatch.codec import encode
from icwatch.errors import IcwatchError, ItemError
from icwatch.items import read_item
from icwatch.model import Fleet, Rule, Sweep, Transition

DEFAULT_SHARD = "shard-0001"


class ReplayError(IcwatchError):
    """A call that cannot be carried out, or a line of the input that is no sweep."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file with the rules to apply")
    parser.add_argument("sweeps", metavar="SWEEPS.jsonl", help="stored sweeps, a JSON object a line; - reads them here")
    parser.add_argument("--rule", metavar="NAME", help="this rule only")
    add_window(parser, "what was decided")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--summary", action="store_true", help="how often, how long: a line a rule and target")
    shown.add_argument(
        "--compare", type=Path, metavar="OTHER.yaml", help="the alarms that only one of two fleet files would raise"
    )
    parser.epilog = (
        "Sweeps before --from are evaluated, too, so that an alarm that stood then is known; those at --to and after "
        "it are passed over. Written is a transition a line, as JSON, unless --summary or --compare says otherwise."
    )


def run(arguments: argparse.Namespace) -> int:
    """Write what was asked for. Exit 0; raises ReplayError at the first line that is no sweep."""
    window = window_of(arguments)
    paths = [arguments.fleet] if arguments.compare is None else [arguments.fleet, arguments.compare]
    fleets = [load_fleet(path) for path in paths]
    _check_rule(arguments.rule, paths, fleets)
    ours, *others = (Version(fleet, arguments.rule) for fleet in fleets)
    with _open(arguments.sweeps) as lines:
        name = "standard input" if arguments.sweeps == "-" else arguments.sweeps
        sweeps = (sweep for sweep in read_sweeps(lines, name) if sweep.at < window.ends)
        written: Iterator[str]
        if others:
            written = compared(Comparison((ours, others[0]), window.starts), sweeps, [str(path) for path in paths])
        elif arguments.summary:
            written = summary(summarize(spans(ours, sweeps), window.starts))
        else:
            levelled = {name for name, rule in fleets[0].rules.items() if _has_levels(rule)}
            decided = (one for sweep in sweeps for one in ours.take(sweep) if one.at >= window.starts)
            written = (_line(one, one.rule in levelled) for one in decided)
        for line in written:
            print(line)
    return 0


def read_sweeps(lines: Iterable[str], name: str) -> Iterator[Sweep]:
    """The sweeps of a file, a JSON object a line; empty lines are passed over. Raises ReplayError."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item: Any = json.loads(line, parse_float=Decimal)
            if not isinstance(item, dict):
                raise ItemError("it is no JSON object")
            yield read_item(Sweep, {"shard": DEFAULT_SHARD, **item})
        except (ValueError, ItemError, RecursionError) as error:
            right = 'write {"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": 0}}}'
            raise ReplayError(f"{name}:{number}: {error}; {right}") from error


def _open(name: str) -> AbstractContextManager[Iterable[str]]:
    """The lines of the input. What is no UTF-8 becomes an escape that JSON does not know, so its line is named."""
    if name == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")
        return nullcontext(sys.stdin)
    try:
        return Path(name).open(encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ReplayError(f"{name}: cannot be read ({error.strerror}); name a readable file") from error


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
    if not transition.announce:
        line["announced"] = False
    if transition.inhibited_by:
        line["inhibited_by"] = transition.inhibited_by
    return json.dumps(line, ensure_ascii=False, default=float)
