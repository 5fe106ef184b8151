"""Finds a real Python 3.13, which `sam build` needs on PATH to build for the runtime python3.13.

`python -m icwatch_cli.local.python313` prints the folder it lies in. Being called python3.13 is not enough: the
shims of version managers are called so too and fail, so every candidate is run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PLACES = (
    ".pyenv/versions/3.13*/bin",
    ".local/share/uv/python/cpython-3.13*/bin",
    ".local/share/mise/installs/python/3.13*/bin",
    ".asdf/installs/python/3.13*/bin",
)
"""Where version managers keep theirs, in the home folder."""

HOMEBREW = ("/opt/homebrew/bin", "/usr/local/bin")

CHECK = "import sys, pip; sys.exit(sys.version_info[:2] != (3, 13))"
"""The layer is built with this Python's pip."""

MISSING = (
    "No working Python 3.13 with pip was found, and `sam build` needs one. Install it, for example with "
    "`brew install python@3.13`, `pyenv install 3.13` or `uv python install 3.13`, or put the folder of yours on PATH."
)


def find(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the first python3.13 that works, or None."""
    return next((folder for folder in _folders(environment) if _works(folder / "python3.13")), None)


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """PATH first, since what a person put there is what they mean."""
    yield from (Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder)
    home = Path(environment.get("HOME", "/"))
    for place in PLACES:
        yield from sorted(home.glob(place), reverse=True)
    if uv := environment.get("UV_PYTHON_INSTALL_DIR"):
        yield from sorted(Path(uv).glob("cpython-3.13*/bin"), reverse=True)
    yield from map(Path, HOMEBREW)


def _works(python: Path) -> bool:
    if not os.access(python, os.X_OK):
        return False
    try:
        return subprocess.run([python, "-c", CHECK], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    """Print the folder; or what to install, and fail."""
    folder = find()
    if folder is None:
        print(MISSING, file=sys.stderr)
        return 1
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
