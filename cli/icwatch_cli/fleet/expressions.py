"""A rule's expression as people write it, OCP's form or plain PromQL, made into the program that a function evaluates.

The parser is needed where a rule is checked or applied. A function never imports this: it loads the program.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import promql_parser
from promql_parser import BinaryExpr, Expr

from icwatch.model import COMPARATORS, TARGET, Instruction, Matcher, Number
from icwatch_cli.fleet.full_width import half_width, wide_in
from icwatch_cli.fleet.promql import Operand, Series, Translator, grouping, program_of, spoken, without_parentheses
from icwatch_cli.fleet.quoting import shown
from icwatch_cli.fleet.refusals import FILTER, GROUPING, TOKEN, ExpressionError, refusal, short

__all__ = ["MAX_EXPRESSION", "Compiled", "ExpressionError", "compile_expression"]

MAX_EXPRESSION = 1000
"""Characters of an expression."""

_STAND_INS = {"@LABELS": f'{FILTER}="1"', "@GBLABELS": GROUPING}
_FLIPPED = {"==": "==", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A checked expression.

    `group_by` are the labels of its result: `("target",)` where that keeps the label `target`. Where the expression
    ends in a comparison, that is not in `program` but in `comparator` and `threshold`.
    """

    program: tuple[Instruction, ...]
    group_by: tuple[str, ...]
    comparator: str | None = None
    threshold: Number | None = None


def compile_expression(
    text: str,
    *,
    matchers: Sequence[Matcher] = (),
    group_by: Sequence[str] | None = None,
    labels: Collection[str] = (),
) -> Compiled:
    """The program of an expression. Raises ExpressionError.

    `matchers` is the rule's filter, which @LABELS stands for, and `group_by` what @GBLABELS stands for (None: not
    given, so the target). `labels` are the names of all labels that targets carry, which `without` needs.
    """
    if len(text) > MAX_EXPRESSION:
        raise ExpressionError(f"has {len(text)} characters", f"write at most {MAX_EXPRESSION}")
    if wide := wide_in("".join(each for each, is_bare in _pieces(text) if is_bare)):
        meant = "".join(half_width(each) if is_bare else each for each, is_bare in _pieces(text))
        raise ExpressionError(f"has the full-width {' '.join(wide)}", f"write {short(meant)}")
    words = {match["word"] for match in TOKEN.finditer(text)} - {None}
    for word in sorted(words - _STAND_INS.keys()):
        raise ExpressionError(f"has {shown(word)}, which is not known", "write @LABELS or @GBLABELS")
    if matchers and "@LABELS" not in words:
        right = "write {@LABELS} after the metric, or the labels into the expression"
        raise ExpressionError("has no @LABELS, so filter would do nothing", right)
    translator = Translator(matchers, (TARGET,) if group_by is None else group_by, labels)
    compiled = _compiled(translator, _parsed(text))
    if group_by is not None and "@GBLABELS" not in words and grouping(group_by) != compiled.group_by:
        wrong = f"has no @GBLABELS and is grouped by {spoken(compiled.group_by)}, not by {spoken(group_by)}"
        raise ExpressionError(wrong, "write by (@GBLABELS) into it, or leave group_by out")
    return compiled


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """What an expression consists of, and whether it is outside of quoted texts and comments."""
    end = 0
    for kept in (match for match in TOKEN.finditer(text) if match["kept"]):
        yield text[end : kept.start()], True
        yield kept[0], False
        end = kept.end()
    yield text[end:], True


def _compiled(translator: Translator, tree: Expr) -> Compiled:
    tree = without_parentheses(tree)
    if _is_narrowed(tree):
        return _narrowed(translator, tree)
    if not _ends_in_comparison(tree):
        series = _with_metric(translator.translate(tree))
        return Compiled(series.program, series.labels)
    if str(tree.op) == "or":  # whichever side has a value, it has passed its own comparison
        series = _with_metric(translator.translate(tree))
        return Compiled((*series.program, Instruction("count", labels=series.labels)), series.labels, "==", 1)
    comparator = str(tree.op)
    left, right = translator.sides(tree)
    if not isinstance(left, Series):
        left, right, comparator = right, left, _FLIPPED[comparator]
    series = _with_metric(left)
    if isinstance(right, Series):
        program = (*series.program, *program_of(right), Instruction("-"))
        return Compiled(program, series.labels, comparator, 0)
    return Compiled(series.program, series.labels, comparator, right)


def _is_narrowed(tree: Expr) -> TypeGuard[BinaryExpr]:
    return isinstance(tree, BinaryExpr) and str(tree.op) in ("and", "unless")


def _narrowed(translator: Translator, tree: BinaryExpr) -> Compiled:
    """`a > 1 and b` is `(a and b) > 1`: so the value that is compared at the end, and shown, is that of `a`."""
    left, right = translator.sides(tree)
    assert isinstance(left, Series), "the parser lets only vectors through"
    inner = _compiled(translator, tree.lhs)
    program = (*inner.program, *program_of(right), Instruction(str(tree.op)))
    return Compiled(program, left.labels, inner.comparator, inner.threshold)


def _ends_in_comparison(tree: Expr) -> TypeGuard[BinaryExpr]:
    """Whether what an expression leaves has passed a comparison, on both sides of an `or`."""
    tree = without_parentheses(tree)
    if not isinstance(tree, BinaryExpr):
        return False
    if str(tree.op) == "or":
        return _ends_in_comparison(tree.lhs) and _ends_in_comparison(tree.rhs)
    if _is_narrowed(tree):
        return _ends_in_comparison(tree.lhs)
    return str(tree.op) in COMPARATORS and not _gives_numbers(tree)


def _gives_numbers(tree: BinaryExpr) -> bool:
    return tree.modifier is not None and tree.modifier.return_bool


def _with_metric(operand: Operand) -> Series:
    if not isinstance(operand, Series):
        raise ExpressionError("reads no metric", "write a metric, such as ic_server_health{@LABELS}")
    return operand


def _parsed(text: str) -> Expr:
    """The syntax tree, in which names of our own stand for @LABELS and @GBLABELS."""
    try:
        return promql_parser.parse(TOKEN.sub(lambda match: _STAND_INS.get(match["word"] or "", match[0]), text))
    except ValueError as error:
        raise refusal(text, str(error)) from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the parser is no Exception, and must not end what reads a file
        raise ExpressionError("cannot be read by the PromQL parser", "write it more simply") from error
