"""What Lambda's INIT is used for: a new environment has a whole processor there, and no event waits yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress


def connect_at_init(wire: Callable[[], object]) -> None:
    """Make the clients of a function now, where Lambda prepares an environment; elsewhere at the first event, as ever.

    What goes wrong here goes wrong at the first event again, where it is logged and counted.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        with suppress(Exception):
            wire()
