"""Templates of summaries and descriptions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.notices.placeholders import VARIABLES, problems_of, render

KNOWN = VARIABLES | {"vpc", "ocp_address"}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("${alarm_target} ${alarm_name}", "192.168.0.1 down"),
        ("$alarm_target: $$5", "192.168.0.1: $5"),
        ("${alarm_target}${alarm_target}", "192.168.0.1192.168.0.1"),
        ("${value}", "0"),
        ("${unknown} stays", "${unknown} stays"),
        ("100 $ and ${", "100 $ and ${"),
        ("", ""),
    ],
)
def test_render(text: str, rendered: str) -> None:
    assert render(text, {"alarm_target": "192.168.0.1", "alarm_name": "down", "value": 0}) == rendered


@given(st.text(), st.text())
def test_a_value_is_never_filled_in_again(name: str, target: str) -> None:
    values = {"alarm_name": f"{name}${{alarm_target}}$$", "alarm_target": target}
    assert render("<${alarm_name}|${alarm_target}>", values) == f"<{name}${{alarm_target}}$$|{target}>"


@given(st.text())
def test_no_template_breaks(text: str) -> None:
    render(text, {})
    list(problems_of(text, KNOWN))


def test_a_good_template() -> None:
    assert not [*problems_of("${alarm_target} ${alarm_name}: OCP ${ocp_address}, $$1", KNOWN)]


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("costs 5$", "holds a $ that begins no variable", "write ${name}, or $$ for a dollar sign"),
        ("${}", "holds a $ that begins no variable", "write ${name}, or $$ for a dollar sign"),
        (
            "${alarm_tragte}",
            "${alarm_tragte} is neither a variable nor a label of any target",
            "did you mean ${alarm_target}?",
        ),
        (
            "${zzz}",
            "${zzz} is neither a variable nor a label of any target",
            "write a variable of OCP or a label that a target carries",
        ),
    ],
)
def test_a_bad_template(text: str, wrong: str, right: str) -> None:
    assert [*problems_of(text, KNOWN)] == [(wrong, right)]


def test_all_that_is_unknown_is_told() -> None:
    found = [*problems_of("${aaa} ${alarm_name} 5$ ${bbb}", KNOWN)]
    assert [wrong.split(" ")[0] for wrong, _ in found] == ["holds", "${aaa}", "${bbb}"]
