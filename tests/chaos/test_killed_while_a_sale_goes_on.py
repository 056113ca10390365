"""A hub is killed at every step of a sale: there is one of each task, visit, document, number and letter at its end."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from msgspec import convert
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.appointments import Appointment
from crm.contacts import Contact
from crm.deals import Deal, DealMove
from crm.documents import DealDocument
from crm.invoices import Invoice
from crm.payments import Payment
from crm.pipelines import Stage
from crm.runs import Run, RunStep
from crm.tasks import Task
from hub.letters import SendLetter
from hub.outbox import Outgoing
from hub.store import open_store
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.ringback import Hub
from tests.servers.sink import Sink
from tests.story import staff
from tests.story.walk import Walk

KILLS = int(
    os.environ.get("KILLS", "6")
)  # `make soak` kills more often: so many times, spread over the steps
SEED = 8
CAUGHT_UP = 90  # seconds
WITHIN = 1.2  # seconds after a step began, it is killed
STAGES = ("Request", "Called", "Measured", "Agreed", "Installation", "Installed")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a running hub of the company as it is delivered."""
    made = Hub(tmp_path / "data")
    made.start()
    await made.listening()
    yield made
    made.stop()


@pytest.fixture
async def outside() -> AsyncIterator[Sink]:
    """Give the world that letters go to."""
    async with sinks.sink() as made:
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_there_is_one_of_each(hub: Hub, outside: Sink, tmp_path: Path) -> None:
    staff.hire(hub)
    staff.open_post(hub, tmp_path, outside.port)
    walk = Walk(hub, staff.open_till(hub, tmp_path))
    await walk.publish()
    chance = random.Random(SEED)  # noqa: S311 - moments to kill at, no secrets
    for number, step in enumerate(walk.steps):
        doing = asyncio.ensure_future(step())
        for _kill in range((KILLS + len(walk.steps) - 1 - number) // len(walk.steps)):
            await asyncio.sleep(chance.uniform(0, WITHIN))
            hub.kill()
            hub.start()
            await hub.listening()
        await doing
    await eventually(partial(_all_left, hub), CAUGHT_UP)
    async with open_store(hub.data) as db:
        assert await db.read(there_is) == {
            "cards": 1, "deals": 1, "runs that ended": 1, "payments": 1, "stages": list(STAGES),
            "tasks": [staff.CALL, staff.MEASURE, staff.PRICE, staff.INSTALL], "steps twice": [],
            "visits": [staff.MEASURE, staff.INSTALL], "documents": ["C", "E", "Q"], "invoices": [1],
        }  # fmt: skip
        written, unknown = await db.read(letters)
    arrived = [
        f"{to} {each['Subject']}" for to, found in staff.opened(outside.letters).items() for each in found
    ]
    assert staff.doubles(written) == []
    assert staff.doubles(arrived) == []
    assert set(written) - set(unknown) <= set(arrived) <= set(written)
    assert (
        len([each for each in written if "quote and contract" in each or "Sold and installed" in each]) == 2
    )


def there_is(session: Session) -> dict[str, object]:
    """Give what there is at the end."""
    titles = [
        str(each).partition(":")[0]
        for each in session.scalars(select(Task.title).where(Task.kind == "process"))
    ]
    moves = session.scalars(select(DealMove.to_id).order_by(DealMove.id)).all()
    steps = [f"{row.element}" for row in session.execute(select(RunStep.element))]
    numbers = [number.partition("-") for number in session.scalars(select(DealDocument.number))]
    return {
        "cards": session.scalar(select(func.count(Contact.id))), "deals": session.scalar(select(func.count(Deal.id))),
        "runs that ended": session.scalar(select(func.count(Run.ended_at))),
        "payments": session.scalar(select(func.count(Payment.id))), "stages": _names(session, moves), "tasks": titles,
        "steps twice": staff.doubles(steps),
        "visits": list(session.scalars(select(Appointment.purpose).order_by(Appointment.id))),
        "documents": sorted(series for series, _dash, rest in numbers if rest.endswith("-0001")),
        "invoices": [int(str(each)[-4:]) for each in session.scalars(select(Invoice.number))],
    }  # fmt: skip


def letters(session: Session) -> tuple[list[str], list[str]]:
    """Give all letters that were written, and those of which nobody knows whether they left."""
    rows = session.scalars(select(Outgoing)).all()
    told = {row.id: convert(row.command, SendLetter) for row in rows}
    words = {key: f"{each.to[0].address} {each.subject}" for key, each in told.items()}
    return list(words.values()), [words[row.id] for row in rows if row.unknown_at]


def _names(session: Session, stages: list[int]) -> list[str]:
    return [session.get_one(Stage, each).name for each in stages]


async def _all_left(hub: Hub) -> bool:
    """Tell whether nothing waits to leave, and no visit to be told of."""
    async with open_store(hub.data) as db:
        waiting = select(func.count(Outgoing.id)).where(Outgoing.due_at.is_not(None))
        untold = select(func.count(Appointment.id)).where(Appointment.tell_at.is_not(None))
        return not await db.read(
            lambda session: (session.scalar(waiting) or 0) + (session.scalar(untold) or 0)
        )
