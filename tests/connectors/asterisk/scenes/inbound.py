"""Customers call a direct number, a group or the menu."""

from __future__ import annotations

from tests.connectors.asterisk.leg import Leg
from tests.connectors.asterisk.stage import CUSTOMER, DIRECT, GROUP, LOCAL, MENU, OUTSIDE, Stage

WITHHELD = ("anonymous", "Anonymous", "anonymous.invalid")
NOTATIONS = ("0701740605", "0046701740605", "46701740605", "+46701740605;phone-context=+46", "112")


async def busy(stage: Stage) -> None:
    """101's phone says that it is busy."""
    customer = await stage.customer_calls(DIRECT)
    (await stage.rings("101")).is_busy()
    await customer.is_over()


async def unanswered(stage: Stage) -> None:
    """101's phone rings for three seconds and nobody answers."""
    customer = await stage.customer_calls(DIRECT)
    await customer.is_over()


async def given_up(stage: Stage) -> None:
    """The customer hangs up while 101's phone rings."""
    customer = await stage.customer_calls(DIRECT)
    await stage.rings("101")
    await stage.a_while()
    customer.hangs_up()
    await customer.is_over()


async def answered(stage: Stage) -> None:
    """101 answers, the customer hangs up."""
    await talked(*await stage.connected(DIRECT))


async def withheld(stage: Stage) -> None:
    """The number is withheld and the trunk tells nothing of it."""
    await talked(*await stage.connected(DIRECT, "101", *WITHHELD))


async def withheld_but_asserted(stage: Stage) -> None:
    """The number is withheld from people, but the trunk tells it to the PBX."""
    identity = ("p-asserted-identity", f"<sip:{CUSTOMER}@carrier.example>")
    customer = await stage.customer_calls(DIRECT, *WITHHELD, headers=(("privacy", "id"), identity))
    customer.story.customer = CUSTOMER
    staff = await stage.rings("101")
    staff.answers()
    await staff.hears()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def international(stage: Stage) -> None:
    """A British number; the name has letters outside ASCII, quotes and a colon."""
    name = 'Åsa Öberg: \\"Änglar\\" & Søn'
    await talked(*await stage.connected(DIRECT, who="+442079460123", name=name))


async def latin1(stage: Stage) -> None:
    """The trunk sends the name in Latin-1."""
    name = "Åsa Öberg"
    on_the_wire = name.encode("latin-1").decode("utf-8", "surrogateescape")
    customer, staff = await stage.connected(DIRECT, who="+12025550143", name=on_the_wire)
    customer.story.name = name
    await talked(customer, staff)


async def notations(stage: Stage) -> None:
    """The same person in the notations that trunks use, and a short number; 101 is busy."""
    for who in NOTATIONS:
        customer = await stage.customer_calls(DIRECT, who)
        (await stage.rings("101", customer.story)).is_busy()
        await customer.is_over()


async def menu(stage: Stage) -> None:
    """The customer hears a menu, presses 1, and 101 answers."""
    customer = await stage.customer_calls(MENU)
    await customer.call.is_answered()
    await stage.a_while()
    await customer.presses("1")
    staff = await stage.rings("101")
    await stage.a_while()
    staff.answers()
    await staff.hears()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def menu_hung_up(stage: Stage) -> None:
    """The customer hangs up in the menu: answered by the PBX, never by a person."""
    customer = await stage.customer_calls(MENU)
    await customer.call.is_answered()
    await stage.a_while()
    customer.hangs_up()
    await customer.is_over()


async def group(stage: Stage) -> None:
    """Three phones ring without a queue, 103 answers."""
    await talked(*await stage.connected(GROUP, "103"))


async def behind_local(stage: Stage) -> None:
    """101 is reached through a Local channel."""
    await talked(*await stage.connected(LOCAL))


async def forwarded(stage: Stage) -> None:
    """101's phone sends the caller to a mobile, which answers."""
    customer = await stage.customer_calls(DIRECT)
    (await stage.rings("101")).forwards(OUTSIDE)
    outside = await stage.rings("outside")
    await stage.a_while()
    outside.answers()
    await outside.hears()
    await stage.a_while()
    customer.hangs_up()
    await outside.is_over()


async def talked(customer: Leg, staff: Leg) -> None:
    """Let the customer end the talk."""
    customer.hangs_up()
    await staff.is_over()
