"""Templates of summaries and descriptions: `${variable}`, with OCP's variables and the labels of the target."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from string import Template

from icwatch.model import OCP_ADDRESS

VARIABLES = frozenset(
    {
        "alarm_target",
        "alarm_name",
        "alarm_type",
        "alarm_scope",
        "alarm_level",
        "alarm_status",
        "alarm_active_at",
        "alarm_resolved_at",
        "alarm_updated_at",
        "alarm_last_interval",
        "alarm_evaluation_interval",
        "alarm_duration",
        "alarm_threshold",
        "value",
        "value_shown",
        "recover_value",
        "alarm_summary",
        "alarm_description",
        "alarm_id",
        "alarm_url",
        "alarm_count",
        "alarm_group_by",
        "app_type",
        "service",
        "host_ip",
        "ic_server_address",
    }
)
"""The variables of OCP's templates; every label of the target is one as well."""

REPLACEABLE = frozenset({"ic_server_address"})
"""The variables in whose place a label of the target may come."""


def problems_of(text: str, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a template, each with what would be right, where only the variables in `known` exist."""
    template = Template(text)
    if not template.is_valid():
        yield "holds a $ that begins no variable", "write ${name}, or $$ for a dollar sign"
    for unknown in template.get_identifiers():
        if unknown not in known:
            yield f"${{{unknown}}} is neither a variable nor a label of any target", _hint(unknown, known)


def _hint(unknown: str, known: frozenset[str]) -> str:
    if unknown == OCP_ADDRESS:
        return f"give the targets the label {unknown}, OCP's own address"
    near = difflib.get_close_matches(unknown, known, 1)
    return f"did you mean ${{{near[0]}}}?" if near else "write a variable of OCP or a label that a target carries"


def render(text: str, variables: Mapping[str, object]) -> str:
    """Fill a template in one pass: a value that looks like a variable stays as it is. Unknown variables stay, too."""
    return Template(text).safe_substitute(variables)
