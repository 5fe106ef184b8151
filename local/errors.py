"""What can go wrong with the local cloud itself."""

from __future__ import annotations

from icwatch.errors import IcwatchError


class LocalCloudError(IcwatchError):
    """The local cloud cannot be started or has broken; the message says what to do."""
