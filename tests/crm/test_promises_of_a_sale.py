"""What a closing report, and the day's figures, count as a promise that was kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import closing_data, closing_reports
from crm.deadlines import Deadline
from crm.deals import Deal
from crm.standing import kept
from hub.clock import Clock, now
from hub.db import Database
from tests.crm.drawing import drawn, end, start, timer, user, way
from tests.crm.sale import Sale

OVERTAKEN = drawn(
    start(), user("a", "A", within="4 h"), timer("late", "Late", "PT15M", at="a"), user("b", "B", within="4 h"),
    user("c", "C", within="4 h"), end(), end("f"), way("s a e"), way("late b c f"),
)  # fmt: skip


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:
    """Give a sale of which A was no longer needed, B was done in time, and C is open."""
    made = Sale(db)
    await made.found()
    await made.begin(await made.publish(OVERTAKEN))
    clock.advance(minutes=16)
    await made.tick()
    await made.do("B")
    return made


async def test_what_is_open_or_was_not_needed_is_no_promise_kept(sale: Sale, clock: Clock) -> None:
    assert await told(sale) == (1, 0, {"A": "no longer needed", "B": "", "C": "open"})
    clock.advance(days=7)
    assert await told(sale) == (1, 1, {"A": "no longer needed", "B": "", "C": "open"})


async def test_the_figures_of_the_day_count_what_somebody_kept(sale: Sale) -> None:
    def counted(session: Session) -> int | None:
        return session.scalar(select(func.count(Deadline.id)).where(kept(now() - timedelta(days=1))))

    assert await sale.read(counted) == 1


async def told(sale: Sale) -> tuple[int, int, dict[str, str]]:
    """Give how many promises were kept and broken, and why each step was not done."""

    def read(session: Session) -> tuple[int, int, dict[str, str]]:
        report = closing_reports.report(session, session.scalars(select(Deal)).one())
        undone = {each.task.title.split()[0].strip(":,"): closing_data.undone(each) for each in report.deeds}
        return report.kept, report.broken, undone

    return await sale.read(read)
