"""Which expressions a rule can have, what they become, and what is said about the others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icwatch.model import Instruction, Matcher, Number
from icwatch_cli.fleet.expressions import Compiled, ExpressionError, compile_expression

IN_VPC = (Matcher("vpc", "=", "vpc-1"), Matcher("app", "=~", "IC|OB"))
LABELS = ("region", "vpc", "zone")


def select(metric: str, *matchers: Matcher) -> Instruction:
    return Instruction("select", metric=metric, matchers=matchers)


def by(do: str, *labels: str) -> Instruction:
    return Instruction(do, labels=labels)


def number(value: Number) -> Instruction:
    return Instruction("number", number=value)


def spelt(program: Sequence[Instruction]) -> str:
    """A program in short, to be compared: `a min(vpc) 2 *`."""
    words = []
    for step in program:
        conditions = ",".join(f"{each.label}{each.op}{each.value}" for each in step.matchers)
        labels = f"({','.join(step.labels)})" if step.do in ("min", "max", "sum", "avg", "count") else ""
        multiple = f"({step.number})" if step.do == "round" else ""
        metric = step.metric + (f"{{{conditions}}}" if conditions else "")
        words.append(metric or (str(step.number) if step.do == "number" else step.do + labels + multiple))
    return " ".join(words)


OCP = [
    "min(ic_server_health{@LABELS}) by (@GBLABELS)",
    "min(vpc_network_health{@LABELS}) by (@GBLABELS)",
    "min(ob_connectable{@LABELS}) by (@GBLABELS)",
    "min(ocp_agentd_exists{@LABELS}) by (@GBLABELS)",
    "avg(monitor_exporter_avaliable{@LABELS}) by (@GBLABELS)",
    'max(ntp_service_exist{app="HOST",@LABELS}) by (@GBLABELS)',
    "max(node_filesystem_readonly{@LABELS}) by (@GBLABELS)",
    "sum(ob_active_session_num{@LABELS}) by (@GBLABELS)",
    "sum(node_load1{@LABELS}) by (@GBLABELS) / sum(cpu_count{@LABELS}) by (@GBLABELS)",
]
"""Every expression of OCP's alarms of this shape (OCP documentation, V3.3.0 to V4.3)."""


@pytest.mark.parametrize("text", OCP)
def test_expressions_of_ocp(text: str) -> None:
    """Each is a selection and an aggregate a side, with the filter in the one and the groups in the other."""
    host = (Matcher("app", "=", "HOST"),) if "HOST" in text else ()
    plain = compile_expression(text)
    assert {step.matchers for step in plain.program if step.do == "select"} == {host}
    assert {step.labels for step in plain.program if step.do in ("min", "max", "avg", "sum")} == {("target",)}
    assert (plain.group_by, plain.comparator, plain.threshold) == (("target",), None, None)
    given_both = compile_expression(text, matchers=IN_VPC, group_by=["vpc", "region"])
    assert {step.matchers for step in given_both.program if step.do == "select"} == {(*host, *IN_VPC)}
    assert {step.labels for step in given_both.program if step.labels} == {("region", "vpc")}
    assert given_both.group_by == ("region", "vpc")


def test_the_quotient_of_ocp_whole() -> None:
    program = compile_expression(OCP[-1], matchers=IN_VPC[:1], group_by=["vpc"]).program
    assert program == (
        select("node_load1", IN_VPC[0]),
        by("sum", "vpc"),
        select("cpu_count", IN_VPC[0]),
        by("sum", "vpc"),
        Instruction("/"),
    )


