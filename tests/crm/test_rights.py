"""Who sees what: agents and heads their own and their department's, managers and admins all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm import contacts, rights
from crm.contacts import Contact
from crm.tasks import Task, audience
from hub.clock import Clock
from hub.users import Viewer
from tests.crm.klarruta import Klarruta


async def sees(firm: Klarruta, name: str, task: int) -> bool:
    return await firm.do(rights.task_for, await firm.who(name), task) is not None


@pytest.mark.parametrize(
    ("name", "seen"), [("Elin", True), ("Johan", True), ("Sofia", True), ("Maria", True), ("Nils", False)]
)
async def test_a_task_of_a_department_is_seen_by_its_people_and_the_managers(
    firm: Klarruta, name: str, *, seen: bool
) -> None:
    assert await sees(firm, name, await firm.request(to="Elin")) is seen


async def test_what_is_given_to_somebody_else_is_his_to_see(firm: Klarruta) -> None:
    assert await sees(firm, "Nils", await firm.request(to="Nils", of="Sales"))


async def test_whoever_is_told_of_an_alarm_may_open_its_task_and_card(firm: Klarruta, clock: Clock) -> None:
    await firm.change_department("Sales", head_id=(await firm.who("Nils")).user_id)
    task = await firm.request(to="Elin")
    assert not await sees(firm, "Nils", task)
    clock.advance(minutes=15)
    await firm.tick()
    assert await sees(firm, "Nils", task)
    contact = (await firm.task(task)).contact_id or 0
    assert await firm.do(rights.contact_for, await firm.who("Nils"), contact)


async def test_an_alarm_is_seen_by_who_was_told_and_who_sees_its_task(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    alarm = (await firm.alarms(task))[-1]
    seen = {
        name: await firm.do(rights.alarm_for, await firm.who(name), alarm.id) is not None
        for name in ("Sofia", "Johan", "Maria", "Nils")
    }
    assert seen == {"Sofia": True, "Johan": True, "Maria": True, "Nils": False}


async def test_whoever_sees_a_task_hears_of_it_and_nobody_else(firm: Klarruta) -> None:
    task = await firm.task(await firm.request(to="Nils", of="Sales"))
    for name in ("Elin", "Johan", "Sofia", "Nils", "Maria"):
        who = await firm.who(name)
        assert who.hears(audience(task)) is await sees(firm, name, task.id), name


async def test_somebody_without_a_department_sees_only_his_own(firm: Klarruta) -> None:
    task = await firm.request(to="Elin")
    nobody = Viewer(99, "agent", None, "A visitor")
    assert (
        await firm.do(lambda session: session.scalars(select(Task).where(rights.sees_task(nobody))).all())
    ) == []
    assert await firm.do(rights.task_for, nobody, task) is None


async def test_a_merged_card_leads_only_where_its_viewer_may_go(firm: Klarruta) -> None:
    service = await firm.do(contacts.add_contact, "Karin Ekdahl", department_id=2)
    sales = await firm.do(contacts.add_contact, "K. Ekdahl", department_id=1)
    await firm.do(lambda session: setattr(session.get_one(Contact, sales), "merged_into_id", service))
    assert await firm.do(rights.contact_for, await firm.who("Elin"), sales) is None
    found = await firm.do(rights.contact_for, await firm.who("Nils"), sales)
    assert found is not None
    assert found.id == service
