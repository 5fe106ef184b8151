"""What a change of the fleet costs a month, in a line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from icwatch.model import Inventory, Language
from icwatch_cli.cost.bill import bill_of
from icwatch_cli.cost.locales import WORDS
from icwatch_cli.cost.prices import price_table
from icwatch_cli.cost.settings import of_parameters
from icwatch_cli.cost.usage import usage_of

SMALLEST = 0.005
"""Differences below it would be said as 0.00."""


def difference(
    before: Inventory,
    after: Inventory,
    region: str,
    parameters: Mapping[str, str],
    language: Language = Language.EN_US,
) -> Iterator[str]:
    """One line where the bill changes; none in a region of which no prices are known."""
    prices = price_table().get(region)
    if prices is None:
        return
    settings, words = of_parameters(parameters), WORDS[language]
    was, will_be = (bill_of(usage_of(each, settings), prices) for each in (before, after))
    more = will_be.total - was.total
    if abs(more) >= SMALLEST:
        amount = f"{abs(more):.2f}"
        text = words["more" if more > 0 else "less"].format(amount=amount, currency=prices.currency)
        yield words["as_known"].format(text=text) if will_be.unknown else text
