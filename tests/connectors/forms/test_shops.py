"""What is a shop's own, beside what tests/wire/forms shows of every sender."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from connectors.forms import Forms, FormSettings
from connectors.forms.senders import ALL
from connectors.forms.senders.woocommerce import WooCommerce
from hub.connector import Raw
from hub.events import FormSubmitted
from hub.orders import OrderLine

WIRE = Path(__file__).parents[2] / "wire" / "forms"
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRETS = {"woocommerce": "glas & ram <'26>", "shopify": "hush-8c2f"}


def recorded(name: str) -> Raw:
    """Give a request as it went over the wire."""
    head, _, body = (WIRE / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return Raw(body=body, headers={key.lower(): value for key, _, value in lines}, received_at=NINE, key="a1")


def submitted(raw: Raw, **settings: object) -> FormSubmitted:
    """Read one request into what it holds."""
    (event,) = Forms("website", "sesame", FormSettings(**settings)).read(raw)
    return event


@pytest.mark.parametrize("name", ["woocommerce-order", "shopify-order"])
def test_an_order_is_proven_by_the_new_secret_or_the_one_before(name: str) -> None:
    secret, raw = SECRETS[name.partition("-")[0]], recorded(name)
    for settings in ({"secret": secret}, {"secret": "new", "earlier_secret": secret}):
        assert Forms("website", "sesame", FormSettings(**settings)).doubt(raw) is None
    for forged in (
        structs.replace(raw, body=raw.body.replace(b'"total', b'"toto')),
        recorded("woocommerce-product"),
    ):
        wrong = Forms(
            "website", "sesame", FormSettings(secret="another" if forged.body != raw.body else secret)
        )
        doubt = wrong.doubt(forged)
        assert doubt is not None
        assert doubt.answer.status == 401


def test_the_secret_may_be_given_as_wordpress_keeps_it() -> None:
    raw = recorded("woocommerce-order")
    assert WooCommerce().doubt(raw, ["glas &amp; ram &lt;&#039;26&gt;"]) == ""


def test_an_order_has_all_that_the_shop_says() -> None:
    event = submitted(recorded("woocommerce-order"))
    order = event.order
    assert order is not None
    assert (event.key, event.repeats_within) == ("woocommerce:shop.klarruta.example/731", None)
    assert (event.name, event.phone, event.email) == (
        "Anna Kjellström",
        "070-174 06 12",
        "anna@ekbacken.example",
    )
    assert (event.company, event.message) == ("Brf Ekbacken", "Ring innan ni kommer")
    assert (order.number, order.total, order.currency) == ("731", "19868.75", "SEK")
    assert order.lines[0] == OrderLine(
        name="Window 2x1", sku="W21", quantity="2", price="7700", total="15400.00"
    )
    assert [(line.name, line.total) for line in order.lines[1:]] == [
        ("Egen bil", "495.00"),
        ("Moms", "3973.75"),
    ]
    assert order.address == "Bo Lind\nLillgatan 2\n431 30 Mölndal\nSE"
    assert (order.payment, order.delivery) == ("Klarna", "Egen bil")
    assert order.changed_at == datetime(2026, 11, 20, 10, 2, 44, tzinfo=UTC)
    came = {field.label: field.value for field in event.origin}
    assert came["utm_source"] == "google"
    assert came["gclid"] == "Cj0K"
    assert came["page_url"] == "https://shop.klarruta.example/fonster/?gclid=Cj0K"


def test_what_shopify_leaves_to_be_multiplied_is_multiplied_and_what_was_taken_off_is_gone() -> None:
    event = submitted(recorded("shopify-order"))
    order = event.order
    assert order is not None
    assert (event.key, order.number, order.state, order.total) == ("shopify:5501", "#1044", "paid", "228.00")
    assert [(line.name, line.quantity, line.total) for line in order.lines] == [
        ("Sill - Oak", "2", "219.00"), ("DHL", "", "9.00")
    ]  # fmt: skip
    assert ("utm_campaign", "hoest") in [(field.label, field.value) for field in event.origin]


@pytest.mark.parametrize("whose", ["order", "customer", "billing"])
def test_a_telephone_number_is_found_wherever_it_is(whose: str) -> None:
    assert submitted(recorded(f"shopify-phone-of-{whose}")).phone == "+46317001122"


@pytest.mark.parametrize(
    "name", ["woocommerce-cancelled", "woocommerce-deleted", "shopify-cancelled", "shopify-deleted"]
)
def test_a_cancelled_or_deleted_order_says_so_under_the_same_key(name: str) -> None:
    event, whole = submitted(recorded(name)), submitted(recorded(f"{name.partition('-')[0]}-order"))
    assert event.order is not None
    assert event.order.cancelled
    assert event.key == whole.key


@pytest.mark.parametrize(
    "name",
    [
        "woocommerce-ping", "woocommerce-draft", "woocommerce-customer", "woocommerce-product", "woocommerce-coupon",
        "woocommerce-action", "shopify-test", "shopify-edited", "shopify-checkout", "shopify-customers-redact",
        "shopify-shop-redact",
    ],
)  # fmt: skip
def test_what_is_no_order_is_understood_and_makes_nothing(name: str) -> None:
    assert Forms("website", "sesame", FormSettings()).read(recorded(name)) == ()


@pytest.mark.parametrize("name", ["woocommerce-order", "shopify-order"])
@pytest.mark.parametrize("shape", ["cut", "[]", '{"id":null}', '"x"', "{" * 50, "[" * 100_000, '{"id":1}'])
def test_whatever_comes_it_is_read_or_a_value_error(name: str, shape: str) -> None:
    raw = recorded(name)
    body = raw.body[:400] if shape == "cut" else shape.encode()
    sender = next(each for each in ALL if each.knows(raw))
    try:
        posts = sender.read(structs.replace(raw, body=body))
    except ValueError:
        posts = ()
    assert bool(posts) == (shape == '{"id":1}')


def test_links_in_a_note_do_not_make_spam_of_an_order() -> None:
    raw = recorded("woocommerce-order")
    body = raw.body.replace(b"Ring innan ni kommer", b"http://a http://b http://c [url=http://d]")
    assert submitted(structs.replace(raw, body=body)).suspicion == ()
