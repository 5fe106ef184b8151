"""Lines within the width of a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from icwatch_cli.terminal.colours import fit, in_style, wrapped

TEXTS = st.text(st.sampled_from("ab 连接失败，·"), max_size=60)


@given(TEXTS, st.integers(12, 40))
def test_no_line_is_wider_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text.strip(), width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert cell_len(fit(text, width)) <= width


def test_lines_break_at_blanks_and_go_on_further_in() -> None:
    text = "  Cause: connect timeout; suspect the path"
    assert wrapped(text, 24) == ["  Cause: connect", "    timeout; suspect the", "    path"]
    assert wrapped("原因：连接超时。请优先排查网络。", 12) == ["原因：连接超", "  时。请优先", "  排查网络。"]
    assert wrapped(text, None) == [text]
    assert fit("原因：连接超时", 8) == "原因：…"


def test_there_are_no_colours_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert in_style("down", "bad") == "down"
