"""Conversations and the interactions in them: every touch with a contact, in order, on one timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from crm.contacts import Contact
from hub.asked import placed, places
from hub.clock import now
from hub.db import Base, Document, Sentences, some
from hub.journal import Inbound
from hub.rows import get, insert
from hub.sentence import Sentence
from hub.statements import Statement

Answers = list[dict[str, str]]

FOR_EVER = timedelta(days=365 * 1000)


# Each list of the inbox is walked along an index of its own: everybody's, a person's, a department's, its queue's.
OPEN = "closed_at IS NULL AND snoozed_until IS NULL"


def _owned(name: str, key: str, where: str) -> list[Index]:
    return [
        some(f"ix_conversations_{name}", key, "id", where=where),
        some(f"ix_conversations_{name}_mine", "assignee_id", key, "id", where=where),
        some(f"ix_conversations_{name}_department", "department_id", key, "id", where=where),
    ]


def _turns(name: str, key: str, where: str) -> list[Index]:
    queue = f"{where} AND assignee_id IS NULL"
    return [*_owned(name, key, where),
            some(f"ix_conversations_{name}_queue", "department_id", key, "id", where=queue)]  # fmt: skip


class Conversation(Base):
    """A thread with one contact on one channel.

    `waits_since`: it is our turn since then, mostly because the contact wrote; None where we wait for him. `last_at`
    is when the last touch in it was. `snoozed_until`: put off, until then or until something new comes. `quotes_id`
    is what it may follow up, until it was joined with that or kept apart (`apart_at`). What stands here goes with the
    tasks for it, see crm/turns.py.
    """

    __tablename__ = "conversations"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    subject: Mapped[str]
    opened_at: Mapped[datetime]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    waits_since: Mapped[datetime | None]
    last_at: Mapped[datetime] = mapped_column(default=now)
    snoozed_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_why: Mapped[str] = mapped_column(Sentence, default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    quotes_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    apart_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_conversations_contact", "contact_id", "channel_id"),
        Index("ix_conversations_touched", "contact_id", "last_at", "id"),
        *_turns("us", "waits_since", f"{OPEN} AND waits_since IS NOT NULL"),
        *_turns("them", "last_at", f"{OPEN} AND waits_since IS NULL"),
        *_owned("snoozed", "snoozed_until", "snoozed_until IS NOT NULL"),
        *_owned("closed", "closed_at", "closed_at IS NOT NULL"),
        some(
            "ix_conversations_closed_channel", "channel_id", "closed_at", "id", where="closed_at IS NOT NULL"
        ),
    )


class Interaction(Base):
    """One touch: a form, a note, later a call, a mail, a chat message.

    `key` makes it unique in its channel, so that the same request is never kept twice. `fields` are a form's
    answers as `{"label", "value"}` in the order sent, `origin` where it came from, `remarks` what was odd.
    `counts_as_contact`: somebody really reached the contact, which meets a promise.
    """

    __tablename__ = "interactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"), index=True)
    key: Mapped[str | None]
    kind: Mapped[str]
    direction: Mapped[str]
    at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    summary: Mapped[str] = mapped_column(Sentence)
    text: Mapped[str]
    fields: Mapped[Answers] = mapped_column(Document)
    origin: Mapped[Answers] = mapped_column(Document)
    remarks: Mapped[list[str]] = mapped_column(Sentences)
    counts_as_contact: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        Index("ix_interactions_timeline", "contact_id", "at"),
    )


class Touch(NamedTuple):
    """What an interaction was, in short."""

    at: datetime
    kind: str
    summary: str


def key_of_deal(deal_id: int) -> str:
    """Give the key of what came by no channel, for a deal: it goes where the deal goes."""
    return f"deal:{deal_id}"


def request_keys(key: str, repeats_within: float | None, at: datetime) -> tuple[str, ...]:
    """Give the keys of a request: its own first, then those under which it may be kept already.

    A request without an id of its own is the same only for a while: its key carries the number of that while
    since 1970, so that the unique key decides even between two workers.
    """
    if repeats_within is None:
        return (key,)
    bucket = int(at.timestamp() // repeats_within)
    # The one after: an item that had to be tried again may come after a later one.
    return (f"{key}@{bucket}", f"{key}@{bucket - 1}", f"{key}@{bucket + 1}")


def find_request(
    session: Session, channel_id: int, keys: Sequence[str], repeats_within: float | None, at: datetime
) -> Interaction | None:
    """Find the interaction that already holds this request."""
    span = timedelta(seconds=repeats_within) if repeats_within is not None else FOR_EVER
    bounds = {"since": at - span, "until": at + span}
    found = _request(len(keys)).first(session, {"channel": channel_id, **placed(keys), **bounds})
    return get(session, Interaction, found[0]) if found is not None else None


def find_replayed(session: Session, item: Inbound) -> Interaction | None:
    """Find what a replayed item became, or what it was the same as, though it is read otherwise by now."""
    return session.scalar(
        select(Interaction).where(Interaction.inbound_id.in_([item.id, item.duplicate_of])).limit(1)
    )


_ROW = Interaction.__table__.c


@cache
def _request(count: int) -> Statement:
    """Give the statement for so many keys, put together once."""
    wanted = select(_ROW.id).where(
        _ROW.channel_id == bindparam("channel"), _ROW.key.in_(places(_ROW.key, count)), _ROW.at > bindparam("since"),
        _ROW.at < bindparam("until"),
    )  # fmt: skip
    return Statement(wanted.order_by(_ROW.at.desc()).limit(1))


def conversation_on(session: Session, contact_id: int, channel_id: int, subject: str, at: datetime) -> int:
    """Give the id of the contact's conversation on this channel, opened where there is none."""
    found = session.scalar(
        select(Conversation.id).where(
            Conversation.contact_id == contact_id, Conversation.channel_id == channel_id,
            Conversation.merged_into_id.is_(None),
        ).limit(1)
    )  # fmt: skip
    if found is not None:
        return found
    return open_conversation(session, contact_id, channel_id, subject, at)


