"""Steps of a process that are promised by a policy in working days: in a run, and the same in a rehearsal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.calendars import set_hours
from crm.deadlines import Deadline
from crm.policies import Policy
from crm.processes import Process
from crm.rehearsal_history import scene_of
from crm.rehearsal_scenes import Guess
from crm.rehearsals import Rehearsal
from crm.runs import TASK_KIND
from crm.setup import calendar_for
from crm.working_days import later
from crm.worktime import Calendar
from hub.clock import Clock
from hub.db import Database
from tests.crm.drawing import drawn, end, start, user, way
from tests.crm.sale import Sale
from tests.crm.test_promised_days import DAY, OFFICE, at, come

NAMED = drawn(start(), user("a", "Call"), end(), way("s a e")).replace(
    'who="r', 'policy="New request" who="r'
)
USUAL = drawn(start(), user("a", "Call"), end(), way("s a e"))


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:
    """Give the company, in whose Sales two days are promised, for tasks of processes beside a longer promise."""
    come(clock, "2026-12-03 16:00")
    made = Sale(db)
    await made.found()

    def promise(session: Session) -> None:
        set_hours(session, OFFICE, department_id=1)
        policy = session.get_one(Policy, 1)
        policy.kinds, policy.seconds, policy.days, policy.steps = ["form", TASK_KIND], 2 * DAY, 2, []
        session.add(Policy(name="Later", position=9, kinds=[TASK_KIND], departments=[], target="resolution",
                           seconds=80 * 3600, steps=[], unseen_seconds=600))  # fmt: skip

    await db.write(promise)
    return made


@pytest.mark.parametrize("xml", [NAMED, USUAL], ids=["named", "usual"])
async def test_a_step_is_due_after_two_working_days(sale: Sale, xml: str) -> None:
    await sale.begin(await sale.publish(xml))
    deadlines = await sale.read(lambda session: session.scalars(select(Deadline).order_by(Deadline.id)).all())
    first = deadlines[0]
    assert (len(deadlines), first.days) == (1 if xml == NAMED else 2, 2)
    assert first.due_at is not None
    assert abs(first.due_at - at("2026-12-07 16:00")) < timedelta(seconds=30)


@pytest.mark.parametrize("xml", [NAMED, USUAL], ids=["named", "usual"])
async def test_a_rehearsal_says_the_same(sale: Sale, clock: Clock, xml: str) -> None:
    await sale.publish(xml)
    come(clock, "2026-12-11 10:00")

    def played(session: Session) -> tuple[list[tuple[float, float]], Calendar]:
        scene = scene_of(session, session.get_one(Process, 1), Guess(weeks=6))
        rehearsal = Rehearsal(scene, scene.versions[0])
        while rehearsal.advance(1):
            pass
        return [(job.at, job.due) for job in rehearsal.jobs], calendar_for(session, 1)

    [(began, due)], calendar = await sale.read(played)
    assert began == pytest.approx(at("2026-12-03 16:00").timestamp(), abs=60)
    assert due == pytest.approx(later(at("2026-12-03 16:00"), 2, calendar).timestamp(), abs=60)
