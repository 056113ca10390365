"""The room Audit: found by who, what and when; and every record's history, for those who may see the record."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit, signin
from hub.audit import Entry, Read
from hub.clock import Clock, now
from hub.users import User, Viewer, add_user, viewer
from hub.web.reads import Reads
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import OURS, Consoles
from tests.eventually import eventually


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


def write(session: Session, who: Viewer, verb: str, record: int, **changes: tuple[object, object]) -> None:
    audit.record(session, who, verb, "contact", record, changes=changes)


async def test_an_entry_is_read_in_words_with_labels_and_names(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl")
    await firm.do(write, await firm.who("Sofia"), audit.CHANGED, 1, responsible_id=(1, 2))
    words = (await consoles.get("Maria", "/audit")).words
    assert "Sofia Hjelm changed Karin Ekdahl Contact Responsible Elin Sandgren → Johan Lindh" in words


async def test_it_is_found_by_person_verb_field_words_and_day(firm: Klarruta, consoles: Consoles) -> None:
    await firm.do(write, await firm.who("Elin"), audit.CHANGED, 1, name=("Karin", "Karin Ekdahl"))
    await firm.do(write, await firm.who("Johan"), audit.EXPORTED, 2)
    today = f"{now():%Y-%m-%d}"
    for query in (
        "who=1",
        "verb=changed",
        "field=name",
        "q=ekdahl",
        f"q=Karin&since={today}",
        "kind=contact&id=1",
    ):
        words = (await consoles.part("Maria", f"/audit?{query}")).words
        assert ("Elin Sandgren" in words, "Johan Lindh" in words) == (True, False), query
    assert "Nothing found" in (await consoles.part("Maria", "/audit?until=2020-01-01")).words


async def test_older_ones_are_one_press_away(firm: Klarruta, consoles: Consoles) -> None:
    sofia = await firm.who("Sofia")
    for number in range(51):
        await firm.do(write, sofia, audit.CHANGED, 1, city=("", f"Place {number}"))
    first = await consoles.get("Maria", "/audit?kind=contact")
    assert "Place 50" in first.words
    assert "Place 0 " not in first.words
    older = first.html.split('href="/audit?kind=contact&amp;before=')[1].split('"')[0]
    assert "Place 0 " in (await consoles.get("Maria", f"/audit?kind=contact&before={older}")).words


async def test_the_room_is_for_managers_the_history_for_whoever_sees_the_record(
    firm: Klarruta, consoles: Consoles
) -> None:
    await firm.request("Karin Ekdahl", of="Sales")
    sofia = await firm.who("Sofia")
    await firm.do(write, sofia, audit.CHANGED, 1, name=("", "Karin Ekdahl"))
    await firm.do(write, sofia, audit.READ, 1)
    assert (await consoles.get("Sofia", "/audit")).status == 403
    words = (await consoles.get("Elin", "/audit/contact/1")).words
    assert "Sofia Hjelm changed Name Karin Ekdahl" in words
    assert "read" not in words.split("History", 1)[1]
    assert (await consoles.get("Nils", "/audit/contact/1")).status == 404
    assert (await consoles.get("Elin", "/audit/policy/1")).status == 404


async def test_it_is_paged_over_a_bounded_look(
    firm: Klarruta, consoles: Consoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.audit_search.LOOK", 2)
    elin = await firm.who("Elin")
    await firm.do(write, elin, audit.CHANGED, 1, name=("", "Karin"))
    for _ in range(2):
        await firm.do(write, elin, audit.READ, 1)
    shown = await consoles.part("Maria", "/audit?q=karin")
    assert "The newest entries were looked through" in shown.words
    older = shown.html.split('href="/audit?q=karin&amp;before=')[1].split('"')[0]
    assert "Karin" in (await consoles.part("Maria", f"/audit?q=karin&before={older}")).words


async def read_entries(firm: Klarruta) -> list[str]:
    """Give who read what."""
    query = select(Entry.who).where(Entry.verb == audit.READ).order_by(Entry.id)
    return list(await firm.do(lambda session: session.scalars(query).all()))


async def test_who_opens_a_card_is_written_down_once_an_hour(
    firm: Klarruta, consoles: Consoles, clock: Clock
) -> None:
    await firm.request("Karin Ekdahl")
    for name in ("Elin", "Johan", "Elin"):
        assert (await consoles.get(name, "/contacts/1")).status == 200
    assert (await consoles.get("Nils", "/contacts/1")).status == 404
    assert await eventually(lambda: _two(firm)) == ["Elin Sandgren", "Johan Lindh"]
    clock.advance(hours=1)
    await consoles.get("Elin", "/contacts/1")
    await eventually(lambda: _three(firm))


async def _two(firm: Klarruta) -> list[str]:
    found = await read_entries(firm)
    return found if len(found) == 2 else []


async def _three(firm: Klarruta) -> list[str]:
    found = await read_entries(firm)
    return found if len(found) == 3 else []


async def test_reading_can_be_left_unwritten_which_is_itself_written_down(
    firm: Klarruta, consoles: Consoles
) -> None:
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    assert (await consoles.press("Maria", "/audit/silence")).status == 403
    assert 'hx-delete="/audit/silence"' in (await consoles.press("Annika", "/audit/silence")).html
    read = Read(await firm.who("Elin"), "contact", 1, now())
    await firm.do(audit.write_reads, [read])
    assert await read_entries(firm) == []
    words = (await consoles.get("Maria", "/audit")).words
    assert "Annika Kron changed Audit Reading is written down Yes → No" in words
    await consoles.press("Annika", "/audit/silence", "DELETE")
    await firm.do(audit.write_reads, [read, read])
    assert await read_entries(firm) == ["Elin Sandgren"]


async def test_reads_wait_for_a_store_that_is_away(firm: Klarruta, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.reads.PAUSE", 0.01)
    reads, write, tries = Reads(firm.db), firm.db.write, iter((OSError("away"), OSError("away")))

    async def fail_twice(*args: object) -> object:
        if error := next(tries, None):
            raise error
        return await write(*args)

    monkeypatch.setattr(firm.db, "write", fail_twice)
    reads.note(await firm.db.read(lambda session: viewer(session.get_one(User, 1))), "contact", 1)
    running = asyncio.create_task(reads.run())
    await eventually(lambda: read_entries_of(firm))
    running.cancel()


async def read_entries_of(firm: Klarruta) -> list[str]:
    query = select(Entry.who).where(Entry.verb == audit.READ)
    return list(await firm.db.read(lambda session: session.scalars(query).all()))


async def test_who_comes_who_fails_and_who_goes_is_written_down(
    firm: Klarruta, consoles: Consoles, client: TestClient
) -> None:
    hashed = signin.hash_password("correct horse battery")
    await firm.do(lambda session: setattr(session.get_one(User, 1), "password_hash", hashed))
    for password in ("wrong", "correct horse battery"):
        fields = {"mail": "elin@klarruta.example", "password": password}
        async with client.post("/signin", data=fields, headers=OURS, allow_redirects=False):
            pass
    async with client.post("/signout", headers=OURS, allow_redirects=False):
        pass
    words = (await consoles.get("Maria", "/audit/user/1")).words
    assert re.search(
        r"Elin Sandgren signed out .*signed in after 1 failed try, from .* failed to sign in", words
    )
    everything = (await consoles.get("Maria", "/audit")).words
    assert re.search(r"Elin Sandgren signed in after 1 failed try", everything), everything  # whom else?


async def test_what_is_done_with_a_task_stands_in_its_history(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    await consoles.press("Elin", f"/tasks/{task}/handover", to="user:2", why="Knows the house")
    await consoles.press("Johan", f"/tasks/{task}/pause", why="The landlord")
    await consoles.press("Johan", f"/tasks/{task}/completion")
    entries = await firm.do(audit.history, "task", task)
    told = [(entry.who.split()[0], sorted(entry.changes)) for entry in reversed(entries)]
    assert told == [("Elin", ["assignee_id"]), ("Johan", ["paused"]), ("Johan", ["done_at", "paused"])]
