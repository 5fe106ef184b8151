"""`icwatch cost`: what a fleet would cost a month, part by part, and what others would cost beside it."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace

from icwatch.duration import spell
from icwatch.model import Inventory
from icwatch_cli.commands.where import stack_of
from icwatch_cli.cost.bill import bill_of
from icwatch_cli.cost.others import others_of
from icwatch_cli.cost.prices import region_named
from icwatch_cli.cost.settings import Settings, of_parameters, overridden
from icwatch_cli.cost.show import BillText, document_of
from icwatch_cli.cost.usage import deployable, usage_of
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.fleet.plan import carried_out, make_plan
from icwatch_cli.terminal.colours import in_style, size, wrapped
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.output import say, warn

DEFAULT_REGION = "us-east-1"


def run(arguments: argparse.Namespace) -> int:
    """Compute and show it."""
    fleet = load_fleet(arguments.fleet)
    settings, at = _settings(arguments)
    region = region_named(at)
    every = deployable(fleet.every)
    if every != fleet.every:
        warn(f"every: {spell(fleet.every)}: no stack sweeps at that cycle; this is for {spell(every)}")
    inventory = replace(carried_out(make_plan(Inventory(), fleet), fleet.as_inventory()), every=every)
    bill = bill_of(usage_of(inventory, settings), region)
    others = others_of(inventory, settings, region)
    if arguments.json:
        say(json.dumps(document_of(bill, others), ensure_ascii=False))
        return 0
    width, _ = size() or (None, 0)
    shown = BillText(bill, others, language_of(arguments))
    for style, text in shown.lines(str(arguments.fleet), len(fleet.targets)):
        for line in wrapped(text, width):
            say(in_style(line, style))
    return 0


def _settings(arguments: argparse.Namespace) -> tuple[Settings, str]:
    """The parameters that count, and the region: what is given, else what the stack has, else the defaults."""
    given = arguments.region
    usual = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    if arguments.local:
        arguments.region = None  # the prices are of a region, and what runs on this machine is in none
    if not (arguments.stack or arguments.local):
        return overridden(Settings(), vars(arguments)), given or usual
    with aws_errors():
        stack = stack_of(arguments)
        settings = overridden(of_parameters(stack.parameters), vars(arguments))
        return settings, given or (usual if arguments.local else stack.region)
