"""The fields of a card: typed, put right, cleared."""

from __future__ import annotations

import re

import pytest

from hub.users import Viewer
from tests.crm.web.conftest import Form, Sit

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "message": "Quiet towards the tram, white inside."}
PROGRAM = Viewer(None, "admin", None, "Ringback")


@pytest.mark.parametrize(
    ("name", "typed", "shown"),
    [
        ("openings", "34 st", "Openings: 34"),
        ("budget", "12.500", "Budget: 12\N{NARROW NO-BREAK SPACE}500.00 SEK"),
        ("wanted_by", "3/12/2026", "Wanted by: 3 Dec 2026"),
        ("newsletter", "yes", "Newsletter: Yes"),
        ("about", "Front door", "What it is about: Front door"),
        ("plans", "https://klarruta.example/p", "Link to plans: https://klarruta.example/p"),
    ],
)
async def test_a_field_takes_what_is_of_its_type(
    sit: Sit, form: Form, name: str, typed: str, shown: str
) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    answer = await elin.sends(f"/contacts/1/fields/{name}", value=typed)
    assert (answer.status, shown in await answer.text()) == (200, True)
    cleared = await elin.sends(f"/contacts/1/fields/{name}", value="  ")
    assert "cleared" in await cleared.text()


async def test_a_field_says_under_itself_what_is_wrong(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN, openings="34")
    answer = await elin.sends("/contacts/1/fields/openings", value='a few"<b>')
    html = await answer.text()
    assert answer.status == 422
    assert answer.headers["HX-Retarget"] == "#form-field-openings"
    assert html.lstrip().startswith('<form class="edit-row" id="form-field-openings"')
    assert 'value="a few&#34;&lt;b&gt;"' in html
    assert "is no number" in html
    assert 'value="34"' in await elin.opens("/contacts/1")


async def test_without_scripts_what_is_wrong_stands_on_the_card(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    answer = await elin.sends("/contacts/1/fields/wanted_by", fragment=False, value="next spring")
    html = await answer.text()
    assert answer.status == 422
    assert "“next spring” is no date; write it like 2026-11-23" in html
    assert 'aria-describedby="field-wanted_by-error"' in html
    assert "Quiet towards the tram" in html


async def test_a_value_of_another_type_is_seen_and_can_be_put_right(sit: Sit, form: Form) -> None:
    await form(**KARIN, wanted_by="next spring", about="Roof")
    html = await (await sit("Elin Sandgren", "agent", "Front desk")).opens("/contacts/1")
    assert re.search(r'id="field-wanted_by" name="value" type="text"[^>]* value="next spring"', html)
    assert re.search(r'id="field-about" name="value" type="text"[^>]* value="Roof"', html)


async def test_a_field_that_is_none_is_refused(sit: Sit, form: Form) -> None:
    await form(**KARIN)
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert (await elin.sends("/contacts/1/fields/colour", value="red")).status == 409


async def test_what_else_was_sent_stands_below_the_fields(sit: Sit, form: Form) -> None:
    await form(**KARIN, floor="3")
    aside = await (await sit("Elin Sandgren", "agent", "Front desk")).reads(
        "/contacts/1/aside", fragment=True
    )
    assert "Also sent floor 3" in aside
