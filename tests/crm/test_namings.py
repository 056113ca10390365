"""What processes, robots and promises name somebody for goes on with whom his work was handed over to."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import handovers
from crm.handover_items import Handover, Item
from crm.holdings import belongings
from crm.policies import Policy
from crm.recipients import recipients
from crm.robot_drawing import RobotDeed
from crm.tasks import Task
from hub.clock import Clock
from hub.db import Database
from hub.users import Department, User, find_user, viewer
from tests.crm.sale import Sale
from tests.crm.test_robots import move, set_deeds

CHECK = RobotDeed(kind="task", text="Check", who="user:nils@klarruta.example")


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company, where Nils is named by a robot."""
    made = Sale(db)
    await made.found()
    await set_deeds(made, "Measured", CHECK)
    return made


def _user(session: Session, name: str) -> User:
    return find_user(session, f"{name.lower()}@klarruta.example")


async def give(sale: Sale, giver: str, to: str) -> int:
    """Have Maria give what names somebody to a colleague, or to a department."""

    def run(session: Session) -> int:
        user = _user(session, giver)
        place = session.scalar(select(Department.id).where(Department.name == to))
        whom = f"department:{place}" if place else f"user:{_user(session, to).id}"
        return handovers.hand_over(
            session, viewer(_user(session, "Maria")), user, {Item("naming", user.id): whom}, ""
        ).id

    return await sale.db.write(run)


async def back(sale: Sale, deed: int) -> tuple[int, int]:
    """Have Maria take it back."""
    return await sale.db.write(
        lambda session: handovers.take_back(
            session, viewer(_user(session, "Maria")), session.get_one(Handover, deed)
        )
    )


async def whose(sale: Sale) -> str:
    """Move the deal so that the robot works once more, and say who has its new task."""
    await move(sale, "Called")
    await move(sale, "Measured")
    found = (await sale.open_steps())["Check"]
    await sale.do("Check", by="Maria")
    return found


async def test_a_step_that_names_who_left_is_for_whoever_took_it_over_until_that_is_taken_back(
    sale: Sale,
) -> None:
    assert await whose(sale) == "Nils"
    deed = await give(sale, "Nils", "Elin")
    assert await whose(sale) == "Elin"
    assert await back(sale, deed) == (1, 0)
    assert await whose(sale) == "Nils"


async def test_who_got_it_says_so_to_whom_it_falls(sale: Sale) -> None:
    await give(sale, "Nils", "Elin")
    await move(sale, "Measured")
    [why] = await sale.read(
        lambda session: session.scalars(select(Task.why_me).where(Task.done_at.is_(None))).all()
    )
    assert str(why) == "The process names Nils Åkerman, whose work was handed over to you"


async def test_it_goes_on_to_whom_that_one_handed_his_and_never_round_in_circles(sale: Sale) -> None:
    await give(sale, "Nils", "Elin")
    await give(sale, "Elin", "Sofia")
    assert await whose(sale) == "Sofia"
    await give(sale, "Sofia", "Nils")
    assert await whose(sale) == "Nils"


async def test_a_department_gets_it_as_a_queue_does(sale: Sale) -> None:
    await give(sale, "Nils", "Installation")
    assert (await whose(sale)).startswith("the queue of ")


async def test_a_promise_that_names_him_tells_whoever_took_it_over(sale: Sale) -> None:
    await give(sale, "Nils", "Elin")
    await move(sale, "Measured")

    def told(session: Session) -> dict[str, str]:
        task = session.scalars(select(Task).where(Task.done_at.is_(None))).one()
        found = recipients(session, task, f"user:{_user(session, 'Nils').id}")
        return {user.name: str(words) for user, words in found.items()}

    assert await sale.read(told) == {
        "Elin Sandgren": "The policy names Nils Åkerman, whose work was handed over to you"
    }


async def test_what_names_him_is_among_what_he_would_leave_behind(sale: Sale) -> None:
    def name_him(session: Session) -> None:
        policy = session.scalars(select(Policy).order_by(Policy.id)).first()
        assert policy is not None
        policy.steps = [*policy.steps, {"after": 60, "tell": f"user:{_user(session, 'Nils').id}"}]

    await sale.db.write(name_him)
    named = await sale.read(lambda session: belongings(session, _user(session, "Nils").id).named_by)
    first = await sale.read(lambda session: session.scalars(select(Policy.name).order_by(Policy.id)).first())
    assert named == ["Windows: Measured", first]
    assert await sale.read(lambda session: belongings(session, _user(session, "Elin").id).named_by) == []
