"""Webflow: forms and orders of a shop, signed with the time (https://developers.webflow.com/data/docs/working-with-webhooks)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from babel.numbers import get_currency_precision

from connectors.forms.body import bounded
from connectors.forms.document import Document, opened, part, parts, text, unfolded
from connectors.forms.meanings import meaning_of
from connectors.forms.nesting import looks_json
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.proof import doubt_signature, doubt_time, hmac_sha256, seconds
from hub.connector import Raw
from hub.orders import Order, OrderLine
from hub.said import said
from hub.sums import number

SIGNATURE = "x-webflow-signature"
_TRIGGER = re.compile(
    rb'"triggerType"\s*:\s*"(?:form_submission|site_publish|page_(?:created|deleted|metadata_updated)|comment_created|'
    rb"ecomm_(?:new_order|order_changed|inventory_changed)|user_account_(?:added|updated|deleted)|"
    rb'collection_item_(?:created|changed|deleted|published|unpublished))"'
)
_PAYLOAD = re.compile(rb'"payload"\s*:\s*\{')
_FORM = "form_submission"
_ORDERS = {"ecomm_new_order", "ecomm_order_changed"}


class Webflow(Sender):
    """A webhook of one site."""

    name: ClassVar[str] = "webflow"
    title: ClassVar[str] = "Webflow"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its header, or by what triggered it and what that carries."""
        if SIGNATURE in raw.headers:
            return True
        return looks_json(raw.body) and bool(_TRIGGER.search(raw.body) and _PAYLOAD.search(raw.body))

    def is_named(self, raw: Raw) -> bool:
        """Know it by its header."""
        return SIGNATURE in raw.headers

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the signature over the time, a colon and the body, and look at the time."""
        written = raw.headers.get("x-webflow-timestamp", "")
        right = [hmac_sha256(each, written.encode(), b":", raw.body).hex().encode() for each in secrets]
        wrong = doubt_signature([raw.headers.get(SIGNATURE, "").lower().encode()], right)
        return wrong or doubt_time(seconds(written[:-3]), raw.received_at)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give a form that was sent, or an order that is new or changed; nothing for what else a site tells."""
        event = opened(raw.body)
        kind, payload = text(event, "triggerType"), part(event, "payload") or event
        if kind in _ORDERS:
            return (_ordered(payload),)
        return (_sent(payload),) if kind in {_FORM, ""} else ()


def _sent(payload: Document) -> Post:
    data = part(payload, "data")
    body = bounded(unfolded(data))
    shortened = [
        name for name, value in data.items() if isinstance(value, int) and meaning_of(name)[0] == "phone"
    ]
    if shortened:
        body.remarks.append(
            said(
                "The telephone number came without a + or zeros at its beginning: Webflow sends it as a number."
            )
        )
    return Post(body=body, key=text(payload, "id") or text(payload, "_id"), form=text(payload, "name"))


def _ordered(payload: Document) -> Post:
    customer, address = part(payload, "customerInfo"), part(payload, "shippingAddress")
    order_number = text(payload, "orderId")
    answers = [
        ("Name", text(customer, "fullName") or text(address, "addressee")),
        ("Email", text(customer, "email")),
        ("Message", text(payload, "orderComment")),
        *_custom(payload),
    ]
    status, paid = text(payload, "status"), part(payload, "customerPaid")
    order = Order(
        number=order_number,
        state=status,
        cancelled=status in {"refunded", "dispute-lost"},
        total=_amount(paid),
        currency=text(paid, "unit").upper(),
        lines=tuple(map(_line, parts(payload, "purchasedItems"))),
        address=_address(address),
        payment=text(payload, "paymentProcessor"),
        delivery=text(payload, "shippingProvider"),
    )
    body = bounded([(label, value) for label, value in answers if value])
    return Post(body=body, key=f"order {order_number}", order=order)


def _line(item: Document) -> OrderLine:
    name, variant = text(item, "productName"), text(item, "variantName")
    return OrderLine(
        name=name if variant in {"", name} or name in variant else f"{name}, {variant}",
        sku=text(item, "variantSKU"),
        quantity=text(item, "count") or "1",
        price=_amount(part(item, "variantPrice")),
        total=_amount(part(item, "rowTotal")),
    )


def _amount(money: Document) -> str:
    """Give money as decimal text: `value` counts the smallest coin of the currency."""
    coins = number(text(money, "value"))
    if coins is None:
        return ""
    places = get_currency_precision(text(money, "unit").upper())
    return f"{coins.scaleb(-places):.{places}f}"


def _address(address: Document) -> str:
    names = ("addressee", "line1", "line2", "postalCode", "city", "state", "country")
    return "\n".join(filter(None, (text(address, name) for name in names)))


def _custom(payload: Document) -> Sequence[tuple[str, str]]:
    """Give what the shop asked besides: a list of one-value objects, named by what they hold."""
    found = [(text(each, "name"), each) for each in parts(payload, "customData")]
    return [
        (
            label,
            next((text(each, kind) for kind in ("textInput", "textArea", "checkbox") if kind in each), ""),
        )
        for label, each in found
    ]
