"""What is done in a talk and after it: the note, the next task, and what came of the call."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from crm import call_guides, call_results
from hub.clock import Clock, now
from hub.events import Talk
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.web.console import Consoles

STOCKHOLM = ZoneInfo("Europe/Stockholm")


async def words(consoles: Consoles, name: str) -> str:
    """Give what rings for somebody, or lies open."""
    return (await consoles.part(name, "/popups")).words


async def test_it_stands_on_the_card_and_in_every_window(pbx: Switchboard, consoles: Consoles) -> None:
    call = pbx.answered(pbx.rings(name="Karin"))
    await pbx.tells(call)
    kept = await consoles.press("Elin", "/popups/1/note", text="Twelve windows\n", was="")
    assert kept.html == "Twelve windows"
    assert "Twelve windows" in await words(consoles, "Elin")
    await pbx.tells(pbx.ended(call, seconds=9))
    timeline = await consoles.part("Elin", "/contacts/1/timeline")
    assert "answered by Elin Sandgren, 9 seconds" in timeline.words
    assert "Twelve windows" in timeline.words


async def test_it_is_written_on_after_the_end(pbx: Switchboard, consoles: Consoles) -> None:
    call = pbx.answered(pbx.rings(name="Karin"))
    await pbx.tells(call)
    await consoles.press("Elin", "/popups/1/note", text="Twelve", was="")
    await pbx.tells(pbx.ended(call, seconds=9))
    assert "Call ended" in await words(consoles, "Elin")
    await consoles.press("Elin", "/popups/1/note", text="Twelve windows", was="Twelve")
    assert "Twelve windows" in (await consoles.part("Elin", "/contacts/1/timeline")).words
    await consoles.press("Elin", "/popups/1/away")
    assert await words(consoles, "Elin") == ""
    late = await consoles.press("Elin", "/popups/1/note", text="Twelve windows, wood", was="Twelve windows")
    assert late.html == "Twelve windows, wood"


async def test_one_that_comes_after_the_call_was_over_lays_it_open_again(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.talks(name="Karin")
    assert await words(consoles, "Elin") == ""
    await consoles.press("Elin", "/popups/1/note", text="Twelve", was="")
    assert "Twelve" in await words(consoles, "Elin")


async def test_two_windows_that_write_at_once_lose_nothing(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.answered(pbx.rings()))
    await consoles.press("Elin", "/popups/1/note", text="Twelve", was="")
    await consoles.press("Elin", "/popups/1/note", text="Twelve windows", was="Twelve")
    both = await consoles.press("Elin", "/popups/1/note", text="Twelve of wood", was="Twelve")
    assert both.html == "Twelve windows\n\nof wood"
    again = await consoles.press("Elin", "/popups/1/note", text="Twelve of wood", was="Twelve")
    assert again.html == both.html


async def test_two_who_talked_have_a_note_each(pbx: Switchboard, consoles: Consoles) -> None:
    call = pbx.answered(pbx.rings(name="Karin"))
    await pbx.tells(call)
    await consoles.press("Elin", "/popups/1/note", text="Wants Johan", was="")
    call = structs.replace(call, talking=("102",), inside=("102",), talks=(Talk("101", 9),))
    await pbx.tells(call)
    assert "Handed on" in await words(consoles, "Elin")
    await consoles.press("Johan", "/popups/1/note", text="Got him", was="")
    await pbx.tells(pbx.ended(call, seconds=5))
    line = (await consoles.part("Elin", "/contacts/1/timeline")).words
    assert "Elin Sandgren: Wants Johan Johan Lindh: Got him" in line


async def test_who_did_not_talk_writes_none(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings())
    assert (await consoles.press("Elin", "/popups/1/note", text="x", was="")).status == 409


async def test_it_is_the_contacts_and_planned_as_said(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(name="Karin"))
    await consoles.press("Elin", "/popups/1/card", name="Karin")
    await pbx.tells(pbx.answered(pbx.rings(), "101"))
    johan = (await consoles.firm.who("Johan")).user_id
    await pbx.tells(pbx.answered(pbx.rings(KARIN), "101"))
    for fields in (
        {"title": "Send the offer", "when": "today"},
        {"title": "Measure", "when": "tomorrow", "to": f"user:{johan}"},
        {"title": "Order", "when": "at", "at": "2099-01-05T09:00"},
    ):
        assert (await consoles.press("Elin", "/popups/2/task", **fields)).status == 200
    made = {task.title: task for task in await pbx.tasks()}
    assert {task.contact_id for task in made.values()} == {1}
    assert made["Send the offer"].planned_for is None
    assert made["Measure"].assignee_id == johan
    assert made["Measure"].planned_for > now()
    assert made["Order"].planned_for.year == 2099
    assert made["Order"].due_at == made["Order"].planned_for
    midnight = [made[each].due_at.astimezone(STOCKHOLM) for each in ("Send the offer", "Measure")]
    assert [f"{each:%H:%M}" for each in midnight] == ["00:00", "00:00"]  # the department works day and night
    assert midnight[1] - midnight[0] == timedelta(days=1)
    why = (await consoles.part("Elin", "/deadlines/1")).words
    assert "until the time that was set by hand" in why
    assert re.search(r"Set \w+ [0-9:]+, clock starts", why)


async def test_what_makes_no_sense_is_said(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.answered(pbx.rings()))
    nothing = await consoles.press("Elin", "/popups/1/task", title=" ", when="today")
    past = await consoles.press("Elin", "/popups/1/task", title="x", when="at", at="1999-01-01T00:00")
    odd = await consoles.press("Elin", "/popups/1/task", title="x", when="at", at="soon")
    assert (nothing.status, past.status, odd.status) == (409, 409, 409)
    assert "Choose a day and a time" in odd.words


@pytest.fixture
async def sales(pbx: Switchboard) -> int:
    """Give the department of those who talk, which has results."""
    elin = await pbx.firm.who("Elin")
    assert elin.department_id
    await pbx.firm.do(call_results.make_offered, elin, elin.department_id)
    return elin.department_id


async def require(pbx: Switchboard, department_id: int) -> None:
    """Have each call of the department need a result."""
    elin = await pbx.firm.who("Elin")
    await pbx.firm.do(call_guides.write, elin, department_id, "", required=True)


async def test_who_talked_says_it_and_the_card_shows_it(
    pbx: Switchboard, consoles: Consoles, sales: int
) -> None:
    del sales
    call = pbx.answered(pbx.rings(name="Karin"))
    await pbx.tells(call)
    await pbx.tells(pbx.ended(call, seconds=9))
    shown = await consoles.part("Elin", "/popups")
    assert "What came of it?" in shown.words
    assert await words(consoles, "Johan") == ""
    said = await consoles.press("Elin", "/popups/1/result", result="1")
    assert "Result: Settled" in said.words
    assert await words(consoles, "Elin") == ""
    line = (await consoles.part("Elin", "/contacts/1/timeline")).words
    assert "answered by Elin Sandgren, 9 seconds: Settled" in line
    (kept,) = await pbx.calls()
    assert (kept.result_id, kept.result_by) == (1, (await consoles.firm.who("Elin")).user_id)
    assert kept.result_at is not None


async def test_it_may_make_a_task_and_both_are_taken_back(
    pbx: Switchboard, consoles: Consoles, sales: int
) -> None:
    del sales
    await pbx.talks(name="Karin Ekdahl")
    await consoles.press("Elin", "/popups/1/result", result="2")
    (task,) = await pbx.tasks()
    assert task.title == "Wants an offer: Karin Ekdahl"
    assert task.due_at > task.planned_for > now()
    await consoles.press("Elin", "/popups/1/result", "DELETE")
    (task,) = await pbx.tasks()
    assert task.done_at is not None
    assert "What came of it?" in await words(consoles, "Elin")
    assert ": Wants an offer" not in (await consoles.part("Elin", "/contacts/1/timeline")).words


async def test_one_that_is_not_needed_can_be_put_away(
    pbx: Switchboard, consoles: Consoles, sales: int
) -> None:
    del sales
    await pbx.talks()
    assert (await consoles.press("Elin", "/popups/1/away")).status == 200
    assert await words(consoles, "Elin") == ""
    await consoles.press("Elin", "/popups/1/away", "DELETE")
    assert "What came of it?" in await words(consoles, "Elin")


async def test_one_that_is_needed_stays_over_night_and_stands_on_today(
    pbx: Switchboard, consoles: Consoles, sales: int, clock: Clock
) -> None:
    await require(pbx, sales)
    await pbx.talks(name="Karin Ekdahl")
    await pbx.talks("+46701740613")
    assert (await consoles.press("Elin", "/popups/1/away")).status == 409
    clock.advance(hours=15)
    assert "What came of it?" in await words(consoles, "Elin")
    today = await consoles.part("Elin", "/today/fragment?whose=mine")
    assert "2 calls without a result" in today.words
    assert "Karin Ekdahl" in today.words
    await consoles.press("Elin", "/popups/1/result", result="3")
    assert "1 call without a result" in (await consoles.part("Elin", "/today/fragment?whose=mine")).words


async def test_missed_calls_ask_for_none(pbx: Switchboard, consoles: Consoles, sales: int) -> None:
    await require(pbx, sales)
    await pbx.misses()
    assert await words(consoles, "Elin") == ""


async def test_a_call_that_ended_while_nobody_listened_asks_as_well(
    pbx: Switchboard, consoles: Consoles, sales: int
) -> None:
    del sales
    await pbx.tells(pbx.answered(pbx.rings()))
    await pbx.lists()
    assert "What came of it?" in await words(consoles, "Elin")


async def test_a_result_of_another_department_or_a_retired_one_is_none(
    pbx: Switchboard, consoles: Consoles, sales: int
) -> None:
    del sales
    other = (await consoles.firm.who("Nils")).department_id
    await pbx.firm.do(call_results.make_offered, await pbx.firm.who("Nils"), other)
    await pbx.talks()
    await consoles.press("Sofia", "/call-results/1", "DELETE")
    for result in ("1", "7", "99", "x"):
        assert (await consoles.press("Elin", "/popups/1/result", result=result)).status == 409


async def test_several_that_are_over_lie_open_two_at_once(
    pbx: Switchboard, consoles: Consoles, sales: int
) -> None:
    del sales
    for number in range(4):
        await pbx.talks(f"+4670174061{number}")
    shown = await consoles.part("Elin", "/popups")
    assert shown.html.count("<article") == 2
    assert "2 more calls lie open" in shown.words
