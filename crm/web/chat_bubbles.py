"""Messages of chats as bubbles: who wrote what when, what it answers, what became of it; together by day and chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chats
from crm.attachments import Attachment
from crm.chats import Chat, ChatMedia, ChatMessage
from crm.contacts import Contact, handles_of
from crm.conversations import Interaction
from crm.setup import setup
from crm.web.chat_cards import Card, card_of
from crm.web.chat_fates import chat_fate
from crm.web.chat_files import ChatFile, files_of
from crm.web.chat_kinds import icon_of, kind_in_words
from crm.web.chat_spots import Spot, spot_of
from crm.web.letter_fates import Fate
from crm.web.names import called, initials
from hub.channels import Channel
from hub.db import Base
from hub.outbox import Outgoing
from hub.users import User, Viewer
from hub.web import moments

TEXT = 2_000  # letters that stand open
QUOTED = 100
NOBODY = "Ringback"
INTERNAL = "internal"

Row = TypeVar("Row", bound=Base)


class Quoted(msgspec.Struct, frozen=True):
    """The message that one answers."""

    who: str
    words: str
    href: str


class Reaction(msgspec.Struct, frozen=True):
    """What somebody thinks of a message."""

    emoji: str
    who: str


class Earlier(msgspec.Struct, frozen=True):
    """What stood there before, and until when."""

    text: str
    until: str


class Bubble(msgspec.Struct, frozen=True, kw_only=True):
    """One message, or `news` of its chat, which stand in `remark`.

    `channel` and `icon` say by which messenger, `day` is the day on the reader's calendar, in words.
    """

    id: int
    contact: int
    side: str
    who: str
    initials: str
    at: datetime
    channel: str
    icon: str
    day: str
    time: str
    text: str = ""
    more_text: str = ""
    files: Sequence[ChatFile] = ()
    spot: Spot | None = None
    card: Card | None = None
    answers: Quoted | None = None
    pressed: bool = False
    automatic: bool = False
    template: str = ""
    buttons: Sequence[str] = ()
    edited_at: datetime | None = None
    withdrawn_at: datetime | None = None
    before: Sequence[Earlier] = ()
    reactions: Sequence[Reaction] = ()
    fate: Fate | None = None
    ticks: int = 0
    remark: str = ""
    raw: str = ""
    origin: Sequence[tuple[str, str]] = ()
    reply: str = ""
    news: bool = False
    split: bool = False
    task: object = None


class Chatted(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to the messages of one page, by interaction, chat, channel or command."""

    messages: Mapping[int, ChatMessage] = {}
    media: Mapping[int, Sequence[ChatMedia]] = {}
    chats: Mapping[int, Chat] = {}
    channels: Mapping[int, Channel] = {}
    outgoing: Mapping[int, Outgoing] = {}
    quoted: Mapping[int, Interaction] = {}
    people: Mapping[int, str] = {}
    contacts: Mapping[int, str] = {}
    zone: ZoneInfo = ZoneInfo("UTC")
    journal: bool = False
    writes: bool = False


def chatted(session: Session, viewer: Viewer, touches: Sequence[Interaction], zone: ZoneInfo) -> Chatted:
    """Fetch what belongs to these interactions, in one question for each kind of it."""
    own = [touch for touch in touches if touch.kind == chats.KIND]
    if not own:
        return Chatted()
    ids = [touch.id for touch in own]
    messages = chats.messages_of(session, ids)
    quoted = _rows(session, Interaction, {each.answers_id for each in messages.values()})
    writers = {touch.author_id for touch in (*own, *quoted.values())}
    return Chatted(
        messages=messages, media=chats.media_of(session, ids), quoted=quoted, zone=zone,
        chats=_rows(session, Chat, {each.chat_id for each in messages.values()}),
        channels=_rows(session, Channel, {touch.channel_id for touch in own}),
        outgoing=_rows(session, Outgoing, {each.outgoing_id for each in messages.values()}),
        people={number: row.name for number, row in _rows(session, User, writers).items()},
        contacts=_called(session, {touch.contact_id for touch in own}),
        journal=viewer.sees_all, writes=viewer.user_id is not None,
    )  # fmt: skip


