"""Conversations that are made one, split, or joined with what they follow up; each can be taken back later.

What moves are the touches, and with them the tasks for them. Taking it back moves those that are still where they
were put; what came meanwhile stays where it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import alarms, desk, inbox, tasks
from crm.conversations import Conversation, Interaction, open_conversation
from crm.desk import Refusal
from crm.tasks import Task
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import Base, Document, announce
from hub.languages import _
from hub.said import said
from hub.users import User, Viewer

MERGE, SPLIT = "merge", "split"

Holder = tuple[int | None, int | None]


class Regrouping(Base):
    """Touches that went from one conversation into another: all of it (merge), or some from one on (split).

    `closed_at` is when the first of them had been closed by then, `into_closed_at` the second. `given` are the tasks
    that went to somebody else with it, as `[id, person, department, person then, department then]`; `held` is the
    same of the second conversation, without its id.
    """

    __tablename__ = "regroupings"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    from_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    touches: Mapped[list[int]] = mapped_column(Document)
    closed_at: Mapped[datetime | None]
    into_closed_at: Mapped[datetime | None]
    given: Mapped[list[list[int | None]]] = mapped_column(Document, default=list)
    held: Mapped[list[int | None]] = mapped_column(Document, default=list)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


def merge(session: Session, viewer: Viewer, gone: Conversation, into: Conversation) -> Regrouping:
    """Make one conversation a part of another of the same contact."""
    if gone.contact_id != into.contact_id:
        raise Refusal(_("Only conversations with one contact are made one"))
    return put_together(session, viewer, gone, into)


def split(session: Session, viewer: Viewer, conversation: Conversation, touch_id: int) -> Regrouping:
    """Make what stands in it from this touch on a conversation of its own."""
    _lock(session, conversation)
    touches = _touches(session, conversation.id)
    at = next((place for place, touch in enumerate(touches) if touch.id == touch_id), 0)
    if at == 0:
        raise Refusal(_("Choose something behind the beginning: it and what follows become a conversation"))
    moved = touches[at:]
    made = open_conversation(
        session, moved[0].contact_id, conversation.channel_id, str(moved[0].summary), moved[0].at
    )
    new = session.get_one(Conversation, made)
    new.assignee_id, new.department_id = conversation.assignee_id, conversation.department_id
    return _move(session, viewer, SPLIT, conversation, new, moved)


def undo(session: Session, viewer: Viewer, regrouping_id: int) -> Regrouping:
    """Take it back: what is still where it was put goes home."""
    deed = session.get_one(Regrouping, regrouping_id)
    first = (
        update(Regrouping)
        .where(Regrouping.id == regrouping_id, Regrouping.undone_at.is_(None))
        .values(undone_at=now(), undone_by=viewer.user_id)
    )
    if session.scalar(first.returning(Regrouping.id)) is None:
        raise Refusal(_("This was taken back already"))
    home, away = session.get_one(Conversation, deed.from_id), session.get_one(Conversation, deed.into_id)
    _lock(session, home, away)
    still = [touch.id for touch in _touches(session, away.id) if touch.id in set(deed.touches)]
    _carry(session, still, home.id)
    home.merged_into_id = None
    home.closed_at = deed.closed_at
    if deed.kind == SPLIT and not _touches(session, away.id):
        away.merged_into_id = home.id
    _give_back(session, viewer, deed, away)
    for each in (home, away):
        _settle(session, viewer, each)
    if deed.into_closed_at is not None and away.waits_since is None and away.last_at < deed.at:
        away.closed_at = deed.into_closed_at
    words = said("taken back: %(what)s", what=_told(deed, home, away))
    for each in (home, away):
        write(session, viewer, each, words)
    return deed


def regrouping_of(session: Session, conversation_id: int) -> Regrouping | None:
    """Give what was last done to a conversation, as long as it was not taken back."""
    touching = (Regrouping.from_id == conversation_id) | (Regrouping.into_id == conversation_id)
    wanted = select(Regrouping).where(touching, Regrouping.undone_at.is_(None))
    return session.scalar(wanted.order_by(Regrouping.id.desc()).limit(1))


def put_together(session: Session, viewer: Viewer, gone: Conversation, into: Conversation) -> Regrouping:
    """Put all touches of one conversation into the other; both say so, and who did it may take it back."""
    _lock(session, gone, into)
    if gone.id == into.id or gone.merged_into_id is not None or into.merged_into_id is not None:
        raise Refusal(_("These are one conversation already"))
    return _move(session, viewer, MERGE, gone, into, _touches(session, gone.id))


def _move(
    session: Session, viewer: Viewer, kind: str, home: Conversation, into: Conversation, touches: Sequence[Interaction]
) -> Regrouping:  # fmt: skip
    deed = Regrouping(
        kind=kind, from_id=home.id, into_id=into.id, touches=[touch.id for touch in touches], by=viewer.user_id,
        closed_at=home.closed_at, into_closed_at=into.closed_at,
    )  # fmt: skip
    session.add(deed)
    held = _holder(into)
    had = {task: _holder(task) for each in (home, into) for task in tasks.waiting_in(session, each.id)}
    if kind == MERGE:
        _wake(session, viewer, home, into)
    _carry(session, deed.touches, into.id)
    if kind == MERGE:
        home.merged_into_id = into.id
        into.assignee_id = into.assignee_id or home.assignee_id
        into.closed_at = into.closed_at if home.closed_at else None
    for each in (home, into):
        _settle(session, viewer, each)
    deed.held = [*held, *_holder(into)]
    deed.given = [
        [task.id, *before, *_holder(task)] for task, before in had.items() if before != _holder(task)
    ]
    for each in (home, into):
        write(session, viewer, each, _told(deed, home, into))
    return deed


def _carry(session: Session, touches: Sequence[int], conversation_id: int) -> None:
    row = update(Interaction).where(Interaction.id.in_(touches)).values(conversation_id=conversation_id)
    session.execute(row)
    session.flush()


def _wake(session: Session, viewer: Viewer, home: Conversation, into: Conversation) -> None:
    """Have what becomes one be put off only as long as each open part of it was."""
    untils = [each.snoozed_until for each in (home, into) if each.closed_at is None]
    put_off = [until for until in untils if until is not None]
    until = min(put_off) if put_off and len(put_off) == len(untils) else None
    if until is None:
        for each in (home, into):
            for task in tasks.waiting_in(session, each.id):
                desk.unplan(session, viewer, task)
    session.flush()
    session.refresh(into)
    into.snoozed_until = until


def _give_back(session: Session, viewer: Viewer, deed: Regrouping, away: Conversation) -> None:
    """Have everybody again what went to somebody else, where it still is with him."""
    for task_id, *whose in deed.given:
        task = session.get(Task, task_id, with_for_update=True)
        if task is not None and task.done_at is None and _may_return(session, task, whose):
            _give(session, viewer, task, (whose[0], whose[1]), said("goes back with the conversation"))
    if _may_return(session, away, deed.held):
        away.assignee_id, away.department_id = deed.held[:2]


def _may_return(session: Session, held: Task | Conversation, whose: Sequence[int | None]) -> bool:
    if not whose or _holder(held) != tuple(whose[2:]):
        return False
    former = session.get(User, whose[0]) if whose[0] is not None else None
    return former is None or former.disabled_at is None


def _settle(session: Session, viewer: Viewer, conversation: Conversation) -> None:
    """Have a conversation say again since when it waits, and whose it is: as do the tasks that are in it now."""
    session.flush()
    last = select(func.max(Interaction.at)).where(Interaction.conversation_id == conversation.id)
    conversation.last_at = session.scalar(last) or conversation.last_at
    waiting = tasks.waiting_in(session, conversation.id)
    if conversation.merged_into_id is not None:
        conversation.closed_at = conversation.closed_at or now()
        conversation.waits_since = conversation.snoozed_until = None
        return
    if waiting:
        first = waiting[0]
        for task in waiting[1:]:
            if task.assignee_id != first.assignee_id:
                _give(session, viewer, task, _holder(first), said("goes with the conversation"))
        conversation.assignee_id, conversation.department_id = first.assignee_id, first.department_id
        conversation.closed_at, conversation.closed_by, conversation.closed_why = None, None, ""
    conversation.waits_since = min((task.created_at for task in waiting), default=None)


def _give(session: Session, viewer: Viewer, task: Task, holder: Holder, words: str) -> None:
    """Give a task to somebody, and have him who had it hear so."""
    announce(session, Notice(kind="task", id=task.id, audience=tasks.audience(task)))
    task.assignee_id, task.department_id = holder
    tasks.changed(session, task, viewer.user_id, words)
    alarms.settle(session, task, viewer.user_id)


def _holder(held: Task | Conversation) -> Holder:
    return held.assignee_id, held.department_id


def _told(deed: Regrouping, home: Conversation, into: Conversation) -> str:
    if deed.kind == MERGE:
        return said("“%(subject)s” became a part of “%(into)s”", subject=home.subject, into=into.subject)
    return said("“%(into)s” was split off “%(subject)s”", subject=home.subject, into=into.subject)


def _touches(session: Session, conversation_id: int) -> Sequence[Interaction]:
    wanted = select(Interaction).where(Interaction.conversation_id == conversation_id)
    return session.scalars(wanted.order_by(Interaction.at, Interaction.id)).all()


def _lock(session: Session, *conversations: Conversation) -> None:
    for each in sorted(conversations, key=lambda one: one.id):
        session.refresh(each, with_for_update=True)


def write(session: Session, viewer: Viewer, conversation: Conversation, words: str) -> None:
    """Write down what was done to a conversation, and have everybody look again who sees it."""
    session.flush()
    audit.record(session, viewer, audit.CHANGED, inbox.KIND, conversation.id, words=words)
    announce(session, Notice(kind=inbox.KIND, id=conversation.id, audience=inbox.audience(conversation)))
    announce(
        session, Notice(kind="contact", id=conversation.contact_id, audience=inbox.audience(conversation))
    )
