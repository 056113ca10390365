"""Sales of the demonstration: what a newcomer finds of processes, visits and money, and that it goes on."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import demo
from crm.appointments import Appointment
from crm.deadlines import Deadline
from crm.demo.people import VISITORS
from crm.demo.requests import order
from crm.invoices import Invoice
from crm.payments import Allocation
from crm.runs import Run, RunStep
from crm.standing import late
from crm.tasks import Task
from tests.crm.demo.test_traffic import process

if TYPE_CHECKING:
    from hub.clock import Clock
    from tests.crm.demo.conftest import Stage


def at(session: Session) -> set[str]:
    """Give the steps at which runs are."""
    going = RunStep.ended_at.is_(None) & RunStep.dropped_at.is_(None)
    return set(session.scalars(select(RunStep.element).where(going)))


async def test_there_is_a_sale_at_each_step_and_one_is_late(stage: Stage) -> None:
    assert await stage.db.read(at) >= {"call", "measure", "price", "quote", "pays", "install"}
    steps = select(func.count(Deadline.id)).join(RunStep, RunStep.task_id == Deadline.task_id).where(late())
    assert await stage.db.read(lambda session: session.scalar(steps))


async def test_there_are_visits_and_invoices_one_partly_paid(stage: Stage) -> None:
    def look(session: Session) -> tuple[int, list[tuple[int, int]]]:
        paid = select(Invoice.amount, func.sum(Allocation.amount)).join(
            Allocation, Allocation.invoice_id == Invoice.id
        )
        rows = session.execute(paid.group_by(Invoice.id).order_by(Invoice.id)).all()
        visits = session.scalar(
            select(func.count(Appointment.id)).where(Appointment.starts_at > stage.moment)
        )
        return visits or 0, [(amount, came) for amount, came in rows]

    visits, [(asked, some), *settled] = await stage.db.read(look)
    assert visits
    assert 0 < some < asked
    assert settled
    assert all(came == asked for asked, came in settled)


async def test_colleagues_fill_in_what_a_step_asks_for(stage: Stage, clock: Clock) -> None:
    await stage.arrive(order(random.Random(1), VISITORS[20], stage.moment, 1))  # noqa: S311
    await stage.db.write(process, stage)
    for seed in range(40):
        clock.advance(minutes=6)
        await stage.db.write(demo.work, seed)
    begun = select(Task).join(RunStep, RunStep.task_id == Task.id).join(Run, Run.id == RunStep.run_id).where(
        RunStep.element == "call", Run.started_at >= stage.moment - timedelta(seconds=1)
    )  # fmt: skip
    tasks = await stage.db.read(lambda session: session.scalars(begun).all())
    assert tasks
    assert all(task.done_by for task in tasks)
