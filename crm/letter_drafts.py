"""Drafts of letters: kept here while they are written, seen by their author alone. One for each thread, or card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import draft_enclosures
from crm.conversations import Conversation, Interaction
from crm.draft_enclosures import Along, drop_all, enclosed
from crm.letter_people import people_in, written
from crm.sendings import How, Wanted
from hub.clock import now
from hub.db import Base
from hub.letters import Enclosure

LONGEST_LINE = 4_000  # letters of a line of addresses
SUBJECT = 500
BODY = 100_000


class Draft(Base):
    """A letter that somebody is writing; lines of addresses are as typed. `seen_id` is the last touch he had seen."""

    __tablename__ = "letter_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    how: Mapped[How]
    to: Mapped[str]
    cc: Mapped[str]
    blind: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    quotes: Mapped[bool]
    seen_id: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_letter_drafts_contact", "contact_id", "user_id"),)


class DraftFile(Along, Base):
    """A file that goes along with a draft; its content lies in the blob folder."""

    __tablename__ = "letter_draft_files"

    draft_id: Mapped[int] = mapped_column(ForeignKey(Draft.id), index=True)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody changed in a draft; None is as it was."""

    to: str | None = None
    cc: str | None = None
    blind: str | None = None
    subject: str | None = None
    body: str | None = None
    channel_id: int | None = None
    quotes: bool | None = None


def begin(session: Session, user_id: int, wanted: Wanted) -> Draft:
    """Begin a draft; what it was about may have been taken back meanwhile."""
    about = session.get(Interaction, wanted.about) if wanted.about else None
    stands = session.get(Conversation, wanted.conversation_id) if wanted.conversation_id else None
    draft = Draft(
        user_id=user_id, contact_id=wanted.contact_id, conversation_id=stands.id if stands else None,
        about_id=about.id if about else None, channel_id=wanted.channel_id, how=wanted.how, to=written(wanted.to),
        cc=written(wanted.cc), blind=written(wanted.blind), subject=wanted.subject, body=wanted.body,
        quotes=wanted.quotes and about is not None, seen_id=newest(session, wanted.contact_id),
    )  # fmt: skip
    session.add(draft)
    session.flush()
    for file in wanted.files:
        attach(session, draft, file)
    return draft


def keep(draft: Draft, typed: Typed) -> None:
    """Keep what was typed."""
    longest = {"subject": SUBJECT, "body": BODY}
    for name, value in msgspec.structs.asdict(typed).items():
        if isinstance(value, str):
            setattr(draft, name, value.replace("\r\n", "\n")[: longest.get(name, LONGEST_LINE)])
        elif value is not None:
            setattr(draft, name, value)
    draft.changed_at = now()


def turn(draft: Draft, wanted: Wanted) -> None:
    """Have an answer go to others: to all, or to one again."""
    draft.how, draft.to, draft.cc = wanted.how, written(wanted.to), written(wanted.cc)


def is_there(session: Session, draft: Draft) -> bool:
    """Lock a draft and tell whether it is still there: pressed twice at once, it is one letter."""
    return session.scalar(select(Draft.id).where(Draft.id == draft.id).with_for_update()) is not None


def attach(session: Session, draft: Draft, file: Enclosure) -> DraftFile:
    """Have a file go along."""
    return draft_enclosures.attach(session, DraftFile, draft.id, file)


def drop(session: Session, draft: Draft) -> None:
    """Throw a draft away."""
    drop_all(session, DraftFile, draft.id)
    session.delete(draft)
    session.flush()


def let_go(session: Session, touch_id: int) -> None:
    """Have drafts about a letter stand for themselves: it is taken back."""
    for draft in session.scalars(select(Draft).where(Draft.about_id == touch_id)).all():
        draft.about_id, draft.conversation_id, draft.quotes = None, None, False
    session.flush()


def meant(session: Session, draft: Draft, at: datetime | None = None) -> Wanted:
    """Give the letter that a draft means; ValueError tells which address is none."""
    files = enclosed(files_of(session, draft.id))
    return Wanted(
        contact_id=draft.contact_id, channel_id=draft.channel_id, to=people_in(draft.to), cc=people_in(draft.cc),
        blind=people_in(draft.blind), subject=draft.subject, body=draft.body, how=draft.how, about=draft.about_id,
        conversation_id=draft.conversation_id, quotes=draft.quotes, files=files, at=at,
    )  # fmt: skip


def drafts_of(session: Session, user_id: int | None, contact_id: int) -> Sequence[Draft]:
    """Give what somebody is writing to a contact, the last one first."""
    mine = select(Draft).where(Draft.contact_id == contact_id, Draft.user_id == (user_id or 0))
    return session.scalars(mine.order_by(Draft.changed_at.desc(), Draft.id.desc())).all()


def draft_for(session: Session, user_id: int | None, draft_id: int) -> Draft | None:
    """Give a draft of somebody's own."""
    draft = session.get(Draft, draft_id)
    return draft if draft is not None and draft.user_id == user_id else None


def files_of(session: Session, draft_id: int) -> Sequence[DraftFile]:
    """Give the files of a draft, in the order they were added."""
    return draft_enclosures.files_of(session, DraftFile, draft_id)


def says_something(session: Session, draft: Draft) -> bool:
    """Tell whether somebody wrote anything yet: one that was merely opened is no draft to go on with."""
    typed = draft.body.strip() or (draft.how == "new" and draft.subject.strip())
    return bool(typed) or bool(files_of(session, draft.id))


def newest(session: Session, contact_id: int) -> int:
    """Give the newest touch of a contact, 0 where there is none."""
    return session.scalar(select(func.max(Interaction.id)).where(Interaction.contact_id == contact_id)) or 0