FORMS: list[tuple[str, str, tuple[str, ...]]] = [
    # Where @LABELS may stand. Here the filter is vpc=vpc-1.
    ("a{@LABELS}", "a{vpc=vpc-1}", ("target",)),
    ("a{ @LABELS , }", "a{vpc=vpc-1}", ("target",)),
    ('a{@LABELS,x="1"}', "a{vpc=vpc-1,x=1}", ("target",)),
    ('a{x="1", @LABELS, y!~"2"}', "a{x=1,vpc=vpc-1,y!~2}", ("target",)),
    ('{__name__="a",@LABELS}', "a{vpc=vpc-1}", ("target",)),
    ('a{x="@LABELS}",@LABELS}', "a{x=@LABELS},vpc=vpc-1}", ("target",)),
    ("a{x='\\'@GBLABELS',@LABELS} # and not @LABELS = [5m]", "a{x='@GBLABELS,vpc=vpc-1}", ("target",)),
    ("a{@LABELS} - a{@LABELS,@LABELS}", "a{vpc=vpc-1} a{vpc=vpc-1} -", ("target",)),
    ("max(b) without (@GBLABELS) * min(a{@LABELS}) without (target)", "b max(region,vpc,zone) a{vpc=vpc-1} "
     "min(region,vpc,zone) *", ("region", "vpc", "zone")),
    ("min by(@GBLABELS, vpc)(a{@LABELS})", "a{vpc=vpc-1} min(target)", ("target",)),
    # Groupings.
    ("a{@LABELS} * 1", "a{vpc=vpc-1} 1 *", ("target",)),
    ("min(a{@LABELS})", "a{vpc=vpc-1} min()", ()),
    ("min(a{@LABELS}) by ()", "a{vpc=vpc-1} min()", ()),
    ("min(a{@LABELS}) by (zone, vpc, zone)", "a{vpc=vpc-1} min(vpc,zone)", ("vpc", "zone")),
    ("min(a{@LABELS}) by (zone, target)", "a{vpc=vpc-1} min(target)", ("target",)),
    ("min(a{@LABELS}) without (zone)", "a{vpc=vpc-1} min(target)", ("target",)),
    ("min(a{@LABELS}) without (zone, target)", "a{vpc=vpc-1} min(region,vpc)", ("region", "vpc")),
    ("max(min(a{@LABELS}) by (vpc, zone)) without (vpc, x)", "a{vpc=vpc-1} min(vpc,zone) max(zone)", ("zone",)),
    ("max(min(a{@LABELS}) by (target)) by (vpc)", "a{vpc=vpc-1} min(target) max(vpc)", ("vpc",)),
    ("count(a{@LABELS} == 0) by (vpc)", "a{vpc=vpc-1} 0 == count(vpc)", ("vpc",)),
    # Operators bind as in PromQL, and numbers are calculated at once.
    ("(a{@LABELS} + b * c ^ 2 ^ 3)", "a{vpc=vpc-1} b c 8 ^ * +", ("target",)),
    ("-a{@LABELS} ^ 2", "-1 a{vpc=vpc-1} 2 ^ *", ("target",)),
    ("a{@LABELS} * (1 + 3) / -0.5", "a{vpc=vpc-1} 4 * -0.5 /", ("target",)),
    ("a{@LABELS} + 1e3 + 0x1F + 2.50", "a{vpc=vpc-1} 1000 + 31 + 2.5 +", ("target",)),
    ("a{@LABELS} + (1 > bool 2)", "a{vpc=vpc-1} 0 +", ("target",)),
    ("round(abs(a{@LABELS}))", "a{vpc=vpc-1} abs round(1)", ("target",)),
    # Set operators: and and unless bind tighter than or, and looser than comparisons.
    ("a{@LABELS} and b or c", "a{vpc=vpc-1} b and c or", ("target",)),
    ("a{@LABELS} or b unless c", "a{vpc=vpc-1} b c unless or", ("target",)),
    ("abs(a{@LABELS} and b > 1 + 1)", "a{vpc=vpc-1} b 2 > and abs", ("target",)),
    ("sum(a{@LABELS}) by (vpc) and sum(b) by (vpc)", "a{vpc=vpc-1} sum(vpc) b sum(vpc) and", ("vpc",)),
    ("round(a{@LABELS}, 1 / 4)", "a{vpc=vpc-1} round(0.25)", ("target",)),
]  # fmt: skip


