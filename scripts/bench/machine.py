"""The machine that is measured on, and what else it does meanwhile."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.bench.peers import alertmanager, blackbox, prometheus

PROGRAMS: Mapping[str, str] = {
    prometheus.NAME: prometheus.PROGRAM,
    blackbox.NAME: blackbox.PROGRAM,
    alertmanager.NAME: alertmanager.PROGRAM,
    "nginx": "nginx",
    "cpulimit": "cpulimit",
}
"""Of Debian's packages, by the names of the peers."""


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def describe() -> dict[str, Any]:
    """Its processor, its system, and the versions of all that is measured. What is not installed has None."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "programs": {name: _version(program) for name, program in PROGRAMS.items()},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", path.read_text("utf-8"), re.MULTILINE) if path.exists() else None
    return found[1] if found else platform.machine()


def _version(program: str) -> str | None:
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        return None
    option = "-v" if program in ("nginx", "cpulimit") else "--version"
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else ""
