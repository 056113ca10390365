"""The timeline of a card: newest first, in pages, filtered, without gaps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import conversations
from crm.conversations import Interaction
from hub.clock import now
from hub.db import Database
from hub.users import Viewer
from tests.crm.web.conftest import Form, Sit
from tests.eventually import eventually

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "message": "Quiet towards the tram, white inside."}
PROGRAM = Viewer(None, "admin", None, "Ringback")


async def write_notes(db: Database, contact_id: int, count: int) -> None:
    """Have somebody write many notes, a minute apart."""

    def write(session: Session) -> None:
        for number in range(count):
            note = conversations.add_note(
                session, contact_id, None, f"note {number}", counts_as_contact=False
            )
            note.at = now() - timedelta(minutes=count - number)

    await db.write(write)


def notes_in(html: str) -> list[int]:
    """Give the numbers of the notes on a page, in order."""
    return [int(number) for number in re.findall(r">note (\d+)<", html)]


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


@pytest.mark.parametrize("place", ["x", "1-1", "1-2-3-4"])
async def test_an_address_that_was_cut_is_told(sit: Sit, form: Form, place: str) -> None:
    await form(**KARIN)
    await (await sit("Annika Kron", "admin")).opens(f"/contacts/1/timeline?before={place}", status=400)


async def test_events_of_one_moment_are_neither_lost_nor_shown_twice(
    sit: Sit, form: Form, db: Database
) -> None:
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
    sit: Sit, form: Form, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    asked: list[str] = []
    original = Session.execute

    def counted(self: Session, statement: object, *args: object, **more: object) -> object:
        asked.append(str(statement))
        return original(self, statement, *args, **more)

    async def questions() -> int:
        asked.clear()
        await elin.opens("/contacts/1")
        return len(asked)

    async def are_as_few() -> bool:
        return await questions() <= few

    await form(**KARIN)
    await write_notes(db, 1, 1)
    monkeypatch.setattr(Session, "execute", counted)
    few = min([await questions() for _again in range(4)])  # loops of the hub may come in between
    await write_notes(db, 1, 25)
    await eventually(are_as_few)
