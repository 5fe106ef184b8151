"""OCP's documented rules: `icwatch check` accepts those that see one moment, and says of the others why it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from icwatch.errors import ConfigError
from icwatch.rules.validation import problem_of_rule
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.rules import MAX_RULES
from icwatch_cli.main import main

CATALOGUE = Path(__file__).with_name("ocp_catalogue.txt")
LABELS = {
    "app": "OB", "ob_cluster_name": "obcluster", "ob_cluster_id": "1", "ob_tenant_id": "1001", "tenant_name": "sys",
    "obzone": "zone1", "svr_ip": "10.1.0.1", "device": "eth0",
}  # fmt: skip
TARGETS = [{"address": f"10.1.0.{number}", "labels": LABELS} for number in (1, 2)]
EXPECTED = (
    "nothing collects the metric ",
    " is about none of the targets; ",
    " a part of its expression selects nothing",
)
"""What is warned of: icwatch has no such metric, and targets do not carry the labels of one metric's series."""


def read_catalogue() -> Iterator[dict[str, str]]:
    """The rules of one moment, and those of a range of time."""
    _, *parts = CATALOGUE.read_text(encoding="utf-8").split("\n# These ")
    for part in parts:
        lines = [line.partition(" ") for line in part.splitlines()[1:] if line]
        yield {name: expression.strip() for name, _, expression in lines}


MOMENT, RANGE = read_catalogue()


def written(name: str, expression: str, **fields: object) -> dict[str, Any]:
    """A rule of a fleet file: with a threshold, where the expression has no condition of its own."""
    ends = re.search(r"(>=|<=|==|<|>) *\d+$", expression)
    return {"name": name, "expression": expression, **({} if ends else {"threshold": 0}), **fields}


def test_the_catalogue_is_whole() -> None:
    assert len(MOMENT) == 86
    assert sum(" and " in expression for expression in MOMENT.values()) == 5
    assert not MOMENT.keys() & RANGE.keys()
    assert all(re.search(r"\b(rate|delta)\(", expression) for expression in RANGE.values())


@pytest.mark.parametrize("grouped", [False, True], ids=["by target", "by cluster"])
@pytest.mark.parametrize("name", MOMENT)
def test_a_rule_of_one_moment_is_accepted_and_can_be_evaluated(name: str, grouped: bool) -> None:
    expression = MOMENT[name]
    fields: dict[str, object] = {}
    if grouped and "@GBLABELS" in expression:
        fields["group_by"] = ["ob_cluster_name"]
    if grouped and "@LABELS" in expression:
        fields["filter"] = {"ob_cluster_name": ["obcluster", "other"]}
    fleet = parse_fleet({"targets": TARGETS, "rules": [written(name, expression, **fields)]})
    assert problem_of_rule(fleet.rules[name]) is None


def test_check_accepts_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "fleet.yaml"
    for first in range(0, len(MOMENT), MAX_RULES):
        rules = [*MOMENT.items()][first : first + MAX_RULES]
        document = {"targets": TARGETS, "rules": [written(*rule) for rule in rules]}
        file.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
        assert main(["check", str(file)]) == 0
        told = capsys.readouterr()
        assert all(f"  rule {name}" in told.out for name, _ in rules)
        assert [line for line in told.err.splitlines() if not any(each in line for each in EXPECTED)] == []


@pytest.mark.parametrize("name", RANGE)
def test_a_rule_of_a_range_of_time_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_fleet({"targets": TARGETS, "rules": [written(name, RANGE[name])]})
    (problem,) = raised.value.problems
    assert problem.place == "rules[0].expression"
    assert problem.wrong.endswith(" looks at a range of time")
    assert problem.right == "a rule sees one sweep, and its duration says how long a condition has to hold"
