"""The documents that people read, by language. The English and the Chinese have the same pages."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
LANGUAGES = ("en", "zh-CN")
READMES = {"en": "README.md", "zh-CN": "README.zh-CN.md"}
FOLDERS = {"en": "docs", "zh-CN": "docs/zh-CN"}


def page(language: str, name: str) -> str:
    """The text of one page below docs/, such as `fleet`, or of the README."""
    path = READMES[language] if name == "README" else f"{FOLDERS[language]}/{name}.md"
    return (ROOT / path).read_text(encoding="utf-8")


def manual(language: str) -> str:
    """The README and all that it leads users to, one after the other."""
    names = ("README", "fleet", "rules", "notices", "commands", "debugging", "deploy")
    return "\n".join(page(language, name) for name in names)
