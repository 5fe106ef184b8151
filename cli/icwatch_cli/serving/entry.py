"""The page at the root of pages that are files: it leads to those of a language."""

from __future__ import annotations

from icwatch.model import Language
from icwatch_cli.page.site import INDEX

ENTRY = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>icwatch</title>
<meta http-equiv="refresh" content="0; url={language}/{index}"></head>
<body><a href="{language}/{index}">icwatch</a></body></html>
"""


def entry(language: Language) -> str:
    """Leads to the pages of this language."""
    return ENTRY.format(language=language, index=INDEX)
