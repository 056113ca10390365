"""In and out of queues, pauses and listening, as a real PBX does them; what waits there is on the wallboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.orm import Session

from hub.db import Database
from hub.users import find_department, find_user
from tests.connectors.asterisk.stage import SALES
from tests.crm.web.office import Office, Serve, Visit, opened
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk

CUSTOMERS, ELINS, SPYS = 440, 600, 800  # the tones of the telephones, in hertz

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
async def office(
    db: Database, asterisk: Asterisk, tmp_path: Path, aiohttp_server: Serve, aiohttp_client: Visit
) -> AsyncIterator[Office]:
    """Open the office; nobody pauses in it any more when it is closed."""
    async with opened(db, asterisk, tmp_path, aiohttp_server, aiohttp_client) as made:
        yield made
        for extension in ("101", "102", "103"):
            await made.stage.ami.ask("QueuePause", Interface=f"PJSIP/{extension}", Paused="false")


async def sees(office: Office, words: str, name: str = "Sofia", seconds: float = 10) -> str:
    """Wait until somebody's wallboard says this."""

    async def said() -> str:
        shown = (await office.consoles.part(name, "/wallboard/now")).words
        return shown if words in shown else ""

    return cast("str", await eventually(said, seconds))


async def path_of(office: Office, name: str, what: str) -> str:
    """Give the address of something of somebody's telephone."""
    return f"/people/{(await office.firm.who(name)).user_id}/{what}"


async def members(office: Office, queue: str) -> dict[str, str]:
    """Ask the PBX itself who is in a queue, and why he pauses."""
    rows = await office.stage.ami.listed("QueueStatus", "QueueMember", Queue=queue)
    return {row["Location"]: row.get("PausedReason", "") for row in rows}


async def _answers(office: Office, queue: str, location: str) -> bool:
    return location in await members(office, queue)


async def test_a_pause_reaches_the_pbx_and_the_wallboard_with_its_reason(office: Office) -> None:
    await sees(office, "Elin Sandgren Free")
    await office.consoles.press("Elin", await path_of(office, "Elin", "pause"), reason="Lunch")
    await sees(office, "Elin Sandgren Paused: Lunch")
    assert (await members(office, "sales"))["PJSIP/101"] == "Lunch"
    await office.consoles.press("Elin", await path_of(office, "Elin", "pause"), "DELETE")
    await sees(office, "Elin Sandgren Free")
    assert (await members(office, "sales"))["PJSIP/101"] == ""


async def test_one_logs_in_to_a_queue_and_out_again(office: Office) -> None:
    path = await path_of(office, "Nils", "queues")
    await sees(office, "longest now 2 of 2 answer")
    await office.consoles.press("Maria", path, channel="2", queue="support")
    await sees(office, "longest now 3 of 3 answer")
    await eventually(lambda: _answers(office, "support", "PJSIP/103"))
    await office.consoles.press("Maria", path, channel="2", queue="support")
    await sees(office, "Nils Åkerman: logged in to queue support 103 is in queue support already.", "Maria")
    await office.consoles.press("Maria", path, "DELETE", channel="2", queue="support")
    await sees(office, "longest now 2 of 2 answer")


async def test_who_is_in_a_queue_by_the_set_up_of_the_pbx_is_told_to_pause_instead(office: Office) -> None:
    await sees(office, "Elin Sandgren Free")
    await office.consoles.press(
        "Elin", await path_of(office, "Elin", "queues"), "DELETE", channel="2", queue="sales"
    )
    await sees(office, "101 is in queue sales for good, by the set-up of the PBX: pause instead.", "Elin")
    assert "PJSIP/101" in await members(office, "sales")


async def test_a_caller_is_seen_while_he_waits_and_counted_when_he_gives_up(office: Office) -> None:
    customer = await office.stage.customer_calls(SALES)
    shown = await sees(office, "1 waits")
    assert "Karin Ekdahl" in shown
    await sees(office, "Elin Sandgren Rings")
    customer.hangs_up()
    await sees(office, "sales Sales 0 wait")
    await sees(office, "Answered today 0 Lost today 1")


@pytest.mark.parametrize(
    ("how", "told", "heard_by"),
    [("listen", "Nils Åkerman listens", []), ("whisper", "Nils Åkerman whispers to you", ["Elin"]),
     ("join", "Nils Åkerman is with you in the call", ["Elin", "Karin"])],
)  # fmt: skip
async def test_a_supervisor_hears_and_is_heard_as_he_wanted_and_the_colleague_is_told(
    office: Office, how: str, told: str, heard_by: list[str]
) -> None:
    await office.firm.do(_allow)
    customer, staff = await office.stage.connected(SALES)
    await sees(office, "Elin Sandgren In a call")
    call, elin = (await office.calls())[-1], (await office.firm.who("Elin")).user_id
    answer = await office.consoles.press("Nils", f"/calls/{call.id}/listening", how=how, to=str(elin))
    assert answer.status == 200, answer.words
    spy = await office.stage.rings("103")
    spy.answers()
    await office.sees(told)
    await eventually(lambda: spy.call.media.hears(CUSTOMERS) and spy.call.media.hears(ELINS), 10)
    ends = {"Elin": staff, "Karin": customer}
    await eventually(lambda: all(ends[name].call.media.hears(SPYS) for name in heard_by), 10)
    await office.stage.a_while(2)
    assert [name for name, end in ends.items() if end.call.media.hears(SPYS)] == heard_by
    spy.hangs_up()
    await eventually(lambda: _quiet(office, told), 10)
    customer.hangs_up()
    await office.ended()
    assert len(await office.calls()) == 1


async def _quiet(office: Office, told: str) -> bool:
    return told not in (await office.consoles.part("Elin", "/popups")).words


def _allow(session: Session) -> None:
    find_department(session, "Sales").listening = "told"
    find_user(session, "nils@klarruta.example").role = "manager"
