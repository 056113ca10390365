"""Shopify: its web hooks, and what its Admin API lists, which is the same.

Checked against Shopify's documentation of web hooks (https://shopify.dev/docs/apps/build/webhooks) and of the order
(https://shopify.dev/docs/api/admin-rest/latest/resources/order). A delivery is signed over the bytes of its body by the
secret of the app; for an hour after that was changed, by the one before.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from connectors.forms.charset import clean
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shop import (
    KNOWN,
    SHORT,
    Told,
    address,
    answers,
    extra,
    line,
    moment,
    part,
    parts,
    read_told,
    text,
)
from connectors.forms.submission import is_origin
from connectors.proof import doubt_signature, hmac_sha256
from hub.connector import Raw
from hub.orders import Order, OrderLine
from hub.said import said
from hub.sums import number as sum_of

TOPIC, SIGNATURE, TEST = "x-shopify-topic", "x-shopify-hmac-sha256", "x-shopify-test"
# What an order becomes by these is told by orders/updated as well, in the order's own shape.
OF_OTHER_SHAPE = frozenset({"edited", "risk_assessment_changed", "shopify_protect_eligibility_changed"})
WORDS = 4000  # letters of an address with everything that led to the shop


class Shopify(Sender):
    """A shop at Shopify."""

    name: ClassVar[str] = "shopify"
    title: ClassVar[str] = "Shopify"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know its headers."""
        return TOPIC in raw.headers

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare its signature with those of the secrets."""
        sent = raw.headers.get(SIGNATURE, "").strip().encode()
        return doubt_signature(
            [sent], [base64.b64encode(hmac_sha256(secret, raw.body)) for secret in secrets]
        )

    def is_named(self, raw: Raw) -> bool:
        """Know it by its headers."""
        return TOPIC in raw.headers

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the order; checkouts, customers and what the law has a shop ask for are acknowledged, and no more.

        So is a test notification: its order is nobody's.
        """
        resource, _, event = raw.headers.get(TOPIC, "orders/updated").partition("/")
        is_test = raw.headers.get(TEST, "").lower() == "true"
        if resource != "orders" or event in OF_OTHER_SHAPE or is_test:
            return ()
        told = read_told(raw.body)
        number = line(told, "id")
        if not number:
            raise ValueError(said("It is no order: it has no number."))
        if event == "delete":
            return (
                Post(
                    body=answers(()), key=number, order=Order(number=number, state="deleted", cancelled=True)
                ),
            )
        return (Post(body=answers(_answers(told)), key=number, known=KNOWN, order=_order(told, number)),)


def _order(told: Told, number: str) -> Order:
    gateways = told.get("payment_gateway_names")
    paid_by = [each for each in gateways[:9] if isinstance(each, str)] if isinstance(gateways, list) else []
    state = (line(told, "financial_status"), line(told, "fulfillment_status"))
    return Order(
        number=line(told, "name", "order_number") or number, state=", ".join(filter(None, state)),
        cancelled=bool(line(told, "cancelled_at")), total=line(told, "current_total_price", "total_price"),
        currency=line(told, "currency"), lines=tuple(_lines(told)),
        address=_address(part(told, "shipping_address") or part(told, "billing_address")),
        payment=clean(", ".join(paid_by)[:SHORT]),
        delivery=", ".join(filter(None, (line(way, "title") for way in parts(told, "shipping_lines")))),
        changed_at=moment(line(told, "updated_at", "created_at")),
    )  # fmt: skip


def _lines(told: Told) -> Iterator[OrderLine]:
    for item in parts(told, "line_items"):
        many = line(item, "current_quantity", "quantity") or "1"
        if many != "0":  # it was taken off again
            yield OrderLine(
                name=line(item, "name", "title"), sku=line(item, "sku"), quantity=many, price=line(item, "price"),
                total=_total(many, line(item, "price"), line(item, "total_discount")),
            )  # fmt: skip
    more = [extra(line(way, "title"), line(way, "price")) for way in parts(told, "shipping_lines")]
    if told.get("taxes_included") is False:
        more += [extra(line(tax, "title"), line(tax, "price")) for tax in parts(told, "tax_lines")]
    yield from filter(None, more)


def _total(many: str, price: str, discount: str) -> str:
    """Multiply what Shopify leaves to be multiplied; "" where a number is none."""
    count, each, less = sum_of(many), sum_of(price), sum_of(discount or "0")
    return "" if count is None or each is None or less is None else str(count * each - less)


def _answers(told: Told) -> Iterator[tuple[str, str]]:
    customer, shipping, billing = (
        part(told, "customer"),
        part(told, "shipping_address"),
        part(told, "billing_address"),
    )
    people = (customer, shipping, billing)
    yield "name", next(filter(None, map(_name, people)), "")
    yield "phone", next(filter(None, (line(each, "phone") for each in (told, *people))), "")
    yield "email", line(told, "email", "contact_email") or line(customer, "email")
    yield "company", line(billing, "company") or line(shipping, "company")
    yield "note", text(told, "note")
    if shipping and (bill := _address(billing)) != _address(shipping):
        yield "billing", bill
    for coupon in parts(told, "discount_codes"):
        yield "coupon", line(coupon, "code")
    for kept in parts(told, "note_attributes"):
        yield line(kept, "name"), text(kept, "value")
    yield "page_url", line(told, "landing_site")
    yield "referrer", line(told, "referring_site")
    try:
        led = parse_qsl(urlsplit(text(told, "landing_site")[:WORDS]).query)
    except ValueError:
        led = []
    yield from ((label, value) for label, value in led if is_origin(label))


def _name(told: Told) -> str:
    return " ".join(filter(None, (line(told, "first_name"), line(told, "last_name")))) or line(told, "name")


def _address(told: Told) -> str:
    named = address(told, ("first_name", "last_name")) or line(told, "name")
    rest = address(
        told, ("company",), ("address1",), ("address2",), ("zip", "city"), ("province",), ("country",)
    )
    return "\n".join(filter(None, (named, rest)))
