"""What visitors of a web chat see of their chats, and what their browsers tell of them: the book of hub/visits.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.orm import Session

from crm import attachments, conversations, inbox, tasks, telling
from crm.attachments import Attachment
from crm.calendars import away
from crm.chats import KIND, Chat, ChatManner, ChatMessage
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.setup import calendar_for, setup
from hub import visits
from hub.bus import Audience, Notice
from hub.chats import Button, ChatChanged, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.clock import now
from hub.events import Event
from hub.forms import Field
from hub.outbox import Outgoing
from hub.signin import SignIn
from hub.users import User, active_users
from hub.visits import Duty, Face, Kept, Shown, Visit

MOST = 60  # messages that a visitor sees
FACES = 3
PRESENT = timedelta(minutes=30)
"""Whose browser asked for nothing for longer counts as gone home."""
TYPES = "typing"
"""The notice that a customer is writing; its id is the chat's."""


def look(session: Session, channel_id: int, visitor: str) -> Visit:
    """Show a visitor his chat; what did not leave yet is not in it."""
    chat = _chat(session, channel_id, visitor)
    if chat is None:
        manner = session.get(ChatManner, channel_id)
        return Visit(greeting=manner.greeting if manner else "")
    rows = session.execute(
        select(Interaction, ChatMessage).join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .where(ChatMessage.chat_id == chat.id, (Interaction.direction == "in") | ChatMessage.left_at.is_not(None))
        .order_by(Interaction.id.desc()).limit(MOST + 1)
    ).all()  # fmt: skip
    found = [(touch, message) for touch, message in reversed(rows[:MOST])]
    files = attachments.attachments_of(session, [touch.id for touch, _message in found])
    faces = _faces(session, found)
    messages = tuple(_shown(touch, message, files[touch.id], faces) for touch, message in found)
    unread = sum(1 for touch, message in found if touch.direction == "out" and message.read_at is None)
    return Visit(
        messages=messages, unread=unread, by=_answering(session, found, faces), earlier=len(rows) > MOST
    )


def duty(session: Session, department: str) -> Duty:
    """Tell who is there to answer: at work by the calendar, not away, and seen at the console lately."""
    place = setup(session).department(department) if department else None
    moment = now()
    calendar = calendar_for(session, place.id if place else None)
    if not any(calendar.open_spans(moment, moment + timedelta(seconds=1))):
        return Duty()
    lately = select(SignIn.user_id).where(
        SignIn.revoked_at.is_(None), SignIn.expires_at > moment, SignIn.seen_at > moment - PRESENT
    )
    whose = [User.department_id == place.id] if place else []
    people = active_users(session, User.id.in_(lately), *whose)
    gone = away(session, [person.id for person in people], moment)
    there = [person for person in people if person.id not in gone]
    return Duty(open=bool(there), faces=tuple(face(person.name).initials for person in there[:FACES]))


def reach(session: Session, channel_id: int, visitor: str, up_to: int, *, read: bool) -> None:
    """Note how far our messages reached; a later fate is never undone by an earlier one."""
    chat = _chat(session, channel_id, visitor)
    if chat is None:
        return
    moment = now()
    changed = _note(session, chat, up_to, ChatMessage.delivered_at.is_(None), delivered_at=moment)
    if read:
        changed += _note(session, chat, up_to, ChatMessage.read_at.is_(None), read_at=moment)
    if changed:
        _tell(session, chat)
        visits.wake(session, channel_id, visitor)  # his other tabs show no number any more


def go(session: Session, channel_id: int, visitor: str, origin: tuple[Field, ...]) -> None:
    """Note on which page he is by now, where he writes to us already."""
    chat = _chat(session, channel_id, visitor)
    here = [{"label": field.label, "value": field.value} for field in origin]
    if chat is not None and chat.origin != here:
        chat.origin = here
        _tell(session, chat)


def writing(session: Session, channel_id: int, visitor: str) -> Notice | None:
    """Give the notice by which colleagues see that he is writing."""
    chat = _chat(session, channel_id, visitor)
    if chat is None:
        return None
    return Notice(kind=TYPES, id=chat.id, audience=_audience(session, chat))


def file(session: Session, channel_id: int, file_id: int) -> Kept | None:
    """Give a file of a chat of this channel; who may have it, his connector knows."""
    found = session.scalar(
        select(Attachment).join(Interaction, Interaction.id == Attachment.interaction_id)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .join(Chat, Chat.id == ChatMessage.chat_id)
        .where(Attachment.id == file_id, Chat.channel_id == channel_id)
    )  # fmt: skip
    return _kept(found) if found else None


