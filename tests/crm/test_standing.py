"""How promises stand: the most pressing tasks are found along an index, however many are open."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from crm.rights import sees_task
from crm.standing import BY_DEADLINE, is_late, late, tasks_with
from crm.tasks import Task
from crm.web.task_filters import Filters, tasks_of
from hub.users import Viewer
from tests import crowd
from tests.plans import plan

if TYPE_CHECKING:
    from hub.db import Database


def first(session: Session, *which: ColumnElement[bool]) -> list[Task]:
    """Give the most pressing open tasks of some."""
    wanted = select(Task).where(Task.done_at.is_(None), *which).order_by(*BY_DEADLINE).limit(40)
    return list(session.scalars(wanted))


@pytest.fixture
async def busy(db: Database) -> Database:
    """Give a store in which two thousand tasks are open."""
    await db.write(crowd.fill, contacts=200, interactions=200, tasks=2000 * crowd.OPEN)
    await db.write(lambda session: session.execute(text("ANALYZE")))
    return db


async def test_a_day_walks_along_an_index_and_sorts_nothing(busy: Database) -> None:
    for which, index in (((), "ix_tasks_due"), ((Task.department_id == 2,), "ix_tasks_queue")):
        plans = await busy.write(plan, first, *which)
        assert index in plans
        assert "TEMP B-TREE" not in plans
        assert "Sort" not in plans


async def test_open_tasks_are_counted_among_open_ones_alone(db: Database) -> None:
    await db.write(crowd.fill, contacts=200, interactions=200, tasks=2000 * crowd.OPEN)
    if db.shared:  # a server counts by itself; SQLite goes by the indexes alone
        await db.write(lambda session: session.execute(text("ANALYZE")))

    def count(session: Session, which: ColumnElement[bool]) -> object:
        return session.scalar(select(func.count()).select_from(Task).where(Task.done_at.is_(None), which))

    for which, index in (
        (Task.assignee_id == 3, "ix_tasks_mine"),
        (Task.department_id == 2, "ix_tasks_queue"),
    ):
        assert index in await db.write(plan, count, which)


async def test_late_is_said_of_a_task_as_of_its_promises(busy: Database) -> None:
    def count(session: Session, which: ColumnElement[bool]) -> int:
        return (
            session.scalar(select(func.count()).select_from(Task).where(Task.done_at.is_(None), which)) or 0
        )

    by_promise = await busy.read(count, tasks_with(late()))
    assert 0 < by_promise < 2000
    assert await busy.read(count, is_late()) == by_promise


async def test_an_agents_tasks_are_found_by_what_is_asked_and_not_by_whose_they_are(db: Database) -> None:
    await db.write(crowd.fill, contacts=200, interactions=200, tasks=2000 * crowd.OPEN)
    agent = Viewer(3, "agent", 2, "Elin")

    def touched(session: Session) -> object:
        return session.scalars(select(Task).where(Task.interaction_id.in_((1, 2, 3)), sees_task(agent))).all()

    def done(session: Session) -> object:
        return session.scalars(
            tasks_of(agent, Filters(state="done"), ZoneInfo("UTC"), many=True).limit(30)
        ).all()

    for asked, index in ((touched, "ix_tasks_interaction"), (done, "ix_tasks_done")):
        told = await db.write(plan, asked)
        assert db.shared or (index in told and "ix_tasks_department" not in told)
