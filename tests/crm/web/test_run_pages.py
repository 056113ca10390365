"""Runs in the console: at the deal, on their own page, moved and ended by hand, and all that are under way."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape

import pytest
from sqlalchemy.orm import Session

from crm import deal_changes
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deals import Deal
from hub.clock import Clock
from hub.users import find_user
from tests.crm.drawing import drawn, end, flow, gateway, message, stage, start, timer, user, way
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import Consoles
from tests.crm.web.workflow import Workflow

FORM = '<ringback:answer name="windows" label="How many windows" kind="whole" required="true"/>'
SALE = drawn(
    start(), user("a", "Call", FORM, within="15 min"), message("m", "Paid", "payment received"), user("b", "Install"),
    end(), way("s a m b e"),
)  # fmt: skip
JAMS = drawn(
    start(), message("m", "Paid", "payment received"), gateway("g"), user("b", "B"), end(), end("f"),
    way("s m g"), flow("g", "b", "value > 99999999"), flow("g", "f", "value > 88888888"), flow("b", "e"),
)  # fmt: skip

Work = tuple[Workflow, Consoles, int]


@pytest.fixture
async def work(firm: Klarruta, consoles: Consoles) -> Work:
    """Give a deal of Elin's, and a process that can be begun for it."""
    room, flow_ = Salesroom(firm), Workflow(firm)
    await room.open()
    await flow_.published(SALE)
    return flow_, consoles, await room.deal("Seven windows")


async def begun(work: Work) -> int:
    """Have Elin begin the process for her deal."""
    _flow, consoles, deal = work
    told = await consoles.press("Elin", f"/deals/{deal}/runs", process="1")
    assert "Begun: Sale" in told.words
    return 1


async def marks(consoles: Consoles, run: int) -> dict[str, str]:
    """Give how the elements of a run's diagram are."""
    page = (await consoles.get("Elin", f"/runs/{run}")).html
    (found,) = re.findall(r"data-marks='([^']*)'", page)
    return dict(json.loads(unescape(found)))


async def test_a_process_is_begun_at_the_deal_and_stands_there(work: Work) -> None:
    _flow, consoles, deal = work
    assert "Begin" in (await consoles.get("Elin", f"/deals/{deal}")).words
    await begun(work)
    shown = await consoles.part("Elin", f"/deals/{deal}/aside")
    assert "Processes Sale Call" in shown.words
    assert (
        "Process “Sale”" in shown.words
    )  # and not what the file calls itself, which another program often leaves out
    assert "Under way" in shown.words
    wrong = await consoles.press("Elin", f"/deals/{deal}/runs", process="7")
    assert (wrong.status, "Choose a process" in wrong.words) == (409, True)


async def test_who_begins_it_twice_is_asked_first_and_has_one_run(work: Work) -> None:
    _flow, consoles, deal = work
    here = f"/deals/{deal}/runs"
    told = await asyncio.gather(*(consoles.press("Elin", here, process="1") for _tab in range(3)))
    assert sorted(each.status for each in told) == [200, 409, 409]
    assert any("“Sale” runs already for the same" in each.words for each in told)
    assert 'name="beside" value="1"' in (await consoles.part("Elin", f"/deals/{deal}/aside")).html
    assert (await consoles.press("Elin", here, process="1", beside="1")).status == 409  # nobody said so
    again = {"process": "1", "beside": "1", "again": "on"}
    more = await asyncio.gather(*(consoles.press("Elin", here, **again) for _click in range(2)))
    assert sorted(each.status for each in more) == [200, 409]  # one more, and not two
    assert (await consoles.get("Elin", "/runs/2")).status == 200
    assert (await consoles.get("Elin", "/runs/3")).status == 404


