"""What a fleet uses of AWS's units in a month. Pure.

Bytes and units are those of the items as they are packed (`measure.py`); counts follow from the cycle and from
template.yaml. What nobody can know beforehand, such as how long a function takes, is an estimate, and says so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from icwatch.evaluation.totals import reach
from icwatch.model import DAY_SECONDS, HOUR_SECONDS, Inventory
from icwatch.probing.cycle import DEPLOYABLE, MINUTE_SECONDS
from icwatch.storage.totals import TOTALS_DAYS
from icwatch_cli.cost.item_sizes import OVERHEAD_BYTES, read_units, write_units
from icwatch_cli.cost.measure import Sizes, sizes_of
from icwatch_cli.cost.settings import Settings
from icwatch_cli.page.turns import objects_a_day

HOURS = 730
"""Of a month, as AWS counts it."""

GB = 1024**3

PROBER_GB, EVALUATOR_GB, NOTIFIER_GB, MESSENGER_GB, PAGE_GB = 0.5, 0.5, 0.5, 0.5, 1769 / 1024
"""Memory of the functions, as template.yaml says."""

PROBER_START_SECONDS = 0.2
PROBES_A_SECOND = 1500
EVALUATOR_SECONDS, EVALUATOR_SHARD_SECONDS = 0.05, 0.015
NOTIFIER_SECONDS = MESSENGER_SECONDS = 0.5
HEARTBEAT_SECONDS = 0.2
PAGE_SECONDS, PAGE_SHARD_SECONDS = 0.2, 0.1
"""Estimates: what a sweep takes besides probing, how fast it probes, and how long one call of the others takes.

Those of the prober and the evaluator are what `scripts/bench_memory.py` measures at their memory, and half as much
again.
"""

STREAM_SHARDS, WINDOW_SECONDS = 4, 1
"""An estimate of how many parts the stream of Samples has, as a table on demand begins; and how long the evaluator's
mapping gathers the sweeps of each before it calls the function (template.yaml)."""

SWEEP_LOG_BYTES, LOG_BYTES = 640, 1536
"""Estimates of what is logged of a sweep, and by a call that publishes, sends or writes pages. An evaluation that
decides nothing logs nothing, and Lambda's own lines come from WARN on."""

DASHBOARD_METRICS = 3
"""Custom metrics that are only written for the dashboard, in every hour."""

ALARM_METRICS, ROBOT_ALARM_METRICS, PAGE_ALARM_METRICS = 14, 2, 1
"""The metrics of the alarms of template.yaml."""

NOTICE_METRICS = 5
"""Custom metrics that are there only in an hour in which something is announced."""

RESERVOIR_A_SECOND, SAMPLED_BEYOND = 1, 0.05
"""Of Lambda's calls, X-Ray records one a second and a twentieth of the others."""

IDLE_RECEIVES = 5 * HOURS * 3600 / 20
"""Of a queue that calls a function: five pollers ask it every 20 seconds, whether there is something or not."""

RECEIPT_WRITES, OUTBOX_WRITES, QUEUE_REQUESTS = 2, 3, 2
"""Of one notice: its receipt is claimed and then completed; a robot's outbox takes it in, sends it and notes the
answer; a message of the queue is received and deleted."""

PAGE_MONTHS = 14
"""Months of which there are reports once totals are kept as long as they are: 13 whole ones, and this one."""

PAGE_DAYS, PAGE_HOURS = TOTALS_DAYS, 72
"""Totals that the status page reads every hour: all days, and the hours of three days that are not whole."""

PAGE_QUEUES = 3
"""Queues that it looks at every minute."""

KMS_REQUESTS = 5 * HOURS * 12
"""An estimate: DynamoDB keeps a table's key for five minutes for each role that uses it; there are five such pairs."""


def deployable(every: int) -> int:
    """The collection cycle of a stack for a fleet's of so many seconds: the next longer one, or the longest."""
    return min((each for each in DEPLOYABLE if each >= every), default=DEPLOYABLE[-1])


def usage_of(inventory: Inventory, settings: Settings) -> dict[str, float]:
    """Quantities by unit, in a month in which nothing fails but what `settings.notices` announce."""
    sizes, cycles = sizes_of(inventory), HOURS * 3600 / inventory.every
    used: defaultdict[str, float] = defaultdict(float)
    for part in (
        _tables(sizes, cycles, inventory.every, settings),
        _totals(sizes, inventory.every),
        _functions(sizes, inventory.every, settings),
        _monitoring(settings),
        _status_page(sizes, inventory.every, settings),
        _notices(sizes, len(inventory.robots), settings),
    ):
        for unit, quantity in part.items():
            used[unit] += quantity
    used["log_gb"] = used.pop("log_bytes") / GB
    used["log_stored_gb"] = used["log_gb"] * settings.log_days * 24 / HOURS
    return {unit: float(quantity) for unit, quantity in used.items() if quantity}


def _tables(sizes: Sizes, cycles: float, every: int, settings: Settings) -> Mapping[str, float]:
    """A cycle writes each shard's sweep and its alarms, and reads the head of the inventory and the alarms."""
    writes = sum(map(write_units, sizes.sweeps)) + sum(map(write_units, sizes.alarms))
    if settings.heartbeat and sizes.shards:
        writes += 1 + (sizes.shards if sizes.shards > 1 else 0)
    reads = read_units(sizes.head) * (1 + sizes.shards) + sum(map(read_units, sizes.alarms))
    kept = settings.samples_days * DAY_SECONDS / every
    stored = sum(size + OVERHEAD_BYTES for size in sizes.sweeps) * kept / GB
    return {
        "write_units": writes * cycles,
        "read_units": reads * cycles,
        "table_gb": stored,
        "pitr_gb": stored,
    }


