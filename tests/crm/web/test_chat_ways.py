"""Where an answer in a chat goes: into the chat that is read, and into no other without a word."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import merging
from crm.chats import Chat, ChatMessage
from crm.contacts import add_contact
from crm.conversations import Interaction
from hub import audit
from hub.chats import SendMessage, ShowTyping
from hub.clock import now
from hub.rows import insert
from hub.users import find_department
from tests.crm.pigeons import PIGEONS, Loft, Pigeon
from tests.crm.web.console import Consoles
from tests.eventually import eventually


@pytest.fixture
def flown() -> list[tuple[str, str, str]]:
    """Give what pigeons carried: what it is, to which chat, and its words."""
    return []


@pytest.fixture
async def desk(
    loft: Loft, consoles: Consoles, flown: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> Loft:
    """Give Ira's chat, at everybody's consoles; each pigeon arrives."""

    async def fly(_pigeon: Pigeon, command: SendMessage | ShowTyping) -> str:
        flown.append((type(command).__name__, command.to, getattr(command, "text", "")))
        return f"r{len(flown)}"

    del consoles
    monkeypatch.setattr(Pigeon, "send", fly, raising=False)
    return loft


def other_chat(session: Session, contact_id: int) -> int:
    """Have a contact write in a second chat."""
    return insert(
        session, Chat, channel_id=PIGEONS, key="72", contact_id=contact_id, handle="72", last_in_at=now()
    )


def another_card(session: Session) -> int:
    """Make a card of somebody else's."""
    return add_contact(session, "Olga Petrova", department_id=find_department(session, "Sales").id)


async def ours(loft: Loft) -> list[tuple[str, int]]:
    """Give what we said, and in which chat."""
    rows = (
        select(Interaction.text, ChatMessage.chat_id)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .where(Interaction.direction == "out").order_by(Interaction.id)
    )  # fmt: skip
    return [(text, chat) for text, chat in await loft.db.read(lambda session: session.execute(rows).all())]


async def test_what_was_meant_for_a_chat_that_left_the_card_goes_to_nobody_else(
    desk: Loft, consoles: Consoles
) -> None:
    ira = (await desk.chat()).contact_id
    await desk.firm.do(other_chat, ira)
    at = f"/contacts/{ira}/answer"
    await consoles.press("Elin", at, body="Your door is ready", chat=str(desk.chat_id))
    await desk.changes(contact_id=await desk.firm.do(another_card))
    refused = await consoles.press("Elin", f"{at}/message", body="Your door is ready", chat=str(desk.chat_id))
    assert refused.status == 409
    assert "not on this card any more" in refused.words
    assert await ours(desk) == []
    kept = await consoles.part("Elin", at)
    assert "Your door is ready" in kept.html


async def test_what_was_begun_before_two_cards_became_one_is_sent(
    desk: Loft, consoles: Consoles, flown: list[tuple[str, str, str]]
) -> None:
    ira, olga = (await desk.chat()).contact_id, await desk.firm.do(another_card)

    def merge(session: Session) -> None:
        merging.merge(session, audit.RINGBACK, ira, olga)

    await desk.firm.do(merge)
    at, chat = f"/contacts/{ira}/answer", str(desk.chat_id)
    assert (await consoles.press("Elin", f"{at}/typing", chat=chat)).status == 204
    assert (await consoles.press("Elin", f"{at}/message", body="It is ready", chat=chat)).status == 200
    await eventually(lambda: len(flown) > 1)
    assert sorted(flown) == [("SendMessage", "71", "It is ready"), ("ShowTyping", "71", "")]
