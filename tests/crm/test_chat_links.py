"""A link ties a chat to a card, if we made it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from crm import chat_links, contacts, merging
from hub import audit, proofs
from hub.db import Database
from tests.crm.klarruta import Klarruta

FARTHEST = 2**63 - 1


@pytest.fixture
async def signed(firm: Klarruta) -> Klarruta:
    """Give the company of a hub that has its key."""
    await firm.do(proofs.make_key)
    return firm


async def test_a_payload_says_whose_it_is(signed: Klarruta) -> None:
    olga = await signed.do(contacts.add_contact, "Olga")
    made = await signed.do(chat_links.payload, olga)
    assert await signed.do(chat_links.read, made) == olga


async def test_every_messenger_lets_a_payload_through(signed: Klarruta) -> None:
    made = await signed.do(chat_links.payload, FARTHEST)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", made)


@pytest.mark.parametrize("change", [
    lambda made: made[:-1] + ("0" if made[-1] != "0" else "1"), lambda made: made.replace("c", "c1", 1),
    lambda made: f"{made}0", lambda made: made.rpartition("-")[0], lambda _made: "", lambda _made: "é" * 40,
])  # fmt: skip
async def test_a_payload_that_was_changed_says_nothing(signed: Klarruta, change: object) -> None:
    olga = await signed.do(contacts.add_contact, "Olga")
    made = await signed.do(chat_links.payload, olga)
    assert callable(change)
    assert await signed.do(chat_links.read, change(made)) is None


async def test_before_any_was_made_nothing_is_one(db: Database) -> None:
    assert await db.read(chat_links.read, f"c1-{'0' * 24}") is None
    assert await db.read(chat_links.payload, 1) == ""
    assert await db.read(chat_links.links_of, 1) == []


async def test_a_link_leads_to_the_card_that_the_contact_is_by_now(signed: Klarruta) -> None:
    olga, other = (
        await signed.do(contacts.add_contact, "Olga"),
        await signed.do(contacts.add_contact, "Olga B"),
    )
    made = await signed.do(chat_links.payload, olga)

    def merge(session: Session) -> None:
        merging.merge(session, audit.RINGBACK, olga, other)

    await signed.do(merge)
    assert await signed.do(chat_links.read, made) == other
