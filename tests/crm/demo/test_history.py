"""The demonstration's months before: made by the real code paths, in the past, of invented people."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crm import demo
from crm.alarms import Alarm
from crm.contacts import Contact, Handle
from crm.conversations import Interaction
from crm.deadlines import Deadline
from crm.demo.people import VISITORS
from crm.tasks import Task, TaskChange
from hub.clock import clock
from hub.journal import Inbound
from hub.users import Department

if TYPE_CHECKING:
    from tests.crm.demo.conftest import Stage

MOBILE, CITY = range(5, 100), range(100)


def test_every_visitor_has_a_number_of_his_own_that_is_nobodys() -> None:
    numbers = [visitor.phone for visitor in VISITORS]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        found = re.fullmatch(r"(070-174|031-390) 06 (\d\d)", number)
        assert found, number
        assert int(found[2]) in (MOBILE if found[1] == "070-174" else CITY)


def test_every_address_is_one_that_cannot_be() -> None:
    everybody = [*VISITORS, *demo.STAFF]
    assert all(re.fullmatch(r"[a-z.-]+@[a-z.]+\.example", person.email) for person in everybody)
    assert len({person.email for person in everybody}) == len(everybody)


async def test_nothing_of_the_past_waits_in_the_journal(stage: Stage) -> None:
    waiting = await stage.db.read(lambda session: session.scalar(select(func.count(Inbound.due_at))))
    assert waiting == 0


async def test_everything_happened_before_now(stage: Stage) -> None:
    latest = await stage.db.read(
        lambda session: [
            session.scalar(select(func.max(column)))
            for column in (Interaction.at, TaskChange.at, Task.done_at, Alarm.made_at, Contact.changed_at,
                           Deadline.met_at)
        ]
    )  # fmt: skip
    assert all(moment is not None and moment <= stage.moment + timedelta(seconds=1) for moment in latest)
    assert clock.shift == timedelta()


async def test_most_was_done_and_not_much_was_late(stage: Stage) -> None:
    tasks, done, late = await stage.db.read(
        lambda session: session.execute(
            select(
                select(func.count(Task.id)).scalar_subquery(),
                select(func.count(Task.done_at)).scalar_subquery(),
                select(func.count(Deadline.breached_at)).scalar_subquery(),
            )
        ).one()
    )
    assert tasks > 10
    assert tasks / 3 < done < tasks  # six are under way still
    assert late < tasks / 2


async def test_whoever_asks_twice_has_one_card(stage: Stage) -> None:
    cards, handles = await stage.db.read(
        lambda session: (
            session.scalars(select(Contact.name).where(Contact.name != "")).all(),
            session.scalars(select(Handle.value)).all(),
        )
    )
    assert len(set(cards)) == len(cards)
    assert len(set(handles)) == len(handles)


async def test_every_department_has_a_head(stage: Stage) -> None:
    heads = await stage.db.read(lambda session: session.scalars(select(Department.head_id)).all())
    assert None not in heads


async def test_the_demonstration_knows_that_it_is_here(stage: Stage) -> None:
    assert await stage.db.read(demo.is_here)