def heard(session: Session, channel_id: int, event: Event) -> None:
    """Have the visitor look again whose message became something."""
    if (
        isinstance(event, MessageReceived | MessageEdited | MessageReacted | MessageFate | ChatChanged)
        and event.chat
    ):
        visits.wake(session, channel_id, event.chat)


def settle(session: Session, row: Outgoing) -> None:
    """Have the visitor look again to whom something left, or see that one of us is writing."""
    kind, to = row.command.get("type"), str(row.command.get("to", ""))
    if kind == "SendMessage":
        visits.wake(session, row.channel_id, to)
    elif kind == "ShowTyping" and row.done_at is not None:
        visits.show_writing(session, row.channel_id, to)


def face(name: str) -> Face:
    """Give somebody as visitors see him."""
    words = name.split()
    letters = words[:1] + words[-1:] if len(words) > 1 else words
    return Face(name, "".join(word[0] for word in letters).upper())


def _chat(session: Session, channel_id: int, visitor: str) -> Chat | None:
    return session.scalar(select(Chat).where(Chat.channel_id == channel_id, Chat.key == visitor))


def _shown(
    touch: Interaction, message: ChatMessage, files: Sequence[Attachment], faces: Mapping[int, Face]
) -> Shown:
    gone, ours = message.withdrawn_at is not None, touch.direction == "out"
    marks = {"edited": message.edited_at is not None, "withdrawn": gone}
    return Shown(
        id=touch.id,
        at=touch.at,
        ours=ours,
        key="" if ours else (message.remote_id or "").partition(".")[2],
        text="" if gone else touch.text,
        by=faces.get(touch.author_id or 0),
        files=() if gone else tuple(map(_kept, files)),
        buttons=tuple(Button(**button) for button in message.buttons) if ours and not gone else (),
        marks=tuple(mark for mark, holds in marks.items() if holds),
    )


def _kept(file: Attachment) -> Kept:
    return Kept(id=file.id, name=file.name, type=file.type, size=file.size, blob=file.blob)


def _faces(session: Session, found: Sequence[tuple[Interaction, ChatMessage]]) -> dict[int, Face]:
    authors = {touch.author_id for touch, message in found if touch.author_id and not message.automatic}
    return {user.id: face(user.name) for user in session.scalars(select(User).where(User.id.in_(authors)))}


def _answering(
    session: Session, found: Sequence[tuple[Interaction, ChatMessage]], faces: Mapping[int, Face]
) -> Face | None:
    """Give whoever answered last, or whose conversation it is."""
    for touch, _message in reversed(found):
        if found_face := faces.get(touch.author_id or 0):
            return found_face
    of = next((touch.conversation_id for touch, _message in reversed(found) if touch.conversation_id), None)
    conversation = conversations.standing(session, of) if of else None
    person = (
        session.get(User, conversation.assignee_id) if conversation and conversation.assignee_id else None
    )
    return face(person.name) if person else None


def _note(session: Session, chat: Chat, up_to: int, is_new: ColumnElement[bool], **moment: datetime) -> int:
    ours = select(Interaction.id).where(
        Interaction.id == ChatMessage.interaction_id, Interaction.direction == "out"
    )
    done = session.execute(
        update(ChatMessage)
        .where(ChatMessage.chat_id == chat.id, ChatMessage.interaction_id <= up_to,
               ChatMessage.left_at.is_not(None), is_new, ours.exists())
        .values(**moment).execution_options(synchronize_session=False)
    )  # fmt: skip
    return cast("CursorResult[object]", done).rowcount


def _tell(session: Session, chat: Chat) -> None:
    telling.look_again(session, chat.contact_id, _audience(session, chat))


def _audience(session: Session, chat: Chat) -> Audience:
    """Give who sees the card: those whose contact it is, and those whose conversation."""
    contact = session.get_one(Contact, chat.contact_id)
    own = tasks.audience_of(contact.responsible_id, contact.department_id)
    latest = session.scalar(
        select(func.max(Interaction.conversation_id))
        .where(Interaction.contact_id == chat.contact_id, Interaction.channel_id == chat.channel_id,
               Interaction.kind == KIND)
    )  # fmt: skip
    conversation = session.get(Conversation, latest) if latest else None
    also = inbox.audience(conversation) if conversation else Audience()
    return Audience(users=own.users | also.users, departments=own.departments | also.departments,
                    roles=own.roles | also.roles)  # fmt: skip
