"""Chinese punctuation where a fleet file needs that of ASCII: where it stands, and what is meant by it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from icwatch.text import quotable_words

MAX_LINE = 100
"""Characters of a corrected line in a message."""

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(wide): narrow for wide, narrow in zip("、。【】“”‘’\u3000", ",.[]\"\"'' ", strict=True)
}
"""Full-width forms of ASCII (U+FF01 to U+FF5E), and what an input method gives in place of others."""

_APART = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:''|[^'])*'|(?:^|(?<=\s))\#.*)""", re.VERBOSE)
"""What is no structure of YAML: quoted texts and comments."""

_STRUCTURE = re.compile(
    r"""(?:^\s*(?:[-－]\s+)*|[{｛,，]\s*)[A-Za-z_][\w.-]*\s*：  # a name and its value
      | (?<=[\w"'}\]｝］])：\s*$  # a name, its value on the lines below
      | [｛｝［］]
      | ^\s*－(?=\s)""",
    re.VERBOSE | re.ASCII,
)
"""Where one stands for a sign of YAML. Elsewhere it may be a text's own."""

_COMMA = re.compile(r"""(?<=[\w\]}"'])\s*，(?=\s*["'\w\[{])""", re.ASCII)
"""What is between the entries of a list or mapping on one line, whose braces are ASCII's by then."""


def lines_with(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines of a file that is no YAML in which a full-width sign stands for one of YAML's: the number of the line,
    what is wrong with it, and what would be right."""
    for number, line in enumerate(text.split("\n"), 1):
        parts = [part if place % 2 else _corrected(part) for place, part in enumerate(_APART.split(line))]
        corrected = "".join(parts)
        if corrected != line:
            shown = quotable_words(re.sub(" +", " ", corrected.strip()))
            shown = shown if len(shown) <= MAX_LINE else f"{shown[: MAX_LINE - 3]}..."
            gone = " ".join(each for each in wide_in(line) if corrected.count(each) < line.count(each))
            yield number, f"has the full-width {gone}", f"write {shown}"


def _corrected(part: str) -> str:
    """A part of a line outside of quotes, with the signs and blanks that YAML needs."""
    part = _STRUCTURE.sub(lambda match: re.sub(r"([:,])(?! )", r"\1 ", match[0].translate(_HALF)), part)
    return _COMMA.sub(", ", part) if "[" in part or "{" in part else part


def half_width(text: str) -> str:
    """The text with ASCII's form of each full-width character."""
    return text.translate(_HALF)


def meant_by(value: object) -> str:
    """The ASCII of a text that was typed with full-width characters; an empty text for all others, among them several
    things after another, which may belong apart."""
    if not isinstance(value, str) or value.isascii():
        return ""
    half = re.sub(",(?! )", ", ", half_width(value)).strip()
    return half if half.isascii() and ("," not in half or half[0] in "[{") else ""


def wide_in(text: str) -> str:
    """The full-width characters of a text, each once, in their order."""
    return "".join(dict.fromkeys(char for char in text if ord(char) in _HALF))