OF_SET_OPERATORS: list[tuple[str, str, str | None, Number | None]] = [
    # The condition of `and` and `unless` is that of their left side, so that its value is compared with every level.
    ("a > 2 and b > 3", "a b 3 > and", ">", 2),
    ("a > 2 unless b", "a b unless", ">", 2),
    ("2 < a and b and c == 0", "a b and c 0 == and", ">", 2),
    ("(a > 2) and (b > 3 or c > 4)", "a b 3 > c 4 > or and", ">", 2),
    ("a > b and c", "a b - c and", ">", 0),
    ("sum(a) by (vpc) / sum(b) by (vpc) > 0.8 and sum(b) by (vpc) > 10",
     "a sum(vpc) b sum(vpc) / b sum(vpc) 10 > and", ">", Decimal("0.8")),
    # `or` passes the value of either side; that there is one is the condition.
    ("a > 2 or b > 3", "a 2 > b 3 > or count(target)", "==", 1),
    ("(a > 2 and b) or c < 1", "a 2 > b and c 1 < or count(target)", "==", 1),
    ("(a > 2 or b > 3) and c", "a 2 > b 3 > or count(target) c and", "==", 1),
    ("max(a) by (vpc) > 2 or max(b) by (vpc) > 3", "a max(vpc) 2 > b max(vpc) 3 > or count(vpc)", "==", 1),
    # Without a comparison at the end of its sides, the rule has to give one.
    ("a and b > 3", "a b 3 > and", None, None),
    ("a unless b", "a b unless", None, None),
    ("a > 2 or b", "a 2 > b or", None, None),
    ("a or b", "a b or", None, None),
    ("(a or b) > 2", "a b or", ">", 2),
    ("(a > bool 2) and b", "a 2 >bool b and", None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "program", "comparator", "threshold"), OF_SET_OPERATORS, ids=[each[0] for each in OF_SET_OPERATORS]
)
def test_the_condition_of_a_set_operator(
    text: str, program: str, comparator: str | None, threshold: Number | None
) -> None:
    compiled = compile_expression(text)
    assert (spelt(compiled.program), compiled.comparator, compiled.threshold) == (program, comparator, threshold)


@pytest.mark.parametrize(("text", "program", "group_by"), FORMS, ids=[form[0] for form in FORMS])
def test_forms(text: str, program: str, group_by: tuple[str, ...]) -> None:
    compiled = compile_expression(text, matchers=IN_VPC[:1], labels=LABELS)
    assert (spelt(compiled.program), compiled.group_by) == (program, group_by)
    without_filter = compile_expression(text, labels=LABELS)
    assert spelt(without_filter.program) == program.replace("{vpc=vpc-1}", "").replace(",vpc=vpc-1", "").replace(
        "vpc=vpc-1,", ""
    )


def test_no_text_of_a_filter_or_a_label_can_become_syntax() -> None:
    matchers = (Matcher("vpc", "=", '"} or b{x="'), Matcher("zone", "=", "\\\n'`"))
    compiled = compile_expression("min(a{@LABELS}) by (@GBLABELS)", matchers=matchers, group_by=["vpc) + sum(b"])
    assert compiled.program == (select("a", *matchers), by("min", "vpc) + sum(b"))


CONDITIONS: list[tuple[str, str, str | None, Number | None]] = [
    ("a == 0", "a", "==", 0),
    ("((min(a) by (target) != 0.1))", "a min(target)", "!=", Decimal("0.1")),
    ("0 >= a", "a", "<=", 0),
    ("2 * 5 > (a)", "a", "<", 10),
    ("1 == a", "a", "==", 1),
    ("3 != a", "a", "!=", 3),
    ("3 < a", "a", ">", 3),
    ("3 <= a", "a", ">=", 3),
    ("a > -(2 ^ 3)", "a", ">", -8),
    ("a > 90s", "a", ">", 90),
    ("a > 5 > 3", "a 5 >", ">", 3),
    ("a > b", "a b -", ">", 0),
    ("sum(a) == sum(b) + 1", "a sum() b sum() 1 + -", "==", 0),
    ("a > bool 5", "a 5 >bool", None, None),
    ("(a > 5) * 1", "a 5 > 1 *", None, None),
    ("-(a > 5)", "-1 a 5 > *", None, None),
    ("max(a > 5)", "a 5 > max()", None, None),
    ("a > bool 5 == 1", "a 5 >bool", "==", 1),
]


