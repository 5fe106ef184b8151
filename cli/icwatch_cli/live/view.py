"""What `icwatch run` shows on a terminal: targets, current alarms, and notices as they arrive."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from icwatch.duration import spell
from icwatch.model import Alarm, Phase, Rule
from icwatch.text import counted
from icwatch_cli.live.state import HISTORY, Seen, State
from icwatch_cli.local.subscriber import Received

ALARMS = 10
"""Current alarms that are listed."""

MESSAGE = 12
"""Lines of the last notice that are shown."""

FRAME = 9
"""Lines of frames and headings around targets, alarms and notices."""

_BLOCKS = "▁▂▃▄▅▆▇█"
_KIND_STYLES = {
    "raised": "bold red",
    "repeated": "red",
    "unattended": "bold red",
    "escalated": "bold red",
    "eased": "yellow",
    "cleared": "bold green",
    "closed": "green",
}


def draw(state: State, width: int, height: int) -> RenderableType:
    """The screen, in at most `height` lines of `width` characters."""
    with state.lock:
        return _draw(state, width, height)


def _draw(state: State, width: int, height: int) -> RenderableType:
    said = list(state.said)
    room = height - FRAME - (len(said) + 2 if said else 0)
    alarms = state.alarms[: max(1, min(ALARMS, room // 4))]
    notices = list(state.notices)[-max(1, room // 4) :]
    room -= max(1, len(alarms)) + max(1, len(notices))
    targets = min(len(state.inventory.targets), room)
    parts: list[RenderableType] = [
        _head(state),
        _panel(_targets(state, targets, min(HISTORY, width // 5)), "targets"),
        _panel(_alarms(state, alarms), _count(len(state.alarms), len(alarms))),
        _panel(_notices(notices), "notices"),
    ]
    if said:
        parts.append(_panel(Group(*(_said(moment, title) for moment, title in said)), "a chat group, by a robot"))
    left = room - targets - 2
    if notices and left > 0:
        message = Text(state.notices[-1][1].text.strip())
        parts.append(_panel(message, "the last one, as it begins", min(left, MESSAGE) + 2))
    return Group(*parts, _foot(state))


def _count(there: int, shown: int) -> str:
    """The title over the current alarms: how many there are, and how many of them are listed."""
    which = f", the first {shown}" if shown < there else ""
    return f"current alarms ({there}{which})" if there else "current alarms"


def _panel(content: RenderableType, title: str, height: int | None = None) -> Panel:
    return Panel(content, title=title, title_align="left", border_style="dim", height=height)


def sparkline(history: Sequence[int | None]) -> Text:
    """Probe times as blocks, scaled to the slowest; a failure is a red cross."""
    most = max((value for value in history if value is not None), default=0) or 1
    line = Text()
    for value in history:
        if value is None:
            line.append("×", "red")
        else:
            line.append(_BLOCKS[min(len(_BLOCKS) - 1, value * len(_BLOCKS) // (most + 1))], "green")
    return line


def _head(state: State) -> Text:
    here = state.inventory.targets
    seen = [seen for name, seen in state.targets.items() if name in here]
    unseen = sum(bool(each.unseen) for each in seen)
    unhealthy = sum(each.failure is not None and not each.unseen for each in seen)
    last = time.strftime("%H:%M:%S", time.localtime(state.at)) if state.at else "none yet"
    return Text.assemble(
        ("icwatch ", "bold"),
        (state.name, "cyan"),
        f"  {counted(len(state.inventory.targets), 'target')} every {spell(state.inventory.every)}",
        f"  sweep {state.sweeps} at {last}  ",
        (f"{unhealthy} unhealthy", "bold red" if unhealthy else "green"),
        (f", {unseen} unseen" if unseen else "", "bold yellow"),
        (f"  {state.page}" if state.page else "", "cyan"),
        no_wrap=True,
        overflow="ellipsis",
    )


def _targets(state: State, rows: int, samples: int) -> Table:
    """A line a target in so many rows; where not all have room, unhealthy ones come first and the rest is counted."""
    table = Table(box=None, expand=True, pad_edge=False)
    for name, options in (("", {}), ("target", {}), ("labels", {"ratio": 2}), ("state", {"ratio": 3})):
        table.add_column(name, no_wrap=True, header_style="dim", **options)  # type: ignore[arg-type]
    table.add_column("probe", justify="right", no_wrap=True, header_style="dim")
    table.add_column(f"last {samples}", no_wrap=True, header_style="dim", min_width=samples)
    names = list(state.inventory.targets)
    if len(names) > rows:
        rows -= 1
        names.sort(key=lambda name: _rank(state.targets.get(name)))
    for name in names[:rows]:
        seen = state.targets.get(name, Seen())
        labels = " ".join(f"{key}={value}" for key, value in state.inventory.targets[name].labels.items())
        mark, words = _words(name in state.targets, seen)
        elapsed = "" if seen.elapsed_ms is None else f"{seen.elapsed_ms} ms"
        table.add_row(mark, Text(name), Text(labels, "dim"), words, elapsed, sparkline([*seen.history][-samples:]))
    if len(names) > rows:
        table.add_row("", Text(f"and {len(names) - rows} more", "dim"))
    return table


def _rank(seen: Seen | None) -> int:
    """Who comes first where not all have room: whoever fails, then whoever is unseen."""
    if seen is not None and seen.unseen:
        return 1
    return 0 if seen is not None and seen.failure is not None else 2


def _words(known: bool, seen: Seen) -> tuple[Text, Text]:
    if not known:
        return Text("○", "dim"), Text("not probed yet", "dim")
    if seen.unseen:
        return Text("○", "yellow"), Text(f"unseen: {seen.unseen}", "yellow")
    if seen.failure is not None:
        return Text("●", "red"), Text(f"{seen.failure.cause}: {seen.failure.detail}", "red")
    if seen.further:
        words = ", ".join(f"{metric}: {failure.cause}" for metric, failure in seen.further.items())
        return Text("●", "yellow"), Text(words, "yellow")
    return Text("●", "green"), Text("healthy", "green")


def _alarms(state: State, alarms: Sequence[Alarm]) -> RenderableType:
    if not alarms:
        return Text("none", "dim")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(7):
        table.add_column(no_wrap=True)
    for alarm in alarms:
        table.add_row(
            Text(alarm.level, "bold red"),
            Text(alarm.target),
            f"for {spell(state.at - (alarm.began_at or alarm.since))}",
            str(alarm.failure.cause) if alarm.failure else "",
            _told(alarm),
            Text(_phase(alarm, state.inventory.rules.get(alarm.rule), state.at), "dim"),
            Text(alarm.rule if len(state.inventory.rules) > 1 else "", "dim"),
        )
    return table


def _told(alarm: Alarm) -> Text:
    """How often it was reported, or that a silence or another alarm has kept it back so far."""
    if alarm.phase is Phase.PENDING:
        return Text()
    return Text(f"reported {alarm.reports}×") if alarm.announced else Text("not announced", "dim")


def _phase(alarm: Alarm, rule: Rule | None, at: int) -> str:
    """How far it is. A rule that is not in the inventory any more says nothing of how long that takes."""
    held = spell(at - alarm.since)
    if alarm.phase is Phase.CLEARING:
        return f"clearing: good for {held}" + (f" of {spell(rule.clear_cycle)}" if rule else "")
    if alarm.phase is Phase.PENDING:
        return f"pending: held {held}" + (f" of {spell(rule.duration)}" if rule else "")
    return "active"


def _notices(notices: Sequence[tuple[float, Received]]) -> RenderableType:
    if not notices:
        return Text("none yet", "dim")
    return Group(*(_notice(moment, received.attributes, received.subject) for moment, received in notices))


def _notice(moment: float, attributes: Mapping[str, object], subject: str) -> Text:
    kind = str(attributes.get("kind", ""))
    clock = time.strftime("%H:%M:%S ", time.localtime(moment))
    line = Text.assemble((clock, "dim"), (f"{kind:8} ", _KIND_STYLES.get(kind, "")), subject)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _said(moment: float, title: str) -> Text:
    clock = time.strftime("%H:%M:%S ", time.localtime(moment))
    return Text.assemble((clock, "dim"), title, no_wrap=True, overflow="ellipsis")


def _foot(state: State) -> Text:
    if state.trouble:
        return Text(state.trouble, "yellow", no_wrap=True, overflow="ellipsis")
    return Text(f"AWS APIs at {state.endpoint}   Ctrl-C ends everything", "dim", no_wrap=True, overflow="ellipsis")
