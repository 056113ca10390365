"""What a visitor sees within a minute, and that it does not grow without end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crm import alarms, demo, intake
from crm.alarms import Alarm
from crm.deadlines import Deadline
from crm.demo.history import raw_of
from crm.demo.traffic import CROWD
from crm.tasks import Task
from hub import journal
from hub.clock import now
from hub.journal import Inbound
from hub.users import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from hub.clock import Clock
    from tests.crm.demo.conftest import Stage


def process(session: Session, stage: Stage) -> None:
    """Make of what waits in the journal what it becomes."""
    for item in session.scalars(
        select(Inbound).where(Inbound.due_at.is_not(None)).order_by(Inbound.id)
    ).all():
        channel = stage.channels.get(item.channel_id)
        for event in channel.connector.read(raw_of(item)):
            journal.close(session, item.id, intake.take(session, item, channel, event))


def ring(session: Session) -> None:
    """Take every step of a deadline whose time has come."""
    for deadline in session.scalars(select(Deadline.id).where(Deadline.next_at <= now())).all():
        alarms.step_deadline(session, deadline)


async def test_within_a_minute_there_is_a_reminder_a_breach_and_the_heads_alarm(
    stage: Stage, clock: Clock
) -> None:
    traffic = demo.Traffic(now())
    for request in traffic.opening():
        await stage.arrive(request)
    await stage.db.write(process, stage)
    await stage.db.write(ring)
    before = await stage.db.read(lambda session: session.scalar(select(func.max(Alarm.id))) or 0)
    clock.advance(seconds=60)
    await stage.db.write(ring)
    told = await stage.db.read(
        lambda session: session.execute(
            select(User.name, Alarm.late).join(User, User.id == Alarm.user_id).where(Alarm.id > before)
        ).all()
    )
    assert any(not late for _, late in told)  # his who has it, or everybody's whose queue it is
    assert ("Sofia Hjelm", True) in told
    assert ("Nils Åkerman", True) in told


async def test_colleagues_answer_what_comes(stage: Stage, clock: Clock) -> None:
    await stage.arrive(demo.Traffic(now()).next())
    await stage.db.write(process, stage)
    task_id = await stage.db.read(lambda session: session.scalar(select(func.max(Task.id))))
    clock.advance(seconds=30)
    for seed in range(4):
        await stage.db.write(demo.work, seed)
    task = await stage.db.read(lambda session: session.get_one(Task, task_id))
    assert task.done_at is not None


async def test_when_much_waits_nobody_new_asks(stage: Stage) -> None:
    traffic = demo.Traffic(now() + timedelta(hours=1))
    assert not await stage.db.read(demo.crowded)
    for _ in range(CROWD):
        await stage.arrive(traffic.next())
    await stage.db.write(process, stage)
    assert await stage.db.read(demo.crowded)


def test_after_a_while_it_gets_quieter(clock: Clock) -> None:
    traffic = demo.Traffic(now())
    lively = [traffic.pause() for _ in range(20)]
    clock.advance(minutes=11)
    assert min(traffic.pause() for _ in range(20)) > max(lively)
