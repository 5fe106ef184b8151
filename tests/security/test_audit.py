"""What `make audit` says of what pip-audit answers."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.audit import files, read, verdict

GOOD: dict[str, Any] = {"name": "httpx", "version": "0.28.1", "vulns": []}
BAD: dict[str, Any] = {
    "name": "idna",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}, {"id": "PYSEC-2", "fix_versions": []}],
}
UNKNOWN: dict[str, Any] = {"name": "six", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("found", "lines", "status"),
    [
        ([GOOD], ["a.txt: 1 versions, 0 known vulnerabilities"], 0),
        (
            [GOOD, BAD],
            [
                "a.txt: 2 versions, 2 known vulnerabilities",
                "  idna 1.0: PYSEC-1, fixed in 1.1, 2.0",
                "  idna 1.0: PYSEC-2, fixed in nothing yet",
            ],
            1,
        ),
        ([GOOD, UNKNOWN], ["a.txt: 1 versions, 0 known vulnerabilities", "  six could not be audited"], 1),
        ([UNKNOWN], ["No advisories can be had here: nothing is audited"], 0),
    ],
)
def test_what_is_said(found: list[dict[str, Any]], lines: list[str], status: int) -> None:
    assert verdict([read("a.txt", found)]) == (lines, status)


def test_what_is_deployed_is_audited_first() -> None:
    assert [path.parent.name for path in files()[:2]] == ["dependencies", "page"]
