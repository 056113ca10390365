"""A head makes a dialling list from a view; his agents work on it by keys; everybody sees how far it is."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, views
from crm.company import Company
from crm.contacts import MAIL, PHONE
from crm.dial_lists import DialPerson
from hub.audit import EXPORTED, Entry
from hub.bus import Notice
from hub.channels import Channel
from hub.clock import Clock, now
from hub.users import find_department, find_user, viewer
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import CHANNEL, Switchboard
from tests.crm.web.console import Consoles, Shown

on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
LONG = {"calls_from": "00:00", "calls_until": "23:59"}


class Work:
    """Sales with two who have numbers and one who has none, and a view of them all."""

    def __init__(self, firm: Klarruta, consoles: Consoles, pbx: Switchboard) -> None:
        """Sit down."""
        self.firm, self.consoles, self.pbx = firm, consoles, pbx
        self.view = 0

    async def begin(self) -> None:
        """Fill the store."""
        sofia = await self.firm.who("Sofia")
        self.view = await self.firm.do(self._furnish)
        assert sofia.role == "head"

    def _furnish(self, session: Session) -> int:
        row = session.get_one(Channel, CHANNEL)
        row.up_at = now()
        sales = find_department(session, "Sales").id
        for name, handle in (("Karin Ekdahl", (PHONE, "+46701740612")), ("Lars Nyman", (PHONE, "+46701740613")),
                             ("Without", (MAIL, "without@kund.example"))):  # fmt: skip
            contacts.add_contact(session, name, [handle], department_id=sales)
        company = session.get_one(Company, 1)
        company.calls_from = company.calls_until = "00:00"  # whenever the tests run
        sofia = viewer(find_user(session, "sofia@klarruta.example"))
        return views.save(session, sofia, "contacts", "Windows", "sort=name", shared=False).id

    async def made(self, **more: str) -> Shown:
        """Have Sofia send the form."""
        department = await self.firm.do(lambda session: find_department(session, "Sales").id)
        fields = {"name": "Autumn", "view": str(self.view), "department": str(department), "most_tries": "3",
                  "again": "2", "unit": "hours", "script": "Greeting:\n\nGood day", **LONG}  # fmt: skip
        return await self.consoles.send("Sofia", "/dial-lists", **(fields | more))


@pytest.fixture
async def work(firm: Klarruta, consoles: Consoles, unheard_pbx: Switchboard, clock: Clock) -> Work:
    """Give Sales, on a day at which there is work."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    made = Work(firm, consoles, unheard_pbx)
    await made.begin()
    return made


async def test_it_is_made_from_a_view_and_says_who_is_left_out(work: Work) -> None:
    form = await work.consoles.get("Sofia", "/dial-lists/new")
    assert "Windows" in form.words
    made = await work.made()
    assert (made.status, made.location) == (303, "/dial-lists/1")
    page = await work.consoles.get("Sofia", "/dial-lists/1")
    assert "0 of 2 done" in page.words
    assert "Without a number 1" in page.words
    assert "Autumn" in (await work.consoles.get("Elin", "/dial-lists")).words


@on_sqlite
async def test_what_is_wrong_is_said_beside_its_field(work: Work) -> None:
    wrong = await work.made(
        name="", view="99", department="x", most_tries="0", again="-", calls_until="never"
    )
    assert wrong.status == 422
    for words in ("A list has a name", "Choose one of your views", "Choose a department", "1 to 20 times",
                  "Write the times", "after a minute"):  # fmt: skip
        assert words in wrong.words


@on_sqlite
async def test_an_agent_makes_none_and_another_department_sees_none(work: Work) -> None:
    await work.made()
    assert (await work.consoles.get("Elin", "/dial-lists/new")).status == 403
    assert "Autumn" not in (await work.consoles.get("Nils", "/dial-lists")).words
    assert (await work.consoles.get("Nils", "/dial-lists/1")).status == 404
    assert (await work.consoles.press("Nils", "/dial-lists/1/next")).status == 404
    assert "Autumn" in (await work.consoles.get("Maria", "/dial-lists")).words


async def test_two_agents_at_once_get_two_people(work: Work) -> None:
    await work.made()
    pressed = await asyncio.gather(
        *[work.consoles.press(name, "/dial-lists/1/next") for name in ("Elin", "Johan")]
    )
    assert {re.sub(r".*Yours now: (\w+).*", r"\1", each.words) for each in pressed} == {"Karin", "Lars"}
    third = await work.consoles.press("Sofia", "/dial-lists/1/next")
    assert "All who are left are with colleagues" in third.words


