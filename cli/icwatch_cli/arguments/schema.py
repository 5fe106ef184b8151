"""The options of `icwatch schema`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end

FLEET, NOTICE, MONITORING, STATUS = "fleet", "notice", "monitoring", "status"
"""Which schema is meant."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Prints the JSON Schema of the fleet file, which is also in docs/fleet.schema.json. An editor that knows it "
        "completes and checks: begin the file with # yaml-language-server: $schema=PATH or URL."
    )
    which = parser.add_mutually_exclusive_group()
    notice = "that of the JSON of notices instead, which is also in docs/notice.schema.json"
    which.add_argument("--notice", dest="schema", action="store_const", const=NOTICE, help=notice)
    monitoring = "that of the JSON about the monitoring itself, which is also in docs/monitoring.schema.json"
    which.add_argument("--monitoring", dest="schema", action="store_const", const=MONITORING, help=monitoring)
    status = "that of status.json beside the status page instead, which is also in docs/status.schema.json"
    which.add_argument("--status", dest="schema", action="store_const", const=STATUS, help=status)
    parser.set_defaults(schema=FLEET)
    end(parser, "icwatch schema > fleet.schema.json", "icwatch schema --status", status="0 it is printed")
