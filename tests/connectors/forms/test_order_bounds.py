"""Whatever a stranger calls an order, it is kept short and as a database can store it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors.forms.connector import Forms
from connectors.forms.order_bounds import LINES, bounded
from connectors.forms.settings import FormSettings
from hub.clock import now
from hub.connector import Raw
from hub.orders import Order, OrderLine

LONG = "7" * 200_000


def test_every_text_is_cut() -> None:
    line = OrderLine(name=LONG, sku=LONG, quantity=LONG, price=LONG, total=LONG)
    order = bounded(
        Order(
            number=LONG, state=LONG, total=LONG, currency=LONG, lines=(line,) * 2000,
            address=f"{LONG}\n" * 50, payment=LONG, delivery=LONG,
        )
    )  # fmt: skip
    texts = (order.number, order.state, order.total, order.currency, order.payment, order.delivery)
    assert len(order.lines) == LINES
    assert max(map(len, texts)) <= 1000
    assert len(order.address) <= 20_000
    (first, *_rest) = order.lines
    assert max(map(len, (first.name, first.sku, first.quantity, first.price, first.total))) <= 1000


def test_what_no_database_stores_is_replaced() -> None:
    order = bounded(Order(number="7\0\n3", address="Storgatan\0 1\n\n411 24  Göteborg", state="\ud800"))
    assert (order.number, order.address, order.state) == ("7� 3", "Storgatan� 1\n411 24 Göteborg", "�")


def plug_in(number: str) -> bytes:
    order = {"id": "1", "number": number, "line_items": [{"name": number}] * 600}
    return json.dumps({"kind": "order", "id": "1", "order": order}).encode()


def exchange(number: str) -> bytes:
    lines = f"<Товар><Наименование>{number}</Наименование></Товар>" * 600
    document = f"<Документ><Номер>{number}</Номер><Товары>{lines}</Товары></Документ>"
    return f'<?xml version="1.0"?><КоммерческаяИнформация>{document}</КоммерческаяИнформация>'.encode()


@pytest.mark.parametrize(("sender", "body"), [("wordpress", plug_in), ("commerceml", exchange)])
def test_an_order_of_any_sender_is_bounded(sender: str, body: Callable[[str], bytes]) -> None:
    form = Forms("website", "sesame", FormSettings(sender=sender))
    (event,) = form.read(Raw(body=body("7" * 5000), headers={}, received_at=now(), key="1"))
    assert event.order is not None
    assert (len(event.order.number), len(event.order.lines)) == (100, LINES)