async def test_next_shows_the_card_and_the_script_and_one_press_calls(work: Work) -> None:
    await work.made()
    await work.consoles.press("Elin", "/dial-lists/1/next")
    shown = await work.consoles.part("Elin", "/dial-lists/1")
    assert "Karin Ekdahl" in shown.words
    assert "Good day" in shown.words
    assert 'data-key="c"' in shown.html
    pressed = await work.consoles.press("Elin", "/dial-people/1/call")
    assert "Your telephone rings" in pressed.words
    (call,) = await work.pbx.calls()
    assert call.customer == "+46701740612"
    assert (await work.consoles.press("Johan", "/dial-people/1/call")).status == 404


@on_sqlite
async def test_put_off_and_taken_off_he_is_with_nobody(work: Work) -> None:
    await work.made()
    await work.consoles.press("Elin", "/dial-lists/1/next")
    assert (await work.consoles.press("Elin", "/dial-people/1/later", at="soon")).status in {409, 422}
    assert (
        "Called again"
        in (await work.consoles.press("Elin", "/dial-people/1/later", at="2026-12-01T09:00")).words
    )
    await work.consoles.press("Elin", "/dial-lists/1/next")
    await work.consoles.press("Elin", "/dial-people/2/end")
    stopped = await work.consoles.get("Elin", "/dial-lists/1?show=stopped")
    assert "Taken off by Elin Sandgren" in stopped.words
    assert (
        "Nobody can be called now. The next one from"
        in (await work.consoles.press("Elin", "/dial-lists/1/next")).words
    )


async def test_who_was_taken_off_comes_back_by_undo_or_from_among_the_stopped(work: Work) -> None:
    await work.made()
    for undoing in ("Elin", "Johan"):
        await work.consoles.press("Elin", "/dial-lists/1/next")
        told = await work.consoles.press("Elin", "/dial-people/1/end")
        (undo,) = re.findall(r'hx-delete="(/dial-lists/[^"]+)"', told.html)
        assert undo == "/dial-lists/1/stops/1"
        assert "Put back" in (await work.consoles.get("Johan", "/dial-lists/1?show=stopped")).words
        assert "Back on the list" in (await work.consoles.press(undoing, undo, "DELETE")).words
        assert "Karin Ekdahl" in (await work.consoles.get("Elin", "/dial-lists/1?show=left")).words
    assert (await work.consoles.press("Nils", "/dial-lists/1/stops/1", "DELETE")).status == 404
    assert (await work.consoles.press("Elin", "/dial-lists/1/stops/99", "DELETE")).status == 404
    assert "Karin Ekdahl was put back" in (await work.consoles.get("Sofia", "/audit/dial_list/1")).words


async def test_a_head_changes_how_its_people_are_called(work: Work) -> None:
    await work.made()
    shown = await work.consoles.get("Sofia", "/dial-lists/1/settings")
    assert 'value="Autumn"' in shown.html
    assert 'value="2"' in shown.html
    fields = {
        "name": "Winter",
        "most_tries": "1",
        "again": "3",
        "unit": "days",
        "script": "Cold:\n\nGood day",
        **LONG,
    }
    wrong = await work.consoles.send("Sofia", "/dial-lists/1/settings", **(fields | {"most_tries": "99"}))
    assert (wrong.status, "1 to 20 times" in wrong.words) == (422, True)
    assert (await work.consoles.send("Sofia", "/dial-lists/1/settings", **fields)).location == "/dial-lists/1"
    shown = await work.consoles.get("Elin", "/dial-lists/1")
    for words in ("Winter", "Tries 1", "Again after 3 d"):
        assert words in shown.words
    assert "/dial-lists/1/settings" not in shown.html
    assert (await work.consoles.send("Elin", "/dial-lists/1/settings", **fields)).status == 403
    assert "Autumn" in (await work.consoles.get("Sofia", "/audit/dial_list/1")).words


