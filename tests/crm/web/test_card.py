"""The card of a contact: everything that happened, what is to be done, what is known, and who may see it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import contacts, desk
from crm.contacts import Contact
from crm.deals import Deal
from crm.tasks import Task
from hub.db import Database
from hub.users import Viewer
from tests.crm.web.conftest import Form, Sit
from tests.crm.web.seat import words
from tests.eventually import eventually

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "message": "Quiet towards the tram, white inside."}
PROGRAM = Viewer(None, "admin", None, "Ringback")


async def test_a_form_stands_on_the_card_with_its_answers_and_the_task_it_became(
    sit: Sit, form: Form
) -> None:
    await form(**KARIN, openings="34", floor="3", utm_source="letter")
    card = await (await sit("Elin Sandgren", "agent", "Front desk")).reads("/contacts/1")
    assert "Karin Ekdahl Front desk, since today" in card
    assert "070-174 06 12" in card
    assert "Form “Website”" in card
    assert "Openings 34 floor 3 utm_source letter Quiet towards the tram, white inside." in card
    assert "became First answer: Karin Ekdahl" in card
    assert "15 min of working time, rule “New request”" in card


async def test_what_a_visitor_wrote_is_shown_and_never_obeyed(sit: Sit, form: Form) -> None:
    evil = "<script>alert('x')</script>"
    await form(name=evil, phone="070-174 06 12", message=evil, company=evil, **{evil: evil})
    html = await (await sit("Annika Kron", "admin")).opens("/contacts/1")
    assert evil not in html
    assert html.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") > 5


async def test_a_long_form_is_folded_and_whole(sit: Sit, form: Form) -> None:
    await form(
        **{**KARIN, "message": "m" * 9000},
        long="y" * 20_000,
        **{f"q{number}": f"a{number}" for number in range(60)},
    )
    html = await (await sit("Annika Kron", "admin")).opens("/contacts/1")
    folded = html.partition("<details")[2]
    assert "y" * 20_000 in folded
    assert html.count("m") > 9000
    assert "a59" in folded


async def test_the_same_request_again_is_one_event_that_says_so(sit: Sit, form: Form) -> None:
    sofia, maria = await sit("Sofia Hjelm", "head", "Front desk"), await sit("Maria Berg", "manager")
    await form(**KARIN)
    await maria.client.post(await maria.intake(), data=KARIN)
    html = await eventually(lambda: maria.shows("/contacts/1", "The same request came again"))
    assert re.search(r'came again <a class="plain" href="/journal/2">', html)
    plain = await sofia.opens("/contacts/1")
    assert "The same request came again" in plain
    assert "/journal/" not in plain
    assert words(html).count("Form “Website”") == 1


async def test_a_note_is_written_and_seen_with_its_author(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    answer = await elin.sends("/contacts/1/notes", text="Wants it before <Easter>")
    assert (answer.status, words(await answer.text())) == (200, "Note added")
    assert "Elin Sandgren note today" in await elin.reads("/contacts/1/timeline", fragment=True)
    assert "Wants it before <Easter>" in await elin.reads("/contacts/1")


async def test_a_note_that_counts_as_contact_keeps_the_promise(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await elin.sends("/contacts/1/notes", text="Spoke with her", counts_as_contact="on", task="1")
    card = await elin.reads("/contacts/1")
    assert "Counts as contact." in card
    assert "“First answer: Karin Ekdahl”: the contact was reached" in card
    assert "Met today" in card


@pytest.mark.parametrize(("text", "status"), [("", 409), (" \n ", 409), ("x" * 20_001, 422), ("nul\0", 422)])
async def test_a_note_needs_words_and_not_too_many(sit: Sit, form: Form, text: str, status: int) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    assert (await elin.sends("/contacts/1/notes", text=text)).status == status


async def test_without_scripts_a_note_leads_back_to_the_card_and_says_so_there(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    elin.headers["Referer"] = str(elin.client.make_url("/contacts/1"))
    answer = await elin.sends("/contacts/1/notes", fragment=False, text="Spoke with her")
    assert (answer.status, answer.headers["Location"]) == (303, "/contacts/1")


async def test_a_card_of_another_department_is_not_there(sit: Sit, form: Form) -> None:
    await form(**KARIN)
    nils = await sit("Nils Åkerman", "agent", "Installation")
    for path in ("/contacts/1", "/contacts/1/timeline", "/contacts/1/aside", "/contacts/2", "/contacts/x"):
        await nils.opens(path, status=404)
    assert (await nils.sends("/contacts/1/notes", text="x")).status == 404
    assert (await nils.sends("/contacts/1/fields/openings", value="1")).status == 404


async def test_whoever_gets_a_task_sees_the_card_but_not_the_tasks_of_others(
    sit: Sit, form: Form, db: Database
) -> None:
    nils = await sit("Nils Åkerman", "agent", "Installation")
    await form(**KARIN)
    await form(**KARIN, floor="3")

    def give(session: Session) -> None:
        desk.hand_over(session, PROGRAM, session.get_one(Task, 2), "department:3", "")

    await db.write(give)
    card = await nils.reads("/contacts/1")
    assert card.count("became First answer: Karin Ekdahl") == 1
    assert "“First answer: Karin Ekdahl”: given to the queue" in card


async def test_several_candidates_are_named_and_none_is_guessed(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await form(name="Bo Lind", email="bo@lind.example")
    await form(name="Somebody", phone="+46701740612", email="bo@lind.example")
    card = await elin.reads("/contacts/3")
    assert (
        "Perhaps the same person: Karin Ekdahl (same number 070-174 06 12), "
        "Bo Lind (same address bo@lind.example)" in card
    )
    assert "070-174 06 12 as sent" in card
    assert "Possible same person: choose" in card


async def test_a_candidate_of_another_department_is_named_without_a_way_in(
    sit: Sit, form: Form, db: Database
) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await form(name="Bo Lind", email="bo@lind.example")
    await form(name="Somebody", phone="+46701740612", email="bo@lind.example")

    def move(session: Session) -> None:
        session.execute(update(Contact).where(Contact.id == 2).values(department_id=3))
        session.execute(update(Task).where(Task.contact_id == 2).values(department_id=3))
        session.execute(update(Deal).where(Deal.contact_id == 2).values(department_id=3))

    await db.write(move)
    html = await elin.opens("/contacts/3")
    # Once the look-out has found the pair, the way in leads by both side by side.
    assert re.search(r'href="/(contacts/1|duplicates/\d+)"', html)
    assert 'href="/contacts/2"' not in html
    assert "Bo Lind" in html


async def test_a_card_that_was_merged_leads_to_where_it_went(sit: Sit, form: Form) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await form(name="Bo Lind", email="bo@lind.example")
    await form(name="K E", phone="+46701740612", email="bo@lind.example", message="who am I")
    assert (await elin.sends("/tasks/3/contact", contact="1")).status == 200
    answer = await elin.asks("/contacts/3")
    assert (answer.status, answer.headers["Location"]) == (303, "/contacts/1")
    assert "who am I" in await elin.reads("/contacts/1")


async def test_a_card_with_nothing_on_it_says_so(sit: Sit, db: Database) -> None:
    await db.write(lambda session: contacts.add_contact(session, "", department_id=1))
    card = await (await sit("Elin Sandgren", "agent", "Front desk")).reads("/contacts/1")
    assert card.count("No contact data") >= 2
    assert "Nothing yet" in card
    assert "Nothing open" in card
