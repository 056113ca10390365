"""The price list: what is sold, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import money
from hub.clock import now
from hub.db import Base
from hub.said import said

LONGEST_CODE, LONGEST = 60, 300
HUNDRED_PERCENT = 10_000  # in hundredths of a percent


class Product(Base):
    """What is sold, by the company's own `code`.

    `price` is for one `unit`, without tax, in the smallest unit of its `currency`; `tax` is in hundredths of a percent:
    2500 is 25 %.
    """

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    price: Mapped[int]
    currency: Mapped[str]
    tax: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is wanted, counted as in `Product`."""

    code: str
    name: str
    unit: str = ""
    price: int = 0
    currency: str
    tax: int = 0


def checked(wanted: Priced) -> Priced:
    """Give it as it is kept; ValueError has words for what is wrong with it."""
    code, name = " ".join(wanted.code.split()), " ".join(wanted.name.split())
    currency = wanted.currency.strip().upper()
    if not code or not name:
        raise ValueError(said("A product needs a code and a name"))
    if len(code) > LONGEST_CODE or len(name) > LONGEST:
        raise ValueError(
            said("“%(text)s” is too long", text=(code if len(code) > LONGEST_CODE else name)[:40])
        )
    if not money.is_currency(currency):
        raise ValueError(said("“%(code)s” is no currency; write it like EUR", code=currency[:10]))
    if not 0 <= wanted.price <= money.MOST:
        raise ValueError(said("A price is nothing or more, and can be counted"))
    if not 0 <= wanted.tax <= HUNDRED_PERCENT:
        raise ValueError(said("A tax is between 0 and 100 percent"))
    unit = " ".join(wanted.unit.split())[:LONGEST_CODE]
    return msgspec.structs.replace(wanted, code=code, name=name, unit=unit, currency=currency)


def products(session: Session, *, retired: bool = False) -> Sequence[Product]:
    """Give the price list by its codes; with `retired` also what was taken off it."""
    wanted = select(Product).order_by(Product.code)
    return session.scalars(wanted if retired else wanted.where(Product.retired_at.is_(None))).all()
