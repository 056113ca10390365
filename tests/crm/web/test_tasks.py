"""A task's own page, its menu, and every change with its way back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient

from crm import contacts, desk
from crm.contacts import Contact
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


async def test_the_page_explains_the_deadline_and_tells_the_history(
    firm: Klarruta, consoles: Consoles
) -> None:
    task = await firm.request()
    await firm.do(desk.take_next, await firm.who("Elin"))
    words = (await consoles.get("Elin", f"/tasks/{task}")).words
    assert "Why this deadline" in words
    assert "15 min of working time, rule “New request”" in words
    assert "Taken · Elin Sandgren" in words
    assert "Came in · Form “Website”" in words


async def test_the_page_asks_for_its_own_part_again(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    assert f'data-src="/tasks/{task}/fragment"' in (await consoles.get("Elin", f"/tasks/{task}")).html
    part = await consoles.part("Elin", f"/tasks/{task}/fragment")
    assert part.html.lstrip().startswith('<div id="task-page"')


async def test_a_row_gets_the_menu_alone_with_everybody_it_can_go_to(
    firm: Klarruta, consoles: Consoles
) -> None:
    task = await firm.request(to="Elin")
    await firm.send_away("Johan")
    menu = await consoles.part("Elin", f"/tasks/{task}?open=handover")
    assert "<html" not in menu.html
    assert '<details name="deeds" open>' in menu.html
    assert 'value="user:1"' not in menu.html  # Elin, who has it
    assert menu.words.index("Nils Åkerman free") < menu.words.index("Johan Lindh away until")
    assert "Service 0 waiting" in menu.words


@pytest.mark.parametrize("path", ["/tasks/{}", "/tasks/{}/fragment"])
async def test_a_task_of_others_is_not_found(firm: Klarruta, consoles: Consoles, path: str) -> None:
    task = await firm.request(to="Elin")
    assert (await consoles.get("Nils", path.format(task))).status == 404
    assert (await consoles.get("Elin", path.format(task + 99))).status == 404


@pytest.mark.parametrize("deed", ["completion", "handover", "plan", "pause", "contact"])
async def test_nobody_changes_a_task_that_he_does_not_see(
    firm: Klarruta, consoles: Consoles, deed: str
) -> None:
    task = await firm.request(to="Elin")
    at = (now() + timedelta(days=1)).isoformat()
    pressed = await consoles.press(
        "Nils", f"/tasks/{task}/{deed}", to="user:4", why="x", at=at, contact="new"
    )
    assert pressed.status == 404
    assert (await firm.task(task)).assignee_id == 1


async def test_done_can_be_undone(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    done = await consoles.press("Elin", f"/tasks/{task}/completion")
    assert "Done: First answer: Karin Ekdahl" in done.words
    assert f'hx-delete="/tasks/{task}/completion"' in done.html
    assert (await consoles.press("Elin", f"/tasks/{task}/completion", "DELETE")).status == 200
    assert (await firm.task(task)).done_at is None


async def test_done_works_without_scripts_too(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    assert (await consoles.send("Elin", f"/tasks/{task}/completion")).status == 303
    assert (
        "Done: First answer" in (await consoles.get("Elin", "/today")).words
        or (await firm.task(task)).done_at
    )
    assert (await consoles.send("Elin", f"/tasks/{task}/completion", _method="delete")).status == 303
    assert (await firm.task(task)).done_at is None


async def test_done_twice_says_by_whom(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    await consoles.press("Elin", f"/tasks/{task}/completion")
    second = await consoles.press("Johan", f"/tasks/{task}/completion")
    assert (second.status, second.words) == (
        409,
        "“First answer: Karin Ekdahl” was done already by Elin Sandgren",
    )


async def test_a_task_is_handed_over_with_a_reason(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    pressed = await consoles.press("Elin", f"/tasks/{task}/handover", to="user:2", why="knows the house")
    assert "Johan Lindh has it now" in pressed.words
    assert "Why you: knows the house" in (await consoles.get("Johan", "/today")).words


async def test_a_local_time_is_the_company_s(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    pressed = await consoles.press("Elin", f"/tasks/{task}/plan", at="2030-01-15T10:30")
    assert "Planned for 15 Jan 2030" in pressed.words
    planned = (await firm.task(task)).planned_for
    assert planned is not None
    assert (planned.hour, planned.minute) == (9, 30)
    await consoles.press("Elin", f"/tasks/{task}/plan", "DELETE")
    assert (await firm.task(task)).planned_for is None


@pytest.mark.parametrize(
    "at", ["", "tomorrow", "0001-01-01T00:00", "9999-12-31T23:59-23:00", "2020-01-01T10:00"]
)
async def test_a_time_that_is_none_or_past_is_refused(firm: Klarruta, consoles: Consoles, at: str) -> None:
    task = await firm.request(to="Elin")
    assert (await consoles.press("Elin", f"/tasks/{task}/plan", at=at)).status == 409


async def test_the_menu_offers_times_of_the_next_days_of_work(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(of="Service")
    menu = await consoles.part("Nils", f"/tasks/{task}?open=plan")
    assert "In 1 hour," in menu.words
    assert menu.words.replace("In 1 hour, 08:00", "").count(" 08:00") == 2


async def test_the_clock_is_paused_and_let_go_again(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    assert (await consoles.press("Elin", f"/tasks/{task}/pause", why="sends a drawing")).status == 200
    assert "Let the clock run again" in (await consoles.part("Elin", f"/tasks/{task}")).words
    assert (await consoles.press("Elin", f"/tasks/{task}/pause", "DELETE")).status == 200
    assert (await firm.deadline(task)).paused_at is None


async def test_a_paused_deadline_is_explained(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    clock.advance(minutes=5)
    await firm.act(desk.pause, "Elin", task, "sends a drawing")
    clock.advance(minutes=30)
    shown = await consoles.get("Elin", f"/tasks/{task}")
    assert "Held: sends a drawing" in shown.words
    assert "10 min left" in shown.words


async def test_who_it_is_is_chosen_from_the_menu(firm: Klarruta, consoles: Consoles) -> None:
    karin = await firm.do(contacts.add_contact, "Karin Ekdahl", [("phone", "+46313900641")])
    task = await firm.request("K. Ekdahl", to="Elin")
    card = (await firm.task(task)).contact_id or 0
    await firm.do(lambda session: setattr(session.get_one(Contact, card), "maybe", [karin]))
    menu = await consoles.part("Elin", f"/tasks/{task}?open=contact")
    assert "Karin Ekdahl 031-390 06 41" in menu.words
    assert (await consoles.press("Elin", f"/tasks/{task}/contact", contact="7" * 30)).status == 409
    pressed = await consoles.press("Elin", f"/tasks/{task}/contact", contact=str(karin))
    assert "It is Karin Ekdahl" in pressed.words
    assert f'href="/contacts/{karin}"' in pressed.html


@pytest.mark.parametrize("address", ["0", "x", "9" * 30, quote("१")])
async def test_what_is_no_number_is_not_found(consoles: Consoles, address: str) -> None:
    assert (await consoles.get("Elin", f"/tasks/{address}")).status == 404
