"""From units to money: the bill of a fleet, line by line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch_cli.cost.prices import Price, Region

PARTS: Mapping[str, Mapping[str, str]] = {
    "DynamoDB": {
        "write_units": "write units",
        "read_units": "read units",
        "table_gb": "GB stored",
        "pitr_gb": "GB that can be restored (PITR)",
    },
    "Lambda": {
        "lambda_requests": "calls",
        "lambda_arm64_gb_seconds": "GB-seconds on arm64 (an estimate)",
        "lambda_x86_64_gb_seconds": "GB-seconds on x86_64 (an estimate)",
    },
    "CloudWatch": {
        "metrics": "custom metrics",
        "alarm_metrics": "metrics of alarms",
        "dashboards": "dashboard",
    },
    "CloudWatch Logs": {
        "log_gb": "GB written (an estimate)",
        "log_stored_gb": "GB stored (an estimate)",
    },
    "X-Ray": {"traces": "traces (an estimate)"},
    "EventBridge Scheduler": {"scheduled": "ticks"},
    "S3": {"objects": "objects of the status page"},
    "SNS and SQS": {
        "sns_requests": "notices published",
        "emails": "e-mails",
        "sqs_requests": "requests to queues",
    },
    "KMS": {"kms_keys": "key", "kms_requests": "requests (an estimate)"},
}
"""What a bill has, by service and unit, with the words for a quantity of it."""

SHARED_ALLOWANCES = {
    "lambda_arm64_gb_seconds": "lambda_gb_seconds",
    "lambda_x86_64_gb_seconds": "lambda_gb_seconds",
}
"""Units of which the table of what is free has another name."""

NOT_IN = {"aws-cn": ("traces",)}
"""What a partition does not have, so that nothing of it is used there: X-Ray and Lambda are not integrated in China."""


@dataclass(frozen=True, slots=True)
class Line:
    """One unit of a bill: how much is used, its price, and how much of it every account has for nothing.

    `price` is None where it is not known.
    """

    part: str
    unit: str
    words: str
    quantity: float
    price: Price | None
    free: float

    @property
    def amount(self) -> float:
        """What it costs a month; 0 where the price is not known."""
        return 0.0 if self.price is None else self.price.of(self.quantity)

    @property
    def amount_after_free(self) -> float:
        """What is left to pay where nothing else of the account uses the allowance up."""
        return 0.0 if self.price is None else self.price.of(max(0.0, self.quantity - self.free))


@dataclass(frozen=True, slots=True)
class Bill:
    """What a fleet costs a month in a region, at list prices."""

    region: Region
    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """The sum of what is known."""
        return sum(line.amount for line in self.lines)

    @property
    def total_after_free(self) -> float:
        """The same, inside AWS's always-free allowances."""
        return sum(line.amount_after_free for line in self.lines)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """What is used, and of which no price is known in this region."""
        return tuple(line for line in self.lines if line.price is None)

    def amount_of(self, *units: str) -> float:
        """What some of its units cost together."""
        return sum(line.amount for line in self.lines if line.unit in units)


def bill_of(used: Mapping[str, float], region: Region) -> Bill:
    """The bill for quantities by unit, in the order of `PARTS`. Units that are not used have no line."""
    left_out = NOT_IN.get(region.partition, ())
    return Bill(
        region,
        tuple(
            Line(part, unit, words, used[unit], region.prices.get(unit), _free(region, unit))
            for part, units in PARTS.items()
            for unit, words in units.items()
            if used.get(unit) and unit not in left_out
        ),
    )


def _free(region: Region, unit: str) -> float:
    return region.free.get(SHARED_ALLOWANCES.get(unit, unit), 0.0)
