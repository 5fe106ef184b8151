"""Random lines through replay's reader: each is a sweep within bounds or is named, and no value of one stops a rule."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import HEALTH, Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.simulation.alarm_periods import Version, periods, summarize
from icwatch_cli.simulation.sweep_file import ReplayError, read_sweeps
from icwatch_cli.terminal.times import LATEST

FLEET = parse_fleet(
    {
        "targets": [{"address": name, "labels": {"vpc": "vpc-1"}} for name in ("192.168.0.1", "192.168.0.2")],
        "rules": [
            {"name": "power", "expression": "ic_server_health ^ ic_server_health > 0", "level": "Alert"},
            {"name": "sum", "expression": "sum(ic_server_health * 1000) by (vpc) / 3 < 5", "level": "Alert"},
            {"name": "rest", "expression": "round(abs(-ic_server_health % 7), 0.3) != 2", "level": "Alert"},
            {"name": "slow", "expression": "max(ic_server_probe_seconds) by (vpc) > 1", "level": "Alert"},
        ],
    }
)

T = TypeVar("T")


@st.composite
def rarely(draw: st.DrawFn, usual: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> T:
    """One in twelve is odd: of a line in which more is, only the first oddity would be seen."""
    return draw(usual if draw(st.integers(0, 11)) else odd)


numbers = st.one_of(
    st.integers(-(10**45), 10**45).map(str),
    st.builds("{}{}e{}".format, st.sampled_from(["", "-"]), st.sampled_from(["0", "1", "9.9", "0.0"]), st.integers()),
    st.floats().map(json.dumps),
    st.sampled_from(["-0", "NaN", "-Infinity", "1e999999999", "9" * 4301, f"0.{'1' * 500}", "01", "+1", "."]),
)
others = st.sampled_from(["true", "null", '"x"', "[]", "{}", '{"a": 1}', '"\\ud800"', '{"cause": "reset"}', ""])
held = st.sampled_from(["0", "1", "0", "1", "0.5", "-0.0", "1e-7", "1e125", "-1e-130", "9" * 38, "1e38", "-12.5"])
names = st.sampled_from(["192.168.0.1", "192.168.0.2", "", "\\ud800", "\\u0000", "at", HEALTH])


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """JSON objects as text, in which a name may come twice."""
    pair = st.builds('"{}": {}'.format, names, values)
    unique = st.lists(pair, max_size=3, unique_by=lambda text: text.partition(":")[0])
    return rarely(unique, st.lists(pair, max_size=3)).map(lambda parts: f"{{{', '.join(parts)}}}")


values = objects(rarely(held, numbers | others))
fields = rarely(
    st.one_of(
        st.just(""),
        st.builds(', "probe_ms": {}'.format, objects(rarely(st.sampled_from(["5", "9000", "1e20"]), numbers))),
        st.builds(', "failures": {}'.format, objects(rarely(st.just('{"cause": "reset", "status": 503}'), others))),
        st.sampled_from([', "shard": "b"', ', "source": "\\ud800"', ', "conclusive": false', ', "x": [1e9999, {}]']),
    ),
    st.builds(', "{}": {}'.format, st.sampled_from(["shard", "source", "conclusive", "metrics", "x"]), others),
)
sweeps = st.builds(
    '{{"at": {}, "metrics": {{"ic_server_health": {}, "{}": {}}}{}}}'.format,
    rarely(st.integers(0, 600).map(str), numbers),
    values,
    st.sampled_from(["ic_server_probe_seconds", "x"]),
    values,
    fields,
).map(lambda text: text.encode())
changed = st.builds(
    lambda line, at, inserted: line[:at] + inserted + line[at:],
    sweeps,
    st.integers(0, 80),
    st.sampled_from(
        [b"\xff", b"\xef\xbb\xbf", b"\0", b"[" * 9000, b'{"a":' * 9000, b"\n", b"\r", b'"', b"\xed\xa0\x80"]
    ),
)
files = st.lists(rarely(sweeps, changed | st.binary(max_size=40)), max_size=2).map(b"\n".join)


@given(files)
def test_a_file_is_read_or_its_line_is_named(content: bytes) -> None:
    found: list[Sweep] = []
    try:
        for line, sweep in read_sweeps(io.BytesIO(content), "sweeps.jsonl"):
            assert 1 <= line <= content.count(b"\n") + 1
            found.append(sweep)
    except ReplayError as error:
        text = str(error)
        place, _, rest = text.partition(": ")
        assert place.startswith("sweeps.jsonl:")
        assert 1 <= int(place.removeprefix("sweeps.jsonl:")) <= content.count(b"\n") + 1
        assert "; " in rest
        assert len(text) < 500
    for sweep in found:
        assert 0 <= sweep.at <= LATEST
        values = [Decimal(value) for by_target in sweep.metrics.values() for value in by_target.values()]
        assert all(abs(value) < Decimal("1e126") for value in values)
    summarize(periods(Version(FLEET), found), 0)
