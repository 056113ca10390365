"""The form of a step in the console: asked before it is done, told field by field what is wrong, and never lost."""

from __future__ import annotations

import re

import pytest

from tests.crm.drawing import drawn, end, start, user, way
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import Consoles
from tests.crm.web.workflow import Workflow

FORM = (
    '<ringback:answer name="windows" label="How many windows" kind="whole" required="true" least="1" most="500"/>'
    '<ringback:answer name="wants" label="Wants an offer" kind="choice" choices="yes;later;no" required="true"/>'
    '<ringback:answer name="visit_on" label="Day of the visit" kind="day"/>'
    '<ringback:answer name="lift" label="Is there a lift" kind="yes"/>'
    '<ringback:answer name="remarks" label="What else" kind="text"/>'
)
CALLS = drawn(
    start(), user("a", "Call", FORM), user("b", "Measure"), user("c", "Call", FORM), end(), way("s a b c e")
)

Work = tuple[Workflow, Consoles]


@pytest.fixture
async def work(firm: Klarruta, consoles: Consoles) -> Work:
    """Give a run whose first step asks for something, for a deal of Elin's."""
    room, flow = Salesroom(firm), Workflow(firm)
    await room.open()
    deal_id = await room.deal("Seven windows")
    deal = await room.now(deal_id)
    await flow.begin(await flow.published(CALLS), deal.contact_id, deal_id)
    return flow, consoles


async def test_done_asks_for_what_the_step_must_find_out(work: Work) -> None:
    flow, consoles = work
    task = await flow.task("Call")
    row = await consoles.get("Elin", "/today")
    assert f'href="/tasks/{task}/answers" data-dialog="sheet" data-key="e"' in row.html
    shown = await consoles.part("Elin", f"/tasks/{task}/answers")
    for words in (
        "How many windows",
        "From 1 to 500",
        "Wants an offer",
        "Is there a lift optional",
        "It cannot be taken back",
    ):
        assert words in shown.words
    assert len(re.findall(r'type="radio"', shown.html)) == 5
    assert 'type="date"' in shown.html


async def test_its_own_page_asks_in_place(work: Work) -> None:
    flow, consoles = work
    task = await flow.task("Call")
    shown = await consoles.get("Elin", f"/tasks/{task}")
    assert f'id="answers-{task}-page"' in shown.html
    assert "How many windows" in shown.words


async def test_each_field_says_what_is_wrong_with_it_and_keeps_what_was_typed(work: Work) -> None:
    flow, consoles = work
    task = await flow.task("Call")
    wrong = {"answer.windows": "501", "answer.remarks": "the gate is <b>low</b>"}
    shown = await consoles.press("Elin", f"/tasks/{task}/answers", **wrong)
    assert shown.status == 422
    assert "2 answers are not right yet" in shown.words
    assert "“How many windows” must lie between 1 and 500." in shown.words
    assert "“Wants an offer” is needed." in shown.words
    assert "the gate is &lt;b&gt;low&lt;/b&gt;</textarea>" in shown.html
    assert len(re.findall(r"aria-invalid", shown.html)) == 2
    assert await flow.open_steps() == ["Call"]


async def test_answered_it_goes_on_and_says_so_once(work: Work) -> None:
    flow, consoles = work
    task = await flow.task("Call")
    answers = {"answer.windows": "4", "answer.wants": "later", "answer.lift": "no"}
    assert "Done: Call" in (await consoles.press("Elin", f"/tasks/{task}/answers", **answers)).words
    assert await flow.open_steps() == ["Measure"]
    again = await consoles.press("Elin", f"/tasks/{task}/answers", **answers)
    assert (again.status, "faster" in again.words) == (409, True)


async def test_what_is_known_already_stands_in_the_form(work: Work) -> None:
    flow, consoles = work
    answers = {
        "answer.windows": "4",
        "answer.wants": "later",
        "answer.visit_on": "2026-12-01",
        "answer.lift": "yes",
    }
    await consoles.press("Elin", f"/tasks/{await flow.task('Call')}/answers", **answers)
    await consoles.press("Elin", f"/tasks/{await flow.task('Measure')}/completion")
    shown = await consoles.part("Elin", f"/tasks/{await flow.task('Call')}/answers")
    assert re.search(r'name="answer.windows"[^>]*value="4"', shown.html)
    assert 'value="2026-12-01"' in shown.html
    assert re.search(r'value="later" checked', shown.html)


async def test_a_step_without_a_form_is_done_at_once_and_not_taken_back(work: Work) -> None:
    flow, consoles = work
    answers = {"answer.windows": "4", "answer.wants": "no"}
    await consoles.press("Elin", f"/tasks/{await flow.task('Call')}/answers", **answers)
    done = await consoles.press("Elin", f"/tasks/{await flow.task('Measure')}/completion")
    assert ("Done: Measure" in done.words, "Undo" in done.words) == (True, False)


async def test_without_scripts_the_form_is_a_page(work: Work) -> None:
    flow, consoles = work
    task = await flow.task("Call")
    shown = await consoles.get("Elin", f"/tasks/{task}/answers")
    assert "Skip to content" in shown.words
    wrong = await consoles.send("Elin", f"/tasks/{task}/answers")
    assert (wrong.status, "is needed" in wrong.words) == (422, True)
    sent = await consoles.send(
        "Elin", f"/tasks/{task}/answers", **{"answer.windows": "4", "answer.wants": "no"}
    )
    assert (sent.status, sent.location) == (303, f"/tasks/{task}")


async def test_whoever_may_not_see_the_task_is_not_asked(work: Work) -> None:
    flow, consoles = work
    task = await flow.task("Call")
    assert (await consoles.part("Nils", f"/tasks/{task}/answers")).status == 404
    assert (await consoles.press("Nils", f"/tasks/{task}/answers", **{"answer.windows": "4"})).status == 404
