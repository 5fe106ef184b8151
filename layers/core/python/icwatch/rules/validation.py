"""What is wrong with a stored rule or target although each of its fields can be read. Pure.

`check` and `apply` write nothing of this kind. It comes from an item that was torn or edited by hand, and from a
version whose rules and probes can do more. Found when the inventory is loaded, it costs that one rule or target; found
in the middle of a sweep, it would cost all others, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from icwatch.model import COMPARATORS, TARGET, Bound, Instruction, ProbeSpec, Rule, Target
from icwatch.regex import problem_of as problem_of_pattern
from icwatch.rules.arithmetic import AGGREGATES, ARITHMETIC, BOOL, SET_OPERATORS

MATCH_OPS = ("=", "!=", "=~", "!~")
SCHEMES = ("http", "https")
OPERATORS = frozenset({*ARITHMETIC, *COMPARATORS, *(name + BOOL for name in COMPARATORS)})

Labels = tuple[str, ...]
"""By which the values of an operand are told apart; `("target",)` where each is of one target."""

Operand = Labels | None
"""What stands on the stack of a program: a vector by its labels, or None for a number."""


def problem_of(program: Sequence[Instruction], group_by: Labels) -> str | None:
    """Why a program cannot be evaluated, or not to values by `group_by`; None where it can.

    The program is carried out with kinds of operands in place of values: what every sweep would meet is met here.
    """
    stack: list[Operand] = []
    for number, step in enumerate(program, 1):
        problem = _problem_of_step(step, stack)
        if problem is not None:
            return f"instruction {number} ({step.do[:40]!r}): {problem}"
    if len(stack) != 1:
        return f"it leaves {len(stack)} values instead of one"
    (result,) = stack
    if result is None:
        return "its result is a number and not one value a group"
    wanted = (TARGET,) if TARGET in group_by else group_by
    return (
        None if result == wanted else f"its values are by {_spoken(result)}, and the rule's groups by {_spoken(wanted)}"
    )


def problem_of_rule(rule: Rule) -> str | None:
    """Why a rule cannot be evaluated; None where it can."""
    if (problem := problem_of(rule.program, rule.group_by)) is not None:
        return f"its program cannot be evaluated: {problem}"
    if rule.comparator not in COMPARATORS:
        return f"comparator: {rule.comparator[:40]!r} is not one of {', '.join(COMPARATORS)}"
    levels: Iterable[tuple[Bound, ...] | None] = (rule.bounds, *(override.bounds for override in rule.overrides))
    if any(bounds == () for bounds in levels):
        return "it has no level, or an override without one"
    if min(rule.cycle, rule.alarm_cycle) < 1:
        return f"cycle: {min(rule.cycle, rule.alarm_cycle)} is not a second or more"
    return None


def missing_in_program(plain: Mapping[str, Any]) -> str | None:
    """What a rule's stored program does not say and a default would stand for: the number of an instruction."""
    steps = plain.get("program")
    if isinstance(steps, list | tuple):
        for number, step in enumerate(steps, 1):
            if isinstance(step, Mapping) and step.get("do") in ("number", "round") and "number" not in step:
                return f"instruction {number} ({step['do']!r}) has no number"
    return None


def problem_of_target(target: Target) -> str | None:
    """Why a target cannot be asked; None where it can."""
    if not target.host:
        return "host: is empty"
    if (problem := _problem_of_place(target.port, target.scheme)) is not None:
        return problem
    probes = [("probe", target.probe), *((f"probes.{name}", spec) for name, spec in (target.probes or {}).items())]
    problems = (f"{name}: {problem}" for name, spec in probes if spec and (problem := problem_of_probe(spec)))
    return next(problems, None)


def problem_of_probe(spec: ProbeSpec) -> str | None:
    """Why nothing can be asked as a probe says; None where it can."""
    if not spec.path.startswith("/"):
        return f"path: {spec.path[:40]!r} does not begin with /"
    if spec.timeout <= 0:
        return f"timeout: {spec.timeout} is not more than nothing"
    if spec.attempts < 1:
        return f"attempts: {spec.attempts} is not more than nothing"
    if spec.body_pattern and (problem := problem_of_pattern(spec.body_pattern)) is not None:
        return f"body_pattern: {problem}"
    return _problem_of_place(spec.port, spec.scheme)


def _problem_of_place(port: int | None, scheme: str | None) -> str | None:
    if port is not None and not 0 < port < 65_536:
        return f"port: {port} is no port"
    return None if scheme in (None, *SCHEMES) else f"scheme: {str(scheme)[:40]!r} is not one of {', '.join(SCHEMES)}"


def _problem_of_step(step: Instruction, stack: list[Operand]) -> str | None:
    """What is wrong with an instruction where these operands stand; where nothing is, its result stands there next."""
    problem: str | None = None
    if step.do == "select":
        stack.append((TARGET,))
        problem = next(_problems_of_selector(step), None)
    elif step.do == "number":
        stack.append(None)
    elif step.do in ("abs", "round") or step.do in AGGREGATES:
        problem = _problem_of_change(step, stack)
    elif step.do in OPERATORS:
        problem = _problem_of_operator(stack)
    elif step.do in SET_OPERATORS:
        problem = _problem_of_set_operator(stack)
    else:
        problem = "this version does not know it"
    return problem


def _problem_of_change(step: Instruction, stack: list[Operand]) -> str | None:
    """Of what works on the values of one operand."""
    if not stack or (before := stack.pop()) is None:
        return "it has no values to work on"
    if step.do == "round" and not step.number:
        return "nothing is a multiple of 0"
    if step.do in AGGREGATES and TARGET not in step.labels:
        stack.append(step.labels)
        return None
    stack.append(before)
    return "its values are of no targets any more" if step.do in AGGREGATES and before != (TARGET,) else None


def _problem_of_operator(stack: list[Operand]) -> str | None:
    if len(stack) < 2:
        return "it has no two sides"
    right, left = stack.pop(), stack.pop()
    if left is None and right is None:
        return "both sides are numbers"
    if left is not None and right is not None and left != right:
        return f"its sides are by {_spoken(left)} and by {_spoken(right)}"
    stack.append(right if left is None else left)
    return None


def _problem_of_set_operator(stack: list[Operand]) -> str | None:
    return "a side is a number" if None in stack[-2:] else _problem_of_operator(stack)


def _problems_of_selector(step: Instruction) -> Iterator[str]:
    if not step.metric:
        yield "it names no metric"
    for matcher in step.matchers:
        if matcher.op not in MATCH_OPS:
            yield f"{matcher.op[:10]!r} is not one of {', '.join(MATCH_OPS)}"
        elif matcher.op.endswith("~") and (problem := problem_of_pattern(matcher.value)) is not None:
            yield f"the pattern for {matcher.label} cannot be used: {problem}"


def _spoken(labels: Labels) -> str:
    return " and ".join(labels) or "nothing"
