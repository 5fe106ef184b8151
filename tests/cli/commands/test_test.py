"""`icwatch test`: the shipped tests, that of the documents, what a failure says, and test files that are wrong."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import HEALTH, Kind
from icwatch_cli.commands.test import Row, aligned, differences
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.main import main
from icwatch_cli.simulation.test_case import Expected
from icwatch_cli.simulation.test_file import EXPECT_FIELDS, KINDS, load_tests, read_cases
from tests.doc_pages import LANGUAGES, page
from tests.vectors import test_timing as timing

ROOT = Path(__file__).parents[3]


VPC = """\
targets:
  - {address: 192.168.0.1, labels: {vpc: vpc-1}}
  - {address: 192.168.0.2, labels: {vpc: vpc-1}}
  - {address: 192.168.0.3, labels: {vpc: vpc-2}}
rules:
  - {name: vpc_failed, expression: max(ic_server_health) by (vpc) == 0, clear_cycle: 1m, resend_interval: 1h}
  - name: ic_server_connect_failed
    clear_cycle: 1m
    resend_interval: 1h
    inhibited_by: [{rule: vpc_failed, same: [vpc]}]
  - name: slow
    expression: ic_server_probe_seconds
    comparator: ">"
    levels: [{level: Alert, threshold: 1}, {level: Caution, threshold: 0.5}]
    clear_cycle: 1m
    resend_interval: 1h
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a fleet of two targets in it, and one with groups, levels and an inhibition."""
    (tmp_path / "my.yaml").write_text("targets: [192.168.0.1, 192.168.0.2]\n")
    (tmp_path / "vpc.yaml").write_text(VPC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str) -> Path:
    path = Path("my.test.yaml")
    path.write_text(text, encoding="utf-8")
    return path


SHIPPED = sorted(ROOT.glob("examples/*.test.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_shipped_tests_pass(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{len(lines) - 1} passed, 0 failed"
    assert all(line.startswith("ok      ") for line in lines[:-1])


def test_the_shipped_tests_show_what_rules_do() -> None:
    """Every fleet that is shipped has tests, and they show all that can come."""
    assert [path.name.replace(".test", "") for path in SHIPPED] == [
        path.name for path in sorted(ROOT.glob("examples/*.yaml")) if path not in SHIPPED
    ]
    cases = [case for path in SHIPPED for case in load_tests(path)[1]]
    assert {told.kind for case in cases for told in case.expect} == {*KINDS}
    assert any(None in series for case in cases for series in case.samples.get(HEALTH, {}).values())


def test_each_alarm_of_ocp_has_a_test_that_raises_and_clears_it() -> None:
    fleet, cases = load_tests(ROOT / "examples/ocp.test.yaml")
    assert [case.rule for case in cases] == [rule.name for rule in fleet.rules.values() if rule.enabled]
    assert len(cases) == 10
    for case in cases:
        kinds = [told.kind for told in case.expect]
        assert (kinds[0], kinds[-1]) == (Kind.RAISED, Kind.CLEARED)
        assert case.expect[0].level is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documents_show_what_comes(language: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page(language, "commands")
    block = re.search(r"```yaml\n(fleet: my\.yaml .*?)```\n\n```console\n(.*?)```", text, re.DOTALL)
    assert block is not None
    path = written(block[1])
    command, *output = block[2].splitlines()
    spoken = [] if language == "en" else ["--language", language]
    assert command == " ".join(["$ .venv/bin/icwatch test", str(path), *spoken])
    assert main(["test", str(path), *spoken]) == 1
    assert capsys.readouterr().out.splitlines() == output


@pytest.mark.usefixtures("folder")
def test_a_failure_says_what_came_what_did_not_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    path = written("""\
fleet: my.yaml
tests:
  - name: 坏 [red]and wrong[/red]
    series:
      192.168.0.1: x x .*6
      192.168.0.2: ..
    expect:
      - {at: 0s, target: 192.168.0.2, kind: raised}
      - {at: 1m, target: 192.168.0.1, kind: cleared}
      - {at: 120s, target: 192.168.0.1, kind: cleared}
      - {at: 7m, target: 192.168.0.1, kind: cleared, rule: ic_server_connect_failed}
  - name: nothing comes
    series: {192.168.0.1: _.}
    expect: []
