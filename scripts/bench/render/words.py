"""What the documents say, in their two languages. Names without words of their own are shown as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from scripts.bench.goals import Goal


@dataclass(frozen=True, slots=True)
class Words:
    """The names of tables, columns, peers and cases; sentences of the page, of figures and goals."""

    names: Mapping[str, str]
    page: Mapping[str, str]
    figures: Mapping[str, Mapping[str, str]]
    goals: Mapping[str, str]

    def of(self, name: str) -> str:
        """The words for a name."""
        return self.names.get(name, name)

    def goal(self, goal: Goal) -> str:
        """The sentence of a goal, without its limit."""
        values = {key: self.of(value) if isinstance(value, str) else value for key, value in goal.values.items()}
        return self.goals[goal.name].format(**values)


def _read(language: str) -> Words:
    path = Path(__file__).with_name(f"words.{language}.yaml")
    return Words(**yaml.safe_load(path.read_text(encoding="utf-8")))


WORDS: Mapping[str, Words] = {language: _read(language) for language in ("en", "zh-CN")}
