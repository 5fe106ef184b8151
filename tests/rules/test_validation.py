"""What is wrong with a stored rule or target is named, and what can be evaluated is let through."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from icwatch.model import TARGET, Instruction, Matcher, Override, ProbeSpec, Rule, Target
from icwatch.rules.validation import problem_of, problem_of_probe, problem_of_rule, problem_of_target
from icwatch_cli.fleet import builtin, parse_rule

A = Instruction("select", metric="a")
ONE = Instruction("number", number=1)
BY_VPC = Instruction("min", labels=("vpc",))
RULE = parse_rule(builtin.RULE)


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ((A,), None),
        ((A, ONE, Instruction("==")), None),
        ((A, Instruction("min", labels=(TARGET,))), None),
        ((A, A, Instruction("and")), None),
        ((), "it leaves 0 values instead of one"),
        ((A, A), "it leaves 2 values instead of one"),
        ((ONE,), "its result is a number and not one value a group"),
        ((A, BY_VPC), "its values are by vpc, and the rule's groups by target"),
        ((A, Instruction("min")), "its values are by nothing, and the rule's groups by target"),
        ((A, Instruction("stddev")), "instruction 2 ('stddev'): this version does not know it"),
        ((Instruction("min", labels=("vpc",)),), "instruction 1 ('min'): it has no values to work on"),
        ((ONE, Instruction("abs")), "instruction 2 ('abs'): it has no values to work on"),
        ((A, Instruction("round", number=0)), "instruction 2 ('round'): nothing is a multiple of 0"),
        (
            (A, BY_VPC, Instruction("min", labels=(TARGET,))),
            "instruction 3 ('min'): its values are of no targets any more",
        ),
        ((A, Instruction("+")), "instruction 2 ('+'): it has no two sides"),
        ((ONE, ONE, Instruction("+")), "instruction 3 ('+'): both sides are numbers"),
        ((A, A, BY_VPC, Instruction("/")), "instruction 4 ('/'): its sides are by target and by vpc"),
        ((A, ONE, Instruction("unless")), "instruction 3 ('unless'): a side is a number"),
        ((A, Instruction("or")), "instruction 2 ('or'): it has no two sides"),
        ((Instruction("select"),), "instruction 1 ('select'): it names no metric"),
        (
            (replace(A, matchers=(Matcher("vpc", "~", "x"),)),),
            "instruction 1 ('select'): '~' is not one of =, !=, =~, !~",
        ),
        (
            (replace(A, matchers=(Matcher("vpc", "=~", "("),)),),
            "instruction 1 ('select'): the pattern for vpc cannot be used: missing ): (",
        ),
    ],
    ids=str,
)
def test_programs(program: tuple[Instruction, ...], problem: str | None) -> None:
    assert problem_of(program, (TARGET,)) == problem


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (RULE, None),
        (replace(RULE, program=()), "its program cannot be evaluated: it leaves 0 values instead of one"),
        (replace(RULE, comparator="=~"), "comparator: '=~' is not one of "),
        (replace(RULE, bounds=()), "it has no level, or an override without one"),
        (replace(RULE, overrides=(Override({}, bounds=()),)), "it has no level, or an override without one"),
        (replace(RULE, cycle=0), "cycle: 0 is not a second or more"),
    ],
    ids=["good", "program", "comparator", "no level", "no level of an override", "cycle"],
)
def test_rules(rule: Rule, problem: str | None) -> None:
    found = problem_of_rule(rule)
    assert found == problem or (found is not None and problem is not None and found.startswith(problem))


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (Target("10.0.0.1"), None),
        (Target(""), "host: is empty"),
        (Target("10.0.0.1", 0), "port: 0 is no port"),
        (Target("10.0.0.1", scheme="ftp"), "scheme: 'ftp' is not one of http, https"),
        (Target("10.0.0.1", probe=ProbeSpec(path="ok")), "probe: path: 'ok' does not begin with /"),
        (Target("10.0.0.1", probes={"page": ProbeSpec(port=65_536)}), "probes.page: port: 65536 is no port"),
    ],
    ids=str,
)
def test_targets(target: Target, problem: str | None) -> None:
    assert problem_of_target(target) == problem


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (ProbeSpec(), None),
        (ProbeSpec(timeout=Decimal(0)), "timeout: 0 is not more than nothing"),
        (ProbeSpec(body_pattern="("), "body_pattern: missing ): ("),
    ],
    ids=str,
)
def test_probes(spec: ProbeSpec, problem: str | None) -> None:
    assert problem_of_probe(spec) == problem
