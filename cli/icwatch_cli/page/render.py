"""HTML of a model of a page, by templates that escape everything, under a policy that lets nothing else run. Pure.

Style and script are in the page itself and are named in its policy by their digests: a page is one file that asks
nobody for anything, and no text from outside can add to it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from icwatch.text import visible
from icwatch_cli.page import charts
from icwatch_cli.page.page_words import PageWords
from icwatch_cli.page.site import Site

FOLDER = Path(__file__).with_name("templates")

TABS = ("index.html", "history.html", "reports/")
"""What the navigation leads to, by how the paths begin."""

_EYES = {
    "good": "2f9e6e",
    "recovering": "d98a00",
    "alarm": "cf2530",
    "down": "cf2530",
    "blind": "cf2530",
    "cut_off": "cf2530",
}
_BLANKS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page says around its matter: of which stack, how it is, and when it was swept last.

    `refresh` are the seconds after which a page that is served is asked for again; None for one that stays as it is.
    `known` are the targets that have a page, `month` the report that the navigation leads to.
    """

    stack: str
    option: str
    now: int
    mood: str
    swept_at: int | None
    every: int
    source: str
    month: str
    known: frozenset[str]
    refresh: int | None = None


def render(template: str, words: PageWords, site: Site, frame: Frame, **matter: object) -> str:
    """A page. What is in `matter` goes by its name in the template."""
    environment = _environment()
    return environment.get_template(template).render(
        w=words,
        t=words.texts,
        site=site,
        draw=charts,
        zone=str(words.zone),
        policy=policy(),
        style=Markup(_style()),  # noqa: S704  # our own files, which hold nothing from outside
        script=Markup(_script()),  # noqa: S704
        icon=_icon(frame.mood),
        tab=next((place for place, begin in enumerate(TABS) if site.path.startswith(begin)), -1),
        live=frame.refresh is not None,
        refresh=frame.refresh or 0,
        stack=frame.stack,
        option=frame.option,
        now=frame.now,
        mood=frame.mood,
        swept_at=frame.swept_at,
        every=frame.every,
        source=frame.source,
        month=frame.month,
        known=frame.known,
        **matter,
    )


@functools.cache
def policy() -> str:
    """The Content-Security-Policy: this style, this script, pictures that are in the page, and itself again."""
    style, script = (_digest(text) for text in (_style(), _script()))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'"
    )


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _shown(value: object) -> object:
    """What a template puts out, with all that cannot be seen written out: it could show a text as another."""
    return visible(value) if type(value) is str else value


@functools.cache
def _style() -> str:
    return (FOLDER / "style.css").read_text(encoding="utf-8").strip()


@functools.cache
def _script() -> str:
    return _BLANKS.sub("\n", (FOLDER / "script.js").read_text(encoding="utf-8")).strip()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _icon(mood: str) -> str:
    """A coloured dot, so that a tab tells how it is."""
    colour = _EYES.get(mood, "8e9aa8")
    circle = f"<circle cx='8' cy='8' r='7' fill='#{colour}'/>"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{circle}</svg>"
    return "data:image/svg+xml," + quote(picture, safe="/:='<> ")
