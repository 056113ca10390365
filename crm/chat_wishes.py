"""What somebody wishes in a chat of what he gets there: no more of a list, or a list; nobody need answer that."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import chat_changes, chat_joining, chat_leaving, chat_places
from crm.chat_joining import At, Joining
from crm.chat_leaving import Leaving
from crm.chat_touches import Came
from hub.channels import LiveChannel
from hub.chats import ChatChanged
from hub.journal import Inbound, Outcome
from hub.said import Said, said

Wish = Leaving | Joining


def wished(session: Session, came: Came) -> Wish | None:
    """Tell what a message wishes and nothing else; None where a person is to read it."""
    at = chat_places.said_at(came.event.at, came.item.received_at)
    return chat_leaving.asked(session, came) or chat_joining.wanted(session, came, at)


def told(wish: Wish) -> Said:
    """Say what he wishes."""
    return chat_leaving.told(wish) if isinstance(wish, Leaving) else chat_joining.told(wish)


def grant(session: Session, came: Came, wish: Wish, touch_id: int, around: int | None) -> None:
    """Do what he wishes, and tell him."""
    if isinstance(wish, Leaving):
        chat_leaving.leave(session, came, wish, touch_id, around)
        return
    at = chat_places.said_at(came.event.at, came.item.received_at)
    chat_joining.join(session, wish, At(came.place.chat, came.channel, came.event.text, at, touch_id, around))


def begun(session: Session, item: Inbound, channel: LiveChannel, event: ChatChanged) -> Outcome:
    """Take that somebody begins a chat, and what the link wishes by which he comes."""
    outcome = chat_changes.take(session, item, channel, event)
    chat = chat_places.find(session, channel.id, event.chat) if event.start else None
    if chat is None or event.sender.id != chat.handle:
        return outcome
    at = chat_places.said_at(event.at, item.received_at)
    joining = chat_joining.by_link(session, channel, chat, event.start, at)
    if joining is None:
        return outcome
    touch_id = chat_changes.remark(session, item, chat, "joined", said("Came by the link to “%(list)s”",
                                   list=joining.list.name), at)  # fmt: skip
    if touch_id is None:
        return outcome  # it was read before
    chat_joining.join(session, joining, At(chat, channel, "/start", at, touch_id, None))
    return Outcome(
        said("%(what)s. %(list)s", what=outcome.became, list=chat_joining.told(joining)), outcome.path
    )
