"""The demonstration's chats: what customers wrote came by the bot's reader, and colleagues answered as anybody does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm import demo
from crm.chats import Chat, ChatMessage
from crm.conversations import Conversation, Interaction
from hub.channels import Channel

if TYPE_CHECKING:
    from tests.crm.demo.conftest import Stage


async def test_chats_are_under_way_and_nobody_is_asked_for_anything(stage: Stage) -> None:
    await stage.db.write(demo.add_chats)
    await stage.channels.load()
    for request in demo.written(stage.moment):
        await stage.arrive(request)
    await stage.db.write(demo.talk_through, stage.channels, stage.moment)
    chats = await stage.db.read(lambda session: session.scalars(select(Chat).order_by(Chat.id)).all())
    assert [chat.name for chat in chats] == ["Ira Petrova", "Samir Aziz", "Tove Lindgren"]
    waits = select(Conversation).where(Conversation.waits_since.is_not(None), Conversation.id.in_(
        select(Interaction.conversation_id).where(Interaction.kind == "chat")))  # fmt: skip
    assert len(await stage.db.read(lambda session: session.scalars(waits).all())) == 3
    ours = select(ChatMessage).where(ChatMessage.outgoing_id.is_not(None))
    said = await stage.db.read(lambda session: session.scalars(ours).all())
    assert all(each.left_at and each.left_at < stage.moment for each in said)
    assert len(said) == 2
    bot = await stage.db.read(
        lambda session: session.scalars(select(Channel).where(Channel.name == "telegram")).one()
    )
    assert bot.paused_at is not None
