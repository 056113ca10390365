"""Calendars and the company's settings on screen: a week is looked at first, and what was promised moves with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient

from crm.setup import setup
from crm.working_hours import Span
from hub import audit
from hub.clock import Clock
from hub.users import add_user
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles
from tests.eventually import eventually

OFFICE: dict[str, str | list[str]] = {
    **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-12:00, 13:00-17:00"),
    "sat": "",
    "sun": "22:00-06:00",
    "zone": "Europe/Stockholm",
    "country": "SE",
    "special_day": ["2026-12-18", ""],
    "special_name": ["Inventory", ""],
    "special_hours": ["", ""],
}


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


async def test_a_preview_draws_the_week_and_says_what_moves(
    firm: Klarruta, consoles: Consoles, clock: Clock
) -> None:
    clock.shift = datetime(2026, 11, 25, 10, tzinfo=UTC) - datetime.now(UTC)
    task = await firm.request("Karin Ekdahl", to="Elin")
    before = await firm.deadline(task)
    late = {**OFFICE, "mon": "", "tue": "", "wed": "", "thu": "", "fri": "", "sun": "23:00-23:30"}
    shown = await consoles.press("Maria", "/calendars/company/preview", **late, sample_week="2026-12-24")
    assert "1 open task would move" in shown.words
    assert "Christmas Eve" not in shown.words  # it took no working time
    assert shown.html.count("<svg") == 7
    office = await consoles.press("Maria", "/calendars/company/preview", **OFFICE, sample_week="2026-12-24")
    assert "Christmas Eve" in office.words
    assert ": 08:00-12:00, 13:00-17:00" in office.words
    assert (await firm.deadline(task)).due_at == before.due_at


async def test_saving_moves_open_deadlines_keeps_a_version_and_can_be_brought_back(
    firm: Klarruta, consoles: Consoles, clock: Clock
) -> None:
    clock.shift = datetime(2026, 11, 25, 10, tzinfo=UTC) - datetime.now(UTC)
    task = await firm.request("Karin Ekdahl", to="Elin")
    before = await firm.deadline(task)
    closed = {**OFFICE, **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""), "sun": "23:00-23:30"}
    assert "1 open task was moved" in (await consoles.press("Maria", "/calendars/company", **closed)).words
    assert (await firm.deadline(task)).due_at != before.due_at
    page = await consoles.get("Maria", "/calendars/company")
    assert "Maria Berg" in page.words
    back = await consoles.press("Maria", "/calendars/company/version", version="1")
    assert "1 open task was moved" in back.words
    assert (await firm.deadline(task)).due_at == before.due_at
    assert len(await firm.do(audit.history, "company_calendar", 0)) == 2


async def test_a_department_works_as_the_company_again(firm: Klarruta, consoles: Consoles) -> None:
    await consoles.press("Maria", "/calendars/department/1", **OFFICE)
    hours = (await firm.do(setup)).hours[1, None]
    assert hours.week[0] == (Span(480, 720), Span(780, 1020))
    assert hours.week[6] == (Span(1320, 360),)
    assert hours.exceptions[0].name == "Inventory"
    assert "hours of its own" in (await consoles.get("Sofia", "/calendars/department/1")).words
    await consoles.press("Maria", "/calendars/department/1", "DELETE")
    assert (1, None) not in (await firm.do(setup)).hours
    assert (await consoles.press("Maria", "/calendars/company", "DELETE")).status == 409


async def test_what_cannot_be_is_said_beside_its_field(firm: Klarruta, consoles: Consoles) -> None:
    for wrong, words in (
        ({"mon": "8 to 5"}, '"8 to 5" is not a range of time'),
        ({"mon": "08:00-12:00, 11:00-17:00"}, "overlap"),
        ({"zone": "Europe/Stokholm"}, "did you mean"),
        ({"country": "XX"}, "no public holidays are known"),
        ({"special_day": ["soon", ""]}, "Choose the date of “Inventory”"),
    ):
        shown = await consoles.send("Maria", "/calendars/company", **{**OFFICE, **wrong})
        assert shown.status == 422, wrong
        assert words.lower() in shown.words.lower()
    assert await firm.do(audit.history, "company_calendar", 0) == []


async def test_heads_see_their_own_and_managers_change(consoles: Consoles) -> None:
    assert (await consoles.get("Elin", "/calendars")).status == 403
    for path, status in (
        ("/calendars", 200), ("/calendars/department/1", 200), ("/calendars/person/1", 200),
        ("/calendars/department/2", 404), ("/calendars/person/4", 404), ("/calendars/moon/1", 404),
    ):  # fmt: skip
        assert (await consoles.get("Sofia", path)).status == status, path
    assert (await consoles.press("Sofia", "/calendars/department/1", **OFFICE)).status == 403
    assert (await consoles.press("Sofia", "/calendars/department/1/preview", **OFFICE)).status == 403


async def test_an_admin_changes_the_company_and_every_page_says_so(
    firm: Klarruta, consoles: Consoles
) -> None:
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    wanted = {"name": "Klarruta Glas", "country": "NO", "zone": "Europe/Oslo", "currency": "NOK",
              "calls_from": "09:00", "calls_until": "19:00"}  # fmt: skip
    assert (await consoles.press("Maria", "/company", **wanted)).status == 403
    wrong = await consoles.send("Annika", "/company", **{**wanted, "currency": "XXQ"})
    assert (wrong.status, "Choose a currency from the list" in wrong.words) == (422, True)
    assert "Saved: Klarruta Glas" in (await consoles.press("Annika", "/company", **wanted)).words
    assert (await firm.do(setup)).company.country == "NO"
    entry = (await firm.do(audit.history, "company", 1))[0]
    assert entry.changes["currency"] == ["EUR", "NOK"]

    async def says_so() -> bool:
        async with consoles.client.get("/signin") as answer:
            return "Klarruta Glas" in await answer.text()

    await eventually(says_so)
