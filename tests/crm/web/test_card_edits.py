"""A card that is changed in place: by one, by two at once, with its history and the way back."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.fields import CustomField
from hub.db import Database
from tests.crm.web.conftest import Form, Sit
from tests.crm.web.seat import Seat, words

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "message": "Quiet towards the tram."}
CARD = "/contacts/1"


def undo_of(html: str) -> str:
    """Give the address that a toast takes back by."""
    found = re.search(r'hx-delete="([^"]+)"', html)
    assert found, html
    return found[1]


async def elin_at(sit: Sit, form: Form) -> Seat:
    """Seat Elin, once Karin has asked for windows."""
    await form(**KARIN, openings="34")
    return await sit("Elin Sandgren", "agent", "Front desk")


@pytest.mark.parametrize(
    ("part", "typed", "shown"),
    [
        ("name", "Karin  Ekdahl Holm", "Karin Ekdahl Holm"),
        ("organisation", "Brf Ekbacken", "Brf Ekbacken"),
        ("department", "Sales", "Sales"),
        ("responsible", "1", "Elin Sandgren"),
    ],
)
async def test_what_every_card_has_is_changed_and_taken_back(
    sit: Sit, form: Form, part: str, typed: str, shown: str
) -> None:
    await elin_at(sit, form)
    maria = await sit("Maria Berg", "manager")
    toast = await (await maria.sends(f"{CARD}/parts/{part}", value=typed)).text()
    assert shown in words(toast)
    assert shown in await maria.reads(CARD)
    history = await maria.reads(f"{CARD}/history?of={part}", fragment=True)
    assert f"→ {shown}" in history
    await maria.sends(undo_of(toast), _method="delete")
    assert await maria.reads(f"{CARD}/history?of={part}", fragment=True) != history
    assert (
        shown
        not in (await maria.opens(CARD)).partition('class="head card-head"')[2].partition("</header>")[0]
    )


async def test_a_field_remembers_who_changed_it_from_what_to_what(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    await elin.sends(f"{CARD}/fields/openings", value="36", was="34")
    history = await elin.reads(f"{CARD}/history?of=fields.openings", fragment=True)
    assert re.search(r"Openings Elin Sandgren today \d\d:\d\d 34 → 36", history)


async def test_of_two_who_write_at_once_nobody_loses_his_words(sit: Sit, form: Form) -> None:
    elin, sofia = await elin_at(sit, form), await sit("Sofia Hjelm", "head", "Front desk")
    await sofia.sends(f"{CARD}/fields/openings", value="36", was="34")
    answer = await elin.sends(f"{CARD}/fields/openings", value="40", was="34")
    html = await answer.text()
    assert (answer.status, answer.headers["HX-Retarget"]) == (409, "#form-field-openings")
    assert "Sofia Hjelm changed it meanwhile to “36”." in words(html)
    assert 'value="40"' in html
    assert 'name="was" value="36"' in html
    assert "openings 36" not in await elin.reads(CARD)
    assert (await elin.sends(f"{CARD}/fields/openings", value="40", was="36")).status == 200


async def test_without_scripts_both_values_stand_on_the_card(sit: Sit, form: Form) -> None:
    elin, sofia = await elin_at(sit, form), await sit("Sofia Hjelm", "head", "Front desk")
    await sofia.sends(f"{CARD}/parts/name", value="Karin E", was="Karin Ekdahl")
    answer = await elin.sends(f"{CARD}/parts/name", fragment=False, value="Karin Holm", was="Karin Ekdahl")
    assert answer.status == 409
    assert "to “Karin E”. Nothing is overwritten" in words(await answer.text())


async def test_two_who_write_the_same_are_not_torn(sit: Sit, form: Form) -> None:
    elin, sofia = await elin_at(sit, form), await sit("Sofia Hjelm", "head", "Front desk")
    await sofia.sends(f"{CARD}/fields/openings", value="36", was="34")
    assert (
        "stays as it is"
        in await (await elin.sends(f"{CARD}/fields/openings", value="36 st", was="34")).text()
    )


async def test_what_was_changed_again_is_not_taken_back_from_under_it(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    first = await (await elin.sends(f"{CARD}/fields/openings", value="36")).text()
    await elin.sends(f"{CARD}/fields/openings", value="40")
    refused = await elin.sends(undo_of(first), _method="delete")
    assert (refused.status, "was changed again since" in await refused.text()) == (409, True)


async def test_a_number_is_added_corrected_and_taken_off(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    await elin.sends(f"{CARD}/handles", value="karin@ekdahl.example")
    await elin.sends(f"{CARD}/handles/1", value="070-174 06 13", was="070-174 06 12")
    card = await elin.reads(f"{CARD}/head", fragment=True)
    assert "070-174 06 13 karin@ekdahl.example" in card
    toast = await (await elin.sends(f"{CARD}/handles/2", _method="delete")).text()
    assert "karin@" not in await elin.reads(f"{CARD}/head", fragment=True)
    await elin.sends(undo_of(toast), _method="delete")
    assert "karin@" in await elin.reads(f"{CARD}/head", fragment=True)


async def test_a_number_of_another_card_says_so_and_offers_that_card(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    await form(name="Bo Lind", email="bo@lind.example")
    answer = await elin.sends("/contacts/2/handles", value="+46 70 174 06 12")
    html = await answer.text()
    assert answer.status == 409
    assert "This is on the card of Karin Ekdahl already" in words(html)
    assert 'href="/contacts/1"' in html
    assert 'value="+46 70 174 06 12"' in html
    assert (await elin.sends("/contacts/2/handles", value="call me")).status == 422


async def test_a_field_that_is_not_for_these_eyes_is_nowhere(sit: Sit, form: Form, db: Database) -> None:
    await elin_at(sit, form)

    def restrict(session: Session) -> None:
        session.scalars(select(CustomField).where(CustomField.name == "openings")).one().see = ["manager"]

    await db.write(restrict)
    maria, elin = await sit("Maria Berg", "manager"), await sit("Johan Lindh", "agent", "Front desk")
    await maria.sends(f"{CARD}/fields/openings", value="36")
    assert 'value="36"' in await maria.opens(CARD)
    for path in (CARD, f"{CARD}/history", f"{CARD}/history?of=fields.openings"):
        assert "Openings" not in await elin.reads(path)
    assert (await elin.sends(f"{CARD}/fields/openings", value="1")).status == 409
    api = await elin.client.get("/api/v1/contacts/1", headers=elin.headers)
    assert "openings" not in (await api.json())["fields"]


async def test_a_card_of_another_department_is_not_changed(sit: Sit, form: Form) -> None:
    await form(**KARIN)
    nils = await sit("Nils Åkerman", "agent", "Installation")
    for path in ("parts/name", "handles", "handles/1", "tags", "relations", "presence"):
        assert (await nils.sends(f"{CARD}/{path}", value="x", name="x")).status == 404
    assert (await nils.asks(f"{CARD}/history")).status == 404


async def test_each_of_two_sees_the_other_and_where_he_writes(sit: Sit, form: Form) -> None:
    elin, sofia = await elin_at(sit, form), await sit("Sofia Hjelm", "head", "Front desk")
    await sofia.sends(f"{CARD}/presence", writing="")
    assert "Sofia Hjelm is here too" in await elin.reads(CARD)
    await sofia.sends(f"{CARD}/presence", writing="fields.openings")
    assert "Sofia Hjelm is writing in Openings" in await elin.reads(f"{CARD}/presence", fragment=True)
    assert "Sofia" not in await sofia.reads(f"{CARD}/presence", fragment=True)
    await sofia.sends(f"{CARD}/presence", _method="delete")
    assert await elin.reads(f"{CARD}/presence", fragment=True) == ""


async def test_a_tag_is_made_while_typing_and_taken_off_again(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    await elin.sends(f"{CARD}/tags", name="Board  member")
    await elin.sends(f"{CARD}/tags", name="BOARD MEMBER")
    assert (await elin.reads(f"{CARD}/head", fragment=True)).count("Board member") == 1
    toast = await (await elin.sends(f"{CARD}/tags/1", _method="delete")).text()
    assert "Board" not in await elin.reads(f"{CARD}/head", fragment=True)
    await elin.sends(undo_of(toast), _method="delete")
    assert "Board member" in await elin.reads(f"{CARD}/head", fragment=True)


async def test_a_relation_stands_on_both_cards(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    await form(name="Bo Lind", email="bo@lind.example")
    kind = re.search(r'<option value="([^"]+)">has as caretaker', await elin.opens(CARD))
    assert kind
    toast = await (await elin.sends(f"{CARD}/relations", kind=kind[1], other="bo@lind.example")).text()
    assert "has as caretaker Bo Lind" in await elin.reads(CARD)
    assert "caretaker of Karin Ekdahl" in await elin.reads("/contacts/2")
    gone = await (await elin.sends(undo_of(toast), _method="delete")).text()
    assert "caretaker of Karin Ekdahl" not in await elin.reads("/contacts/2")
    await elin.sends(undo_of(gone), _method="delete")
    assert "caretaker of Karin Ekdahl" in await elin.reads("/contacts/2")
    assert "caretaker of Karin Ekdahl" in await elin.reads("/contacts/2/history")


async def test_of_several_with_one_name_none_is_guessed(sit: Sit, form: Form) -> None:
    elin = await elin_at(sit, form)
    for mail in ("bo@lind.example", "bo@other.example"):
        await form(name="Bo Lind", email=mail)
    answer = await elin.sends(f"{CARD}/relations", kind="1", other="Bo Lind")
    assert (answer.status, "Several are called so: choose one" in await answer.text()) == (422, True)
    assert (await elin.sends(f"{CARD}/relations", kind="1", other="Bo Lind", which="3")).status == 200
    assert 'href="/contacts/3"' in await elin.opens(CARD)


async def test_what_a_form_says_to_a_hidden_field_is_told_to_nobody_else(
    sit: Sit, form: Form, db: Database
) -> None:
    def restrict(session: Session) -> None:
        session.scalars(select(CustomField).where(CustomField.name == "budget")).one().see = ["manager"]

    await db.write(restrict)
    await form(name="Karin Ekdahl", phone="070-174 06 12", budget="98765")
    maria, elin = await sit("Maria Berg", "manager"), await sit("Elin Sandgren", "agent", "Front desk")
    assert "98765" in await maria.opens(CARD)
    for path in (CARD, "/tasks/1", "/contacts", "/today?whose=team", f"{CARD}/history", "/api/v1/interactions",
                 "/api/v1/contacts"):  # fmt: skip
        assert "98765" not in await elin.opens(path)
