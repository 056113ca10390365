"""WooCommerce: its web hooks, and what its REST API lists, which is the same.

Checked against class-wc-webhook.php of WooCommerce and its REST documentation
(https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks): a delivery is signed over the bytes of its body,
tried once and never again; a deleted order says its number alone.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import ClassVar

from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shop import (
    KNOWN,
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
    together,
)
from connectors.proof import doubt_signature, hmac_sha256
from hub.connector import Raw
from hub.orders import Order, OrderLine
from hub.said import said

TOPIC, SOURCE, SIGNATURE = "x-wc-webhook-topic", "x-wc-webhook-source", "x-wc-webhook-signature"
DRAFTS = frozenset({"auto-draft", "checkout-draft"})  # nobody ordered yet
CANCELLED = frozenset({"cancelled", "trash"})
PING = b"webhook_id="
# What WordPress makes of &, <, > and quotes in a setting, and takes back before it signs.
ENTITIES = (("&lt;", "<"), ("&#060;", "<"), ("&gt;", ">"), ("&#062;", ">"), ("&quot;", '"'), ("&#034;", '"'),
            ("&#039;", "'"), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&"), ("&#038;", "&"))  # fmt: skip
# Where WooCommerce keeps what led the visitor to the shop, and what that is called everywhere.
ORIGIN = "_wc_order_attribution_"
CAME = {"session_entry": "page_url"}


class WooCommerce(Sender):
    """A shop in WordPress."""

    name: ClassVar[str] = "woocommerce"
    title: ClassVar[str] = "WooCommerce"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know its headers, and its ping, which has none."""
        return TOPIC in raw.headers or self.is_ping(raw)

    def is_named(self, raw: Raw) -> bool:
        """Know it by its headers."""
        return TOPIC in raw.headers

    def is_ping(self, raw: Raw) -> bool:
        """Know what it sends when a web hook is saved: its number, unsigned. Exactly 200 makes it active."""
        return raw.body.startswith(PING) and raw.body[len(PING) :].strip().isdigit()

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare its signature with those of the secrets, as they were typed and as WordPress has them."""
        sent = raw.headers.get(SIGNATURE, "").strip().encode()
        keys = dict.fromkeys(key for secret in secrets for key in (secret, _decoded(secret)))
        return doubt_signature([sent], [base64.b64encode(hmac_sha256(key, raw.body)) for key in keys])

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the order; customers, products, coupons and other things that happen in a shop ask for nothing."""
        resource, _, event = raw.headers.get(TOPIC, "order.updated").partition(".")
        if resource != "order":
            return ()
        told = read_told(raw.body)
        number = line(told, "id")
        if not number:
            raise ValueError(said("It is no order: it has no number."))
        if text(told, "status") in DRAFTS:
            return ()
        key = f"{_site(told, raw)}/{number}"
        if event == "deleted":
            return (
                Post(body=answers(()), key=key, order=Order(number=number, state="deleted", cancelled=True)),
            )
        return (Post(body=answers(_answers(told)), key=key, known=KNOWN, order=_order(told, number)),)


def _order(told: Told, number: str) -> Order:
    billing, shipping, state = part(told, "billing"), part(told, "shipping"), line(told, "status")
    goes_to = shipping if line(shipping, "address_1", "city", "postcode") else billing
    return Order(
        number=line(told, "number") or number, state=state, cancelled=state in CANCELLED,
        total=line(told, "total"), currency=line(told, "currency"), lines=tuple(_lines(told)),
        address=_address(goes_to), payment=line(told, "payment_method_title", "payment_method"),
        delivery=", ".join(filter(None, (line(way, "method_title") for way in parts(told, "shipping_lines")))),
        changed_at=moment(line(told, "date_modified_gmt", "date_created_gmt")),
    )  # fmt: skip


def _lines(told: Told) -> Iterator[OrderLine]:
    for item in parts(told, "line_items"):
        yield OrderLine(
            name=line(item, "name"), sku=line(item, "sku"), quantity=line(item, "quantity") or "1",
            price=line(item, "price"), total=line(item, "total"),
        )  # fmt: skip
    more = [extra(line(fee, "name"), line(fee, "total")) for fee in parts(told, "fee_lines")]
    more += [extra(line(way, "method_title"), line(way, "total")) for way in parts(told, "shipping_lines")]
    more += [extra(line(tax, "label"), _tax(tax)) for tax in parts(told, "tax_lines")]
    yield from filter(None, more)


def _tax(told: Told) -> str:
    return together(line(told, "tax_total"), line(told, "shipping_tax_total"))


def _answers(told: Told) -> Iterator[tuple[str, str]]:
    billing, shipping = part(told, "billing"), part(told, "shipping")
    who = billing if line(billing, "first_name", "last_name") else shipping
    yield "name", " ".join(filter(None, (line(who, "first_name"), line(who, "last_name"))))
    yield "phone", line(billing, "phone") or line(shipping, "phone")
    yield "email", line(billing, "email")
    yield "company", line(billing, "company") or line(shipping, "company")
    yield "note", text(told, "customer_note")
    if (bill := _address(billing)) != _address(shipping):
        yield "billing", bill
    for coupon in parts(told, "coupon_lines"):
        yield "coupon", line(coupon, "code")
    for kept in parts(told, "meta_data"):
        key = line(kept, "key")
        came = key.removeprefix(ORIGIN)
        if came != key:
            yield CAME.get(came, came), text(kept, "value")
        elif not key.startswith("_"):
            yield key, text(kept, "value")


def _address(told: Told) -> str:
    return address(
        told, ("first_name", "last_name"), ("company",), ("address_1",), ("address_2",), ("postcode", "city"),
        ("state",), ("country",),
    )  # fmt: skip


def _site(told: Told, raw: Raw) -> str:
    """Name the shop: by what it says of itself within the order, else by where the web hook says that it is from."""
    own = next((line(link, "href") for link in parts(part(told, "_links"), "self")), "")
    site = own.partition("/wp-json/")[0] if "/wp-json/" in own else raw.headers.get(SOURCE, "")
    return site.lower().partition("://")[2].removeprefix("www.").strip("/")


def _decoded(secret: str) -> str:
    for written, meant in ENTITIES:
        secret = secret.replace(written, meant)
    return secret
