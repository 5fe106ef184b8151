"""The addresses of the pages, the same where they are served and where they are written as files. Pure.

Each language has a folder with all its pages; every link is relative, so that the whole can lie anywhere.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from icwatch.model import Language
from icwatch_cli.page.locales import PAGE_LOCALES

INDEX, HISTORY, STATUS, METRICS = "index.html", "history.html", "status.json", "metrics"
TARGETS, PLACES, REPORTS = "targets", "places", "reports"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True, slots=True)
class Site:
    """The links of one page, `path` below the folder of its language, to the others, in each of `languages`."""

    path: str
    language: Language
    languages: tuple[Language, ...] = tuple(Language)

    @property
    def up(self) -> str:
        """The way to the folder of the language."""
        return "../" * self.path.count("/")

    @property
    def root(self) -> str:
        """The way to the folder that holds all languages."""
        return f"{self.up}../"

    @property
    def others(self) -> list[tuple[Language, str, str]]:
        """The languages with their own names, and the way to the same page in each."""
        return [(each, PAGE_LOCALES[each].own_name, f"{self.root}{each}/{self.path}") for each in self.languages]

    def target(self, name: str) -> str:
        """The way to the page of a target."""
        return f"{self.up}{target_path(name)}"

    def place(self, name: str) -> str:
        """The way to the page of a place."""
        return f"{self.up}{place_path(name)}"


def target_path(name: str) -> str:
    """The page of a target: `targets/10.0.0.1~8089.html`."""
    return f"{TARGETS}/{slug(name.replace('[', '').replace(']:', '~~~').replace(':', '~'), extra='~')}.html"


def place_path(name: str) -> str:
    """The page of a place: `places/vpc-1.html`; of those that are in none: `places/_.html`."""
    return f"{PLACES}/{slug(name) if name else '_'}.html"


def slug(name: str, extra: str = "") -> str:
    """A name that is one in every address and file system; what is none becomes a digest of it."""
    if _PLAIN.fullmatch(name.translate({ord(char): "a" for char in extra})):
        return name
    return "_" + hashlib.sha256(name.encode()).hexdigest()[:16]
