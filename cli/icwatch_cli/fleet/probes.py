"""How targets are probed, as a fleet file writes it: the probe of the health, and further probes by metric."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from icwatch.model import HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, ProbeSpec
from icwatch.regex import problem_of
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.quoting import kind, shown

PROBE_FIELDS = ("path", "port", "scheme", "timeout", "expect_status", "body", "body_pattern", "attempts")

BUILT_IN = (HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT)
"""The metrics that the probe of the health gives."""

SCHEMES = ("http", "https")
PORTS = (1, 65535)
STATUSES = (200, 599)
ATTEMPTS = (1, 5)
MIN_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS = Decimal("0.001"), Decimal(30)
MAX_PROBES = 20

MAX_BODY_CHARACTERS = 1000
"""Of what a body is to hold, and of a pattern."""

METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,127}")

PATH = re.compile(r'/[!"$-~]{0,1023}')
"""Printable ASCII but the blank and the #, which begins what is not sent to a server."""


def read_probe(at: Cursor, base: ProbeSpec) -> ProbeSpec:
    """A probe: the fields that are given, laid over `base`."""
    fields = at.mapping(PROBE_FIELDS)
    given = {name: _READERS[name](fields[name]) for name in PROBE_FIELDS if name in fields}
    return replace(base, **given)


def _path(at: Cursor) -> str:
    if isinstance(at.value, str) and PATH.fullmatch(at.value):
        return at.value
    at.no_text(f"{shown(at.value)} is no path", "write a path that begins with /, such as /ok")
    return ProbeSpec().path


def _timeout(at: Cursor) -> Decimal:
    timeout = at.duration(instead=ProbeSpec().timeout)
    if not MIN_TIMEOUT_SECONDS <= timeout <= MAX_TIMEOUT_SECONDS:
        at.wrong(f"{at.value} is out of range", f"write 1ms to {MAX_TIMEOUT_SECONDS}s")
    return timeout


def _statuses(at: Cursor) -> tuple[int, ...]:
    entries = at.items("HTTP statuses, such as [200]")
    if at.value == []:
        at.wrong("is empty", "list at least one status, such as [200]")
    return tuple(status.whole(*STATUSES) for status in entries)


def _pattern(at: Cursor) -> str:
    text = at.text(MAX_BODY_CHARACTERS)
    if text and (problem := problem_of(text)):
        at.wrong(
            f"is no regular expression ({shown(problem)})", "write one in RE2's syntax, or the text itself as body"
        )
    return text


_READERS: Mapping[str, Callable[[Cursor], Any]] = {
    "path": _path,
    "port": lambda at: at.whole(*PORTS),
    "scheme": lambda at: at.choice(SCHEMES),
    "timeout": _timeout,
    "expect_status": _statuses,
    "body": lambda at: at.text(MAX_BODY_CHARACTERS),
    "body_pattern": _pattern,
    "attempts": lambda at: at.whole(*ATTEMPTS),
}


def read_probes(at: Cursor) -> dict[str, ProbeSpec]:
    """The further probes of a fleet, by metric."""
    if not at.is_mapping:
        right = "write a mapping of metrics and probes, such as {vpc_network_health: {path: /health}}"
        at.wrong(f"is {kind(at.value)}", right)
        return {}
    probes = {
        str(metric): read_probe(fields, ProbeSpec()) for metric, fields in at.entries() if _is_metric(fields, metric)
    }
    _count(at, probes)
    return probes


def read_own_probes(at: Cursor, probes: Mapping[str, ProbeSpec]) -> dict[str, ProbeSpec]:
    """The further probes of one target: some of the fleet's as a list, or what differs from them as a mapping."""
    if isinstance(at.value, list):
        entries = at.items("metrics")
        return {str(each.value): probes[str(each.value)] for each in entries if _is_probe(each, each.value, probes)}
    if not at.is_mapping:
        right = "list metrics of the fleet's probes, or map each metric to what differs, or to false"
        at.wrong(f"is {kind(at.value)}", right)
        return {}
    own = dict(probes)
    for metric, fields in at.entries():
        if fields.value is False:
            if _is_probe(fields, metric, probes):
                own.pop(metric, None)
        elif _is_metric(fields, metric):
            own[metric] = read_probe(fields, probes.get(metric, ProbeSpec()))
    _count(at, own)
    return own


def _is_metric(at: Cursor, metric: object) -> bool:
    """Whether a further probe can have this name."""
    if metric in BUILT_IN:
        at.wrong("is a metric of icwatch itself", f"leave it out; the probe of {HEALTH} is `probe`")
        return False
    if isinstance(metric, str) and METRIC_NAME.fullmatch(metric):
        return True
    at.wrong("is no name of a metric", "write letters, digits, _ and :, such as vpc_network_health")
    return False


def _is_probe(at: Cursor, metric: object, probes: Mapping[str, ProbeSpec]) -> bool:
    """Whether the fleet has a further probe of this name."""
    if not isinstance(metric, str):
        at.wrong(f"is {kind(metric)}", "write the name of a metric that `probes` of the fleet has")
        return False
    if metric in probes:
        return True
    if not _is_metric(at, metric):
        return False
    near = difflib.get_close_matches(metric, probes, 1)
    known = f"known are {', '.join(probes)}" if probes else "the fleet has no `probes`"
    at.wrong(f"{shown(metric)} is no probe of the fleet", f"did you mean {near[0]}?" if near else known)
    return False


def _count(at: Cursor, probes: Mapping[str, ProbeSpec]) -> None:
    if len(probes) > MAX_PROBES:
        at.wrong(f"holds {len(probes)} probes", f"keep at most {MAX_PROBES}")
