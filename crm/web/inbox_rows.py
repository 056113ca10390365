"""Conversations as rows of the inbox: who, about what, the last words, when, its clock, and who has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from crm import chats
from crm.contacts import Contact, handles_of
from crm.conversation_tags import tags_of
from crm.conversations import Conversation, Interaction
from crm.deadlines import Deadline, deadlines_of
from crm.listing import Asked
from crm.setup import setup
from crm.tasks import Task
from crm.turns import SPEAKS
from crm.web.chat_kinds import icon_of, kind_in_words
from crm.web.clocks import Clock, clock, pressing
from crm.web.lists import address
from crm.web.names import called
from crm.web.people import Person, people_of
from crm.web.task_rows import ICONS
from crm.web.zones import zone_of
from hub.channels import Channel
from hub.clock import now
from hub.languages import _

GIST = 120  # letters of the last words


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation, as _inbox_row.html shows it. `waits`: it is our turn; `channel` names a messenger."""

    id: int
    href: str
    name: str
    subject: str
    gist: str
    icon: str
    at: datetime
    waits: bool
    clock: Clock | None
    assignee: Person | None
    tags: Sequence[str]
    until: datetime | None
    closed: bool
    follows: bool
    channel: str = ""


class _Last(NamedTuple):
    kind: str
    words: str
    ours: bool
    messenger: str


def inbox_rows(session: Session, conversations: Sequence[Conversation], asked: Asked) -> list[InboxRow]:
    """Show conversations that the viewer sees, in their order."""
    ids = [each.id for each in conversations]
    if not ids:
        return []
    zone, moment = zone_of(session), now()
    names = names_of(session, {each.contact_id for each in conversations})
    last, promises = _last(session, ids), promises_of(session, ids)
    people, marks = (
        people_of(session, [each.assignee_id for each in conversations], zone),
        tags_of(session, ids),
    )
    return [
        InboxRow(
            id=each.id, href=address(asked, f"/{each.id}"), name=names[each.contact_id],
            subject=str(each.subject), gist=_gist(last.get(each.id)),
            icon=_icon(last.get(each.id)), at=each.last_at, channel=_channel(last.get(each.id)),
            waits=each.waits_since is not None and each.closed_at is None,
            clock=clock(promises[each.id], zone, moment) if each.id in promises else None,
            assignee=people.get(each.assignee_id or 0), tags=[tag.name for tag in marks[each.id]],
            until=each.snoozed_until, closed=each.closed_at is not None,
            follows=each.quotes_id is not None and each.apart_at is None and each.merged_into_id is None,
        )
        for each in conversations
    ]  # fmt: skip


def names_of(session: Session, contact_ids: set[int]) -> Mapping[int, str]:
    """Give what contacts are called."""
    handles, country = handles_of(session, list(contact_ids)), setup(session).company.country
    rows = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(contact_ids)))
    return {contact_id: called(name, handles[contact_id], country) for contact_id, name in rows}


def promises_of(session: Session, conversation_ids: Sequence[int]) -> dict[int, Deadline]:
    """Give the most pressing promise that is open in each conversation which has one."""
    wanted = (
        select(Interaction.conversation_id, Task.id)
        .join(Task, Task.interaction_id == Interaction.id)
        .where(Interaction.conversation_id.in_(conversation_ids), Task.done_at.is_(None), SPEAKS)
    )
    rows = session.execute(wanted).all()
    deadlines = deadlines_of(session, [task_id for _conversation, task_id in rows])
    running: dict[int, list[Deadline]] = {number: [] for number in conversation_ids}
    for conversation_id, task_id in rows:
        running[conversation_id or 0] += [each for each in deadlines[task_id] if each.met_at is None]
    found = {number: pressing(each) for number, each in running.items()}
    return {number: deadline for number, deadline in found.items() if deadline is not None}


_LATER = aliased(Interaction)
_NEWEST = (
    select(_LATER.id).where(_LATER.conversation_id == Conversation.id)
    .order_by(_LATER.at.desc(), _LATER.id.desc()).limit(1).correlate(Conversation).scalar_subquery()
)  # fmt: skip


def _last(session: Session, ids: Sequence[int]) -> dict[int, _Last]:
    wanted = (
        select(Conversation.id, Interaction.kind, Interaction.text, Interaction.summary, Interaction.direction,
               Channel.kind)
        .select_from(Conversation).join(Interaction, Interaction.id == _NEWEST)
        .outerjoin(Channel, Channel.id == Interaction.channel_id).where(Conversation.id.in_(ids))
    )  # fmt: skip
    rows = session.execute(wanted)
    return {
        number: _Last(
            kind, text or summary, direction == "out", (messenger or "") if kind == chats.KIND else ""
        )
        for number, kind, text, summary, direction, messenger in rows
    }


def _icon(last: _Last | None) -> str:
    if last is not None and last.messenger:
        return icon_of(last.messenger)
    return ICONS.get(last.kind if last else "", "mail")


def _channel(last: _Last | None) -> str:
    return kind_in_words(last.messenger) if last is not None and last.messenger else ""


def _gist(last: _Last | None) -> str:
    if last is None:
        return ""
    words = " ".join(last.words[: 4 * GIST].split())[:GIST]
    return _("You: %(words)s", words=words) if last.ours else words
