"""Texts from outside: without the passwords of URLs, cut between characters, and on one line."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from icwatch.text import has_password, one_line, quotable, quotable_words, redacted, shorten, visible
from tests.notices.support import anything, is_printable

WITH = {
    "http://root:geheim@10.0.0.1/ok": "http://***@10.0.0.1/ok",
    "see https://:geheim@a and http://b:geheim@c": "see https://***@a and http://***@c",
    '<a href="http://root:geheim@10.0.0.1/">': '<a href="http://***@10.0.0.1/">',
    "jdbc:oceanbase://root:geheim@10.0.0.1:2883/x": "jdbc:oceanbase://***@10.0.0.1:2883/x",
    "//root:geheim@10.0.0.1": "//***@10.0.0.1",
    "http://root:ge@heim@10.0.0.1": "http://***@10.0.0.1",
    "http://root:geheim@[::1]:80/a@b": "http://***@[::1]:80/a@b",
}
WITHOUT = (
    "",
    "ops@example.com",
    "mailto:ops@example.com",
    "http://10.0.0.1:8080/?user=root@sys",
    "http://10.0.0.1:8080/a@b",
    "http://10.0.0.1:8080#root@sys",
    "ssh://git@example.com/a",
    "root@sys#obcluster:2883",
    "a // b: c@d",
)


@pytest.mark.parametrize("text", WITH)
def test_a_password_of_a_url_is_left_out(text: str) -> None:
    assert has_password(text)
    assert redacted(text) == visible(text) == one_line(text) == WITH[text]
    assert not has_password(WITH[text])
    assert "geheim" not in quotable(text) + quotable_words(text)


@pytest.mark.parametrize("text", WITHOUT)
def test_what_is_none_stays(text: str) -> None:
    assert not has_password(text)
    assert redacted(text) == visible(text) == one_line(text) == text


def test_no_password_is_left_where_a_line_is_cut() -> None:
    for length in range(200):
        assert "geheim" not in one_line(f"{'x' * length} http://root:geheim@10.0.0.1/", 80)
    assert one_line(f"http://root:{'geheim' * 100}@10.0.0.1/", 80) == "http://***@10.0.0.1/"


ARN = "arn:aws:sts::123456789012:assumed-role/a/me@example.com"
QUOTED = {
    "root:geheim@10.0.0.1": "***@10.0.0.1",
    " http://root:geheim@10.0.0.1": " http://***@10.0.0.1",
    "http://root:ge/he im@10.0.0.1": "http://***@10.0.0.1",
    "http:\\\\root:geheim@10.0.0.1": "***@10.0.0.1",
    "'http://root:geheim@10.0.0.1'": "'http://***@10.0.0.1'",
    "root@10.0.0.1": "root@10.0.0.1",
    ARN: ARN,
    "10.0.0.1:8088": "10.0.0.1:8088",
}


@pytest.mark.parametrize("text", QUOTED)
def test_a_wrong_value_is_quoted_without_what_may_be_a_password(text: str) -> None:
    assert quotable(text) == QUOTED[text]
    assert quotable(quotable(text)) == QUOTED[text]


def test_of_a_message_only_the_words_change() -> None:
    message = "fleet.yaml:3: targets[0]: root:geheim@10.0.0.1 is none; arn:aws:iam::1:user/me@a is"
    assert quotable_words(message) == "fleet.yaml:3: targets[0]: ***@10.0.0.1 is none; arn:aws:iam::1:user/me@a is"


@given(st.text("a:@/?# .\n", max_size=30))
def test_what_is_shown_once_is_shown_the_same_again(text: str) -> None:
    assert not has_password(redacted(text))
    assert redacted(redacted(text)) == redacted(text)
    assert quotable(quotable(text)) == quotable(text)


def test_it_takes_no_long_time() -> None:
    """Text of any size is passed over once, whatever is in it."""
    for piece in ("//a:", "a:", "//", ":", "@"):
        text = "@" + piece * 200_000
        assert quotable_words(text)
        assert redacted(text)


@given(st.text() | st.text("ab", min_size=100), st.integers(8, 300), st.sampled_from(["utf-8", "utf-16-le"]))
def test_shorten_keeps_whole_characters(text: str, most: int, encoding: str) -> None:
    encodable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    short = shorten(encodable, most, encoding)
    assert len(short.encode(encoding)) <= most
    ellipsis = "..." if encodable.isascii() else "…"
    assert short == encodable or (short.endswith(ellipsis) and encodable.startswith(short.removesuffix(ellipsis)))
    if len(encodable.encode(encoding)) <= most:
        assert short == encodable
    else:
        assert len(short.encode(encoding)) > most - 4, "no more is cut than must be"


@given(anything, st.integers(1, 300))
@example("a\u3000b", 10)
@example("\U000e0001" * 200, 5)
def test_one_line_is_one_line(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert is_printable(line)
    assert line.encode().decode() == line, "no lone surrogate"
    if len(text) <= most and text.isprintable():
        assert line == text
