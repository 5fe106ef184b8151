"""What was published as lines: notices, the chat group of the demonstration, and how the last notice begins. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from icwatch.model import Kind
from icwatch.text import one_line
from icwatch_cli.live.rows import aligned, fitted
from icwatch_cli.local.watcher import Received
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.terminal.colours import wrapped

STYLES: dict[str, str] = {
    Kind.RAISED: "bold red",
    Kind.REPEATED: "red",
    Kind.UNATTENDED: "bold red",
    Kind.ESCALATED: "bold red",
    Kind.EASED: "yellow",
    Kind.CLEARED: "bold green",
    Kind.CLOSED: "green",
}


def notice_lines(notices: Sequence[tuple[float, Received]], words: RowWords, width: int, most: int) -> list[Text]:
    """The last few notices, the newest at the end."""
    shown = [(moment, str(each.attributes.get("kind", "")), each) for moment, each in (notices[-most:] if most else ())]
    return aligned(
        [
            [
                Text(_clock(moment, words), "dim"),
                Text(words.kind(kind), STYLES.get(kind, "")),
                Text(one_line(each.subject, 200)),
            ]
            for moment, kind, each in shown
        ],
        width,
    )


def chat_lines(said: Sequence[tuple[float, str]], words: RowWords, width: int, most: int) -> list[Text]:
    """The last few messages of a robot."""
    return [
        fitted(Text.assemble((_clock(moment, words), "dim"), "  ", one_line(title, 200)), width)
        for moment, title in (said[-most:] if most else ())
    ]


def message_lines(received: Received, width: int, most: int) -> list[Text]:
    """How a notice begins."""
    lines = [line for text in received.text.strip().splitlines() for line in wrapped(one_line(text, 300), width)]
    return [Text(line, no_wrap=True) for line in lines[:most]]


def _clock(moment: float, words: RowWords) -> str:
    return words.moment(int(moment))[-8:]
