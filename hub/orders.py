"""What a shop says that somebody ordered."""

from __future__ import annotations

from datetime import datetime

import msgspec


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an order. Numbers are decimal text as the shop wrote them, "" where it says nothing.

    `total` is the whole line's, after its discount.
    """

    name: str
    sku: str = ""
    quantity: str = "1"
    price: str = ""
    total: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands at one moment.

    `number` is what people call it, `state` the shop's own word for how it stands. `currency` is three letters, ""
    where the shop names none. `address` is where it goes, a line of text per line; `payment` and `delivery` say how, in
    the shop's words. `changed_at` is when the shop last changed it: of two, the later one is how it is.
    """

    number: str
    state: str = ""
    cancelled: bool = False
    total: str = ""
    currency: str = ""
    lines: tuple[OrderLine, ...] = ()
    address: str = ""
    payment: str = ""
    delivery: str = ""
    changed_at: datetime | None = None
