"""Where somebody is answered in a chat: by which messenger, how long still in own words, and what is being written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_drafts, chat_texts, chats, letter_templates
from crm.chat_drafts import ChatDraft
from crm.chats import Chat
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.letter_templates import Filled
from crm.letters import KIND as MAIL
from crm.web.chat_bubbles import QUOTED, Quoted
from crm.web.chat_kinds import icon_of, kind_in_words, known_as
from crm.web.clocks import Clock, State, span
from crm.web.composer import Begun, File, begun, writes_to
from crm.web.inbox_rows import names_of
from crm.web.zones import zone_of
from hub.channels import Channel
from hub.chats import Rules
from hub.clock import now
from hub.languages import _
from hub.users import User, Viewer
from hub.web import moments
from hub.web.journal_item import bytes_in_words

NEAR = 0.8  # of the most letters, from where on they are counted
MINUTE = 600  # seconds, below which the time left turns amber


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A chat that can be written to; `note` says what speaks against it, or that he wrote there last."""

    id: int
    icon: str
    words: str
    note: str
    current: bool


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A template to be filled in: its text with {1}, {2} … and the numbers of these."""

    name: str
    language: str
    text: str
    blanks: Sequence[int]


class AnswerBox(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _answer.html.

    `at` is where it is kept, `here` asks for it again. `most` letters fit into a message (`counts` from where on that
    is said), `caption` beside a file. `until` is until when it can be answered in own words, None for ever; `over`
    says that this is past. `turn` counts what was sent.
    """

    contact_id: int
    at: str
    here: str
    name: str
    chat: int
    icon: str
    words: str
    choices: Sequence[Choice]
    letters: bool
    blocked_at: datetime | None
    until: Clock | None
    over: bool
    forms: Sequence[Form]
    most: int
    counts: int
    caption: int
    largest: str
    buttons_most: int
    body: str
    buttons: str
    answers_id: int
    answers: Quoted | None
    files: Sequence[File]
    canned: Sequence[Filled]
    turn: int
    drafts: Sequence[Begun] = ()


class Way(NamedTuple):
    """A chat with its channel, and what its messenger allows."""

    chat: Chat
    channel: Channel
    rules: Rules


def box_of(session: Session, viewer: Viewer, contact: Contact) -> AnswerBox | None:
    """Show where a contact is answered in a chat; None where he has none."""
    ways = ways_to(session, contact.id)
    if not ways:
        return None
    draft = chat_drafts.draft_of(session, viewer.user_id, contact.id) or ChatDraft(
        body="", buttons="", turn=0
    )
    way = next((each for each in ways if each.chat.id == draft.chat_id), ways[0])
    rules, zone = way.rules, zone_of(session)
    until = chats.answered_until(way.chat, rules)
    at = f"/contacts/{contact.id}/answer"
    return AnswerBox(
        contact_id=contact.id, at=at, here=at, name=names_of(session, {contact.id})[contact.id], chat=way.chat.id,
        icon=icon_of(way.channel.kind), words=_words(way), blocked_at=way.chat.blocked_at,
        choices=[_choice(each, ways[0], way) for each in ways], letters=writes_to(session, contact),
        until=_clock(way.chat, until, zone) if until else None, over=until is not None and until <= now(),
        forms=_forms(way.channel), most=rules.text, counts=int(NEAR * rules.text), caption=rules.caption,
        largest=bytes_in_words(rules.file), buttons_most=rules.buttons, body=draft.body, buttons=draft.buttons,
        answers_id=draft.answers_id or 0, answers=_quoted(session, draft, contact),
        files=files(session, contact.id, draft), canned=letter_templates.filled(session, viewer, contact),
        turn=draft.turn, drafts=begun(session, viewer, contact.id),
    )  # fmt: skip


def ways_to(session: Session, contact_id: int) -> list[Way]:
    """Give the chats with a contact, the one in which he wrote last first; those that are blocked come last."""
    found = []
    for chat in chats.chats_of(session, contact_id):
        channel = session.get_one(Channel, chat.channel_id)
        rules = chats.rules_of(channel.kind)
        if rules is not None:
            found.append(Way(chat, channel, rules))
    return sorted(found, key=lambda way: way.chat.blocked_at is not None)


def wrote_last_in_a_chat(session: Session, contact_id: int) -> bool:
    """Tell whether the contact wrote last in a chat, rather than by letter."""
    last = (
        select(Interaction.kind)
        .where(Interaction.contact_id == contact_id, Interaction.direction == "in",
               Interaction.kind.in_((MAIL, chats.KIND)))
        .order_by(Interaction.at.desc(), Interaction.id.desc()).limit(1)
    )  # fmt: skip
    return session.scalar(last) == chats.KIND


def files(session: Session, contact_id: int, draft: ChatDraft) -> list[File]:
    """Show the files that go along."""
    return [
        File(each.name, bytes_in_words(each.size), f"/contacts/{contact_id}/answer/files/{each.id}")
        for each in chat_drafts.files_of(session, draft.id or 0)
    ]


def _words(way: Way) -> str:
    return (
        f"{kind_in_words(way.channel.kind)} · {known_as(way.chat)}"
        if way.chat.username
        else way.channel.title
    )


def _choice(way: Way, first: Way, current: Way) -> Choice:
    note = _("blocked us") if way.chat.blocked_at else _("wrote here last") if way is first else ""
    return Choice(
        id=way.chat.id, icon=icon_of(way.channel.kind), words=_words(way), note=note,
        current=way.chat.id == current.chat.id,
    )  # fmt: skip


def _clock(chat: Chat, until: datetime, zone: ZoneInfo) -> Clock:
    left = (until - now()).total_seconds()
    state: State = "late" if left <= 0 else "soon" if left < MINUTE else "ok"
    return Clock(
        name=_("Answer in own words"), state=state, due_at=until, started_at=chat.last_in_at or chat.began_at,
        words=span(until - now()) if left > 0 else moments.when(until, zone),
    )  # fmt: skip


def _forms(channel: Channel) -> list[Form]:
    return [
        Form(name=each.name, language=each.language, text=each.text,
             blanks=range(1, chat_texts.gaps(each) + 1))
        for each in chats.templates_of(channel)
    ]  # fmt: skip


def _quoted(session: Session, draft: ChatDraft, contact: Contact) -> Quoted | None:
    touch = session.get(Interaction, draft.answers_id) if draft.answers_id else None
    if touch is None:
        return None
    writer = session.get(User, touch.author_id) if touch.author_id else None
    who = writer.name if writer else names_of(session, {contact.id})[contact.id]
    words = " ".join((touch.text or str(touch.summary)).split())[:QUOTED]
    return Quoted(who, words, f"#event-{touch.id}")