@pytest.mark.parametrize(
    ("text", "program", "comparator", "threshold"), CONDITIONS, ids=[each[0] for each in CONDITIONS]
)
def test_a_comparison_at_the_end_is_the_condition(
    text: str, program: str, comparator: str | None, threshold: Number | None
) -> None:
    compiled = compile_expression(text)
    assert (spelt(compiled.program), compiled.comparator, compiled.threshold) == (program, comparator, threshold)


def test_whole_numbers_are_kept_as_such_and_others_as_written() -> None:
    assert compile_expression("a * 2e0 + 0.1").program == (
        select("a"), number(2), Instruction("*"), number(Decimal("0.1")), Instruction("+")
    )  # fmt: skip
    assert type(compile_expression("a > 4 / 2").threshold) is int


@pytest.mark.parametrize("text", ["min(a) by (vpc, zone)", "min(a) by (@GBLABELS)", "min(a) without (target, region)"])
def test_group_by_may_say_again_what_the_expression_says(text: str) -> None:
    assert compile_expression(text, group_by=["zone", "vpc"], labels=LABELS).group_by == ("vpc", "zone")


def test_parentheses_cost_nothing_and_depth_has_an_end() -> None:
    assert compile_expression("(" * 300 + "a" + ")" * 300) == Compiled((select("a"),), ("target",))
    assert len(compile_expression("-" * 40 + "a").program) == 81


ONE_SWEEP = "a rule sees one sweep, and its duration says how long a condition has to hold"
FUNCTIONS = "use abs, round, min, max, sum, count, avg"
EXAMPLE = "write it such as min(ic_server_health{@LABELS}) by (@GBLABELS)"
IN_BRACES = "write {@LABELS} after the metric"
WITH_METRIC = "write a metric, such as ic_server_health{@LABELS}"
OPERATORS = "use + - * / % ^ == != > >= < <= and or unless"