async def test_who_reads_swedish_is_told_in_swedish_why_a_deal_moved(
    firm: Klarruta, consoles: Consoles
) -> None:
    room, flow_ = Salesroom(firm), Workflow(firm)
    await room.open()
    await flow_.published(drawn(start(), user("a", "Call"), stage("q", "Measured"), end(), way("s a q e")))
    deal = await room.deal("Seven windows", phone="+46701740612")
    await begun((flow_, consoles, deal))
    await consoles.press("Elin", f"/tasks/{await flow_.task('Call')}/answers")
    for language, words in (("en", "“Call” was done"), ("sv", "”Call” blev klar")):
        assert (
            words
            in (await consoles.part("Elin", f"/deals/{deal}/aside", **{"Accept-Language": language})).words
        )


async def test_a_fork_without_a_name_is_called_by_what_is_waited_for(
    firm: Klarruta, consoles: Consoles
) -> None:
    room, flow_ = Salesroom(firm), Workflow(firm)
    await room.open()
    await flow_.published(
        drawn(
            start(), gateway("pays", kind="eventBased"), message("m", "Paid", "payment received"),
            timer("t", "Two weeks later", "P14D"), end(), end("f"),
            flow("s", "pays"), flow("pays", "m"), flow("pays", "t"), flow("m", "e"), flow("t", "f"),
        )
    )  # fmt: skip
    deal = await room.deal("Seven windows")
    await begun((flow_, consoles, deal))
    shown = (await consoles.part("Elin", f"/deals/{deal}/aside")).words
    assert "Sale Paid / Two weeks later" in shown


async def test_its_page_colours_the_diagram_and_tells_who_when_and_from_what(work: Work) -> None:
    flow_, consoles, _deal = work
    run = await begun(work)
    assert await marks(consoles, run) == {"s": "done", "a": "waiting"}
    await consoles.press("Elin", f"/tasks/{await flow_.task('Call')}/answers", **{"answer.windows": "4"})
    shown = await consoles.get("Elin", f"/runs/{run}")
    assert await marks(consoles, run) == {"s": "done", "a": "done", "m": "waiting"}
    assert 'data-xml="/runs/1/diagram"' in shown.html
    assert (await consoles.get("Elin", "/runs/1/diagram")).html == SALE
    assert (await consoles.get("Nils", "/runs/1/diagram")).status == 404
    assert (await consoles.get("Elin", "/processes/1/versions/1")).status == 403
    for words in (
        "“Call” was done",
        "Done by Elin Sandgren",
        "How many windows 4",
        "Waits for payment received",
        "Seven windows",
    ):
        assert words in shown.words


async def test_a_step_that_broke_its_promise_is_late(work: Work, clock: Clock) -> None:
    flow_, consoles, deal = work
    run = await begun(work)
    clock.advance(hours=20)
    await flow_.firm.tick()
    assert (await marks(consoles, run))["a"] == "late"
    assert "Running late" in (await consoles.part("Elin", f"/deals/{deal}/aside")).words
    assert "Sale" in (await consoles.part("Maria", "/runs?which=late")).words
    assert "No such run" in (await consoles.part("Maria", "/runs?which=stuck")).words


async def test_it_is_moved_by_hand_by_who_leads_for_a_reason(work: Work) -> None:
    flow_, consoles, _deal = work
    run = await begun(work)
    assert "By hand" not in (await consoles.get("Elin", f"/runs/{run}")).words
    assert (
        await consoles.press("Elin", f"/runs/{run}/moves", step="2", to="b", why="Paid in cash")
    ).status == 403
    page = await consoles.get("Maria", f"/runs/{run}")
    (step,) = re.findall(r'name="step" value="(\d+)"', page.html)
    no = await consoles.press("Maria", f"/runs/{run}/moves", step=step, to="b", why=" ")
    assert (no.status, "Say why" in no.words) == (409, True)
    told = await consoles.press("Maria", f"/runs/{run}/moves", step=step, to="b", why="Paid in cash")
    assert "The run goes on there" in told.words
    assert await flow_.open_steps() == ["Install"]
    shown = await consoles.get("Elin", f"/runs/{run}")
    assert "moved by hand from Call by Maria Berg: Paid in cash" in shown.words
    assert await marks(consoles, run) == {"s": "done", "a": "dropped", "b": "waiting"}
    late = await consoles.press("Maria", f"/runs/{run}/moves", step=step, to="m", why="Twice")
    assert (late.status, "faster" in late.words) == (409, True)
    strange = await consoles.press("Maria", f"/runs/{run}/moves", step="999", to="m", why="No such step")
    assert strange.status == 409


