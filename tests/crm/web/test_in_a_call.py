"""What is pressed in the middle of a call really happens: the telephones witness it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm.calls import Call
from hub.db import Database
from tests.connectors.asterisk.leg import Leg
from tests.connectors.asterisk.stage import RECORDED, SALES
from tests.crm.web.office import Office, Serve, Visit, opened
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
async def office(
    db: Database, asterisk: Asterisk, tmp_path: Path, aiohttp_server: Serve, aiohttp_client: Visit
) -> AsyncIterator[Office]:
    """Open the office."""
    async with opened(db, asterisk, tmp_path, aiohttp_server, aiohttp_client) as made:
        yield made


async def in_talk(office: Office, number: str = SALES) -> tuple[Leg, Leg]:
    """Have Karin call, and Elin answer. Gives both ends."""
    customer, staff = await office.stage.connected(number)
    await office.sees("In talk")
    return customer, staff


async def clicked(office: Office) -> tuple[Leg, Leg]:
    """Have Elin call Karin by a click. Gives both ends."""
    await office.clicks()
    staff = await office.stage.rings("101")
    staff.answers()
    customer = await office.stage.rings("customer")
    customer.answers()
    await customer.hears()
    await office.sees("In talk")
    return customer, staff


async def number_of(office: Office, name: str) -> str:
    """Give the id of a colleague, as the buttons have it."""
    return str((await office.firm.who(name)).user_id)


async def told(office: Office, **wanted: object) -> Call:
    """Wait until the newest call is like this."""

    async def like() -> Call | None:
        call = (await office.calls())[-1]
        return call if all(getattr(call, name) == value for name, value in wanted.items()) else None

    return await eventually(like, 15)


async def test_hang_up_ends_both_telephones(office: Office) -> None:
    customer, staff = await in_talk(office)
    await office.presses("end")
    await staff.is_over()
    await customer.is_over()
    assert (await office.ended()).ended_by == "staff"


@pytest.mark.parametrize("begin", [in_talk, clicked])
async def test_a_call_is_handed_on_to_a_colleague_who_is_chosen_by_name(
    office: Office, begin: object
) -> None:
    customer, staff = await begin(office)
    await office.presses("transfer", to=await number_of(office, "Johan"))
    colleague = await office.stage.rings("102")
    colleague.answers()
    await staff.is_over()
    await colleague.hears()
    await office.sees("In talk", "Johan")
    customer.hangs_up()
    await colleague.is_over()
    call = await office.ended()
    assert [(each.kind, each.by, each.to) for each in call.handed_on] == [("blind", "101", "102")]
    assert [talk.extension for talk in call.spoken] == ["101", "102"]


async def test_a_colleague_is_asked_first_and_joined_by_hanging_up(office: Office) -> None:
    customer, staff = await in_talk(office)
    await office.presses("transfer", to=await number_of(office, "Johan"), ask="1")
    colleague = await office.stage.rings("102")
    colleague.answers(whom="101")
    await colleague.hears()
    await office.presses("end")
    await staff.is_over()
    await office.stage.a_while()
    customer.hangs_up()
    await colleague.is_over()
    call = await office.ended()
    assert [(each.kind, each.by) for each in call.handed_on] == [("attended", "101")]


async def test_a_telephone_that_is_off_is_said_instead_of_losing_the_customer_in_silence(
    office: Office,
) -> None:
    await office.stage.phones["102"].register(0)
    customer, _staff = await in_talk(office)
    await office.presses("transfer", to=await number_of(office, "Johan"), ask="1")
    await office.sees("102 was not asked")
    assert "In talk" in await office.sees("Hang up")
    customer.hangs_up()


async def test_who_is_parked_waits_at_a_place_that_any_telephone_fetches_him_from(office: Office) -> None:
    customer, staff = await in_talk(office)
    await office.presses("parking")
    await staff.is_over()
    await office.sees("Waits at 701")
    colleague = await office.stage.dials("103", "701")
    await colleague.hears()
    await told(office, parked="")
    customer.hangs_up()
    await colleague.is_over()


async def test_a_recording_is_silenced_and_goes_on(office: Office) -> None:
    customer, _staff = await in_talk(office, RECORDED)
    await told(office, recorded=True)
    await office.sees("Do not record")
    await office.presses("recording", "DELETE")
    await told(office, silenced=True)
    await office.sees("Record again")
    await office.presses("recording")
    await told(office, silenced=False)
    customer.hangs_up()


async def test_what_is_not_recorded_has_no_button_for_it(office: Office) -> None:
    customer, _staff = await in_talk(office)
    assert "ecord" not in await office.sees("Hang up")
    await office.presses("recording", "DELETE")
    await office.sees("The PBX does not record this call.")
    customer.hangs_up()


async def test_only_who_is_in_a_call_commands_it(office: Office) -> None:
    customer, _staff = await in_talk(office)
    call = (await office.calls())[-1].id
    for name in ("Johan", "Sofia", "Maria"):
        assert (await office.consoles.press(name, f"/popups/{call}/end")).status == 404
    customer.hangs_up()
    await office.ended()
    assert (await office.presses("end")).status == 404


async def test_who_is_free_is_offered_first(office: Office) -> None:
    customer, _staff = await in_talk(office)
    await office.stage.dials("102", "103")
    colleague = await office.stage.rings("103")
    colleague.answers()
    call = (await office.calls())[0].id

    async def offered() -> str:
        words = (await office.consoles.part("Elin", f"/popups/{call}/transfer")).words
        return words if words.count("In a call") == 2 else ""

    words = await eventually(offered, 10)
    assert words.index("Sofia") < words.index("Johan") < words.index("Nils")
    found = (await office.consoles.part("Elin", f"/popups/{call}/transfer?q=joh")).words
    assert "Johan" in found
    assert "Nils" not in found
    colleague.hangs_up()
    customer.hangs_up()
