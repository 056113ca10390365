"""Whose turn it is in a conversation: it follows what comes, and the tasks for it, so that the two always agree.

A task for a touch speaks for the conversation in which that stands: who has the one has the other, and while it is
open the contact waits for us. One for what we wrote, which did not arrive, moves nothing. Every function here is
one statement on the conversation's own row, so that of two who meet there one comes after the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, Table, bindparam, case, func, literal, select, update
from sqlalchemy.orm import Session

from crm import chats, letters
from crm.conversations import Conversation, Interaction
from hub.statements import Statement

# Not as a list, which the library would write out anew each time.
SPEAKS = ((Interaction.kind != letters.KIND) & (Interaction.kind != chats.KIND)) | (
    Interaction.direction != "out"
)
_ROW = Conversation


class Stood(msgspec.Struct, frozen=True):
    """How a conversation stood before a letter answered it."""

    assignee_id: int | None
    waits_since: datetime | None
    snoozed_until: datetime | None


def came(session: Session, conversation_id: int, at: datetime) -> None:
    """Say that the contact wrote: he waits for us, and what was closed or put off is there again."""
    session.flush()
    _CAME.carry_out(session, {"conversation": conversation_id, "moment": at})
    _forget(session)


def touched(session: Session, conversation_id: int, at: datetime) -> None:
    """Say that something stands in a conversation which changes nobody's turn, such as an automatic letter."""
    _set(session, _ROW.id == conversation_id, last_at=_later(at))


def spoken(session: Session, conversation_id: int, at: datetime) -> None:
    """Say that there was a call: where nothing waits, it is over with that."""
    quiet = _ROW.waits_since.is_(None)
    closed = case((quiet, func.coalesce(_ROW.closed_at, literal(at, _MOMENT))), else_=_ROW.closed_at)
    _set(session, _ROW.id == conversation_id, last_at=_later(at), closed_at=closed)


def answered(session: Session, conversation_id: int, user_id: int | None, at: datetime) -> None:
    """Say that one of us wrote to the contact: we wait for him; nobody's conversation is now the writer's."""
    _set(
        session, _ROW.id == conversation_id, waits_since=None, snoozed_until=None, last_at=_later(at),
        assignee_id=func.coalesce(_ROW.assignee_id, user_id),
    )  # fmt: skip


def begun(session: Session, conversation_id: int, at: datetime) -> None:
    """Say that one of us writes first: what was closed or put off is there again, and we wait for the contact."""
    _set(session, _ROW.id == conversation_id, last_at=_later(at), **_THERE)


def stood(session: Session, conversation_id: int) -> Stood:
    """Give how a conversation stands."""
    columns = _ROW.assignee_id, _ROW.waits_since, _ROW.snoozed_until
    return Stood(*session.execute(select(*columns).where(_ROW.id == conversation_id)).one())


def unanswered(
    session: Session, conversation_id: int, user_id: int | None, at: datetime, before: Stood
) -> None:
    """Take back that one of us wrote at a moment. Whose it became meanwhile stays, and nothing new is put off."""
    quiet, values = _ROW.last_at <= literal(at, _MOMENT), dict[str, object]()
    if before.assignee_id is None and user_id is not None:
        values["assignee_id"] = func.nullif(_ROW.assignee_id, user_id)
    if before.waits_since is not None:
        values["waits_since"] = literal(before.waits_since, _MOMENT)
    if before.snoozed_until is not None:
        until = literal(before.snoozed_until, _MOMENT)
        values["snoozed_until"] = case((quiet, until), else_=_ROW.snoozed_until)
    if values:
        _set(session, _ROW.id == conversation_id, **values)


def asked(
    session: Session, touch_id: int, assignee_id: int | None, department_id: int | None, at: datetime
) -> None:
    """Say that a task was made for a touch, at the moment at which the contact asked."""
    session.flush()
    asked_for = {"touch": touch_id, "whose": assignee_id, "place": department_id, "moment": at}
    _ASKED.carry_out(session, asked_for)
    _forget(session)


def given(session: Session, touch_id: int, assignee_id: int | None, department_id: int | None) -> None:
    """Say that the task for a touch was given to somebody, or to a department's queue."""
    _set(session, _ROW.id == _around(touch_id), assignee_id=assignee_id, department_id=department_id)


def settled(session: Session, touch_id: int, over_at: datetime | None = None) -> None:
    """Say that the last task in a touch's conversation is done: we wait for the contact, or it is over with that."""
    closed = (
        {} if over_at is None else {"closed_at": func.coalesce(_ROW.closed_at, literal(over_at, _MOMENT))}
    )
    _set(session, _ROW.id == _around(touch_id), waits_since=None, snoozed_until=None, **closed)


def unsettled(session: Session, touch_id: int, since: datetime) -> None:
    """Take back that it is done: the contact waits since then."""
    _set(session, _ROW.id == _around(touch_id), waits_since=since, **_THERE)


def put_off(session: Session, touch_id: int, until: datetime | None) -> None:
    """Say that the task for a touch was put off, None: no longer."""
    _set(session, _ROW.id == _around(touch_id), snoozed_until=until)


_MOMENT = Conversation.last_at.type
_THERE: dict[str, object] = {"closed_at": None, "closed_by": None, "closed_why": "", "snoozed_until": None}
_KEPT = Conversation.__table__.c
_AT = bindparam("moment", type_=_MOMENT)
_WAITING: dict[str, object] = {
    "waits_since": func.coalesce(_KEPT.waits_since, _AT),
    "last_at": case((_KEPT.last_at < _AT, _AT), else_=_KEPT.last_at),
    **_THERE,
}
# Put together once: every message and every request asks them.
_CAME = Statement(
    update(cast("Table", Conversation.__table__))
    .where(_KEPT.id == bindparam("conversation"))
    .values(_WAITING)
)
_ASKED = Statement(
    update(cast("Table", Conversation.__table__))
    .where(_KEPT.id == select(Interaction.conversation_id)
           .where(Interaction.id == bindparam("touch"), SPEAKS).scalar_subquery())
    .values(
        assignee_id=bindparam("whose", type_=_KEPT.assignee_id.type),
        department_id=func.coalesce(bindparam("place", type_=_KEPT.department_id.type), _KEPT.department_id),
        **_WAITING,
    )
)  # fmt: skip


def _forget(session: Session) -> None:
    """Have those that were read before be read anew."""
    for row in session.identity_map.values():
        if isinstance(row, Conversation):
            session.expire(row)


def _set(session: Session, which: ColumnElement[bool], **values: object) -> None:
    session.execute(update(Conversation).where(which).values(values))


def _later(at: datetime) -> ColumnElement[datetime]:
    moment = literal(at, _MOMENT)
    return case((_ROW.last_at < moment, moment), else_=_ROW.last_at)


def _around(touch_id: int) -> ScalarSelect[int | None]:
    """Give the conversation in which a touch stands."""
    return select(Interaction.conversation_id).where(Interaction.id == touch_id, SPEAKS).scalar_subquery()
