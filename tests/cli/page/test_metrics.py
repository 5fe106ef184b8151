"""`/metrics`: what is known has a sample and nothing else does, in a form that Prometheus itself reads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import Drill, Silence, Target
from icwatch_cli.page.data import PageData, RobotState
from icwatch_cli.page.exposition import OPENMETRICS, PLAIN, Gauge, exposed, wanted
from icwatch_cli.page.metrics import HELPS, metrics_of
from icwatch_cli.page.overview import overview_of
from tests.cli.page.world import NOW, REFUSED, World, an_outage, fleet_of
from tests.doc_pages import page as page_of_docs

PROMTOOL = shutil.which("promtool")
EXAMPLES = Path(__file__).parents[3] / "examples" / "prometheus"
LAST = NOW // 60 * 60
LABEL = r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"([a-z_]+)(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.e+-]+)")
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    """The samples of a text by name and labels; each line has to be one, a help or a type."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for line in text.removesuffix("# EOF\n").split("\n")[:-1]:
        if line.startswith("# "):
            assert re.fullmatch(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ gauge)", line), line
            continue
        whole = SAMPLE.fullmatch(line)
        assert whole, line
        labels = [
            (name, re.sub(r"\\[\\\"n]", lambda each: ESCAPES[each.group()], value))
            for name, value in re.findall(LABEL, whole[2] or "")
        ]
        key = whole[1], frozenset(labels)
        assert key not in found, f"twice: {line}"
        found[key] = float(whole[7])
    return found


def metrics(data: PageData, kind: str = OPENMETRICS) -> str:
    return exposed(metrics_of(data, overview_of(data)), kind)


def value(samples: Samples, metric: str, **labels: str) -> float | None:
    """The sample of a metric that has these labels, whatever others it has; None where there is none."""
    wanted_labels = set(labels.items())
    values = [each for (found, named), each in samples.items() if found == metric and wanted_labels <= named]
    assert len(values) < 2, values
    return values[0] if values else None


def small() -> World:
    """Four servers in two VPCs, one of which refuses and one of which is unseen."""
    world = World.of(fleet_of({"vpc-1": 2, "vpc-2": 2}))
    for left in range(5, -1, -1):
        world.sweep(LAST - 60 * left, {"10.1.0.1": REFUSED} if left < 2 else {}, ["10.2.0.2"] if left < 1 else [])
    return world


def everything() -> PageData:
    """A stack of which every metric has a sample."""
    world = an_outage()
    world.silence(Silence("quiet", {"target": "10.3.0.4"}, NOW - 60, NOW + 60))
    data = world.data(robots=[RobotState("ops", "slack", 5, 6, 2)], evaluator=1)
    return replace(data, drill=Drill(str(NOW - 600), NOW - 600))


def test_what_is_known_has_a_sample() -> None:
    samples = read(metrics(small().data()))
    assert value(samples, "ic_server_health", target="10.1.0.1", vpc="vpc-1") == 0
    assert value(samples, "ic_server_health", target="10.1.0.2", vpc="vpc-1") == 1
    assert value(samples, "ic_server_unseen", target="10.1.0.1") == 0
    assert value(samples, "ic_server_probe_seconds", target="10.1.0.1") is None, "it gave no answer"
    probed = value(samples, "ic_server_probe_seconds", target="10.1.0.2")
    assert probed is not None
    assert 0 < probed < 0.1
    labels = {"rule": "ic_server_connect_failed", "target": "10.1.0.1", "vpc": "vpc-1"}
    assert value(samples, "icwatch_alarm_active", **labels, level="Critical", phase="active") == 1
    assert value(samples, "icwatch_alarm_announced", **labels) == 1
    assert value(samples, "icwatch_alarm_acknowledged", **labels) == 0
    assert value(samples, "icwatch_alarm_began_timestamp_seconds", **labels) == LAST - 60
    states = {state: value(samples, "icwatch_targets", state=state) for state in ("good", "down", "unseen")}
    assert states == {"good": 2, "down": 1, "unseen": 1}
    assert value(samples, "icwatch_last_sweep_timestamp_seconds") == LAST
    assert value(samples, "icwatch_last_sweep_age_seconds") == NOW - LAST


def test_who_is_unseen_is_neither_good_nor_down() -> None:
    samples = read(metrics(small().data()))
    assert value(samples, "ic_server_health", target="10.2.0.2") is None
    assert value(samples, "ic_server_unseen", target="10.2.0.2") == 1


def test_once_nothing_is_swept_nobody_looks_healthy_and_the_alarm_stands() -> None:
    samples = read(metrics(small().data(LAST + 600)))
    assert not [labels for name, labels in samples if name == "ic_server_health"]
    assert value(samples, "icwatch_targets", state="unseen") == 4
    assert value(samples, "icwatch_targets", state="good") == 0
    assert value(samples, "icwatch_monitoring_late") == 1
    assert value(samples, "icwatch_last_sweep_age_seconds") == 600
    assert value(samples, "icwatch_alarm_active", target="10.1.0.1") == 1


def test_before_the_first_sweep_there_is_no_age() -> None:
    samples = read(metrics(World.of(fleet_of({"vpc-1": 2})).data()))
    assert value(samples, "icwatch_last_sweep_age_seconds") is None
    assert value(samples, "icwatch_last_sweep_timestamp_seconds") is None
    assert value(samples, "icwatch_monitoring_late") == 1
    assert value(samples, "icwatch_targets", state="unseen") == 2


