"""Why an expression is refused, each in a sentence with what to write instead."""

from __future__ import annotations

import re

from icwatch.regex import problem_of
from icwatch.rules.arithmetic import AGGREGATES
from icwatch.text import quotable_words
from icwatch_cli.fleet.quoting import shown

FILTER = "__labels__"
"""The label that stands for OCP's @LABELS in what is parsed: a matcher on it becomes the rule's filter."""

GROUPING = "__gblabels__"
"""The label that stands for OCP's @GBLABELS: in a `by` it becomes the rule's group_by."""

MOST_SHOWN = 120
"""Characters of an expression or of what the parser says about it in a message."""

ONE_SWEEP = "a rule sees one sweep, and its duration says how long a condition has to hold"

# The pieces of an expression that have to be told apart before it can be parsed.
TOKEN = re.compile(
    r"""(?P<kept> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | \#[^\n]* )  # texts and comments
      | (?P<word> @[A-Z]+\b ) | (?P<range> \[ [^\]]* \]? ) | (?P<inside> [{}] ) | (?P<sign> [=!<>~]+ )""",
    re.VERBOSE | re.DOTALL,
)


class ExpressionError(ValueError):
    """An expression that a rule cannot have: what is wrong, and what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(wrong, right)
        self.wrong = wrong
        self.right = right

    def __str__(self) -> str:
        return f"{self.wrong}; {self.right}"


def short(text: str) -> str:
    """A piece of an expression as a message shows it: bounded, and on one line."""
    text = "".join([char if char.isprintable() else " " for char in quotable_words(text)])
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."


def no_range(what: str) -> ExpressionError:
    """The refusal of whatever looks back in time."""
    return ExpressionError(f"{short(what)} looks at a range of time", ONE_SWEEP)


def no_function(name: str) -> ExpressionError:
    """The refusal of a function."""
    return ExpressionError(f"{short(name)} is no function of a rule", f"use abs, round, {', '.join(AGGREGATES)}")


def bad_pattern(pattern: str, problem: str) -> ExpressionError:
    """The refusal of a regular expression."""
    return ExpressionError(f"has the regular expression {shown(pattern)}: {short(problem)}", "write it in RE2's syntax")


def misplaced(stand_in: str) -> ExpressionError:
    """The refusal of a stand-in where it means nothing."""
    if stand_in == FILTER:
        return ExpressionError("has @LABELS outside of braces", "write {@LABELS} after the metric")
    return ExpressionError("has @GBLABELS outside of a by", "write by (@GBLABELS) after the aggregate")


def refusal(text: str, message: str) -> ExpressionError:
    """What the parser says, in one line and with what to write instead; its own wording only where that says more."""
    found = _of_message(message) or _of_text(text)
    if found is not None:
        return found
    plain = message.replace(f"'{FILTER}'", "@LABELS").replace(f"'{GROUPING}'", "@GBLABELS")
    line = "" if message == "invalid promql query" else f": {short(plain)}"
    return ExpressionError(f"is no PromQL{line}", "write it such as min(ic_server_health{@LABELS}) by (@GBLABELS)")


def _of_message(message: str) -> ExpressionError | None:
    if match := re.match(r"expected type matrix in call to function '(\w+)'", message):
        return no_range(match[1])
    if match := re.match(r"unknown function with name '(.*)'", message):
        return no_function(match[1])
    if match := re.match(r"illegal regex for (.*)", message, re.DOTALL):
        return bad_pattern(match[1], problem_of(match[1]) or "not valid")
    return None


def _of_text(text: str) -> ExpressionError | None:
    """What people get wrong outside of braces, where the parser only says that something is wrong."""
    inside = False
    for token in TOKEN.finditer(text):
        inside = token["inside"] == "{" if token["inside"] else inside
        if inside:
            continue
        if token["word"] == "@LABELS":
            return misplaced(FILTER)
        if token["range"]:
            return no_range(token["range"])
        if token["sign"] == "=":
            return ExpressionError("has a single = outside of braces", "write == to compare")
    return None
