"""Lines of a deal: what is sold in it. All is counted in whole numbers, so that nothing is lost between two sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base

THOUSAND, HUNDRED_PERCENT = 1_000, 10_000
"""One piece in the thousandths of `quantity`, and all of it in the hundredths of a percent of `discount` and `tax`."""


class DealLine(Base):
    """One line; the name and the price stay as they were sold.

    `quantity` is in thousandths, `price` for one `unit` without tax in the smallest unit of the deal's currency;
    `discount` and `tax` are in hundredths of a percent.
    """

    __tablename__ = "deal_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    position: Mapped[int]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    quantity: Mapped[int] = mapped_column(default=THOUSAND)
    price: Mapped[int]
    discount: Mapped[int] = mapped_column(default=0)
    tax: Mapped[int] = mapped_column(default=0)

    @property
    def net(self) -> int:
        """Give what the line costs after its discount, without tax."""
        return net(self.quantity, self.price, self.discount)


class Totals(NamedTuple):
    """What a deal comes to, in the smallest unit of its currency; `taxes` is the tax by its rate."""

    net: int
    taxes: dict[int, int]

    @property
    def gross(self) -> int:
        """Give all of it, tax included."""
        return self.net + sum(self.taxes.values())


def totals(lines: Iterable[DealLine]) -> Totals:
    """Add lines up: tax is rounded once for each rate, as on an invoice."""
    return added((line.tax, line.net) for line in lines)


def added(parts: Iterable[tuple[int, int]]) -> Totals:
    """Add up what costs so much without tax, each with its rate of tax."""
    nets: dict[int, int] = {}
    for rate, cost in parts:
        nets[rate] = nets.get(rate, 0) + cost
    taxes = {rate: rounded(cost * rate, HUNDRED_PERCENT) for rate, cost in sorted(nets.items())}
    return Totals(sum(nets.values()), taxes)


def net(quantity: int, price: int, discount: int) -> int:
    """Give what so many cost after a discount, without tax; counted as in DealLine."""
    return rounded(quantity * price * (HUNDRED_PERCENT - discount), THOUSAND * HUNDRED_PERCENT)


def lines_of(session: Session, deal_id: int) -> Sequence[DealLine]:
    """Give the lines of a deal, in their order."""
    rows = select(DealLine).where(DealLine.deal_id == deal_id).order_by(DealLine.position, DealLine.id)
    return session.scalars(rows).all()


def rounded(number: int, by: int) -> int:
    """Divide, half away from zero."""
    whole, rest = divmod(abs(number), by)
    return (whole + (2 * rest >= by)) * (1 if number >= 0 else -1)
