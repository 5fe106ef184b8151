"""Run ministack until standard input closes. Executed by the Python of ministack's own environment.

The other end of that pipe is held by the process that started it. When that one ends, even by kill -9, the pipe
closes, and nothing is left behind. An argument is the journal in which it keeps its contents.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

# Of icwatch_cli, the packages of the other environment must not be found beside it, as ministack would use them.
_OTHERS = str(Path(__file__).parents[2])
sys.path.append(_OTHERS)
from icwatch_cli.local.backend_scale import scale  # noqa: E402
from icwatch_cli.local.state.keeper import Keeper  # noqa: E402

sys.path.remove(_OTHERS)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _run(journal: str | None) -> None:
    from ministack import app  # type: ignore[import-not-found]  # installed where this runs  # noqa: PLC0415
    from ministack.services import dynamodb, sqs  # type: ignore[import-not-found]  # noqa: PLC0415

    scale(dynamodb)
    if journal is not None:
        app.app = Keeper(Path(journal), dynamodb, sqs).around(app.app)
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _run(sys.argv[1] if len(sys.argv) > 1 else None)
