"""Run ministack until standard input closes. Executed by the Python of ministack's own environment.

The other end of that pipe is held by the process that started it. When that one ends, even by kill -9, the pipe
closes, and nothing is left behind.
"""

from __future__ import annotations

import os
import sys
import threading


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from ministack.app import main  # type: ignore[import-not-found]  # installed where this runs

    sys.argv = ["ministack"]
    main()
