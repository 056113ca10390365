"""Deeds on many records at once, and how they are taken back at any later time.

A deed keeps what every record was before and what it made of it. Taking it back touches only what is still as
the deed left it, and says how much it left alone. Both go in lots, each a transaction of its own, so that a
hundred thousand contacts stop nobody's request from coming in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import inbox_ways, tasks, ways
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.desk import Refusal
from crm.rights import sees_contact, sees_conversation, sees_task
from crm.tasks import Task
from crm.ways import TASK, State, Way
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import Base, Document, announce
from hub.languages import _
from hub.rows import insert_many
from hub.said import said
from hub.sentence import Sentence
from hub.users import Viewer

LOT = 500
MOST_TASKS = 1000
WAYS = {**ways.WAYS, **inbox_ways.WAYS}

Record = Contact | Task | Conversation


class Deed(Base):
    """What somebody did to many: `what` says it to us, `words` to people. `total` were chosen."""

    __tablename__ = "bulk_deeds"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    words: Mapped[str] = mapped_column(Sentence)
    what: Mapped[dict[str, object]] = mapped_column(Document)
    total: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    left_alone: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_bulk_deeds_by", "by", "id"),)


class Change(Base):
    """What a deed made of one record, and what it was before."""

    __tablename__ = "bulk_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    deed_id: Mapped[int] = mapped_column(ForeignKey("bulk_deeds.id"))
    record_id: Mapped[int]
    before: Mapped[dict[str, object] | None] = mapped_column(Document)
    after: Mapped[dict[str, object] | None] = mapped_column(Document)

    __table_args__ = (Index("ix_bulk_changes_deed", "deed_id", "id"),)


def begin(session: Session, viewer: Viewer, kind: str, what: State, words: str, total: int) -> Deed:
    """Write down a deed that is about to be done."""
    if kind == TASK and total > MOST_TASKS:
        raise Refusal(_("Tasks are made for a thousand contacts at most. Choose fewer"))
    deed = Deed(by=viewer.user_id, kind=kind, words=words, what=dict(what), total=total)
    session.add(deed)
    session.flush()
    return deed


def go_on(session: Session, viewer: Viewer, deed_id: int, ids: Sequence[int]) -> int:
    """Do a deed to the next lot of records, those of them that the doer sees; gives how many it changed."""
    deed = session.get_one(Deed, deed_id)
    way = WAYS[deed.kind]
    changes: list[dict[str, object]] = []
    for record in session.scalars(_wanted(way, viewer, ids)).all():
        before, after = way.do(session, viewer, record, deed.what)
        if before != after:
            changes.append({"deed_id": deed.id, "record_id": record.id, "before": before, "after": after})
            _told(session, viewer, record, before, after)
    insert_many(session, Change, changes)
    _announce(session, way, [cast("int", change["record_id"]) for change in changes])
    return len(changes)


def undo_on(session: Session, viewer: Viewer, deed_id: int, behind: int) -> int | None:
    """Take back the next lot of a deed behind this change; None once there is none left."""
    deed = session.get_one(Deed, deed_id)
    way = WAYS[deed.kind]
    wanted = (
        select(Change).where(Change.deed_id == deed_id, Change.id > behind).order_by(Change.id).limit(LOT)
    )
    changes = session.scalars(wanted).all()
    for change in changes:
        record = cast("Record | None", session.get(way.of, change.record_id))
        undone = record is not None and way.undo(
            session, viewer, record, change.after or {}, change.before or {}
        )
        if record is None or not undone:
            deed.left_alone += 1
        else:
            _told(session, viewer, record, change.after, change.before)
    _announce(session, way, [change.record_id for change in changes])
    return changes[-1].id if changes else None


def take_back(session: Session, viewer: Viewer, deed_id: int) -> Deed:
    """Say that a deed is being taken back: once, by its doer or a manager."""
    deed = session.get(Deed, deed_id)
    if deed is None or not (viewer.sees_all or deed.by == viewer.user_id):
        raise LookupError(deed_id)
    if deed.undone_at is not None:
        raise Refusal(_("This was taken back already"))
    deed.undone_at, deed.undone_by, deed.left_alone = now(), viewer.user_id, 0
    audit.record(session, viewer, audit.CHANGED, "deed", deed.id, words=said("taken back"))
    return deed


def deeds_of(session: Session, viewer: Viewer, before: int | None, most: int) -> list[tuple[Deed, int]]:
    """Give deeds, the newest first, and how many records each changed: one's own, for managers everybody's."""
    wanted = select(Deed).order_by(Deed.id.desc()).limit(most)
    if not viewer.sees_all:
        wanted = wanted.where(Deed.by == viewer.user_id)
    if before is not None:
        wanted = wanted.where(Deed.id < before)
    deeds = session.scalars(wanted).all()
    counted = changed_by(session, [deed.id for deed in deeds])
    return [(deed, counted.get(deed.id, 0)) for deed in deeds]


def changed_by(session: Session, deed_ids: Sequence[int]) -> dict[int, int]:
    """Count what deeds changed."""
    counted = (
        select(Change.deed_id, func.count()).where(Change.deed_id.in_(deed_ids)).group_by(Change.deed_id)
    )
    return dict(session.execute(counted).all())


def _wanted(
    way: Way, viewer: Viewer, ids: Sequence[int]
) -> Select[Contact] | Select[Task] | Select[Conversation]:
    if way.of is Task:
        return (
            select(Task).where(Task.id.in_(ids), Task.done_at.is_(None), sees_task(viewer)).order_by(Task.id)
        )
    if way.of is Conversation:
        there = (Conversation.id.in_(ids), Conversation.merged_into_id.is_(None), sees_conversation(viewer))
        return select(Conversation).where(*there).order_by(Conversation.id)
    alive = (Contact.id.in_(ids), Contact.merged_into_id.is_(None), sees_contact(viewer))
    return select(Contact).where(*alive).order_by(Contact.id)


def _told(
    session: Session, viewer: Viewer, record: Record, before: State | None, after: State | None
) -> None:
    """Tell the audit; what is done to a task or a conversation stands there already."""
    if isinstance(record, Contact):
        changes = audit.differences(before or {}, after or {})
        audit.record(session, viewer, audit.CHANGED, "contact", record.id, changes=changes)


def _announce(session: Session, way: Way, ids: Sequence[int]) -> None:
    """Have cards look again; whatever is done to a task or a conversation tells of itself."""
    if way.of is not Contact:
        return
    for contact in session.scalars(select(Contact).where(Contact.id.in_(ids[:LOT]))):
        audience = tasks.audience_of(contact.responsible_id, contact.department_id)
        announce(session, Notice(kind="contact", id=contact.id, audience=audience))
