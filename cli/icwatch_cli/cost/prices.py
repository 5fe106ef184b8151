"""The price table: list prices by region, each with the address where it was read, and the day."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import yaml

from icwatch.errors import IcwatchError


class RegionError(IcwatchError):
    """No prices are known of a region."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a price was read, and when."""

    address: str
    read: date


@dataclass(frozen=True, slots=True)
class Price:
    """What `per` units cost, in the region's currency."""

    amount: float
    per: int
    source: Source

    def of(self, quantity: float) -> float:
        """What so many units cost."""
        return quantity * self.amount / self.per


@dataclass(frozen=True, slots=True)
class Region:
    """The prices of a region by unit, those that are known, and by unit what is free every month."""

    name: str
    currency: str
    prices: Mapping[str, Price]
    free: Mapping[str, float]

    @property
    def partition(self) -> str:
        """`aws-cn` in China, else `aws`."""
        return "aws-cn" if self.name.startswith("cn-") else "aws"


def region_named(name: str) -> Region:
    """The prices of a region. Raises RegionError, which lists those that are known."""
    known = price_table()
    if name not in known:
        raise RegionError(f"--region {name}: its prices are not in the table; write one of {', '.join(known)}")
    return known[name]


def newest() -> date:
    """The day on which the newest price of the table was read."""
    return max(price.source.read for region in price_table().values() for price in region.prices.values())


@functools.cache
def price_table() -> Mapping[str, Region]:
    """All regions of which prices are known, in the order of the table."""
    table = yaml.safe_load(files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8"))
    sources = {name: Source(each["address"], each["read"]) for name, each in table["sources"].items()}
    return {
        name: Region(
            name,
            each["currency"],
            {
                unit: Price(price["price"], price.get("per", 1), sources[price["from"]])
                for unit, price in each["prices"].items()
            },
            table["free"][each["currency"]],
        )
        for name, each in table["regions"].items()
    }
