"""The browser of whoever sits at this machine."""

from __future__ import annotations

import webbrowser

from icwatch_cli.terminal.output import warn
from icwatch_cli.terminal.speech import Speech


def browse(address: str, speech: Speech) -> bool:
    """Open an address. Where there is no browser, say so, and return False."""
    if webbrowser.open(address):
        return True
    warn(speech.texts.files.page.no_browser.format(address=address))
    return False