REFUSED: list[tuple[str, str, str]] = [
    # Ranges and other times.
    ("rate(a[5m])", "rate looks at a range of time", ONE_SWEEP),
    ("sum(rate(a{@LABELS}[5m])) by (@GBLABELS)", "rate looks at a range of time", ONE_SWEEP),
    ("rate(a)", "rate looks at a range of time", ONE_SWEEP),
    ("delta(a[5m]) > 1", "delta looks at a range of time", ONE_SWEEP),
    ("increase(a[5m])", "increase looks at a range of time", ONE_SWEEP),
    ("irate(a[5m])", "irate looks at a range of time", ONE_SWEEP),
    ("avg_over_time(a[5m])", "avg_over_time looks at a range of time", ONE_SWEEP),
    ("max_over_time(a[5m:1m])", "max_over_time looks at a range of time", ONE_SWEEP),
    ("a[5m]", "[5m] looks at a range of time", ONE_SWEEP),
    ("a[5m] + 1", "[5m] looks at a range of time", ONE_SWEEP),
    ("min(a[90s])", "[90s] looks at a range of time", ONE_SWEEP),
    ("a[5m:1m]", "a subquery looks at a range of time", ONE_SWEEP),
    ("a offset 5m", "offset looks at another time", f"{ONE_SWEEP}: leave offset out"),
    ("a @ 5", "@ looks at another time", f"{ONE_SWEEP}: leave @ out"),
    # Functions, aggregates and operators that are not ours.
    ("histogram_quantile(0.9, a)", "histogram_quantile is no function of a rule", FUNCTIONS),
    ("time()", "time is no function of a rule", FUNCTIONS),
    ("a > vector(1)", "vector is no function of a rule", FUNCTIONS),
    ("round(a, scalar(b))", "scalar is no function of a rule", FUNCTIONS),
    ("frob(a)", "frob is no function of a rule", FUNCTIONS),
    ("topk(3, a)", "topk is no aggregate of a rule", "use min, max, sum, count, avg"),
    ("bottomk(3, a)", "bottomk is no aggregate of a rule", "use min, max, sum, count, avg"),
    ("quantile(0.9, a) by (vpc)", "quantile is no aggregate of a rule", "use min, max, sum, count, avg"),
    ("stddev(a)", "stddev is no aggregate of a rule", "use min, max, sum, count, avg"),
    ("stdvar(a)", "stdvar is no aggregate of a rule", "use min, max, sum, count, avg"),
    ("group(a)", "group is no aggregate of a rule", "use min, max, sum, count, avg"),
    ('count_values("x", a)', "count_values is no aggregate of a rule", "use min, max, sum, count, avg"),
    ("a and on (vpc) b", "on matches the two sides by labels of its own",
     "group both sides by the same labels, and leave on out"),
    ("a unless ignoring (vpc) b", "ignoring matches the two sides by labels of its own",
     "group both sides by the same labels, and leave ignoring out"),
    ("min(a) by (vpc) or b", "the two sides are grouped differently (vpc / target), so nothing would match",
     "group both sides by the same labels"),
    ("a atan2 b", "atan2 is no operator of a rule", OPERATORS),
    ("a + on (vpc) b", "on matches the two sides by labels of its own",
     "group both sides by the same labels, and leave on out"),
    ("a / ignoring (vpc) group_left b", "ignoring matches the two sides by labels of its own",
     "group both sides by the same labels, and leave ignoring out"),
    ("a + fill(0) b", "fill makes values up", "leave it out: what is unseen is neither good nor bad"),
    # Groups.
    ("min(a) by (vpc) - min(b) by (target)",
     "the two sides are grouped differently (vpc / target), so nothing would match",
     "group both sides by the same labels"),
    ("a > min(a)", "the two sides are grouped differently (target / nothing), so nothing would match",
     "group both sides by the same labels"),
    ("max(min(a) by (zone)) by (vpc, zone)", "groups by vpc, which the inner aggregate does not keep",
     "add vpc to the inner by"),
    ("max(min(a)) by (target)", "groups by target, which the inner aggregate does not keep",
     "add target to the inner by"),
    ('max(min(a)) by ("two\\nlines")', "groups by two lines, which the inner aggregate does not keep",
     "add two lines to the inner by"),
    ("min(a) by (__name__)", "groups by __name__, which is no label of a target", "leave it out"),
    # Selectors.
    ('{vpc="vpc-1"}', "has braces without a metric",
     "write a metric before the braces, such as ic_server_health{@LABELS}"),
    ("{@LABELS}", "has braces without a metric",
     "write a metric before the braces, such as ic_server_health{@LABELS}"),
    ('{"a.b"}', "'a.b' is no name of a metric",
     "write a metric before the braces, such as ic_server_health{@LABELS}"),
    ('{__name__=~"a|b"}', "has the condition __name__=~'a|b'", "write one metric by its name"),
    ('a{x="1" or y="2"}', "has an or between matchers", 'write a regular expression, such as vpc=~"a|b"'),
    ('a{vpc=~"("}', "has the regular expression '(': missing ): (", "write it in RE2's syntax"),
    ('a{vpc!~"(?=a)"}', "has the regular expression '(?=a)': invalid perl operator: (?=", "write it in RE2's syntax"),
    # What the parser lets through and RE2 does not.
    ('a{vpc=~"a{2000}"}', "has the regular expression 'a{2000}': invalid repetition size: {2000}",
     "write it in RE2's syntax"),
    # Values.
    ("1 + 1", "reads no metric", WITH_METRIC),
    ("5m", "reads no metric", WITH_METRIC),
    ("1 > bool 2", "reads no metric", WITH_METRIC),
    ('"x"', "has the text 'x' for a value", "write a metric or a number"),
    ("a > Inf", "inf is no number that can be kept", "write a number such as 0.5"),
    ("a * NaN", "NaN is no number that can be kept", "write a number such as 0.5"),
    ("a > 1 / 0", "1 / 0 is no number that can be kept", "write a number such as 0.5"),
    ("a > 2 ^ 200", "2 ^ 200 is no number that can be kept", "write a number such as 0.5"),
    ("a * 1e-40", f"0.{'0' * 39}1 is no number that can be kept",
     "write a number such as 0.5"),
    ("round(a, 0)", "rounds to multiples of 0", "write round(value) for whole numbers"),
    # OCP's words in the wrong place.
    ("min(a @LABELS)", "has @LABELS outside of braces", IN_BRACES),
    ("@LABELS", "has @LABELS outside of braces", IN_BRACES),
    ("min(a{@GBLABELS=\"1\"})", "has @GBLABELS outside of a by", "write by (@GBLABELS) after the aggregate"),
    ("@GBLABELS == 0", "has @GBLABELS outside of a by", "write by (@GBLABELS) after the aggregate"),
    ("min(a{@LABEL})", "has '@LABEL', which is not known", "write @LABELS or @GBLABELS"),
    ("min(a{@LABELS @LABELS})", "is no PromQL", EXAMPLE),
    ("min(a{@GBLABELS})",
     "is no PromQL: invalid label matcher, expected label matching operator after @GBLABELS", EXAMPLE),
    # No PromQL at all.
    ("", "is no PromQL: no expression found in input", EXAMPLE),
    ("min(a", "is no PromQL: unclosed left parenthesis", EXAMPLE),
    ("min(a) by vpc", "is no PromQL", EXAMPLE),
    ("min(a) = 0", "has a single = outside of braces", "write == to compare"),
    ("1 == 2", "is no PromQL: comparisons between scalars must use BOOL modifier", EXAMPLE),
    ("max(a{app=“HOST”})", "has the full-width “ ”", 'write max(a{app="HOST"})'),
    ("max(a｛b=\"，\"｝)", "has the full-width ｛ ｝", 'write max(a{b="，"})'),
    ("a{x=1}", "is no PromQL: unexpected character inside braces: '1'", EXAMPLE),
    ("a[5m", "[5m looks at a range of time", ONE_SWEEP),
    # Too much.
    ("a" * 1001, "has 1001 characters", "write at most 1000"),
    ("abs(" * 100 + "a" + ")" * 100, "is nested more than 50 deep", "write it shorter, or as several rules"),
    ("a" + "+a" * 400, "is nested more than 50 deep", "write it shorter, or as several rules"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrong", "right"), REFUSED, ids=[each[0][:40] for each in REFUSED])
def test_refusals(text: str, wrong: str, right: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, labels=LABELS)
    assert caught.value.args == (wrong, right)
    assert str(caught.value) == f"{wrong}; {right}"


BY = "write by (@GBLABELS) into it, or leave group_by out"

UNUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("min(a) by (@GBLABELS)", {"matchers": IN_VPC}, "has no @LABELS, so filter would do nothing",
     "write {@LABELS} after the metric, or the labels into the expression"),
    ('min(a{x="@LABELS"})', {"matchers": IN_VPC}, "has no @LABELS, so filter would do nothing",
     "write {@LABELS} after the metric, or the labels into the expression"),
    ("min(a) by (vpc)", {"group_by": ["zone", "vpc"]},
     "has no @GBLABELS and is grouped by vpc, not by zone, vpc", BY),
    ("min(a)", {"group_by": ["target"]},
     "has no @GBLABELS and is grouped by nothing, not by target", BY),
]  # fmt: skip


@pytest.mark.parametrize(("text", "given_with", "wrong", "right"), UNUSED)
def test_a_filter_or_group_by_without_use(text: str, given_with: dict[str, Any], wrong: str, right: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, labels=LABELS, **given_with)
    assert caught.value.args == (wrong, right)


PIECES = st.sampled_from([
    "a", "b", "{", "}", "min(", "by (vpc)", "(", ")", '"x"', "'", "`", "\\", "[5m]", "[", "]", "=", "==", "=~", "!=",
    ">", "\n", "bool", "+", "-", "*", "/", "^", "1", "0.5", "Inf", ",", "@LABELS", "@GBLABELS", "@", "offset", "5m",
    "#", "or", "on(vpc)", "group_left", "without", "abs(", "round(", "rate(", "你", "\ud800", "\0",
])  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES).map("".join)))
def test_whatever_is_written_is_compiled_or_refused_in_one_line(text: str) -> None:
    refused = ""
    try:
        compiled = compile_expression(text, matchers=IN_VPC[:1] if "@LABELS" in text else ())
    except ExpressionError as error:
        refused = str(error)
    else:
        assert any(step.do == "select" for step in compiled.program)
    assert refused.isprintable()
    assert "__labels__" not in refused
    assert "__gblabels__" not in refused
