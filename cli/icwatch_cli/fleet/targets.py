"""Targets and how they are probed, as a fleet file writes them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from icwatch.address import Address
from icwatch.model import DEFAULT_PORT, HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, ProbeSpec, Target
from icwatch.notices.placeholders import VARIABLES
from icwatch.regex import problem_of
from icwatch_cli.fleet.addresses import ADDRESS, AddressError, written_address
from icwatch_cli.fleet.reader import Reader, join, kind, said, shown

TARGET_FIELDS = ("address", "port", "scheme", "labels", "probe", "probes")
PROBE_FIELDS = ("path", "port", "scheme", "timeout", "expect_status", "body", "body_pattern")

BUILT_IN = (HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT)
"""The metrics that the probe of the health gives."""

SCHEMES = ("http", "https")
PORTS = (1, 65535)
STATUSES = (200, 599)
MAX_LABELS = 20
MAX_TIMEOUT = Decimal(30)
MAX_PROBES = 20
MAX_BODY = 1000
"""Characters of what a body is to hold, and of a pattern."""

RESERVED_LABELS = VARIABLES | {"rule", "target"}

METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,127}")
LABEL_NAME = re.compile(r"[a-z_][a-z0-9_]{0,63}")
PATH = re.compile(r'/[!"$-~]{0,1023}')
"""Printable ASCII but the blank and the #, which begins what is not sent to a server."""


def read_targets(
    reader: Reader, fields: Mapping[str, Any], probe: ProbeSpec, probes: Mapping[str, ProbeSpec]
) -> dict[str, Target]:
    """The targets by id. `probe` and `probes` are the fleet's, over which a target's own are laid."""
    if not reader.need("", fields, {"targets": "list at least one address"}):
        return {}
    found: dict[str, Target] = {}
    first: dict[str, str] = {}
    entries = reader.items("targets", fields["targets"], "addresses")
    if fields["targets"] == []:
        reader.wrong("targets", "is empty", "list at least one address")
    for place, value in entries:
        target = _target(reader, place, value, probe, probes)
        if target is None:
            continue
        if target.id in found:
            reader.wrong(place, f"{target.id} is listed already as {first[target.id]}", "remove one of the two")
        else:
            found[target.id], first[target.id] = target, place
    return found


def _target(
    reader: Reader, place: str, value: object, probe: ProbeSpec, probes: Mapping[str, ProbeSpec]
) -> Target | None:
    fields = {"address": value} if isinstance(value, str) else reader.mapping(place, value, TARGET_FIELDS)
    if not isinstance(value, str | Mapping):
        return None
    address = None
    if reader.need(place, fields, {"address": "write the IC-Server's address, such as 192.168.0.1"}):
        at = place if isinstance(value, str) else f"{place}.address"
        address = read_address(reader, at, fields["address"], ADDRESS)
    port = None if address is None else address.port or DEFAULT_PORT
    if "port" in fields:
        before = len(reader.problems)
        port = reader.whole(f"{place}.port", fields["port"], *PORTS)
        if len(reader.problems) > before:
            port = None
        elif address is not None and address.port not in (None, port):
            reader.wrong(f"{place}.port", f"differs from the port in {fields['address']}", "write the port once")
    scheme = reader.choice(f"{place}.scheme", fields.get("scheme", SCHEMES[0]), SCHEMES)
    labels = _labels(reader, f"{place}.labels", fields.get("labels", {}))
    own = read_probe(reader, f"{place}.probe", fields.get("probe", {}), probe)
    further = _own_probes(reader, f"{place}.probes", fields["probes"], probes) if "probes" in fields else probes
    if address is None or port is None:
        return None
    return Target(
        address.host,
        port,
        scheme,
        labels,
        probe=None if own == probe else own,
        probes=None if further == probes else further,
        absolute=address.absolute,
    )


def read_address(reader: Reader, place: str, value: object, right: str) -> Address | None:
    """An address, or None where it is wrong; `right` is what to write."""
    if not isinstance(value, str):
        reader.wrong(place, f"is {said(value)}", right)
        return None
    try:
        return written_address(value, right)
    except AddressError as error:
        reader.wrong(place, error.wrong, error.right)
        return None