def open_conversation(
    session: Session,
    contact_id: int,
    channel_id: int,
    subject: str,
    at: datetime,
    quotes_id: int | None = None,
    *,
    assignee_id: int | None = None,
    department_id: int | None = None,
) -> int:
    """Open a conversation and give its id; `quotes_id` is another that it may follow up."""
    return insert(
        session, Conversation, contact_id=contact_id, channel_id=channel_id, subject=subject, opened_at=at,
        last_at=at, quotes_id=quotes_id, assignee_id=assignee_id, department_id=department_id,
    )  # fmt: skip


def standing(session: Session, conversation_id: int) -> Conversation | None:
    """Give a conversation, one that was merged as that which it became."""
    found = session.get(Conversation, conversation_id)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Conversation, found.merged_into_id)
    return found


def add_note(
    session: Session, contact_id: int, author_id: int | None, text: str, *, counts_as_contact: bool
) -> Interaction:
    """Write down what a colleague has to say about a contact."""
    note = Interaction(
        contact_id=contact_id, kind="note", direction="internal", at=now(), author_id=author_id,
        summary=text.strip().splitlines()[0][:120], text=text, fields=[], origin=[], remarks=[],
        counts_as_contact=counts_as_contact,
    )  # fmt: skip
    session.add(note)
    session.flush()
    return note


_LATER = aliased(Interaction)
_LAST = (
    select(_LATER.id).where(_LATER.contact_id == Contact.id)
    .order_by(_LATER.at.desc(), _LATER.id.desc()).limit(1).scalar_subquery()
)  # fmt: skip
_LATEST = (
    select(Interaction.contact_id, Interaction.at, Interaction.kind, Interaction.summary)
    .join(Contact, Interaction.id == _LAST)
    .where(Contact.id.in_(bindparam("contacts", expanding=True)))
)


def latest(session: Session, contact_ids: Sequence[int]) -> dict[int, Touch]:
    """Give the last interaction of several contacts; those who have none are left out."""
    if not contact_ids:
        return {}
    rows = session.execute(_LATEST, {"contacts": list(contact_ids)})
    return {contact_id: Touch(at, kind, summary) for contact_id, at, kind, summary in rows}
