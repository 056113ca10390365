"""Promises kept at once, past the unit of work: all of a task in one statement."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from crm.deadlines import Deadline
from hub.clock import now
from hub.statements import Statement


def meet_all(session: Session, task_id: int) -> None:
    """Say that every promise on a task that still ran was kept."""
    session.flush()
    _MEET.carry_out(session, {"task": task_id, "moment": now()})
    for known in session.identity_map.values():
        if isinstance(known, Deadline) and known.task_id == task_id:
            session.expire(known)


_MEET = Statement(
    update(cast("Table", Deadline.__table__))
    .where(Deadline.task_id == bindparam("task"), Deadline.met_at.is_(None))
    .values(met_at=bindparam("moment"), next_at=None)
)