def _labels(reader: Reader, place: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        reader.wrong(place, f"is {kind(value)}", "write a mapping of names and texts, such as {vpc: vpc-1}")
        return {}
    if len(value) > MAX_LABELS:
        reader.wrong(place, f"holds {len(value)} labels", f"keep at most {MAX_LABELS}")
    labels = {}
    for name, text in value.items():
        at = join(place, name)
        if not isinstance(name, str) or not LABEL_NAME.fullmatch(name):
            reader.wrong(at, "is no label name", "write small letters, digits and _, such as vpc or ocp_address")
        elif name in RESERVED_LABELS:
            reader.wrong(at, "is a name that icwatch gives itself", "choose another name for the label")
        else:
            labels[name] = reader.text(at, text)
    return labels


def read_probe(reader: Reader, place: str, value: object, base: ProbeSpec) -> ProbeSpec:
    """A probe: the fields that `value` gives, laid over `base`."""
    fields = reader.mapping(place, value, PROBE_FIELDS)
    read: Mapping[str, Callable[[Reader, str, Any], Any]] = {
        "path": _path,
        "port": lambda reader, at, port: reader.whole(at, port, *PORTS),
        "scheme": lambda reader, at, scheme: reader.choice(at, scheme, SCHEMES),
        "timeout": _timeout,
        "expect_status": _statuses,
        "body": lambda reader, at, text: reader.text(at, text, MAX_BODY),
        "body_pattern": _pattern,
    }
    given = {name: read[name](reader, f"{place}.{name}", fields[name]) for name in PROBE_FIELDS if name in fields}
    return replace(base, **given)


def _path(reader: Reader, place: str, value: object) -> str:
    if isinstance(value, str) and PATH.fullmatch(value):
        return value
    reader.wrong(place, f"{shown(value)} is no path", "write a path that begins with /, such as /ok")
    return ProbeSpec().path


def _timeout(reader: Reader, place: str, value: object) -> Decimal:
    timeout = reader.duration(place, value, instead=ProbeSpec().timeout)
    if not Decimal("0.001") <= timeout <= MAX_TIMEOUT:
        reader.wrong(place, f"{value} is out of range", f"write 1ms to {MAX_TIMEOUT}s")
    return timeout


def _statuses(reader: Reader, place: str, value: object) -> tuple[int, ...]:
    entries = reader.items(place, value, "HTTP statuses, such as [200]")
    if value == []:
        reader.wrong(place, "is empty", "list at least one status, such as [200]")
    return tuple(reader.whole(at, status, *STATUSES) for at, status in entries)


def _pattern(reader: Reader, place: str, value: object) -> str:
    text = reader.text(place, value, MAX_BODY)
    if text and (problem := problem_of(text)):
        right = "write one in RE2's syntax, or the text itself as body"
        reader.wrong(place, f"is no regular expression ({shown(problem)})", right)
    return text


def read_probes(reader: Reader, value: object) -> dict[str, ProbeSpec]:
    """The further probes of a fleet, by metric."""
    if not isinstance(value, Mapping):
        right = "write a mapping of metrics and probes, such as {vpc_network_health: {path: /health}}"
        reader.wrong("probes", f"is {kind(value)}", right)
        return {}
    probes = {
        str(metric): read_probe(reader, join("probes", metric), fields, ProbeSpec())
        for metric, fields in value.items()
        if _is_metric(reader, join("probes", metric), metric)
    }
    _count(reader, "probes", probes)
    return probes


def _own_probes(reader: Reader, place: str, value: object, probes: Mapping[str, ProbeSpec]) -> dict[str, ProbeSpec]:
    """The further probes of one target: some of the fleet's as a list, or what differs from them as a mapping."""
    if isinstance(value, list):
        entries = reader.items(place, value, "metrics")
        return {str(metric): probes[str(metric)] for at, metric in entries if _is_probe(reader, at, metric, probes)}
    if not isinstance(value, Mapping):
        right = "list metrics of the fleet's probes, or map each metric to what differs, or to false"
        reader.wrong(place, f"is {kind(value)}", right)
        return {}
    own = dict(probes)
    for metric, fields in value.items():
        at = join(place, metric)
        if fields is False:
            if _is_probe(reader, at, metric, probes):
                own.pop(metric, None)
        elif _is_metric(reader, at, metric):
            own[metric] = read_probe(reader, at, fields, probes.get(metric, ProbeSpec()))
    _count(reader, place, own)
    return own


def _is_metric(reader: Reader, place: str, metric: object) -> bool:
    """Whether a further probe can have this name."""
    if metric in BUILT_IN:
        reader.wrong(place, "is a metric of icwatch itself", f"leave it out; the probe of {HEALTH} is `probe`")
        return False
    if isinstance(metric, str) and METRIC_NAME.fullmatch(metric):
        return True
    reader.wrong(place, "is no name of a metric", "write letters, digits, _ and :, such as vpc_network_health")
    return False


def _is_probe(reader: Reader, place: str, metric: object, probes: Mapping[str, ProbeSpec]) -> bool:
    """Whether the fleet has a further probe of this name."""
    if not isinstance(metric, str):
        reader.wrong(place, f"is {kind(metric)}", "write the name of a metric that `probes` of the fleet has")
        return False
    if metric in probes:
        return True
    if not _is_metric(reader, place, metric):
        return False
    near = difflib.get_close_matches(metric, probes, 1)
    known = f"known are {', '.join(probes)}" if probes else "the fleet has no `probes`"
    reader.wrong(place, f"{shown(metric)} is no probe of the fleet", f"did you mean {near[0]}?" if near else known)
    return False


def _count(reader: Reader, place: str, probes: Mapping[str, ProbeSpec]) -> None:
    if len(probes) > MAX_PROBES:
        reader.wrong(place, f"holds {len(probes)} probes", f"keep at most {MAX_PROBES}")
