"""In the midst of a call: hold, transfers and asking a colleague."""

from __future__ import annotations

from tests.connectors.asterisk.leg import Leg
from tests.connectors.asterisk.stage import OUTSIDE, Stage


async def hold(stage: Stage) -> None:
    """101 puts the customer on hold and comes back."""
    customer, staff = await stage.connected()
    await staff.holds()
    await stage.a_while()
    await staff.resumes()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def blind(stage: Stage) -> None:
    """101 transfers blind to 102, who answers."""
    customer, staff = await stage.connected()
    staff.transfers("102")
    await goes_on(stage, customer, staff, await stage.rings("102"))


async def blind_by_ami(stage: Stage) -> None:
    """The same, by the AMI action BlindTransfer."""
    customer, staff = await stage.connected()
    customer.story.note("101", "transfers", "102")
    await by_ami(stage, "BlindTransfer")
    await goes_on(stage, customer, staff, await stage.rings("102"))


async def blind_out(stage: Stage) -> None:
    """101 transfers blind to a mobile outside."""
    customer, staff = await stage.connected()
    staff.transfers(OUTSIDE)
    await goes_on(stage, customer, staff, await stage.rings("outside"))


async def blind_unanswered(stage: Stage) -> None:
    """101 transfers blind to 102, who does not answer: the customer is cut off after four seconds."""
    customer, staff = await stage.connected()
    staff.transfers("102")
    await stage.rings("102")
    staff.call.hang_up()
    await customer.is_over()


async def attended(stage: Stage) -> None:
    """101 holds the customer, talks with 102, and joins the two."""
    await joined(stage, "102", "102")


async def attended_out(stage: Stage) -> None:
    """101 holds the customer, calls a mobile outside, and joins the two."""
    await joined(stage, OUTSIDE, "customer")


async def attended_by_ami(stage: Stage) -> None:
    """101 asks 102 by the AMI action Atxfer, and joins the two by hanging up."""
    customer, staff = await stage.connected()
    customer.story.note("101", "asks", "102")
    await by_ami(stage, "Atxfer")
    colleague = await stage.rings("102")
    await stage.a_while()
    colleague.answers(whom="101")
    await colleague.hears()
    await stage.a_while()
    customer.story.note("101", "joins", "102")
    staff.call.hang_up()
    await stage.a_while()
    customer.hangs_up()
    await colleague.is_over()


async def asked_only(stage: Stage) -> None:
    """101 holds the customer, asks 102, and comes back."""
    customer, staff = await stage.connected()
    asking, _ = await asks(stage, staff, "102", "102")
    asking.hangs_up()
    await staff.resumes()
    await stage.a_while()
    customer.hangs_up()
    await staff.is_over()


async def joined(stage: Stage, number: str, who: str) -> None:
    """101 asks somebody, joins him with the customer, and is out of both calls."""
    customer, staff = await stage.connected()
    asking, asked = await asks(stage, staff, number, who)
    staff.joins(asking, "102" if number == "102" else "outside")
    await staff.is_over()
    await stage.a_while()
    customer.hangs_up()
    await asked.is_over()


async def asks(stage: Stage, staff: Leg, number: str, who: str) -> tuple[Leg, Leg]:
    """Put the customer on hold and talk with somebody else. Gives both ends of that."""
    await staff.holds()
    asking = await stage.dials(staff.who, number)
    asked = await stage.rings(who, asking.story)
    await stage.a_while()
    asked.answers()
    await asked.hears()
    await stage.a_while()
    return asking, asked


async def goes_on(stage: Stage, customer: Leg, staff: Leg, other: Leg) -> None:
    """Let another answer while the first is out of it; the customer hangs up in the end."""
    await stage.a_while()
    other.answers()
    await staff.is_over()
    await other.hears()
    await stage.a_while()
    customer.hangs_up()
    await other.is_over()


async def by_ami(stage: Stage, action: str) -> None:
    """Transfer what 101 has to 102 as the hub does."""
    channel = stage.channel("PJSIP/101")
    answer = await stage.ami.ask(action, Channel=channel, Context="from-agents", Exten="102")
    assert answer["Response"] == "Success", answer
