"""The options of `icwatch replay`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_window


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file with the rules to apply")
    parser.add_argument("sweeps", metavar="SWEEPS.jsonl", help="stored sweeps, a JSON object a line; - reads them here")
    parser.add_argument("--rule", metavar="NAME", help="this rule only")
    add_window(parser, "what was decided")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--summary", action="store_true", help="how often, how long: a line a rule and target")
    shown.add_argument(
        "--compare", type=Path, metavar="OTHER.yaml", help="the alarms that only one of two fleet files would raise"
    )
    add_json(parser, "with --summary or --compare: a JSON object a line; without them it is JSON anyway")
    add_language(parser)
    end(
        parser,
        "icwatch replay my.yaml sweeps.jsonl --summary",
        "icwatch export --stack icwatch --from 2026-03-01 | icwatch replay my.yaml - --compare patient.yaml",
        notes="Sweeps before --from are evaluated, too, so that an alarm that was active then is known; those at --to "
        "and after it are passed over. It writes a transition a line, as JSON, unless --summary or --compare is given. "
        "At the end, standard error says how many sweeps decided nothing because of a newer one.",
        status="0 done, 2 an error, or no target of the sweeps is in the fleet file",
    )
