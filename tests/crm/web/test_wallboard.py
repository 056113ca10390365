"""The wallboard: who waits, who answers, how the day goes; in and out of queues, pauses, and who listens."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, supervising
from crm.contacts import PHONE
from hub import boards
from hub.audit import Entry
from hub.board import Listening
from hub.bus import Notice
from hub.clock import Clock, now
from hub.events import Command, EnterQueue, LeaveQueue, Listen, Pause
from hub.outbox import Outgoing
from hub.users import find_department
from tests.crm.switchboard import CHANNEL, KARIN, Switchboard
from tests.crm.wall import board, falls_silent, member, queue, shows
from tests.crm.web.console import Consoles
from tests.eventually import eventually

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.fixture
async def pbx(unheard_pbx: Switchboard) -> Switchboard:
    """Give the company's PBX: what it shows is what the test says."""
    await unheard_pbx.sits("Sofia", "103")
    await unheard_pbx.sits("Nils", "201")
    return unheard_pbx


async def wall(consoles: Consoles, name: str) -> str:
    """Give what somebody sees."""
    return (await consoles.part(name, "/wallboard/now")).words


async def asked(pbx: Switchboard) -> list[Command]:
    """Give what was asked of the PBX."""
    rows = await pbx.db.read(
        lambda session: [row.command for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]
    )
    return [convert(row, Command) for row in rows]


