"""The targets of a stack as a table, and as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from icwatch.notices.names import said
from icwatch.text import natural, one_line
from icwatch_cli.page.fleet import Server
from icwatch_cli.page.now import State
from icwatch_cli.page.outages import place_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.status import availability_of
from icwatch_cli.terminal.columns import columns

STATE_STYLES = {State.DOWN: "bad", State.UNSEEN: "warn", State.RECOVERING: "warn", State.GOOD: ""}
"""How a terminal shows what is in a state; styles of `terminal.colours`."""


def worst_first(servers: Sequence[Server]) -> list[Server]:
    """By their state, and those that are alike by place and name, as people count."""

    def rank(server: Server) -> tuple[Any, ...]:
        return server.state.rank, natural(place_of(server.labels)), natural(server.name)

    return sorted(servers, key=rank)


def matching(
    servers: Sequence[Server], labels: Mapping[str, Sequence[str]], states: Sequence[str] | None
) -> list[Server]:
    """Those that have one of the values of each label, and are in one of the states; None is any."""
    return [
        each
        for each in servers
        if all(each.labels.get(name) in values for name, values in labels.items())
        and (states is None or each.state in states)
    ]


def target_lines(servers: Sequence[Server], words: RowWords) -> Iterator[tuple[str, str]]:
    """The table of one target or more, each line with its style; the first one is the head."""
    texts = words.texts
    spans = (texts.spans[span.days] for span in servers[0].spans)
    head = (texts.target, texts.now, texts.why, *spans, texts.times, texts.labels)
    rows = [
        (
            server.name,
            texts.states[server.state],
            why(server, words),
            *(f"{words.percent(span.seconds.availability)} %" for span in server.spans),
            words.times(server.times),
            ", ".join(f"{name}={one_line(value, 64)}" for name, value in server.labels.items()),
        )
        for server in servers
    ]
    styles = ["title", *(STATE_STYLES[server.state] for server in servers)]
    yield from zip(styles, columns([head, *rows]), strict=True)


def why(server: Server, words: RowWords) -> str:
    """Why it is down, with what the probe said; why it is not seen."""
    if server.state is State.UNSEEN:
        return one_line(said(server.unseen, words.language), 80)
    if server.state is not State.DOWN or server.failure is None:
        return ""
    cause, detail = words.cause(server.failure), one_line(said(server.failure.detail, words.language), 90)
    return cause if not detail or detail.lower() in cause.lower() else f"{cause} [{detail}]"


def as_json(server: Server, shard: str) -> str:
    """One target as a line: times in milliseconds, seconds of 24 hours, and of each known span in `availability`."""
    seconds, failure = server.spans[0].seconds, server.failure if server.state is State.DOWN else None
    line = {
        "target": server.name,
        "state": server.state,
        "labels": server.labels,
        "shard": shard,
        "cause": failure.cause if failure else None,
        "detail": failure.detail if failure else server.unseen if server.state is State.UNSEEN else "",
        "good_seconds": seconds.good,
        "down_seconds": seconds.bad,
        "unseen_seconds": seconds.unseen,
        "availability": availability_of(server.spans),
        "p50_ms": server.times[0],
        "p95_ms": server.times[1],
    }
    return json.dumps(line, ensure_ascii=False)
