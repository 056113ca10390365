"""An order as our plug-in for WordPress tells it: the shape of WooCommerce's REST API, every number as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from connectors.forms.answers import Meaning
from hub.orders import Order, OrderLine

CANCELLED = frozenset({"cancelled", "trash"})
_KNOWN: Mapping[str, Meaning] = {
    "name": "name", "phone": "phone", "email": "email", "company": "company", "message": "message",
}  # fmt: skip


class Person(msgspec.Struct, frozen=True):
    """Whom the bill or the parcel is for."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    postcode: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def address(self) -> str:
        """Where it goes, a line of text per line."""
        town = f"{self.postcode} {self.city}".strip()
        lines = (self.name, self.company, self.address_1, self.address_2, town, self.state, self.country)
        return "\n".join(filter(None, lines)) if self.address_1 or self.city else ""


class Line(msgspec.Struct, frozen=True):
    """A line of the order."""

    name: str = ""
    sku: str = ""
    quantity: str = "1"
    price: str = ""
    total: str = ""


class Way(msgspec.Struct, frozen=True):
    """How it is sent."""

    method_title: str = ""
    total: str = ""


class Ordered(msgspec.Struct, frozen=True):
    """An order as it stands."""

    id: str
    number: str = ""
    status: str = ""
    currency: str = ""
    total: str = ""
    date_modified_gmt: str | None = None
    payment_method_title: str = ""
    customer_note: str = ""
    billing: Person = Person()
    shipping: Person = Person()
    line_items: list[Line] = []
    shipping_lines: list[Way] = []


def order_of(ordered: Ordered) -> Order:
    """Give what was ordered."""
    return Order(
        number=ordered.number or ordered.id,
        state=ordered.status,
        cancelled=ordered.status in CANCELLED,
        total=ordered.total,
        currency=ordered.currency,
        lines=tuple(
            OrderLine(
                name=line.name, sku=line.sku, quantity=line.quantity, price=line.price, total=line.total
            )
            for line in ordered.line_items
        ),
        address=ordered.shipping.address or ordered.billing.address,
        payment=ordered.payment_method_title,
        delivery=", ".join(way.method_title for way in ordered.shipping_lines),
        changed_at=_moment(ordered.date_modified_gmt or ""),
    )


def answers_of(ordered: Ordered) -> tuple[Sequence[tuple[str, str]], Mapping[str, Meaning]]:
    """Give who ordered and what they wrote, as answers under labels, and what those mean."""
    who, to = ordered.billing, ordered.shipping
    answers = {
        "Name": who.name or to.name, "Phone": who.phone or to.phone, "Email": who.email,
        "Company": who.company, "Message": ordered.customer_note,
    }  # fmt: skip
    return [(label, answer) for label, answer in answers.items() if answer], _KNOWN


def _moment(written: str) -> datetime | None:
    """Read a moment in UTC, which is written without saying so."""
    with suppress(ValueError):
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    return None