async def test_the_clock_of_a_step_that_nobody_did_says_so(work: Work) -> None:
    flow_, consoles, _deal = work
    run = await begun(work)
    task = await flow_.task("Call")
    clock = f"/deadlines/{(await flow_.firm.deadline(task)).id}"
    assert "No longer needed" not in (await consoles.get("Elin", clock)).words
    await consoles.press("Maria", f"/runs/{run}/ending", why="They bought elsewhere")
    for page in (clock, f"/tasks/{task}"):
        shown = (await consoles.get("Elin", page)).words
        assert "No longer needed today" in shown
        assert "Met today" not in shown


async def test_it_is_ended_by_hand_for_a_reason(work: Work) -> None:
    flow_, consoles, _deal = work
    run = await begun(work)
    assert (await consoles.press("Maria", f"/runs/{run}/ending", why="")).status == 409
    await consoles.press("Maria", f"/runs/{run}/ending", why="They bought elsewhere")
    shown = await consoles.get("Elin", f"/runs/{run}")
    assert ("Ended by hand" in shown.words, "They bought elsewhere" in shown.words) == (True, True)
    assert await flow_.open_steps() == []
    assert "Ended by hand" in (await consoles.part("Maria", "/runs?which=ended")).words


async def test_one_that_is_stuck_says_why_and_is_tried_again(work: Work) -> None:
    flow_, consoles, deal = work
    process = await flow_.published(JAMS, "Jams")
    await consoles.press("Elin", f"/deals/{deal}/runs", process=str(process))
    await flow_.hear("payment received", deal)
    shown = await consoles.get("Elin", "/runs/1")
    assert "It is stuck : No condition holds at g" in shown.words
    assert "Try again" in shown.words
    assert "1 stuck" in (await consoles.get("Maria", "/processes")).words
    assert "Jams" in (await consoles.part("Maria", f"/runs?process={process}&which=stuck")).words
    assert "No condition holds" in (await consoles.press("Elin", "/runs/1/attempt")).words
    await flow_.firm.do(lambda session: setattr(session.get_one(Deal, deal), "value", 10**10))
    assert "The run goes on" in (await consoles.press("Elin", "/runs/1/attempt")).words


async def test_others_see_no_run_and_agents_no_list(work: Work) -> None:
    _flow, consoles, deal = work
    run = await begun(work)
    assert (await consoles.get("Nils", f"/runs/{run}")).status == 404
    assert (await consoles.press("Nils", f"/runs/{run}/attempt")).status == 404
    assert (await consoles.press("Nils", f"/deals/{deal}/runs", process="1")).status == 404
    assert (await consoles.get("Elin", "/runs")).status == 403
    assert (await consoles.get("Maria", "/runs/999")).status == 404


async def test_whoever_sees_the_contact_alone_sees_no_run_of_a_deal(work: Work) -> None:
    flow_, consoles, deal = work
    run = await begun(work)
    await flow_.firm.do(lambda session: share(session, deal))
    assert (await consoles.get("Nils", f"/runs/{run}")).status == 404
    assert (await consoles.press("Nils", f"/runs/{run}/attempt")).status == 404


def share(session: Session, deal: int) -> None:
    """Have the deal's contact be of Nils's department."""
    contact = session.get_one(Contact, session.get_one(Deal, deal).contact_id)
    contact.department_id = find_user(session, "nils@klarruta.example").department_id


