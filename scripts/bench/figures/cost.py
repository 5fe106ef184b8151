"""What a fleet costs a month at list prices, by `icwatch cost`, beside what others would."""

from __future__ import annotations

from icwatch.model import Inventory
from icwatch_cli.cost.bill import bill_of
from icwatch_cli.cost.others import others_of
from icwatch_cli.cost.prices import region_named
from icwatch_cli.cost.settings import Settings
from icwatch_cli.cost.usage import usage_of
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.plan import carried_out, make_plan
from scripts.bench.bench import Bench
from scripts.bench.rows import OURS, Measured, Row

SIZES = (10, 200, 1000, 10_000, 100_000)
REGION = "us-east-1"
SUBJECT = "a month"


def inventory_of(count: int) -> Inventory:
    """The inventory that `icwatch apply` makes of so many targets."""
    targets = [
        {"address": f"10.{at // 62_500}.{at // 250 % 250}.{at % 250 + 1}", "labels": {"vpc": f"vpc-{at // 500}"}}
        for at in range(count)
    ]
    fleet = parse_fleet({"targets": targets})
    return carried_out(make_plan(Inventory(), fleet), fleet.as_inventory())


def measure(bench: Bench) -> Measured:
    """All sizes."""
    measured, settings, region = Measured(), Settings(), region_named(REGION)
    for n in SIZES:
        bench.say(f"the bill of {n:,} targets")
        inventory = inventory_of(n)
        bill = bill_of(usage_of(inventory, settings), region)
        measured.rows.append(Row(SUBJECT, OURS, n, "cost", "USD", (bill.total,)))
        for other in others_of(inventory, settings, region):
            if other.amount is not None:
                measured.rows.append(Row(SUBJECT, other.kind, n, "cost", "USD", (other.amount,)))
    return measured
