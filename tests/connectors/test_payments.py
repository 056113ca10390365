"""A payment provider: what it tells is proven, heard once and in any order; what is forged is kept apart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from connectors.payments import PaymentProvider, PaymentSettings
from hub.db import Database
from tests.connectors.chat_hub import ChatHub, hearing
from tests.connectors.chat_wire import NINE, becomes, body_of, raw, recorded
from tests.eventually import eventually
from tests.servers.stripe import Stripe, signature

SECRET, OLD = "whsec_5f0c1b", "whsec_before"
PAID = body_of("payments", "payment-intent-succeeded")


@pytest.fixture
async def hub(db: Database, tmp_path: Path) -> AsyncIterator[ChatHub]:
    """Give a hub that hears the provider."""
    async with hearing(db, tmp_path, "payments", {"secret": SECRET, "earlier_secret": OLD}) as made:
        yield made


@pytest.fixture
def stripe(hub: ChatHub) -> Stripe:
    """Give the provider."""
    return Stripe(hub.intake, SECRET)


def provider(**settings: str) -> PaymentProvider:
    """Give a connector."""
    return PaymentProvider("card", "sesame", PaymentSettings(**{"secret": SECRET, **settings}))


@pytest.mark.parametrize("name", recorded("payments"))
def test_each_event_becomes_what_stands_beside_it(name: str) -> None:
    found = provider().read(raw(body_of("payments", name)))
    assert msgspec.json.decode(msgspec.json.encode(found)) == _filled(becomes("payments", name))


def _filled(told: object) -> list[dict[str, object]]:
    """Give what is to come, with what it leaves unsaid."""
    empty = {"refers": [], "name": "", "text": "", "refund": ""}
    assert isinstance(told, list)
    return [{**empty, **each} for each in told]


JUNK = (
    b"", b"[]", b"{}", b"nonsense", b'{"id":"evt_1","type":"x"}', PAID.replace(b"10880469", b"-5"),
    PAID.replace(b'"created": 1795770000', b'"created": "soon"'), PAID.replace(b'"sek"', b'"\xc3\xa5\xc3\xa4\xc3\xb6"'),
)  # fmt: skip


@pytest.mark.parametrize("body", JUNK)
def test_junk_is_no_event(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        provider().read(raw(body))


async def test_an_event_is_heard_once_however_often_it_comes(hub: ChatHub, stripe: Stripe) -> None:
    assert await stripe.tell(PAID, times=3) == [200] * 3
    await eventually(lambda: len(hub.heard) == 1)
    [item] = await hub.kept()
    assert (item.key, item.stream) == ("evt_1", "pi_3Q1")


async def test_what_it_tells_beside_is_acknowledged_and_becomes_nothing(hub: ChatHub, stripe: Stripe) -> None:
    assert await stripe.tell(body_of("payments", "customer-created")) == [200]
    assert await stripe.tell(PAID) == [200]
    await eventually(lambda: len(hub.heard) == 1)


async def test_the_secret_before_holds_too(hub: ChatHub) -> None:
    assert await Stripe(hub.intake, OLD).tell(PAID) == [200]
    assert await Stripe(hub.intake, "whsec_other", SECRET).tell(body_of("payments", "yen")) == [200]
    await eventually(lambda: len(hub.heard) == 2)


@pytest.mark.parametrize(
    ("late", "header", "words"),
    [
        (0, "", "no signature"),
        (0, "t=1,v1=00", "another secret"),
        (0, "nonsense", "no signature"),
        (0, f"t=x,v1={'0' * 64}", "another secret"),
        (301, None, "an old one, sent again"),
        (-330, None, "ahead of our clock"),
    ],
)  # fmt: skip
async def test_what_is_forged_or_sent_again_is_kept_apart(
    hub: ChatHub, stripe: Stripe, late: int, header: str | None, words: str
) -> None:
    assert await stripe.tell(PAID, late=late, header=header) == [401]
    [why] = await hub.unproven()
    assert words in why
    assert hub.heard == []


async def test_another_s_secret_is_refused_and_the_right_one_is_heard_afterwards(
    hub: ChatHub, stripe: Stripe
) -> None:
    assert await Stripe(hub.intake, "whsec_wrong").tell(PAID) == [401]
    assert await stripe.tell(PAID) == [200]
    await eventually(lambda: len(hub.heard) == 1)


async def test_what_is_too_large_is_refused(hub: ChatHub, stripe: Stripe) -> None:
    assert await stripe.tell(b'{"id":"' + b"x" * 300_000 + b'"}') == [413]
    assert await hub.kept() == []


def test_a_channel_without_a_secret_takes_nothing() -> None:
    doubt = provider(secret="").doubt(
        raw(PAID, stripe_signature=signature([""], int(NINE.timestamp()), PAID))
    )
    assert doubt is not None
    assert "no secret" in doubt.why


def test_the_signature_is_over_the_very_bytes() -> None:
    signed = signature([SECRET], int(NINE.timestamp()), PAID)
    assert provider().doubt(raw(PAID, stripe_signature=signed)) is None
    assert provider().doubt(raw(PAID + b" ", stripe_signature=signed)) is not None
