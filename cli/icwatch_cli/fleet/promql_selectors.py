"""A selector of PromQL: which metric of which targets. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promql_parser import (
    MatchOp,
    VectorSelector,
)

from icwatch.model import Instruction, Matcher
from icwatch.regex import problem_of
from icwatch_cli.fleet.quoting import shown
from icwatch_cli.fleet.refusals import (
    FILTER,
    GROUPING,
    ONE_SWEEP,
    ExpressionError,
    bad_pattern,
    misplaced,
)

METRIC = "__name__"
"""PromQL's label for the name of the metric."""

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_MATCH_OPS = ((MatchOp.Equal, "="), (MatchOp.NotEqual, "!="), (MatchOp.Re, "=~"), (MatchOp.NotRe, "!~"))


def select(tree: VectorSelector, matchers_of_filter: Sequence[Matcher]) -> Instruction:
    """The instruction for a selector; `matchers_of_filter` stands for @LABELS. Raises ExpressionError."""
    if tree.offset is not None or tree.at is not None:
        word = "@" if tree.offset is None else "offset"
        raise ExpressionError(f"{word} looks at another time", f"{ONE_SWEEP}: leave {word} out")
    if tree.matchers.or_matchers:
        raise ExpressionError("has an or between matchers", 'write a regular expression, such as vpc=~"a|b"')
    metric = tree.name or ""
    matchers: list[Matcher] = []
    for each in tree.matchers.matchers:
        matcher = Matcher(each.name, next(op for kind, op in _MATCH_OPS if kind == each.op), each.value)
        if matcher.label == FILTER:
            matchers += matchers_of_filter
        elif matcher.label == METRIC and matcher.op == "=" and not metric:
            metric = matcher.value
        else:
            matchers.append(_checked(matcher))
    if not _METRIC_NAME.fullmatch(metric):
        wrong = f"{shown(metric)} is no name of a metric" if metric else "has braces without a metric"
        raise ExpressionError(wrong, "write a metric before the braces, such as ic_server_health{@LABELS}")
    if metric == GROUPING:
        raise misplaced(GROUPING)
    return Instruction("select", metric=metric, matchers=tuple(dict.fromkeys(matchers)))


def _checked(matcher: Matcher) -> Matcher:
    if matcher.label == GROUPING:
        raise misplaced(GROUPING)
    if matcher.label == METRIC:
        raise ExpressionError(
            f"has the condition {METRIC}{matcher.op}{shown(matcher.value)}", "write one metric by its name"
        )
    problem = problem_of(matcher.value) if matcher.op.endswith("~") else None
    if problem is not None:
        raise bad_pattern(matcher.value, problem)
    return matcher
