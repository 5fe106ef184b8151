"""What an exchange comes to beside httpx's own errors; `causes.py` says what each stands for."""

from __future__ import annotations

import httpx

from icwatch.model import Cause


class LocalError(httpx.TransportError):
    """This machine could not make the connection; nothing is known about the server."""


class ForbiddenError(LocalError):
    """The host has none but addresses that a prober does not connect to; nothing was sent to it."""


class LookupFailed(httpx.ConnectError):
    """The host name has no address, or no answer came in time."""


class ConnectFailed(httpx.ConnectError):
    """No address of the host gave a connection; `cause` is what that says."""

    def __init__(self, message: str, cause: Cause) -> None:
        super().__init__(message)
        self.cause = cause
