"""Customers call a queue."""

from __future__ import annotations

from tests.connectors.asterisk.leg import Leg
from tests.connectors.asterisk.stage import ANOTHER, RECORDED, SALES, STAFF, SUPPORT, Stage
from tests.eventually import eventually


async def answered(stage: Stage) -> None:
    """All three phones ring, 101 answers, the customer hangs up."""
    customer, staff = await stage.connected()
    customer.hangs_up()
    await staff.is_over()


async def answered_and_staff_hangs_up(stage: Stage) -> None:
    """102 answers and hangs up; the customer has a name."""
    customer, staff = await stage.connected(extension="102", name="Kund Kundsson")
    staff.hangs_up()
    await customer.is_over()


async def abandoned(stage: Stage) -> None:
    """The customer gives up while the phones ring."""
    customer = await stage.customer_calls(SALES)
    for extension in STAFF:
        await stage.rings(extension)
    await stage.a_while(2)
    customer.hangs_up()
    await customer.is_over()


async def timed_out(stage: Stage) -> None:
    """101 and 102 ring in turn and nobody answers; after five seconds the queue gives up."""
    customer = await stage.customer_calls(SUPPORT)
    await customer.is_over(15)


async def all_talk(stage: Stage) -> None:
    """All three talk; the customer waits until 102 is free."""
    elsewhere = await everybody_talks(stage)
    customer = await stage.customer_calls(SALES)
    await stage.a_while(2)
    elsewhere["102"].hangs_up()
    staff = await stage.rings("102", customer.story)
    await stage.a_while()
    staff.answers()
    await staff.hears()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()
    elsewhere["101"].hangs_up()
    elsewhere["103"].hangs_up()


async def all_talk_and_abandoned(stage: Stage) -> None:
    """All three talk; the customer gives up, and no phone ever rang."""
    elsewhere = await everybody_talks(stage)
    customer = await stage.customer_calls(SALES)
    await stage.a_while(2)
    customer.hangs_up()
    await customer.is_over()
    for leg in elsewhere.values():
        leg.hangs_up()


async def everybody_talks(stage: Stage) -> dict[str, Leg]:
    """Put all of staff into calls of their own."""
    calls = {extension: await stage.dials(extension, "600") for extension in STAFF}
    for leg in calls.values():
        await leg.call.is_answered()
    return calls


async def recorded(stage: Stage) -> None:
    """101 answers and the talk is recorded; it holds sound."""
    before = set(stage.server.recordings.rglob("*.wav"))
    customer, staff = await stage.connected(RECORDED)
    customer.hangs_up()
    await staff.is_over()
    new = await eventually(lambda: set(stage.server.recordings.rglob("*.wav")) - before)
    customer.story.recording = str(new.pop())


async def second_answers(stage: Stage) -> None:
    """101 does not answer for two seconds, then 102 rings and does."""
    customer = await stage.customer_calls(SUPPORT)
    staff = await stage.rings("102")
    await stage.a_while()
    staff.answers()
    await staff.hears()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def two_at_once(stage: Stage) -> None:
    """Two customers wait at the same time; 101 answers the first, 102 the second."""
    first = await stage.customer_calls(SALES)
    anna = await stage.rings("101", first.story)
    second = await stage.customer_calls(SALES, ANOTHER)
    await stage.a_while()
    anna.answers()
    bjorn = await stage.rings("102", second.story)
    await stage.a_while()
    bjorn.answers()
    await bjorn.hears()
    await stage.a_while()
    second.hangs_up()
    await bjorn.is_over()
    await stage.a_while()
    first.hangs_up()
    await anna.is_over()
