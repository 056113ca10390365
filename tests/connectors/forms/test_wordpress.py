"""What our plug-in for WordPress sends, beyond what test_senders asks of all."""

from __future__ import annotations

import pytest
from msgspec import structs

from connectors.forms import Forms, FormSettings
from connectors.forms.senders.wordpress import WordPress
from hub.connector import Raw
from tests.connectors.forms.conftest import NINE
from tests.connectors.forms.recordings import recordings

SECRET = "whsec_a2xhci1vY2gtcnV0YS1oZW1saWc="  # noqa: S105 - invented
PLUGIN = WordPress()
RECORDED = {recording.name: recording.raw for recording in recordings()}


def test_a_test_with_the_wrong_secret_is_refused_and_with_the_right_one_becomes_nothing() -> None:
    raw = RECORDED["wordpress-test"]
    wrong = Forms("website", "sesame", FormSettings(secret="another")).doubt(raw)  # noqa: S106 - invented
    assert wrong is not None
    assert wrong.answer.status == 401
    proven = Forms("website", "sesame", FormSettings(secret=SECRET))
    assert proven.doubt(raw) is None
    assert proven.read(raw) == ()


@pytest.mark.parametrize(
    "body", [b'{"kind": "form"', b"[]", b'{"kind": 3, "name": "Lena Berg"}', b"name=Lena+Berg"]
)
def test_what_is_broken_is_read_as_anybodys(body: bytes) -> None:
    raw = Raw(body=body, headers={"ringback-plugin": "wordpress/9.9"}, received_at=NINE)
    assert len(PLUGIN.read(raw)) == 1


def test_a_changed_order_has_the_key_of_the_first() -> None:
    raw = RECORDED["wordpress-woocommerce"]
    changed = raw.body.replace(b'"status":"processing"', b'"status":"cancelled"').replace(
        b'"id":"f', b'"id":"e'
    )
    (first,), (second,) = PLUGIN.read(raw), PLUGIN.read(structs.replace(raw, body=changed))
    assert first.key == second.key
    assert second.order is not None
    assert second.order.cancelled


def test_what_it_kept_while_the_hub_was_away_may_come_at_once() -> None:
    forms = Forms("website", "sesame", FormSettings())
    (kept,) = forms.read(RECORDED["wordpress-woocommerce"])
    (typed,) = forms.read(Raw(body=b"name=Lena+Berg", headers={}, received_at=NINE))
    assert [event.guard and event.guard.queues for event in (kept, typed)] == [True, False]