async def test_people_of_another_view_come_onto_it_and_who_is_on_it_stays(work: Work) -> None:
    await work.made()
    nobody = await work.consoles.press("Sofia", "/dial-lists/1/people", view=str(work.view))
    assert (nobody.status, "Everybody in this view is on the list" in nobody.words) == (409, True)

    def more(session: Session) -> int:
        sales = find_department(session, "Sales").id
        contacts.add_contact(session, "Anna Berg", [(PHONE, "+46701740614")], department_id=sales)
        sofia = viewer(find_user(session, "sofia@klarruta.example"))
        return views.save(session, sofia, "contacts", "Doors", "sort=name", shared=False).id

    view = await work.firm.do(more)
    told = await work.consoles.press("Sofia", "/dial-lists/1/people", view=str(view))
    assert "1 person added. 2 were on it already. 1 without a number is left out" in told.words
    shown = await work.consoles.get("Sofia", "/dial-lists/1")
    assert "0 of 3 done" in shown.words
    assert "Windows, Doors" in shown.words
    assert (await work.consoles.press("Sofia", "/dial-lists/1/people", view="99")).status == 409


@on_sqlite
async def test_paused_it_gives_nobody_out_and_then_goes_on(work: Work) -> None:
    await work.made()
    await work.consoles.press("Sofia", "/dial-lists/1/pause")
    assert "is paused" in (await work.consoles.press("Elin", "/dial-lists/1/next")).words
    assert "Nobody is given out" in (await work.consoles.get("Elin", "/dial-lists/1")).words
    assert (await work.consoles.press("Elin", "/dial-lists/1/pause", "DELETE")).status == 403
    await work.consoles.press("Sofia", "/dial-lists/1/pause", "DELETE")
    assert "Yours now" in (await work.consoles.press("Elin", "/dial-lists/1/next")).words


@on_sqlite
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_it_leaves_as_other_lists_do_and_the_audit_knows(work: Work, kind: str) -> None:
    await work.made()
    cookie = {"Cookie": f"ringback={await work.consoles._cookie('Sofia')}"}
    async with work.consoles.client.get(f"/dial-lists/1/export.{kind}", headers=cookie) as answer:
        body = await answer.read()
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        assert [row[0] for row in rows] == ["Name", "Karin Ekdahl", "Lars Nyman"]
    else:
        assert body.startswith(b"PK")
    wanted = select(Entry).where(Entry.kind == "dial_list", Entry.verb == EXPORTED)
    entry = await work.firm.do(lambda session: session.scalars(wanted).one())
    assert entry.words == f"2 people as {kind}"


@on_sqlite
async def test_an_agent_is_shown_whose_cards_he_sees_and_whom_he_has(work: Work) -> None:
    await work.made()

    def move(session: Session) -> None:
        lars = session.get_one(DialPerson, 2).contact_id
        session.get_one(contacts.Contact, lars).department_id = find_department(session, "Service").id

    await work.firm.do(move)
    assert "Lars" not in (await work.consoles.get("Elin", "/dial-lists/1?show=all")).words
    assert "Lars" in (await work.consoles.get("Sofia", "/dial-lists/1?show=all")).words
    await work.consoles.press("Johan", "/dial-lists/1/next")
    await work.consoles.press("Elin", "/dial-lists/1/next")
    shown = await work.consoles.get("Elin", "/dial-lists/1?show=all")
    assert "Lars Nyman" in shown.words
    assert "/contacts/2" not in shown.html


@on_sqlite
async def test_those_who_work_on_it_hear_that_it_moved(work: Work) -> None:
    await work.made()
    heard: list[Notice] = []
    work.firm.db.listen(Notice, heard.append)
    await work.consoles.press("Elin", "/dial-lists/1/next")
    johan, nils = await work.firm.who("Johan"), await work.firm.who("Nils")
    (notice,) = [each for each in heard if each.kind == "dial-list"]
    assert (johan.hears(notice.audience), nils.hears(notice.audience)) == (True, False)


@on_sqlite
async def test_a_head_switches_rescue_on_and_what_is_wrong_is_said(work: Work) -> None:
    department = await work.firm.do(lambda session: find_department(session, "Sales").id)
    address = f"/call-guides/{department}"
    wrong = await work.consoles.press("Sofia", f"{address}/rescue", most="99", again="15", say="")
    assert (wrong.status, "at most 9 times" in wrong.words) == (422, True)
    await work.consoles.press("Sofia", f"{address}/rescue", most="3", again="20", say="custom/rescue")
    shown = await work.consoles.get("Sofia", address)
    assert 'value="custom/rescue"' in shown.html
    assert "Rescue of call-backs" in shown.words
    foreign = await work.firm.do(lambda session: find_department(session, "Service").id)
    assert (await work.consoles.press("Sofia", f"/call-guides/{foreign}/rescue", most="99")).status == 404