async def test_of_two_deals_of_one_contact_each_has_its_own_steps(work: Work) -> None:
    flow_, consoles, windows = work
    door = await second_deal(flow_, windows, "A door")
    await consoles.press("Elin", f"/deals/{windows}/runs", process="1")
    await consoles.press("Elin", f"/deals/{door}/runs", process="1")
    task = await flow_.task("Call")
    await consoles.press(
        "Elin", f"/tasks/{task}/answers", **{"answer.windows": "7"}
    )  # that of the windows came first
    board = (await consoles.get("Elin", "/deals")).html
    cards = [
        re.search(rf'<article class="deal" id="deal-{deal}".*?</article>', board, re.DOTALL)
        for deal in (windows, door)
    ]
    assert ["Call: Karin Ekdahl" in card[0] for card in cards if card] == [False, True]
    assert "Call: Karin Ekdahl" not in (await consoles.part("Elin", f"/deals/{windows}/aside")).words
    assert "Call: Karin Ekdahl" in (await consoles.part("Elin", f"/deals/{door}/aside")).words
    assert "A door" in (await consoles.get("Elin", "/tasks?whose=mine")).words


async def test_with_a_deal_that_is_lost_ends_what_was_under_way_for_it(work: Work) -> None:
    flow_, consoles, deal = work
    await begun(work)
    door = await second_deal(flow_, deal, "A door")
    await consoles.press("Elin", f"/deals/{door}/runs", process="1")
    lost = {"stage": str((await Salesroom(flow_.firm).stage("Lost")).id), "reason": "1", "asked": "on"}
    asked = await consoles.press("Elin", f"/deals/{deal}/moves", stage=lost["stage"])
    assert re.search(r'name="end" value="on" checked.*Sale: Call', asked.html, re.DOTALL)
    done = await consoles.press("Elin", f"/deals/{deal}/moves", **lost, why="A neighbour does it", end="on")
    assert ("Lost: Seven windows" in done.words, "hx-delete" in done.html) == (
        True,
        False,
    )  # it cannot begin anew by undo
    run = await consoles.get("Elin", "/runs/1")
    assert "Ended by hand" in run.words
    assert "Too dear: A neighbour does it" in run.words
    assert await flow_.open_steps() == ["Call"]  # that of the door
    await consoles.press("Elin", f"/deals/{door}/moves", **lost)
    assert await flow_.open_steps() == ["Call"]  # who takes the tick away keeps it


async def test_what_waits_for_another_stage_or_begins_there_goes_on(work: Work) -> None:
    flow_, consoles, deal = work
    moved = message("m", "Moved", "stage changed", at="a")
    waits = drawn(start(), user("a", "Call"), moved, user("b", "Ask why"), end(), way("s a e"), way("m b e"))
    begins = drawn(start(inner='<bpmn:messageEventDefinition messageRef="stage_changed"/>'), user("c", "Thank"), end(),
                   way("s c e"))  # fmt: skip
    waiting = await flow_.published(waits, "Waits")
    await consoles.press("Elin", f"/deals/{deal}/runs", process=str(waiting))
    await flow_.published(begins, "Begins")
    lost = str((await Salesroom(flow_.firm).stage("Lost")).id)
    await consoles.press("Elin", f"/deals/{deal}/moves", stage=lost, reason="1", asked="on", end="on")
    assert sorted(await flow_.open_steps()) == ["Ask why", "Thank"]


async def second_deal(flow_: Workflow, like: int, title: str) -> int:
    """Have Elin open one more deal with the contact of another."""
    elin = await flow_.firm.who("Elin")

    def open_(session: Session) -> int:
        contact = session.get_one(Contact, session.get_one(Deal, like).contact_id)
        return deal_changes.open_deal(session, elin, contact, NewDeal(title=title)).id

    return await flow_.firm.do(open_)
