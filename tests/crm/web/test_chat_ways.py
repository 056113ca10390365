"""Where an answer in a chat goes: into the chat that is read, and into no other without a word."""

from __future__ import annotations

import re
from datetime import timedelta

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
from tests.crm.chat_room import ChatRoom, chat_with
from tests.crm.klarruta import Klarruta
from tests.crm.pigeons import PIGEONS, Loft, Pigeon
from tests.crm.web.console import Consoles
from tests.eventually import eventually

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles) -> ChatRoom:
    """Give the company's chats."""
    del consoles
    return ChatRoom(firm)


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


def by_viber(session: Session, contact_id: int) -> Chat:
    """Have a contact write by Viber as well."""
    return chat_with(session, "viber", "Ira", contact_id=contact_id)


async def around(room: ChatRoom, touch_id: int) -> int | None:
    """Give the conversation in which a message stands."""
    return await room.firm.db.read(lambda session: session.get_one(Interaction, touch_id).conversation_id)


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


async def test_a_conversation_is_answered_in_its_own_chat(room: ChatRoom, consoles: Consoles) -> None:
    ira = await room.opens()
    touch = await room.says(ira, "Do you measure?", 9 * MINUTE)
    other = await room.firm.do(by_viber, ira.contact_id)
    await room.says(other, "And the price?", MINUTE)
    read = await consoles.get("Elin", f"/inbox/{await around(room, touch)}")
    assert f'data-chat="{ira.id}"' in read.html
    here = re.search(r'data-live="contact conversation" data-src="([^"]+)"', read.html)
    assert here
    assert f'data-chat="{ira.id}"' in (await consoles.part("Elin", here[1])).html
    at = f"/contacts/{ira.contact_id}/answer"
    chosen = await consoles.press("Elin", at, chat=str(other.id), show="1", held="1")
    assert f'data-src="{at}?chat={other.id}"' in chosen.html
    assert f'data-chat="{ira.id}"' in (await consoles.get("Elin", f"/inbox/{await around(room, touch)}")).html
    assert f'data-chat="{other.id}"' in (await consoles.get("Elin", f"/contacts/{ira.contact_id}")).html


async def test_it_stays_with_its_chat_once_it_was_sent(desk: Loft, consoles: Consoles) -> None:
    ira = (await desk.chat()).contact_id
    await desk.firm.do(other_chat, ira)
    at, said = f"/contacts/{ira}/answer/message", {"body": "Yes", "chat": str(desk.chat_id)}
    sent = await consoles.press("Elin", at, **said, held="1")
    assert f'data-chat="{desk.chat_id}"' in sent.html
    assert 'name="held"' in sent.html
    on_card = await consoles.press("Elin", at, **said)
    assert f'data-chat="{desk.chat_id}"' not in on_card.html  # back to where she wrote last
    assert await ours(desk) == [("Yes", desk.chat_id)] * 2


async def test_what_answers_a_message_goes_to_the_chat_of_that_or_answers_it_no_more(
    desk: Loft, consoles: Consoles
) -> None:
    ira, asked = (await desk.chat()).contact_id, await desk.asks("And the door?")
    other, at = await desk.firm.do(other_chat, ira), f"/contacts/{ira}/answer"
    shown = await consoles.press("Elin", at, answers=str(asked), show="1")
    assert f'data-chat="{desk.chat_id}"' in shown.html
    assert "Ira Petrova And the door?" in shown.words
    assert "And the door?" not in (await consoles.part("Elin", f"{at}?chat={other}")).words
    turned = await consoles.press("Elin", at, chat=str(other), show="1")
    assert f'data-chat="{other}"' in turned.html
    assert "And the door?" not in turned.words
