"""The card of a contact: everything that happened, what is to be done, what is known, and who may see it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import FormData
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import contacts, conversations, desk
from crm.contacts import Contact
from crm.conversations import Attachment, Interaction
from crm.tasks import Task
from hub.blobs import Blobs
from hub.clock import Clock, now
from hub.db import Database
from hub.users import Viewer
from hub.web.keys import BLOBS
from tests.crm.web.conftest import Form, Sit
from tests.crm.web.seat import Seat, words
from tests.eventually import eventually

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "message": "Quiet towards the tram, white inside."}
PROGRAM = Viewer(None, "admin", None, "Ringback")


async def write_notes(db: Database, contact_id: int, count: int) -> None:
    """Have somebody write many notes, a minute apart."""

    def write(session: Session) -> None:
        for number in range(count):
            note = conversations.add_note(session, contact_id, None, f"note {number}", counts_as_contact=False)
            note.at = now() - timedelta(minutes=count - number)

    await db.write(write)


def notes_in(html: str) -> list[int]:
    """Give the numbers of the notes on a page, in order."""
    return [int(number) for number in re.findall(r">note (\d+)<", html)]


async def test_a_form_stands_on_the_card_with_its_answers_and_the_task_it_became(sit: Sit, form: Form) -> None:
    await form(**KARIN, openings="34", floor="3", utm_source="letter")
    card = await (await sit("Elin Sandgren", "agent", "Front desk")).reads("/contacts/1")
    assert "Karin Ekdahl Front desk, since today" in card
    assert "070-174 06 12" in card
    assert "Form “Website”" in card
    assert "openings 34 floor 3 utm_source letter Quiet towards the tram, white inside." in card
    assert "became First answer: Karin Ekdahl" in card
    assert "15 min of working time, rule “New request”" in card


async def test_what_a_visitor_wrote_is_shown_and_never_obeyed(sit: Sit, form: Form) -> None:
    evil = "<script>alert('x')</script>"
    await form(name=evil, phone="070-174 06 12", message=evil, company=evil, **{evil: evil})
    html = await (await sit("Annika Kron", "admin")).opens("/contacts/1")
    assert evil not in html
    assert html.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") > 5


async def test_a_long_form_is_folded_and_whole(sit: Sit, form: Form) -> None:
    await form(**{**KARIN, "message": "m" * 9000}, long="y" * 20_000, **{f"q{number}": f"a{number}" for number in range(60)})
    html = await (await sit("Annika Kron", "admin")).opens("/contacts/1")
    folded = html.partition("<details")[2]
    assert "y" * 20_000 in folded
    assert html.count("m") > 9000
    assert "a59" in folded


async def test_the_same_request_again_is_one_event_that_says_so(sit: Sit, form: Form, db: Database) -> None:
    sofia, maria = await sit("Sofia Hjelm", "head", "Front desk"), await sit("Maria Berg", "manager")
    await form(**KARIN)
    website = str(maria.client.make_url("/"))
    path = await intake(maria)
    await maria.client.post(f"{website.rstrip('/')}{path}", data=KARIN)
    html = await eventually(lambda: shows(maria, "/contacts/1", "The same request came again"))
    assert re.search(r'came again <a class="plain" href="/journal/2">', html)
    plain = await sofia.opens("/contacts/1")
    assert "The same request came again" in plain
    assert "/journal/" not in plain
    assert words(html).count("Form “Website”") == 1


async def intake(seat: Seat) -> str:
    """Give where the website's form is sent."""
    forms = await (await seat.client.get("/api/v1/forms", headers=seat.headers)).json()
    return str(forms["items"][0]["intake"])


async def shows(seat: Seat, path: str, what: str) -> str:
    """Give a page once this stands on it, "" until then."""
    html = await seat.opens(path)
    return html if what in html else ""


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
async def test_a_field_takes_what_is_of_its_type(sit: Sit, form: Form, name: str, typed: str, shown: str) -> None:
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
    aside = await (await sit("Elin Sandgren", "agent", "Front desk")).reads("/contacts/1/aside", fragment=True)
    assert aside.endswith("Also sent floor 3")


async def test_older_events_follow_page_by_page(sit: Sit, form: Form, db: Database) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await write_notes(db, 1, 80)
    html, seen = await elin.opens("/contacts/1"), []
    assert "Older, 51 more" in html
    while True:
        seen += notes_in(html)
        more = re.search(r'hx-get="(/contacts/1/timeline\?[^"]*before=[^"]*)"', html)
        if not more:
            break
        html = await elin.opens(more[1].replace("&amp;", "&"), fragment=True)
        assert "filters" not in html
    assert seen == list(reversed(range(80)))


async def test_a_list_that_asks_for_itself_again_leaves_no_gap(sit: Sit, form: Form, db: Database) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await write_notes(db, 1, 40)
    before = await elin.opens("/contacts/1")
    here = re.search(r'id="timeline"[^>]*data-src="([^"]*)"', before)
    assert here
    for number in range(5):
        await elin.sends("/contacts/1/notes", text=f"note {100 + number}")
    again = await elin.opens(here[1].replace("&amp;", "&"), fragment=True)
    assert notes_in(again) == [104, 103, 102, 101, 100, *notes_in(before)]
    assert here[1] in again


async def test_filters_show_one_kind(sit: Sit, form: Form, db: Database) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await write_notes(db, 1, 3)
    await elin.sends("/tasks/1/completion")
    everything = await elin.reads("/contacts/1/timeline", fragment=True)
    assert "Everything 5 Forms 1 Notes 3 Changes 1" in everything
    notes = await elin.reads("/contacts/1/timeline?show=notes", fragment=True)
    changes = await elin.reads("/contacts/1/timeline?show=changes", fragment=True)
    assert "note 2" in notes
    assert "“Website”" not in notes
    assert "Elin Sandgren “First answer: Karin Ekdahl”: done" in changes
    assert "note 2" not in changes
    assert "Everything 5" in await elin.reads("/contacts/1/timeline?show=nonsense", fragment=True)


