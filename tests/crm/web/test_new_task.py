"""A task that somebody thought of: for whom, about whom, by when, and what the palette finds."""

from __future__ import annotations

import pytest

from tests.crm.web.conftest import Api, Form, Sit
from tests.crm.web.seat import words

pytestmark = pytest.mark.usefixtures("form")


async def test_a_task_for_a_contact_found_by_typing(sit: Sit, form: Form) -> None:
    await form(name="Karin Ekdahl", phone="070-174 06 12")
    sofia = await sit("Sofia Hjelm", "head", "Front desk")
    johan = await sit("Johan Lindh", "agent", "Front desk")
    offers = await sofia.opens("/tasks/new/contacts?q=0701740612", fragment=True)
    assert 'data-words="Karin Ekdahl"' in offers

    answer = await sofia.sends("/tasks", title="Send the offer", contact="070 174 06 12", to="user:2")
    assert answer.status == 200
    assert "New task: Send the offer" in words(await answer.text())
    day = await johan.reads("/today?whose=mine")
    assert "Send the offer" in day
    assert "Sofia Hjelm asked you" in day


async def test_what_is_wrong_is_said_and_what_was_typed_stays(sit: Sit, form: Form) -> None:
    await form(name="Karin Ekdahl", phone="070-174 06 12")
    await form(name="Karin Ekman", phone="070-174 06 13")
    sofia = await sit("Sofia Hjelm", "head", "Front desk")
    answer = await sofia.sends("/tasks", title="", contact="Karin", at="2001-01-01T09:00")
    page = await answer.text()
    assert (answer.status, answer.headers["HX-Retarget"]) == (422, "#sheet")
    for said in (
        "Say what is to be done.",
        "Several fit: choose one.",
        "Choose a time that is still to come.",
    ):
        assert said in page
    assert 'value="Karin"' in page
    assert page.count('type="radio"') == 2


async def test_a_change_that_is_sent_again_is_done_once(sit: Sit, api: Api) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    elin.headers["Idempotency-Key"] = "the-same"
    for said in ("New task: Measure", "It was saved already"):
        assert said in words(await (await elin.sends("/tasks", title="Measure")).text())
    assert [each["title"] for each in await api.items("/tasks")] == ["Measure"]


async def test_the_palette_calls_a_number_typed_any_way_and_names_whose_it_is(sit: Sit, form: Form) -> None:
    await form(name="Karin Ekdahl", phone="070-174 06 12")
    sofia = await sit("Sofia Hjelm", "head", "Front desk")
    found = await sofia.opens("/palette?q=%2B46 (0)70 1740612", fragment=True)
    assert 'href="tel:+46701740612"' in found
    assert "Call 070-174 06 12 Karin Ekdahl" in words(found)
    assert "New task: Call Karin" in await sofia.reads("/palette?q=Call Karin", fragment=True)
