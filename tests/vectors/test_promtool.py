"""Our timing beside Prometheus's own: `for` and `keep_firing_for` on random series, judged by `promtool test rules`.

Where nothing goes unseen, duration is `for` and the clear cycle is `keep_firing_for`: an alarm that is raised and not
over yet must be one that Prometheus fires, at every single minute, whatever the rule's expression and grouping. Both
read the same expression. Gaps are left out, because there the two differ on purpose: Prometheus resolves what it does
not see, and icwatch does not.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import HEALTH, TARGET, Alarm, Inventory, Number, Phase, Rule, ShardAlarms, Sweep, Target
from icwatch_cli.fleet import parse_rule

PROMTOOL = shutil.which("promtool")
MINUTES = 40
LOAD = "ic_server_load"
TARGETS = [Target(f"10.0.0.{number}", labels={"vpc": f"vpc-{number % 8}"}) for number in range(1, 21)]
DURATIONS = (0, 60, 120, 180)
CLEAR_CYCLES = (0, 60, 120, 300)
VALUES: dict[str, Sequence[Number]] = {HEALTH: (0, 1), LOAD: (0, 1, Decimal("1.5"), 2, Decimal("2.25"), 7)}
EXPRESSIONS = (
    f"min({HEALTH}) by (target, vpc) == 0",
    f"max({HEALTH}) by (vpc) == 0",
    f"count({HEALTH} == 0) by (vpc) >= 2",
    f"{LOAD} > 2",
    f"avg({LOAD}) by (vpc) < 1.5",
)

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on PATH (Debian: apt-get install prometheus)")

Series = dict[str, dict[str, list[Number]]]
"""The values of each metric and target, minute by minute."""


def series(dice: random.Random) -> Series:
    """Outages of every length: each target changes its values with a probability of its own."""
    found: Series = {metric: {} for metric in VALUES}
    for target, metric in product(TARGETS, VALUES):
        restless, value, values = dice.choice([0.05, 0.2, 0.5]), dice.choice(VALUES[metric]), []
        for _ in range(MINUTES):
            if dice.random() < restless:
                value = dice.choice([other for other in VALUES[metric] if other != value])
            values.append(value)
        found[metric][target.id] = values
    return found


def standing(rule: Rule, samples: Series) -> Iterator[list[Alarm]]:
    """Minute by minute, the alarms that are raised and not over."""
    inventory = Inventory(targets={target.id: target for target in TARGETS}, rules={rule.name: rule})
    current = ShardAlarms("shard")
    for minute in range(MINUTES):
        values = {metric: {name: each[minute] for name, each in by.items()} for metric, by in samples.items()}
        current, _ = evaluate(inventory, current, Sweep("shard", minute * 60, values))
        yield [alarm for alarm in current.alarms.values() if alarm.phase is not Phase.PENDING]


def labels_of(rule: Rule, alarm: Alarm) -> dict[str, str]:
    """The labels that Prometheus's alert has."""
    return {TARGET: alarm.target, **alarm.labels} if rule.per_target else dict(alarm.labels)


def alert(expression: str, duration: int, clear_cycle: int) -> dict[str, Any]:
    """Prometheus's rule for the same condition and timing."""
    return {
        "alert": f"for_{duration}_keep_{clear_cycle}",
        "expr": expression,
        "for": f"{duration}s",
        "keep_firing_for": f"{clear_cycle}s",
    }


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("seed", range(2))
def test_prometheus_fires_exactly_where_an_alarm_stands(tmp_path: Path, seed: int, expression: str) -> None:
    samples = series(random.Random(seed))
    timings = list(product(DURATIONS, CLEAR_CYCLES))
    alerts = [alert(expression, *timing) for timing in timings]
    expected = []
    for timing, (duration, clear_cycle) in zip(alerts, timings, strict=True):
        written = {"duration": f"{duration}s", "clear_cycle": f"{clear_cycle}s"}
        rule = parse_rule({"name": "rule", "expression": expression, **written})
        for minute, alarms in enumerate(standing(rule, samples)):
            fired = [{"exp_labels": labels_of(rule, alarm)} for alarm in alarms]
            expected.append({"eval_time": f"{minute}m", "alertname": timing["alert"], "exp_alerts": fired})
    assert any(entry["exp_alerts"] for entry in expected)
    assert not all(entry["exp_alerts"] for entry in expected)
    inputs = [
        {
            "series": f'{metric}{{target="{target.id}", vpc="{target.labels["vpc"]}"}}',
            "values": " ".join(map(str, samples[metric][target.id])),
        }
        for target, metric in product(TARGETS, VALUES)
    ]
    # JSON is YAML, and needs no library.
    (tmp_path / "rules.yml").write_text(
        json.dumps({"groups": [{"name": "icwatch", "interval": "1m", "rules": alerts}]})
    )
    tests = [{"interval": "1m", "input_series": inputs, "alert_rule_test": expected}]
    (tmp_path / "tests.yml").write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests})
    )
    assert PROMTOOL is not None
    judged = subprocess.run(
        [PROMTOOL, "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, (judged.stdout + judged.stderr)[-3000:]
