"""The pages as texts to be kept somewhere: at the addresses at which they are served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from icwatch.model import Language
from icwatch_cli.page.site import INDEX, STATUS, Site
from icwatch_cli.page.turns import BESIDE
from icwatch_cli.serving.content import HTML, JSON, Content

ENTRY = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>icwatch</title>
<meta http-equiv="refresh" content="0; url={language}/{index}"></head>
<body><a href="{language}/{index}">icwatch</a></body></html>
"""
"""Leads to the pages of a language."""

Put = Callable[[str, str, str], object]
"""Keeps a text: its path, the text, and its type."""


def belonging(content: Content, languages: Sequence[Language]) -> set[str]:
    """The paths of all that there is to write."""
    paths = content.paths()
    return {STATUS, INDEX, *(f"{language}/{path}" for language in languages for path in paths)}


def write_pages(content: Content, paths: Iterable[str], languages: Sequence[Language], put: Put) -> int:
    """Write the pages at these paths in each language, `status.json`, and what leads to the first language; how many
    texts that were.
    """
    written, named = BESIDE, tuple(paths)
    for language in languages:
        for path in named:
            body = content.page(Site(path, language, tuple(languages)), {})
            if body is not None:
                put(f"{language}/{path}", body, HTML)
                written += 1
    put(STATUS, content.status(), JSON)
    put(INDEX, ENTRY.format(language=languages[0], index=INDEX), HTML)
    return written
