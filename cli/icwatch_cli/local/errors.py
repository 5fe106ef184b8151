"""What can go wrong with the local cloud itself."""

from __future__ import annotations

from icwatch.errors import IcwatchError


class LocalCloudError(IcwatchError):
    """The local cloud cannot be started or has broken; the message says what to do."""


class EndedError(LocalCloudError):
    """A part of the running local cloud has ended for good, so the run has to end; the message names the part."""
