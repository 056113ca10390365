"""Visits of somebody who hands his work over, on both stores: they go along, and nobody is in two places at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from crm import handovers
from crm.desk import Refusal
from crm.handover_items import Handover, Item, items_of
from crm.holdings import belongings
from hub.clock import Clock
from hub.users import User
from tests.crm.klarruta import Klarruta
from tests.crm.visiting import Visiting, at


class Leaving(Visiting):
    """Nils leaves."""

    async def give(self, *items: Item, to: str = "Elin") -> int:
        """Have Maria give what is his to somebody, or to a department."""
        maria, nils = await self.firm.who("Maria"), await self.firm.who("Nils")
        whom = to if ":" in to else f"user:{(await self.firm.who(to)).user_id}"

        def give(session: Session) -> int:
            user = session.get_one(User, nils.user_id)
            return handovers.hand_over(session, maria, user, dict.fromkeys(items, whom), "Leaves").id

        return await self.firm.do(give)

    async def back(self, deed: int) -> tuple[int, int]:
        """Have it be taken back."""
        maria = await self.firm.who("Maria")
        return await self.firm.do(
            lambda session: handovers.take_back(session, maria, session.get_one(Handover, deed))
        )

    async def left(self, deed: int) -> list[str]:
        """Give why what stayed did."""
        return await self.firm.do(
            lambda session: [str(each.left_why) for each in items_of(session, deed) if each.left_why]
        )


@pytest.fixture
async def leaving(firm: Klarruta, clock: Clock) -> Leaving:
    """Give the visits of Nils, on a Monday morning in winter."""
    clock.shift = datetime(2026, 11, 30, 8, tzinfo=UTC) - datetime.now(UTC)
    return Leaving(firm)


async def whose(leaving: Leaving, number: int) -> tuple[int, int | None]:
    """Give who goes, and who has the task of it."""
    row = await leaving.now(number)
    return row.person_id, (await leaving.firm.task(row.task_id or 0)).assignee_id


async def test_a_visit_goes_along_with_its_task_and_comes_back(leaving: Leaving) -> None:
    firm, karin = leaving.firm, await leaving.contact()
    visit = await leaving.plan(at("09:00"), karin)
    nils, elin = [(await firm.who(name)).user_id or 0 for name in ("Nils", "Elin")]
    has = await firm.do(belongings, nils)
    assert ([each.id for each in has.visits], has.visit_count, has.task_count) == ([visit], 1, 0)
    deed = await leaving.give(Item("appointment", visit))
    assert await whose(leaving, visit) == (elin, elin)
    assert await leaving.back(deed) == (1, 0)
    assert await whose(leaving, visit) == (nils, nils)


async def test_the_task_of_a_visit_takes_the_visit_along(leaving: Leaving) -> None:
    visit = await leaving.plan(at("09:00"), await leaving.contact())
    task = (await leaving.now(visit)).task_id or 0
    await leaving.give(Item("task", task))
    elin = (await leaving.firm.who("Elin")).user_id or 0
    assert await whose(leaving, visit) == (elin, elin)


async def test_who_is_elsewhere_gets_no_visit_and_nothing_is_handed_over_by_half(leaving: Leaving) -> None:
    karin = await leaving.contact()
    visit, other = await leaving.plan(at("09:00"), karin), await leaving.plan(at("13:00"), karin)
    await leaving.plan(at("09:30"), karin, who="Elin")
    with pytest.raises(Refusal, match=r"Karin Ekdahl, .*Elin Sandgren has a visit"):
        await leaving.give(Item("appointment", other), Item("appointment", visit))
    nils = (await leaving.firm.who("Nils")).user_id or 0
    assert await whose(leaving, visit) == await whose(leaving, other) == (nils, nils)


async def test_a_visit_waits_in_no_queue(leaving: Leaving) -> None:
    visit = await leaving.plan(at("09:00"), await leaving.contact())
    with pytest.raises(Refusal, match="needs a person"):
        await leaving.give(Item("appointment", visit), to="department:2")


async def test_it_does_not_come_back_to_an_hour_that_was_taken_meanwhile(leaving: Leaving) -> None:
    karin = await leaving.contact()
    visit = await leaving.plan(at("09:00"), karin)
    deed = await leaving.give(Item("appointment", visit))
    await leaving.plan(at("09:30"), karin)
    assert await leaving.back(deed) == (0, 1)
    elin = (await leaving.firm.who("Elin")).user_id or 0
    assert await whose(leaving, visit) == (elin, elin)
    [why] = await leaving.left(deed)
    assert "has a visit" in why


async def test_what_was_never_written_down_goes_along_though_its_hour_is_over(
    leaving: Leaving, clock: Clock
) -> None:
    karin = await leaving.contact()
    visit = await leaving.plan(at("09:00", days=1), karin)
    await leaving.plan(at("09:00", days=1), karin, who="Elin")
    clock.advance(days=3)
    await leaving.give(Item("appointment", visit))
    elin = (await leaving.firm.who("Elin")).user_id or 0
    assert await whose(leaving, visit) == (elin, elin)
