"""Writing in chats: what somebody says is on the card and in the outbox at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy.orm import Session

from crm import chat_templates, chats, turns
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact
from crm.conversations import Attachment, Interaction, conversation_on
from crm.desk import Refusal, contact_changed
from hub import outbox
from hub.channels import Channel
from hub.chats import Button, SendMessage, ShowTyping, Template
from hub.clock import now
from hub.languages import _
from hub.letters import Enclosure
from hub.outbox import Outgoing
from hub.rows import insert_many
from hub.ulid import ulid
from hub.users import Viewer


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wants said."""

    chat_id: int
    text: str = ""
    files: tuple[Enclosure, ...] = ()
    buttons: tuple[Button, ...] = ()
    answers: int | None = None
    template: str = ""
    language: str = ""
    values: tuple[str, ...] = ()
    automatic: bool = False


def say(session: Session, viewer: Viewer, wanted: Wanted) -> list[Interaction]:
    """Say it."""
    chat = session.get_one(Chat, wanted.chat_id)
    channel = session.get_one(Channel, chat.channel_id)
    rules = chats.rules_of(channel.kind)
    if chat.blocked_at:
        raise Refusal(_("They blocked us here."))
    until = chats.answered_until(chat, rules)
    template = next(
        (each for each in chat_templates.approved(channel)
         if (each.name, each.language) == (wanted.template, wanted.language)), None,
    )  # fmt: skip
    if until is not None and until < now() and template is None:
        raise Refusal(_("It is too late to answer in own words: choose a template."))
    if not (wanted.text.strip() or wanted.files or template):
        raise Refusal(_("There is nothing to send yet."))
    texts = [chat_templates.fill(template.text, wanted.values)] if template else [wanted.text]
    made = [_one(session, viewer, chat, wanted, texts[0], wanted.files[:1], template)]
    made += [_one(session, viewer, chat, wanted, "", (file,), None) for file in wanted.files[1:]]
    contact_changed(session, session.get_one(Contact, chat.contact_id))
    return made


def _one(
    session: Session, viewer: Viewer, chat: Chat, wanted: Wanted, text: str, files: Sequence[Enclosure],
    template: Template | None,
) -> Interaction:  # fmt: skip
    at = now()
    conversation_id = conversation_on(session, chat.contact_id, chat.channel_id, text[:80], at)
    touch = Interaction(
        contact_id=chat.contact_id, conversation_id=conversation_id, channel_id=chat.channel_id, kind=chats.KIND,
        direction="out", at=at, author_id=viewer.user_id, summary=text[:80], text=text, fields=[],
        origin=[], remarks=[],
    )  # fmt: skip
    session.add(touch)
    session.flush()
    insert_many(session, Attachment, [
        {"interaction_id": touch.id, "name": each.name, "type": each.type, "size": each.size, "blob": each.blob,
         "inline": False, "content_id": ""} for each in files
    ])  # fmt: skip
    command = SendMessage(
        to=chat.key, text=text, message_id=ulid(), file=files[0] if files else None, buttons=wanted.buttons,
        template=template, values=wanted.values,
    )  # fmt: skip
    row = outbox.put(session, chat.channel_id, command, lifetime=timedelta(days=1))
    session.add(ChatMessage(
        interaction_id=touch.id, chat_id=chat.id, answers_id=wanted.answers, outgoing_id=row.id,
        template=wanted.template, buttons=[{"text": each.text} for each in wanted.buttons],
    ))  # fmt: skip
    session.flush()
    turns.answered(session, conversation_id, viewer.user_id, at)
    return touch


def typing(session: Session, viewer: Viewer, chat: Chat) -> None:
    """Show that somebody types."""
    del viewer
    outbox.put(session, chat.channel_id, ShowTyping(to=chat.key), lifetime=timedelta(seconds=5))


def try_again(session: Session, viewer: Viewer, message: ChatMessage) -> None:
    """Try again."""
    del viewer
    row = session.get_one(Outgoing, message.outgoing_id)
    row.due_at, row.failed_at, row.unknown_at, row.expired_at, row.begun_at = now(), None, None, None, None
    message.failed_at, message.error = None, None


def settle(session: Session, viewer: Viewer, message: ChatMessage) -> None:
    """Say that it left."""
    del viewer, session
    message.left_at = now()
