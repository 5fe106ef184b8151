"""The browser of whoever sits at this machine."""

from __future__ import annotations

import webbrowser

from icwatch_cli.terminal.output import warn


def browse(address: str) -> bool:
    """Open an address. Where there is no browser, say so, and return False."""
    if webbrowser.open(address):
        return True
    warn(f"there is no browser here; open it by hand: {address}")
    return False
