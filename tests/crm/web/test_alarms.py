"""Alarms on screen: shown above every page until answered, and told on a page of their own."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from crm.alarms import Alarm
from hub.clock import Clock
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


async def late(firm: Klarruta, clock: Clock, to: str | None = "Elin") -> tuple[int, Alarm]:
    """Let a request be late; gives the task and the head's alarm."""
    task = await firm.request(to=to)
    clock.advance(minutes=15)
    await firm.tick()
    return task, (await firm.alarms(task))[-1]


async def test_all_is_quiet_says_so(consoles: Consoles) -> None:
    assert "All is quiet" in (await consoles.get("Elin", "/alarms")).words


async def test_the_head_sees_what_is_late_and_why_him(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    await late(firm, clock)
    shown = await consoles.part("Sofia", "/alarms/mine")
    assert "First answer: Karin Ekdahl is late" in shown.words
    assert "You lead Sales." in shown.words
    assert "Step 2 of 3" in shown.words
    assert "If nobody has seen it by" in shown.words
    assert (await consoles.part("Nils", "/alarms/mine")).words == ""


async def test_what_stood_on_a_screen_counts_as_shown(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    task, _ = await late(firm, clock)
    await consoles.part("Sofia", "/alarms/mine")
    alarm = (await firm.alarms(task))[-1]
    assert alarm.shown_at is not None
    assert alarm.seen_at is None


async def test_a_refresh_shows_it_again_until_it_is_answered(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    _, alarm = await late(firm, clock)
    for _ in range(2):
        assert "Karin Ekdahl" in (await consoles.part("Sofia", "/alarms/mine")).words
    pressed = await consoles.press("Sofia", f"/alarms/{alarm.id}/answer")
    assert "You take care of it: First answer: Karin Ekdahl" in pressed.words
    assert "Karin Ekdahl" not in (await consoles.part("Sofia", "/alarms/mine")).words


async def test_to_look_is_to_have_seen(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    task, alarm = await late(firm, clock)
    assert 'role="alert"' in (await consoles.part("Sofia", "/alarms/mine")).html
    assert (await consoles.press("Sofia", f"/alarms/{alarm.id}/seen")).status == 204
    assert (await firm.alarms(task))[-1].seen_at is not None
    assert 'role="alert"' not in (await consoles.part("Sofia", "/alarms/mine")).html


async def test_nobody_looks_for_somebody_else(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    task, alarm = await late(firm, clock)
    for name in ("Maria", "Johan", "Nils"):
        assert (await consoles.press(name, f"/alarms/{alarm.id}/seen")).status == 404
    assert (await firm.alarms(task))[-1].seen_at is None


async def test_who_answers_takes_what_nobody_had(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    task, alarm = await late(firm, clock, to=None)
    await consoles.press("Sofia", f"/alarms/{alarm.id}/answer")
    assert (await firm.task(task)).assignee_id == (await firm.who("Sofia")).user_id
    assert "Why you: You answered the alarm" in (await consoles.get("Sofia", "/today")).words


async def test_an_answer_comes_once(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    _, alarm = await late(firm, clock)
    await consoles.press("Sofia", f"/alarms/{alarm.id}/answer")
    second = await consoles.press("Johan", f"/alarms/{alarm.id}/answer")
    assert (second.status, second.words) == (409, "Somebody takes care of it already")


async def test_an_alarm_of_others_is_not_found(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    _, alarm = await late(firm, clock)
    assert (await consoles.press("Nils", f"/alarms/{alarm.id}/answer")).status == 404
    assert "Karin" not in (await consoles.get("Nils", "/alarms")).words


async def test_the_page_tells_who_was_told_and_how_far_each_got(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    await late(firm, clock)
    await consoles.part("Sofia", "/alarms/mine")
    words = (await consoles.get("Maria", "/alarms")).words
    assert "Open 1" in words
    assert "Elin Sandgren told" in words
    assert "Sofia Hjelm shown" in words
    assert "not seen" in words


async def test_the_page_tells_how_it_ended(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    _, alarm = await late(firm, clock)
    await consoles.press("Sofia", f"/alarms/{alarm.id}/answer")
    part = await consoles.part("Maria", "/alarms")
    assert part.html.lstrip().startswith('<div id="alarm-list"')
    assert "Ended 1" in part.words
    assert "by Sofia Hjelm" in part.words


async def test_many_alarms_leave_the_page_free(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    for name in ("Karin", "Anders", "Yasmin", "Ida", "Olle"):
        await firm.request(name, to="Elin")
    clock.advance(minutes=15)
    await firm.tick()
    shown = await consoles.part("Sofia", "/alarms/mine")
    assert shown.html.count('<div class="alarm ') == 3
    assert "2 more alarms" in shown.words
    on_their_page = await consoles.part("Sofia", "/alarms/mine", HX_Current_URL="http://127.0.0.1/alarms")
    assert '<div class="alarm ' not in on_their_page.html


async def test_the_bell_counts_the_tasks(firm: Klarruta, clock: Clock, consoles: Consoles) -> None:
    await late(firm, clock)
    clock.advance(minutes=30)
    await firm.tick()
    assert 'aria-label="1 open alarm"' in (await consoles.get("Sofia", "/today")).html


async def test_the_bell_and_the_rooms_ask_for_themselves(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    quiet = await consoles.part("Sofia", "/frame/bell")
    assert 'aria-label="Alarms"' in quiet.html
    await late(firm, clock)
    assert 'aria-label="1 open alarm"' in (await consoles.part("Sofia", "/frame/bell")).html
    rooms = await consoles.part("Sofia", "/frame/rooms?at=/contacts")
    assert 'href="/contacts" aria-current="page"' in rooms.html
    assert 'data-src="/frame/rooms?at=/contacts"' in rooms.html