""")
    assert main(["test", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAILED  坏 [red]and wrong[/red]",
        "  not expected  0s  192.168.0.1  raised    value 0 == 0, held 0s of 0s",
        "  did not come  0s  192.168.0.2  raised    there is no alarm",
        "  not expected  1m  192.168.0.1  repeated  value 0 == 0, last reported 60s ago, resend interval 60s",
        "  did not come  1m  192.168.0.1  cleared   the alarm is active since 0s",
        "  did not come  2m  192.168.0.1  cleared   the alarm is clearing since 2m",
        "ok      nothing comes",
        "1 passed, 1 failed",
    ]


@pytest.mark.usefixtures("folder")
def test_groups_metrics_levels_and_inhibitions(capsys: pytest.CaptureFixture[str]) -> None:
    path = written("""\
fleet: vpc.yaml
tests:
  - name: a whole VPC is told of once, and its servers are not
    series: {192.168.0.1: x.., 192.168.0.2: x.., 192.168.0.3: ...}
    expect:
      - {at: 0s, rule: vpc_failed, target: vpc=vpc-1, kind: raised, level: Critical}
      - {at: 2m, rule: vpc_failed, target: vpc=vpc-1, kind: cleared}
  - name: an inhibited one is expected, and does not come
    series: {192.168.0.1: x.., 192.168.0.2: x..}
    expect:
      - {at: 0s, rule: vpc_failed, target: vpc=vpc-1, kind: raised}
      - {at: 0s, rule: ic_server_connect_failed, target: 192.168.0.1, kind: raised}
      - {at: 2m, rule: vpc_failed, target: vpc=vpc-1, kind: cleared}
      - {at: 2m, rule: ic_server_connect_failed, target: 192.168.0.1, kind: cleared}
  - name: values of any metric, and nothing of the rules that the test is not about
    rule: slow
    metrics:
      ic_server_health: {192.168.0.1: 0*5}
      ic_server_probe_seconds: {192.168.0.1: 0.5 0.6 1.5 0.6 0.5*2, 192.168.0.2: _ 9, 192.168.0.3: 0.4}
    expect:
      - {at: 1m, target: 192.168.0.1, kind: raised, level: Caution}
      - {at: 1m, target: 192.168.0.2, kind: raised}
      - {at: 2m, target: 192.168.0.1, kind: escalated, level: Alert}
      - {at: 3m, target: 192.168.0.1, kind: eased, level: Caution}
      - {at: 5m, target: 192.168.0.1, kind: cleared}
  - name: marks and values together
    series: {192.168.0.3: x}
    metrics: {ic_server_probe_seconds: {192.168.0.3: 0.6}}
    expect:
      - {at: 0s, rule: vpc_failed, target: vpc=vpc-2, kind: raised}
      - {at: 0s, rule: slow, target: 192.168.0.3, kind: raised}
  - name: another level than expected
    rule: slow
    metrics: {ic_server_probe_seconds: {192.168.0.1: 1.5}}
    expect: [{at: 0s, target: 192.168.0.1, kind: raised, level: Caution}]
