"""The hooks before a commit: what `make check` runs, from this checkout's own environment; nothing is downloaded."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def test_the_hooks_are_those_of_make_check_and_local() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    hooks = repository["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (check,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    in_make = re.findall(r"\$\(BIN\)/([\w-]+(?: (?:check|format))?)", check)
    in_hooks = [re.findall(r"\.venv/bin/([\w-]+(?: (?:check|format))?)", hook["entry"]) for hook in hooks]
    assert [[each] for each in in_make] == in_hooks
