"""Today: what is mine by deadline, what my team has, what waits, and why."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient

from crm import desk, planned, tasks
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles

FIGURE = re.compile(r'<a class="stat[^"]*" href="([^"]+)"><b>(\d+)</b><span[^>]*>([^<]+)<')


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
    assert "All departments" in words
    assert "Failed in the journal" in words


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


async def test_each_number_of_who_leads_opens_the_rows_that_it_counts(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    clock.shift = datetime(2026, 11, 25, 10, tzinfo=UTC) - datetime.now(UTC)
    await firm.request("Karin Ekdahl", to="Elin")
    clock.advance(minutes=16)
    await firm.request("Anders Holm")
    await firm.tick()
    html = (await consoles.get("Sofia", "/today")).html
    opens = {words: (number, href.replace("&amp;", "&")) for href, number, words in FIGURE.findall(html)}
    assert [opens[each][0] for each in ("Late now", "Within the hour", "In the queue")] == ["1", "1", "1"]
    assert "Karin Ekdahl" in (await consoles.get("Sofia", opens["Late now"][1])).words
    assert "Anders Holm" not in (await consoles.get("Sofia", opens["Late now"][1])).words
    assert "Karin Ekdahl" in (await consoles.get("Sofia", opens["Broken today"][1])).words


async def test_who_leads_gives_a_pressing_task_on_with_one_press_and_takes_it_back(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    task = await firm.request("Karin Ekdahl", to="Elin")
    clock.advance(minutes=12)
    assert "To Johan" in (await consoles.get("Sofia", "/today")).words
    given = await consoles.press("Sofia", f"/tasks/{task}/handover", to="user:2")
    assert f'/tasks/{task}/handover?to=user:1"' in given.html
    await consoles.press("Sofia", f"/tasks/{task}/handover?to=user:1", "DELETE")
    assert (await firm.task(task)).assignee_id == 1


async def test_who_leads_sees_who_is_away_and_who_stands_in(firm: Klarruta, consoles: Consoles) -> None:
    await firm.send_away("Johan", "Ill", substitute="Elin")
    words = (await consoles.get("Sofia", "/today")).words
    assert "Johan Lindh Ill, until" in words
    assert "Elin Sandgren stands in" in words


async def test_what_i_did_today_can_be_taken_back_from_there(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request("Karin Ekdahl", to="Elin")
    await firm.act(desk.complete, "Elin", task)
    html = (await consoles.get("Elin", "/today")).html
    assert f'hx-delete="/tasks/{task}/completion"' in html[html.index("done-today") :]


async def test_a_planned_task_comes_back_by_itself(firm: Klarruta, clock: Clock) -> None:
    task = await firm.request("Karin Ekdahl", to="Elin")
    await firm.act(desk.plan, "Elin", task, now() + timedelta(hours=1))
    assert await firm.do(planned.take, now(), 10) == []
    clock.advance(minutes=61)
    for task_id, _row in await firm.do(planned.take, now(), 10):
        await firm.do(planned.come_back, task_id)
    assert (await firm.task(task)).planned_for is None
    history = await firm.do(tasks.history, task)
    assert history[0].words == "back, as planned"


async def test_a_press_on_a_clock_opens_its_derivation(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request("Karin Ekdahl", to="Elin")
    href = f"/deadlines/{(await firm.deadline(task)).id}"
    assert f'href="{href}" data-menu="why"' in (await consoles.get("Elin", "/today")).html
    shown = await consoles.part("Elin", href)
    assert "15 min of working time, rule “New request”" in shown.words
    assert "<html" not in shown.html
    assert "rule “New request”" in (await consoles.get("Elin", href)).words
    assert (await consoles.get("Nils", href)).status == 404


LISTS = {
    "": "ekdahl holm",
    "whose=mine": "ekdahl",
    "whose=queue": "holm",
    "due=late": "",
    "due=hour": "ekdahl holm",
    "kind=mail": "",
    "state=done": "",
    "state=planned": "",
    "whose=99999999999999999999&due=nonsense&page=0": "ekdahl holm",
}


async def test_the_list_of_tasks_is_filtered(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl", to="Elin")
    await firm.request("Anders Holm")
    await firm.request("Ida Falk", of="Service")
    for query, found in LISTS.items():
        words = (await consoles.part("Elin", f"/tasks?{query}")).words.lower()
        assert [each for each in ("ekdahl", "holm", "falk") if each in words] == found.split(), query
