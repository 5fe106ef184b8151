"""Sending a robot its message: where its address is, one POST, and what the answer means."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from icwatch.delivery.secrets import SecretError, Secrets
from icwatch.model import Robot
from icwatch.robots.vendors import Answer, Request, Verdict, judge, request_of

LIMIT_SECONDS = 10.0
"""For one POST with its answer. OCP gives a channel as long."""

MAX_ANSWER_BYTES = 16 * 1024

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
"""For each step, so that it usually ends by itself within the limit."""


class RobotSender:
    """Sends robots their messages. `local` allows secrets of this machine, and plain HTTP."""

    def __init__(self, secrets: Secrets, *, local: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._secrets, self._local, self._clock = secrets, local, clock

    def send(self, robot: Robot, message: Mapping[str, Any], notice_id: str) -> Answer:
        """Send a message once, and say what became of it. Raises nothing: every failure is an answer."""
        try:
            url = self._secrets.read(robot.url)
            secret = self._secrets.read(robot.secret) if robot.secret else ""
        except SecretError as error:
            return Answer(Verdict.TRANSIENT, str(error))  # a person can correct it while the notice waits
        schemes = ("https", "http") if self._local else ("https",)
        if urlsplit(url).scheme not in schemes or not urlsplit(url).hostname:
            return Answer(Verdict.PERMANENT, f"what {robot.url} holds is no {schemes[0]} address")
        request = request_of(robot.vendor, message, notice_id, url=url, secret=secret, at=int(self._clock()))
        try:
            status, body, retry_after = post(request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not the error itself: its text may name the address, which is a secret.
            return Answer(Verdict.TRANSIENT, f"no answer: {type(error).__name__}")
        return judge(robot.vendor, status, body, retry_after)


def post(request: Request) -> tuple[int, str, str]:
    """The status, the beginning of the body, and Retry-After of the answer. Raises httpx's errors."""
    ends = time.monotonic() + LIMIT_SECONDS
    body = b""
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
        client.stream("POST", request.url, content=request.body, headers=dict(request.headers)) as answer,
    ):
        for part in answer.iter_bytes():
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                break
            if time.monotonic() > ends:
                raise httpx.ReadTimeout("the answer takes too long")
    return answer.status_code, body[:MAX_ANSWER_BYTES].decode(errors="replace"), answer.headers.get("Retry-After", "")
