"""A bill as lines of text in a language, and as a document for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from icwatch.model import Language
from icwatch_cli.cost.bill import ESTIMATES, Bill, Line
from icwatch_cli.cost.locales import WORDS
from icwatch_cli.cost.others import Other
from icwatch_cli.cost.prices import newest
from icwatch_cli.cost.usage import HOURS

OLD_DAYS = 730
"""A price that was read so long before the newest one of the table is said to be old."""

AMOUNT_CELLS = 9
"""Columns of an amount."""

Styled = tuple[str, str]
"""A style of `terminal.colours`, and a line."""


@dataclass(frozen=True, slots=True)
class BillText:
    """A bill and what others would cost, in a language."""

    bill: Bill
    others: Sequence[Other]
    language: Language = Language.EN_US

    def lines(self, file: str, targets: int) -> Iterator[Styled]:
        """The bill part by part, its sum, what is free of it, what is not known, and the others beside it."""
        bill, currency = self.bill, self.bill.region.currency
        about = {"region": bill.region.name, "currency": currency, "hours": HOURS}
        yield "title", self._say("title", file=file, targets=self._targets(targets), **about)
        for line in bill.lines:
            yield "" if line.price else "warn", self._row(self._said(line), line.amount if line.price else None)
        yield "title", self._row(self._say("known_sum" if bill.unknown else "sum"), bill.total)
        yield "", self._row(self._say("inside"), bill.total_after_free)
        yield from self._doubts()
        yield "", ""
        yield "title", self._say("beside", currency=currency)
        for other in self.others:
            yield "", self._row(self._say(other.kind), other.amount)
            for name, values in other.notes:
                yield "dim", f"    {self._say(name, **values)}"

    def _targets(self, count: int) -> str:
        return self._say("target" if count == 1 else "targets", count=count)

    def _say(self, name: str, **values: object) -> str:
        return WORDS[self.language][name].format(**values)

    def _said(self, line: Line) -> str:
        whole = line.quantity >= 100 or line.quantity == int(line.quantity)
        quantity = f"{line.quantity:,.0f}" if whole else f"{line.quantity:.2f}"
        text = self._say("line", part=line.part, quantity=quantity, words=self._say(line.unit).replace("|", ""))
        return self._say("estimate", text=text) if line.unit in ESTIMATES else text

    @property
    def _width(self) -> int:
        """Columns of the widest name that has an amount beside it."""
        others = (self._say(each.kind) for each in self.others)
        return max(map(cell_len, (*map(self._said, self.bill.lines), self._say("inside"), *others)))

    def _row(self, name: str, amount: float | None) -> str:
        said = self._say("not_known") if amount is None else f"{amount:.2f}"
        return f"  {name}{' ' * (self._width - cell_len(name) + 2)}{' ' * (AMOUNT_CELLS - cell_len(said))}{said}"

    def _doubts(self) -> Iterator[Styled]:
        """What is not known, and how old the prices are."""
        bill = self.bill
        if bill.unknown:
            yield "warn", "  " + self._say("unknown", region=bill.region.name, names=self._names(bill.unknown))
        if read := sorted(line.price.source.read for line in bill.lines if line.price):
            yield "dim", "  " + self._say("read", first=read[0], last=read[-1])
        if old := [line for line in bill.lines if line.price and (newest() - line.price.source.read).days > OLD_DAYS]:
            yield "warn", "  " + self._say("old", names=self._names(old))

    def _names(self, lines: Iterable[Line]) -> str:
        named = [(line.part, self._say(line.unit).rpartition("|")[2]) for line in lines]
        return self._say("listing").join(self._say("name", part=part, words=words) for part, words in named)


def document_of(bill: Bill, others: Sequence[Other]) -> dict[str, Any]:
    """A bill for programs, in English. Amounts are of a month; null where no price is known."""
    return {
        "region": bill.region.name,
        "currency": bill.region.currency,
        "hours": HOURS,
        "total": round(bill.total, 4),
        "total_after_free": round(bill.total_after_free, 4),
        "complete": not bill.unknown,
        "lines": [_line_document(line) for line in bill.lines],
        "others": [_other_document(other) for other in others],
    }


def _other_document(other: Other) -> dict[str, Any]:
    words = WORDS[Language.EN_US]
    return {
        "kind": other.kind,
        "name": words[other.kind],
        "amount": None if other.amount is None else round(other.amount, 4),
        "notes": [words[name].format(**values) for name, values in other.notes],
    }


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
