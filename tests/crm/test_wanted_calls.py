"""Lists of calls: whatever is asked for is found, by whoever may see it, walked in order and by an index."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from msgspec import structs
from sqlalchemy import select, text, union
from sqlalchemy.orm import Session

from crm import contacts, desk, listing, search_feed, wanted_calls
from crm.call_parts import CallPart
from crm.call_rights import call_for, calls_of, sees_call
from crm.calls import Call
from crm.contacts import PHONE
from crm.listing import CALLS
from crm.tasks import Task
from hub.db import Database
from hub.events import Transfer
from hub.users import Viewer, find_user, viewer
from tests import crowd, crowd_calls
from tests.crm.switchboard import KARIN, Switchboard
from tests.plans import plan

EVERYTHING = Viewer(None, "manager", None, "Maria Berg")
BO = "+46701740613"


def asked(query: str) -> listing.Asked:
    """Read what an address asks for."""
    return listing.read(dict(parse_qsl(query)), CALLS)


async def found(db: Database, query: str, who: Viewer = EVERYTHING) -> list[int]:
    """Give the numbers of the calls that a list shows; it counts as many."""
    rows = await db.read(wanted_calls.rows, who, asked(query), "", 100)
    assert await db.read(wanted_calls.count, who, asked(query)) == len(rows)
    return [row.call.id for row in rows]


async def test_the_newest_is_first_and_the_other_way_round(pbx: Switchboard) -> None:
    for number in (KARIN, BO, KARIN):
        await pbx.misses(number)
    assert await found(pbx.db, "") == [3, 2, 1]
    assert await found(pbx.db, "sort=started") == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("direction=outbound", [3]), ("direction=inbound", [4, 2, 1]), ("outcome=missed", [1]), ("outcome=busy", [3]),
        ("outcome=answered", [4, 2]), ("outcome=live", []), ("queue=service", [2]), ("extension=102", [4, 2]),
        ("extension=10", []), ("by=me", []), ("by=999999", []), ("by=nobody", []), ("has=recording", [4]),
        ("callback=waits", [1]), ("callback=handled", []), ("started.from=2020-01-01", [4, 3, 2, 1]),
        ("started.to=2020-01-01", []), ("department=999&outcome=missed", []), ("outcome=nonsense", [4, 3, 2, 1]),
    ],
)  # fmt: skip
async def test_a_list_is_narrowed_down(pbx: Switchboard, query: str, ids: list[int]) -> None:
    await pbx.misses()
    await pbx.talks(BO, "102", queue="service")
    call = pbx.rings(BO, direction="outbound", queue="", rang=())
    await pbx.tells(pbx.ended(call, "busy"))
    handed = (Transfer("blind", "102", "101"),)
    await pbx.talks("+46701740614", "102", recorded=True, transfers=handed, queue="sales")
    assert await found(pbx.db, query) == ids


async def test_who_talked_is_found_by_name_of_the_person(pbx: Switchboard) -> None:
    await pbx.talks(extension="101")
    await pbx.talks(BO, "102")
    johan = await pbx.firm.do(find_user, "johan@klarruta.example")
    assert await found(pbx.db, f"by={johan.id}") == [2]
    assert await found(pbx.db, "by=me", await pbx.firm.who("Johan")) == [2]


@pytest.mark.parametrize("text", ["+46 70 174 06 12", "070-1740612", "0046701740612", "Ekdahl", "karin ekd"])
async def test_a_contact_is_found_by_name_and_by_number_typed_any_way(pbx: Switchboard, text: str) -> None:
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)])
    await pbx.misses()
    await pbx.misses(BO)
    await pbx.firm.do(search_feed.install)
    assert await found(pbx.db, f"q={text.replace('+', '%2B')}") == [1]


async def test_a_caller_who_hides_his_number_is_found_by_his_name(pbx: Switchboard) -> None:
    await pbx.misses(None, withheld=True, name="Svea hovrätt")
    await pbx.misses()
    assert await found(pbx.db, "q=hovrätt") == [1]


async def test_one_sees_calls_of_ones_contacts_of_ones_department_and_those_one_was_in(
    pbx: Switchboard,
) -> None:
    nils, ines = await pbx.firm.who("Nils"), await pbx.firm.who("Elin")
    await pbx.sits("Nils", "103")
    await pbx.talks(KARIN, "103")  # in Nils's ear, of the department Sales
    await pbx.firm.do(contacts.add_contact, "Bo", [(PHONE, BO)], responsible_id=nils.user_id)
    await pbx.misses(BO, rang=("101",))
    await pbx.misses("+46701740615", rang=("101",))
    assert await found(pbx.db, "", nils) == [2, 1]
    assert await found(pbx.db, "", ines) == [3, 2, 1]
    assert [await pbx.firm.do(call_for, nils, each) is not None for each in (1, 2, 3)] == [True, True, False]


async def test_calls_between_colleagues_are_seen_by_those_in_them(pbx: Switchboard) -> None:
    await pbx.tells(
        pbx.ended(pbx.rings(None, "102", direction="internal", queue=""), "answered"), department=""
    )
    assert await found(pbx.db, "", await pbx.firm.who("Johan")) == [1]
    assert await found(pbx.db, "", await pbx.firm.who("Nils")) == []
    assert await found(pbx.db, "", await pbx.firm.who("Maria")) == [1]


async def test_a_missed_call_waits_until_its_call_back_is_done(pbx: Switchboard) -> None:
    for _ in range(2):
        await pbx.misses()
    await pbx.misses(BO)
    elin = await pbx.firm.who("Elin")
    assert await pbx.db.read(wanted_calls.waiting, elin, asked(""), [1]) == [1]
    assert await pbx.db.read(wanted_calls.waiting, elin, asked("outcome=missed")) == [1, 2]

    def done(session: Session) -> None:
        desk.complete(session, elin, session.get_one(Task, 1))

    await pbx.db.write(done)
    assert await found(pbx.db, "callback=waits") == [3]
    assert await found(pbx.db, "callback=handled") == [2, 1]
    assert await pbx.db.read(wanted_calls.waiting, elin, asked("")) == [2]


def walk(session: Session, who: Viewer, query: str) -> list[int]:
    """Go through a list to its end."""
    ids: list[int] = []
    after = ""
    while page := wanted_calls.rows(session, who, asked(query), after, 40):
        ids += [row.call.id for row in page]
        after = str(page[-1].place)
    return ids


async def test_a_list_is_walked_once_and_holds_what_one_may_open(db: Database) -> None:
    await db.write(crowd.fill, contacts=150, interactions=900, tasks=120)
    agent = await db.read(lambda session: viewer(find_user(session, "elin.2@crowd.example")))
    everything = await db.read(lambda session: set(session.scalars(select(Call.id))))
    seen = {each for each in everything if await db.read(call_for, agent, each)}
    assert 0 < len(seen) < len(everything)
    for who, ids in ((EVERYTHING, everything), (agent, seen)):
        for query in ("", "sort=started"):
            walked = await db.read(walk, who, query)
            assert (len(walked), set(walked)) == (len(ids), ids)


@pytest.mark.parametrize("many", [0, 10_000])
async def test_who_sees_hardly_any_finds_the_same_by_what_makes_them_his(
    db: Database, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    await db.write(crowd.fill, contacts=150, interactions=900, tasks=120)
    monkeypatch.setattr(wanted_calls, "MANY", many)
    agent = await db.read(lambda session: viewer(find_user(session, "elin.2@crowd.example")))
    for who in (agent, replace(agent, department_id=None), replace(agent, user_id=1, department_id=1)):
        one_by_one, his = select(Call.id).where(sees_call(who)), union(*calls_of(who))
        seen = await db.read(lambda session, wanted: set(session.scalars(wanted)), one_by_one)
        assert await db.read(lambda session, wanted: set(session.scalars(wanted)), his) == seen != set()
        for query in ("", "sort=started", "outcome=answered", "callback=waits", "by=me"):
            walked = await db.read(walk, who, query)
            assert len(walked) == len(set(walked)) == await db.read(wanted_calls.count, who, asked(query))
            assert set(walked) <= seen


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # PostgreSQL decides by how many there are
async def test_who_sees_hardly_any_walks_no_table(db: Database) -> None:
    await db.write(crowd.fill, contacts=500, interactions=24_000)
    await db.write(lambda session: session.execute(text("ANALYZE")))
    nobody = Viewer(999_999, "agent", 999_999, "New")
    for query in ("", "outcome=failed"):
        for fn in (lambda *given: wanted_calls.rows(*given, "", 31), wanted_calls.count):
            told = await db.read(plan, fn, nobody, asked(query))
            for table in ("calls", "tasks", "contacts", "call_parts"):
                assert f"SCAN {table}" not in told, (query, told)
                assert f"Seq Scan on {table}" not in told, (query, told)


async def test_who_talked_is_found_along_his_own_calls(db: Database) -> None:
    await db.write(crowd.fill, contacts=500, interactions=24_000)
    await db.write(lambda session: session.execute(text("ANALYZE")))
    elin = await db.read(lambda session: find_user(session, "elin.2@crowd.example"))
    told = await db.read(plan, wanted_calls.rows, EVERYTHING, asked(f"by={elin.id}"), "", 31)
    assert "ix_call_parts_extension" in told
    by_number, by_name = [
        await db.read(wanted_calls.rows, EVERYTHING, asked(query), "", 31)
        for query in (f"extension={elin.extension}", f"by={elin.id}")
    ]
    assert [row.place for row in by_number] == [row.place for row in by_name]
    assert len(by_name) == 31


async def test_who_has_no_telephone_never_talked_and_nothing_is_walked_for_it(pbx: Switchboard) -> None:
    await pbx.talks()
    maria = await pbx.firm.who("Maria")
    assert await found(pbx.db, "by=me", maria) == []
    assert "call" not in await pbx.db.read(plan, wanted_calls.rows, maria, asked("by=me"), "", 31)


async def test_a_call_that_changed_is_found_by_who_is_in_it_now(pbx: Switchboard) -> None:
    call = pbx.rings(KARIN, "101")
    await pbx.tells(call)
    assert await found(pbx.db, "extension=102") == []
    handed = pbx.answered(structs.replace(call, rang=("101", "102")), "102")
    await pbx.tells(handed)
    await pbx.tells(pbx.ended(handed, seconds=9))
    assert await found(pbx.db, "extension=102") == [1]
    assert await found(pbx.db, "extension=101") == []
    parts = select(CallPart.extension, CallPart.talked).order_by(CallPart.extension)
    assert await pbx.db.read(lambda session: [tuple(row) for row in session.execute(parts)]) == [
        ("101", False), ("102", True),
    ]  # fmt: skip


async def test_a_page_far_down_is_found_by_an_index(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await db.write(crowd.fill, contacts=500, interactions=24_000)
    monkeypatch.setattr(wanted_calls, "_sees_few", lambda *_asked: False)  # as for whoever sees much
    agent = await db.read(lambda session: viewer(find_user(session, "elin.2@crowd.example")))
    for query in (
        "",
        "sort=started",
        "department=2",
        "queue=sales",
        "outcome=failed",
        "contact=3",
        "callback=waits",
    ):
        for who in (EVERYTHING, agent):
            page = await db.read(wanted_calls.rows, who, asked(query), "", 5)
            told = await db.read(plan, wanted_calls.rows, who, asked(query), str(page[-1].place), 31)
            assert "SCAN calls" not in told, (query, told)
            assert "Seq Scan on calls" not in told, (query, told)
            assert "ix_calls_" in told, (query, told)


async def test_no_more_are_counted_than_anybody_reads(
    pbx: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted_calls, "MOST_COUNTED", 2)
    for _ in range(5):
        await pbx.misses()
    assert await pbx.db.read(wanted_calls.count, EVERYTHING, asked("")) == 3


def test_the_crowd_calls_in_every_way() -> None:
    assert sum(way[0] for way in crowd_calls.WAYS) == 100
