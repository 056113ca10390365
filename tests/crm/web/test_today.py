"""Today: what is mine by deadline, what my team has, what waits, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient

from crm import desk
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


async def test_the_front_door_leads_to_the_day(consoles: Consoles) -> None:
    shown = await consoles.get("Elin", "/")
    assert (shown.status, shown.location) == (303, "/today")


async def test_an_empty_day_says_so(consoles: Consoles) -> None:
    assert "Nothing waits for you" in (await consoles.get("Elin", "/today")).words


async def test_my_day_shows_what_is_mine_and_why(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl", to="Elin")
    await firm.request("Anders Holm", to="Johan")
    await firm.do(desk.take_next, await firm.who("Elin"))
    task = await firm.request("Yasmin Karimi")
    await firm.act(desk.hand_over, "Sofia", task, "user:1", "you know the house")
    words = (await consoles.get("Elin", "/today")).words
    assert "First answer: Karin Ekdahl" in words
    assert "Why you: you know the house" in words
    assert "Anders Holm" not in words


async def test_my_team_shows_its_tasks_and_its_queue(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl", to="Johan")
    await firm.request("Anders Holm")
    await firm.request("Ida Falk", of="Service")
    words = (await consoles.get("Elin", "/today?whose=team")).words
    assert "Karin Ekdahl" in words
    assert "Anders Holm" in words
    assert "Ida Falk" not in words
    assert "1 waiting in Sales" in words


async def test_a_manager_sees_every_queue(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl")
    await firm.request("Ida Falk", of="Service")
    words = (await consoles.get("Maria", "/today?whose=team")).words
    assert "Karin Ekdahl" in words
    assert "Ida Falk" in words
    assert "Sales 1 waiting" in words
    assert "Service 1 waiting" in words


async def test_the_most_pressing_comes_first_and_is_next(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    await firm.request("Karin Ekdahl", to="Elin")
    clock.advance(minutes=2)
    await firm.request("Anders Holm", to="Elin")
    html = (await consoles.get("Elin", "/today")).html
    assert html.index("Karin Ekdahl") < html.index("Anders Holm")
    assert html.count("is-next") == 1
    assert html.index("is-next") < html.index("Karin Ekdahl")


async def test_what_is_late_stands_apart_with_who_was_told(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    await firm.request("Karin Ekdahl", to="Elin")
    clock.advance(minutes=34)
    await firm.tick()
    shown = await consoles.part("Elin", "/today/fragment?whose=mine")
    assert "Overdue 1 Sofia Hjelm and Maria Berg were told" in shown.words
    assert "19 min late" in shown.words
    assert shown.html.startswith('<div id="today"')


async def test_what_is_planned_or_paused_waits_under_later(firm: Klarruta, consoles: Consoles) -> None:
    planned, paused = (
        await firm.request("Karin Ekdahl", to="Elin"),
        await firm.request("Anders Holm", to="Elin"),
    )
    await firm.act(desk.plan, "Elin", planned, now() + timedelta(minutes=8))
    await firm.act(desk.pause, "Elin", paused, "sends a drawing")
    words = (await consoles.get("Elin", "/today")).words
    assert "Later 2" in words
    assert "Paused: sends a drawing" in words
    assert "Planned for" in words


async def test_a_paused_clock_stands_still(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    await firm.act(desk.pause, "Elin", task, "sends a drawing")
    html = (await consoles.get("Elin", "/today")).html
    assert 'data-state="paused"' in html
    assert "data-due=" not in html


async def test_take_next_gives_me_a_task_and_says_which(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl")
    assert "Yours: First answer: Karin Ekdahl" in (await consoles.press("Elin", "/tasks/take-next")).words
    refused = await consoles.press("Elin", "/tasks/take-next")
    assert (refused.status, refused.words) == (409, "Nobody waits in the queue")


async def test_the_team_says_who_is_away_and_until_when(firm: Klarruta, consoles: Consoles) -> None:
    await firm.send_away("Johan", "Parental leave")
    words = (await consoles.get("Elin", "/today")).words
    assert "Team 2 of 3 here" in words
    assert "Johan Lindh Parental leave away until" in words


async def test_what_i_did_today_is_counted(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    await firm.act(desk.complete, "Elin", task)
    assert "1 done today" in (await consoles.get("Elin", "/today")).words


async def test_a_stranger_is_sent_to_sign_in(consoles: Consoles) -> None:
    async with consoles.client.get("/today", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/signin?next=/today")


async def test_who_leads_sees_the_team_first_and_who_answers_his_own(
    firm: Klarruta, consoles: Consoles
) -> None:
    await firm.request("Karin Ekdahl")
    for name in ("Sofia", "Maria"):
        assert "First answer: Karin Ekdahl" in (await consoles.get(name, "/today")).words
        assert "First answer: Karin Ekdahl" not in (await consoles.get(name, "/today?whose=mine")).words
    assert "First answer: Karin Ekdahl" not in (await consoles.get("Elin", "/today")).words
