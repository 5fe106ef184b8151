"""Whether a pinned version has a known vulnerability: `make audit`.

Every file of requirements is looked at, those of the layers first: they are what is deployed. pip-audit asks for the
advisories where the packages come from; where none are given, nothing was audited, which is said and is no failure. One
version that cannot be audited among others that can is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMAND = (
    ROOT / ".venv" / "audit" / "bin" / "pip-audit",
    "--disable-pip",
    "--require-hashes",
    "--progress-spinner=off",
)
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of a file: how many versions were audited, which could not be, and what is known of the others."""

    name: str
    audited: int
    skipped: tuple[str, ...]
    vulnerable: tuple[str, ...]


def files() -> list[Path]:
    """All that pins versions, what is deployed first."""
    return [*sorted((ROOT / "layers").glob("*/requirements.txt")), *sorted((ROOT / "requirements").glob("*.txt"))]


def audit(path: Path) -> Audit:
    """Ask for one file. Raises RuntimeError where the question could not even be put."""
    name = str(path.relative_to(ROOT))
    command = [*map(str, COMMAND), "--requirement", str(path), "--format", "json"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(f"{name}: {lines[-1]}") from None
    return read(name, found)


def read(name: str, found: list[dict[str, Any]]) -> Audit:
    """What pip-audit says of a file."""
    skipped = tuple(each["name"] for each in found if "skip_reason" in each)
    vulnerable = tuple(
        f"{each['name']} {each['version']}: {known['id']}, fixed in {', '.join(known['fix_versions']) or 'nothing yet'}"
        for each in found
        for known in each.get("vulns", ())
    )
    return Audit(name, len(found) - len(skipped), skipped, vulnerable)


def verdict(audits: list[Audit]) -> tuple[list[str], int]:
    """What to print of all files, and the exit status."""
    if not any(each.audited for each in audits):
        return ["No advisories can be had here: nothing is audited"], 0
    lines = []
    for each in audits:
        lines.append(f"{each.name}: {each.audited} versions, {len(each.vulnerable)} known vulnerabilities")
        lines += [f"  {line}" for line in each.vulnerable]
        lines += [f"  {name} could not be audited" for name in each.skipped]
    return lines, int(any(each.vulnerable or each.skipped for each in audits))


def main() -> int:
    """Print what is known."""
    try:
        first, *others = files()
        audits = [audit(first)]
        if audits[0].audited:  # else there are none for the others either
            audits += map(audit, others)
        lines, status = verdict(audits)
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        print(f"No advisories can be had here: nothing is audited ({error})")
        return 0
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
