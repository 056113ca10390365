"""What was ordered, as a card shows it: lines, sums, where it goes, and what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from crm import orders
from crm.conversations import Interaction
from crm.order_changes import money
from crm.orders import OrderVersion
from hub import sums
from hub.languages import _
from hub.orders import Order, OrderLine
from hub.sums import number
from hub.users import Viewer


class Line(msgspec.Struct, frozen=True):
    """One line: what, how many of it at which price, and what that comes to."""

    name: str
    sku: str
    many: str
    total: str


class Change(msgspec.Struct, frozen=True):
    """What a shop told of it `at` a time; `raw` leads to it in the journal for those who may see that."""

    at: datetime
    words: str
    late: bool
    raw: str


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands. `way` is where and how it goes, and how it is paid: pairs of a name and its lines."""

    number: str
    state: str
    cancelled: bool
    lines: Sequence[Line]
    total: str
    currency: str
    way: Sequence[tuple[str, str]]
    changes: Sequence[Change]


def orders_of(session: Session, viewer: Viewer, touches: Sequence[Interaction]) -> dict[int, Ordered]:
    """Give the orders among these interactions, all of them in one question."""
    told = orders.versions_of(session, [touch.id for touch in touches if touch.kind == orders.KIND])
    return {touch_id: _ordered(viewer, versions) for touch_id, versions in told.items()}


def _ordered(viewer: Viewer, told: Sequence[OrderVersion]) -> Ordered:
    order = orders.standing(told).ordered
    cents = any(_has_cents(line.price) or _has_cents(line.total) for line in order.lines) or _has_cents(
        order.total
    )
    way = ((_("Goes to"), order.address), (_("Delivery"), order.delivery), (_("Payment"), order.payment))
    return Ordered(
        number=order.number, state=order.state, cancelled=order.cancelled, currency=order.currency,
        lines=[_line(line, cents=cents) for line in order.lines], total=_total(order, cents=cents),
        way=[(name, value) for name, value in way if value],
        changes=[_change(viewer, each) for each in told if each.words],
    )  # fmt: skip


def _line(line: OrderLine, *, cents: bool) -> Line:
    many, price = _sum(line.quantity), _sum(line.price, cents=cents)
    each = _("%(quantity)s x %(price)s", quantity=many, price=price) if price else many
    return Line(line.name, line.sku, each, _sum(line.total, cents=cents))


def _total(order: Order, *, cents: bool) -> str:
    value = number(order.total)
    if value is None or not cents:
        return money(order.total, order.currency)
    return f"{sums.written(value, cents=True)} {order.currency}".rstrip()


def _sum(text: str, *, cents: bool = False) -> str:
    """Write a plain number as its reader writes it, anything else as the shop wrote it."""
    value = number(text)
    return text if value is None else sums.written(value, cents=cents)


def _has_cents(text: str) -> bool:
    value = number(text)
    return value is not None and value != value.to_integral_value()


def _change(viewer: Viewer, version: OrderVersion) -> Change:
    raw = f"/journal/{version.inbound_id}" if viewer.sees_all else ""
    return Change(version.at, "; ".join(version.words), version.came_late, raw)
