"""One probe: ask a target, and say whether the answer is the one that was expected, or why it is not.

A probe that fails is data; `causes.py` says which cause an error stands for, `verdict.py` what an answer comes to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import httpx

from icwatch.model import ProbeSpec
from icwatch.probing.loop import Loop
from icwatch.probing.outcomes import Outcome
from icwatch.probing.prepared import PreparedRequest, prepare
from icwatch.probing.transport import Transport
from icwatch.probing.verdict import Probe, broken, conclude, says_more, unless_paused
from icwatch.text import one_line

RETRY_SECONDS = 0.1
"""Before a probe that failed is made again: what broke a connection for a moment is over by then."""


class Owner(Protocol):
    """Who wants a probe."""

    def probed(self, found: Probe) -> None:
        """What it found."""


class Probing:
    """A probe under way: within `timeout` seconds the target is asked as `spec` has it, and again where that fails.

    The first attempt has the whole timeout, as if it were the only one, so no server is bad with several that is good
    with one. What a later one finds counts in its place, unless that is silence: it had less time, so it is no
    evidence. Redirects are not followed: a health interface answers for itself.
    """

    __slots__ = (
        *("_attempt", "_attempt_began", "_began", "_found", "_left", "_loop", "_owner", "_request", "_spec"),
        *("_timeout", "_tls_not_after", "_transport"),
    )

    def __init__(
        self,
        loop: Loop,
        transport: Transport,
        request: PreparedRequest,
        spec: ProbeSpec,
        timeout: float,
        *,
        owner: Owner,
    ) -> None:
        self._loop, self._transport, self._request = loop, transport, request
        self._spec, self._owner = spec, owner
        self._timeout = self._left = timeout
        self._began = self._attempt_began = 0.0
        self._attempt = 0
        self._found: Probe | None = None
        self._tls_not_after: int | None = None

    def begin(self) -> None:
        """Begin an attempt. The owner may hear of the end at once."""
        self._attempt += 1
        self._attempt_began = self._loop.time()
        if self._attempt == 1:
            self._began = self._attempt_began
        try:
            self._transport.begin(self._loop, self._request, self._left, self)
        except Exception as error:
            self._owner.probed(broken(error))

    due = begin

    def ended(self, outcome: Outcome, tls_not_after: int | None) -> None:
        """An attempt has ended."""
        if tls_not_after is not None:
            self._tls_not_after = tls_not_after
        try:
            found = conclude(outcome, self._elapsed_ms(outcome), self._spec, self._tls_not_after)
        except Exception as error:
            found = broken(error)
        if self._attempt > 1 and self._found is not None:
            found = replace(found if says_more(found) else self._found, attempts=self._attempt)
        elif found.failure is not None:
            found = unless_paused(found, self._loop.time() - self._began - self._timeout)
        if found.failure is None or not self._again(found):
            self._owner.probed(_with_attempts(found))

    def _elapsed_ms(self, outcome: Outcome) -> int:
        """What an answer took: it was there when the loop woke up, and what was handled before it is no delay of it.

        It was there by the deadline, too: what is measured beyond that is this process's own delay.
        """
        elapsed = max(self._loop.now - self._attempt_began, 0.0)
        return round((min(elapsed, self._timeout) if isinstance(outcome, httpx.Response) else elapsed) * 1000)

    def _again(self, found: Probe) -> bool:
        """Make another attempt after a while, where that is due and there is time."""
        if self._attempt >= self._spec.attempts:
            return False
        now = self._loop.time()
        left = round(self._began + self._timeout - now - RETRY_SECONDS, 2)
        if left < RETRY_SECONDS:
            return False
        self._found, self._left = found, left
        self._loop.at(now + RETRY_SECONDS, self)
        return True


def _with_attempts(found: Probe) -> Probe:
    if found.failure is None or found.attempts == 1:
        return found
    detail = one_line(f"{found.failure.detail}, in {found.attempts} attempts")
    return replace(found, failure=replace(found.failure, detail=detail))


def probe(transport: Transport, request: httpx.Request, spec: ProbeSpec, loop: Loop | None = None) -> Probe:
    """Make one probe, and wait for what it finds."""
    with loop or Loop() as running:
        only = _Only(running)
        Probing(running, transport, prepare(request), spec, float(spec.timeout), owner=only).begin()
        running.run()
    assert only.found is not None
    return only.found


class _Only:
    """Who wants one probe and nothing else."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.found: Probe | None = None

    def probed(self, found: Probe) -> None:
        """Take it, and end the loop."""
        self.found = found
        self._loop.stop()