async def test_who_waits_is_shown_by_name_and_since_when(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.db.write(
        contacts.add_contact,
        "Karin Ekdahl",
        [(PHONE, KARIN)],
        department_id=(await pbx.firm.who("Elin")).department_id,
    )
    call = pbx.rings()
    await pbx.tells(call)
    await shows(
        pbx, board(queue("sales", member("101"), department="Sales", calls=(call.key,)), t101="ringing")
    )
    shown = await wall(consoles, "Sofia")
    assert "sales" in shown
    assert "Karin Ekdahl 1:0" in shown
    assert "1 waits" in shown
    assert "Elin Sandgren Rings" in shown


async def test_each_sees_the_queues_of_his_department_and_who_sees_all_sees_all(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await shows(pbx, board(queue("sales", member("101"), department="Sales"), queue("repairs", department="Service"),
                           queue("nobody-s", member("201")), t101="free", t201="talking"))  # fmt: skip
    seen = {name: await wall(consoles, name) for name in ("Elin", "Nils", "Maria")}
    found = {
        name: [each for each in ("sales", "repairs", "nobody-s") if each in words]
        for name, words in seen.items()
    }
    assert found == {
        "Elin": ["sales"],
        "Nils": ["repairs", "nobody-s"],
        "Maria": ["sales", "repairs", "nobody-s"],
    }
    assert "Nils Åkerman" not in seen["Elin"]
    assert "Nils Åkerman In a call" in seen["Maria"]


async def test_a_pause_says_why_and_who_is_nowhere_says_so(pbx: Switchboard, consoles: Consoles) -> None:
    await shows(
        pbx,
        board(
            queue("sales", member("101", "Lunch"), department="Sales"), t101="free", t102="free", t103="off"
        ),
    )
    shown = await wall(consoles, "Sofia")
    assert "Elin Sandgren Paused: Lunch" in shown
    assert "Johan Lindh In no queue" in shown
    assert "Sofia Hjelm Offline" in shown


async def test_the_day_is_counted_by_queue(pbx: Switchboard, consoles: Consoles, clock: Clock) -> None:
    clock.shift = datetime(2026, 11, 25, 10, tzinfo=UTC) - datetime.now(UTC)
    await shows(pbx, board(queue("sales", member("101"), department="Sales")))
    quick, slow, lost = pbx.rings(), pbx.rings(), pbx.rings()
    for call in (pbx.ended(pbx.answered(quick), seconds=42), pbx.ended(lost)):
        await pbx.tells(call)
    clock.advance(seconds=25)
    await pbx.tells(pbx.ended(pbx.answered(slow), seconds=18))
    page = await consoles.part("Sofia", "/wallboard/now")
    shown = page.words
    assert "Answered today 2 Lost today 1 In time 33 % of 3, within 20 s" in shown
    assert re.search(r"Longest wait 0:(2[5-9]|[345]\d)", shown)  # 25 seconds, and what the test itself took
    assert "Talk 0:30 on average" in shown
    assert f"started.from={now().astimezone(STOCKHOLM):%Y-%m-%d}&" in page.html


async def test_when_the_pbx_is_not_heard_nothing_old_is_shown(pbx: Switchboard, consoles: Consoles) -> None:
    await shows(
        pbx, board(queue("sales", member("101", "Lunch"), department="Sales", calls=("1",)), t101="free")
    )
    await falls_silent(pbx)
    shown = await wall(consoles, "Sofia")
    assert "Office is not heard. Who waits and who talks there is not known since today" in shown
    assert "not known" in shown
    assert "Lunch" not in shown
    assert "070-174 06 12" not in shown
    assert "Elin Sandgren Not known" in shown


async def test_one_logs_in_and_out_and_pauses_for_a_reason_of_the_department(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await shows(
        pbx,
        board(
            queue("sales", member("101"), department="Sales"), queue("more", department="Sales"), t101="free"
        ),
    )
    elin = (await pbx.firm.who("Elin")).user_id
    await consoles.press("Elin", f"/people/{elin}/queues", channel="2", queue="more")
    await consoles.press("Elin", f"/people/{elin}/queues", channel="2", queue="sales", _method="delete")
    await consoles.press("Elin", f"/people/{elin}/pause", reason="Lunch")
    assert await asked(pbx) == [
        EnterQueue(queue="more", extension="101", name="Elin Sandgren"),
        LeaveQueue(queue="sales", extension="101"), Pause(extension="101", reason="Lunch"),
    ]  # fmt: skip
    answer = await consoles.press("Elin", f"/people/{elin}/pause", reason="Fishing")
    assert (answer.status, answer.words) == (409, "Choose one of the reasons.")


async def test_who_leads_does_it_for_his_people_and_others_do_not(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await shows(pbx, board(queue("sales", member("101"), member("201"), department="Sales"), t101="free"))
    elin, nils = [(await pbx.firm.who(name)).user_id for name in ("Elin", "Nils")]
    led = await consoles.press("Sofia", f"/people/{elin}/pause", reason="Meeting")
    foreign = await consoles.press("Sofia", f"/people/{nils}/pause", reason="Meeting")
    colleague = await consoles.press("Johan", f"/people/{elin}/pause", reason="Meeting")
    assert (led.status, foreign.status, colleague.status) == (200, 404, 404)
    assert await asked(pbx) == [Pause(extension="101", reason="Meeting")]
    assert await audited(pbx) == [("Sofia Hjelm", "paused: Meeting")]


async def test_what_could_not_be_done_is_said_to_who_asked_and_to_nobody_else(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await shows(pbx, board(queue("sales", member("101"), department="Sales"), t101="free"))
    elin = (await pbx.firm.who("Elin")).user_id
    await consoles.press("Sofia", f"/people/{elin}/pause", reason="Lunch")
    assert await eventually(lambda: says(consoles, "Sofia", "Elin Sandgren: paused: Lunch"), 10)
    assert not await says(consoles, "Elin", "Elin Sandgren: paused: Lunch")


async def test_a_department_says_its_reasons_and_its_seconds(pbx: Switchboard, consoles: Consoles) -> None:
    await shows(pbx, board(queue("sales", member("101"), department="Sales"), t101="free"))
    elin, sales = (await pbx.firm.who("Elin")).user_id, (await pbx.firm.who("Elin")).department_id
    path = f"/wallboard/department/{sales}"
    sent = await consoles.press(
        "Sofia", path, within="45", reasons="Fika\n  In the  hall \n", listening="untold"
    )
    assert sent.status == 200
    place = await pbx.db.read(find_department, "Sales")
    assert (place.answered_within, place.pause_reasons, place.listening) == (
        45,
        ["Fika", "In the hall"],
        "never",
    )
    assert "Fika In the hall" in (await consoles.part("Elin", f"/people/{elin}/telephone")).words
    assert (await consoles.press("Elin", path, within="45", reasons="")).status == 403
    assert (await consoles.press("Sofia", path, within="0", reasons="")).status == 422
    await consoles.press("Maria", path, within="45", reasons="", listening="told")
    assert (await pbx.db.read(find_department, "Sales")).listening == "told"


async def test_who_leads_listens_where_it_is_allowed_and_the_colleague_is_told(
    pbx: Switchboard, consoles: Consoles
) -> None:
    call = pbx.answered(pbx.rings())
    await pbx.tells(call)
    (row,) = await pbx.calls()
    await shows(pbx, board(queue("sales", member("101"), department="Sales"), t101="talking"))
    elin = str((await pbx.firm.who("Elin")).user_id)
    path = f"/calls/{row.id}/listening"
    assert (await consoles.press("Sofia", path, how="listen", to=elin)).status == 409
    await pbx.firm.do(_allow, "told")
    assert (await consoles.press("Johan", path, how="listen", to=elin)).status == 403
    assert (await consoles.press("Sofia", path, how="shout", to=elin)).status == 422
    assert (await consoles.press("Sofia", path, how="whisper", to=elin)).status == 200
    assert await asked(pbx) == [Listen(call=call.key, by="103", to="101", how="whisper")]
    assert await audited(pbx) == [("Sofia Hjelm", "whispers to Elin Sandgren")]
    hears = Listening(call=call.key, by="103", to="101", how="whisper")
    await shows(
        pbx, board(queue("sales", member("101"), department="Sales"), listening=(hears,), t101="talking")
    )
    assert "Sofia Hjelm whispers to you" in (await consoles.part("Elin", "/popups")).words
    await pbx.firm.do(_allow, "untold")
    assert "whispers" not in (await consoles.part("Elin", "/popups")).words


async def test_whoever_is_heard_looks_at_his_popup_when_it_begins_and_when_it_ends(
    pbx: Switchboard, consoles: Consoles
) -> None:
    del consoles
    call = pbx.answered(pbx.rings())
    await pbx.tells(call)
    told: list[Notice] = []
    pbx.db.listen(Notice, lambda notice: told.append(notice) if notice.kind == "popup" else None)
    hears = board(listening=(Listening(call=call.key, by="103", to="101"),))
    for shown in (hears, hears, board()):
        await pbx.db.write(boards.keep, CHANNEL, shown, supervising.shown)
    elin = (await pbx.firm.who("Elin")).user_id
    assert [notice.audience.users for notice in told] == [{elin}, {elin}]


async def test_without_a_pbx_the_room_says_what_would_be_here(pbx: Switchboard, consoles: Consoles) -> None:
    del pbx
    shown = await consoles.get("Elin", "/wallboard")
    assert "No PBX shows its queues yet" in shown.words
    assert (await consoles.get("Elin", "/wallboard?screen")).status == 200


def _allow(session: Session, rule: str) -> None:
    find_department(session, "Sales").listening = rule


async def says(consoles: Consoles, name: str, words: str) -> bool:
    """Tell whether this stands on somebody's wallboard."""
    return words in await wall(consoles, name)


async def audited(pbx: Switchboard) -> list[tuple[str, str]]:
    """Give who did what to people and calls."""
    wanted = select(Entry).where(Entry.words != "").order_by(Entry.id)
    return await pbx.db.read(lambda session: [(each.who, each.words) for each in session.scalars(wanted)])
