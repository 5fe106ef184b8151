"""Lines of a screen: how many each part of it gets, and how they fit its width. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

GAP = "  "


def shares(room: int, wants: Sequence[tuple[str, int]]) -> Mapping[str, int]:
    """How many lines each part gets of `room`, besides one for its title. Who is named first is served first, and a
    part that is named again may get more. Of several lines one alone is none: it could only say that there are others.
    """
    given: dict[str, int] = {}
    for name, lines in wants:
        before = given.get(name, 0)
        left = room if before else room - 1
        more = min(lines - before, left)
        if more >= min(lines, 1 if before else 2) and more > 0:
            given[name] = before + more
            room = left - more
    return given


def fitted(line: Text, width: int) -> Text:
    """The line on one row; what is too wide ends with a mark."""
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line


def titled(title: str, width: int) -> Text:
    """A title, with a rule to the edge."""
    line = fitted(Text.assemble(("── ", "dim"), (title, "bold"), " "), width)
    return line.append("─" * (width - line.cell_len), "dim")


def aligned(rows: Sequence[Sequence[Text]], width: int) -> list[Text]:
    """Rows as columns that are as wide as they need be; the last one ends at the edge, and no other is cut."""
    if not rows:
        return []
    widths = [max(row[place].cell_len for row in rows) for place in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        line = Text()
        for cell, wide in zip(row, widths, strict=False):
            if wide:
                line.append_text(cell).append(" " * (wide - cell.cell_len) + GAP)
        lines.append(fitted(line.append_text(row[-1]), width))
    return lines


def first(lines: Sequence[Text], most: int, more: str) -> list[Text]:
    """The first lines; where not all have room, the last of them says with `more` how many there are beside."""
    if len(lines) <= most:
        return [*lines]
    return [*lines[: most - 1], Text(GAP + more.format(count=len(lines) - most + 1), "dim")] if most > 0 else []
