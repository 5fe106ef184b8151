"""Signatures against published vectors, and what each vendor's answers mean."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from icwatch.model import RobotKind
from icwatch.robots.vendors import (
    SIGNATURE,
    TIMESTAMP,
    Verdict,
    judge,
    request_of,
    sign_dingtalk,
    sign_feishu,
)

AT = 1_795_316_400
MESSAGE = {"text": "中文"}


def test_the_vectors() -> None:
    """Made with the vendors' algorithms; many public snippets sign Feishu as DingTalk is signed."""
    assert sign_feishu("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
    assert sign_dingtalk("this is secret", 1577262236757) == "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"


def test_where_each_puts_its_signature() -> None:
    made = request_of(RobotKind.DINGTALK, MESSAGE, "n", url="https://a/send?access_token=t", secret="s", at=AT)
    assert made.url == f"https://a/send?access_token=t&timestamp={AT * 1000}&sign={sign_dingtalk('s', AT * 1000)}"
    assert json.loads(made.body) == MESSAGE
    made = request_of(RobotKind.FEISHU, MESSAGE, "n", url="https://a/hook/t", secret="s", at=AT)
    assert json.loads(made.body) == {"timestamp": str(AT), "sign": sign_feishu("s", AT), **MESSAGE}
    made = request_of(RobotKind.WEBHOOK, MESSAGE, "n", url="https://a/", secret="s", at=AT)
    expected = hmac.new(b"s", f"{AT}.".encode() + made.body, hashlib.sha256).hexdigest()
    assert (made.headers[SIGNATURE], made.headers[TIMESTAMP]) == (f"sha256={expected}", str(AT))


@pytest.mark.parametrize("kind", RobotKind)
def test_without_a_secret_nothing_is_signed(kind: RobotKind) -> None:
    made = request_of(kind, MESSAGE, "规则:1\r\nX: y", url="https://a/?key=k", secret="", at=AT)
    assert made.url == "https://a/?key=k"
    assert json.loads(made.body) == MESSAGE
    assert SIGNATURE not in made.headers
    assert all(value.isascii() and value.isprintable() for value in made.headers.values())


OK = {
    RobotKind.DINGTALK: '{"errcode":0,"errmsg":"ok"}',
    RobotKind.FEISHU: '{"code":0,"msg":"success"}',
    RobotKind.WECOM: '{"errcode":0,"errmsg":"ok"}',
    RobotKind.SLACK: "ok",
    RobotKind.WEBHOOK: "",
}


@pytest.mark.parametrize("kind", RobotKind)
def test_success(kind: RobotKind) -> None:
    assert judge(kind, 200, OK[kind]).verdict is Verdict.TAKEN


@pytest.mark.parametrize(
    ("kind", "status", "body", "verdict", "mute"),
    [
        (RobotKind.DINGTALK, 200, '{"errcode":130101,"errmsg":"send too fast"}', Verdict.TOO_MANY, 600),
        (RobotKind.DINGTALK, 200, '{"errcode":310000,"errmsg":"sign not match"}', Verdict.PERMANENT, 0),
        (RobotKind.DINGTALK, 200, '{"errcode":300001,"errmsg":"token is not exist"}', Verdict.PERMANENT, 0),
        (RobotKind.DINGTALK, 200, '{"errcode":-1,"errmsg":"system busy"}', Verdict.TRANSIENT, 0),
        (RobotKind.FEISHU, 200, '{"StatusCode":0,"StatusMessage":"success"}', Verdict.TAKEN, 0),
        (RobotKind.FEISHU, 200, '{"code":9499,"msg":"too many request"}', Verdict.TOO_MANY, 60),
        (RobotKind.FEISHU, 200, '{"code":19021,"msg":"sign match fail"}', Verdict.PERMANENT, 0),
        (RobotKind.WECOM, 200, '{"errcode":45009,"errmsg":"api freq out of limit"}', Verdict.TOO_MANY, 60),
        (RobotKind.WECOM, 200, '{"errcode":93000,"errmsg":"invalid webhook url"}', Verdict.PERMANENT, 0),
        (RobotKind.SLACK, 200, "invalid_payload", Verdict.PERMANENT, 0),
        (RobotKind.SLACK, 404, "no_service", Verdict.PERMANENT, 0),
        (RobotKind.SLACK, 503, "rollup_error", Verdict.TRANSIENT, 0),
        *[(kind, 500, OK[kind], Verdict.TRANSIENT, 0) for kind in RobotKind],
        *[(kind, 403, "<html>", Verdict.PERMANENT, 0) for kind in RobotKind],
        *[(kind, 302, "", Verdict.PERMANENT, 0) for kind in RobotKind],
        *[(kind, 429, "slow down", Verdict.TOO_MANY, 60) for kind in RobotKind],
        *[
            (kind, 200, body, Verdict.TRANSIENT, 0)
            for kind in (RobotKind.DINGTALK, RobotKind.FEISHU, RobotKind.WECOM)
            for body in ("", "<html>proxy</html>", "[]", '{"errcode":"x"}', "null")
        ],
    ],
)
def test_answers(kind: RobotKind, status: int, body: str, verdict: Verdict, mute: int) -> None:
    """A page of a proxy is no answer of a robot, and may be gone in a moment."""
    answer = judge(kind, status, body)
    assert (answer.verdict, answer.mute_seconds) == (verdict, mute)
    assert str(status) in answer.words


def test_retry_after_is_believed_within_an_hour() -> None:
    waits = [judge(RobotKind.SLACK, 429, "", text).mute_seconds for text in ("30", "999999", "soon", "", "٣")]
    assert waits == [30, 3600, 60, 60, 60]
