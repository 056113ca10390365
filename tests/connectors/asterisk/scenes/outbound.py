"""Staff call: by a click, or on the telephone."""

from __future__ import annotations

from tests.connectors.asterisk.leg import Leg
from tests.connectors.asterisk.stage import CUSTOMER, OUTSIDE, Stage

NATIONAL = "0701740605"


async def clicked(stage: Stage) -> None:
    """101's phone rings and is answered, then the customer's; 101 hangs up."""
    staff, customer = await customer_rings(stage)
    await stage.a_while()
    customer.answers()
    await customer.hears()
    await stage.a_while()
    staff.hangs_up()
    await customer.is_over()


async def clicked_with_own_id(stage: Stage) -> None:
    """The same with an id chosen by the hub; the customer hangs up."""
    staff, customer = await customer_rings(stage, "__HUB_CALL=0001", ChannelId="hub-0001")
    await stage.a_while()
    customer.answers()
    await customer.hears()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def clicked_unanswered(stage: Stage) -> None:
    """The customer does not answer; 101 gives up."""
    staff, customer = await customer_rings(stage)
    await stage.a_while(2)
    staff.hangs_up()
    await customer.is_over()


async def clicked_busy(stage: Stage) -> None:
    """The customer is busy."""
    staff, customer = await customer_rings(stage)
    customer.is_busy()
    await staff.is_over()


async def clicked_no_such_number(stage: Stage) -> None:
    """The network knows no such number."""
    staff, customer = await customer_rings(stage)
    customer.has_no_phone()
    await staff.is_over()


async def clicked_and_declined(stage: Stage) -> None:
    """101 declines the own phone."""
    await stage.clicks("101", CUSTOMER)
    staff = await stage.rings("101")
    await stage.a_while()
    staff.declines()
    await stage.ami.event("OriginateResponse")


async def clicked_and_away(stage: Stage) -> None:
    """101 does not pick up the own phone for three seconds."""
    await stage.clicks("101", CUSTOMER)
    staff = await stage.rings("101")
    await staff.is_over()
    await stage.ami.event("OriginateResponse")


async def clicked_and_offline(stage: Stage) -> None:
    """101's phone is not there."""
    await stage.phones["101"].register(0)
    story = await stage.clicks("101", CUSTOMER)
    story.note("101", "is offline")
    await stage.ami.event("OriginateResponse")


async def dialled(stage: Stage) -> None:
    """101 dials the customer on the telephone; the customer answers and hangs up."""
    staff = await stage.dials("101", NATIONAL)
    customer = await stage.rings("customer")
    await stage.a_while()
    customer.answers()
    await customer.hears()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def internal(stage: Stage) -> None:
    """101 calls 102: no customer in it."""
    staff = await stage.dials("101", "102")
    colleague = await stage.rings("102")
    await stage.a_while()
    colleague.answers()
    await colleague.hears()
    await stage.a_while()
    staff.hangs_up()
    await colleague.is_over()


async def customer_rings(stage: Stage, *variables: str, **fields: object) -> tuple[Leg, Leg]:
    """Click on the customer's number and answer the own phone. Gives both ends; the customer's rings."""
    await stage.clicks("101", CUSTOMER, *variables, **fields)
    staff = await stage.rings("101")
    await stage.a_while()
    staff.answers()
    return staff, await stage.rings("customer")


async def outside_rings(stage: Stage) -> Leg:
    """103 dials a mobile, which rings."""
    staff = await stage.dials("103", OUTSIDE)
    await stage.rings("customer", staff.story)
    return staff