async def test_the_timeline_alone_is_the_card_to_a_browser_without_scripts(sit: Sit, form: Form) -> None:
    await form(**KARIN)
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert "Write a note" in await elin.opens("/contacts/1/timeline?show=forms")


async def test_a_card_of_another_department_is_not_there(sit: Sit, form: Form) -> None:
    await form(**KARIN)
    nils = await sit("Nils Åkerman", "agent", "Installation")
    for path in ("/contacts/1", "/contacts/1/timeline", "/contacts/1/aside", "/contacts/2", "/contacts/x"):
        await nils.opens(path, status=404)
    assert (await nils.sends("/contacts/1/notes", text="x")).status == 404
    assert (await nils.sends("/contacts/1/fields/openings", value="1")).status == 404


async def test_whoever_gets_a_task_sees_the_card_but_not_the_tasks_of_others(sit: Sit, form: Form, db: Database) -> None:
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
    assert "Perhaps the same person: Karin Ekdahl (same number 070-174 06 12), Bo Lind (same address bo@lind.example)" in card
    assert "070-174 06 12 as sent" in card
    assert "Possible same person: choose" in card


async def test_a_candidate_of_another_department_is_named_without_a_way_in(sit: Sit, form: Form, db: Database) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await form(name="Bo Lind", email="bo@lind.example")
    await form(name="Somebody", phone="+46701740612", email="bo@lind.example")

    def move(session: Session) -> None:
        session.execute(update(Contact).where(Contact.id == 2).values(department_id=3))
        session.execute(update(Task).where(Task.contact_id == 2).values(department_id=3))

    await db.write(move)
    html = await elin.opens("/contacts/3")
    assert 'href="/contacts/1"' in html
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


@pytest.mark.parametrize("place", ["x", "1-1", "1-2-3-4"])
async def test_an_address_that_was_cut_is_told(sit: Sit, form: Form, place: str) -> None:
    await form(**KARIN)
    await (await sit("Annika Kron", "admin")).opens(f"/contacts/1/timeline?before={place}", status=400)


async def send_file(seat: Seat, name: str, kind: str) -> None:
    """Send a form with a file."""
    data = FormData()
    data.add_field("name", "Karin Ekdahl")
    data.add_field("email", "karin@ekdahl.example")
    data.add_field("pictures", b"<script>alert(1)</script>", filename=name, content_type=kind)
    await seat.client.post(await intake(seat), data=data)
    await eventually(lambda: shows(seat, "/contacts", "Karin Ekdahl"))


@pytest.mark.parametrize(
    ("name", "kind", "plain", "given"),
    [
        ("fönster.png", "image/png", "f_nster.png", "image/png"),
        ("plan.html", "text/html", "plan.html", "application/octet-stream"),
        ("plan.svg", "image/svg+xml", "plan.svg", "application/octet-stream"),
        ('a"b;c.txt', "text/plain; charset=utf-7", "a_b;c.txt", "text/plain"),
    ],
)
async def test_a_file_is_saved_and_never_run(sit: Sit, name: str, kind: str, plain: str, given: str) -> None:
    annika = await sit("Annika Kron", "admin")
    await send_file(annika, name, kind)
    assert 'href="/files/1"' in await annika.opens("/contacts/1")
    answer = await annika.asks("/files/1")
    assert await answer.read() == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == given
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{plain}"; filename*=')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_a_file_is_for_those_who_see_its_contact(sit: Sit) -> None:
    annika, nils = await sit("Annika Kron", "admin"), await sit("Nils Åkerman", "agent", "Installation")
    await send_file(annika, "window.png", "image/png")
    await nils.opens("/files/1", status=404)
    await annika.opens("/files/2", status=404)
    assert (await annika.client.get("/files/1", allow_redirects=False)).status == 303


async def test_a_file_that_is_no_longer_kept_is_gone(sit: Sit, db: Database) -> None:
    annika = await sit("Annika Kron", "admin")
    await send_file(annika, "window.png", "image/png")
    blobs: Blobs = annika.client.server.app[BLOBS]
    blobs.path(await db.read(lambda session: session.scalar(select(Attachment.blob)))).unlink()
    await annika.opens("/files/1", status=410)


async def test_events_of_one_moment_are_neither_lost_nor_shown_twice(sit: Sit, form: Form, db: Database) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await form(**KARIN)
    await write_notes(db, 1, 50)
    await db.write(lambda session: session.execute(update(Interaction).values(at=now())))
    first = await elin.opens("/contacts/1")
    more = re.search(r'hx-get="(/contacts/1/timeline\?[^"]*before=[^"]*)"', first)
    assert more
    second = await elin.opens(more[1].replace("&amp;", "&"), fragment=True)
    assert sorted([*notes_in(first), *notes_in(second)]) == list(range(50))


async def test_a_card_asks_no_more_of_the_store_the_longer_it_is(
    sit: Sit, form: Form, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    asked: list[str] = []
    original = Session.execute

    def counted(self: Session, statement: object, *args: object, **more: object) -> object:
        asked.append(str(statement))
        return original(self, statement, *args, **more)

    await form(**KARIN)
    await write_notes(db, 1, 1)
    monkeypatch.setattr(Session, "execute", counted)
    await elin.opens("/contacts/1")
    few = len(asked)
    await write_notes(db, 1, 25)
    asked.clear()
    await elin.opens("/contacts/1")
    assert len(asked) == few
