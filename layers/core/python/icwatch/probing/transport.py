"""How a request is exchanged for an answer: over a connection of its own, as seen by whoever wants it."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from icwatch.probing.exchange import Exchange, Owner
from icwatch.probing.forbidden import reason_to_refuse
from icwatch.probing.lookup import Lookups
from icwatch.probing.loop import Loop
from icwatch.probing.prepared import PreparedRequest


class Transport(Protocol):
    """What begins exchanges; another one stands in for the network where only its answers matter."""

    def begin(self, loop: Loop, request: PreparedRequest, timeout: float, owner: Owner) -> None:
        """Begin an exchange that is over within `timeout` seconds, from the name to the last byte."""


class ProbeTransport:
    """One connection, one request, one deadline over all of it, a limited read, no pool.

    httpx's own transport pools connections, limits them to a hundred and applies its timeouts to every read anew; for a
    sweep the first two turn healthy servers into failures, and the third lets a server that drips a byte a second
    outlive any timeout.

    Addresses that `forbidden` refuses are never connected to. `allow_loopback` is for a person's own machine; beside a
    deployed prober the loopback interface has Lambda's runtime interface.
    """

    def __init__(self, *, allow_loopback: bool = False) -> None:
        self._reason_to_refuse = partial(reason_to_refuse, allow_loopback=allow_loopback)
        self._lookups = Lookups()

    def begin(self, loop: Loop, request: PreparedRequest, timeout: float, owner: Owner) -> None:
        """Begin an exchange."""
        Exchange(loop, request, timeout, owner, self._reason_to_refuse).begin(self._lookups)
