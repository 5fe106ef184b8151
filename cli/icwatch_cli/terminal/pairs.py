"""Texts in English, each with what it becomes in another language below it and a blank line between two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def pairs_of(path: Path) -> Mapping[str, str]:
    """What each text of a file becomes."""
    entries = path.read_text(encoding="utf-8").strip("\n").split("\n\n")
    return dict(entry.split("\n") for entry in entries)
