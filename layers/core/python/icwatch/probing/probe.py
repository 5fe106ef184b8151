"""One probe: ask a target, and say whether the answer is the one that was expected, or why it is not.

A probe that fails is data; `causes.py` says which cause an error stands for.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

import httpx

from icwatch import __version__, regex
from icwatch.model import Cause, Failure, ProbeSpec
from icwatch.probing.attempts import LATE_SECONDS, PAUSED
from icwatch.probing.causes import cause_of
from icwatch.probing.errors import LocalError
from icwatch.probing.transport import CODING, DEADLINE, TLS_NOT_AFTER, without_dot
from icwatch.text import one_line

HEADERS = {"User-Agent": f"icwatch/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}

MAX_QUOTED_CHARACTERS = 80
"""Of what a detail quotes."""

RETRY_SECONDS = 0.1
"""Before a probe that failed is made again: what broke a connection for a moment is over by then."""

TIMEOUTS = frozenset({Cause.CONNECT_TIMEOUT, Cause.READ_TIMEOUT, Cause.DNS})
"""The causes that a pause of this machine may look like."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What one probe found: `failure` says why the target is unhealthy, `unknown` how this machine was at fault.

    `tls_not_after` is when the server's certificate expires, in Unix time, where there was a TLS handshake. It took
    `attempts`, and the one that counts `elapsed_ms`.
    """

    elapsed_ms: int
    status: int | None = None
    failure: Failure | None = None
    unknown: str = ""
    tls_not_after: int | None = None
    attempts: int = 1

    @property
    def healthy(self) -> bool:
        """Whether the target answered as expected."""
        return self.failure is None and not self.unknown


def request_for(url: str) -> httpx.Request:
    """The request that asks `url`, whose host is asked exactly as it is written. Raises httpx.InvalidURL.

    The header Host is set here, because httpx would decode IDNA to see whether there is a host, and raise where it
    cannot.
    """
    parsed = httpx.URL(url)
    return httpx.Request("GET", parsed, headers={"Host": without_dot(parsed.netloc).decode("ascii"), **HEADERS})


async def probe(transport: httpx.AsyncBaseTransport, request: httpx.Request, spec: ProbeSpec) -> Probe:
    """Ask within the timeout of `spec`, and compare the answer with it; again where that fails and there is time.

    The first attempt has the whole timeout, as if it were the only one, so no server is bad with several that is good
    with one. What a later one finds counts in its place, unless that is silence: it had less time, so it is no
    evidence. Redirects are not followed: a health interface answers for itself. Raises re2.error where the pattern is
    none.
    """
    began, timeout = time.perf_counter(), float(spec.timeout)
    request.extensions[DEADLINE] = timeout
    found = _unless_paused(await _ask(transport, request, spec), time.perf_counter() - began - timeout)
    for number in range(2, spec.attempts + 1):
        left = round(began + timeout - time.perf_counter() - RETRY_SECONDS, 2)
        if found.failure is None or left < RETRY_SECONDS:
            break
        await asyncio.sleep(RETRY_SECONDS)
        request.extensions[DEADLINE] = left
        latest = await _ask(transport, request, spec)
        found = replace(latest if _says_more(latest) else found, attempts=number)
    if found.failure is not None and found.attempts > 1:
        detail = one_line(f"{found.failure.detail}, in {found.attempts} attempts")
        found = replace(found, failure=replace(found.failure, detail=detail))
    return found


def _unless_paused(found: Probe, late_seconds: float) -> Probe:
    """A timeout that was noticed so late that this machine paused is no evidence."""
    if found.failure is not None and found.failure.cause in TIMEOUTS and late_seconds > LATE_SECONDS:
        return replace(found, failure=None, unknown=PAUSED)
    return found


def _says_more(latest: Probe) -> bool:
    """Whether a later attempt counts in place of those before it, which failed."""
    return not latest.unknown and (latest.failure is None or latest.failure.cause not in TIMEOUTS)


async def _ask(transport: httpx.AsyncBaseTransport, request: httpx.Request, spec: ProbeSpec) -> Probe:
    """One attempt."""
    began = time.perf_counter()
    response, failure, unknown = None, None, ""
    try:
        response = await transport.handle_async_request(request)
    except LocalError as error:
        unknown = one_line(str(error))
    except httpx.TransportError as error:
        failure = Failure(cause_of(error), one_line(str(error)))
    elapsed_ms = round((time.perf_counter() - began) * 1000)
    tls_not_after = request.extensions.get(TLS_NOT_AFTER)
    if response is None:
        return Probe(elapsed_ms, None, failure, unknown, tls_not_after)
    # An answer was there by the deadline; what is measured beyond it is this process's own delay.
    elapsed_ms = min(elapsed_ms, int(spec.timeout * 1000))
    return Probe(elapsed_ms, response.status_code, _judge(response, spec), "", tls_not_after)


def _judge(response: httpx.Response, spec: ProbeSpec) -> Failure | None:
    """What is wrong with an answer: its status, or what was read of its body."""
    status = response.status_code
    if status in spec.expect_status and not spec.body and not spec.body_pattern:
        return None
    coding = one_line(response.extensions.get(CODING, ""), MAX_QUOTED_CHARACTERS)
    if status not in spec.expect_status:
        return Failure(Cause.HTTP_STATUS, f"HTTP {status}{_beginning(response, coding)}", status)
    wrong = _wrong_body(response.content.decode("utf-8", "replace"), spec)
    if wrong and coding:
        wrong = f"the body cannot be checked: it is encoded ({coding}), and unencoded was asked for"
    return Failure(Cause.BAD_RESPONSE, wrong, status) if wrong else None


def _beginning(response: httpx.Response, coding: str) -> str:
    """How an answer with a wrong status begins, where a person can read that."""
    if coding:
        return f" (its body is encoded: {coding})"
    begins = one_line(response.content.decode("utf-8", "replace").strip(), MAX_QUOTED_CHARACTERS)
    return f" {begins!r}" if begins else ""


def _wrong_body(body: str, spec: ProbeSpec) -> str:
    """What of the expected is not in a body."""
    if spec.body not in body:
        return f"the body does not hold '{one_line(spec.body, MAX_QUOTED_CHARACTERS)}'"
    if spec.body_pattern and not regex.finds(spec.body_pattern, body):
        return f"the body does not match '{one_line(spec.body_pattern, MAX_QUOTED_CHARACTERS)}'"
    return ""