""")
    assert main(["test", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok      a whole VPC is told of once, and its servers are not",
        "FAILED  an inhibited one is expected, and does not come",
        "  did not come  0s  192.168.0.1  ic_server_connect_failed  raised   inhibited by vpc_failed:vpc=vpc-1",
        "  did not come  2m  192.168.0.1  ic_server_connect_failed  cleared  nothing before it was announced",
        "ok      values of any metric, and nothing of the rules that the test is not about",
        "ok      marks and values together",
        "FAILED  another level than expected",
        "  not expected  0s  192.168.0.1  raised  value 1.5 > 1, level Alert, held 0s of 0s",
        "  did not come  0s  192.168.0.1  raised  the alarm is active since 0s",
        "3 passed, 2 failed",
    ]


@pytest.mark.usefixtures("folder")
def test_a_terminal_gets_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = written("fleet: my.yaml\ntests: [{name: a, series: {192.168.0.1: x}, expect: []}]\n")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as rich takes a terminal to be there
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["test", str(path)]) == 1
    assert "\x1b[1;31mFAILED\x1b[0m  a\n" in capsys.readouterr().out


def test_a_rule_is_named_where_there_are_several() -> None:
    rows = [
        Row.of("not expected", Expected(60, "a", Kind.RAISED, "one"), "x"),
        Row.of("did not come", Expected(7200, "b:80", Kind.CLEARED, "three"), "y"),
    ]
    assert aligned(rows, with_rule=True) == [
        "not expected  1m  a     one    raised   x",
        "did not come  2h  b:80  three  cleared  y",
    ]
    assert aligned([], with_rule=False) == []


PLAIN = [
    case
    for case in timing.read_cases()
    if set(case.series) <= {"x", ".", "_"}
    and case.options.get("every", 60) <= case.options.get("cycle", 60)
    and not case.lists
    and case.options.keys() <= {"every", "duration", "cycle", "clear_cycle", "resend_interval"}
    and max(case.options.values(), default=0) < 10**9
]
"""Those that a fleet file can ask for."""


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.text)
def test_the_cases_of_the_semantics_pass_as_tests(
    case: timing.Case, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same series, the same answers: a user's test decides as the deployed evaluator does."""
    options = {name: f"{value}s" for name, value in case.options.items()}
    every = options.pop("every", "60s")
    rule = {"name": "ic_server_connect_failed", **options}
    fleet = {"targets": ["192.168.0.1"], "every": every, "rules": [rule]}
    expect = []
    for told in case.expected:
        kind, mark = told.split()
        expect.append({"at": f"{int(mark) * int(every[:-1])}s", "target": "192.168.0.1", "kind": kind})
    test = {"name": "a", "series": {"192.168.0.1": case.series}, "expect": expect}
    (folder / "my.yaml").write_text(yaml.safe_dump(fleet))
    assert main(["test", str(written(yaml.safe_dump({"fleet": "my.yaml", "tests": [test]})))]) == 0, capsys.readouterr()


