"""What a probe found, by what an exchange came to: whether the answer is the expected one, or why it is not. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx

from icwatch import regex
from icwatch.model import Cause, Failure, ProbeSpec
from icwatch.probing.attempts import LATE_SECONDS, PAUSED
from icwatch.probing.causes import cause_of
from icwatch.probing.errors import LocalError
from icwatch.probing.outcomes import CODING, Outcome
from icwatch.text import one_line

MAX_QUOTED_CHARACTERS = 80
"""Of what a detail quotes."""

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


def conclude(outcome: Outcome, elapsed_ms: int, spec: ProbeSpec, tls_not_after: int | None) -> Probe:
    """What one attempt found. Raises re2.error where the pattern of `spec` is none."""
    if isinstance(outcome, httpx.Response):
        return Probe(elapsed_ms, outcome.status_code, _judge(outcome, spec), "", tls_not_after)
    if isinstance(outcome, LocalError):
        return Probe(elapsed_ms, unknown=one_line(str(outcome)), tls_not_after=tls_not_after)
    if isinstance(outcome, httpx.TransportError):
        return Probe(elapsed_ms, None, Failure(cause_of(outcome), one_line(str(outcome))), "", tls_not_after)
    return broken(outcome)


def broken(error: Exception) -> Probe:
    """A defect, or a machine that has run out of something: one probe that says nothing, and stops no other."""
    return Probe(0, unknown=one_line(f"{type(error).__name__}: {error}"))


def unless_paused(found: Probe, late_seconds: float) -> Probe:
    """A timeout that was noticed so late that this machine paused is no evidence."""
    if found.failure is not None and found.failure.cause in TIMEOUTS and late_seconds > LATE_SECONDS:
        return replace(found, failure=None, unknown=PAUSED)
    return found


def says_more(latest: Probe) -> bool:
    """Whether a later attempt counts in place of those before it, which failed."""
    return not latest.unknown and (latest.failure is None or latest.failure.cause not in TIMEOUTS)


def _judge(response: httpx.Response, spec: ProbeSpec) -> Failure | None:
    """What is wrong with an answer: its status, or what was read of its body."""
    status = response.status_code
    if status in spec.expect_status and not spec.body and not spec.body_pattern:
        return None
    coding = one_line(response.extensions.get(CODING, ""), MAX_QUOTED_CHARACTERS)
    body = response.read().decode("utf-8", "replace")
    if status not in spec.expect_status:
        return Failure(Cause.HTTP_STATUS, f"HTTP {status}{_beginning(body, coding)}", status)
    wrong = _wrong_body(body, spec)
    if wrong and coding:
        wrong = f"the body cannot be checked: it is encoded ({coding}), and unencoded was asked for"
    return Failure(Cause.BAD_RESPONSE, wrong, status) if wrong else None


def _beginning(body: str, coding: str) -> str:
    """How an answer with a wrong status begins, where a person can read that."""
    if coding:
        return f" (its body is encoded: {coding})"
    begins = one_line(body.strip(), MAX_QUOTED_CHARACTERS)
    return f" {begins!r}" if begins else ""


def _wrong_body(body: str, spec: ProbeSpec) -> str:
    """What of the expected is not in a body."""
    if spec.body not in body:
        return f"the body does not hold '{one_line(spec.body, MAX_QUOTED_CHARACTERS)}'"
    if spec.body_pattern and not regex.finds(spec.body_pattern, body):
        return f"the body does not match '{one_line(spec.body_pattern, MAX_QUOTED_CHARACTERS)}'"
    return ""