def bubble(touch: Interaction, files: Sequence[Attachment], task: object, around: Chatted) -> Bubble:
    """Show one message."""
    message = around.messages[touch.id]
    channel = around.channels.get(touch.channel_id or 0)
    kind = channel.kind if channel else ""
    local = touch.at.astimezone(around.zone)
    ours, who, text = touch.direction == "out", _who(touch, around), touch.text.strip()
    news = (
        [touch.summary] if touch.direction == INTERNAL else []
    )  # it is no message: he blocks us, or does no more
    row = around.outgoing.get(message.outgoing_id or 0)
    return Bubble(
        id=touch.id, contact=touch.contact_id, side="ours" if ours else "theirs", who=who, initials=initials(who),
        at=touch.at, channel=channel.title if channel else kind_in_words(kind), icon=icon_of(kind),
        time=f"{local:%H:%M}", day=moments.written(local, "EEEE d MMMM"), text=text[:TEXT], more_text=text[TEXT:],
        files=files_of(files, around.media.get(touch.id, ())), spot=spot_of(message), card=card_of(message),
        answers=_quoted(message, around), pressed=bool(message.pressed), automatic=message.automatic,
        template=message.template, buttons=[each.get("text", "") for each in message.buttons],
        edited_at=message.edited_at, withdrawn_at=message.withdrawn_at, before=_before(message, around),
        reactions=_reactions(message, around, touch), fate=chat_fate(touch, message, row) if ours else None,
        ticks=_ticks(message), remark=" ".join(str(each) for each in (*news, *touch.remarks)),
        raw=f"/journal/{touch.inbound_id}" if touch.inbound_id and around.journal else "",
        origin=[(each["label"], each["value"]) for each in touch.origin if each["value"].strip()],
        reply=_reply(touch, message, around), news=bool(news), task=task,
    )  # fmt: skip


def belong_together(one: Bubble, other: Bubble) -> bool:
    """Tell whether two messages stand under one heading."""
    return (one.day, one.channel) == (other.day, other.channel)


def sorted_together(bubbles: Sequence[Bubble]) -> tuple[Bubble, ...]:
    """Give the messages of one heading as they were written."""
    return tuple(sorted(bubbles, key=lambda each: (each.at, each.id)))


def without_tasks(bubbles: Sequence[Bubble], *, split_from: int = 0) -> tuple[Bubble, ...]:
    """Give them as a conversation shows them; from which ones another can begin is known by the first."""
    return tuple(structs.replace(each, task=None, split=each.id != split_from) for each in bubbles)


def _rows(session: Session, table: type[Row], ids: set[int | None]) -> dict[int, Row]:
    known, key = ids - {None}, table.__table__.c.id
    found = session.execute(select(key, table).where(key.in_(known))) if known else ()
    return {row[0]: row[1] for row in found}


def _called(session: Session, contact_ids: set[int]) -> dict[int, str]:
    handles, country = handles_of(session, list(contact_ids)), setup(session).company.country
    rows = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(contact_ids)))
    return {number: called(name, handles[number], country) for number, name in rows}


def _who(touch: Interaction, around: Chatted) -> str:
    """Say who wrote it: the contact, a colleague, or nobody of us where the hub did."""
    if touch.direction in {"in", INTERNAL}:
        return around.contacts.get(touch.contact_id, "")
    return around.people.get(touch.author_id or 0, NOBODY)


def _quoted(message: ChatMessage, around: Chatted) -> Quoted | None:
    found = around.quoted.get(message.answers_id or 0)
    if found is None:
        return None
    words = " ".join((found.text or str(found.summary)).split())
    short = words if len(words) <= QUOTED else f"{words[:QUOTED]}…"
    return Quoted(_who(found, around), short, f"#event-{found.id}")


def _reply(touch: Interaction, message: ChatMessage, around: Chatted) -> str:
    answerable = around.writes and message.remote_id is not None and message.withdrawn_at is None
    return f"/contacts/{touch.contact_id}/answer" if answerable else ""


def _before(message: ChatMessage, around: Chatted) -> list[Earlier]:
    return [
        Earlier(each.get("text", ""), _until(each.get("until", ""), around.zone)) for each in message.before
    ]


def _ticks(message: ChatMessage) -> int:
    """Give how many ticks messengers show for it: one for sent, two for delivered."""
    if message.failed_at:
        return 0
    return 2 if message.delivered_at or message.read_at else 1 if message.left_at else 0


def _until(text: str, zone: ZoneInfo) -> str:
    try:
        return moments.when(text, zone)
    except ValueError:
        return text


def _reactions(message: ChatMessage, around: Chatted, touch: Interaction) -> list[Reaction]:
    contact = around.contacts.get(touch.contact_id, "")
    chat = around.chats.get(message.chat_id)
    his = chat.handle if chat else ""
    return [
        Reaction(each.get("emoji", ""), contact if each.get("by", "") in {his, ""} else each["by"])
        for each in message.shown
    ]
