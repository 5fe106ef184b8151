"""`docs/performance.md`, its twin and their pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scripts.bench.goals import GOALS, Goal
from scripts.bench.processes import ROOT
from scripts.bench.render.cells import rows_of
from scripts.bench.render.layout import LAYOUT, Table
from scripts.bench.render.svg import Bar, Chart, number
from scripts.bench.render.words import WORDS, Words
from scripts.bench.report import FIGURES, Report
from scripts.bench.rows import Measured, Row

FOLDERS = {"en": "docs", "zh-CN": "docs/zh-CN"}
IMAGES = "docs/images"

BUSY_LOAD = 2.0
"""A load average above which something else ran: all take turns, so that one core measures and one is measured."""


def write_pages(report: Report, root: Path = ROOT) -> None:
    """Write all of it anew."""
    for path, text in pages(report).items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def pages(report: Report) -> dict[str, str]:
    """The files of both languages, by their paths. Pure."""
    files = {}
    for language, words in WORDS.items():
        files[f"{FOLDERS[language]}/performance.md"] = _Page(report, language, words).text()
        for figure, measured in report.figures.items():
            for table in LAYOUT[figure]:
                if table.drawn and rows_of(table, measured):
                    files[f"{IMAGES}/{_image(figure, table, language)}"] = _chart(table, measured, words).draw()
    return files


def _image(figure: str, table: Table, language: str) -> str:
    return f"performance-{figure}-{table.name}{'' if language == 'en' else f'.{language}'}.svg"


def _title(table: Table, words: Words) -> str:
    return words.of(table.name) + (words.page["unit"].format(unit=table.unit) if table.unit else "")


def _chart(table: Table, measured: Measured, words: Words) -> Chart:
    names = [row for row, _ in rows_of(table, measured)]
    groups = []
    for column in table.columns:
        found = [(at, table.cell(measured, name, column)) for at, name in enumerate(names)]
        bars = [Bar(at, row.value, row.low, row.high) for at, row in found if row is not None]
        groups.append((words.of(column.label), bars))
    return Chart(_title(table, words), [words.of(name) for name in names], groups)


class _Page:
    """A page in one language."""

    def __init__(self, report: Report, language: str, words: Words) -> None:
        self._report, self._language, self._words = report, language, words

    def text(self) -> str:
        """The whole."""
        page = self._words.page
        parts = [f"# {page['title']}", page["twin"], page["made"], *self._repeat(), *self._how(), *self._goals()]
        for name, measured in self._report.figures.items():
            parts += self._figure(name, measured)
        return "\n\n".join(parts) + "\n"

    def _repeat(self) -> Iterator[str]:
        page = self._words.page
        commands = {
            "all": "make bench",
            "one": 'make bench ARGS="--only latency"',
            "three": 'make bench ARGS="--runs 3"',
            "quick": "make bench ARGS=--quick",
        }
        yield f"## {page['repeat']}"
        yield f"```console\n{page['commands'].format(**commands)}\n```"
        yield page["figures"].format(figures=", ".join(f"`{name}`" for name in FIGURES))
        yield page["packages"]

    def _how(self) -> Iterator[str]:
        page, machine = self._words.page, self._report.machine
        yield f"## {page['how']}"
        loads = [each for measured in self._report.figures.values() for each in measured.load]
        if not loads:
            return
        programs = ", ".join(f"{name} {version or page['absent']}" for name, version in machine["programs"].items())
        load = {"low": f"{min(loads):.1f}", "high": f"{max(loads):.1f}", "cores": machine["cores"]}
        state = page["busy" if max(loads) > BUSY_LOAD else "quiet"].format(**load)
        yield page["turns"]
        yield page["machine"].format(**{**machine, "programs": programs})
        yield state

    def _goals(self) -> Iterator[str]:
        page = self._words.page
        yield f"## {page['goals']}"
        yield "\n".join([page["goals_head"], "| --- | --- | --- | --- |", *map(self._goal, GOALS)])

    def _goal(self, goal: Goal) -> str:
        page, measured = self._words.page, self._report.figures.get(goal.figure)
        row = goal.find(measured) if measured else None
        limit = f"{goal.limit:g} {goal.unit}".strip()
        wanted = page["least" if goal.floor else "most" if goal.limit else "none"].format(limit=limit)
        verdict = page["not_measured"] if row is None else page["reached" if goal.reached(row) else "missed"]
        return f"| {self._words.goal(goal)} | {wanted} | {_value(row, goal.unit)} | {verdict} |"

    def _figure(self, name: str, measured: Measured) -> Iterator[str]:
        page, about = self._words.page, self._words.figures[name]
        yield f"## {about['heading']}"
        yield about["text"]
        shown = {"at": measured.at.partition("+")[0].replace("T", " "), "seconds": f"{measured.seconds:.0f}"}
        when = page["measured"].format(**shown, before=measured.load[0], after=measured.load[1])
        yield when
        if measured.missing:
            yield page["missing"].format(missing="; ".join(measured.missing))
        for table in LAYOUT[name]:
            yield from self._table(name, table, measured)
        found = [(goal, goal.find(measured)) for goal in GOALS if goal.figure == name]
        if measured.profile and any(row and not goal.reached(row) for goal, row in found):
            yield f"### {page['profile']}"
            yield page["profile_text"]
            lines = [f"| `{function}` | {share:.1%} |" for function, share in measured.profile]
            yield "\n".join([page["profile_head"], "| --- | ---: |", *lines])

    def _table(self, figure: str, table: Table, measured: Measured) -> Iterator[str]:
        rows = rows_of(table, measured)
        if not rows:
            return
        title = _title(table, self._words)
        if table.drawn:
            up = "" if self._language == "en" else "../"
            yield f"![{title}]({up}images/{_image(figure, table, self._language)})"
        head = " | ".join(self._words.of(column.label) for column in table.columns)
        lines = [f"| **{title}** | {head} |", "| --- |" + " ---: |" * len(table.columns)]
        lines += [f"| {self._words.of(row)} | {' | '.join(cells)} |" for row, cells in rows]
        yield "\n".join(lines)


def _value(row: Row | None, unit: str) -> str:
    if row is None:
        return ""
    spread = "" if row.low == row.high else f" ({number(row.low)}–{number(row.high)})"
    return f"{number(row.value)}{spread} {unit}".rstrip()
