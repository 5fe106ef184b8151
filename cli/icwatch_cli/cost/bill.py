"""From units to money: the bill of a fleet, line by line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch_cli.cost.prices import Price, Region

PARTS: Mapping[str, tuple[str, ...]] = {
    "DynamoDB": ("write_units", "read_units", "table_gb", "pitr_gb"),
    "Lambda": ("lambda_requests", "lambda_arm64_gb_seconds", "lambda_x86_64_gb_seconds"),
    "CloudWatch": ("metrics", "alarm_metrics", "dashboards"),
    "CloudWatch Logs": ("log_gb", "log_stored_gb"),
    "X-Ray": ("traces",),
    "EventBridge Scheduler": ("scheduled",),
    "S3": ("objects",),
    "SNS and SQS": ("sns_requests", "emails", "sqs_requests"),
    "KMS": ("kms_keys", "kms_requests"),
}
"""What a bill has: its services, and the units of each."""

ESTIMATES = frozenset(
    {"lambda_arm64_gb_seconds", "lambda_x86_64_gb_seconds", "log_gb", "log_stored_gb", "traces", "kms_requests"}
)
"""Units of which nobody can know beforehand how many are used."""

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
            Line(part, unit, used[unit], region.prices.get(unit), _free(region, unit))
            for part, units in PARTS.items()
            for unit in units
            if used.get(unit) and unit not in left_out
        ),
    )


def _free(region: Region, unit: str) -> float:
    return region.free.get(SHARED_ALLOWANCES.get(unit, unit), 0.0)
