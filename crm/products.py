"""The price list: what is sold, and for how much."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import now
from hub.db import Base


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
