"""How much of an order is kept: anybody may post one, and each shop writes it as it likes.

The journal keeps it all. Every text of an order that any sender reads comes through here.
"""

from __future__ import annotations

from msgspec import structs

from connectors.forms.bounds import VALUE
from connectors.forms.charset import clean
from hub.orders import Order, OrderLine

LINES = 500  # of an order; more is no order of people's
SHORT = 100  # letters of a number, a state or a sum
NAME = 1000  # letters of what is ordered, or how it is paid and sent


def bounded(order: Order) -> Order:
    """Cut every text of an order to what somebody could mean, without what no database stores."""
    return structs.replace(
        order,
        number=_line(order.number, SHORT),
        state=_line(order.state, SHORT),
        total=_line(order.total, SHORT),
        currency=_line(order.currency, SHORT),
        lines=tuple(map(_bounded_line, order.lines[:LINES])),
        address="\n".join(filter(None, map(_row, order.address[:VALUE].splitlines()))),
        payment=_line(order.payment, NAME),
        delivery=_line(order.delivery, NAME),
    )


def _bounded_line(line: OrderLine) -> OrderLine:
    return OrderLine(
        name=_line(line.name, NAME),
        sku=_line(line.sku, SHORT),
        quantity=_line(line.quantity, SHORT),
        price=_line(line.price, SHORT),
        total=_line(line.total, SHORT),
    )


def _row(written: str) -> str:
    return _line(written, NAME)


def _line(written: str, most: int) -> str:
    """Give a text on one line; what is cut away is not even looked at."""
    return " ".join(clean(written[: 2 * most]).split())[:most]
