"""A call-back that nobody took: the hub rings an agent, says whom and why, calls the customer, and stops in time."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm.call_guides import CallGuide
from crm.company import Company
from crm.rescues import Rescue
from hub.clock import now
from hub.store import open_store
from hub.users import User
from tests.connectors.asterisk.stage import LONGEST, PATIENT, Stage, on_stage
from tests.eventually import eventually
from tests.journeys.people import Join, mail_of
from tests.journeys.pictures import faults, picture
from tests.journeys.test_a_call import connect
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub

FRONT_DESK = 1  # works day and night
SAYS = "custom/missing&to-call-this-number&{number}"  # what is not there is left out, the rest every Asterisk has
AUDIBLE = 1000  # of samples of sixteen bits
SPOKEN = 20  # seconds, within which eleven digits are said
SHOWN = "070-174 06 05"


async def test_at_its_time_an_agent_is_rung_told_why_and_talks_with_the_customer(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await furnish(hub, says=SAYS)
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        await misses(elin, stage)
        staff = await stage.rings("101", seconds=LONGEST)  # by itself, as soon as it is due
        await expect(popup).to_contain_text("Pick up your telephone")
        await expect(popup).to_contain_text(SHOWN)
        await expect(popup).to_contain_text("Ringback calls back for you: Called in vain")
        await expect(elin.locator("[data-called]")).to_contain_text("Ringback calls back for you")
        await picture(elin, "rescue-rings")
        assert await faults(elin) == []
        staff.answers()
        await eventually(lambda: staff.call.media.loudest > AUDIBLE)
        assert not stage.trunk.calls, "the customer's telephone rang before the agent was told"
        await eventually(lambda: stage.trunk.calls, SPOKEN)
        customer = await stage.rings("customer")
        await expect(popup).to_contain_text("Calling")
        customer.answers()
        await customer.hears()
        await expect(popup).to_contain_text("In talk")
        customer.hangs_up()
        await staff.is_over()
    await elin.goto("/contacts/1")
    await expect(elin.get_by_text("Nothing open")).to_be_visible()
    await expect(elin.locator("#timeline")).to_contain_text("Elin Sandgren called")
    await elin.goto("/tasks/1")
    await expect(elin.locator("main")).to_contain_text("Rescue 1 of 2: the telephone of Elin Sandgren rings")
    await expect(elin.locator("main")).to_contain_text("Reached on the telephone")
    await picture(elin, "rescue-task")


async def test_nobody_picks_up_so_it_is_tried_again_and_given_up(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await furnish(hub)
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        await misses(elin, stage)
        staff = await stage.rings("101", seconds=LONGEST)
        await staff.is_over(LONGEST)
        await expect(popup).to_contain_text("You did not pick up")
        await eventually(lambda: has_plan(hub, tries=1, waits=True))
        await comes_due(hub, stage)
        staff = await stage.rings("101", seconds=LONGEST)
        staff.answers()
        customer = await stage.rings("customer")
        customer.is_busy()
        await staff.is_over()
        await eventually(lambda: has_plan(hub, tries=2, waits=False))
    await elin.goto("/tasks/1")
    history = elin.locator("main")
    await expect(history).to_contain_text("Rescue: nobody was reached, again in 10 minutes")
    await expect(history).to_contain_text("Rescue: given up after 2 tries")
    await expect(elin.get_by_role("region", name="What to do with the task")).to_be_visible()


async def test_whoever_calls_again_and_gets_through_is_not_called(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await furnish(hub)
    async with on_stage(asterisk) as stage:
        await misses(elin, stage)
        staff = await stage.rings("101", seconds=LONGEST)
        staff.declines()
        await eventually(lambda: has_plan(hub, tries=1, waits=True))
        customer, staff = await stage.connected(PATIENT)
        customer.hangs_up()
        await staff.is_over()
        await comes_due(hub)
        await eventually(lambda: has_plan(hub, tries=1, waits=False), LONGEST)


async def misses(elin: Page, stage: Stage) -> None:
    """Have the customer call in vain, and know that he will be called."""
    await elin.reload()
    customer = await stage.customer_calls(PATIENT)
    await stage.rings("101")
    customer.hangs_up()
    await customer.is_over()
    await expect(elin.get_by_text(f"Call back {SHOWN}").first).to_be_visible()
    stage.expects("101")


async def furnish(hub: Hub, says: str = "") -> None:
    """Have the front desk rescue, twice at most, and call at any time."""

    def change(session: Session) -> None:
        company = session.get_one(Company, 1)
        company.calls_from, company.calls_until = "00:00", "00:00"
        session.execute(
            update(User).where(User.email == mail_of("Elin Sandgren")).values(department_id=FRONT_DESK)
        )
        session.add(CallGuide(department_id=FRONT_DESK, rescue_most=2, rescue_again=10, rescue_say=says))

    async with open_store(hub.data) as db:
        await db.write(change)


async def comes_due(hub: Hub, stage: Stage | None = None) -> None:
    """Let the time pass until it is looked at next."""
    if stage is not None:
        stage.expects("101")

    def change(session: Session) -> None:
        session.execute(update(Rescue).values(due_at=now()))

    async with open_store(hub.data) as db:
        await db.write(change)


async def has_plan(hub: Hub, *, tries: int, waits: bool) -> bool:
    """Tell whether it was tried so often, and whether it will be tried again."""

    def looks(session: Session) -> bool:
        rescue = session.scalars(select(Rescue)).one()
        return (rescue.tries, rescue.dialled_at, rescue.due_at is not None) == (tries, None, waits)

    async with open_store(hub.data) as db:
        return await db.read(looks)
