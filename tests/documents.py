"""Fleet documents made up by hypothesis: good ones, and ones in which anything may be wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from icwatch_cli.fleet import builtin

Strategy = st.SearchStrategy[Any]

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
"""Anything that JSON can hold."""

PIECES = (
    "min", "max", "sum", "count", "avg", "rate", "abs", "round", "topk", "(", ")", "{", "}", "[5m]", "@LABELS", "@",
    "@GBLABELS", "by (@GBLABELS)", "by (vpc)", "without (target)", "by ()", "ic_server_health", "up", "__name__",
    "ic_server_probe_seconds", 'vpc="vpc-1"', 'zone=~"(a"', "==", "==bool", ">", "and", "unless", "on(vpc)",
    "ignoring()", "offset 1m", "+", "-", "/", "^", "%", "0", "1e400", "1e-40", "0.5", "Inf", "NaN", ",", "'text'",
    "#", "\n", "等", "$",
)  # fmt: skip
"""What expressions are made of."""

WITH_FILTER = "max(ic_server_health{@LABELS}) by (@GBLABELS)"
WITHOUT = (builtin.RULE["expression"], "up", "sum(up) by (vpc)", "avg(up{vpc!='a'}) by (vpc) / count(up) by (vpc)")
WITH_CONDITION = ("max(ic_server_health) by (vpc) == 0", "sum(up) > 3", "5 < up", "(up - up) * 2 != 1.5")


def fleets(*, good: bool) -> Strategy:
    """Documents without a mistake, or those in which some values are nearly right."""
    fields: dict[str, Strategy] = {
        "language": _some(good, ["zh-CN", "en-US", "zh-TW", None], ["fr"]),
        "every": _some(good, ["36s", "0.6m", "60s"], ["0s", "1s", "1500ms", "2m", 60]),
        "route_by": _some(good, [[], ["vpc"], ["zone", "vpc", "rack"]], [["vpc", "vpc"], ["rule"], ["Vpc"], ["a"] * 4]),
        "merge_above": _some(good, [1, 5, 200], [0, 201, 5.0]),
        "probe": _probe(good),
        "probes": _fields(good, up=_probe(good), down=_probe(good)),
        "rules": _rules(good),
    }
    return st.fixed_dictionaries({"targets": _targets(good)}, optional=fields)


@st.composite
def spoilt(draw: st.DrawFn) -> object:
    """A good fleet with something odd in one place, or one field too many."""
    whole: Any = draw(fleets(good=True))
    spot = whole
    while isinstance(spot, dict | list) and spot:
        names = [*spot] if isinstance(spot, dict) else [*range(len(spot))]
        name = draw(st.sampled_from(names))
        if not isinstance(spot[name], dict | list) or not spot[name] or draw(st.booleans()):
            if isinstance(spot, dict) and draw(st.booleans()):
                name = draw(st.text(max_size=4))
            spot[name] = draw(odd)
            break
        spot = spot[name]
    return whole


def _some(good: bool, right: list[Any], wrong: list[Any]) -> Strategy:
    """One of the right values, or sometimes a wrong one."""
    return st.sampled_from(right) if good else st.sampled_from([*right, *right, *wrong]) | odd


def _fields(good: bool, **shapes: Strategy) -> Strategy:
    """A mapping of some of these fields."""
    right = st.fixed_dictionaries({}, optional=shapes)
    return right if good else right | st.fixed_dictionaries({}, optional={**shapes, "other": odd}) | odd


def _few(good: bool, one: Strategy, least: int = 0) -> Strategy:
    return st.lists(one, min_size=least, max_size=2) if good else st.lists(one, max_size=3) | odd


def _durations(good: bool) -> Strategy:
    units = st.from_regex(r"\A([0-9]{1,3}(\.[0-9])?(ms|s|m|h|d)){1,2}\n?\Z")
    right = st.sampled_from(["60s", "2m", "1h30m", "90.5m", "60000ms", "90s"])
    return right if good else right | units | odd


def _texts(good: bool, most: int = 6) -> Strategy:
    """One text, or one a language."""
    word = st.text("ab 等\u3000", min_size=1, max_size=most).filter(str.strip)
    if not good:
        word |= st.text("a${} \n\u202e", max_size=4) | st.sampled_from(["${vpc}", "$$", "${alarm_nam}", "${zone}"])
    return word | st.dictionaries(
        st.sampled_from(["zh-CN", "en-US", "zh-TW", *([] if good else ["fr"])]), word, min_size=good
    )


def _probe(good: bool) -> Strategy:
    return _fields(
        good,
        path=_some(good, ["/", "/ok?a=1"], ["", "ok", "/a b", "/a#"]),
        port=_some(good, [1, 8088, 65535], [0, 65536, 80.0]),
        scheme=_some(good, ["http", "https"], ["ftp"]),
        timeout=_some(good, ["1ms", "3s", "0.5m"], ["0s", "31s", 3]),
        expect_status=_few(good, _some(good, [200, 204, 599], [199, 600]), least=1),
        body=_some(good, ["ok", "等", '"status": "UP"'], ["", "\u202e"]),
        body_pattern=_some(good, ["ok|good", "^[0-9]+$"], ["(", "a{2,1}", ""]),
        attempts=_some(good, [1, 2, 5], [0, 6, 2.0, "2"]),
    )


def _targets(good: bool) -> Strategy:
    """Always one that carries the labels of the rules."""
    first = {"address": "192.168.0.1", "labels": {"vpc": "vpc-1", "zone": "a"}}
    addresses = [" ::1", "[::1]:80", "A.b:8089", "[a]", "_x.", "10.0.0.1", "2001:db8::2"]
    address = _some(good, addresses, ["192.168.0.1", "a b", "１.1.1.1", "http://a", "0.0.0.0"])
    if not good:
        address |= st.text("aB1-._:[] \n", max_size=10) | st.ip_addresses().map(str)
    labels = _fields(
        good, vpc=_some(good, ["vpc-1", "b"], [1]), zone=_some(good, ["${x}"], [""]), **({} if good else {"Vpc": odd})
    )
    probes = _fields(good, up=_probe(good), own=_probe(good) | st.just(value=False) if not good else _probe(good))
    if not good:
        probes |= _few(good, _some(good, ["up"], ["down", "own"]))
    target = st.fixed_dictionaries(
        {"address": st.sampled_from(["10.0.0.9", "10.0.0.8:8088"])} if good else {"address": address},
        optional={
            "port": _some(good, [8088], [0, 65536, 80.0, 80]),
            "scheme": _some(good, ["http", "https"], ["ftp"]),
            "labels": labels,
            "probe": _probe(good),
            "probes": probes,
        },
    )
    if good:
        return st.tuples(address, target).map(lambda more: [first, *more])
    return st.tuples(address | target).map(lambda more: [first, *more]) | _few(good, address | target)


def _selections(good: bool) -> Strategy:
    right = ["192.168.0.1", {"vpc": "vpc-1"}, {"vpc": "a", "zone": "b"}, "vpc=vpc-1", {"target": "10.0.0.1"}]
    return _some(good, right, [{}, "a b", {"Vpc": "a"}, ""])


def _condition(good: bool) -> Strategy:
    """An expression and what it is held against, in one of the ways in which that can be written."""
    level = _some(good, ["Down", "Info"], ["info"])
    limit = 10**15 - good
    threshold = st.integers(-limit, limit) | st.decimals(-9, 9, places=3)
    comparator = _some(good, [">", ">="], ["==", "=", "<"])
    levels = [{"level": "Critical", "threshold": 5}, {"level": "Alert", "threshold": Decimal("0.5")}]
    bounds = {"comparator": comparator, "levels": st.just(levels) if good else _few(good, _level(good))}
    expressions = st.fixed_dictionaries(
        {"expression": st.sampled_from(WITHOUT), "threshold": threshold},
        optional={"level": level, "comparator": _some(good, ["==", "<="], ["="])},
    )
    with_filter = st.fixed_dictionaries(
        {"expression": st.just(WITH_FILTER), "threshold": threshold},
        optional={
            "filter": _fields(good, vpc=_some(good, ["vpc-1", ["a", "b"]], [[], 1])).filter(
                lambda each: good <= bool(each)
            ),
            "group_by": _some(good, [["vpc"], ["target"], ["vpc", "zone"]], [[], ["vcp"], "vpc"]),
        },
    )
    several = st.fixed_dictionaries({"expression": st.sampled_from(WITHOUT), **bounds})
    whole = st.fixed_dictionaries({"expression": st.sampled_from(WITH_CONDITION)}, optional={"level": level})
    right = expressions | with_filter | several | whole
    if good:
        return right
    made = st.lists(st.sampled_from(PIECES), max_size=9)
    wrong = {"expression": made.map(" ".join) | made.map("".join) | odd, "threshold": threshold | st.floats(), **bounds}
    return right | st.fixed_dictionaries({}, optional={**wrong, "level": level, "group_by": odd, "filter": odd})


def _level(good: bool) -> Strategy:
    return _fields(good, level=_some(good, ["Down", "Alert"], ["alert"]), threshold=_some(good, [1, 2], ["1"]))


def _rules(good: bool) -> Strategy:
    names = ["a", "b_2"]
    durations = _durations(good)
    override: dict[str, Strategy] = {
        **dict.fromkeys(["duration", "clear_cycle", "resend_interval"], durations),
        **dict.fromkeys(["level", "threshold", "breaches"], odd),
        "levels": _few(good, _level(good)),
    }
    changed = st.sampled_from(["duration", "clear_cycle", "resend_interval"])
    overrides: Strategy = st.tuples(_selections(good), changed, durations).map(
        lambda each: {"match": each[0], each[1]: each[2]}
    )
    if not good:
        overrides |= st.fixed_dictionaries({}, optional={**override, "match": _selections(good)}) | odd
    inhibition = st.fixed_dictionaries(
        {
            "rule": _some(good, [builtin.NAME], [*names, "vpc_failed"]),
            "same": _some(good, [["vpc"], ["target"], ["vpc", "zone"]], [[], ["vcp"], "vpc"]),
        }
    )
    common: dict[str, Strategy] = {
        **dict.fromkeys(["duration", "clear_cycle"], durations),
        "cycle": st.sampled_from(["15s", "60s", "2m"]) if good else durations,
        "resend_interval": durations | st.none(),
        "scope": _some(good, ["Host", "Tenant"], ["host"]),
        **dict.fromkeys(["display_name", "summary", "description", "recovery"], _texts(good)),
        "runbook": _few(good, _texts(good).filter(lambda text: isinstance(text, str)))
        | st.fixed_dictionaries({"en-US": _few(good, st.just("Look."))}),
        "exclude": _few(good, _selections(good)),
        "overrides": _few(good, overrides),
        "enabled": st.booleans() if good else st.booleans() | odd,
    }
    own = st.builds(
        lambda name, condition, more: {"name": name, **condition, **more},
        _some(good, names, ["A", "", builtin.NAME]),
        _condition(good),
        st.fixed_dictionaries({}, optional={**common, "inhibited_by": _few(good, inhibition)}),
    )
    changed_one = st.fixed_dictionaries(
        {"name": st.just(builtin.NAME)},
        optional={**common, "threshold": _some(good, [0, 1], ["0"]), "level": _some(good, ["Down"], ["down"])},
    )
    if not good:
        return _few(good, own | changed_one | odd)
    return st.lists(own | changed_one, max_size=2, unique_by=lambda rule: rule["name"])
