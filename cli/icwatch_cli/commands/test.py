"""`icwatch test`: the tests beside a fleet file, each of a few targets' samples and the notices expected of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from icwatch.duration import exact
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import Acknowledgement, Alarm, Fleet, Kind, ShardAlarms, Sweep, Transition
from icwatch_cli.simulation.test_case import Attended, Case, Expected
from icwatch_cli.simulation.test_file import load_tests
from icwatch_cli.terminal.columns import columns, pad
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.speech import ENGLISH, Speech, speech_of

SHARD = "shard-0001"


@dataclass(frozen=True, slots=True)
class Row:
    """One difference between what was expected and what came, and why."""

    what: str
    at: int
    target: str
    rule: str
    kind: str
    why: str

    @classmethod
    def of(cls, what: str, wanted: Expected, why: str) -> Row:
        """A notice that did not come, or was not expected."""
        return cls(what, wanted.at, wanted.target, wanted.rule, wanted.kind, why)


def run(arguments: argparse.Namespace) -> int:
    """A line a test, with the differences below those that failed. Exit 0 where none did, 1 otherwise."""
    fleet, cases = load_tests(arguments.tests)
    console = Console(highlight=False, soft_wrap=True)
    speech, failed = speech_of(arguments), 0
    texts = speech.texts.files.test
    width = max(map(cell_len, (texts.passed, texts.failed)))
    for case in cases:
        rows = differences(fleet, case, ENGLISH if arguments.json else speech)
        failed += bool(rows)
        if arguments.json:
            say(as_json(case.name, rows))
            continue
        state = Text(pad(texts.failed, width), "bold red") if rows else Text(pad(texts.passed, width), "green")
        console.print(Text.assemble(state, "  ", case.name))
        for line in aligned(rows, with_rule=len(fleet.rules) > 1 and case.rule is None, speech=speech):
            console.print(Text(f"  {line}"))
    if not arguments.json:
        console.print(texts.sums.format(passed=len(cases) - failed, failed=failed))
    return 1 if failed else 0


def differences(fleet: Fleet, case: Case, speech: Speech = ENGLISH) -> list[Row]:
    """What was expected and did not come, with why, and what was announced without being expected. Pure."""
    missing = dict.fromkeys(case.expect)
    rows = []
    for current, transitions in play(fleet, case):
        ours = [one for one in transitions if case.rule in (None, one.rule)]
        for transition in (one for one in ours if one.announce):
            wanted = _announced(transition)
            met = [each for each in missing if each.is_met_by(wanted)]
            if met:
                del missing[wanted if wanted in met else met[0]]
            else:
                rows.append(Row.of("not expected", wanted, transition.reason))
        late = [wanted for wanted in missing if wanted.at == current.at]
        rows += [Row.of("did not come", wanted, _why(current, ours, wanted, speech)) for wanted in late]
        lost = [each for each in case.attended if each.at == current.at and _alarm(current, each) is None]
        none = _state(None, speech)
        rows += [Row("cannot be done", each.at, each.target, each.rule, "acknowledge", none) for each in lost]
    return rows


def play(fleet: Fleet, case: Case) -> Iterator[tuple[ShardAlarms, Sequence[Transition]]]:
    """The alarms after each sweep and the transitions that led there. All targets are in one shard. Pure."""
    inventory = fleet.as_inventory()
    current = ShardAlarms(SHARD)
    for cycle in range(case.cycles):
        metrics = {
            metric: {
                target: value
                for target, series in targets.items()
                if cycle < len(series) and (value := series[cycle]) is not None
            }
            for metric, targets in case.samples.items()
        }
        sweep = Sweep(SHARD, cycle * fleet.every, metrics, conclusive=any(metrics.values()))
        current, transitions = evaluate(inventory, current, sweep)
        if known := _acknowledged(case, current, sweep.at):
            inventory = replace(inventory, acknowledged={**inventory.acknowledged, **known})
        yield current, transitions


def _acknowledged(case: Case, current: ShardAlarms, at: int) -> dict[str, Acknowledgement]:
    """What is acknowledged right after the sweep at `at`, by the ids of the alarms that there are."""
    alarms = ((each, _alarm(current, each)) for each in case.attended if each.at == at)
    return {alarm.id: Acknowledgement(alarm.id, ends_at=each.ends_at) for each, alarm in alarms if alarm is not None}


def _alarm(current: ShardAlarms, about: Expected | Attended) -> Alarm | None:
    return current.alarms.get(f"{about.rule}:{about.target}")


def _announced(one: Transition) -> Expected:
    stage = one.stage if one.kind is Kind.UNATTENDED else None
    return Expected(one.at, one.target, one.kind, one.rule, one.level, stage)


def _why(current: ShardAlarms, transitions: Sequence[Transition], wanted: Expected, speech: Speech) -> str:
    """Why something was not announced: the state of the alarm, or what kept it back."""
    for one in transitions:
        if not one.announce and wanted.is_met_by(_announced(one)):
            inhibited = speech.texts.alarms.inhibited.format(key=one.inhibited_by)
            return inhibited if one.inhibited_by else speech.texts.files.test.unannounced
    return _state(_alarm(current, wanted), speech)


def _state(alarm: Alarm | None, speech: Speech) -> str:
    texts = speech.texts.files.test
    if alarm is None:
        return texts.no_alarm
    return texts.state.format(phase=speech.texts.alarms.phases[alarm.phase], since=exact(alarm.since))


def as_json(name: str, rows: Sequence[Row]) -> str:
    """A test as a line; `at` is in seconds since its first mark."""
    line = {"test": name, "passed": not rows, "differences": [asdict(row) for row in rows]}
    return json.dumps(line, ensure_ascii=False)


def aligned(rows: Sequence[Row], *, with_rule: bool, speech: Speech = ENGLISH) -> list[str]:
    """The rows as lines of columns."""
    table = []
    for row in rows:
        rule = [row.rule] if with_rule else []
        what = speech.texts.files.test.whats[row.what]
        table.append([what, exact(row.at), row.target, *rule, speech.kind(row.kind), row.why])
    return [*columns(table)]
