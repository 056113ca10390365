"""What a form's channel makes of posts that mean harm: nobody waits for them, and nobody else's post is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from connectors.forms import Forms, FormSettings
from connectors.forms.senders.webflow import Webflow
from connectors.forms.senders.wix import Wix
from hub.connector import Raw

KEY = "s"
LARGE = 32 * 1024 * 1024  # bytes, the most that is taken


def test_a_large_body_of_letters_is_told_from_a_token_at_once(raw: Callable[..., Raw]) -> None:
    post = raw(b"a" * LARGE)
    began = time.thread_time()
    assert not Wix().knows(post)
    assert time.thread_time() - began < 0.1


@pytest.mark.parametrize("value", ["9e9999999", "-1e-9999999", "9e9999", "Infinity", "NaN", ""])
def test_a_sum_that_no_number_holds_is_none(raw: Callable[..., Raw], value: str) -> None:
    paid = {"unit": "EUR", "value": value}
    told = {"triggerType": "ecomm_new_order", "payload": {"orderId": "7", "customerPaid": paid}}
    (event,) = Forms("website", "t", FormSettings()).read(raw(json.dumps(told), "application/json"))
    assert event.order is not None
    assert event.order.total == ""


def breaks(*_asked: object) -> bool:
    raise ZeroDivisionError


@pytest.mark.parametrize("asked", ["knows", "is_ping", "asks"])
def test_a_sender_whose_reader_breaks_loses_nobodys_post(
    raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(Webflow, asked, breaks)
    forms = Forms("website", "t", FormSettings(secret=KEY))
    post = raw("name=Irina")
    assert (forms.refuse(post), forms.doubt(post), forms.answer(post).status) == (None, None, 200)
    assert [event.name for event in forms.read(post)] == ["Irina"]


def test_a_reader_that_breaks_says_in_words_that_it_cannot_read(
    raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Webflow, "read", breaks)
    monkeypatch.setattr(Webflow, "doubt", breaks)
    forms = Forms("website", "t", FormSettings(sender="webflow", secret=KEY))
    post = raw("name=Irina")
    for reading in (forms.read, forms.explain):
        with pytest.raises(ValueError, match="nobody foresaw"):
            reading(post)
    doubt = forms.doubt(post)
    assert doubt is not None
    assert "nobody foresaw" in doubt.why


@pytest.mark.parametrize(("sender", "body"), [
    ("tilda", b"test=test" + b" " * 5_000), ("woocommerce", b"webhook_id=" + b"7" * 5_000), ("shopify", b"{}"),
], ids=["tilda", "woocommerce", "shopify"])  # fmt: skip
def test_whoever_calls_himself_a_test_is_proven_like_any_other(
    raw: Callable[..., Raw], sender: str, body: bytes
) -> None:
    forms = Forms("website", "t", FormSettings(sender=sender, secret=KEY))
    assert forms.doubt(raw(body, x_shopify_topic="x", x_shopify_test="true")) is not None


@pytest.mark.parametrize(("sender", "body"), [("tilda", "test=test"), ("woocommerce", "webhook_id=7")])
def test_a_small_ping_needs_no_proof(raw: Callable[..., Raw], sender: str, body: str) -> None:
    forms = Forms("website", "t", FormSettings(sender=sender, secret=KEY))
    assert forms.doubt(raw(body)) is None
    assert forms.read(raw(body)) == ()


@pytest.mark.parametrize("told", [
    {"triggerType": "form_submission",
     "payload": {"id": "a\0b", "name": "Order\0" + "x" * 5_000, "data": {"Name": "Irina"}}},
    {"event_type": "form_response", "event_id": "a\0b",
     "form_response": {"definition": {"title": "Order\0" + "x" * 5_000},
                       "answers": [{"type": "text", "text": "Irina", "field": {"id": "M8", "type": "short_text"}}]}},
], ids=["webflow", "typeform"])  # fmt: skip
def test_every_database_can_keep_what_a_sender_calls_its_form_and_its_post(
    raw: Callable[..., Raw], told: dict[str, object]
) -> None:
    forms = Forms("website", "t", FormSettings())
    (event,) = forms.read(raw(json.dumps(told), "application/json"))
    for text in (event.key, event.form):
        assert "\0" not in text
        assert len(text.encode()) < 1_000
    assert event.form.startswith("Order")


def test_a_sender_is_not_told_that_something_is_kept_that_is_not(raw: Callable[..., Raw]) -> None:
    doubt = Forms("website", "t", FormSettings(sender="woocommerce", secret=KEY)).doubt(raw('{"id": 7}'))
    assert doubt is not None
    assert doubt.unkept is not None
    assert "It is kept for a day" in json.loads(doubt.answer.body)["detail"]
    assert "It is not kept." in json.loads(doubt.unkept.body)["detail"]
