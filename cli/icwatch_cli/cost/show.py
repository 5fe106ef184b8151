"""A bill as lines of text, and as a document for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from icwatch_cli.cost.bill import Bill, Line
from icwatch_cli.cost.others import Other
from icwatch_cli.cost.prices import newest
from icwatch_cli.cost.usage import HOURS

OLD_DAYS = 730
"""A price that was read so long before the newest one of the table is said to be old."""

INSIDE = "within the always-free allowances, unless others use them"
NOT_KNOWN = "not known"

Styled = tuple[str, str]
"""A style of `terminal.colours`, and a line."""


def lines_of(bill: Bill, others: Sequence[Other], title: str) -> Iterator[Styled]:
    """The bill part by part, its sum, what is free of it, what is not known, and the others beside it."""
    currency, total = bill.region.currency, "sum of what is known" if bill.unknown else "sum"
    names = [*map(_said, bill.lines), INSIDE, *(other.name for other in others)]
    width = max(map(len, names))
    yield "title", f"{title}, {bill.region.name}, {currency} a month ({HOURS} hours) at list prices"
    for line in bill.lines:
        yield "" if line.price else "warn", _row(_said(line), line.amount if line.price else None, width)
    yield "title", _row(total, bill.total, width)
    yield "", _row(INSIDE, bill.total_after_free, width)
    yield from _doubts(bill)
    yield "", ""
    yield "title", f"Beside it, {currency} a month"
    for other in others:
        yield "", _row(other.name, other.amount, width)
        for text in (other.counted, *other.caveats):
            yield "dim", f"    {text}"


def document_of(bill: Bill, others: Sequence[Other]) -> dict[str, Any]:
    """The same for programs. Amounts are of a month; null where no price is known."""
    return {
        "region": bill.region.name,
        "currency": bill.region.currency,
        "hours": HOURS,
        "total": round(bill.total, 4),
        "total_after_free": round(bill.total_after_free, 4),
        "complete": not bill.unknown,
        "lines": [_line_document(line) for line in bill.lines],
        "others": [
            {
                "name": other.name,
                "amount": None if other.amount is None else round(other.amount, 4),
                "counted": other.counted,
                "caveats": list(other.caveats),
            }
            for other in others
        ],
    }


def _said(line: Line) -> str:
    quantity = f"{line.quantity:,.0f}" if line.quantity >= 100 or line.quantity == int(line.quantity) else ""
    return f"{line.part}: {quantity or format(line.quantity, '.2f')} {line.words}"


def _row(name: str, amount: float | None, width: int) -> str:
    return f"  {name:{width}}  {NOT_KNOWN if amount is None else format(amount, '.2f'):>9}"


def _doubts(bill: Bill) -> Iterator[Styled]:
    """What is not known, and how old the prices are."""
    if bill.unknown:
        yield "warn", f"  not known in {bill.region.name}, and not in the sum: {_names(bill.unknown)}"
    read = sorted(line.price.source.read for line in bill.lines if line.price)
    if read:
        yield "dim", f"  prices read from {read[0]} to {read[-1]}; --json names the source of each"
    if old := [line for line in bill.lines if line.price and (newest() - line.price.source.read).days > OLD_DAYS]:
        yield "warn", f"  read more than two years ago, so they may have changed: {_names(old)}"


def _names(lines: Iterable[Line]) -> str:
    return ", ".join(f"{line.words.partition(' (an')[0]} of {line.part}" for line in lines)


def _line_document(line: Line) -> dict[str, Any]:
    price = line.price
    return {
        "part": line.part,
        "unit": line.unit,
        "quantity": round(line.quantity, 4),
        "price": None if price is None else price.amount,
        "per": None if price is None else price.per,
        "amount": None if price is None else round(line.amount, 4),
        "free": line.free,
        "source": None if price is None else price.source.address,
        "read": None if price is None else price.source.read.isoformat(),
    }