def _totals(sizes: Sizes, every: int) -> Mapping[str, float]:
    """Every hour the sweeps of a shard are read again and summed up, and every day the totals of its hours."""
    near = (HOUR_SECONDS + 2 * reach(every)) / every
    days = HOURS / 24
    of_hours = sum(read_units(size * near) for size in sizes.sweeps) * HOURS
    of_days = sum(read_units(size * 24) for size in sizes.hours) * days
    writes = sum(map(write_units, sizes.hours)) * HOURS + sum(map(write_units, sizes.days)) * days
    kept = sum(24 * (hour + OVERHEAD_BYTES) for hour in sizes.hours) + sum(day + OVERHEAD_BYTES for day in sizes.days)
    stored = kept * TOTALS_DAYS / GB
    return {"write_units": writes, "read_units": of_hours + of_days, "table_gb": stored, "pitr_gb": stored}


def _functions(sizes: Sizes, every: int, settings: Settings) -> Mapping[str, float]:
    """The prober is called once a cycle, the evaluator for the sweeps that each part of the stream has in a second.

    Of cycles below a minute a call of the prober makes all of a minute, and runs until the last of them is over.
    """
    cycles = HOURS * 3600 / every
    parts = max(MINUTE_SECONDS // every, 1)
    sweep = PROBER_START_SECONDS + sizes.probes / PROBES_A_SECOND
    seconds = (parts - 1) * every + sweep
    evaluations = min(sizes.shards, STREAM_SHARDS * math.ceil(sweep / WINDOW_SECONDS))
    deciding = evaluations * EVALUATOR_SECONDS + sizes.shards * EVALUATOR_SHARD_SECONDS
    deciding += HEARTBEAT_SECONDS if settings.heartbeat and sizes.shards else 0
    recorded = min(evaluations, RESERVOIR_A_SECOND * max(sweep, 1))
    return {
        "lambda_requests": (1 / parts + evaluations) * cycles,
        f"lambda_{settings.architecture}_gb_seconds": (seconds / parts * PROBER_GB + deciding * EVALUATOR_GB) * cycles,
        "log_bytes": SWEEP_LOG_BYTES * cycles,
        "traces": (1 / parts + recorded + SAMPLED_BEYOND * (evaluations - recorded)) * cycles
        if settings.tracing
        else 0,
        "scheduled": cycles / parts,
    }


def _monitoring(settings: Settings) -> Mapping[str, float]:
    """What watches icwatch itself, and the key."""
    return {
        "metrics": (DASHBOARD_METRICS if settings.dashboard else 0)
        + NOTICE_METRICS * min(settings.notices, HOURS) / HOURS,
        "alarm_metrics": ALARM_METRICS
        + (ROBOT_ALARM_METRICS if settings.robots else 0)
        + (PAGE_ALARM_METRICS if settings.status_page else 0),
        "dashboards": 1 if settings.dashboard else 0,
        "kms_keys": 1 if settings.kms else 0,
        "kms_requests": KMS_REQUESTS if settings.kms else 0,
        "sqs_requests": IDLE_RECEIVES if settings.robots else 0,
    }


def _status_page(sizes: Sizes, every: int, settings: Settings) -> Mapping[str, float]:
    """Every minute what is new is read, and the pages that are due are written."""
    if not settings.status_page:
        return {}
    minutes = HOURS * 60
    sweeps = sum(map(read_units, sizes.sweeps)) * min(1, 60 / every)
    others = read_units(sizes.head) + 2 * sizes.shards  # the alarms of each shard, and what was decided, if anything
    days = sum(read_units(size * PAGE_DAYS) for size in sizes.days)
    hours = sum(read_units(size * PAGE_HOURS) for size in sizes.hours)
    return {
        "objects": HOURS / 24 * objects_a_day(sizes.targets, sizes.places, PAGE_MONTHS),
        "read_units": minutes * (sweeps + others) + HOURS * (days + hours),
        "lambda_requests": minutes,
        f"lambda_{settings.architecture}_gb_seconds": (
            minutes * PAGE_GB * (PAGE_SECONDS + PAGE_SHARD_SECONDS * sizes.shards)
        ),
        "log_bytes": minutes * LOG_BYTES,
        "traces": minutes if settings.tracing else 0,
        "scheduled": minutes,
        "sqs_requests": minutes * PAGE_QUEUES,
    }


def _notices(sizes: Sizes, robots: int, settings: Settings) -> Mapping[str, float]:
    """A notice is decided in a transaction, has a receipt, is published once, and goes to each robot."""
    notices, told = settings.notices, robots if settings.robots else 0
    decided = 2 * (write_units(sizes.decision) + write_units(sizes.alarms_with_one)) if sizes.decision else 0
    stored = notices * (sizes.decision + OVERHEAD_BYTES) * settings.transitions_days * 24 / HOURS / GB
    calls = notices * (1 + (1 if told else 0))
    seconds = notices * (NOTIFIER_SECONDS * NOTIFIER_GB + (MESSENGER_SECONDS * MESSENGER_GB if told else 0))
    return {
        "write_units": notices * (decided + RECEIPT_WRITES + OUTBOX_WRITES * told),
        "table_gb": stored,
        "pitr_gb": stored,
        "lambda_requests": calls,
        f"lambda_{settings.architecture}_gb_seconds": seconds,
        "log_bytes": calls * LOG_BYTES,
        "traces": calls if settings.tracing else 0,
        "sns_requests": notices,
        "emails": notices if settings.email else 0,
        "sqs_requests": QUEUE_REQUESTS * notices if told else 0,
    }
