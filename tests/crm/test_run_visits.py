"""Steps of a process that are done at the customer's, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import appointment_deeds, appointments, desk, run_mending, runs
from crm.appointments import Appointment, Wish
from crm.processes import Faulty
from crm.tasks import Task
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.drawing import drawn, end, message, start, user, way
from tests.crm.sale import Sale

ASKED = (
    '<ringback:answer name="visit_at" label="When" kind="moment"/>'
    '<ringback:answer name="street" label="Where" kind="text"/>'
)
HERE = 'ringback:visitMinutes="90" ringback:visitAt="visit_at" ringback:visitAddress="street"'


def measured(who: str = "user:nils@klarruta.example", attributes: str = HERE) -> str:
    """Draw a process in which somebody measures at the customer's."""
    measure = user("m", "Measure", who=who).replace("<bpmn:userTask ", f"<bpmn:userTask {attributes} ", 1)
    return drawn(start(), user("call", "Call", ASKED), measure, message("v", "Visited", "visit done"), end(),
                 way("s call m v e")).replace(
        '<bpmn:error id="oops"', '<bpmn:message id="visit_done" name="visit done"/><bpmn:error id="oops"', 1
    )  # fmt: skip


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:
    """Give the company with a deal in it, on a Monday in winter."""
    clock.shift = datetime(2026, 11, 30, 8, tzinfo=UTC) - datetime.now(UTC)
    made = Sale(db)
    await made.found()
    return made


async def visits(sale: Sale) -> list[Appointment]:
    return await sale.read(
        lambda session: list(session.scalars(select(Appointment).order_by(Appointment.id)))
    )


async def wishes(sale: Sale) -> list[str]:
    return await sale.read(lambda session: [str(each.why) for each in session.scalars(select(Wish))])


async def why(sale: Sale, step: str) -> str:
    def look(session: Session) -> str:
        tasks = session.scalars(select(Task).where(Task.done_at.is_(None)))
        return next(str(task.why) for task in tasks if str(task.title).startswith(step))

    return await sale.read(look)


async def test_a_step_at_the_customers_gets_its_visit_and_the_run_goes_on_when_it_is_done(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(measured()))
    await sale.do("Call", visit_at="2026-12-07T10:00", street="Storgatan 1")
    [visit] = await visits(sale)
    assert (visit.starts_at, visit.address, visit.deal_id) == (
        datetime(2026, 12, 7, 9, tzinfo=UTC), "Storgatan 1", sale.deal_id,
    )  # fmt: skip
    assert await why(sale, "Measure") == "Visit 7 December 2026 10:00-11:30, Storgatan 1"
    await sale.do("Measure", by="Nils")
    [visit] = await visits(sale)
    assert visit.state == "done"
    assert (await sale.run(run)).ended_at is not None  # “visit done” was heard


async def test_where_the_time_is_taken_the_task_says_so_and_somebody_chooses_another(sale: Sale) -> None:
    version = await sale.publish(measured())
    for _each in range(2):
        await sale.begin(version)
        await sale.do("Call", visit_at="2026-12-07T10:00", street="Storgatan 1")
    assert len(await visits(sale)) == 1
    told = await wishes(sale)
    assert "Nils Åkerman has a visit 7 December 2026 10:00-11:30" in told[0]
    assert "Free next" in told[0]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "It is not known when it is to be"), ({"visit_at": "2020-01-01T10:00"}, "still to come"),
    ],
)  # fmt: skip
async def test_nothing_stands_still_without_a_word(sale: Sale, answers: dict[str, str], words: str) -> None:
    await sale.begin(await sale.publish(measured()))
    await sale.do("Call", **answers)
    assert words in await why(sale, "Measure")
    assert await visits(sale) == []
    await sale.do("Measure", by="Nils")
    assert await wishes(sale) == []


async def test_whoever_takes_it_from_the_queue_goes_at_the_time_that_was_agreed(sale: Sale) -> None:
    await sale.begin(await sale.publish(measured(who="department:Service")))
    await sale.do("Call", visit_at="2026-12-07T10:00", street="Storgatan 1")
    assert await wishes(sale) == ["Nobody has the task yet"]
    nils = await sale.firm.who("Nils")
    await sale.db.write(desk.take_next, nils)
    [visit] = await visits(sale)
    assert (visit.person_id, visit.starts_at.hour) == (nils.user_id, 9)
    assert await wishes(sale) == []


async def test_a_time_that_no_calendar_has_is_said_to_be_none(sale: Sale) -> None:
    await sale.begin(await sale.publish(measured(who="department:Service")))
    await sale.do("Call", visit_at="0001-01-01T00:00+14:00")
    assert "is no time" in (await wishes(sale))[0]


async def test_a_day_and_an_hour_are_a_moment_too(sale: Sale) -> None:
    attributes = 'ringback:visitMinutes="60" ringback:visitOn="day" ringback:visitAt="hour"'
    xml = measured(attributes=attributes).replace(
        ASKED,
        '<ringback:answer name="day" label="Day" kind="day"/><ringback:answer name="hour" label="Hour"/>',
    )
    await sale.begin(await sale.publish(xml))
    await sale.do("Call", day="2026-12-07", hour="10:00")
    [visit] = await visits(sale)
    assert visit.starts_at == datetime(2026, 12, 7, 9, tzinfo=UTC)


async def test_a_run_that_is_ended_calls_its_visit_off(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(measured()))
    await sale.do("Call", visit_at="2026-12-07T10:00", street="")

    def stop(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.stop(session, boss, runs.locked(session, run), "Sold the house")

    await sale.db.write(stop)
    [visit] = await visits(sale)
    assert visit.state == "cancelled"


async def test_a_cancelled_visit_leaves_the_step_wanting_another(sale: Sale) -> None:
    await sale.begin(await sale.publish(measured()))
    await sale.do("Call", visit_at="2026-12-07T10:00", street="")
    [visit] = await visits(sale)
    boss = await sale.firm.who("Maria")
    await sale.db.write(
        lambda session: appointment_deeds.cancel(session, boss, session.get_one(Appointment, visit.id))
    )
    assert await wishes(sale) == ["The visit was cancelled"]
    assert await sale.read(lambda session: appointments.of_task(session, visit.task_id or 0)) is None


@pytest.mark.parametrize("minutes", ["soon", "0", "99999", ""])
async def test_a_length_that_makes_no_sense_is_not_published(sale: Sale, minutes: str) -> None:
    attributes = f'ringback:visitMinutes="{minutes}" ringback:visitAt="visit_at"'
    with pytest.raises(Faulty):
        await sale.publish(measured(attributes=attributes))


async def test_a_moment_is_read_as_it_is_typed(sale: Sale) -> None:
    await sale.begin(await sale.publish(measured()))
    for wrong in ("tomorrow", "2026-13-01T10:00", "10:00"):
        with pytest.raises(desk.Refusal, match="must be a day and an hour"):
            await sale.do("Call", visit_at=wrong)