def test_alarms_are_counted_each_once() -> None:
    samples = read(metrics(everything()))
    states = ("announced", "silenced", "inhibited", "unannounced", "pending")
    counts = {state: value(samples, "icwatch_alarms", state=state) for state in states}
    assert counts == {"announced": 2, "silenced": 1, "inhibited": 10, "unannounced": 0, "pending": 0}
    assert len([name for name, _ in samples if name == "icwatch_alarm_active"]) == 13
    assert value(samples, "icwatch_alarm_acknowledged", target="vpc=vpc-2") == 1
    assert value(samples, "icwatch_alarm_announced", target="10.3.0.4") == 0
    assert value(samples, "icwatch_alarm_announced", target="10.2.0.1") == 0, "it is inhibited"


def test_every_metric_is_made_described_and_documented() -> None:
    found = {name for name, _ in read(metrics(everything()))}
    assert found == HELPS.keys()
    for language in ("en", "zh-CN"):
        text = page_of_docs(language, "page")
        assert [name for name in HELPS if f"`{name}" not in text] == [], language


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_label_breaks_out_of_its_quotes(first: str, second: str) -> None:
    hostile = Gauge("ic_server_health", "Whether.")
    hostile.add(1, {"target": first, "vpc": second})
    hostile.add(0, {"target": first, "vpc": second})
    ((_, labels),) = read(exposed([hostile], OPENMETRICS))
    kept = {"target": first, "vpc": second}
    clean = {name: re.sub("[\r\0]", " ", text).encode("utf-8", "replace").decode() for name, text in kept.items()}
    assert dict(labels) == {name: text for name, text in clean.items() if text}


HOSTILE = ('"} 1\nic_server_health{target="x', "\\", '\\"', "a\nb", "\ud800", "\r\n# EOF", "${vpc}", "停服", "")


def hostile() -> PageData:
    """A fleet in which every label and name is written to break the form."""
    world = small()
    targets = {
        name: Target(name, labels={"vpc": text, "region": text})
        for name, text in zip(world.inventory.targets, HOSTILE, strict=False)
    }
    world.inventory = replace(world.inventory, targets=targets)
    return world.data(robots=[RobotState(text, "slack") for text in HOSTILE if text])


def test_a_hostile_fleet_has_as_many_samples_as_any_other() -> None:
    samples = read(metrics(hostile()))
    assert len([name for name, _ in samples if name == "ic_server_unseen"]) == 4
    assert len([name for name, _ in samples if name == "icwatch_robot_waiting"]) == len(HOSTILE) - 1


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", OPENMETRICS),
        ("*/*", OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", OPENMETRICS),
        ("application/openmetrics-text; q=0.1, text/plain", PLAIN),
        ("text/plain;version=0.0.4", PLAIN),
        ("TEXT/PLAIN", PLAIN),
        ("text/html,application/xhtml+xml,*/*;q=0.8", PLAIN),
        ("text/plain;q=0", OPENMETRICS),
        ("text/plain;q=nan, ;;=,", OPENMETRICS),
        ("text/plain;q=high", OPENMETRICS),
    ],
)
def test_the_form_is_the_one_that_is_asked_for(accept: str, kind: str) -> None:
    assert wanted(accept) == kind


def test_only_openmetrics_says_where_it_ends() -> None:
    data = small().data()
    assert metrics(data, OPENMETRICS) == metrics(data, PLAIN) + "# EOF\n"


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
@pytest.mark.parametrize("made", [everything, hostile])
def test_promtool_finds_nothing_wrong(made: Any, tmp_path: Path) -> None:
    assert PROMTOOL
    plain = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=metrics(made(), PLAIN).encode(), capture_output=True, check=False
    )
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, b"", b"")
    stamped = re.sub(r"(?m)^([a-z].*)$", rf"\1 {NOW}", metrics(made(), OPENMETRICS))  # as a backfill has to be
    (tmp_path / "metrics").write_text(stamped, encoding="utf-8")
    strict = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", str(tmp_path / "metrics"), str(tmp_path / "db")]
    read_by = subprocess.run(strict, capture_output=True, text=True, check=False)
    assert read_by.returncode == 0, read_by.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_the_example_is_good_for_prometheus() -> None:
    assert PROMTOOL
    checked = [PROMTOOL, "check", "config", str(EXAMPLES / "prometheus.yaml")]
    found = subprocess.run(checked, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def expressions() -> Iterator[tuple[str, Sequence[str]]]:
    """The expressions of the examples, each with the labels that a legend takes from it."""
    dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"], re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            queried = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"])
            assert queried, variable
            yield queried[1], [queried[2]]
    rules = yaml.safe_load((EXAMPLES / "rules.yaml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["expr"], re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])


OF_PROMETHEUS = {"up": {"job", "instance"}}
"""What Prometheus adds by itself."""


def test_the_examples_ask_for_metrics_and_labels_that_there_are() -> None:
    labels: dict[str, set[str]] = {name: {*named} for name, named in OF_PROMETHEUS.items()}
    for name, named in read(metrics(everything())):
        labels.setdefault(name, set()).update({"job", "instance"}, (label for label, _ in named))
    found = [*expressions()]
    assert len(found) > 15
    for expression, legend in found:
        written = expression.replace("$__range", "6h").replace("$vpc", ".*")
        promql_parser.parse(written)
        bare = re.sub(r'"[^"]*"', '""', written)
        names = {*re.findall(r"\b(?:ic_server_\w+|icwatch_\w+|up)\b", bare)}
        assert names, expression
        assert names <= labels.keys(), expression
        known = set.union(*(labels[name] for name in names))
        asked = {*legend, *re.findall(r"(\w+)=~?\"", bare)}
        for listed in re.findall(r"(?:by|on|group_right) \(([^)]*)\)", bare):
            asked |= {each.strip() for each in listed.split(",") if each.strip()}
        assert asked <= known, expression
