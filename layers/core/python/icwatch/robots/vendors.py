"""What each vendor of chat robots asks for, and what its answers mean.

Sources: DingTalk "custom robot access" and "security settings"; Feishu "custom bot" (bot-v3); WeCom document 99110;
Slack "rate limits" and "incoming webhooks". Robots answer HTTP 200 with an error inside: the body decides. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus, urlsplit, urlunsplit

from icwatch.model import RobotKind

SIGNATURE, TIMESTAMP, NOTICE_ID = "X-Icwatch-Signature", "X-Icwatch-Timestamp", "X-Icwatch-Notice"
"""Headers of a webhook: `sha256=` and the HMAC of `TIMESTAMP.BODY` in hexadecimal, Unix seconds, the notice's id."""

MAX_ANSWER_CHARACTERS = 300
"""Of an answer that is repeated to a person."""

SIGNED = frozenset({RobotKind.DINGTALK, RobotKind.FEISHU, RobotKind.WEBHOOK})
"""The kinds whose messages can be signed."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: so many messages at once, and so many a minute after that.

    In no minute it lets more through than both together, which is what the vendor takes or fewer.
    """

    burst: int
    a_minute: float


LIMITS: Mapping[RobotKind, Limit] = {
    RobotKind.DINGTALK: Limit(9, 9),  # 20 a minute, and beyond that mute for ten
    RobotKind.FEISHU: Limit(4, 40),  # 100 a minute, 5 a second
    RobotKind.WECOM: Limit(9, 9),  # 20 a minute
    RobotKind.SLACK: Limit(3, 40),  # 1 a second, with short bursts
    RobotKind.WEBHOOK: Limit(30, 300),
}


class Verdict(StrEnum):
    """What became of a message: taken, to be sent again later, too many for now, or never to be taken."""

    TAKEN = "taken"
    TRANSIENT = "transient"
    TOO_MANY = "too many"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a robot answered: the verdict, the vendor's own words for people, and for how many seconds it is mute."""

    verdict: Verdict
    words: str = ""
    mute_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A POST to a robot."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def request_of(
    kind: RobotKind, message: Mapping[str, Any], notice_id: str, *, url: str, secret: str, at: int
) -> Request:
    """The request that carries a message, signed at `at` (Unix seconds) where there is a secret."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if kind is RobotKind.DINGTALK and secret:
        url = _with_query(url, f"timestamp={at * 1000}&sign={sign_dingtalk(secret, at * 1000)}")
    if kind is RobotKind.FEISHU and secret:
        message = {"timestamp": str(at), "sign": sign_feishu(secret, at), **message}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if kind is RobotKind.WEBHOOK:
        headers |= {TIMESTAMP: str(at), NOTICE_ID: quote_plus(notice_id, safe=":=,+")}
        if secret:
            headers[SIGNATURE] = sign_webhook(secret, at, body)
    return Request(url, body, headers)


def sign_dingtalk(secret: str, milliseconds: int) -> str:
    """DingTalk's `sign`, ready for the URL."""
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256)
    return quote_plus(base64.b64encode(digest).decode())


def sign_feishu(secret: str, seconds: int) -> str:
    """Feishu's `sign`: the text to sign is the key, and what is signed is nothing."""
    return base64.b64encode(hmac.digest(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256)).decode()


def sign_webhook(secret: str, seconds: int, body: bytes) -> str:
    """The signature of a webhook's body, which covers the timestamp as well."""
    return "sha256=" + hmac.digest(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hex()


def judge(kind: RobotKind, status: int, body: str, retry_after: str = "") -> Answer:
    """What an HTTP answer means. A robot's body decides before its status does."""
    words = f"HTTP {status}: {' '.join(body.split())[:MAX_ANSWER_CHARACTERS]}".rstrip(": ")
    if status == 429:
        return Answer(Verdict.TOO_MANY, words, _seconds(retry_after))
    if status >= 500 or status in (408, 425):
        return Answer(Verdict.TRANSIENT, words)
    if status >= 400:
        return Answer(Verdict.PERMANENT, words)
    if status >= 300:
        return Answer(Verdict.PERMANENT, f"{words} (a redirect, which is not followed)")
    return _JUDGES[kind](body, words)


def _by_code(body: str, words: str, name: str, too_many: Mapping[int, int], transient: frozenset[int]) -> Answer:
    try:
        document = json.loads(body)
        code = int(document[name])
    except (ValueError, KeyError, TypeError):
        return Answer(Verdict.TRANSIENT, f"{words} (no answer of a robot)")
    if code == 0:
        return Answer(Verdict.TAKEN, words)
    if code in too_many:
        return Answer(Verdict.TOO_MANY, words, too_many[code])
    return Answer(Verdict.TRANSIENT if code in transient else Verdict.PERMANENT, words)


def _dingtalk(body: str, words: str) -> Answer:
    return _by_code(body, words, "errcode", {130101: 600, 410100: 600}, frozenset({-1}))


def _feishu(body: str, words: str) -> Answer:
    name = "code" if '"code"' in body else "StatusCode"
    return _by_code(body, words, name, {9499: 60, 11232: 60}, frozenset({11233, 11250}))


def _wecom(body: str, words: str) -> Answer:
    return _by_code(body, words, "errcode", {45009: 60, 45033: 60}, frozenset({-1}))


def _slack(body: str, words: str) -> Answer:
    return Answer(Verdict.TAKEN if body.strip() == "ok" else Verdict.PERMANENT, words)


def _webhook(body: str, words: str) -> Answer:
    return Answer(Verdict.TAKEN, words)


_JUDGES: Mapping[RobotKind, Callable[[str, str], Answer]] = {
    RobotKind.DINGTALK: _dingtalk,
    RobotKind.FEISHU: _feishu,
    RobotKind.WECOM: _wecom,
    RobotKind.SLACK: _slack,
    RobotKind.WEBHOOK: _webhook,
}


def _seconds(retry_after: str) -> int:
    """Of a Retry-After header in seconds, within an hour; a minute where it says nothing."""
    return min(int(retry_after), 3600) if retry_after.isascii() and retry_after.isdigit() else 60


def _with_query(url: str, query: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
