"""The rooms where a company says what it wants to know: fields, tags, kinds of relations."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import computed, tags
from crm.contacts import Contact
from hub.db import Database
from hub.users import Viewer
from tests.crm.web.conftest import Form, Sit
from tests.crm.web.seat import Seat, words

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "openings": "34", "message": "Hello"}
ADMIN = Viewer(None, "admin", None, "Ringback")


async def field_id(maria: Seat, label: str) -> str:
    """Give the number of a field in the list."""
    found = re.search(rf'/fields/(\d+)"><b>{label}', await maria.opens("/fields"))
    assert found
    return found[1]


async def test_a_field_is_made_and_stands_on_every_card_under_its_heading(sit: Sit, form: Form) -> None:
    maria, elin = await sit("Maria Berg", "manager"), await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    made = {"label": "Dörrar ut", "kind": "number", "heading": "House", "required": "on", "aliases": "doors"}
    assert (await maria.sends("/fields", fragment=False, **made)).status == 303
    card = await elin.reads("/contacts/1")
    assert "House Dörrar ut needed" in card
    assert "Still missing: Dörrar ut" in card
    await form(**KARIN, doors="2")
    assert 'name="value" type="text" inputmode="decimal" value="2"' in await elin.opens("/contacts/1")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"label": " "}, "A field needs a name"),
        ({"label": "OPENINGS"}, "“OPENINGS” means another field already"),
        ({"label": "Door", "kind": "choice"}, "Write what there is to choose from"),
        ({"label": "Door", "kind": "computed", "expression": "colour + 1"}, "There is no field “colour”"),
        ({"label": "Door", "kind": "computed", "expression": "(1"}, "This cannot be read"),
    ],
)
async def test_a_field_that_cannot_be_says_why_and_keeps_what_was_typed(
    sit: Sit, wrong: dict[str, str], said: str
) -> None:
    maria = await sit("Maria Berg", "manager")
    answer = await maria.sends("/fields", fragment=False, unit="pieces", **wrong)
    html = await answer.text()
    assert (answer.status, said in words(html), 'value="pieces"' in html) == (422, True, True)


async def test_a_field_is_moved_retired_without_loss_and_brought_back(sit: Sit, form: Form) -> None:
    maria = await sit("Maria Berg", "manager")
    await form(**KARIN)
    number = await field_id(maria, "Openings")
    await maria.sends(f"/fields/{number}/position", to="0")
    await maria.sends(f"/fields/{number}/position", to="down")
    labels = re.findall(r"<b>([^<]+)</b></a>", await maria.opens("/fields"))
    assert labels.index("Openings") == 1
    await maria.sends(f"/fields/{number}/retirement")
    assert 'id="field-openings"' not in await maria.opens("/contacts/1")
    await form(**{**KARIN, "openings": "40"})
    await maria.sends(f"/fields/{number}/retirement", _method="delete")
    assert re.search(r'id="field-openings"[^>]* value="40"', await maria.opens("/contacts/1"))


async def test_a_computed_field_is_tried_on_a_real_contact_and_stands_on_cards_and_in_answers(
    sit: Sit, form: Form
) -> None:
    maria, elin = await sit("Maria Berg", "manager"), await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    expression = 'openings * 2 + count(interactions, kind="form")'
    tried = await maria.sends("/fields/preview", expression=expression, of="070-1740612")
    assert words(await tried.text()) == "Karin Ekdahl : 69"
    await maria.sends("/fields", label="Weight", kind="computed", expression=expression, unit="kg")
    assert "Weight 69 kg" in await elin.reads("/contacts/1")
    api = await elin.client.get("/api/v1/contacts/1", headers=elin.headers)
    assert (await api.json())["fields"]["weight"] == 69
    assert (await elin.sends("/contacts/1/fields/weight", value="1")).status == 409


async def test_a_field_is_never_computed_out_of_itself(sit: Sit) -> None:
    maria = await sit("Maria Berg", "manager")
    await maria.sends("/fields", label="One", kind="computed", expression="openings + 1")
    await maria.sends("/fields", label="Two", kind="computed", expression="one + 1")
    answer = await maria.sends(
        f"/fields/{await field_id(maria, 'One')}", label="One", kind="computed", expression="two"
    )
    assert (answer.status, "out of itself" in await answer.text()) == (422, True)


async def test_a_page_of_rows_is_computed_in_one_question_for_each_thing_counted(
    sit: Sit, form: Form, db: Database
) -> None:
    maria = await sit("Maria Berg", "manager")
    for name in ("Karin", "Bo", "Nils"):
        await form(name=name, email=f"{name}@x.example")
    await maria.sends("/fields", label="Silent", kind="computed", expression="days_since(last_interaction)")

    def found(session: Session) -> list[object]:
        rows = session.scalars(select(Contact)).all()
        return [each["silent"].value for each in computed.values(session, ADMIN, rows).values()]

    assert await db.read(found) == [0, 0, 0]


async def test_an_agent_sets_up_nothing(sit: Sit) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    for path in ("/fields", "/fields/new", "/fields/1", "/tags", "/relation-kinds"):
        assert (await elin.asks(path)).status == 403
    assert (await elin.sends("/fields", label="x")).status == 403


async def test_two_tags_become_one_and_two_again(sit: Sit, form: Form, db: Database) -> None:
    maria = await sit("Maria Berg", "manager")
    await form(**KARIN)
    await form(name="Bo Lind", email="bo@lind.example")
    for contact, tag in ((1, "Board"), (2, "Chair"), (2, "Board")):
        await maria.sends(f"/contacts/{contact}/tags", name=tag)

    async def having(tag_id: int) -> list[int]:
        return await db.read(lambda session: sorted(session.scalars(tags.ids_with(tag_id))))

    await maria.sends("/tags/1/join", into="chair")
    assert (await having(2), "Board" in await maria.opens("/tags")) == ([1, 2], False)
    await maria.sends("/tags/1/join", _method="delete")
    assert (await having(2), await having(1)) == ([2], [1, 2])
    assert (await maria.sends("/tags/1", name="CHAIR")).status == 409
    await maria.sends("/tags/1", name="Committee")
    assert "Committee" in await maria.opens("/contacts/1")
    await maria.sends("/tags/1/retirement")
    assert "Committee" not in await maria.opens("/contacts/1")


async def test_a_company_makes_its_own_kinds_of_relations(sit: Sit, form: Form) -> None:
    maria = await sit("Maria Berg", "manager")
    await form(**KARIN)
    await maria.sends("/relation-kinds", name="has the key of", other_name="lends the key to")
    assert "lends the key to" in await maria.opens("/contacts/1")
    await maria.sends("/relation-kinds/7/retirement")
    assert "lends the key to" not in await maria.opens("/contacts/1")
