"""Our timing beside Prometheus's own: `for` and `keep_firing_for` on random series, judged by `promtool test rules`.

Where nothing goes unseen, duration is `for` and the clear cycle is `keep_firing_for`: an alarm that is raised and not
over yet must be one that Prometheus fires, at every single minute. Gaps are left out, because there the two differ on
purpose: Prometheus resolves what it does not see, and icwatch does not.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.evaluation import evaluate
from icwatch.model import HEALTH, Inventory, Phase, Rule, ShardAlarms, Sweep, Target

PROMTOOL = shutil.which("promtool")
MINUTES = 40
TARGETS = [f"10.0.0.{number}" for number in range(1, 21)]
DURATIONS = (0, 60, 120, 180)
CLEAR_CYCLES = (0, 60, 120, 300)

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on PATH (Debian: apt-get install prometheus)")


def series(dice: random.Random) -> dict[str, list[int]]:
    """Outages of every length: each target changes its state with a probability of its own."""
    found: dict[str, list[int]] = {}
    for target in TARGETS:
        restless, value, values = dice.choice([0.05, 0.2, 0.5]), dice.choice([0, 1]), []
        for _ in range(MINUTES):
            value = 1 - value if dice.random() < restless else value
            values.append(value)
        found[target] = values
    return found


def standing(rule: Rule, samples: dict[str, list[int]]) -> Iterator[list[str]]:
    """Minute by minute, the targets whose alarm is raised and not over."""
    targets = {name: Target(name) for name in samples}
    inventory = Inventory(targets=targets, rules={rule.name: rule})
    stands = ShardAlarms("shard")
    for minute in range(MINUTES):
        values = {name: each[minute] for name, each in samples.items()}
        stands, _ = evaluate(inventory, stands, Sweep("shard", minute * 60, {HEALTH: values}))
        yield [alarm.target for alarm in stands.alarms.values() if alarm.phase is not Phase.PENDING]


def alert(duration: int, clear_cycle: int) -> dict[str, Any]:
    """Prometheus's rule for the same timing."""
    return {
        "alert": f"for_{duration}_keep_{clear_cycle}",
        "expr": f"{HEALTH} == 0",
        "for": f"{duration}s",
        "keep_firing_for": f"{clear_cycle}s",
    }


@pytest.mark.parametrize("seed", range(4))
def test_prometheus_fires_exactly_where_an_alarm_stands(tmp_path: Path, seed: int) -> None:
    samples = series(random.Random(seed))
    timings = list(product(DURATIONS, CLEAR_CYCLES))
    rules = {"groups": [{"name": "icwatch", "interval": "1m", "rules": [alert(*timing) for timing in timings]}]}
    expected = []
    for duration, clear_cycle in timings:
        rule = replace(parse_rule(builtin.RULE), duration=duration, clear_cycle=clear_cycle)
        for minute, targets in enumerate(standing(rule, samples)):
            alerts = [{"exp_labels": {"target": target}} for target in sorted(targets)]
            name = alert(duration, clear_cycle)["alert"]
            expected.append({"eval_time": f"{minute}m", "alertname": name, "exp_alerts": alerts})
    assert any(entry["exp_alerts"] for entry in expected)
    inputs = [
        {"series": f'{HEALTH}{{target="{name}"}}', "values": " ".join(map(str, values))}
        for name, values in samples.items()
    ]
    # JSON is YAML, and needs no library.
    (tmp_path / "rules.yml").write_text(json.dumps(rules))
    tests = [{"interval": "1m", "input_series": inputs, "alert_rule_test": expected}]
    (tmp_path / "tests.yml").write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests})
    )
    assert PROMTOOL is not None
    judged = subprocess.run(
        [PROMTOOL, "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, (judged.stdout + judged.stderr)[-3000:]