WRITE = "write a mark a cycle (. good, x bad, _ unseen), such as x......, or x .*6 in short"
VALUES = "write a value a cycle (_ unseen), such as 0.2 0.3 _ 4, or 0.2*5 _ 4 in short"
METRICS = "write a metric, addresses and values, such as {ic_server_probe_seconds: {192.168.0.1: 0.2*3 1.5 _}}"
ALL = ", ".join(KINDS)
WRONG: dict[str, tuple[str, list[str]]] = {
    "everything at once": (
        """\
fleet: my.yaml
test: []
tests:
  - nam: a
    series:
      192.168.0.9: x.
      192.168.0.1: x?
      192.168.0.2: x*9999 x*9999
    expect:
      - {at: 0, target: 192.168.0.1, kind: rised}
  - name: b
    series: {192.168.0.1: x...}
    expect:
      - {at: 61s, target: 192.168.0.1, kind: raised}
      - {at: 4m, target: 192.168.0.1, kind: raised}
      - {at: 3m, target: 192.168.0.1, kind: raised}
      - {at: 180s, target: 192.168.0.1, kind: raised}
      - {at: 0s, target: 192.168.0.2, kind: closed, rule: ic_server_connect_faild}
      - {at: 0s}
  - name: c
    series: []
    expect: [{at: 0s, target: 192.168.0.1, kind: raised}]
  - 5
""",
        [
            "2: test: unknown field; did you mean tests?",
            "4: tests[0].nam: unknown field; did you mean name?",
            "6: tests[0].series.192.168.0.9: is no target of the fleet; "
            "write an address as it is in the fleet, such as 192.168.0.2",
            f"7: tests[0].series.192.168.0.1: 'x?' is no series; {WRITE}",
            "8: tests[0].series.192.168.0.2: has 19998 marks; write at most 10000",
            "10: tests[0].expect[0].at: 0 is no duration; write a number and its unit, such as 60s, 5m or 1h",
            f"10: tests[0].expect[0].kind: 'rised' is not known; did you mean raised? write one of {ALL}",
            "14: tests[1].expect[0].at: 61s is the time of no mark; write a multiple of 1m, up to 3m",
            "15: tests[1].expect[1].at: 4m is the time of no mark; write a multiple of 1m, up to 3m",
            "17: tests[1].expect[3]: is the same as tests[1].expect[2]; remove one of the two",
            f"18: tests[1].expect[4].kind: 'closed' is not known; write one of {ALL}",
            "18: tests[1].expect[4].rule: 'ic_server_connect_faild' is not known; did you mean "
            "ic_server_connect_failed? write one of ic_server_connect_failed",
            "18: tests[1].expect[4].target: '192.168.0.2' is not known; did you mean 192.168.0.1? "
            "write one of 192.168.0.1",
            "19: tests[1].expect[5].target: is missing; write an address of the series, or a group such as vpc=vpc-1",
            "19: tests[1].expect[5].kind: is missing; write raised, repeated, escalated, eased, unattended or cleared",
            "21: tests[2].series: is no mapping of addresses and marks; "
            "write an address and its marks, such as {192.168.0.1: x......}",
            "23: tests[3]: is the number 5; write a mapping with name, expect, series, metrics, rule, acknowledge",
        ],
    ),
    "an empty file": ("", ["1: file: is empty; write a mapping with fleet, tests"]),
    "nothing in it": (
        "{}",
        [
            "1: fleet: is missing; name the fleet file beside this one, such as fleet.yaml",
            "1: tests: is missing; list at least one test",
        ],
    ),
    "no tests": ("fleet: my.yaml\ntests: []\n", ["2: tests: is empty; list at least one test"]),
    "a test without a series": (
        "fleet: my.yaml\ntests:\n  - name: a\n    expect: [{at: 0s, target: a, kind: raised}]\n",
        ["3: tests[0].series: is missing; write an address and its marks, such as {192.168.0.1: x......}"],
    ),
    "metrics, groups and levels": (
        """\
fleet: vpc.yaml
tests:
  - name: a
    rule: slow
    series: {192.168.0.1: x}
    metrics:
      ic_server_health: {192.168.0.1: 1}
      ic_server_probe_seconds: {192.168.0.1: 0.2 fast, 192.168.0.2: 5, 192.168.0.9: "1", 192.168.0.3: 1*9999 2*9999}
    expect:
      - {at: 0s, target: 192.168.0.1, kind: raised, levl: Down}
  - name: b
    metrics: []
    expect: []
  - name: c
    metrics: {ic_server_health: 192.168.0.1}
    expect: []
  - name: d
    metrics: {ic_server_health: {192.168.0.1: 0 0}}
    expect:
      - {at: 0s, rule: vpc_failed, target: vpc=vpc-2, kind: raised}
      - {at: 0s, rule: ic_server_connect_failed, target: vpc=vpc-1, kind: raised}
      - {at: 0s, rule: slow, target: 192.168.0.1, kind: raised, level: Worst}
      - {at: 0s, rule: slow, target: 192.168.0.1, kind: raised, level: Alert}
      - {at: 0s, rule: slow, target: 192.168.0.1, kind: raised, level: Alert}
  - name: e
    rule: slow
    metrics: {ic_server_probe_seconds: {192.168.0.1: 1e3, 192.168.0.2: 0*10000, 192.168.0.3: 0.*2}}
    expect: []
  - {name: f, rule: fast, metrics: {up: {192.168.0.1: 1}}, expect: []}
""",
        [
            "7: tests[0].metrics.ic_server_health: is written as series already; keep one of the two",
            f"8: tests[0].metrics.ic_server_probe_seconds.192.168.0.1: '0.2 fast' is no series of values; {VALUES}",
            "8: tests[0].metrics.ic_server_probe_seconds.192.168.0.9: is no target of the fleet; "
            "write an address as it is in the fleet, such as 192.168.0.3",
            "8: tests[0].metrics.ic_server_probe_seconds.192.168.0.3: has 19998 marks; write at most 10000",
            "10: tests[0].expect[0].levl: unknown field; did you mean level?",
            f"12: tests[1].metrics: is no mapping of metrics; {METRICS}",
            f"15: tests[2].metrics.ic_server_health: is no mapping of addresses and marks; {METRICS}",
            "20: tests[3].expect[0].target: 'vpc=vpc-2' is not known; did you mean vpc=vpc-1? write one of vpc=vpc-1",
            "21: tests[3].expect[1].target: 'vpc=vpc-1' is not known; write one of 192.168.0.1",
            "22: tests[3].expect[2].level: 'Worst' is not known; write one of Down, Critical, Alert, Caution, Info",
            "24: tests[3].expect[4]: is the same as tests[3].expect[3]; remove one of the two",
            f"27: tests[4].metrics.ic_server_probe_seconds.192.168.0.1: '1e3' is no series of values; {VALUES}",
            f"27: tests[4].metrics.ic_server_probe_seconds.192.168.0.2: '0*10000' is no series of values; {VALUES}",
            f"27: tests[4].metrics.ic_server_probe_seconds.192.168.0.3: '0.*2' is no series of values; {VALUES}",
            "29: tests[5].rule: 'fast' is not known; write one of vpc_failed, ic_server_connect_failed, slow",
        ],
    ),
    "a name twice": (
        "fleet: my.yaml\ntests:\n  - {name: a, series: {192.168.0.1: x, 192.168.0.1: .}, expect: []}\n",
        ["3: tests[0].series.192.168.0.1: is written twice; keep one name: value"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.usefixtures("folder")
def test_a_file_that_is_wrong_is_told_all_at_once(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    content, report = WRONG[name]
    path = written(content)
    assert main(["test", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [f"{path}:{line}" for line in report]


def test_the_problems_of_the_fleet_come_as_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "my.yaml").write_text("targets: [192.168.0.300]\n")
    path = written("fleet: my.yaml\ntests: [{name: '', series: {a: x}, expect: []}]\n")
    assert main(["test", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "my.test.yaml:2: tests[0].name: has 0 characters; write a text of 1 to 256 characters"
    assert lines[1].startswith("my.yaml:1: targets[0]: '192.168.0.300' is no ")
    assert len(lines) == 2


def test_a_fleet_that_is_not_there_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sub").mkdir()
    path = folder / "sub" / "a.test.yaml"
    path.write_text("fleet: ../none.yaml\ntests: [{name: a, series: {a: x}, expect: []}]\n")
    assert main(["test", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"{folder}/sub/../none.yaml:1: file: cannot be read (No such file or directory); name a readable file\n"
    )


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["0s", "x.", "192.168.0.1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "series", "expect", "at", "192.168.0.1"]) | inner.map(str), inner)
    ),
    max_leaves=8,
)
expectations = st.fixed_dictionaries({}, optional=dict.fromkeys([*EXPECT_FIELDS, "rule", "level"], odd))
values = st.sampled_from(["0", "_ 1.5*2", "1e3", 5, Decimal("0.5")]) | odd
metrics = st.dictionaries(
    st.sampled_from([HEALTH, "up"]) | odd.map(str), st.dictionaries(st.just("192.168.0.1"), values, max_size=1) | odd
)
entries = st.fixed_dictionaries(
    {"name": st.just("a")},
    optional={
        "series": st.dictionaries(st.just("192.168.0.1"), st.sampled_from(["x.", "_"])) | odd,
        "metrics": metrics | odd,
        "rule": st.just("ic_server_connect_failed") | odd,
        "expect": st.lists(expectations, max_size=2) | odd,
    },
)


@given(st.lists(entries, max_size=2) | odd, st.booleans())
def test_whatever_is_in_a_file_is_read_or_explained(document: object, with_fleet: bool) -> None:
    at = Cursor(document, "tests")
    fleet = parse_fleet({"targets": ["192.168.0.1"]})
    cases = read_cases(at, fleet if with_fleet else None)
    assert cases or at.problems
    for problem in at.problems:
        assert problem.wrong
        assert problem.right
        assert len(str(problem)) < 500
    for case in cases if with_fleet and not at.problems else ():
        differences(fleet, case)
