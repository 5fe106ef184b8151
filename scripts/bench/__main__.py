"""`make bench`: measure all figures, or some, show them, and write `docs/performance.md` with its pictures."""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from scripts.bench import machine
from scripts.bench.bench import Bench
from scripts.bench.processes import ROOT
from scripts.bench.render.pages import write_pages
from scripts.bench.render.table import show
from scripts.bench.report import FIGURES, Report
from scripts.bench.rows import Measured

JSON = ROOT / "docs" / "performance.json"


def main() -> int:
    """Measure, show, write. Exit 1 where a figure could not be measured."""
    arguments = _arguments()
    console = Console()
    report = Report.load(JSON) if JSON.exists() else Report()
    if arguments.render:
        write_pages(report)
        return 0
    failed = []
    now = Report(machine=machine.describe())
    for number, name in itertools.product(range(arguments.runs), arguments.only or FIGURES):
        try:
            measured = _measure(name, quick=arguments.quick, console=console)
        except Exception as error:  # one figure must not cost the others
            failed.append(f"{name}, run {number + 1}: {type(error).__name__}: {error}")
            continue
        now.figures[name] = now.figures[name].with_run(measured) if name in now.figures else measured
        show(console, name, now.figures[name])
    report.take(now)
    if arguments.json:
        arguments.json.write_text(json.dumps(now.document(), indent=1) + "\n", encoding="utf-8")
    if not arguments.quick:
        report.save(JSON)
        write_pages(Report.load(JSON))  # as the numbers are kept
    for each in failed:
        print(each, file=sys.stderr)
    return 1 if failed else 0


def _measure(name: str, *, quick: bool, console: Console) -> Measured:
    """One figure, with when that was and how busy the machine."""
    began, before = time.monotonic(), machine.load()
    module = importlib.import_module(f"scripts.bench.figures.{name}")
    with console.status(name) as status:
        said = (lambda text: status.update(f"{name}: {text}")) if console.is_terminal else console.print
        measured: Measured = module.measure(Bench(quick, said))
    measured.at = datetime.now(UTC).isoformat(timespec="minutes")
    measured.seconds, measured.load = round(time.monotonic() - began, 1), (round(before, 2), round(machine.load(), 2))
    return measured


def _arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--only", action="append", choices=FIGURES, help="measure this figure; may be given again")
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="all of it so many times, kept together")
    parser.add_argument("--quick", action="store_true", help="small sizes and two rounds; no document is written")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write what was measured now to this file")
    parser.add_argument("--render", action="store_true", help="measure nothing, write the documents again")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
