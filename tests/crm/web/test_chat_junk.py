"""Junk in chats at the console and over the API: one press sets it aside, another takes that back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_intake
from crm.blocked import BlockedSender
from crm.conversations import Conversation
from hub import journal
from hub.chats import Chatter, MessageReceived
from hub.clock import now
from hub.journal import Inbound
from tests.crm.mailbox import Mailbox, letter
from tests.crm.pigeons import PIGEONS, Loft
from tests.crm.web.conftest import Api
from tests.crm.web.console import Consoles


async def comes(loft: Loft, text: str, key: str) -> int:
    """Have Ira write by her messenger, and give the item."""

    def take(session: Session) -> int:
        item = Inbound(channel_id=PIGEONS, key=key, stream=None, received_at=now(), headers={}, body=b"x", blob=None,
                       size=1, due_at=now())  # fmt: skip
        session.add(item)
        session.flush()
        event = MessageReceived(key=key, chat="71", sender=Chatter(id="71", name="Ira"), text=text)
        journal.close(session, item.id, chat_intake.take(session, item, loft.live, event))
        return item.id

    return await loft.db.write(take)


async def blocked_id(loft: Loft) -> int:
    return await loft.db.read(lambda session: session.scalars(select(BlockedSender.id)).one())


async def test_it_is_spam_by_one_press_and_none_by_another(loft: Loft, consoles: Consoles) -> None:
    at = f"/inbox/{(await loft.conversation()).id}"
    assert "It is spam" in (await consoles.part("Elin", f"{at}/deeds")).words
    pressed = await consoles.press("Elin", f"{at}/spam")
    assert "set aside: Are my windows ready?" in pressed.words
    page = await consoles.get("Elin", at)
    assert "What Ira Petrova writes here is set aside" in page.words
    assert "Spam" in page.words
    assert "It is spam" not in (await consoles.part("Elin", f"{at}/deeds")).words
    item = await comes(loft, "Win a prize", "p1")
    assert "Set aside: “Ira” is blocked" in (await consoles.get("Maria", f"/journal/{item}")).words
    back = await consoles.press("Elin", f"{at}/spam", "DELETE")
    assert "No spam: 1 message that was set aside goes on" in back.words
    assert "set aside" not in (await consoles.get("Elin", at)).words


async def test_who_is_blocked_stands_on_the_list_and_is_taken_off_it(loft: Loft, consoles: Consoles) -> None:
    await loft.changes(name="Ira P.")
    await consoles.press("Elin", f"/inbox/{(await loft.conversation()).id}/spam")
    item = await comes(loft, "Win a prize", "p1")
    assert "Ira P. Pigeon" in (await consoles.get("Maria", "/blocked")).words
    off = await consoles.press("Maria", f"/blocked/{await blocked_id(loft)}", "DELETE")
    assert "No longer blocked: Ira P." in off.words
    released = await loft.db.read(lambda session: session.get_one(Inbound, item).set_aside_at)
    assert released is None


async def test_programs_call_it_spam_and_take_that_back(loft: Loft, api: Api) -> None:
    at = f"/conversations/{(await loft.conversation()).id}"
    called = await api.ask("POST", f"{at}/spam")
    assert called["closed_at"]
    assert called["chat"]["spam_since"]
    await comes(loft, "Win a prize", "p1")
    (row,) = await api.items("/blocked-senders")
    assert (row["kind"], row["value"]) == ("pigeon", "71")
    (aside,) = await api.items("/journal?state=set-aside")
    assert aside["set_aside_why"] == "“Ira” is blocked"
    free = await api.ask("DELETE", f"{at}/spam")
    assert (free["closed_at"], free["chat"]["spam_since"]) == (None, None)
    assert await api.items("/blocked-senders") == []
    assert await api.items("/journal?state=set-aside") == []


async def test_programs_take_one_off_the_list(loft: Loft, api: Api) -> None:
    await api.ask("POST", f"/conversations/{(await loft.conversation()).id}/spam")
    (row,) = await api.items("/blocked-senders")
    await api.ask("DELETE", f"/blocked-senders/{row['id']}", status=204)
    await api.ask("DELETE", f"/blocked-senders/{row['id']}", status=404)
    assert await api.items("/blocked-senders") == []


async def test_a_letters_conversation_is_no_chat(
    loft: Loft, mailbox: Mailbox, api: Api, consoles: Consoles
) -> None:
    await mailbox.gets(letter())
    newest = select(Conversation.id).order_by(Conversation.id.desc()).limit(1)
    number = await loft.db.read(lambda session: session.scalars(newest).one())
    await api.ask("POST", f"/conversations/{number}/spam", status=409)
    assert "It is spam" not in (await consoles.part("Maria", f"/inbox/{number}/deeds")).words
