"""The room Calls: rows that tell how each call went, its whole story, and missed ones marked as handled."""

from __future__ import annotations

import re

from sqlalchemy import select, update

from crm import contacts
from crm.contacts import PHONE
from crm.web.road import trace
from hub import audit
from hub.events import CallChanged, Transfer
from hub.journal import Inbound
from hub.said import said
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.web.console import Consoles

BO = "+46701740613"
LONDON = "+442079460018"


async def test_without_calls_the_room_says_how_they_come(consoles: Consoles) -> None:
    assert "Once a PBX is connected" in (await consoles.get("Elin", "/calls")).words


async def test_a_row_says_who_how_long_who_talked_and_who_handed_it_on(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)], department_id=1)
    handed = (Transfer("attended", "101", "102"),)
    await pbx.talks(transfers=handed)
    shown = await consoles.get("Elin", "/calls")
    for words in ("1 call", "Karin Ekdahl", "070-174 06 12", "Came in: answered", "talked 3 min 12 s",
                  "Elin Sandgren handed it on to Johan Lindh", "sales · Sales"):  # fmt: skip
        assert words in shown.words
    assert 'href="/contacts/1"' in shown.html
    assert 'href="/calls/1"' in shown.html


async def test_a_number_from_abroad_names_its_country(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses(LONDON)
    assert "+44 20 7946 0018 United Kingdom" in (await consoles.get("Elin", "/calls")).words


async def test_a_missed_call_shows_the_clock_of_its_call_back(pbx: Switchboard, consoles: Consoles) -> None:
    for _ in range(3):
        await pbx.misses()
    shown = await consoles.get("Elin", "/calls?callback=waits")
    assert "Missed: hung up while waiting" in shown.words
    assert "To call back" in shown.words
    assert "called 3 times" in shown.words


async def test_thirty_stand_on_a_page_and_the_others_follow(pbx: Switchboard, consoles: Consoles) -> None:
    for _ in range(32):
        await pbx.misses()
    first = await consoles.get("Maria", "/calls")
    assert "32 calls" in first.words
    assert first.html.count('<tr data-row id="call-') == 30
    (more,) = re.findall(r'hx-get="(/calls\?after=[^"]+)"', first.html)
    assert (await consoles.part("Maria", more)).html.count('<tr data-row id="call-') == 2


async def test_missed_calls_are_marked_as_handled_and_that_is_taken_back(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses()
    await pbx.misses(BO)
    await pbx.talks("+46701740614")
    told = await consoles.press("Elin", "/calls/many", id=["1", "2", "3"], handled="1")
    assert "2 call-backs: marked as handled" in told.words
    shown = await consoles.get("Elin", "/calls?callback=handled")
    assert shown.words.count("Handled by Elin Sandgren") == 2
    assert [task.done_at is not None for task in await pbx.tasks()] == [True, True]
    assert (
        "Handled, as marked among the calls · Elin Sandgren" in (await consoles.get("Elin", "/tasks/1")).words
    )
    (undo,) = re.findall(r'hx-delete="(/deeds/\d+)"', told.html)
    assert "Taken back" in (await consoles.press("Elin", undo, "DELETE")).words
    assert [task.done_at for task in await pbx.tasks()] == [None, None]


async def test_all_that_match_are_marked_and_what_was_opened_since_is_left_alone(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses()
    await pbx.misses(BO)
    told = await consoles.press("Elin", "/calls/many", all="1", query="callback=waits", handled="1")
    assert "2 call-backs" in told.words
    await consoles.press("Johan", "/tasks/1/completion", "DELETE")
    (undo,) = re.findall(r'hx-delete="(/deeds/\d+)"', told.html)
    assert "1 of 2 was changed since" in (await consoles.press("Elin", undo, "DELETE")).words


async def test_what_does_not_wait_cannot_be_marked_nor_be_given_away(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.talks()
    told = await consoles.press("Elin", "/calls/many", id="1", handled="1")
    assert (told.status, "None of these waits to be called back" in told.words) == (409, True)
    given = await consoles.press("Elin", "/calls/many", id="1", give="department:1")
    assert (given.status, "This cannot be done here" in given.words) == (409, True)
    assert (await consoles.press("Elin", "/contacts/many", id="1", handled="1")).status == 409


async def test_whoever_does_not_see_the_task_marks_nothing(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.sits("Nils", "103")
    await pbx.misses(rang=("103", "101"))
    shown = await consoles.get("Nils", "/calls")
    assert "To call back" in shown.words
    assert "/tasks/1" not in shown.html
    assert (await consoles.press("Nils", "/calls/many", id="1", handled="1")).status == 409


async def test_the_story_tells_everything_that_is_known(pbx: Switchboard, consoles: Consoles) -> None:
    handed = (Transfer("attended", "101", "102"),)
    await pbx.talks(
        name="Karin Ekdahl", dialled="+46313900670", transfers=handed, holds=2, cause=16, recorded=True
    )
    shown = await consoles.get("Elin", "/calls/1")
    for words in ("Karin Ekdahl called 031-390 06 70", "Rang at Elin Sandgren, Johan Lindh", "Answered after",
                  "Elin Sandgren talked for 3 min 12 s", "Held 2 times", "The other side hung up",
                  "Elin Sandgren handed it on to Johan Lindh, after asking", "it was over",
                  "Recording Yes"):  # fmt: skip
        assert words in shown.words
    assert 'href="/contacts/1"' in shown.html
    assert "What the PBX told" not in shown.words


async def test_a_call_that_ended_unheard_says_so(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings())
    await pbx.lists()
    shown = await consoles.get("Elin", "/calls/1")
    assert "Missed: end not known" in shown.words
    assert "We did not hear the PBX for" in shown.words
    assert "Call back 070-174 06 12" in shown.words
    assert (await consoles.part("Elin", "/calls/1/fragment")).words in shown.words


async def test_managers_go_from_a_call_to_what_the_journal_heard(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses()
    shown = await consoles.get("Maria", "/calls/1")
    assert "What the PBX told" in shown.words
    assert set(re.findall(r'href="(/journal/\d+)"', shown.html)) == {"/journal/1", "/journal/2"}


async def test_the_journal_leads_from_an_item_to_its_call(pbx: Switchboard) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    maria, nils = await pbx.firm.who("Maria"), await pbx.firm.who("Nils")
    told = [CallChanged(call, 1)]
    assert [made.href for made in await pbx.db.read(trace, maria, 1, told)] == ["/calls/1"]
    assert await pbx.db.read(trace, nils, 1, told) == []


async def test_a_number_in_the_journal_is_called_by_a_press(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses()
    became = said("a missed call, to be called back: %(number)s", number=KARIN)
    await pbx.firm.do(lambda session: session.execute(update(Inbound).values(became=became)))
    assert 'form="dial"' not in (await consoles.get("Maria", "/journal")).html  # no telephone is known of her
    await pbx.sits("Maria", "103")
    for page in ("/journal", "/journal/2"):
        html = (await consoles.get("Maria", page)).html
        assert f'form="dial" name="number" value="{KARIN}"' in html, page
        assert 'aria-label="Call 070-174 06 12"' in html, page


async def test_the_recording_is_one_press_away_for_who_may_hear_it(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.talks(recorded=True, recording="talk.wav")
    for name, hears in (("Elin", True), ("Johan", False), ("Maria", True)):
        html = (await consoles.get(name, "/calls/1")).html
        assert ('href="/calls/1/recording"' in html) == hears, name


async def test_a_line_on_the_card_leads_to_the_call(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.talks()
    assert 'href="/calls/1"' in (await consoles.get("Elin", "/contacts/1")).html


async def test_another_departments_call_is_not_there(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.talks()
    assert (await consoles.get("Nils", "/calls/1")).status == 404
    assert "0 calls" in (await consoles.get("Nils", "/calls")).words


async def test_an_export_holds_what_is_seen_and_is_told_to_the_audit(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses(None, withheld=True, name="=1+1")
    await pbx.talks(name="=cmd")
    shown = await consoles.get("Elin", "/calls/export.csv?sort=started&columns=what,number,by,callback")
    lines = shown.html.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    assert lines == [
        "Who,Direction,How it ended,Phone number,Who talked,Handed on,Call-back,Handled by,Handled at",
        "Number withheld,Came in,Missed: hung up while waiting,,,,,,",
        "'=cmd,Came in,Answered,070-174 06 12,Elin Sandgren,,,,",
    ]
    told = select(audit.Entry).where(audit.Entry.verb == audit.EXPORTED)
    entry = await pbx.db.read(lambda session: session.scalars(told).one())
    assert (entry.kind, entry.who) == ("call", "Elin Sandgren")
    assert entry.words.startswith("2 calls as csv")
    assert (await consoles.get("Elin", "/calls/export.vcf")).status == 404


async def test_a_list_is_kept_as_a_view(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses()
    await consoles.send("Elin", "/calls/views", name="Lost in Sales", query="outcome=missed&queue=sales")
    shown = await consoles.get("Elin", "/calls")
    assert "Lost in Sales" in shown.words
    assert 'href="/calls?outcome=missed&amp;queue=sales"' in shown.html
    narrowed = await consoles.get("Elin", "/calls?outcome=missed&queue=sales&by=me&extension=9&contact=1")
    assert "Missed" in narrowed.words
    assert "I talked" in narrowed.words
    assert "Extension 9 talked" in narrowed.words


async def test_a_task_says_how_often_somebody_called(pbx: Switchboard, consoles: Consoles) -> None:
    for _ in range(3):
        await pbx.misses()
    for path in ("/tasks", "/tasks/1", "/today?whose=team"):
        assert "called 3 times" in (await consoles.get("Sofia", path)).words


async def test_names_with_markup_are_names(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses(name="<script>alert(1)</script>", queue="<b>")
    for path in ("/calls", "/calls/1", "/calls?queue=<b>"):
        html = (await consoles.get("Elin", path)).html
        assert "<script>alert" not in html
        assert "<b>sales" not in html
