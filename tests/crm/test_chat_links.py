"""A link ties a chat to a card, if we made it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from crm import chat_links, contacts, merging
from crm.chat_links import Link
from hub import audit
from hub.db import Database
from tests.crm.klarruta import Klarruta

FARTHEST = 2**63 - 1


@pytest.mark.parametrize("source", [None, "letter", "visit", "campaign"])
async def test_a_payload_says_what_it_was_made_of(firm: Klarruta, source: chat_links.Source | None) -> None:
    olga = await firm.do(contacts.add_contact, "Olga")
    link = Link(olga, source, 12 if source else 0)
    made = await firm.do(chat_links.payload, link)
    assert await firm.do(chat_links.read, made) == link


async def test_every_messenger_lets_a_payload_through(firm: Klarruta) -> None:
    made = await firm.do(chat_links.payload, Link(FARTHEST, "letter", FARTHEST))
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", made)


@pytest.mark.parametrize("change", [
    lambda made: made[:-1] + ("0" if made[-1] != "0" else "1"), lambda made: made.replace("c", "c1", 1),
    lambda made: f"{made}0", lambda made: made.rpartition("-")[0], lambda _made: "", lambda _made: "é" * 40,
])  # fmt: skip
async def test_a_payload_that_was_changed_says_nothing(firm: Klarruta, change: object) -> None:
    olga = await firm.do(contacts.add_contact, "Olga")
    made = await firm.do(chat_links.payload, Link(olga))
    assert callable(change)
    assert await firm.do(chat_links.read, change(made)) is None


async def test_before_any_was_made_nothing_is_one(db: Database) -> None:
    assert await db.read(chat_links.read, f"c1-{'0' * 24}") is None


async def test_a_link_leads_to_the_card_that_the_contact_is_by_now(firm: Klarruta) -> None:
    olga, other = await firm.do(contacts.add_contact, "Olga"), await firm.do(contacts.add_contact, "Olga B")
    made = await firm.do(chat_links.payload, Link(olga))

    def merge(session: Session) -> None:
        merging.merge(session, audit.RINGBACK, olga, other)

    await firm.do(merge)
    assert await firm.do(chat_links.read, made) == Link(other)
